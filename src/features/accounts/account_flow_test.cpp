// The endpoints one after the other, as a client calls them, over the real store.
#include <gtest/gtest.h>

#include "features/accounts/deletion_handlers.hpp"
#include "features/accounts/login_handlers.hpp"
#include "features/accounts/profile_handlers.hpp"
#include "features/accounts/refresh_handlers.hpp"
#include "features/accounts/registration_handlers.hpp"
#include "features/accounts/session_handlers.hpp"
#include "features/accounts/user_handlers.hpp"
#include "features/api_keys/api_key_schema.hpp"
#include "features/keys/key_schema.hpp"
#include "features/lockout/lockout_schema.hpp"
#include "features/lockout/lockout_testing.hpp"
#include "features/mail/outbox_schema.hpp"
#include "features/one_time/one_time_schema.hpp"
#include "features/sessions/session_addresses.hpp"
#include "features/sessions/session_schema.hpp"
#include "features/users/password_store.hpp"
#include "features/users/store_for_tests.hpp"
#include "http/request_head.hpp"

namespace gatehouse::accounts {
namespace {

using namespace std::chrono_literals;

class TenCharacters final : public users::PasswordRules {
 public:
  Result<Secret> normalize(const Secret& typed) const override { return typed; }
  std::vector<FieldError> check(const Secret& password, const users::PasswordContext&) const override {
    if (password.size() >= 10) return {};
    return {{"password", "too_short", "At least 10 characters"}};
  }
};

class NobodyLooks final : public LoginWitness {
 public:
  Result<void> logged_in(db::Transaction& /*tx*/, const WitnessedLogin& /*login*/) override { return {}; }
};

config::Settings cheap_settings() {
  config::Settings settings;
  settings.passwords.argon2id = {.memory = 64 * config::kKiB, .passes = 1, .lanes = 1};
  settings.registration.verify_email = false;
  return settings;
}

std::string member(std::string_view json, std::string_view name) {
  const std::string mark = "\"" + std::string{name} + "\":\"";
  const auto from = json.find(mark);
  if (from == std::string_view::npos) return "";
  const auto rest = json.substr(from + mark.size());
  return std::string{rest.substr(0, rest.find('"'))};
}

std::string cookie(const http::Reply& reply, std::string_view name) {
  for (const auto& line : reply.set_cookies) {
    if (line.starts_with(std::string{name} + "="))
      return line.substr(name.size() + 1, line.find(';') - name.size() - 1);
  }
  return "";
}

// No mail.
class NoHooks final : public users::RegistrationHooks {
 public:
  Result<void> registered(db::Transaction&, const users::User&, const audit::Origin&) override { return {}; }
  Result<void> registered_again(db::Transaction&, const users::User&, const audit::Origin&) override {
    return {};
  }
  Result<void> postpone(db::Transaction&, const std::string&, const audit::Origin&) override { return {}; }
};

class Accounts : public ::testing::Test {
 protected:
  // A request whose views live as long as the fixture.
  template <class Request = http::OpenRequest>
  const Request& request(std::string fields, std::string body = "") {
    texts_.push_back(std::make_unique<std::string>("POST / HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n"));
    heads_.push_back(std::make_unique<http::RequestHead>());
    std::size_t scanned = 0;
    EXPECT_EQ(http::parse_request_head(*texts_.back(), scanned, *heads_.back()).status,
              http::HeadStatus::complete);
    texts_.push_back(std::make_unique<std::string>(std::move(body)));
    auto made = std::make_shared<Request>();
    made->body = *texts_.back();
    made->fields = &heads_.back()->block;
    made->now = now_;
    requests_.push_back(made);
    return *made;
  }
  template <class Request>
  const Request& as(const std::string& access_token, std::string parameter = "", std::string body = "") {
    const auto claims = crypto::verify_access_token(keys_->current(), tokens_.parties(), access_token, now_);
    auto valid = executor_.run(live_.validate(claims->session, claims->generation, now_));
    principals_.push_back(std::make_unique<sessions::Principal>(valid->session, claims->generation, false));
    auto& made = const_cast<Request&>(request<Request>("", std::move(body)));
    made.principal = principals_.back().get();
    texts_.push_back(std::make_unique<std::string>(std::move(parameter)));
    made.parameters[0] = *texts_.back();
    return made;
  }
  bool is_valid(const std::string& access_token) {
    const auto claims = crypto::verify_access_token(keys_->current(), tokens_.parties(), access_token, now_);
    if (!claims) return false;
    const auto valid = executor_.run(live_.validate(claims->session, claims->generation, now_));
    return valid->verdict == sessions::SessionCheck::ok;
  }
  Result<http::Reply> add(const std::string& email) {
    return executor_.run(registration_handlers_.register_user(
        request("", R"({"email":")" + email + R"(","password":"correct horse"})")));
  }
  Result<http::Reply> log_in(const std::string& email, const std::string& password = "correct horse",
                             const std::string& transport = "bearer") {
    return executor_.run(login_.login(request<sessions::CallerRequest>(
        "",
        R"({"email":")" + email + R"(","password":")" + password + R"(","transport":")" + transport + "\"}")));
  }
  std::string code(const Result<http::Reply>& reply) {
    return reply ? std::to_string(reply->status) : std::string{describe(reply.error().code).code};
  }
  void make_admin(const std::string& id) {
    auto done = (*store_).write_now(
        [&](db::Transaction& tx) { return users::UserStore{tx}.set_role(*UserId::parse(id), "admin", now_); });
    EXPECT_TRUE(done);
  }

