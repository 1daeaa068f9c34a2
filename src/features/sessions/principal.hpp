// Who is asking, as the pipeline found out; and the requests of endpoints that need to know. An endpoint's
// parameter type is its access rule: a handler that takes an AdminRequest cannot be put into an open row of the
// route table.
#pragma once

#include <cstdint>

#include "features/api_keys/live_api_key.hpp"
#include "features/sessions/live_session.hpp"
#include "http/endpoint.hpp"

namespace gatehouse::sessions {

// By a session or by an API key; one of the two is there. Endpoints see callers by key only where their row
// says with_api_keys().
struct Principal {
  LiveSessionPtr session;  // active when the pipeline let the request pass; null: by API key
  std::uint32_t token_generation = 0;
  bool by_cookie = false;  // authenticated by cookie: state-changing calls need the CSRF token
  api_keys::LiveApiKeyPtr api_key = nullptr;

  // With the role that counts for this request, which of a key may be lower than the owner's.
  [[nodiscard]] const users::LiveUser& user() const noexcept {
    return session != nullptr ? *session->user : *api_key->user;
  }
};

// Of an open endpoint that looks whether somebody is logged in: null when nobody is. The principal lives until
// the endpoint's task has ended.
struct CallerRequest : http::OpenRequest {
  const Principal* principal = nullptr;
};

// Null: nobody is logged in, and the Authorization field brings a one-time token that the endpoint has to use
// up, or refuse.
struct TokenOrUserRequest : CallerRequest {};

// The principal is never null.
struct UserRequest : TokenOrUserRequest {};

// The pipeline makes one only for the role `admin`.
struct AdminRequest : UserRequest {};

}  // namespace gatehouse::sessions
