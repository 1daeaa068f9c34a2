#include "features/sessions/session.hpp"

#include <algorithm>
#include <array>

#include "features/sessions/device.hpp"
#include "features/sessions/live_session.hpp"
#include "http/json.hpp"

namespace gatehouse::sessions {

std::string_view transport_name(config::Transport transport) noexcept {
  switch (transport) {
    case config::Transport::bearer: return "bearer";
    case config::Transport::hybrid: return "hybrid";
    case config::Transport::cookie: return "cookie";
  }
  return "";
}

std::optional<config::Transport> parse_transport(std::string_view name) noexcept {
  for (const auto transport :
       {config::Transport::bearer, config::Transport::hybrid, config::Transport::cookie}) {
    if (name == transport_name(transport)) return transport;
  }
  return std::nullopt;
}

namespace {

template <std::size_t Digits>
void put(char* at, unsigned number) noexcept {
  for (std::size_t i = Digits; i-- > 0; number /= 10) at[i] = static_cast<char>('0' + number % 10);
}

}  // namespace

void append_rfc3339(std::string& out, UnixTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const auto ms = static_cast<unsigned>((time - day).count());
  char text[] = "0000-00-00T00:00:00.000Z";
  put<4>(text, static_cast<unsigned>(static_cast<int>(date.year())));
  put<2>(text + 5, static_cast<unsigned>(date.month()));
  put<2>(text + 8, static_cast<unsigned>(date.day()));
  put<2>(text + 11, ms / 3'600'000);
  put<2>(text + 14, ms / 60'000 % 60);
  put<2>(text + 17, ms / 1'000 % 60);
  put<3>(text + 20, ms % 1'000);
  out.append(text, sizeof text - 1);
}

namespace {

void append_location(http::JsonWriter& json, const Session& session) {
  json.key("location");
  if (session.country.empty()) {
    json.null();
    return;
  }
  json.begin_object();
  json.key("country").value(std::string_view{session.country});
  json.key("city");
  if (session.city.empty()) {
    json.null();
  } else {
    json.value(std::string_view{session.city});
  }
  json.end_object();
}

}  // namespace

SessionJson session_json(const Session& session, Current current) {
  SessionJson parts;
  const std::string id = session.id.text();
  const std::string user = session.user.text();
  parts.head = R"({"id":")" + id + R"(","userId":")" + user + R"(","current":)" +
               (current == Current::yes ? "true" : "false") + R"(,"createdAt":")";
  append_rfc3339(parts.head, session.created_at);
  parts.head += R"(","lastSeenAt":)";

  const Device device = find_device(session.user_agent);
  std::string rest;
  http::JsonWriter json{rest};
  json.begin_object();
  json.key("ip").value(std::string_view{session.ip});
  json.key("userAgent").value(std::string_view{session.user_agent});
  json.key("device").begin_object();
  json.key("browser").value(device.browser);
  json.key("os").value(device.os);
  json.key("type").value(device.type);
  json.end_object();
  append_location(json, session);
  json.key("method").value(std::string_view{session.method});
  json.end_object();
  rest.front() = ',';  // joins the object's members to the head's
  parts.tail = std::move(rest);
  return parts;
}

void append_session_json(std::string& out, const SessionJson& parts, UnixTime last_seen, UnixTime expires) {
  out += parts.head;
  out += '"';
  append_rfc3339(out, last_seen);
  out += R"(","expiresAt":")";
  append_rfc3339(out, expires);
  out += '"';
  out += parts.tail;
}

void append_session_json(std::string& out, const LiveSession& session) {
  const auto time = [](const std::atomic<std::int64_t>& ms) {
    return UnixTime{std::chrono::milliseconds{ms.load(std::memory_order_relaxed)}};
  };
  out += session.json_head;
  out += '"';
  append_rfc3339(out, time(session.last_seen_ms));
  out += R"(","expiresAt":")";
  append_rfc3339(out, std::min(time(session.idle_expires_ms), session.absolute_expires_at));
  out += '"';
  out += session.json_tail;
}

}  // namespace gatehouse::sessions
