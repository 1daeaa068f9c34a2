#include "features/gateway/gateway.hpp"

#include "features/gateway/proxy_call.hpp"

namespace gatehouse::gateway {

Gateway::Gateway(net::EventLoop& loop) : workspace_(std::make_unique<Workspace>(loop)) {}

Gateway::~Gateway() = default;

void Gateway::start(server::Connection& client, const ProxyRequest& request,
                    std::move_only_function<void(ProxyOutcome)> done) {
  const http::RequestHead& head = client.head();
  if (head.body == http::BodyFraming::length && head.content_length > request.body_limit) {
    return done(
        {.status = describe(ErrorCode::payload_too_large).status,
         .failure = Error{.code = ErrorCode::payload_too_large, .detail = "Content-Length over the limit"}});
  }
  client.stream_body(
      std::make_unique<ProxyCall>(*workspace_, request.upstream->impl_, client, request, std::move(done)));
}

}  // namespace gatehouse::gateway
