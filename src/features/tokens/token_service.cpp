#include "features/tokens/token_service.hpp"

#include <algorithm>

namespace gatehouse::tokens {

namespace {

using std::chrono::floor;
using std::chrono::seconds;

std::string or_default(const std::string& text, const std::string& fallback) {
  return text.empty() ? fallback : text;
}

}  // namespace

TokenService::TokenService(const keys::KeyService& keys, const sessions::RefreshTokens& refresh_tokens,
                           Random& random, const config::Settings& settings)
    : keys_(keys),
      refresh_tokens_(refresh_tokens),
      random_(random),
      settings_(settings),
      parties_{.issuer = or_default(settings.tokens.issuer, settings.server.public_url),
               .audience = or_default(settings.tokens.audience, settings.server.public_url)} {}

Result<void> TokenService::may_have_tokens(const users::User& user, const sessions::Session& session,
                                           UnixTime now) const {
  if (user.deleted_at) return fail(ErrorCode::account_deleted);
  if (user.disabled) return fail(ErrorCode::account_disabled);
  if (!user.email_verified && settings_.registration.verify_email) return fail(ErrorCode::email_not_verified);
  // A session of somebody else can only get here by a mistake of ours (SE-10).
  if (session.user != user.id || !session.is_active(now)) return fail(ErrorCode::session_revoked);
  return {};
}

Result<Minted> TokenService::mint(const users::User& user, const sessions::Session& session,
                                  UnixTime now) const {
  if (auto allowed = may_have_tokens(user, session, now); !allowed) return pass_on(allowed);
  // NumericDates are whole seconds; a token never outlives its session's absolute age.
  const auto issued = floor<seconds>(now);
  const auto expires =
      floor<seconds>(std::min(issued + settings_.tokens.access_ttl, session.absolute_expires_at));
  const crypto::AccessClaims claims{.user = user.id,
                                    .session = session.id,
                                    .generation = session.generation,
                                    .role = user.role,
                                    .plan = user.plan,
                                    .issued_at = issued,
                                    .expires_at = expires};
  const auto token_id = make_uuid_v7(now, random_);
  return Minted{
      .access_token = Secret{crypto::sign_access_token(keys_.current(), parties_, claims, token_id)},
      .expires_in = expires - issued,
      .refresh_token = refresh_tokens_.make(session.id, session.generation, session.seed),
      .refresh_expires_in = floor<seconds>(session.refresh_expires_at - now),
  };
}

}  // namespace gatehouse::tokens
