// The SQL of a proven address. Lives inside one transaction.
#pragma once

#include <optional>
#include <string_view>

#include "db/database.hpp"
#include "features/users/user.hpp"

namespace gatehouse::verification {

struct MarkedVerified {
  users::User user;
  bool is_new = false;  // it was not verified before
};

class VerifiedStore {
 public:
  explicit VerifiedStore(db::Transaction& tx) noexcept : tx_(tx) {}

  // Nothing for an account that may not act, or that has another address by now.
  [[nodiscard]] Result<std::optional<MarkedVerified>> mark_verified(const UserId& id,
                                                                    std::string_view address_key, UnixTime now);

 private:
  db::Transaction& tx_;
};

}  // namespace gatehouse::verification
