// One kept connection of the load generator: what is in flight on it, and what has come back.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <string_view>

#include "net/unique_fd.hpp"
#include "options.hpp"

namespace gatehouse::load {

using Clock = std::chrono::steady_clock;

// What a client sends next. Fixed bytes, or bytes made from the last answer.
struct Script {
  std::string batch;  // the request, as often as the connection's depth
  std::size_t request_size = 0;
  std::string token;  // rotating: the refresh token to show next
};

class Client {
 public:
  // Connects to 127.0.0.1, waiting for it.
  [[nodiscard]] static std::expected<Client, std::string> open(std::uint16_t port, Script script);

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  [[nodiscard]] unsigned in_flight() const noexcept { return in_flight_; }
  [[nodiscard]] Script& script() noexcept { return script_; }
  [[nodiscard]] const Script& script() const noexcept { return script_; }

  // Sends `count` requests in one call; their time is `since`. False: the connection is broken.
  [[nodiscard]] bool send_requests(unsigned count, Clock::time_point since);

  struct Answer {
    unsigned status;
    Clock::duration latency;
    std::string_view bytes;  // the whole response, until the call returns
  };
  // Reads once and tells of each complete answer. False: closed, or not HTTP.
  [[nodiscard]] bool receive(const std::function<void(const Answer&)>& on_answer);

  [[nodiscard]] bool is_open() const noexcept;

 private:
  Client(net::UniqueFd fd, Script script) : fd_(std::move(fd)), script_(std::move(script)) {}

  net::UniqueFd fd_;
  Script script_;
  std::string rest_;  // of an answer that has not come whole
  std::array<Clock::time_point, kMostDepth> sent_{};
  unsigned oldest_ = 0;
  unsigned in_flight_ = 0;
};

}  // namespace gatehouse::load
