#include "features/users/new_password.hpp"

#include "base/text.hpp"
#include "crypto/password_hash.hpp"
#include "features/users/registration.hpp"

namespace gatehouse::users {

namespace {

std::unexpected<Error> refused(std::vector<FieldError> fields, std::string_view field) {
  Error error{.code = ErrorCode::validation_failed, .fields = std::move(fields)};
  for (FieldError& wrong : error.fields) wrong.field = field;
  return fail(std::move(error));
}

}  // namespace

Result<Secret> NewPasswords::check(const Secret& typed, const User& user, std::string_view field) const {
  auto password = rules_.normalize(typed);
  if (!password) return refused(std::move(password.error().fields), field);
  auto wrong = rules_.check(*password, {.email = user.email,
                                        .username = user.username ? std::string_view{*user.username} : "",
                                        .name = user.name ? std::string_view{*user.name} : ""});
  if (!wrong.empty()) return refused(std::move(wrong), field);
  return password;
}

Task<Result<std::string>> NewPasswords::hash(Secret password) {
  co_return co_await run_on(hash_pool_, [&]() -> Result<std::string> {
    return crypto::hash_password(password, hash_parameters(settings_.passwords), random_);
  });
}

Task<Result<std::string>> NewPasswords::hash_of_none() {
  co_return co_await hash(Secret{to_base64url(random_.bytes<32>())});
}

Task<Result<bool>> NewPasswords::matches(Secret typed, std::string hash) {
  auto password = rules_.normalize(typed);
  if (!password) co_return false;
  co_return co_await run_on(hash_pool_,
                            [&]() -> Result<bool> { return crypto::verify_password(*password, hash); });
}

}  // namespace gatehouse::users
