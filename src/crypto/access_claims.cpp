#include "crypto/access_claims.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/json_text.hpp"

namespace gatehouse::crypto {

namespace {

using std::chrono::seconds;

// The end of the year 9999, the last that RFC 3339 can write: beyond it milliseconds would overflow in the end.
constexpr std::uint64_t kMaxNumericDate = 253'402'300'799;

std::string quoted(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

std::int64_t numeric_date(UnixTime time) {
  return std::chrono::floor<seconds>(time).time_since_epoch().count();
}

bool is_text(const FlatObject& payload, std::string_view name, std::string_view wanted) {
  const std::string* const text = payload.text(name);
  return text != nullptr && *text == wanted;
}

// RFC 7519 §4.1.3: one string, or several of which one must be ours.
bool is_for(const FlatObject& payload, std::string_view audience) {
  if (const auto* const several = payload.texts("aud")) {
    return std::ranges::find(*several, audience) != several->end();
  }
  return is_text(payload, "aud", audience);
}

std::optional<UnixTime> date(const FlatObject& payload, std::string_view name) {
  const std::uint64_t* const number = payload.integer(name);
  if (number == nullptr || *number > kMaxNumericDate) return std::nullopt;
  return UnixTime{seconds{static_cast<std::int64_t>(*number)}};
}

// Empty, or the name of the first claim that is missing or wrong.
std::string_view fill(AccessClaims& claims, const FlatObject& payload) {
  const auto text_of = [&payload](std::string_view name) {
    const std::string* const text = payload.text(name);
    return text != nullptr ? std::string_view{*text} : std::string_view{};
  };
  const auto user = UserId::parse(text_of("sub"));
  const auto session = SessionId::parse(text_of("sid"));
  const std::uint64_t* const generation = payload.integer("gen");
  const std::string* const role = payload.text("role");
  const std::string* const plan = payload.text("plan");
  if (!user) return "sub";
  if (!session) return "sid";
  if (generation == nullptr || *generation > std::numeric_limits<std::uint32_t>::max()) return "gen";
  if (role == nullptr) return "role";
  if (plan == nullptr) return "plan";
  if (payload.text("client_id") == nullptr) return "client_id";
  if (!parse_uuid(text_of("jti"))) return "jti";
  claims = {.user = *user,
            .session = *session,
            .generation = static_cast<std::uint32_t>(*generation),
            .role = *role,
            .plan = *plan};
  return {};
}

// Likewise; `exp` here only has to be a date after `iat`.
std::string_view fill_dates(AccessClaims& claims, const FlatObject& payload, UnixTime now) {
  const auto issued = date(payload, "iat");
  const auto expires = date(payload, "exp");
  if (!issued || *issued > now + kMaxClockDifference) return "iat";
  if (!expires || *expires < *issued) return "exp";
  if (payload.has("nbf")) {
    const auto not_before = date(payload, "nbf");
    if (!not_before || *not_before > now) return "nbf";
  }
  claims.issued_at = *issued;
  claims.expires_at = *expires;
  return {};
}

}  // namespace

std::string write_access_claims(const TokenParties& parties, const AccessClaims& claims,
                                const UuidBytes& token_id) {
  const std::string audience = quoted(parties.audience);
  return fmt::format(
      R"({{"iss":{},"aud":{},"sub":"{}","client_id":{},"sid":"{}","gen":{},"role":{},"plan":{},"iat":{},"exp":{},"jti":"{}"}})",
      quoted(parties.issuer), audience, claims.user.text(), audience, claims.session.text(), claims.generation,
      quoted(claims.role), quoted(claims.plan), numeric_date(claims.issued_at), numeric_date(claims.expires_at),
      uuid_text(token_id));
}

Result<AccessClaims> check_access_claims(const FlatObject& payload, const TokenParties& parties, UnixTime now) {
  const auto invalid = [](std::string_view claim) {
    return fail(ErrorCode::invalid_token, std::string{claim});
  };
  if (!is_text(payload, "iss", parties.issuer)) return invalid("iss");
  if (!is_for(payload, parties.audience)) return invalid("aud");
  AccessClaims claims;
  if (const auto wrong = fill(claims, payload); !wrong.empty()) return invalid(wrong);
  if (const auto wrong = fill_dates(claims, payload, now); !wrong.empty()) return invalid(wrong);
  // RFC 7519 §4.1.4: not accepted *on* or after it.
  if (now >= claims.expires_at) return fail(ErrorCode::token_expired, "exp");
  return claims;
}

}  // namespace gatehouse::crypto
