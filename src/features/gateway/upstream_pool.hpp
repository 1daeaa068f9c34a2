// The targets of one upstream, and the requests that wait for room at them.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "features/gateway/gateway.hpp"
#include "features/gateway/upstream_target.hpp"

namespace gatehouse::gateway {

// A request for which every usable target is at its max_connections.
class RoomSeeker {
 public:
  virtual ~RoomSeeker() = default;
  virtual void on_room() = 0;
};

struct UpstreamPool::Impl : public std::enable_shared_from_this<UpstreamPool::Impl> {
  // Requests beyond are refused: by the time that they got room their clients would have gone.
  static constexpr std::size_t kMaxWaiting = 256;

  // Targets by their position, as a set of bits; those after the 64th share the last bit.
  using Targets = std::uint64_t;
  [[nodiscard]] static Targets bit_of(std::size_t position) noexcept {
    return Targets{1} << (position < 63 ? position : 63U);
  }

  struct Choice {
    UpstreamTarget* target = nullptr;
    Targets bit = 0;
    bool is_full = false;  // no target, but there will be one
  };

  Impl(net::EventLoop& event_loop, const config::Upstream& upstream) : loop(event_loop), settings(upstream) {}

  // The next healthy target that was not tried, in turn; when there is none, any other: perhaps it is back.
  [[nodiscard]] Choice choose(Targets tried) noexcept;

  // False when too many wait already.
  [[nodiscard]] bool add_waiting(RoomSeeker& seeker);
  void remove_waiting(const RoomSeeker& seeker) noexcept;

  void give_back(UpstreamTarget& target, std::shared_ptr<UpstreamConnection> connection, bool reusable);

  net::EventLoop& loop;
  config::Upstream settings;
  std::vector<std::unique_ptr<UpstreamTarget>> targets;
  std::size_t next = 0;
  std::deque<RoomSeeker*> waiting;
  bool will_let_in = false;  // at the end of this turn

 private:
  [[nodiscard]] Choice choose_among(Targets tried, bool healthy_only) noexcept;
  void let_in_later();
  void let_in();
};

}  // namespace gatehouse::gateway
