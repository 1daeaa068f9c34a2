// {"user": …}, the answer of most calls about an account.
#pragma once

#include <string_view>

#include "features/users/user.hpp"
#include "http/endpoint.hpp"

namespace gatehouse::accounts {

// `message` lives for ever.
[[nodiscard]] inline http::Reply user_reply(const users::User& user, std::string_view message = "OK") {
  http::Reply reply{.message = message};
  reply.data = R"({"user":)";
  users::append_user_json(reply.data, user);
  reply.data += '}';
  return reply;
}

}  // namespace gatehouse::accounts
