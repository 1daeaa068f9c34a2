#include "features/keys/jwks_handlers.hpp"

#include <fmt/format.h>

namespace gatehouse::keys {

http::ReplyTask JwksHandlers::jwks(const http::OpenRequest& /*request*/) {
  http::Reply reply;
  reply.raw_content_type = "application/jwk-set+json";
  reply.raw_body = keys_.current().jwks();
  reply.no_store = false;
  reply.fields.emplace_back("Cache-Control", fmt::format("public, max-age={}", kJwksMaxAge.count()));
  co_return reply;
}

}  // namespace gatehouse::keys
