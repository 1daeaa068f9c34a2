// The chunked coding (RFC 9112 §7.1), strict and incremental.
//
// CRLF alone ends a line, sizes are 1 to 16 hex digits without overflow and without space around them,
// extensions (at most 256 bytes a chunk) must be free of control characters and are dropped, the trailer
// section is limited to 8 KiB, checked and dropped, so that no trailer can become a header (CVE-2025-22871,
// CVE-2025-55315).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gatehouse::http {

class ChunkedDecoder {
 public:
  enum class Status : std::uint8_t { data, need_more, done, refused };

  struct Step {
    Status status = Status::need_more;
    std::size_t consumed = 0;  // bytes of the input that are finished with, `data` included
    std::string_view data;     // a piece of the body, a view into the input; only with Status::data
  };

  // Reads on from the front of `input`. Call again with the rest after `data`; with more bytes after
  // `need_more` (which consumes all of the input). After `done` the rest belongs to the next message.
  [[nodiscard]] Step next(std::string_view input) noexcept;

 private:
  enum class State : std::uint8_t {
    size,
    extension,
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer_start,
    trailer_name,
    trailer_value,
    trailer_lf,
    last_lf,
    done,
    refused
  };

  // The state after `c`, for every state but `data`.
  [[nodiscard]] State after(char c) noexcept;
  [[nodiscard]] State after_size(char c) noexcept;
  [[nodiscard]] State after_extension(char c) noexcept;
  [[nodiscard]] State after_size_line() noexcept;
  [[nodiscard]] State after_trailer(char c) noexcept;

  State state_ = State::size;
  std::uint8_t digits_ = 0;
  std::uint16_t extension_bytes_ = 0;  // of this chunk
  std::uint32_t trailer_bytes_ = 0;
  std::uint64_t left_ = 0;  // of this chunk's data
};

}  // namespace gatehouse::http
