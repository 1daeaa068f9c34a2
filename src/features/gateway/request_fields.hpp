// The head of the request that goes to the API: what was decided on, what we say about the caller, and of the
// client's fields those that are meant for the other end.
#pragma once

#include <string>
#include <string_view>

#include "features/gateway/field_names.hpp"
#include "http/request_head.hpp"

namespace gatehouse::gateway {

struct OutgoingRequest {
  std::string_view authority;  // of the target, for Host
  std::string_view path;       // canonical
  std::string_view query;      // without "?"
  bool has_query = false;
  std::string_view identity_fields;  // "Name: value\r\n"…
  bool forward_credentials = false;
  bool websocket = false;  // ask for the upgrade
};

// Whether the client asks for what is allowed: an upgrade to WebSocket alone (RFC 6455 §4.1). Anything else,
// h2c above all, would let requests past us unseen (HT-08).
[[nodiscard]] bool asks_for_websocket(const http::RequestHead& head) noexcept;

// Appends the whole head with its empty line. `scratch` is cleared.
void append_request_head(std::string& out, const http::RequestHead& head, const OutgoingRequest& request,
                         NameSet& scratch);

}  // namespace gatehouse::gateway