  testing_support::StoreForTests store_{
      {users::kUserSchema, api_keys::kApiKeySchema, sessions::kSessionSchema, sessions::kSessionPlaceSchema,
       keys::kKeySchema, lockout::kLockoutSchema, one_time::kOneTimeSchema, mail::kOutboxSchema}};
  testing_support::ExecutorForTests executor_;
  testing_support::PoolForTests pool_;
  testing_support::RecordedEvents events_;
  SystemRandom random_;
  UnixTime now_ = ManualClock::kStart;
  config::Settings settings_ = cheap_settings();
  TenCharacters rules_;
  crypto::Key256 master_{std::array<std::byte, 32>{}};
  std::unique_ptr<keys::KeyService> keys_ =
      std::move(keys::KeyService::load(*store_, master_, random_, events_, settings_.tokens, now_).value());
  sessions::RefreshTokens refresh_tokens_{master_};
  tokens::TokenService tokens_{*keys_, refresh_tokens_, random_, settings_};
  tokens::CsrfTokens csrf_{master_, random_};
  tokens::SessionCookies cookies_{settings_};
  one_time::OneTimeSecrets one_time_{master_, random_};
  mail::Outbox outbox_{master_, random_};
  sessions::WriteBehind write_behind_;
  sessions::LiveSessions live_{
      *store_,
      write_behind_,
      {.idle_ttl = settings_.sessions.idle_ttl, .roles = settings_.roles, .plans = settings_.plans}};
  sessions::RefreshService refresh_service_{*store_, live_, write_behind_, refresh_tokens_, events_, settings_};
  sessions::SessionService session_service_{*store_, live_, one_time_, events_};
  NoHooks hooks_;
  users::Registration registration_{*store_, pool_, random_, rules_, events_, hooks_, settings_};
  sessions::SessionAddresses addresses_;
  lockout::MeterForTests meter_;
  lockout::Lockout lockout_{{.database = *store_,
                             .addresses = addresses_,
                             .events = events_,
                             .meter = meter_,
                             .random = random_,
                             .master = master_,
                             .settings = settings_.lockout}};
  users::CredentialCheck credentials_{*store_, pool_, random_, rules_, lockout_, events_, settings_};
  geo::Places places_;
  NobodyLooks witness_;
  AccountService accounts_{*store_, live_, tokens_, one_time_, places_, events_, witness_, random_, settings_};
  DeletionService deletion_{{*store_, live_, one_time_, outbox_, events_, settings_}};
  DeletionHandlers deletion_handlers_{deletion_, cookies_};
  RegistrationHandlers registration_handlers_{registration_, settings_};
  LoginReply login_reply_{csrf_, cookies_, lockout_.devices(), settings_};
  LoginHandlers login_{credentials_, accounts_, deletion_, login_reply_, settings_};
  RefreshHandlers refresh_{
      {refresh_service_, session_service_, tokens_, *keys_, csrf_, cookies_, random_, settings_}};
  SessionHandlers sessions_{session_service_, accounts_, cookies_};
  UserHandlers users_{accounts_, settings_.roles};

