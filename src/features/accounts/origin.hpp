// What the services need of a request.
#pragma once

#include "features/audit/security_events.hpp"
#include "features/sessions/principal.hpp"
#include "http/endpoint.hpp"

namespace gatehouse::accounts {

[[nodiscard]] inline audit::Origin origin_of(const http::OpenRequest& request) {
  return {.now = request.now, .ip = request.client.text(), .request_id = std::string{request.request_id}};
}

[[nodiscard]] inline audit::Origin origin_of(const sessions::TokenOrUserRequest& request) {
  auto origin = origin_of(static_cast<const http::OpenRequest&>(request));
  if (request.principal != nullptr) origin.actor_id = request.principal->user().id_text;
  return origin;
}

}  // namespace gatehouse::accounts
