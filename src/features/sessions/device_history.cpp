#include "features/sessions/device_history.hpp"

#include "features/sessions/device.hpp"
#include "features/sessions/session_store.hpp"
#include "http/address.hpp"

namespace gatehouse::sessions {

namespace {

constexpr unsigned kIpv4NetworkBits = 24;
constexpr unsigned kIpv6NetworkBits = 48;

// Nothing for text that is no address: that is like no other.
std::optional<http::Address> network_of(std::string_view ip) noexcept {
  const auto address = http::Address::parse(ip);
  if (!address) return std::nullopt;
  return address->prefix(address->is_ipv4() ? kIpv4NetworkBits : kIpv6NetworkBits);
}

bool is_same_device(std::string_view one_agent, std::string_view other_agent) noexcept {
  const Device one = find_device(one_agent);
  const Device other = find_device(other_agent);
  return one.browser == other.browser && one.os == other.os;
}

}  // namespace

Result<DeviceHistory> find_device_history(db::Transaction& tx, const Session& session) {
  DeviceHistory history;
  const auto network = network_of(session.ip);
  const std::string_view disowned = reason_name(RevokeReason::disowned);
  auto read = tx.select(
      "SELECT ip, user_agent, revoke_reason FROM sessions WHERE user_id = $1 AND id <> $2 ORDER BY id DESC "
      "LIMIT $3",
      {session.user.text(), session.id.text(), kSessionsLookedAt}, [&](const db::Row& row) {
        history.is_empty = false;
        if (!row.is_null(2) && row.text(2) == disowned) {
          history.has_disowned = true;
        } else if (network && network_of(row.text(0)) == network) {
          history.has_same = history.has_same || is_same_device(row.text(1), session.user_agent);
        }
      });
  if (!read) return pass_on(read);
  return history;
}

// Ids are in the order of their beginning.
Result<void> mark_disowned(db::Transaction& tx, const UserId& user, const SessionId& from) {
  auto marked = tx.execute("UPDATE sessions SET revoke_reason = $1 WHERE user_id = $2 AND id >= $3",
                           {reason_name(RevokeReason::disowned), user.text(), from.text()});
  if (!marked) return pass_on(marked);
  return {};
}

}  // namespace gatehouse::sessions
