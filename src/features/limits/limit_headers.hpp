// What a client is told about limits: the fields of the tightest one.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "features/limits/limiter.hpp"

namespace gatehouse::limits {

// The decision to show: the enforced refusal with the longest wait, else the smallest share remaining. Shadow
// limits are never shown. Absent: no limit applied.
[[nodiscard]] std::optional<std::size_t> tightest(std::span<const Query> queries,
                                                  std::span<const Decision> decisions) noexcept;

// Appends whole lines, each ended by CR LF: X-RateLimit-Limit, -Remaining, -Reset; RateLimit-Policy and
// RateLimit as in draft-ietf-httpapi-ratelimit-headers-10; and Retry-After when refused. Seconds are rounded
// up, so that a client that waits for them is not early. `name` is the limit's, [a-z0-9_-]+ as the settings
// hold it.
void append_limit_headers(std::string& out, std::string_view name, const Rule& rule, const Decision& decision);

// Retry-After's value for a refused decision: at least 1.
[[nodiscard]] std::int64_t retry_after_seconds(const Decision& decision) noexcept;

}  // namespace gatehouse::limits
