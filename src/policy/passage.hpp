// One request on its way through the pipeline: what is known of it so far.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "features/limits/limiter.hpp"
#include "features/sessions/principal.hpp"
#include "http/address.hpp"
#include "http/request_head.hpp"
#include "policy/access_rule.hpp"
#include "policy/limit_plan.hpp"

namespace gatehouse::policy {

// What the pipeline needs to know of a route, whether an endpoint of our own or a proxied one.
struct RouteRule {
  AccessRule access;
  RouteLimits limits;
  std::uint32_t id = 0;             // for limits keyed by route
  std::size_t metric = 0;           // position in the closed set of labels
  std::string label;                // for log and metrics: "GET /api/v1/profile"
  bool counts_logins = false;       // a refusal by a limit is TOO_MANY_LOGIN_ATTEMPTS
  bool takes_api_keys = false;      // whoever has a key may call it, else it wants a session
  bool is_own = false;              // ours: CSRF in mode "always" covers it
  bool is_admin_endpoint = false;   // server.admin_allow covers it
  bool checks_csrf_itself = false;  // its credential is the refresh cookie
};

// The status, for log and limits, of a request whose client left before it was answered.
inline constexpr unsigned kClientGone = 499;

enum class CredentialKind : std::uint8_t { none, header, cookie, api_key };

// A limit that was asked for this request.
struct TakenLimit {
  const CompiledLimit* limit = nullptr;
  limits::Query query;
  limits::Decision decision;
};

struct Passage {
  // --- as the request came; views into the connection's buffer ---
  const http::RequestHead* head = nullptr;
  std::string_view path;  // canonical
  std::string_view query;
  bool has_query = false;
  std::string path_scratch;  // holds `path` when it had to be decoded
  Parameters parameters{};
  const RouteRule* rule = nullptr;

  // --- what was found out ---
  http::Address client;
  bool peer_is_trusted = false;
  bool over_tls = false;  // by our own listener, or a trusted proxy's word
  UnixTime now{};
  MonoTime mono{};
  std::array<char, 64> request_id_buffer{};
  std::string_view request_id;  // into the buffer: copying a Passage needs rebase()
  CredentialKind credential = CredentialKind::none;
  bool is_authenticated = false;
  bool brings_one_time_token = false;  // in Authorization, for the endpoint to use up
  sessions::Principal principal;       // when authenticated
  std::array<TakenLimit, 2 * limits::kMaxQueries> taken{};
  std::size_t taken_count = 0;
  bool limits_settled = false;  // nothing is left to give back

  // --- where it stands ---
  std::size_t next_step = 0;
  SessionId wanted_session;                         // with StepResult::wait
  bool wants_reload = false;                        // memory's copy is too old
  sessions::LiveSessionPtr loaded;                  // the answer to it
  std::optional<api_keys::KeyHash> wanted_api_key;  // with StepResult::wait, instead of a session
  api_keys::LiveApiKeyPtr loaded_api_key;           // the answer to it
  std::optional<Error> credential_error;            // a credential came and was no good
  Error error;                                      // with StepResult::refused
  const CompiledLimit* refused_by = nullptr;

  // For the next request. Leaves `taken` as it is: taken_count says how much of it counts.
  void reset() noexcept;
  // The limit that a client is told of; null when none applied.
  [[nodiscard]] const TakenLimit* tightest_limit() const noexcept;
  [[nodiscard]] const TakenLimit* refusing_limit() const noexcept;

  [[nodiscard]] const sessions::Principal* caller() const noexcept {
    return is_authenticated ? &principal : nullptr;
  }
};

enum class StepResult : std::uint8_t { next, refused, wait };

}  // namespace gatehouse::policy
