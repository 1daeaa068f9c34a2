#include "base/error.hpp"

namespace gatehouse {

const ErrorInfo& describe(ErrorCode code) noexcept {
  // One exhaustive switch: the compiler refuses a code without an entry. Codes and slugs are contract; titles
  // are the texts that clients may show.
  switch (code) {
#define GATEHOUSE_ERROR(name, status, text, slug, title, explanation)        \
  case ErrorCode::name: {                                                    \
    static constexpr ErrorInfo info{status, text, slug, title, explanation}; \
    return info;                                                             \
  }
    GATEHOUSE_ERROR(bad_request, 400, "BAD_REQUEST", "bad-request", "Bad request",
                    "The request does not follow HTTP's grammar, or its path can be read in more than one way. "
                    "Send the path without encoded slashes, dot segments, backslashes or double encoding.")
    GATEHOUSE_ERROR(
        malformed_json, 400, "MALFORMED_JSON", "malformed-json", "Malformed JSON",
        "The body is not valid JSON (RFC 8259, UTF-8, no duplicate members). `detail` says where it "
        "stops being so.")
    GATEHOUSE_ERROR(
        validation_failed, 400, "VALIDATION_FAILED", "validation-failed", "Validation failed",
        "Members of the body or parameters of the query are missing, wrong or unknown. `errors` names "
        "every one of them.")
    GATEHOUSE_ERROR(invalid_or_expired_token, 400, "INVALID_OR_EXPIRED_TOKEN", "invalid-or-expired-token",
                    "Invalid or expired token",
                    "The link or code was used before, has expired, or was never issued. Ask for a new one.")
    GATEHOUSE_ERROR(authentication_required, 401, "AUTHENTICATION_REQUIRED", "authentication-required",
                    "Authentication required",
                    "Log in, and send the access token as `Authorization: Bearer …` or in its cookie.")
    GATEHOUSE_ERROR(token_expired, 401, "TOKEN_EXPIRED", "token-expired", "Token expired",
                    "The access token is past its time. Get a new one with the refresh token.")
    GATEHOUSE_ERROR(invalid_token, 401, "INVALID_TOKEN", "invalid-token", "Invalid token",
                    "The access token was not issued here, was changed, or is of another kind.")
    GATEHOUSE_ERROR(
        session_revoked, 401, "SESSION_REVOKED", "session-revoked", "Session revoked",
        "The session behind the token was ended, was idle for too long, or its user is gone. Log in "
        "again.")
    GATEHOUSE_ERROR(invalid_credentials, 401, "INVALID_CREDENTIALS", "invalid-credentials",
                    "Invalid email or password", "No account has this address together with this password.")
    GATEHOUSE_ERROR(invalid_refresh_token, 401, "INVALID_REFRESH_TOKEN", "invalid-refresh-token",
                    "Invalid refresh token",
                    "The refresh token is malformed, unknown, expired, or its session has ended. Log in again.")
    GATEHOUSE_ERROR(
        refresh_token_reused, 401, "REFRESH_TOKEN_REUSED", "refresh-token-reused", "Refresh token reused",
        "A refresh token was presented after its successor had been used. Since that means that two "
        "parties hold it, the session was ended. Log in again.")
    GATEHOUSE_ERROR(insufficient_permissions, 403, "INSUFFICIENT_PERMISSIONS", "insufficient-permissions",
                    "Insufficient permissions", "Your role does not allow this call.")
    GATEHOUSE_ERROR(email_not_verified, 403, "EMAIL_NOT_VERIFIED", "email-not-verified", "Email not verified",
                    "The password is right, but the address has not been confirmed yet.")
    GATEHOUSE_ERROR(bad_csrf_token, 403, "EBADCSRFTOKEN", "ebadcsrftoken", "Invalid CSRF token",
                    "A call that changes something and is authenticated by cookie needs the token from GET "
                    "/auth/csrf-token in `X-CSRF-Token`, and an `Origin` that is allowed.")
    GATEHOUSE_ERROR(address_not_allowed, 403, "ADDRESS_NOT_ALLOWED", "address-not-allowed",
                    "Address not allowed", "This call is only answered from addresses in `server.admin_allow`.")
    GATEHOUSE_ERROR(account_disabled, 403, "ACCOUNT_DISABLED", "account-disabled", "Account disabled",
                    "The password is right, but an administrator has disabled the account.")
    GATEHOUSE_ERROR(account_deleted, 403, "ACCOUNT_DELETED", "account-deleted", "Account deleted",
                    "The password is right, but the account was deleted.")
    GATEHOUSE_ERROR(not_found, 404, "NOT_FOUND", "not-found", "Not found",
                    "There is nothing at this path, or it is not yours to see.")
    GATEHOUSE_ERROR(method_not_allowed, 405, "METHOD_NOT_ALLOWED", "method-not-allowed", "Method not allowed",
                    "The path exists, but not with this method. `Allow` lists those that work.")
    GATEHOUSE_ERROR(request_timeout, 408, "REQUEST_TIMEOUT", "request-timeout", "Request timeout",
                    "The request did not arrive completely in time.")
    GATEHOUSE_ERROR(email_taken, 409, "EMAIL_TAKEN", "email-taken", "Email already registered",
                    "An account with this address exists. Log in, or recover its password.")
    GATEHOUSE_ERROR(username_taken, 409, "USERNAME_TAKEN", "username-taken", "Username already taken",
                    "Choose another username.")
    GATEHOUSE_ERROR(conflict, 409, "CONFLICT", "conflict", "Conflict",
                    "The change clashes with the present state; `detail` says how.")
    GATEHOUSE_ERROR(payload_too_large, 413, "PAYLOAD_TOO_LARGE", "payload-too-large", "Payload too large",
                    "The body is larger than this endpoint takes.")
    GATEHOUSE_ERROR(uri_too_long, 414, "URI_TOO_LONG", "uri-too-long", "URI too long",
                    "The request's target is longer than 16 KiB.")
    GATEHOUSE_ERROR(unsupported_media_type, 415, "UNSUPPORTED_MEDIA_TYPE", "unsupported-media-type",
                    "Unsupported media type",
                    "Send the body as `Content-Type: application/json`, uncompressed.")
    GATEHOUSE_ERROR(expectation_failed, 417, "EXPECTATION_FAILED", "expectation-failed", "Expectation failed",
                    "The only expectation that can be met is `100-continue`.")
    GATEHOUSE_ERROR(headers_too_large, 431, "HEADERS_TOO_LARGE", "headers-too-large", "Headers too large",
                    "At most 100 header fields and 32 KiB of them are taken.")
    GATEHOUSE_ERROR(rate_limited, 429, "RATE_LIMITED", "rate-limited", "Too many requests",
                    "A rate limit is used up. `Retry-After` says when the next request can pass.")
    GATEHOUSE_ERROR(too_many_login_attempts, 429, "TOO_MANY_LOGIN_ATTEMPTS", "too-many-login-attempts",
                    "Too many login attempts",
                    "Too many logins failed. `Retry-After` says when the next try can pass.")
    GATEHOUSE_ERROR(internal_error, 500, "INTERNAL_ERROR", "internal-error", "Internal error",
                    "Something went wrong here. The request's id finds it in the log.")
    GATEHOUSE_ERROR(not_implemented, 501, "NOT_IMPLEMENTED", "not-implemented", "Not implemented",
                    "The method or transfer coding is not supported.")
    GATEHOUSE_ERROR(bad_gateway, 502, "BAD_GATEWAY", "bad-gateway", "Bad gateway",
                    "The API behind this server did not answer, or not in valid HTTP.")
    GATEHOUSE_ERROR(overloaded, 503, "OVERLOADED", "overloaded", "Overloaded",
                    "More work waits than can be done in time. Try again after `Retry-After`.")
    GATEHOUSE_ERROR(store_unavailable, 503, "STORE_UNAVAILABLE", "store-unavailable", "Store unavailable",
                    "The database cannot be reached at the moment. Try again after `Retry-After`.")
    GATEHOUSE_ERROR(gateway_timeout, 504, "GATEWAY_TIMEOUT", "gateway-timeout", "Gateway timeout",
                    "The API behind this server took too long to answer.")
    GATEHOUSE_ERROR(http_version_not_supported, 505, "HTTP_VERSION_NOT_SUPPORTED", "http-version-not-supported",
                    "HTTP version not supported", "Speak HTTP/1.1.")
#undef GATEHOUSE_ERROR
  }
  return describe(ErrorCode::internal_error);
}

}  // namespace gatehouse