  std::vector<std::unique_ptr<std::string>> texts_;
  std::vector<std::unique_ptr<http::RequestHead>> heads_;
  std::vector<std::shared_ptr<void>> requests_;
  std::vector<std::unique_ptr<sessions::Principal>> principals_;
};

TEST_F(Accounts, register_log_in_profile_refresh_and_log_out) {
  ASSERT_EQ(code(add("ada@example.com")), "201");
  auto logged_in = log_in("ADA@example.com");
  ASSERT_TRUE(logged_in) << logged_in.error().detail;
  const auto access = member(logged_in->data, "accessToken");
  ASSERT_TRUE(is_valid(access));
  std::string profile;
  ProfileHandlers::profile_now(as<sessions::UserRequest>(access), profile);
  EXPECT_TRUE(profile.starts_with(R"({"user":{"id":")")) << profile;
  EXPECT_TRUE(profile.contains(R"("session":{"id":")"));
  EXPECT_FALSE(profile.contains("argon2"));

  auto refreshed = executor_.run(
      refresh_.refresh(request("", R"({"refreshToken":")" + member(logged_in->data, "refreshToken") + "\"}")));
  ASSERT_TRUE(refreshed) << refreshed.error().detail;
  EXPECT_TRUE(refreshed->no_store);
  const auto second = member(refreshed->data, "accessToken");
  EXPECT_TRUE(is_valid(access)) << "rotation shortens no access token";
  ASSERT_TRUE(is_valid(second));

  EXPECT_EQ(code(executor_.run(refresh_.logout(request("Authorization: Bearer " + second + "\r\n")))), "200");
  EXPECT_FALSE(is_valid(access));
  EXPECT_FALSE(is_valid(second));
  EXPECT_EQ(code(executor_.run(refresh_.logout(request("Authorization: Bearer " + second + "\r\n")))), "200");
  EXPECT_EQ(code(executor_.run(refresh_.refresh(
                request("", R"({"refreshToken":")" + member(refreshed->data, "refreshToken") + "\"}")))),
            "INVALID_REFRESH_TOKEN");
}

TEST_F(Accounts, a_wrong_password_and_an_unknown_address_answer_the_same) {
  add("ada@example.com");
  const auto wrong = log_in("ada@example.com", "not her password");
  const auto unknown = log_in("bob@example.com", "not her password");
  EXPECT_EQ(code(wrong), "INVALID_CREDENTIALS");
  EXPECT_EQ(code(unknown), code(wrong));
  EXPECT_EQ(unknown.error().public_detail, wrong.error().public_detail);
}

TEST_F(Accounts, a_registration_cannot_choose_its_role) {
  const auto reply = executor_.run(registration_handlers_.register_user(
      request("", R"({"email":"e@example.com","password":"correct horse","role":"admin"})")));
  EXPECT_EQ(code(reply), "VALIDATION_FAILED");
}

TEST_F(Accounts, a_registration_names_every_wrong_field) {
  const auto reply = executor_.run(registration_handlers_.register_user(
      request("", R"({"email":"nobody","password":"short","username":"a b"})")));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().fields.size(), 3U);
}

TEST_F(Accounts, with_addresses_hidden_a_taken_one_answers_as_a_new_one) {
  settings_.registration.reveal_existing = false;
  const auto first = add("ada@example.com");
  const auto second = add("ada@example.com");
  EXPECT_EQ(code(first), "202");
  EXPECT_EQ(code(second), "202");
  EXPECT_EQ(first->data + first->meta, second->data + second->meta);
}

