// The server as the scenario tests run it: the same code with a clock that the test sets. Never shipped, and
// none of this is linked into the release binary.
//
// GATEHOUSE_TEST_CONTROL names a unix socket that takes lines and answers each with "ok": "advance
// MILLISECONDS" for time that passes, "step MILLISECONDS" and "step -MILLISECONDS" for a wall clock that is set
// while none passes; "throw PLACE SUBJECT" and "crash PLACE SUBJECT" for what happens the next time that
// SUBJECT passes the fault point PLACE.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "app/application.hpp"
#include "base/clock.hpp"
#include "base/fault_point.hpp"
#include "base/random.hpp"
#include "base/text.hpp"
#include "cli/command_line.hpp"

namespace {

using namespace gatehouse;

// The fault that a test has ordered; it happens once.
struct OrderedFault {
  std::mutex mutex;
  std::string what;
  std::string where;
};

OrderedFault& ordered_fault() {
  static OrderedFault fault;
  return fault;
}

std::string take_fault(std::string_view where) {
  OrderedFault& fault = ordered_fault();
  const std::lock_guard lock{fault.mutex};
  if (fault.where != where) return {};
  fault.where.clear();
  return std::exchange(fault.what, {});
}

void order_fault(std::string_view what, std::string_view where) {
  OrderedFault& fault = ordered_fault();
  const std::lock_guard lock{fault.mutex};
  fault.what = what;
  fault.where = where;
}

}  // namespace

void gatehouse::fault_point(std::string_view name, std::string_view subject) {
  std::string where{name};
  where += ' ';
  where += subject;
  const std::string what = take_fault(where);
  if (what == "crash") std::abort();
  if (what == "throw") throw std::runtime_error{"a fault that a test has ordered"};
}

namespace {

// Real time plus what the test has added.
class OffsetClock final : public Clock {
 public:
  [[nodiscard]] UnixTime unix_now() const noexcept override {
    return real_.unix_now() + offset() + std::chrono::milliseconds{step_ms_.load(std::memory_order_relaxed)};
  }
  [[nodiscard]] MonoTime mono_now() const noexcept override { return real_.mono_now() + offset(); }
  void advance(std::chrono::milliseconds by) noexcept { offset_ms_.fetch_add(by.count()); }
  void step(std::chrono::milliseconds by) noexcept { step_ms_.fetch_add(by.count()); }

 private:
  [[nodiscard]] std::chrono::milliseconds offset() const noexcept {
    return std::chrono::milliseconds{offset_ms_.load(std::memory_order_relaxed)};
  }
  SystemClock real_;
  std::atomic<std::int64_t> offset_ms_{0};
  std::atomic<std::int64_t> step_ms_{0};
};

void obey(OffsetClock& clock, app::Application& application, std::string_view line) {
  const auto space = line.find(' ');
  if (space == std::string_view::npos) return;
  const std::string_view what = line.substr(0, space);
  if (what == "throw" || what == "crash") return order_fault(what, line.substr(space + 1));
  std::string_view number = line.substr(space + 1);
  const bool is_backwards = what == "step" && number.starts_with('-');
  if (is_backwards) number.remove_prefix(1);
  const auto by = parse_unsigned(number);
  if (!by) return;
  const std::chrono::milliseconds amount{static_cast<std::int64_t>(*by)};
  if (what == "advance") clock.advance(amount);
  if (what == "step") clock.step(is_backwards ? -amount : amount);
  // Twice: the turn that takes the new time fires the timers, the next one sees what they did.
  application.nudge();
  application.nudge();
}

void serve_control(int listener, OffsetClock& clock, app::Application& application) {
  for (;;) {
    const int peer = ::accept(listener, nullptr, nullptr);
    if (peer < 0) return;
    std::array<char, 256> line{};
    for (;;) {
      const auto size = ::read(peer, line.data(), line.size());
      if (size <= 0) break;
      std::string_view text{line.data(), static_cast<std::size_t>(size)};
      while (text.ends_with('\n')) text.remove_suffix(1);
      obey(clock, application, text);
      if (::write(peer, "ok\n", 3) != 3) break;
    }
    ::close(peer);
  }
}

void open_control(const char* path, OffsetClock& clock, app::Application& application) {
  sockaddr_un where{};
  where.sun_family = AF_UNIX;
  std::strncpy(where.sun_path, path, sizeof where.sun_path - 1);
  const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::bind(listener, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0 ||
      ::listen(listener, 8) != 0) {
    std::abort();
  }
  std::thread{[listener, &clock, &application] { serve_control(listener, clock, application); }}.detach();
}

}  // namespace

int main(int argc, char** argv) {
  static OffsetClock clock;
  SystemRandom random;
  const char* const control = std::getenv("GATEHOUSE_TEST_CONTROL");
  return cli::run(
      argc, argv,
      {.clock = clock, .random = random, .before_serving = [control](app::Application& application) {
         if (control != nullptr) open_control(control, clock, application);
       }});
}
