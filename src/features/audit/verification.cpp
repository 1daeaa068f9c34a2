#include "features/audit/verification.hpp"

#include <algorithm>
#include <limits>
#include <vector>

#include "base/text.hpp"
#include "features/audit/audit_store.hpp"

namespace gatehouse::audit {

namespace {

constexpr std::size_t kHashDigits = 64;
constexpr std::int64_t kProgressEvery = 10'000;
// How far from its place an entry is looked for, to tell one that was moved from one that was changed.
constexpr std::int64_t kNear = 64;

class Walk {
 public:
  Walk(db::Transaction& tx, const Chain& chain, const VerifyOptions& options)
      : store_(tx), chain_(chain), options_(options) {}

  Result<Verification> run() {
    auto head = store_.find_head();
    if (!head) return pass_on(head);
    if (!*head) return found(Finding::head_mismatch, 0);
    head_ = std::move(**head);
    if (auto begun = begin(); !begun || stopped()) return concluded(begun);
    auto walked = store_.walk_after(head_.base_seq, [this](const Entry& entry) { return take(entry); });
    if (!walked || stopped()) return concluded(walked);
    return end();
  }

 private:
  // A finding ends the walk the way an error would; it is told apart by what it left in `outcome_`.
  Result<Verification> concluded(const Result<void>& walked) {
    if (!stopped() && !walked) return fail(walked.error());
    return outcome_;
  }
  [[nodiscard]] bool stopped() const noexcept { return outcome_.finding != Finding::intact; }
  Verification& found(Finding finding, std::int64_t seq) {
    outcome_.finding = finding;
    outcome_.seq = seq;
    return outcome_;
  }
  std::unexpected<Error> stop(Finding finding, std::int64_t seq) {
    found(finding, seq);
    return fail(ErrorCode::conflict);
  }

  // Where the trail begins, as age left it.
  Result<void> begin() {
    const bool untouched = head_.base_seq == 0 && head_.base_hash.empty() && head_.base_mac.empty();
    if (!untouched && head_.base_mac != chain_.base_mac(head_.base_seq, head_.base_hash)) {
      return stop(Finding::base_mismatch, 0);
    }
    last_ = {.seq = head_.base_seq, .hash = head_.base_hash};
    if (options_.expected && options_.expected->seq == last_.seq && options_.expected->hash != last_.hash) {
      return stop(Finding::not_as_expected, last_.seq);
    }
    // In front of everything that age has left: nothing may stand there.
    auto first = store_.entries_after(std::numeric_limits<std::int64_t>::min(), 1);
    if (!first) return pass_on(first);
    if (!first->empty() && first->front().seq <= last_.seq) return stop(Finding::inserted, first->front().seq);
    return {};
  }

  Result<void> take(const Entry& entry) {
    const std::int64_t expected = last_.seq + 1;
    if (entry.seq != expected || entry.hash != chain_.hash_of(entry, last_.hash)) return explain(entry);
    if (expected > head_.seq) return stop(Finding::head_mismatch, expected);
    if (options_.expected && options_.expected->seq == expected && options_.expected->hash != entry.hash) {
      return stop(Finding::not_as_expected, expected);
    }
    if (outcome_.entries == 0) outcome_.first = expected;
    last_ = {.seq = expected, .hash = entry.hash};
    outcome_.last = last_;
    if (++outcome_.entries % kProgressEvery == 0 && options_.on_progress) {
      options_.on_progress(outcome_.entries);
    }
    return {};
  }

  Result<Verification> end() {
    if (last_.seq < head_.seq) return found(Finding::missing, last_.seq + 1);
    if (last_.hash != head_.hash) return found(Finding::head_mismatch, last_.seq);
    if (options_.expected && options_.expected->seq > last_.seq) {
      return found(Finding::cut_off, last_.seq + 1);
    }
    if (options_.expected && options_.expected->seq < head_.base_seq) {
      return found(Finding::mark_was_removed, options_.expected->seq);
    }
    return outcome_;
  }

  // The entry does not follow the last one. What was done is told by what stands behind it.
  Result<void> explain(const Entry& entry) {
    const std::int64_t wanted = last_.seq + 1;
    if (entry.seq > wanted) return stop(Finding::missing, wanted);
    if (entry.seq < wanted || wanted > head_.seq) return stop(Finding::inserted, entry.seq);
    auto near = store_.entries_after(wanted, kNear);
    if (!near) return pass_on(near);
    const auto belongs = [this](Entry other, std::int64_t place, std::string_view before) {
      other.seq = place;
      return other.hash == chain_.hash_of(other, before);
    };
    const auto at =
        std::ranges::find_if(*near, [&](const Entry& one) { return belongs(one, wanted, last_.hash); });
    if (at == near->end()) return stop(Finding::changed, wanted);
    // The one that belongs here stands further back. Exchanged, if this one belongs there.
    const std::string& before = at == near->begin() ? at->hash : std::prev(at)->hash;
    return stop(belongs(entry, at->seq, before) ? Finding::reordered : Finding::inserted, wanted);
  }

  AuditStore store_;
  const Chain& chain_;
  const VerifyOptions& options_;
  Head head_;
  Mark last_;
  Verification outcome_;
};

}  // namespace

std::optional<Mark> parse_mark(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto seq = parse_unsigned(text.substr(0, colon));
  const auto hash = text.substr(colon + 1);
  const bool is_hash =
      hash.size() == kHashDigits && std::ranges::all_of(hash, [](char c) { return lower_hex_value(c) >= 0; });
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  if (!seq || *seq == 0 || *seq > kMost || !is_hash) return std::nullopt;
  return Mark{.seq = static_cast<std::int64_t>(*seq), .hash = std::string{hash}};
}

std::string_view finding_text(Finding finding) noexcept {
  switch (finding) {
    case Finding::intact: return "The audit trail is what was written.";
    case Finding::changed: return "The entry is not what was written in its place.";
    case Finding::missing: return "The entry is missing.";
    case Finding::inserted: return "The entry was put in; it was never written by the server.";
    case Finding::reordered: return "The entry stands in another one's place.";
    case Finding::head_mismatch: return "The head of the trail does not tell of its newest entry.";
    case Finding::base_mismatch: return "Old entries were removed, and not by age.";
    case Finding::cut_off: return "The trail ends before the expected entry: its end was cut off.";
    case Finding::not_as_expected: return "The entry is not the expected one.";
    case Finding::mark_was_removed:
      return "The audit trail is what was written; the expected entry was removed by age and not compared.";
  }
  return "";
}

Result<Verification> verify_trail(db::Transaction& tx, const Chain& chain, const VerifyOptions& options) {
  return Walk{tx, chain, options}.run();
}

}  // namespace gatehouse::audit
