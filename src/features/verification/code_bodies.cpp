#include "features/verification/code_bodies.hpp"

#include "features/users/account_names.hpp"

namespace gatehouse::verification {

std::string read_address(http::JsonObjectReader& body) {
  auto address = body.required_string("email", {.max_bytes = users::kMaxEmailBytes});
  if (!address.empty()) {
    if (auto wrong = users::check_email(address)) {
      body.add_error(std::move(wrong->field), std::move(wrong->code), std::move(wrong->message));
    }
  }
  return address;
}

TypedCode read_typed_code(http::JsonObjectReader& body) {
  TypedCode typed;
  typed.address = read_address(body);
  typed.code = Secret{body.required_string("code", {.max_bytes = kMaxCodeBytes})};
  return typed;
}

http::Reply verified_reply(const users::User& user) {
  http::Reply reply{.message = "Email verified"};
  reply.data = R"({"user":)";
  users::append_user_json(reply.data, user);
  reply.data += '}';
  return reply;
}

http::Reply mail_on_its_way() {
  return {.status = 202, .message = "Check your email"};
}

}  // namespace gatehouse::verification
