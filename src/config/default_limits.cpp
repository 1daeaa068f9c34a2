#include "config/default_limits.hpp"

namespace gatehouse::config {

// Requirement B12: public 100 a minute and address, authenticated 300 a minute and user without admins, login 5
// in 15 minutes and address.
std::vector<Limit> default_limits() {
  return {
      {.name = "public", .on = {"public"}, .key = "ip", .limit = 100, .window = 1min},
      {.name = "authenticated",
       .on = {"authenticated"},
       .key = "user",
       .limit = 300,
       .window = 1min,
       .skip_roles = {"admin"}},
      // Failures alone, so that an office behind one address can log in; and still counted by each node for
      // itself while the shared store is away, because guessing passwords must not become free then (RL-05).
      {.name = "login",
       .on = {"POST {prefix}/auth/login"},
       .key = "ip",
       .limit = 5,
       .window = 15min,
       .count = LimitCount::failures,
       .on_store_failure = StoreFailure::local},
  };
}

}  // namespace gatehouse::config
