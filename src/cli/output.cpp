#include "cli/output.hpp"

#include <unistd.h>

#include <cstdio>

#include "http/json.hpp"

namespace gatehouse::cli {

void print_line(std::string_view line) {
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fputc('\n', stdout);
}

void complain(std::string_view text) {
  std::fprintf(stderr, "gatehouse: %.*s\n", static_cast<int>(text.size()), text.data());
}

int fail_with(const Call& call, std::string_view text) {
  if (!call.as_json) {
    complain(text);
    return kFailed;
  }
  std::string out;
  http::JsonWriter{out}.begin_object().key("ok").value(false).key("error").value(text).end_object();
  print_line(out);
  return kFailed;
}

int fail_with(const Call& call, const Error& error) {
  return fail_with(call, explain(error));
}

std::string explain(const Error& error) {
  if (!error.fields.empty()) {
    std::string text;
    for (const FieldError& field : error.fields) {
      if (!text.empty()) text += "; ";
      text += field.field + ": " + field.message;
    }
    return text;
  }
  if (!error.public_detail.empty()) return error.public_detail;
  if (error.code == ErrorCode::email_taken) return "an account has this address already";
  if (error.code == ErrorCode::username_taken) return "another account has this username";
  if (!error.detail.empty()) return error.detail;
  return std::string{describe(error.code).title};
}

Progress::Progress(std::uint64_t every)
    : every_(every), next_(every), on_terminal_(::isatty(STDERR_FILENO) == 1) {}

void Progress::show(std::uint64_t steps, std::string_view text) {
  const int size = static_cast<int>(text.size());
  if (on_terminal_) {
    std::fprintf(stderr, "\r\x1b[K%.*s", size, text.data());
    std::fflush(stderr);
    shown_ = true;
    return;
  }
  if (steps < next_) return;
  next_ = steps - steps % every_ + every_;
  std::fprintf(stderr, "%.*s\n", size, text.data());
}

void Progress::clear() {
  if (shown_) std::fputs("\r\x1b[K", stderr);
  shown_ = false;
}

}  // namespace gatehouse::cli
