// Listening sockets: "host:port" with SO_REUSEPORT, so that each loop has its own, or "unix:/path", shared by
// all.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/error.hpp"
#include "net/event_loop.hpp"
#include "net/unique_fd.hpp"

struct sockaddr;

namespace gatehouse::net {

enum class Sharing : std::uint8_t { own_port, reuse_port };

// Binds and listens. The error names the address and says what is wrong with it.
[[nodiscard]] Result<UniqueFd> listen_on(const std::string& address, Sharing sharing);
// Where a socket listens, as "127.0.0.1:8080": tells the port that was chosen for port 0.
[[nodiscard]] std::string local_address(int fd);

// Accepts on one loop. Out of descriptors, it turns connections away one by one instead of spinning (F18); when
// it cannot even do that, it leaves them waiting for a moment.
class Listener final : public Watched {
 public:
  using Accepted = std::move_only_function<void(UniqueFd, const sockaddr*)>;

  Listener(EventLoop& loop, UniqueFd socket, Accepted accepted);
  ~Listener() override;
  void on_ready(Readiness readiness) override;
  // Takes what already waits in the queue, then stops listening: closing first would reset those clients.
  void close() noexcept;

 private:
  bool accept_one();
  [[nodiscard]] bool turn_one_away() noexcept;
  void rest();
  void watch();

  EventLoop& loop_;
  UniqueFd socket_;
  UniqueFd spare_;  // given up for a moment to accept and close when no descriptor is left
  Accepted accepted_;
  Timer rested_;
};

}  // namespace gatehouse::net
