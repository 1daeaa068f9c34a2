// Where an HTTP/1.1 response ends, and no more of it than a load generator must know.
#pragma once

#include <cstddef>
#include <string_view>

namespace gatehouse::load {

struct ResponseSize {
  enum class State { complete, incomplete, malformed };
  State state = State::incomplete;
  unsigned status = 0;
  std::size_t head = 0;  // bytes of status line and fields, with the empty line
  std::size_t size = 0;  // bytes of the whole response
};

// Looks at the response at the front of `bytes`: framed by Content-Length or as chunked, or bodiless by its
// status (204, 304). One that ends with the connection is malformed here, since every connection is kept alive.
[[nodiscard]] ResponseSize measure_response(std::string_view bytes) noexcept;

}  // namespace gatehouse::load
