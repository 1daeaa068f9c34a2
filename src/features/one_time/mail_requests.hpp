// Mails that anybody may ask for by naming an address: a link or a code to verify it, a code to log in, a link
// to a new password.
//
// Nobody may learn that way who has an account (BF-03). So the request commits one row, the same for a known
// and an unknown address, and is answered; who it is, is looked up by another thread a random while later, so
// that its work does not show in the time of whatever is asked next.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "base/random.hpp"
#include "base/task.hpp"
#include "crypto/digest.hpp"
#include "db/database.hpp"
#include "features/audit/security_events.hpp"
#include "features/one_time/mail_spacing.hpp"

namespace gatehouse::one_time {

// Asked for and not looked at yet; beyond that ErrorCode::overloaded.
inline constexpr std::int64_t kMostWaitingRequests = 1'000;

struct MailRequest {
  MailRequestKind kind{};
  UserId user;           // whose address it is
  std::string address;   // as typed; mail goes to the address that the account has, which may differ in case
  audit::Origin origin;  // who asked; `now` is the time at which it is looked at
};

// Thread-safe after the last on().
class MailRequests {
 public:
  using Kind = MailRequestKind;
  // In the transaction that removes the request: reads the account, issues a secret, promises the mail. An
  // account that gets none (disabled, verified already) is no error. An error undoes all of it, and the request
  // is given up unless the store was away.
  using Handler = std::function<Result<void>(db::Transaction&, const MailRequest&)>;
  // The account with this address (as typed) that is not deleted.
  using FindAccount = std::function<Result<std::optional<UserId>>(db::Transaction&, std::string_view address)>;

  MailRequests(db::Database& database, const crypto::Key256& master, Random& random, MailSpacing spacing,
               FindAccount find_account);
  ~MailRequests();  // ends the thread; what is waiting stays in the store
  MailRequests(const MailRequests&) = delete;
  MailRequests& operator=(const MailRequests&) = delete;

  // Before start(). Called for existing accounts alone, and no more often than the spacing allows.
  void on(Kind kind, Handler handler) { handlers_[static_cast<std::size_t>(kind)] = std::move(handler); }
  // Called for every request of the kind, `user` unknown; `address` is whatever text was asked with.
  void on_any(Kind kind, Handler handler) { for_any_[static_cast<std::size_t>(kind)] = std::move(handler); }
  // A thread that looks at requests soon after they were committed. Both outlive this.
  void start(const Clock& clock, std::function<void(const Error&)> complain);

  // Done once it is committed. `origin` is the caller's.
  [[nodiscard]] Task<Result<void>> ask(Kind kind, std::string address, audit::Origin origin);

  // The same in a transaction of the caller's.
  [[nodiscard]] Result<void> ask_in(db::Transaction& tx, Kind kind, std::string_view address,
                                    const audit::Origin& origin);

  // Looks at all that wait, on the calling thread; gives how many. For the thread, for a chore that runs now
  // and then, and for tests. The error is the last one, after all the others were looked at.
  [[nodiscard]] Result<std::size_t> process_now(UnixTime now);

 private:
  class Signal;
  struct Taken;

  [[nodiscard]] Result<bool> process_one(UnixTime now);
  [[nodiscard]] Result<std::optional<Taken>> take_oldest(db::Transaction& tx);
  [[nodiscard]] Result<void> handle(db::Transaction& tx, const Taken& taken, UnixTime now);
  [[nodiscard]] Result<void> give_up(std::string_view id);
  [[nodiscard]] std::chrono::milliseconds pause();

  db::Database& database_;
  crypto::Key256 key_;
  Random& random_;
  MailSpacing spacing_;
  FindAccount find_account_;
  std::array<Handler, kMailRequestKindCount> handlers_;
  std::array<Handler, kMailRequestKindCount> for_any_;
  std::mutex processing_;
  std::shared_ptr<Signal> signal_;  // shared with commits that are under way when this goes
  std::jthread thread_;
};

}  // namespace gatehouse::one_time
