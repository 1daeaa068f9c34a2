// A chunked body that arrives in pieces decodes like the whole one. The first byte of the input is the piece's
// size.
#include <string>

#include "http/chunked.hpp"
#include "require.hpp"

namespace gatehouse {
namespace {

using Status = http::ChunkedDecoder::Status;
using fuzz::require;

struct Decoded {
  Status status = Status::need_more;
  std::size_t consumed = 0;
  std::string body;
};

bool has_ended(Status status) {
  return status == Status::done || status == Status::refused;
}

Decoded decode(std::string_view input, std::size_t piece) {
  http::ChunkedDecoder decoder;
  Decoded decoded;
  while (decoded.consumed < input.size() && !has_ended(decoded.status)) {
    const auto offered = input.substr(decoded.consumed, piece);
    const auto step = decoder.next(offered);
    require(step.consumed <= offered.size(), "no more is consumed than was offered");
    require(step.consumed > 0, "each step moves on");
    require(step.status != Status::need_more || step.consumed == offered.size(), "wanting more consumes all");
    require((step.status == Status::data) == !step.data.empty(), "data come with their status alone");
    decoded.status = step.status;
    decoded.consumed += step.consumed;
    decoded.body += step.data;
  }
  return decoded;
}

}  // namespace
}  // namespace gatehouse

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatehouse;
  if (size < 2) return 0;
  const auto input = fuzz::as_text(data + 1, size - 1);
  const auto whole = decode(input, std::string_view::npos);
  const auto pieces = decode(input, 1U + data[0]);
  require(has_ended(whole.status) == has_ended(pieces.status), "pieces end as the whole does");
  require(!has_ended(whole.status) || whole.status == pieces.status, "pieces end the same way");
  require(whole.consumed == pieces.consumed, "pieces end at the same place");
  require(whole.body == pieces.body, "pieces give the same body");
  return 0;
}
