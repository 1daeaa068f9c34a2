// Writes small databases of places in MaxMind's file format (https://maxmind.github.io/MaxMind-DB/). Not in the
// binary.
#pragma once

#include <array>
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/address.hpp"

namespace gatehouse::geo::testing {

inline std::string with_control(unsigned kind, std::string_view content, std::size_t size) {
  std::string out;
  const auto head = static_cast<char>(size < 29 ? size : 29);
  if (kind < 8) {
    out += static_cast<char>((kind << 5U) | static_cast<unsigned char>(head));
  } else {
    out += head;
    out += static_cast<char>(kind - 7);
  }
  if (size >= 29) out += static_cast<char>(size - 29);
  return out += content;
}

inline std::string text(std::string_view value) {
  return with_control(2, value, value.size());
}
inline std::string number(std::uint32_t value) {
  const std::string bytes{static_cast<char>(value >> 24U), static_cast<char>(value >> 16U),
                          static_cast<char>(value >> 8U), static_cast<char>(value)};
  return with_control(6, bytes, 4);
}
inline std::string small_number(std::uint32_t value) {
  return with_control(5, std::string{static_cast<char>(value >> 8U), static_cast<char>(value)}, 2);
}
using Members = std::vector<std::pair<std::string_view, std::string>>;  // values are encoded already
inline std::string map(const Members& members) {
  std::string content;
  for (const auto& [name, value] : members) content += text(name) + value;
  return with_control(7, content, members.size());
}

// As GeoLite2-City and DB-IP have it.
inline std::string city_record(std::string_view country, std::string_view city) {
  return map({{"country", map({{"iso_code", text(country)}})},
              {"city", map({{"names", map({{"de", text("?")}, {"en", text(city)}})}})}});
}

using Rows = std::vector<std::pair<std::string_view, std::string>>;  // network → encoded record

inline std::string mmdb(const Rows& rows, std::string_view type = "Test-City") {
  struct Node {
    std::array<std::int64_t, 2> to{-1, -1};  // below 0: nothing; data is kData + offset
  };
  constexpr std::int64_t kData = std::int64_t{1} << 40U;
  std::vector<Node> nodes(1);
  std::string data;
  for (const auto& [written, record] : rows) {
    const auto network = http::Network::parse(written).value();
    std::array<std::uint8_t, 16> bytes{};
    const auto given = network.base.bytes();
    std::copy(given.begin(), given.end(), bytes.end() - static_cast<std::ptrdiff_t>(given.size()));
    const unsigned length = network.bits + (network.base.is_ipv4() ? 96U : 0U);
    std::size_t at = 0;
    for (unsigned depth = 0; depth < length; ++depth) {
      const std::size_t side = (bytes[depth / 8] >> (7U - depth % 8)) & 1U;
      if (depth + 1 == length) {
        nodes[at].to[side] = kData + static_cast<std::int64_t>(data.size());
        break;
      }
      if (nodes[at].to[side] < 0) {
        nodes[at].to[side] = static_cast<std::int64_t>(nodes.size());
        nodes.emplace_back();
      }
      at = static_cast<std::size_t>(nodes[at].to[side]);
    }
    data += record;
  }
  std::string file;
  for (const Node& node : nodes) {
    for (const std::int64_t to : node.to) {
      const auto count = static_cast<std::int64_t>(nodes.size());
      const auto value = static_cast<std::uint32_t>(to < 0        ? count
                                                    : to >= kData ? count + 16 + to - kData
                                                                  : to);
      for (const unsigned shift : {24U, 16U, 8U, 0U}) file += static_cast<char>(value >> shift);
    }
  }
  return file + std::string(16, '\0') + data + "\xab\xcd\xefMaxMind.com" +
         map({{"description", map({{"en", text("made by a test")}})},
              {"node_count", number(static_cast<std::uint32_t>(nodes.size()))},
              {"record_size", small_number(32)},
              {"ip_version", small_number(6)},
              {"database_type", text(type)},
              {"languages", with_control(11, text("en"), 1)},
              {"binary_format_major_version", small_number(2)},
              {"binary_format_minor_version", small_number(0)},
              {"build_epoch", with_control(9, std::string("\x6a\x00\x00\x00", 4), 4)}});
}

inline void write_file(const std::string& path, std::string_view bytes) {
  std::ofstream{path, std::ios::binary} << bytes;
}

}  // namespace gatehouse::geo::testing
