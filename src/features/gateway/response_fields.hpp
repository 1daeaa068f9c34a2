// The head of the answer that goes to the client: the API's end-to-end fields, ours in place of those that are
// ours alone, and safe defaults for what the API does not say itself.
#pragma once

#include <string>
#include <string_view>

#include "features/gateway/field_names.hpp"
#include "http/request_head.hpp"

namespace gatehouse::gateway {

// How the body goes to the client.
enum class BodyCoding : std::uint8_t { none, length, chunked, until_close };

struct OutgoingResponse {
  BodyCoding coding = BodyCoding::none;
  bool upgraded = false;             // 101 to WebSocket
  bool close = false;                // say that the connection ends after it
  bool keep_http_1_0 = false;        // an HTTP/1.0 client's connection stays: it has to be told
  std::string_view date_line;        // "Date: …\r\n", for an answer without one
  std::string_view response_fields;  // "Name: value\r\n"…
};

void append_response_head(std::string& out, const http::ResponseHead& head, const OutgoingResponse& response,
                          NameSet& scratch);

// Appends one chunk; nothing for nothing, since an empty chunk would end the body.
void append_chunk(std::string& out, std::string_view data);
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace gatehouse::gateway
