// Bodies and answers that the endpoints for links and for codes share.
#pragma once

#include <string>

#include "features/verification/verification_service.hpp"
#include "http/endpoint.hpp"
#include "http/json.hpp"

namespace gatehouse::verification {

// More than any token or code has: what is longer is told to be too long, and looked for nowhere.
inline constexpr std::size_t kMaxTokenBytes = 256;
inline constexpr std::size_t kMaxCodeBytes = 64;

// "email", which must look like an address: telling that it does not tells nothing about who has one.
[[nodiscard]] std::string read_address(http::JsonObjectReader& body);
// "email" and "code".
[[nodiscard]] TypedCode read_typed_code(http::JsonObjectReader& body);

[[nodiscard]] http::Reply verified_reply(const users::User& user);
// For every address alike.
[[nodiscard]] http::Reply mail_on_its_way();

}  // namespace gatehouse::verification
