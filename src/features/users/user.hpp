// A user: the record as the store holds it, and the snapshot that requests are checked against.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/id.hpp"

namespace gatehouse::users {

inline constexpr std::string_view kAdminRole = "admin";

struct User {
  UserId id;
  std::string email;  // as typed
  std::optional<std::string> username;
  std::optional<std::string> name;
  std::string role;
  std::string plan;
  bool email_verified = false;
  bool disabled = false;
  UnixTime created_at{};
  UnixTime updated_at{};
  std::optional<UnixTime> deleted_at;
};

// The public object: {"id":…,"email":…,…,"deletedAt":null}. Never the password's hash.
void append_user_json(std::string& out, const User& user);

// Position of a role or plan in the settings' list; kNoIndex for one that is no longer configured.
inline constexpr std::uint16_t kNoIndex = 0xFFFF;
[[nodiscard]] std::uint16_t index_of(const std::vector<std::string>& names, std::string_view name) noexcept;

// Immutable, shared by all workers. A change of the user marks it obsolete after the commit and before the
// answer; whoever holds an obsolete one must load again before trusting it.
struct LiveUser {
  UserId id;
  std::string id_text;
  std::string role;
  std::string plan;
  std::uint16_t role_index = kNoIndex;
  std::uint16_t plan_index = kNoIndex;
  bool disabled = false;
  bool deleted = false;
  std::string json;  // the public object, ready to send
  mutable std::atomic<bool> obsolete{false};

  [[nodiscard]] bool may_act() const noexcept { return !disabled && !deleted; }
};

[[nodiscard]] std::shared_ptr<const LiveUser> make_live_user(const User& user,
                                                             const std::vector<std::string>& roles,
                                                             const std::vector<std::string>& plans);
// The same for a credential that acts with another role than the user's own; `json` shows the user's own.
[[nodiscard]] std::shared_ptr<const LiveUser> make_live_user(const User& user,
                                                             const std::vector<std::string>& roles,
                                                             const std::vector<std::string>& plans,
                                                             std::string_view acting_role);

}  // namespace gatehouse::users
