#include "options.hpp"

#include <fmt/format.h>

#include <charconv>
#include <string_view>

namespace gatehouse::load {

namespace {

template <class Number>
bool read_number(std::string_view text, Number& number, double least, double most) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  return parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size() &&
         static_cast<double>(number) >= least && static_cast<double>(number) <= most;
}

bool read_seconds(std::string_view text, std::chrono::duration<double>& time) {
  double seconds = 0;
  if (!read_number(text, seconds, 0.01, static_cast<double>(kMostTime.count()))) return false;
  time = std::chrono::duration<double>{seconds};
  return true;
}

bool read_cpu(std::string_view text, std::optional<unsigned>& cpu) {
  return read_number(text, cpu.emplace(), 0, 1023);
}

bool take(Options& options, std::string_view name, std::string_view value) {
  if (name == "--port") return read_number(value, options.port, 1, 65'535);
  if (name == "--connections") return read_number(value, options.connections, 1, kMostConnections);
  if (name == "--depth") return read_number(value, options.depth, 1, kMostDepth);
  if (name == "--seconds") return read_seconds(value, options.time);
  if (name == "--count") return read_number(value, options.count, 1, 1e9);
  if (name == "--rate") return read_number(value, options.rate, 1, 1e6);
  if (name == "--cpu") return read_cpu(value, options.cpu);
  if (name == "--request") return options.request_files.emplace_back(value), true;
  if (name == "--rotate") return options.rotate_path = value, true;
  if (name == "--tokens") return options.tokens_file = value, true;
  return false;
}

std::string what_is_missing(const Options& options) {
  if (options.port == 0) return "--port is missing";
  if (options.rotate_path.empty() == options.request_files.empty())
    return "either --request or --rotate, please";
  if (options.rotate_path.empty() != options.tokens_file.empty()) return "--rotate and --tokens go together";
  if (options.depth > 1 && (!options.rotate_path.empty() || options.rate > 0))
    return "--depth goes with neither --rotate nor --rate";
  return {};
}

}  // namespace

std::expected<Options, std::string> parse_options(std::span<char*> arguments) {
  Options options;
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const std::string_view name = arguments[i];
    if (name == "--hold") {
      options.hold = true;
      continue;
    }
    if (i + 1 == arguments.size() || !take(options, name, arguments[i + 1]))
      return std::unexpected(fmt::format("{}: unknown, without a value, or out of bounds", name));
    ++i;
  }
  if (auto missing = what_is_missing(options); !missing.empty()) return std::unexpected(std::move(missing));
  return options;
}

std::string usage() {
  return "gatehouse_load --port N (--request FILE... | --rotate PATH --tokens FILE)\n"
         "    [--connections N] [--depth N] [--seconds S] [--count N] [--rate N] [--cpu N] [--hold]\n"
         "Sends requests to 127.0.0.1 over connections that it keeps, and prints what it saw as JSON.\n";
}

}  // namespace gatehouse::load
