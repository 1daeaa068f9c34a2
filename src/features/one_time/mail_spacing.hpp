// How many mails of one kind an account is sent when somebody asks for them: nobody may flood another's mailbox
// (OT-05).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/id.hpp"
#include "db/database.hpp"

namespace gatehouse::one_time {

inline constexpr unsigned kMostMailsAnHour = 5;

// What is asked for by address. `already_known` is asked for too, by registering a taken address.
enum class MailRequestKind : std::uint8_t {
  resend_verification,
  login_code,
  verify_code,
  reset_password,
  already_known,
  registration  // where its answer must not tell; see MailRequests::on_any
};
inline constexpr std::size_t kMailRequestKindCount =
    static_cast<std::size_t>(MailRequestKind::registration) + 1;
[[nodiscard]] std::string_view mail_request_kind_name(MailRequestKind kind) noexcept;

class MailSpacing {
 public:
  explicit MailSpacing(std::chrono::milliseconds between) noexcept : between_(between) {}

  // Counts one mail, unless the last one of this kind is less than `between` ago or an hour has had its share:
  // then false, and nothing is to be sent.
  [[nodiscard]] Result<bool> take(db::Transaction& tx, const UserId& user, MailRequestKind kind,
                                  UnixTime now) const;

 private:
  std::chrono::milliseconds between_;
};

}  // namespace gatehouse::one_time
