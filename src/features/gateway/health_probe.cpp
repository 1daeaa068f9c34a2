#include "features/gateway/health_probe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "features/gateway/upstream_target.hpp"

namespace gatehouse::gateway {

namespace {

using namespace std::chrono_literals;

constexpr unsigned kFailuresUntilDown = 2;
constexpr std::chrono::milliseconds kMaxWait = 5s;

}  // namespace

HealthProbe::HealthProbe(net::EventLoop& loop, UpstreamTarget& target, const config::HealthCheck& check)
    : loop_(loop), target_(target), check_(check), timer_(loop.timers(), [this] { begin(); }) {
  timer_.arm(loop.mono_now());
}

HealthProbe::~HealthProbe() {
  if (connection_) connection_->close();
}

void HealthProbe::begin() {
  timer_.arm(loop_.mono_now() + check_.every);
  if (connection_) conclude(false);  // the last one has not answered since
  const auto wait = std::min(check_.every, kMaxWait);
  connection_ = target_.connect_uncounted(wait);
  if (!connection_) return conclude(false);
  connection_->set_user(this);
  unsent_ = fmt::format(
      "GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: Gatehouse health check\r\nConnection: close\r\n\r\n",
      check_.path, target_.authority());
  received_.clear();
}

void HealthProbe::on_upstream_ready(UpstreamConnection& connection) {
  if (!send()) return conclude(false);
  if (connection.is_readable()) receive();
  if (connection_) connection_->set_deadline(std::min(check_.every, kMaxWait));
}

bool HealthProbe::send() {
  while (!unsent_.empty()) {
    const net::IoResult result = connection_->write(unsent_);
    if (result.status == net::IoStatus::would_block) return true;
    if (result.status != net::IoStatus::done) return false;
    unsent_.erase(0, result.bytes);
  }
  return true;
}

void HealthProbe::receive() {
  std::array<char, 4096> buffer;
  while (connection_->is_readable()) {
    const net::IoResult result = connection_->read(buffer);
    if (result.status == net::IoStatus::would_block) return;
    if (result.status != net::IoStatus::done) return conclude(false);
    received_.append(buffer.data(), result.bytes);
    std::size_t scanned = 0;
    http::ResponseHead head;
    const auto parsed = http::parse_response_head(received_, scanned, head);
    if (parsed.status == http::HeadStatus::incomplete) continue;
    return conclude(parsed.status == http::HeadStatus::complete && head.status >= 200 && head.status < 400);
  }
}

void HealthProbe::on_upstream_unreachable(UpstreamConnection&, const char*) {
  conclude(false);
}

void HealthProbe::on_upstream_timeout(UpstreamConnection&) {
  conclude(false);
}

void HealthProbe::conclude(bool success) {
  if (connection_) std::exchange(connection_, nullptr)->close();
  std::string{}.swap(received_);
  failures_ = success ? 0 : failures_ + 1;
  if (success) target_.set_alive(true);
  if (failures_ >= kFailuresUntilDown) target_.set_alive(false);
}

}  // namespace gatehouse::gateway
