// What is accepted is canonical for good and has nothing that servers read differently.
#include <algorithm>
#include <string>

#include "http/path.hpp"
#include "require.hpp"

namespace gatehouse {
namespace {

using fuzz::require;

void require_sound(std::string_view path) {
  require(path.starts_with('/'), "it begins with a slash");
  require(std::ranges::all_of(path, [](char c) { return c > ' ' && c < 0x7F; }), "it is printable ASCII");
  for (const std::string_view bad :
       {"//", "\\", ";", "?", "#", "%2F", "%5C", "%00", "%25", "%3B", "%3F", "%23", "%2E"}) {
    require(!path.contains(bad), "it has nothing ambiguous");
  }
  const auto closed = std::string{path} + '/';
  require(!closed.contains("/./") && !closed.contains("/../"), "it has no dot segments");
}

}  // namespace
}  // namespace gatehouse

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatehouse;
  const auto input = fuzz::as_text(data, size);
  std::string scratch;
  const auto once = http::canonicalize(input, scratch);
  if (!once) return 0;
  require_sound(once->path);
  require(once->path.size() <= input.size(), "it does not grow");
  require(once->has_query || once->query.empty(), "no query, no bytes of one");

  const std::string path{once->path};
  const std::string whole = once->has_query ? path + '?' + std::string{once->query} : path;
  std::string scratch_again;
  const auto again = http::canonicalize(whole, scratch_again);
  require(again.has_value() && again->path == path && again->query == once->query, "twice is once");
  require(again->path.data() == whole.data(), "nothing is copied that is canonical");
  return 0;
}
