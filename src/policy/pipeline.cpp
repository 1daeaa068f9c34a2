#include "policy/pipeline.hpp"

#include <algorithm>
#include <cstring>

#include "base/text.hpp"
#include "http/bearer.hpp"
#include "http/cookies.hpp"

namespace gatehouse::policy {

// The order is part of the contract (http-api.md, "Order of checks"). Before the first step the request was
// parsed, sized, given its one canonical path and a route.
const Pipeline::Step Pipeline::kSteps[] = {
    // First, because it is the cheapest: a flood from one address costs no signature check and no hash.
    &Pipeline::throttle_addresses,
    // Only finds out who asks. A bad token is not refused yet, or it would be free to try them without limit.
    &Pipeline::authenticate,
    // The limits that need to know the caller, or that nobody is logged in.
    &Pipeline::throttle_callers,
    // Now the 401, before anything that depends on who the caller is.
    &Pipeline::require_login,
    // An admin's stolen token is worth nothing from elsewhere; before CSRF, since it tells less.
    &Pipeline::guard_admin_addresses,
    // Before the role: a forged cross-site call must not learn what its victim may do.
    &Pipeline::require_csrf_token,
    // Last. Whoever lacks the role never learns whether the body was valid or the resource exists.
    &Pipeline::require_role,
};

namespace {

StepResult refuse(Passage& passage, ErrorCode code, std::string detail = {}) {
  passage.error = Error{.code = code, .detail = std::move(detail)};
  return StepResult::refused;
}

bool is_safe(http::Method method) noexcept {
  return method == http::Method::get || method == http::Method::head || method == http::Method::options;
}

// What a limit's key is made of, on the stack: keys are made for every request. Text beyond the room is cut
// off, which can only make two callers share a budget.
class KeyText {
 public:
  void append(const void* bytes, std::size_t size) noexcept {
    size = std::min(size, buffer_.size() - size_);
    std::memcpy(buffer_.data() + size_, bytes, size);
    size_ += size;
  }
  void append(const http::Address& client, unsigned ipv6_prefix) noexcept {
    const http::Address network = client.is_ipv4() ? client : client.prefix(ipv6_prefix);
    append(network.bytes().data(), network.bytes().size());
  }
  // With its length, so that two parts cannot run into each other ("ab"+"c" and "a"+"bc").
  void append(std::string_view value) noexcept {
    const auto size = static_cast<std::uint16_t>(std::min<std::size_t>(value.size(), kMaxPart));
    append(&size, sizeof size);
    append(value.data(), size);
  }
  [[nodiscard]] std::string_view view() const noexcept { return {buffer_.data(), size_}; }

