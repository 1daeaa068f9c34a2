#include "app/admin_listener.hpp"

namespace gatehouse::app {

void AdminListener::on_head(server::Connection& connection) {
  connection.collect_body(0);
}

void AdminListener::on_body(server::Connection& connection, std::string_view) {
  const http::RequestHead& head = connection.head();
  const std::string_view path = head.path_and_query.substr(0, head.path_and_query.find('?'));
  const bool is_head = head.method == http::Method::head;
  if (path != "/metrics")
    return answer(connection, 404, "text/plain", "The metrics are at /metrics.\n", is_head);
  if (head.method != http::Method::get && !is_head) {
    return answer(connection, 405, "text/plain", "GET /metrics\n", false);
  }
  answer(connection, 200, "text/plain; version=0.0.4; charset=utf-8", metrics_.expose(), is_head);
}

void AdminListener::on_refused(server::Connection& connection, std::uint16_t status, const char*) {
  answer(connection, status, "text/plain", "The request cannot be read.\n", false);
}

void AdminListener::answer(server::Connection& connection, unsigned status, std::string_view type,
                           std::string_view body, bool is_head) {
  using server::ResponseWriter;
  std::string& out = connection.output();
  writer_.begin(out, status, "admin", connection.worker().loop.unix_now(),
                connection.will_close() ? ResponseWriter::Connection::close : ResponseWriter::Connection::keep);
  ResponseWriter::security_fields(out, ResponseWriter::Hsts::no, true);
  ResponseWriter::end(out, type, body, is_head);
  connection.finish_response();
}

}  // namespace gatehouse::app
