#include "features/gateway/upstream_pool.hpp"

#include <algorithm>

namespace gatehouse::gateway {

Result<std::unique_ptr<UpstreamPool>> UpstreamPool::make(net::EventLoop& loop,
                                                         const config::Upstream& settings) {
  auto impl = std::make_shared<Impl>(loop, settings);
  std::shared_ptr<const net::TlsContext> tls;
  for (const std::string& url : settings.targets) {
    auto target = UpstreamTarget::make(loop, url, settings, tls);
    if (!target) return pass_on(target);
    impl->targets.push_back(std::move(*target));
  }
  return std::unique_ptr<UpstreamPool>{new UpstreamPool{std::move(impl)}};
}

UpstreamPool::UpstreamPool(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

UpstreamPool::~UpstreamPool() {
  for (const auto& target : impl_->targets) target->retire();
}

const config::Upstream& UpstreamPool::settings() const noexcept {
  return impl_->settings;
}

std::size_t UpstreamPool::healthy_targets() const noexcept {
  return static_cast<std::size_t>(
      std::ranges::count_if(impl_->targets, [](const auto& target) { return target->is_healthy(); }));
}

std::size_t UpstreamPool::idle_connections() const noexcept {
  std::size_t count = 0;
  for (const auto& target : impl_->targets) count += target->idle_connections();
  return count;
}

UpstreamPool::Impl::Choice UpstreamPool::Impl::choose(Targets tried) noexcept {
  const Choice healthy = choose_among(tried, true);
  return healthy.target != nullptr || healthy.is_full ? healthy : choose_among(tried, false);
}

UpstreamPool::Impl::Choice UpstreamPool::Impl::choose_among(Targets tried, bool healthy_only) noexcept {
  Choice choice;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const std::size_t position = (next + i) % targets.size();
    UpstreamTarget& target = *targets[position];
    if ((tried & bit_of(position)) != 0 || (healthy_only && !target.is_healthy())) continue;
    if (!target.has_room()) {
      choice.is_full = true;
      continue;
    }
    next = (position + 1) % targets.size();
    return {.target = &target, .bit = bit_of(position)};
  }
  return choice;
}

bool UpstreamPool::Impl::add_waiting(RoomSeeker& seeker) {
  if (waiting.size() >= kMaxWaiting) return false;
  waiting.push_back(&seeker);
  return true;
}

void UpstreamPool::Impl::remove_waiting(const RoomSeeker& seeker) noexcept {
  const auto at = std::ranges::find(waiting, &seeker);
  if (at != waiting.end()) waiting.erase(at);
}

void UpstreamPool::Impl::give_back(UpstreamTarget& target, std::shared_ptr<UpstreamConnection> connection,
                                   bool reusable) {
  if (reusable) {
    target.keep(std::move(connection));
  } else {
    target.drop(*connection);
  }
  if (!waiting.empty()) let_in_later();
}

// Not at once: the request that gave its connection back is still on the stack.
void UpstreamPool::Impl::let_in_later() {
  if (will_let_in) return;
  will_let_in = true;
  loop.at_end_of_turn([self = shared_from_this()] {
    self->will_let_in = false;
    self->let_in();
  });
}

void UpstreamPool::Impl::let_in() {
  const auto has_room = [](const auto& target) { return target->has_room(); };
  // Counted: one that finds no room after all joins the end of the line again.
  for (std::size_t left = waiting.size();
       left > 0 && !waiting.empty() && std::ranges::any_of(targets, has_room); --left) {
    RoomSeeker& first = *waiting.front();
    waiting.pop_front();
    first.on_room();
  }
}

}  // namespace gatehouse::gateway
