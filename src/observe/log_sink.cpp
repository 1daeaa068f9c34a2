#include "observe/log_sink.hpp"

#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace gatehouse::observe {

namespace {

mode_t kind_of(int fd) noexcept {
  struct stat status{};
  return fstat(fd, &status) == 0 ? status.st_mode & S_IFMT : mode_t{0};
}

}  // namespace

// A pipe that polls writable has room for PIPE_BUF bytes, so that a write of no more than these does not block
// (pipe(7)). Terminals behave likewise; regular files never block.
FdSink::FdSink(int fd) noexcept
    : fd_(fd),
      is_socket_(kind_of(fd) == S_IFSOCK),
      most_at_once_(kind_of(fd) == S_IFREG ? 64 * 1024 : PIPE_BUF) {}

bool FdSink::can_take(std::chrono::milliseconds patience) const noexcept {
  pollfd waited{.fd = fd_, .events = POLLOUT, .revents = 0};
  return poll(&waited, 1, static_cast<int>(patience.count())) > 0;  // also when the reader is gone
}

std::size_t FdSink::write(std::string_view bytes, std::chrono::milliseconds patience) {
  if (!can_take(patience)) return 0;
  const auto part = bytes.substr(0, most_at_once_);
  const ssize_t taken = is_socket_ ? send(fd_, part.data(), part.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                                   : ::write(fd_, part.data(), part.size());
  if (taken >= 0) return static_cast<std::size_t>(taken);
  const bool may_work_later = errno == EAGAIN || errno == EINTR || errno == ENOSPC;
  return may_work_later ? 0 : bytes.size();
}

}  // namespace gatehouse::observe