TEST_F(Accounts, only_the_right_password_tells_that_an_account_is_unverified_or_disabled) {
  const auto id = member(add("ada@example.com")->data, "id");
  settings_.registration.verify_email = true;
  EXPECT_EQ(code(log_in("ada@example.com")), "EMAIL_NOT_VERIFIED");
  EXPECT_EQ(code(log_in("ada@example.com", "not her password")), "INVALID_CREDENTIALS");
  settings_.registration.verify_email = false;
  ASSERT_TRUE(executor_.run(accounts_.set_disabled(*UserId::parse(id), true, {.now = now_})));
  EXPECT_EQ(code(log_in("ada@example.com")), "ACCOUNT_DISABLED");
  EXPECT_EQ(code(log_in("ada@example.com", "not her password")), "INVALID_CREDENTIALS");
}

TEST_F(Accounts, a_cookie_refresh_needs_the_csrf_token_of_its_session) {
  add("ada@example.com");
  const auto logged_in = log_in("ada@example.com", "correct horse", "hybrid");
  EXPECT_EQ(member(logged_in->data, "refreshToken"), "");
  const auto cookies = "Cookie: refreshToken=" + cookie(*logged_in, "refreshToken") + "\r\n";
  const auto csrf = "X-CSRF-Token: " + cookie(*logged_in, "csrfToken") + "\r\n";
  EXPECT_EQ(code(executor_.run(refresh_.refresh(request(cookies)))), "EBADCSRFTOKEN");
  EXPECT_EQ(code(executor_.run(refresh_.logout(request(cookies)))), "EBADCSRFTOKEN");
  const auto refreshed = executor_.run(refresh_.refresh(request(cookies + csrf)));
  ASSERT_EQ(code(refreshed), "200");
  EXPECT_TRUE(cookie(*refreshed, "refreshToken").starts_with("ghr_"));
  const auto asked = executor_.run(refresh_.csrf_token(request(cookies)));
  const auto logout = executor_.run(
      refresh_.logout(request(cookies + "X-CSRF-Token: " + member(asked->data, "csrfToken") + "\r\n")));
  EXPECT_EQ(code(logout), "200");
  EXPECT_EQ(logout->set_cookies.size(), 4U);
  EXPECT_FALSE(is_valid(member(logged_in->data, "accessToken")));
}

TEST_F(Accounts, two_refresh_cookies_are_neither_believed) {
  add("ada@example.com");
  const auto logged_in = log_in("ada@example.com", "correct horse", "hybrid");
  const auto mine = "refreshToken=" + cookie(*logged_in, "refreshToken");
  for (const auto& both : {mine + "; refreshToken=evil", "refreshToken=evil; " + mine}) {
    EXPECT_EQ(code(executor_.run(refresh_.refresh(request("Cookie: " + both + "\r\n")))),
              "INVALID_REFRESH_TOKEN");
    EXPECT_EQ(code(executor_.run(refresh_.logout(request("Cookie: " + both + "\r\n")))), "INVALID_TOKEN");
  }
}

TEST_F(Accounts, a_csrf_token_before_login_is_bound_to_a_cookie_of_its_own) {
  const auto asked = executor_.run(refresh_.csrf_token(request("")));
  const auto pre_session = cookie(*asked, "preSession");
  EXPECT_TRUE(csrf_.csrf_ok_before_login(pre_session, member(asked->data, "csrfToken")));
  EXPECT_EQ(cookie(*asked, "csrfToken"), member(asked->data, "csrfToken"));
}

TEST_F(Accounts, a_changed_role_holds_at_once_and_logs_nobody_out) {
  const auto id = member(add("ada@example.com")->data, "id");
  const auto access = member(log_in("ada@example.com")->data, "accessToken");
  EXPECT_EQ(as<sessions::UserRequest>(access).principal->user().role, "viewer");
  const auto reply =
      executor_.run(users_.set_role(as<sessions::AdminRequest>(access, id, R"({"role":"editor"})")));
  ASSERT_EQ(code(reply), "200");
  EXPECT_EQ(as<sessions::UserRequest>(access).principal->user().role, "editor");
  EXPECT_EQ(code(executor_.run(users_.set_role(as<sessions::AdminRequest>(access, id, R"({"role":"king"})")))),
            "VALIDATION_FAILED");
}

