// GET //.well-known/jwks.json: the public keys (RFC 7517).
#pragma once

#include "features/keys/key_service.hpp"
#include "http/endpoint.hpp"

namespace gatehouse::keys {

class JwksHandlers {
 public:
  explicit JwksHandlers(const KeyService& keys) noexcept : keys_(keys) {}
  [[nodiscard]] http::ReplyTask jwks(const http::OpenRequest& request);

 private:
  const KeyService& keys_;
};

}  // namespace gatehouse::keys
