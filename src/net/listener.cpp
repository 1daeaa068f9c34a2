#include "net/listener.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

namespace gatehouse::net {

namespace {

constexpr int kBacklog = 4096;
constexpr std::chrono::milliseconds kRest{100};
constexpr int kAcceptsPerTurn = 64;  // then the connections that are already here get their turn

std::unexpected<Error> cannot(const std::string& address, std::string_view what) {
  std::string text = "cannot listen on " + address + ": ";
  text += what;
  return fail(ErrorCode::internal_error, std::move(text));
}

Result<UniqueFd> listen_on_path(const std::string& address, const std::string& path) {
  sockaddr_un where{};
  where.sun_family = AF_UNIX;
  if (path.size() >= sizeof where.sun_path) return cannot(address, "the path is too long");
  std::memcpy(where.sun_path, path.data(), path.size());
  UniqueFd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  // A socket file that nobody listens on is left from an earlier run; one that answers is not ours to remove.
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0) {
    return cannot(address, "another process listens there");
  }
  if (errno == ECONNREFUSED) ::unlink(path.c_str());
  fd.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0 ||
      ::listen(fd.get(), kBacklog) != 0) {
    return cannot(address, std::strerror(errno));
  }
  return fd;
}

struct AddressList {
  addrinfo* first = nullptr;
  ~AddressList() {
    if (first != nullptr) ::freeaddrinfo(first);
  }
};

void set_flag(int fd, int level, int option) noexcept {
  const int on = 1;
  ::setsockopt(fd, level, option, &on, sizeof on);
}

Result<UniqueFd> listen_on_port(const std::string& address, std::string host, const std::string& port,
                                Sharing sharing) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  AddressList found;
  const int failure = ::getaddrinfo(host.empty() ? nullptr : host.c_str(), port.c_str(), &hints, &found.first);
  if (failure != 0) return cannot(address, ::gai_strerror(failure));
  const addrinfo& first = *found.first;
  UniqueFd fd{::socket(first.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  set_flag(fd.get(), SOL_SOCKET, SO_REUSEADDR);
  if (sharing == Sharing::reuse_port) set_flag(fd.get(), SOL_SOCKET, SO_REUSEPORT);
  if (::bind(fd.get(), first.ai_addr, first.ai_addrlen) != 0 || ::listen(fd.get(), kBacklog) != 0) {
    return cannot(address, std::strerror(errno));
  }
  return fd;
}

}  // namespace

Result<UniqueFd> listen_on(const std::string& address, Sharing sharing) {
  if (address.starts_with("unix:")) return listen_on_path(address, address.substr(5));
  const auto colon = address.rfind(':');
  if (colon == std::string::npos) return cannot(address, "expected host:port or unix:/path");
  return listen_on_port(address, address.substr(0, colon), address.substr(colon + 1), sharing);
}

std::string local_address(int fd) {
  sockaddr_storage where{};
  socklen_t size = sizeof where;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&where), &size) != 0) return {};
  if (where.ss_family == AF_UNIX) return "unix:" + std::string{reinterpret_cast<sockaddr_un&>(where).sun_path};
  char host[INET6_ADDRSTRLEN] = {};
  if (where.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(where);
    ::inet_ntop(AF_INET, &v4.sin_addr, host, sizeof host);
    return std::string{host} + ":" + std::to_string(ntohs(v4.sin_port));
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(where);
  ::inet_ntop(AF_INET6, &v6.sin6_addr, host, sizeof host);
  return "[" + std::string{host} + "]:" + std::to_string(ntohs(v6.sin6_port));
}

Listener::Listener(EventLoop& loop, UniqueFd socket, Accepted accepted)
    : loop_(loop),
      socket_(std::move(socket)),
      spare_(::open("/dev/null", O_RDONLY | O_CLOEXEC)),
      accepted_(std::move(accepted)),
      rested_(loop.timers(), [this] { watch(); }) {
  watch();
}

Listener::~Listener() {
  if (socket_) loop_.unwatch(socket_.get());
}

void Listener::watch() {
  if (socket_) loop_.watch(socket_.get(), *this, EventLoop::Trigger::level_exclusive);
}

// Watching on would spin: the socket stays readable as long as somebody waits in its queue.
void Listener::rest() {
  loop_.unwatch(socket_.get());
  rested_.arm(loop_.mono_now() + kRest);
}

bool Listener::accept_one() {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  UniqueFd fd{
      ::accept4(socket_.get(), reinterpret_cast<sockaddr*>(&peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC)};
  if (!fd) {
    const int why = errno;
    if (why == ECONNABORTED || why == EINTR) return true;
    const bool is_empty = why == EAGAIN || why == EWOULDBLOCK;
    const bool was_turned_away = (why == EMFILE || why == ENFILE) && turn_one_away();
    if (!is_empty && !was_turned_away) rest();
    return false;
  }
  if (peer.ss_family != AF_UNIX) set_flag(fd.get(), IPPROTO_TCP, TCP_NODELAY);
  accepted_(std::move(fd), reinterpret_cast<const sockaddr*>(&peer));
  return true;
}

// False when another thread was faster to take the descriptor that was given up, or the spare is gone since
// then.
bool Listener::turn_one_away() noexcept {
  spare_.reset();
  const bool done = static_cast<bool>(UniqueFd{::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC)});
  spare_.reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  return done;
}

void Listener::on_ready(Readiness) {
  for (int i = 0; i < kAcceptsPerTurn && socket_; ++i) {
    if (!accept_one()) return;
  }
}

void Listener::close() noexcept {
  if (!socket_) return;
  while (accept_one()) {
  }
  rested_.disarm();
  loop_.unwatch(socket_.get());
  socket_.reset();
}

}  // namespace gatehouse::net
