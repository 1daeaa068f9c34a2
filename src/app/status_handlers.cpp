#include "app/status_handlers.hpp"

#include "app/problem.hpp"

namespace gatehouse::app {

namespace {

http::Reply plain_ok() {
  http::Reply reply;
  reply.message = "OK";
  return reply;
}

}  // namespace

http::ReplyTask StatusHandlers::root(const http::OpenRequest&) {
  co_return plain_ok();
}

http::ReplyTask StatusHandlers::healthz(const http::OpenRequest&) {
  co_return plain_ok();
}

http::ReplyTask StatusHandlers::readyz(const http::OpenRequest&) {
  if (draining_.load(std::memory_order_relaxed)) {
    co_return fail(Error{.code = ErrorCode::overloaded,
                         .retry_after = std::chrono::seconds{1},
                         .public_detail = "The server is shutting down."});
  }
  if (!database_.is_healthy()) {
    co_return fail(Error{.code = ErrorCode::store_unavailable, .retry_after = std::chrono::seconds{1}});
  }
  co_return plain_ok();
}

http::ReplyTask StatusHandlers::problem(const http::OpenRequest& request) {
  std::string page = problem_page(request.parameters[0]);
  if (page.empty()) co_return fail(ErrorCode::not_found);
  http::Reply reply;
  reply.raw_content_type = "text/plain; charset=utf-8";
  reply.raw_body = std::move(page);
  reply.no_store = false;
  co_return reply;
}

}  // namespace gatehouse::app