TEST_F(Accounts, sessions_are_listed_and_ended_by_their_owner_alone) {
  add("ada@example.com");
  add("bob@example.com");
  const auto first = member(log_in("ada@example.com")->data, "accessToken");
  const auto second = member(log_in("ada@example.com")->data, "accessToken");
  const auto bob = member(log_in("bob@example.com")->data, "accessToken");
  const auto id = as<sessions::UserRequest>(second).principal->session->id_text;
  const auto list = executor_.run(sessions_.list(as<sessions::UserRequest>(first)));
  EXPECT_EQ(list->meta, R"({"page":1,"limit":20,"total":2,"totalPages":1})");
  EXPECT_FALSE(list->data.contains("seed"));
  EXPECT_EQ(code(executor_.run(sessions_.remove_one(as<sessions::UserRequest>(bob, id)))), "NOT_FOUND");
  EXPECT_TRUE(is_valid(second));
  EXPECT_EQ(code(executor_.run(sessions_.remove_one(as<sessions::UserRequest>(first, id)))), "200");
  EXPECT_FALSE(is_valid(second));
  EXPECT_TRUE(is_valid(first));
}

TEST_F(Accounts, a_deleted_account_loses_everything_at_once) {
  add("ada@example.com");
  const auto logged_in = log_in("ada@example.com");
  const auto access = member(logged_in->data, "accessToken");
  EXPECT_EQ(code(executor_.run(deletion_handlers_.remove_me(as<sessions::UserRequest>(access)))), "200");
  EXPECT_FALSE(is_valid(access));
  EXPECT_EQ(code(executor_.run(refresh_.refresh(
                request("", R"({"refreshToken":")" + member(logged_in->data, "refreshToken") + "\"}")))),
            "INVALID_REFRESH_TOKEN");
  EXPECT_EQ(code(log_in("ada@example.com")), "ACCOUNT_DELETED");
}

TEST_F(Accounts, the_admin_is_seeded_once_and_never_by_default) {
  EXPECT_EQ(registration_.seed_admin(now_).value(), users::Registration::Seeded::not_configured);
  settings_.admin.email = "root@example.com";
  settings_.admin.password = Secret{"correct horse"};
  EXPECT_EQ(registration_.seed_admin(now_).value(), users::Registration::Seeded::created);
  EXPECT_EQ(registration_.seed_admin(now_).value(), users::Registration::Seeded::exists);
  const auto logged_in = log_in("root@example.com");
  EXPECT_TRUE(logged_in->data.contains(R"("role":"admin")"));
}

TEST_F(Accounts, a_login_raises_an_old_hash) {
  add("ada@example.com");
  auto raised = settings_;
  raised.passwords.argon2id.passes = 2;
  users::CredentialCheck stricter{*store_, pool_, random_, rules_, lockout_, events_, raised};
  const users::Login login{.name = "ada@example.com", .password = Secret{"correct horse"}};
  ASSERT_TRUE(executor_.run(stricter.verify(login, {}, {.now = now_})));
  auto stored = (*store_).read_now(
      [](db::Transaction& tx) { return users::UserStore{tx}.find_by_email("ada@example.com"); });
  EXPECT_TRUE((*stored)->password_hash.contains("t=2")) << (*stored)->password_hash;
  EXPECT_EQ(code(log_in("ada@example.com")), "200");
}

// The password is compared first and the session stored later: whoever knew the old one must not slip in
// between.
TEST_F(Accounts, a_login_beside_a_change_of_the_password_begins_no_session) {
  add("ada@example.com");
  const users::Login login{.name = "ada@example.com", .password = Secret{"correct horse"}};
  const auto verified = executor_.run(credentials_.verify(login, {}, {.now = now_}));
  ASSERT_TRUE(verified);
  const auto begin = [&] {
    return executor_.run(accounts_.log_in({.user = verified->user.id,
                                           .method = "password",
                                           .ip = "::1",
                                           .password_hash = verified->password_hash},
                                          {.now = now_}));
  };
  EXPECT_TRUE(begin());
  ASSERT_TRUE((*store_).write_now([&](db::Transaction& tx) {
    return users::PasswordStore{tx}.replace(verified->user.id, "another hash", now_);
  }));
  const auto late = begin();
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::invalid_credentials);
}

}  // namespace
}  // namespace gatehouse::accounts
