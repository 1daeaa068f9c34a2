// Names of requests, in X-Request-Id and in the log.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/random.hpp"

namespace gatehouse::observe {

inline constexpr std::size_t kRequestIdBytes = 32;

// One for each worker; not thread-safe. Ids are unique, not secret: a random start that no other generator
// shares, and a counter.
class RequestIds {
 public:
  explicit RequestIds(Random& random) noexcept;

  // 32 lower-case hex digits. Valid until the next call.
  [[nodiscard]] std::string_view next() noexcept;

 private:
  std::array<char, kRequestIdBytes> text_;
  std::uint64_t counter_;
};

// Whether an id that a trusted proxy sent may be kept: 1 to 64 of A-Z a-z 0-9 "." "_" "-".
[[nodiscard]] bool is_request_id(std::string_view text) noexcept;

}  // namespace gatehouse::observe
