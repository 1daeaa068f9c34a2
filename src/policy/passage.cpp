#include "policy/passage.hpp"

namespace gatehouse::policy {

void Passage::reset() noexcept {
  head = nullptr;
  path = {};
  query = {};
  has_query = false;
  path_scratch.clear();
  parameters = {};
  rule = nullptr;
  client = {};
  peer_is_trusted = false;
  over_tls = false;
  request_id = {};
  credential = CredentialKind::none;
  is_authenticated = false;
  brings_one_time_token = false;
  principal = {};
  taken_count = 0;
  limits_settled = false;
  next_step = 0;
  wants_reload = false;
  loaded = nullptr;
  wanted_api_key.reset();
  loaded_api_key = nullptr;
  credential_error.reset();
  refused_by = nullptr;
}

const TakenLimit* Passage::refusing_limit() const noexcept {
  for (std::size_t i = 0; i < taken_count && refused_by != nullptr; ++i) {
    if (taken[i].limit == refused_by) return &taken[i];
  }
  return nullptr;
}

// The refusing one, else the one of which the smallest share is left (a/b < c/d without dividing).
const TakenLimit* Passage::tightest_limit() const noexcept {
  if (refused_by != nullptr) return refusing_limit();
  const TakenLimit* tightest = nullptr;
  for (std::size_t i = 0; i < taken_count; ++i) {
    const TakenLimit& one = taken[i];
    if (one.query.shadow) continue;
    if (tightest == nullptr || std::uint64_t{one.decision.remaining} * tightest->decision.limit <
                                   std::uint64_t{tightest->decision.remaining} * one.decision.limit) {
      tightest = &one;
    }
  }
  return tightest;
}

}  // namespace gatehouse::policy
