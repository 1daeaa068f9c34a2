// The audit trail: what was done to accounts, by whom, in an order without gaps, chained so that no entry can
// be changed, removed or put in unnoticed (chain.hpp).
#pragma once

#include "base/random.hpp"
#include "features/audit/chain.hpp"
#include "features/audit/security_events.hpp"

namespace gatehouse::audit {

// Thread-safe.
class Trail final : public SecurityEvents {
 public:
  // What happened is told to `sink` as well, after the commit.
  Trail(const crypto::Key256& master, Random& random, SecurityEvents& sink)
      : chain_(master), random_(random), sink_(sink) {}

  void record(const Event& event) override { sink_.record(event); }
  [[nodiscard]] Result<void> append(db::Transaction& tx, const Event& event) override;

  [[nodiscard]] const Chain& chain() const noexcept { return chain_; }

 private:
  Chain chain_;
  Random& random_;
  SecurityEvents& sink_;
};

}  // namespace gatehouse::audit
