#include "observe/log.hpp"

#include <array>

namespace gatehouse::observe {

namespace {

LogQueue::WriteDropped dropped_line(const Clock& clock, LogFormat format) {
  return [&clock, format](std::string& out, TimeText& time, std::uint64_t count) {
    const std::array fields{LogField{"count", count}};
    append_line(out, time, format,
                LogEvent{.time = clock.unix_now(),
                         .level = LogLevel::warn,
                         .event = "log_lines_dropped",
                         .message = "The log was not read fast enough.",
                         .fields = fields});
  };
}

}  // namespace

Log::Log(const Clock& clock, LogSink& sink, Options options)
    : clock_(clock),
      level_(options.level),
      format_(options.format),
      queue_(sink, options.queue, dropped_line(clock, options.format)) {}

void Log::event(LogLevel level, std::string_view event, std::string_view message,
                std::initializer_list<LogField> fields) {
  if (!is_on(level)) return;
  const LogEvent line{.time = clock_.unix_now(),
                      .level = level,
                      .event = event,
                      .message = message,
                      .fields = {fields.begin(), fields.size()}};
  queue_.append([&](std::string& out, TimeText& time) { append_line(out, time, format_, line); });
}

void Log::request(const RequestLine& line) {
  if (!is_on(level_of(line))) return;
  queue_.append([&](std::string& out, TimeText& time) { append_line(out, time, format_, line); });
}

}  // namespace gatehouse::observe
