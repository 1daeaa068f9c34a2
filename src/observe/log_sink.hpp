// Where log lines go.
#pragma once

#include <chrono>
#include <cstddef>
#include <string_view>

namespace gatehouse::observe {

// Used by one thread.
class LogSink {
 public:
  LogSink() = default;
  LogSink(const LogSink&) = delete;
  LogSink& operator=(const LogSink&) = delete;
  virtual ~LogSink() = default;

  // Takes some bytes from the front and tells how many; 0 when it could take none within `patience`. Never
  // blocks for longer. A sink that is gone for good takes everything, to nowhere.
  [[nodiscard]] virtual std::size_t write(std::string_view bytes, std::chrono::milliseconds patience) = 0;
};

// A file descriptor that it does not own, whatever it is: file, terminal, pipe or socket. Leaves its flags
// alone, since O_NONBLOCK on stdout would be on for every process that shares it.
class FdSink final : public LogSink {
 public:
  explicit FdSink(int fd) noexcept;
  [[nodiscard]] std::size_t write(std::string_view bytes, std::chrono::milliseconds patience) override;

 private:
  [[nodiscard]] bool can_take(std::chrono::milliseconds patience) const noexcept;

  int fd_;
  bool is_socket_;
  std::size_t most_at_once_;
};

}  // namespace gatehouse::observe
