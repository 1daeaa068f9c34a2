// A head that arrives in pieces reads like the whole one, and what was accepted contains nothing forbidden.
#include <algorithm>
#include <cstring>
#include <string>

#include "http/request_head.hpp"
#include "require.hpp"

namespace gatehouse {
namespace {

using fuzz::require;
using http::HeadStatus;

struct Parsed {
  http::HeadResult result;
  http::RequestHead head;
};

// Views of equal place and size: both parses are over the same buffer.
bool is_same_view(std::string_view a, std::string_view b) {
  return a == b && (a.empty() || a.data() == b.data() || a == "/");
}

bool is_same_block(const http::FieldBlock& a, const http::FieldBlock& b) {
  return a.first == b.first && a.repeated == b.repeated &&
         std::ranges::equal(a.all(), b.all(), [](const http::Field& x, const http::Field& y) {
           return is_same_view(x.name, y.name) && is_same_view(x.value, y.value);
         });
}

bool is_same_head(const http::RequestHead& a, const http::RequestHead& b) {
  return a.method == b.method && is_same_view(a.method_text, b.method_text) &&
         is_same_view(a.target, b.target) && is_same_view(a.authority, b.authority) &&
         is_same_view(a.path_and_query, b.path_and_query) && a.is_http_1_0 == b.is_http_1_0 &&
         a.keep_alive == b.keep_alive && a.wants_upgrade == b.wants_upgrade &&
         a.expects_continue == b.expects_continue && a.body == b.body && a.content_length == b.content_length &&
         is_same_block(a.block, b.block);
}

void require_sound(const http::RequestHead& head) {
  require(!head.target.empty() && head.target.size() <= http::kMaxTargetBytes, "the target is bounded");
  require(!head.authority.empty() && !head.authority.contains('@'),
          "there is an authority without user information");
  require(head.path_and_query.starts_with('/') || head.path_and_query == "*", "there is a path");
  require(!(head.block.has(http::Known::content_length) && head.block.has(http::Known::transfer_encoding)),
          "length and coding never come together");
  for (const auto& field : head.block.all()) {
    require(!field.name.empty(), "names are not empty");
    for (const char c : field.value) {
      require(c != '\r' && c != '\n' && c != '\0' && c != '\x7F', "values have no control characters");
    }
  }
}

// The first `cut` bytes, then all of them.
void require_same_in_two_pieces(std::string_view bytes, std::size_t cut, const Parsed& whole) {
  Parsed again;
  std::size_t scanned = 0;
  again.result = http::parse_request_head(bytes.substr(0, cut), scanned, again.head);
  if (again.result.status == HeadStatus::incomplete) {
    again.result = http::parse_request_head(bytes, scanned, again.head);
  }
  if (whole.result.status != HeadStatus::refused) {
    require(again.result.status == whole.result.status, "pieces are accepted as the whole is");
    require(again.result.size == whole.result.size, "pieces end where the whole ends");
    if (whole.result.status == HeadStatus::complete)
      require(is_same_head(again.head, whole.head), "pieces read alike");
    return;
  }
  // A fault in a line that has not ended may wait for its end.
  require(again.result.status != HeadStatus::complete, "no piece is accepted where the whole is refused");
  require(again.result.status == HeadStatus::incomplete || again.result.refusal == whole.result.refusal,
          "pieces are refused as the whole is");
}

void read_as_response(std::string_view bytes) {
  static http::ResponseHead head;
  std::size_t scanned = 0;
  const auto result = http::parse_response_head(bytes, scanned, head);
  if (result.status == HeadStatus::complete)
    require(head.status >= 100 && head.status <= 599, "the status is one");
  if (result.status == HeadStatus::refused) require(result.refusal == 502, "a bad response is a bad gateway");
}

}  // namespace
}  // namespace gatehouse

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatehouse;
  const auto bytes = fuzz::as_text(data, size);
  static Parsed whole;
  std::size_t scanned = 0;
  whole.result = http::parse_request_head(bytes, scanned, whole.head);
  if (whole.result.status == http::HeadStatus::complete) require_sound(whole.head);
  const std::size_t step = std::max<std::size_t>(1, size / 256);
  for (std::size_t cut = 1; cut < size; cut += step) require_same_in_two_pieces(bytes, cut, whole);
  read_as_response(bytes);
  return 0;
}
