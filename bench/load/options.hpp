// What the load generator is asked to do.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace gatehouse::load {

inline constexpr unsigned kMostConnections = 20'000;
inline constexpr unsigned kMostDepth = 64;  // so that a batch of requests fits the socket's buffer
inline constexpr std::chrono::seconds kMostTime{600};

struct Options {
  std::uint16_t port = 0;  // always on 127.0.0.1: this tool puts load on nothing but its own machine
  unsigned connections = 1;
  unsigned depth = 1;  // requests in flight on each connection
  std::chrono::duration<double> time{3.0};
  std::uint64_t count = 0;      // end after so many requests; 0: only the time counts
  double rate = 0;              // requests a second over all connections, on schedule; 0: as fast as answered
  std::optional<unsigned> cpu;  // the core to run on
  bool hold = false;            // keep the connections open afterwards, until standard input ends
  std::vector<std::string> request_files;  // connection i sends the bytes of file i mod their number
  std::string rotate_path;  // instead of files: refresh at this path, each connection its own token
  std::string tokens_file;  // one refresh token a line, written back at the end
};

// The error is what to tell the user.
[[nodiscard]] std::expected<Options, std::string> parse_options(std::span<char*> arguments);

[[nodiscard]] std::string usage();

}  // namespace gatehouse::load
