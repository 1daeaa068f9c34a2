#include "client.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "response_size.hpp"

namespace gatehouse::load {

namespace {

constexpr int kWriteTimeoutMs = 5000;
constexpr std::size_t kMostAnswer = 1 << 20;

// Shared by all clients: a buffer for each of ten thousand connections would miss the cache at every read.
std::string_view read_some(int fd, ssize_t& got) {
  static thread_local std::array<char, 256 * 1024> buffer;
  got = ::recv(fd, buffer.data(), buffer.size(), 0);
  return {buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
}

bool send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    pollfd writable{.fd = fd, .events = POLLOUT, .revents = 0};
    if (errno != EAGAIN || ::poll(&writable, 1, kWriteTimeoutMs) != 1) return false;
  }
  return true;
}

}  // namespace

std::expected<Client, std::string> Client::open(std::uint16_t port, Script script) {
  net::UniqueFd fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): how the sockets' interface takes addresses.
  if (!fd || ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
      ::fcntl(fd.get(), F_SETFL, O_NONBLOCK) != 0)
    return std::unexpected(std::string{"connecting: "} + std::strerror(errno));
  return Client{std::move(fd), std::move(script)};
}

bool Client::send_requests(unsigned count, Clock::time_point since) {
  for (unsigned i = 0; i < count; ++i) sent_[(oldest_ + in_flight_ + i) % kMostDepth] = since;
  in_flight_ += count;
  return send_all(fd_.get(), std::string_view{script_.batch}.substr(0, count * script_.request_size));
}

bool Client::receive(const std::function<void(const Answer&)>& on_answer) {
  ssize_t got = 0;
  std::string_view bytes = read_some(fd_.get(), got);
  if (got < 0 && errno == EAGAIN) return true;
  if (got <= 0) return false;
  const bool continued = !rest_.empty();
  if (continued) bytes = rest_.append(bytes);

  const auto now = Clock::now();
  std::size_t used = 0;
  while (in_flight_ > 0) {
    const ResponseSize found = measure_response(bytes.substr(used));
    if (found.state == ResponseSize::State::malformed) return false;
    if (found.state == ResponseSize::State::incomplete) break;
    const auto latency = now - sent_[oldest_];
    oldest_ = (oldest_ + 1) % kMostDepth;
    --in_flight_;
    on_answer({.status = found.status, .latency = latency, .bytes = bytes.substr(used, found.size)});
    used += found.size;
  }
  if (continued)
    rest_.erase(0, used);
  else
    rest_.assign(bytes.substr(used));
  return rest_.size() <= kMostAnswer && (in_flight_ > 0 || rest_.empty());
}

bool Client::is_open() const noexcept {
  char byte = 0;
  return ::recv(fd_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

}  // namespace gatehouse::load
