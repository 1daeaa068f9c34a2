// Errors are values. Each has a public code (what a client may branch on; the table in error.cpp fixes status
// and text) and a private detail that goes to the log alone and cannot reach a response body.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/secret.hpp"

namespace gatehouse {

enum class ErrorCode : std::uint8_t {
  bad_request,  // malformed HTTP, an ambiguous path
  malformed_json,
  validation_failed,
  invalid_or_expired_token,
  authentication_required,
  token_expired,
  invalid_token,
  session_revoked,
  invalid_credentials,
  invalid_refresh_token,
  refresh_token_reused,
  insufficient_permissions,
  email_not_verified,
  bad_csrf_token,
  address_not_allowed,
  account_disabled,
  account_deleted,
  not_found,
  method_not_allowed,
  request_timeout,
  email_taken,
  username_taken,
  conflict,
  payload_too_large,
  uri_too_long,
  unsupported_media_type,
  expectation_failed,
  headers_too_large,
  rate_limited,
  too_many_login_attempts,
  internal_error,
  not_implemented,
  bad_gateway,
  overloaded,
  store_unavailable,
  gateway_timeout,
  http_version_not_supported,
};
inline constexpr std::size_t kErrorCodeCount =
    static_cast<std::size_t>(ErrorCode::http_version_not_supported) + 1;

// What the public sees of a code.
struct ErrorInfo {
  std::uint16_t status;
  std::string_view code;         // "TOKEN_EXPIRED"
  std::string_view slug;         // "token-expired", the last part of the problem's `type`
  std::string_view title;        // `title` and `message`
  std::string_view explanation;  // a sentence or two for the page at /problems/{slug}
};
[[nodiscard]] const ErrorInfo& describe(ErrorCode code) noexcept;

struct FieldError {
  std::string field;
  std::string code;     // "too_short", "required", "unknown_field", …
  std::string message;  // for a person
};

struct Error {
  ErrorCode code = ErrorCode::internal_error;
  std::string detail;                  // private: for the log
  std::vector<FieldError> fields;      // validation_failed only
  std::chrono::seconds retry_after{};  // 429 and 503; zero: none
  std::string public_detail;           // shown as `detail`, when the title alone does not say what to do
  // What the client gets besides: top-level members of the problem document (their names live for ever), and
  // whole values of Set-Cookie.
  std::vector<std::pair<std::string_view, Secret>> members;
  std::vector<std::string> set_cookies;
};

template <class T = void>
using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> fail(ErrorCode code, std::string detail = {}) {
  return std::unexpected(Error{.code = code, .detail = std::move(detail)});
}

[[nodiscard]] inline std::unexpected<Error> fail(Error error) {
  return std::unexpected(std::move(error));
}

// For `if (!result) return pass_on(result);`
template <class T>
[[nodiscard]] std::unexpected<Error> pass_on(Result<T>& result) {
  return std::unexpected(std::move(result.error()));
}

}  // namespace gatehouse
