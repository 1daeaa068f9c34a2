// UUIDv7 (RFC 9562 §5.7), each kind of thing with its own type, so that a user's id cannot be passed for a
// session's. Stored and shown as 36 lower-case characters.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"

namespace gatehouse {

using UuidBytes = std::array<std::byte, 16>;

[[nodiscard]] UuidBytes make_uuid_v7(UnixTime now, Random& random) noexcept;
// Accepts the canonical 36 characters in lower case alone: an id has one spelling.
[[nodiscard]] std::optional<UuidBytes> parse_uuid(std::string_view text) noexcept;
[[nodiscard]] std::string uuid_text(const UuidBytes& bytes);

template <class Tag>
class Id {
 public:
  constexpr Id() = default;
  explicit constexpr Id(const UuidBytes& bytes) noexcept : bytes_(bytes) {}

  [[nodiscard]] static Id make(UnixTime now, Random& random) noexcept { return Id{make_uuid_v7(now, random)}; }
  [[nodiscard]] static std::optional<Id> parse(std::string_view text) noexcept {
    const auto bytes = parse_uuid(text);
    return bytes ? std::optional{Id{*bytes}} : std::nullopt;
  }

  [[nodiscard]] const UuidBytes& bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::string text() const { return uuid_text(bytes_); }
  friend bool operator==(const Id&, const Id&) = default;
  friend auto operator<=>(const Id& a, const Id& b) noexcept { return a.bytes_ <=> b.bytes_; }

 private:
  UuidBytes bytes_{};
};

struct UserTag;
struct SessionTag;
struct ApiKeyTag;
using UserId = Id<UserTag>;
using SessionId = Id<SessionTag>;
using ApiKeyId = Id<ApiKeyTag>;

}  // namespace gatehouse

template <class Tag>
struct std::hash<gatehouse::Id<Tag>> {
  std::size_t operator()(const gatehouse::Id<Tag>& id) const noexcept {
    // The last eight bytes of a version 7 UUID are random.
    std::size_t tail;
    std::memcpy(&tail, id.bytes().data() + 8, sizeof tail);
    return tail;
  }
};
