#include "base/id.hpp"

#include "base/text.hpp"

namespace gatehouse {

UuidBytes make_uuid_v7(UnixTime now, Random& random) noexcept {
  UuidBytes id;
  random.fill(id);
  const auto ms = static_cast<std::uint64_t>(now.time_since_epoch().count());
  for (std::size_t i = 0; i < 6; ++i) id[i] = static_cast<std::byte>(ms >> (40 - 8 * i));
  id[6] = (id[6] & std::byte{0x0F}) | std::byte{0x70};  // version 7
  id[8] = (id[8] & std::byte{0x3F}) | std::byte{0x80};  // the RFC's variant
  return id;
}

std::optional<UuidBytes> parse_uuid(std::string_view text) noexcept {
  if (text.size() != 36) return std::nullopt;
  UuidBytes id{};
  std::size_t at = 0;
  for (std::size_t i = 0; i < text.size();) {
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (text[i++] != '-') return std::nullopt;
      continue;
    }
    const int high = lower_hex_value(text[i]);
    const int low = lower_hex_value(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    id[at++] = static_cast<std::byte>(high << 4 | low);
    i += 2;
  }
  return id;
}

std::string uuid_text(const UuidBytes& bytes) {
  std::string text;
  text.reserve(36);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    append_hex(text, std::span{bytes}.subspan(i, 1));
  }
  return text;
}

}  // namespace gatehouse
