#include "features/sessions/refresh_case.hpp"

namespace gatehouse::sessions {

RefreshCase classify(const Lineage& lineage, std::uint32_t token_generation, UnixTime now,
                     const RefreshPolicy& policy) noexcept {
  if (lineage.revoked || now >= lineage.session_expires_at) return RefreshCase::refused;
  if (token_generation == lineage.generation) {
    return now < lineage.refresh_expires_at ? RefreshCase::rotate : RefreshCase::refused;
  }
  // A token from the future is authentic too, so the store is older than it (a restored backup): the lineage
  // cannot be trusted any more.
  if (token_generation > lineage.generation) return RefreshCase::reused;
  if (lineage.generation - token_generation > 1) return RefreshCase::reused;

  const auto window = lineage.confirmed ? policy.refresh_grace : policy.unconfirmed_retry;
  // Zero is strict whatever the clocks say: another worker may have read its own a moment earlier than the one
  // that rotated, and then less than no time has passed (RT-04).
  if (window.count() == 0 || now - lineage.rotated_at >= window) return RefreshCase::reused;
  // The child itself may have died meanwhile; an honest client that comes so late is no thief.
  return now < lineage.refresh_expires_at ? RefreshCase::repeat : RefreshCase::refused;
}

}  // namespace gatehouse::sessions
