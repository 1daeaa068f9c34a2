// Errors as clients see them: application/problem+json (RFC 9457), one shape for everything (E15, LG-02).
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace gatehouse::app {

struct ProblemContext {
  std::string_view request_id;
  std::string_view violated_policy;         // 429: the deciding limit's name
  std::chrono::milliseconds retry_after{};  // 429: how long
};

void append_problem(std::string& out, const Error& error, const ProblemContext& context);

// WWW-Authenticate of a 401 (RFC 6750 §3): an error code only where a token was sent.
[[nodiscard]] std::string_view www_authenticate(ErrorCode code) noexcept;

// The page at /problems/{slug}: text for a person; empty when there is no such problem.
[[nodiscard]] std::string problem_page(std::string_view slug);

}  // namespace gatehouse::app
