// What an endpoint of our own is given and gives back. Endpoints never see sockets, framing or headers of
// security: the server adds those.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/task.hpp"
#include "http/address.hpp"
#include "http/request_head.hpp"

namespace gatehouse::http {

// A request that passed framing, routing and the limits. All views live until the endpoint's task has ended.
struct OpenRequest {
  Method method = Method::get;
  std::string_view path;   // canonical, with the prefix
  std::string_view query;  // as sent, without "?"
  std::string_view body;   // complete
  const FieldBlock* fields = nullptr;
  Address client;
  UnixTime now{};  // taken once per request
  MonoTime mono{};
  std::string_view request_id;
  // A page of an origin that is neither ours nor listed sent it: nothing may rely on a cookie, or set one.
  bool has_foreign_origin = false;
  std::array<std::string_view, 4> parameters{};  // of the pattern, in order: "/sessions/:id" gives one

  [[nodiscard]] std::string_view header(Known name) const noexcept { return fields->get(name); }
};

// The answer of an endpoint; errors travel as Error.
struct Reply {
  std::uint16_t status = 200;
  std::string_view message = "OK";       // of the success envelope; text that lives for ever
  std::string data;                      // JSON of `data`; empty: null
  std::string meta;                      // JSON of `meta`; empty: absent
  std::vector<std::string> set_cookies;  // whole values of Set-Cookie
  std::vector<std::pair<std::string_view, std::string>> fields;  // names that live for ever
  // Instead of the envelope, when set: a body as it stands.
  std::string_view raw_content_type;
  std::string raw_body;
  // A page's own policy, in place of the one that lets nothing load.
  std::string content_security_policy;
  // Nothing in between may keep it: Cache-Control: no-store. Off for public documents, which name their own.
  bool no_store = true;
};

using ReplyTask = Task<Result<Reply>>;

// "a=1&b=2" one by one, percent-decoded; a name that is not in `allowed`, a repeated one, or a malformed escape
// is validation_failed.
[[nodiscard]] Result<std::vector<std::pair<std::string, std::string>>> parse_query(
    std::string_view query, std::initializer_list<std::string_view> allowed);
// The same for who has more to find wrong: gives what could be read, and adds what could not to `errors`.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> read_query(
    std::string_view query, std::span<const std::string_view> allowed, std::vector<FieldError>& errors);

}  // namespace gatehouse::http