 private:
  static constexpr std::size_t kMaxPart = 512;
  std::array<char, 1024> buffer_;
  std::size_t size_ = 0;
};

}  // namespace

StepResult Pipeline::advance(Passage& passage) {
  for (; passage.next_step < std::size(kSteps); ++passage.next_step) {
    const StepResult result = (this->*kSteps[passage.next_step])(passage);
    if (result != StepResult::next) return result;
  }
  return StepResult::next;
}

// ---------------------------------------------------------------- limits

StepResult Pipeline::throttle_addresses(Passage& passage) {
  return throttle(passage, passage.rule->limits.before_authentication);
}

StepResult Pipeline::throttle_callers(Passage& passage) {
  return throttle(passage, passage.rule->limits.after_authentication);
}

limits::Key Pipeline::limit_key(const Passage& passage, const CompiledLimit& limit) const {
  KeyText text;
  const sessions::Principal* const caller = passage.caller();
  for (const LimitKeyPart& part : limit.key) {
    using enum LimitKeyPart::Kind;
    const bool about_caller = part.kind == user || part.kind == session || part.kind == api_key ||
                              part.kind == role || part.kind == plan;
    const bool has_key = caller != nullptr && caller->api_key != nullptr;
    if (part.kind == ip || (about_caller && caller == nullptr) || (part.kind == api_key && !has_key)) {
      text.append(passage.client, limit.ipv6_prefix);
    } else if (part.kind == api_key || (part.kind == session && has_key)) {
      text.append(caller->api_key->id.bytes().data(), sizeof(UuidBytes));
    } else if (part.kind == user) {
      text.append(caller->user().id.bytes().data(), sizeof(UuidBytes));
    } else if (part.kind == session) {
      text.append(caller->session->id.bytes().data(), sizeof(UuidBytes));
    } else if (part.kind == route) {
      text.append(&passage.rule->id, sizeof passage.rule->id);
    } else if (part.kind == role) {
      text.append(caller->user().role);
    } else if (part.kind == plan) {
      text.append(caller->user().plan);
    } else {
      const auto fields = passage.head->block.all();
      const auto found = std::ranges::find_if(
          fields, [&](const http::Field& field) { return equals_ignoring_case(field.name, part.header); });
      text.append(found == fields.end() ? std::string_view{} : found->value);
    }
  }
  return limits::make_key(services_.limit_seed, limit.id, text.view());
}

StepResult Pipeline::throttle(Passage& passage, const std::vector<LimitUse>& uses) {
  if (uses.empty()) return StepResult::next;
  std::array<limits::Query, limits::kMaxQueries> queries;
  std::array<limits::Decision, limits::kMaxQueries> decisions;
  std::array<const CompiledLimit*, limits::kMaxQueries> asked{};
  std::size_t count = 0;
  const sessions::Principal* const caller = passage.caller();
  for (const LimitUse& use : uses) {
    if (use.condition == LimitCondition::anonymous_only && caller != nullptr) continue;
    if (use.condition == LimitCondition::authenticated_only && caller == nullptr) continue;
    if (use.limit->skips(caller) || !use.covers(*passage.head, passage.path)) continue;
    queries[count] = {.rule = use.limit->rule_for(caller),
                      .key = limit_key(passage, *use.limit),
                      .shadow = use.limit->shadow};
    asked[count++] = use.limit;
  }
  if (count == 0) return StepResult::next;
  // The store in memory decides at once; `done` is for a store on the network.
  (void)services_.limits.decide({queries.data(), count}, {decisions.data(), count}, passage.mono, [] {});
  for (std::size_t i = 0; i < count; ++i) {
    passage.taken[passage.taken_count++] = {asked[i], queries[i], decisions[i]};
    if (!decisions[i].allowed && !queries[i].shadow && passage.refused_by == nullptr) {
      passage.refused_by = asked[i];
    }
  }
  if (passage.refused_by == nullptr) return StepResult::next;
  // What this phase took was given back by decide(); what the earlier one took is given back here.
  for (std::size_t i = 0; i + count < passage.taken_count; ++i) give_back(passage.taken[i], passage.mono);
  passage.limits_settled = true;
  return refuse(passage,
                passage.rule->counts_logins ? ErrorCode::too_many_login_attempts : ErrorCode::rate_limited,
                "limit " + passage.refused_by->name);
}

void Pipeline::give_back(const TakenLimit& taken, MonoTime now) {
  if (!taken.decision.allowed) return;  // a limit in shadow mode may have refused: then it took nothing
  if (taken.query.rule.algorithm == limits::Algorithm::concurrency) {
    services_.limits.release(taken.query, now);
  } else {
    services_.limits.refund(taken.query, now, now);
  }
}

void Pipeline::settle(Passage& passage, unsigned status) {
  if (passage.limits_settled) return;
  passage.limits_settled = true;
  for (std::size_t i = 0; i < passage.taken_count; ++i) {
    TakenLimit& taken = passage.taken[i];
    // Only what is known not to have failed costs nothing: who hangs up before the answer has not shown that.
    const bool was_no_failure = taken.limit->counts_failures_only && status != 401 && status != kClientGone;
    const bool is_slot = taken.query.rule.algorithm == limits::Algorithm::concurrency;
    if (is_slot || was_no_failure) give_back(taken, passage.mono);
    if (was_no_failure && taken.decision.allowed) {
      taken.decision.remaining = std::min(taken.decision.remaining + taken.query.weight, taken.decision.limit);
    }
  }
}

// ---------------------------------------------------------------- who asks

StepResult Pipeline::authenticate(Passage& passage) {
  const http::FieldBlock& fields = passage.head->block;
  if (fields.has(http::Known::x_api_key)) return verify_api_key(passage);
  if (fields.has(http::Known::authorization)) {  // wins over cookies
    if (fields.is_repeated(http::Known::authorization)) {
      passage.credential_error = Error{.code = ErrorCode::invalid_token, .detail = "Authorization sent twice"};
      return StepResult::next;
    }
    const std::string_view token = http::bearer_token(fields.get(http::Known::authorization));
    if (token.empty()) return StepResult::next;
    passage.credential = CredentialKind::header;
    const std::string_view one_time = passage.rule->access.one_time_token_prefix;
    passage.brings_one_time_token = !one_time.empty() && token.starts_with(one_time);
    return passage.brings_one_time_token ? StepResult::next : verify_token(passage, token);
  }
  const http::CookieLookup cookie = access_cookie(passage);
  if (cookie.status == http::CookieStatus::absent) return StepResult::next;
  passage.credential = CredentialKind::cookie;
  if (cookie.status == http::CookieStatus::ambiguous) {
    passage.credential_error =
        Error{.code = ErrorCode::invalid_token, .detail = "the access cookie came twice"};
    return StepResult::next;
  }
  return verify_token(passage, cookie.value);
}

http::CookieLookup Pipeline::access_cookie(const Passage& passage) const {
  const http::FieldBlock& fields = passage.head->block;
  if (settings_->access_cookie.empty() || !fields.has(http::Known::cookie)) return {};
  return http::find_cookie(fields, settings_->access_cookie);
}

// The caller that one part of a system sees in a request with two credentials need not be the one that another
// part sees: such a request has none (OA-02).
StepResult Pipeline::verify_api_key(Passage& passage) {
  const http::FieldBlock& fields = passage.head->block;
  passage.credential = CredentialKind::api_key;
  const char* wrong = nullptr;
  if (fields.is_repeated(http::Known::x_api_key)) {
    wrong = "X-API-Key sent twice";
  } else if (fields.has(http::Known::authorization) ||
             access_cookie(passage).status != http::CookieStatus::absent) {
    wrong = "X-API-Key beside another credential";
  }
  const auto hash =
      wrong != nullptr ? std::nullopt : services_.api_key_tokens.verify(fields.get(http::Known::x_api_key));
  if (!hash) {
    passage.credential_error = Error{.code = ErrorCode::invalid_token,
                                     .detail = wrong != nullptr ? wrong : "not an API key of this server"};
    return StepResult::next;
  }
  api_keys::LiveApiKeyPtr key = std::move(passage.loaded_api_key);
  if (key == nullptr) key = seen_api_keys_.find(*hash);
  if (key == nullptr && (key = services_.api_keys.find(*hash)) != nullptr) seen_api_keys_.insert(key);
  if (key == nullptr) {
    passage.wanted_api_key = hash;
    return StepResult::wait;
  }
  return accept_api_key(passage, key);
}

// A key that never was, was revoked, has expired, or whose owner may not act: all the same to who tries it.
StepResult Pipeline::accept_api_key(Passage& passage, const api_keys::LiveApiKeyPtr& key) {
  const api_keys::KeyCheck verdict = api_keys::check(*key, passage.client, passage.now);
  if (verdict != api_keys::KeyCheck::ok) {
    const bool by_address = verdict == api_keys::KeyCheck::address_refused;
    passage.credential_error =
        Error{.code = by_address ? ErrorCode::address_not_allowed : ErrorCode::invalid_token,
              .detail = "the API key may not be used (here)"};
    return StepResult::next;
  }
  services_.api_keys.note_use(*key, passage.now);
  passage.principal = {.api_key = key};
  passage.is_authenticated = true;
  return StepResult::next;
}

// Notes a failure for require_login; an open route goes on without a caller.
StepResult Pipeline::verify_token(Passage& passage, std::string_view token) {
  if (token.size() > crypto::kMaxTokenBytes) {
    passage.credential_error = Error{.code = ErrorCode::invalid_token, .detail = "token over 8 KiB"};
    return StepResult::next;
  }
  const crypto::KeySet& keys = services_.keys.current();
  const tokens::VerifiedToken* known = verified_.find(token, keys.generation(), passage.now);
  if (known != nullptr && passage.loaded == nullptr) {
    return accept_session(passage, known->session, known->claims.generation, sessions::Freshness::cached);
  }
  auto claims = crypto::verify_access_token(keys, settings_->parties, token, passage.now);
  if (!claims) {
    passage.credential_error = std::move(claims.error());
    return StepResult::next;
  }
  const bool is_fresh = passage.loaded != nullptr;
  sessions::LiveSessionPtr session =
      is_fresh ? std::move(passage.loaded) : services_.live_sessions.find(claims->session);
  passage.loaded = nullptr;
  if (session == nullptr) {
    passage.wanted_session = claims->session;
    passage.wants_reload = false;
    return StepResult::wait;
  }
  // The token names its user; a session that says otherwise is not the one it was issued for.
  if (session->state == sessions::SessionState::active && session->user->id != claims->user) {
    passage.credential_error =
        Error{.code = ErrorCode::invalid_token, .detail = "token and session disagree on the user"};
    return StepResult::next;
  }
  passage.wanted_session = claims->session;
  const std::uint32_t generation = claims->generation;
  if (!session->is_obsolete()) {
    verified_.insert(token,
                     {.claims = std::move(*claims), .session = session, .key_generation = keys.generation()});
  }
  return accept_session(passage, session, generation,
                        is_fresh ? sessions::Freshness::freshly_loaded : sessions::Freshness::cached);
}

StepResult Pipeline::accept_session(Passage& passage, const sessions::LiveSessionPtr& session,
                                    std::uint32_t generation, sessions::Freshness freshness) {
  switch (sessions::check(*session, generation, passage.now, freshness)) {
    case sessions::SessionCheck::ok: break;
    case sessions::SessionCheck::session_revoked:
      passage.credential_error = Error{.code = ErrorCode::session_revoked, .detail = "session is not active"};
      return StepResult::next;
    case sessions::SessionCheck::reload:
      passage.wanted_session = session->id;
      passage.wants_reload = true;
      return StepResult::wait;
  }
  services_.live_sessions.note_use(*session, generation, passage.now);
  passage.principal = {.session = session,
                       .token_generation = generation,
                       .by_cookie = passage.credential == CredentialKind::cookie};
  passage.is_authenticated = true;
  return StepResult::next;
}

StepResult Pipeline::require_login(Passage& passage) {
  if (passage.is_authenticated || passage.rule->access.open || passage.brings_one_time_token) {
    return StepResult::next;
  }
  if (!passage.credential_error) return refuse(passage, ErrorCode::authentication_required);
  passage.error = std::move(*passage.credential_error);
  return StepResult::refused;
}

// ---------------------------------------------------------------- may they

// What is everybody's own from anywhere is somebody else's by an administrator's right alone.
bool Pipeline::needs_admin(const Passage& passage) {
  const RouteRule& rule = *passage.rule;
  if (rule.is_admin_endpoint) return true;
  const auto& owner = rule.access.owner_parameter;
  return rule.is_own && owner && passage.is_authenticated &&
         passage.parameters[*owner] != passage.principal.user().id_text;
}

StepResult Pipeline::guard_admin_addresses(Passage& passage) {
  if (settings_->admin_allow.empty() || !needs_admin(passage)) return StepResult::next;
  const bool listed = std::ranges::any_of(
      settings_->admin_allow, [&](const http::Network& network) { return network.contains(passage.client); });
  return listed ? StepResult::next : refuse(passage, ErrorCode::address_not_allowed);
}

StepResult Pipeline::require_csrf_token(Passage& passage) {
  if (!settings_->csrf_on || is_safe(passage.head->method) || passage.rule->checks_csrf_itself) {
    return StepResult::next;
  }
  const http::FieldBlock& fields = passage.head->block;
  const bool by_cookie = passage.is_authenticated && passage.principal.by_cookie;
  const bool before_login = settings_->csrf_always && passage.rule->is_own && passage.rule->access.open;
  if (!by_cookie && !before_login) return StepResult::next;
  if (fields.has(http::Known::origin) &&
      (fields.is_repeated(http::Known::origin) || !cors_->may_change(fields.get(http::Known::origin)))) {
    return refuse(passage, ErrorCode::bad_csrf_token, "foreign Origin");
  }
  return csrf_token_is_valid(passage) ? StepResult::next
                                      : refuse(passage, ErrorCode::bad_csrf_token, "missing or wrong token");
}

bool Pipeline::csrf_token_is_valid(const Passage& passage) const {
  const http::FieldBlock& fields = passage.head->block;
  if (fields.is_repeated(http::Known::x_csrf_token)) return false;
  const std::string_view token = fields.get(http::Known::x_csrf_token);
  if (passage.is_authenticated && passage.principal.by_cookie) {
    return services_.csrf.csrf_ok(passage.principal.session->id, token);
  }
  const http::CookieLookup cookie = http::find_cookie(fields, settings_->pre_session_cookie);
  return cookie.status == http::CookieStatus::present &&
         services_.csrf.csrf_ok_before_login(cookie.value, token);
}

StepResult Pipeline::require_role(Passage& passage) {
  if (passage.rule->access.open || passage.brings_one_time_token) return StepResult::next;
  // By default a key reaches none of our own endpoints: least of all those that make credentials (AZ-04).
  if (passage.principal.api_key != nullptr && !passage.rule->takes_api_keys) {
    return refuse(passage, ErrorCode::insufficient_permissions, "not with an API key");
  }
  if (passage.rule->access.permits(passage.principal, passage.parameters)) return StepResult::next;
  return refuse(passage, ErrorCode::insufficient_permissions);
}

}  // namespace gatehouse::policy
