#include "config/default_limits.hpp"

namespace gatehouse::config {

// Requirement B12: public 100 a minute and address, authenticated 300 a minute and user without admins, login 5
// in 15 minutes and address. RL-01 and D02: codes and mails, 5 at once and 20 in 15 minutes.
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
      // Mails that anybody may ask for, and guesses at what they hold; each endpoint for itself, so that who
      // asked for a code can still type it.
      {.name = "otp",
       .on = {"POST {prefix}/auth/otp/request", "POST {prefix}/auth/otp/verify",
              "GET,POST {prefix}/auth/verify", "POST {prefix}/auth/verify/resend",
              "POST {prefix}/auth/forgot-password", "POST {prefix}/auth/reset-password"},
       .algorithm = LimitAlgorithm::token_bucket,
       .key = "ip+route",
       .limit = 20,
       .window = 15min,
       .burst = 5,
       .on_store_failure = StoreFailure::local},
  };
}

}  // namespace gatehouse::config
