// Heads for tests: short ways to parse one and to say what came of it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "http/request_head.hpp"

namespace gatehouse::http::testing {

struct ParsedRequest {
  std::string bytes;  // what the views of `head` point into
  std::unique_ptr<RequestHead> head = std::make_unique<RequestHead>();
  HeadResult result;
};

inline ParsedRequest parse_request(std::string bytes) {
  ParsedRequest parsed{.bytes = std::move(bytes)};
  std::size_t scanned = 0;
  parsed.result = parse_request_head(parsed.bytes, scanned, *parsed.head);
  return parsed;
}

struct ParsedResponse {
  std::string bytes;
  std::unique_ptr<ResponseHead> head = std::make_unique<ResponseHead>();
  HeadResult result;
};

inline ParsedResponse parse_response(std::string bytes) {
  ParsedResponse parsed{.bytes = std::move(bytes)};
  std::size_t scanned = 0;
  parsed.result = parse_response_head(parsed.bytes, scanned, *parsed.head);
  return parsed;
}

// 200 for complete, 0 for incomplete, else the refusal.
inline unsigned outcome(const HeadResult& result) {
  if (result.status == HeadStatus::refused) return result.refusal;
  return result.status == HeadStatus::complete ? 200 : 0;
}
inline unsigned outcome_of(std::string_view bytes) {
  return outcome(parse_request(std::string{bytes}).result);
}

// A sound POST with these field lines (each with its CRLF) behind the Host.
inline std::string request_with(std::string_view lines) {
  return "POST /a HTTP/1.1\r\nHost: a.example\r\n" + std::string{lines} + "\r\n";
}
inline std::string response_with(std::string_view lines) {
  return "HTTP/1.1 200 OK\r\n" + std::string{lines} + "\r\n";
}

}  // namespace gatehouse::http::testing
