// Drives many clients from one thread and adds up what they see.
//
// Unpaced, each client sends again as soon as it is answered. Paced, requests leave on a schedule, and a
// latency counts from when its request was due: a server that stalls cannot hide it by delaying those who would
// have asked.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "client.hpp"
#include "latency_histogram.hpp"
#include "options.hpp"

namespace gatehouse::load {

struct Totals {
  std::uint64_t answers = 0;
  std::uint64_t refused = 0;  // answers other than 2xx
  std::uint64_t bytes = 0;
  double seconds = 0;
  LatencyHistogram latencies;
};

class Generator {
 public:
  // Opens all connections. The error says which file or socket would not do.
  [[nodiscard]] static std::expected<Generator, std::string> make(const Options& options);

  // Runs for the time or count asked for and waits for the last answers. A connection that the server closes is
  // an error: a measurement must not mend it quietly.
  [[nodiscard]] std::expected<void, std::string> run();

  [[nodiscard]] const Totals& totals() const noexcept { return totals_; }
  [[nodiscard]] std::size_t count_open() const noexcept;
  // The refresh tokens to go on with, when rotating.
  [[nodiscard]] std::vector<std::string> tokens() const;

 private:
  explicit Generator(const Options& options) : options_(options) {}

  [[nodiscard]] std::expected<void, std::string> open_clients(const std::vector<Script>& scripts);
  [[nodiscard]] bool may_send(Clock::time_point now) const noexcept;
  [[nodiscard]] bool send_first();
  [[nodiscard]] bool send_due();
  [[nodiscard]] bool serve(std::size_t index);
  [[nodiscard]] bool send(Client& client, unsigned count, Clock::time_point since);
  void take(Client& client, const Client::Answer& answer);
  [[nodiscard]] timespec until_next(Clock::time_point now) const noexcept;

  Options options_;
  net::UniqueFd epoll_;
  std::vector<Client> clients_;
  std::vector<std::size_t> idle_;  // paced: clients that wait for their turn
  Totals totals_;
  Clock::time_point start_;
  Clock::time_point end_;
  Clock::time_point due_;  // paced: when the next request should leave
  std::uint64_t sent_ = 0;
};

}  // namespace gatehouse::load
