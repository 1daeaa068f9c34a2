#include "features/sessions/rekey.hpp"

#include "base/text.hpp"

namespace gatehouse::sessions {

Result<std::optional<Session>> rekey(db::Transaction& tx, const SessionId& id, const UserId& owner,
                                     std::uint32_t token_generation, const config::Settings& settings,
                                     UnixTime now, Random& random) {
  SessionStore store{tx};
  const std::string seed = to_base64url(random.bytes<32>());
  auto changed = store.rekey({.session = id,
                              .owner = owner,
                              .token_generation = token_generation,
                              .seed = seed,
                              .now = now,
                              .idle_expires_at = now + settings.sessions.idle_ttl,
                              .refresh_expires_at = now + settings.tokens.refresh_ttl});
  if (!changed) return pass_on(changed);
  if (!*changed) return std::optional<Session>{};
  return store.find(id);
}

}  // namespace gatehouse::sessions
