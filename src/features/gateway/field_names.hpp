// Names of fields as the laxest reader behind us might compare them: without case, and with every character
// that is neither letter nor digit as one, since CGI and WSGI turn both X-User-Id and X_User_Id into
// HTTP_X_USER_ID, and lighttpd and old Apaches do so with X.User!Id (PX-03).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/text.hpp"

namespace gatehouse::gateway {

[[nodiscard]] constexpr char folded(char c) noexcept {
  const char lower = ascii_lower(c);
  return (lower >= 'a' && lower <= 'z') || is_ascii_digit(lower) ? lower : '-';
}

[[nodiscard]] constexpr bool is_same_name(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() &&
         std::ranges::equal(a, b, [](char x, char y) { return folded(x) == folded(y); });
}

[[nodiscard]] constexpr bool name_starts_with(std::string_view name, std::string_view prefix) noexcept {
  return name.size() >= prefix.size() && is_same_name(name.substr(0, prefix.size()), prefix);
}

// One of 64 bits, so that most names that are not in a set are known not to be without comparing them.
[[nodiscard]] constexpr std::uint64_t name_bit(std::string_view name) noexcept {
  if (name.empty()) return 0;
  const auto first = static_cast<unsigned char>(folded(name.front()));
  const auto last = static_cast<unsigned char>(folded(name.back()));
  return std::uint64_t{1} << ((name.size() * 7U + first + last * 3U) % 64U);
}

template <std::size_t N>
class FixedNames {
 public:
  constexpr explicit FixedNames(const std::array<std::string_view, N>& names) : names_(names) {
    for (const std::string_view name : names) bits_ |= name_bit(name);
  }
  [[nodiscard]] constexpr bool contains(std::string_view name) const noexcept {
    return (bits_ & name_bit(name)) != 0 &&
           std::ranges::any_of(names_, [&](std::string_view own) { return is_same_name(own, name); });
  }

 private:
  std::array<std::string_view, N> names_;
  std::uint64_t bits_ = 0;
};

// For one connection alone (RFC 9110 §7.6.1; Proxy-Connection and HTTP2-Settings never were for any other), or
// made anew from the framing.
inline constexpr FixedNames kHopByHop{std::to_array<std::string_view>(
    {"connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization", "te",
     "trailer", "transfer-encoding", "upgrade", "http2-settings", "content-length"})};

// Views: valid as long as the texts that they were read from. Reused, it does not allocate.
class NameSet {
 public:
  void clear() noexcept {
    names_.clear();
    bits_ = 0;
  }
  void add(std::string_view name) {
    if (name.empty()) return;
    names_.push_back(name);
    bits_ |= name_bit(name);
  }
  // The names of "Name: value\r\n"…
  void add_names_of(std::string_view fields);
  // The elements of a Connection field (RFC 9110 §7.6.1).
  void add_list(std::string_view list);

  [[nodiscard]] bool contains(std::string_view name) const noexcept {
    return (bits_ & name_bit(name)) != 0 &&
           std::ranges::any_of(names_, [&](std::string_view own) { return is_same_name(own, name); });
  }

 private:
  std::vector<std::string_view> names_;
  std::uint64_t bits_ = 0;
};

}  // namespace gatehouse::gateway
