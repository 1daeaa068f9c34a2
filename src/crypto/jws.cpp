#include "crypto/jws.hpp"

#include "base/text.hpp"
#include "crypto/flat_json.hpp"

namespace gatehouse::crypto {

std::optional<CompactJws> split_compact_jws(std::string_view token) noexcept {
  const auto first = token.find('.');
  if (first == std::string_view::npos) return std::nullopt;
  const auto second = token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) {
    return std::nullopt;
  }
  const CompactJws jws{.header = token.substr(0, first),
                       .payload = token.substr(first + 1, second - first - 1),
                       .signature = token.substr(second + 1),
                       .signing_input = token.substr(0, second)};
  if (jws.header.empty() || jws.payload.empty() || jws.signature.empty()) return std::nullopt;
  return jws;
}

std::optional<std::string> decode_part(std::string_view part) {
  const auto bytes = from_base64url(part);
  if (!bytes) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size());
}

std::string encode_part(std::string_view bytes) {
  return to_base64url(as_bytes(bytes));
}

std::optional<JoseHeader> read_jose_header(std::string_view json) {
  const auto members = read_flat_object(json);
  if (!members || members->size() != 3) return std::nullopt;
  const std::string* const alg = members->text("alg");
  const std::string* const typ = members->text("typ");
  const std::string* const kid = members->text("kid");
  if (alg == nullptr || typ == nullptr || kid == nullptr || kid->size() > kMaxKidBytes) return std::nullopt;
  return JoseHeader{.alg = *alg, .typ = *typ, .kid = *kid};
}

}  // namespace gatehouse::crypto
