#include "app/problem.hpp"

#include <fmt/format.h>

#include "http/json.hpp"

namespace gatehouse::app {

namespace {

std::string counted(std::int64_t number, std::string_view unit) {
  return fmt::format("{} {}{}", number, unit, number == 1 ? "" : "s");
}

// Two titles tell how long to wait; the others are fixed.
std::string title_of(const Error& error, const ProblemContext& context) {
  const ErrorInfo& info = describe(error.code);
  if (context.retry_after.count() <= 0) return std::string{info.title};
  if (error.code == ErrorCode::too_many_login_attempts) {
    const auto minutes = std::chrono::ceil<std::chrono::minutes>(context.retry_after).count();
    return fmt::format("Too many login attempts. Try again in {}.", counted(minutes, "minute"));
  }
  if (error.code == ErrorCode::rate_limited) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(context.retry_after).count();
    return fmt::format("Too many requests. Try again in {}.", counted(seconds, "second"));
  }
  return std::string{info.title};
}

}  // namespace

void append_problem(std::string& out, const Error& error, const ProblemContext& context) {
  const ErrorInfo& info = describe(error.code);
  const std::string title = title_of(error, context);
  http::JsonWriter json{out};
  json.begin_object();
  const std::string type = fmt::format("/problems/{}", info.slug);
  json.key("type").value(std::string_view{type});
  json.key("title").value(std::string_view{title});
  json.key("status").value(static_cast<unsigned>(info.status));
  json.key("detail").value(error.public_detail.empty() ? info.explanation
                                                       : std::string_view{error.public_detail});
  json.key("success").value(false);
  json.key("message").value(std::string_view{title});
  json.key("code").value(info.code);
  json.key("requestId").value(context.request_id);
  for (const auto& [name, value] : error.members) json.key(name).value(value.reveal());
  if (!error.fields.empty()) {
    json.key("errors").begin_array();
    for (const FieldError& field : error.fields) {
      json.begin_object();
      json.key("field").value(std::string_view{field.field});
      json.key("code").value(std::string_view{field.code});
      json.key("message").value(std::string_view{field.message});
      json.end_object();
    }
    json.end_array();
  }
  if (!context.violated_policy.empty()) {
    json.key("violatedPolicies").begin_array().value(context.violated_policy).end_array();
  }
  json.end_object();
}

std::string_view www_authenticate(ErrorCode code) noexcept {
  const bool token_was_sent = code == ErrorCode::token_expired || code == ErrorCode::invalid_token ||
                              code == ErrorCode::session_revoked;
  return token_was_sent ? R"(Bearer error="invalid_token")" : "Bearer";
}

std::string problem_page(std::string_view slug) {
  for (std::size_t i = 0; i < kErrorCodeCount; ++i) {
    const ErrorInfo& info = describe(static_cast<ErrorCode>(i));
    if (info.slug != slug) continue;
    return fmt::format("{}\n\nStatus {}, code {}\n\n{}\n", info.title, info.status, info.code,
                       info.explanation);
  }
  return {};
}

}  // namespace gatehouse::app
