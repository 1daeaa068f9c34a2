#include <algorithm>

#include "base/text.hpp"

namespace gatehouse {

namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

// Reads a text from left to right; once something did not fit, everything after it fails too.
class TimeReader {
 public:
  explicit TimeReader(std::string_view text) noexcept : rest_(text) {}

  unsigned digits(std::size_t count, unsigned most) noexcept {
    unsigned number = 0;
    if (rest_.size() < count) return refuse();
    for (std::size_t i = 0; i < count; ++i) {
      if (!is_ascii_digit(rest_[i])) return refuse();
      number = number * 10 + static_cast<unsigned>(rest_[i] - '0');
    }
    rest_.remove_prefix(count);
    return number <= most ? number : refuse();
  }

  void expect(std::string_view any_of) noexcept {
    if (rest_.empty() || !any_of.contains(rest_.front())) {
      refuse();
    } else {
      rest_.remove_prefix(1);
    }
  }

  milliseconds fraction() noexcept {
    if (!rest_.starts_with('.')) return {};
    rest_.remove_prefix(1);
    const auto end = std::ranges::find_if_not(rest_, is_ascii_digit);
    const auto count = static_cast<std::size_t>(end - rest_.begin());
    constexpr std::size_t kMost = 9;
    if (count == 0 || count > kMost) return milliseconds{refuse()};
    unsigned ms = 0;
    for (std::size_t i = 0; i < 3; ++i) ms = ms * 10 + (i < count ? static_cast<unsigned>(rest_[i] - '0') : 0);
    rest_.remove_prefix(count);
    return milliseconds{ms};
  }

  // How far local time is ahead of UTC.
  minutes offset() noexcept {
    if (rest_.starts_with('Z') || rest_.starts_with('z')) {
      rest_.remove_prefix(1);
      return {};
    }
    const int sign = rest_.starts_with('-') ? -1 : 1;
    expect("+-");
    const unsigned hour = digits(2, 23);
    expect(":");
    return sign * minutes{hour * 60 + digits(2, 59)};
  }

  [[nodiscard]] bool is_done() const noexcept { return good_ && rest_.empty(); }

 private:
  unsigned refuse() noexcept {
    good_ = false;
    rest_ = {};
    return 0;
  }

  std::string_view rest_;
  bool good_ = true;
};

}  // namespace

std::optional<UnixTime> parse_rfc3339(std::string_view text) noexcept {
  TimeReader in{text};
  const auto year = std::chrono::year{static_cast<int>(in.digits(4, 9999))};
  in.expect("-");
  const auto month = std::chrono::month{in.digits(2, 12)};
  in.expect("-");
  const std::chrono::year_month_day date{year, month, std::chrono::day{in.digits(2, 31)}};
  in.expect("Tt");
  const std::chrono::hours hour{in.digits(2, 23)};
  in.expect(":");
  const minutes minute{in.digits(2, 59)};
  in.expect(":");
  const std::chrono::seconds second{in.digits(2, 59)};
  const milliseconds fraction = in.fraction();
  const minutes offset = in.offset();
  if (!in.is_done() || !date.ok()) return std::nullopt;
  const UnixTime time = std::chrono::sys_days{date} + hour + minute + second + fraction - offset;
  return time < UnixTime{} ? std::nullopt : std::optional{time};
}

}  // namespace gatehouse
