#include "features/limits/limit_headers.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace gatehouse::limits {
namespace {

std::int64_t seconds(std::chrono::milliseconds time) noexcept {
  return std::chrono::ceil<std::chrono::seconds>(time).count();
}

// Text into a buffer of which the caller knows that it is large enough.
class Writer {
 public:
  explicit Writer(char* to) noexcept : to_{to} {}
  Writer& operator<<(std::string_view text) noexcept {
    std::memcpy(to_, text.data(), text.size());
    to_ += text.size();
    return *this;
  }
  Writer& operator<<(std::int64_t number) noexcept {
    to_ = std::to_chars(to_, to_ + kLongestNumber, number).ptr;
    return *this;
  }
  [[nodiscard]] char* end() const noexcept { return to_; }

  static constexpr std::size_t kLongestNumber = 20;

 private:
  char* to_;
};

// Fixed text and eight numbers; the name stands twice.
constexpr std::size_t kLongestFields = 200 + 8 * Writer::kLongestNumber;

bool tighter(const Decision& a, const Decision& b) noexcept {
  if (a.allowed != b.allowed) return !a.allowed;
  if (!a.allowed) return a.retry_after > b.retry_after;
  // a.remaining/a.limit < b.remaining/b.limit without dividing: 32 bits by 32 bits.
  return std::uint64_t{a.remaining} * b.limit < std::uint64_t{b.remaining} * a.limit;
}

}  // namespace

std::optional<std::size_t> tightest(std::span<const Query> queries,
                                    std::span<const Decision> decisions) noexcept {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < queries.size(); ++i) {
    if (queries[i].shadow) continue;
    if (!best || tighter(decisions[i], decisions[*best])) best = i;
  }
  return best;
}

namespace {

// A worker whose clock was read a moment earlier than that of the one who counted last would tell one second
// more than the window. A bucket may well take longer than its window to fill.
std::int64_t reset_seconds(const Rule& rule, const Decision& decision) noexcept {
  const bool bounded = rule.algorithm != Algorithm::token_bucket && rule.algorithm != Algorithm::concurrency;
  return seconds(bounded ? std::min(decision.reset, rule.window) : decision.reset);
}

}  // namespace

std::int64_t retry_after_seconds(const Decision& decision) noexcept {
  return std::max<std::int64_t>(1, seconds(decision.retry_after));
}

void append_limit_headers(std::string& out, std::string_view name, const Rule& rule, const Decision& decision) {
  const bool timed = rule.algorithm != Algorithm::concurrency;
  const auto start = out.size();
  out.resize(start + kLongestFields + 2 * name.size());
  Writer to{out.data() + start};
  to << "X-RateLimit-Limit: " << decision.limit << "\r\nX-RateLimit-Remaining: " << decision.remaining
     << "\r\nX-RateLimit-Reset: " << reset_seconds(rule, decision) << "\r\nRateLimit-Policy: \"" << name
     << "\";q=" << decision.limit;
  // "qu" is the draft's parameter for the unit of a quota; requests are its default. A window it has none then.
  if (timed)
    to << ";w=" << seconds(rule.window);
  else
    to << ";qu=\"concurrent-requests\"";
  to << "\r\nRateLimit: \"" << name << "\";r=" << decision.remaining;
  // Refused: the same moment as Retry-After, so that the two cannot contradict each other.
  if (timed) to << ";t=" << (decision.allowed ? reset_seconds(rule, decision) : retry_after_seconds(decision));
  to << "\r\n";
  if (!decision.allowed) to << "Retry-After: " << retry_after_seconds(decision) << "\r\n";
  out.resize(static_cast<std::size_t>(to.end() - out.data()));
}

}  // namespace gatehouse::limits
