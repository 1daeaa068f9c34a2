#include "generator.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "script.hpp"

namespace gatehouse::load {

namespace {

constexpr std::size_t kEventsAtOnce = 256;
constexpr auto kLongestWait = std::chrono::milliseconds{100};
constexpr auto kLastAnswersWithin = std::chrono::seconds{10};

}  // namespace

std::expected<Generator, std::string> Generator::make(const Options& options) {
  Generator generator{options};
  generator.epoll_ = net::UniqueFd{::epoll_create1(EPOLL_CLOEXEC)};
  const auto scripts = make_scripts(options);
  if (!scripts) return std::unexpected(scripts.error());
  if (auto opened = generator.open_clients(*scripts); !opened) return std::unexpected(opened.error());
  return generator;
}

std::expected<void, std::string> Generator::open_clients(const std::vector<Script>& scripts) {
  for (const Script& script : scripts) {
    auto client = Client::open(options_.port, script);
    if (!client) return std::unexpected(client.error());
    epoll_event event{.events = EPOLLIN, .data = {.u64 = clients_.size()}};
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, client->fd(), &event) != 0)
      return std::unexpected(std::string{"epoll_ctl: "} + std::strerror(errno));
    clients_.push_back(std::move(*client));
  }
  return {};
}

std::expected<void, std::string> Generator::run() {
  start_ = due_ = Clock::now();
  end_ = start_ + std::chrono::duration_cast<Clock::duration>(options_.time);
  if (!send_first()) return std::unexpected("a connection broke at its first request");
  std::array<epoll_event, kEventsAtOnce> events;
  for (;;) {
    const auto now = Clock::now();
    if (!may_send(now) && totals_.answers == sent_) break;
    if (now > end_ + kLastAnswersWithin) return std::unexpected("the last answers did not come");
    if (options_.rate > 0 && !send_due()) return std::unexpected("the server closed a connection");
    const timespec wait = until_next(now);
    const int ready = ::epoll_pwait2(epoll_.get(), events.data(), kEventsAtOnce, &wait, nullptr);
    for (int i = 0; i < ready; ++i)
      if (!serve(events[static_cast<std::size_t>(i)].data.u64))
        return std::unexpected("the server closed a connection, or answered something other than HTTP/1.1");
  }
  totals_.seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  return {};
}

bool Generator::may_send(Clock::time_point now) const noexcept {
  return now < end_ && (options_.count == 0 || sent_ < options_.count);
}

bool Generator::send_first() {
  if (options_.rate > 0) {
    for (std::size_t i = 0; i < clients_.size(); ++i) idle_.push_back(i);
    return true;
  }
  return std::ranges::all_of(clients_, [&](Client& client) { return send(client, options_.depth, start_); });
}

// Sends what is due as far as clients are idle; what must wait for one keeps its due time.
bool Generator::send_due() {
  const auto now = Clock::now();
  const auto interval =
      std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(1 / options_.rate));
  while (!idle_.empty() && due_ <= now && may_send(due_)) {
    Client& client = clients_[idle_.back()];
    idle_.pop_back();
    if (!send(client, 1, due_)) return false;
    due_ += interval;
  }
  return true;
}

bool Generator::serve(std::size_t index) {
  Client& client = clients_[index];
  const auto before = client.in_flight();
  if (!client.receive([&](const Client::Answer& answer) { take(client, answer); })) return false;
  const unsigned answered = before - client.in_flight();
  if (answered == 0) return true;
  if (options_.rate > 0) {
    idle_.push_back(index);
    return true;
  }
  const auto now = Clock::now();
  if (!may_send(now)) return true;
  if (!options_.rotate_path.empty()) write_refresh(client.script(), options_.rotate_path);
  return send(client, answered, now);
}

bool Generator::send(Client& client, unsigned count, Clock::time_point since) {
  if (options_.count > 0) count = static_cast<unsigned>(std::min<std::uint64_t>(count, options_.count - sent_));
  if (count == 0) return true;
  sent_ += count;
  return client.send_requests(count, since);
}

void Generator::take(Client& client, const Client::Answer& answer) {
  ++totals_.answers;
  totals_.bytes += answer.bytes.size();
  totals_.latencies.record(answer.latency);
  if (answer.status < 200 || answer.status > 299) ++totals_.refused;
  if (!options_.rotate_path.empty()) take_refresh_token(client.script(), answer.bytes);
}

timespec Generator::until_next(Clock::time_point now) const noexcept {
  std::chrono::nanoseconds wait = kLongestWait;
  if (options_.rate > 0 && !idle_.empty() && due_ < end_)
    wait = std::clamp<std::chrono::nanoseconds>(due_ - now, std::chrono::nanoseconds{0}, kLongestWait);
  return {.tv_sec = 0, .tv_nsec = wait.count()};
}

std::size_t Generator::count_open() const noexcept {
  return static_cast<std::size_t>(std::ranges::count_if(clients_, &Client::is_open));
}

std::vector<std::string> Generator::tokens() const {
  std::vector<std::string> tokens;
  for (const Client& client : clients_) tokens.push_back(client.script().token);
  return tokens;
}

}  // namespace gatehouse::load
