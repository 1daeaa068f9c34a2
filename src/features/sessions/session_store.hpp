// The sessions' SQL. Lives inside one transaction.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/database.hpp"
#include "features/sessions/session.hpp"
#include "features/users/user.hpp"

namespace gatehouse::sessions {

struct SessionWithUser {
  Session session;
  users::User user;
};

struct SessionQuery {
  UserId user;
  UnixTime now{};
  bool oldest_first = false;
  std::int64_t limit = 20;
  std::int64_t offset = 0;
  std::string after;  // a session's id; "" from the start
};

struct Rotation {
  SessionId session;
  std::uint32_t from_generation = 0;
  UnixTime now{};
  UnixTime idle_expires_at{};
  UnixTime refresh_expires_at{};
};

struct Rekeying {
  SessionId session;
  UserId owner;
  std::uint32_t token_generation = 0;  // of the access token that asks for it
  std::string_view seed;               // the new one
  UnixTime now{};
  UnixTime idle_expires_at{};  // both are cut to the session's absolute age
  UnixTime refresh_expires_at{};
};

// Why a session was revoked, as it is stored and told.
enum class RevokeReason : std::uint8_t {
  logout,
  by_user,
  by_admin,
  reuse,
  too_many,
  user_deleted,
  user_disabled,
  address_verified,
  password_changed,
  password_reset,
  disowned
};
[[nodiscard]] std::string_view reason_name(RevokeReason reason) noexcept;

class SessionStore {
 public:
  explicit SessionStore(db::Transaction& tx) noexcept : tx_(tx) {}

  [[nodiscard]] Result<void> insert(const Session& session);
  [[nodiscard]] Result<std::optional<Session>> find(const SessionId& id);
  [[nodiscard]] Result<std::optional<SessionWithUser>> find_with_user(const SessionId& id);

  // Active ones alone; newest first unless `oldest_first`.
  [[nodiscard]] Result<std::vector<Session>> list(const SessionQuery& query);
  [[nodiscard]] Result<std::int64_t> count_active(const UserId& user, UnixTime now);

  // Whether one that is not revoked was begun there and used after `since`.
  [[nodiscard]] Result<bool> any_from(const UserId& user, std::string_view network, UnixTime since);

  // Compare-and-swap on the generation. False: somebody else was first, or it was revoked.
  [[nodiscard]] Result<bool> rotate(const Rotation& rotation);
  // A new seed and a generation above all before it. False: it has ended, or that token's keys are not its
  // keys.
  [[nodiscard]] Result<bool> rekey(const Rekeying& rekeying);
  // Only while the generation is still that one.
  [[nodiscard]] Result<void> confirm(const SessionId& id, std::uint32_t generation);
  // Only forwards.
  [[nodiscard]] Result<void> touch(const SessionId& id, std::int64_t last_seen_ms,
                                   std::int64_t idle_expires_ms);

  // True when it was not revoked before.
  [[nodiscard]] Result<bool> revoke(const SessionId& id, RevokeReason reason, UnixTime now);
  // The same for whoever shows an access token: one from before the last re-keying ends nothing.
  [[nodiscard]] Result<bool> revoke_presented(const SessionId& id, std::uint32_t token_generation,
                                              RevokeReason reason, UnixTime now);
  // Only a session of that user: ownership is part of the statement.
  [[nodiscard]] Result<bool> revoke_own(const SessionId& id, const UserId& owner, RevokeReason reason,
                                        UnixTime now);
  // All of the user's but `except`; gives how many ended.
  [[nodiscard]] Result<std::int64_t> revoke_all(const UserId& user, std::optional<SessionId> except,
                                                RevokeReason reason, UnixTime now);
  // The oldest active ones beyond `keep`; gives their ids.
  [[nodiscard]] Result<std::vector<SessionId>> revoke_oldest(const UserId& user, unsigned keep, UnixTime now);

  // Removes up to `most` sessions whose absolute age ended before `before`: nothing of them can be used, and
  // their refresh tokens are unknown from then on. Gives how many.
  [[nodiscard]] Result<std::int64_t> purge(UnixTime before, std::int64_t most);

 private:
  db::Transaction& tx_;
};

}  // namespace gatehouse::sessions
