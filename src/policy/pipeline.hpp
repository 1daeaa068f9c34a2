// Every request takes the same way through the same steps, in the order of pipeline.cpp's list, where each line
// says why it stands there. A step lets the request pass, refuses it, or waits for a session or key to be
// loaded; nothing on the usual way allocates, takes a lock that all share, or asks a store.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "crypto/access_token.hpp"
#include "features/api_keys/live_api_keys.hpp"
#include "features/keys/key_service.hpp"
#include "features/limits/limiter.hpp"
#include "features/sessions/live_sessions.hpp"
#include "features/tokens/csrf_tokens.hpp"
#include "features/tokens/verified_tokens.hpp"
#include "http/address.hpp"
#include "http/cookies.hpp"
#include "policy/cors.hpp"
#include "policy/passage.hpp"
#include "policy/seen_api_keys.hpp"

namespace gatehouse::policy {

// What the steps look at besides the request; fixed from one reload of the settings to the next.
struct PipelineSettings {
  std::vector<http::Network> admin_allow;  // empty: everybody
  std::string access_cookie;               // its full name; empty: cookies are not used
  std::string pre_session_cookie;
  bool csrf_on = true;
  bool csrf_always = false;
  crypto::TokenParties parties;
};

struct PipelineServices {
  const keys::KeyService& keys;
  sessions::LiveSessions& live_sessions;
  limits::Store& limits;
  limits::KeySeed limit_seed;
  const tokens::CsrfTokens& csrf;
  const api_keys::ApiKeyTokens& api_key_tokens;
  api_keys::LiveApiKeys& api_keys;
};

// One per worker; not thread-safe.
class Pipeline {
 public:
  Pipeline(PipelineServices services, std::shared_ptr<const PipelineSettings> settings,
           std::shared_ptr<const Cors> cors)
      : services_(services), settings_(std::move(settings)), cors_(std::move(cors)) {}

  // Runs on from passage.next_step. `wait`: load passage.wanted_api_key into passage.loaded_api_key, or without
  // one passage.wanted_session (anew when wants_reload) into passage.loaded, and call again.
  [[nodiscard]] StepResult advance(Passage& passage);

  // When the answer's status is known: gives back what only failures should have cost, and concurrency slots.
  void settle(Passage& passage, unsigned status);

  void replace_settings(std::shared_ptr<const PipelineSettings> settings, std::shared_ptr<const Cors> cors) {
    settings_ = std::move(settings);
    cors_ = std::move(cors);
  }

 private:
  using Step = StepResult (Pipeline::*)(Passage&);
  static const Step kSteps[];

  StepResult throttle_addresses(Passage& passage);
  StepResult authenticate(Passage& passage);
  StepResult throttle_callers(Passage& passage);
  StepResult require_login(Passage& passage);
  StepResult guard_admin_addresses(Passage& passage);
  [[nodiscard]] static bool needs_admin(const Passage& passage);
  StepResult require_csrf_token(Passage& passage);
  StepResult require_role(Passage& passage);

  StepResult throttle(Passage& passage, const std::vector<LimitUse>& uses);
  [[nodiscard]] bool csrf_token_is_valid(const Passage& passage) const;
  void give_back(const TakenLimit& taken, MonoTime now);
  [[nodiscard]] limits::Key limit_key(const Passage& passage, const CompiledLimit& limit) const;
  [[nodiscard]] http::CookieLookup access_cookie(const Passage& passage) const;
  StepResult verify_api_key(Passage& passage);
  StepResult accept_api_key(Passage& passage, const api_keys::LiveApiKeyPtr& key);
  StepResult verify_token(Passage& passage, std::string_view token);
  StepResult accept_session(Passage& passage, const sessions::LiveSessionPtr& session, std::uint32_t generation,
                            sessions::Freshness freshness);

  PipelineServices services_;
  std::shared_ptr<const PipelineSettings> settings_;
  std::shared_ptr<const Cors> cors_;
  tokens::VerifiedTokens verified_;
  SeenApiKeys seen_api_keys_;
};

}  // namespace gatehouse::policy
