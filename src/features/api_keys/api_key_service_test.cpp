// API keys over the real store: the rules, and what a request is checked against.
#include "features/api_keys/api_key_service.hpp"

#include <gtest/gtest.h>

#include "features/api_keys/api_key_schema.hpp"
#include "features/users/store_for_tests.hpp"
#include "features/users/user_store.hpp"

namespace gatehouse::api_keys {
namespace {

using namespace std::chrono_literals;

class ApiKeys : public ::testing::Test {
 protected:
  UserId add_user(std::string role) {
    const UserId id = UserId::make(now_, random_);
    const users::User user{.id = id,
                           .email = id.text() + "@example.org",
                           .role = std::move(role),
                           .plan = "free",
                           .created_at = now_,
                           .updated_at = now_};
    EXPECT_TRUE(write([&](db::Transaction& tx) { return users::UserStore{tx}.insert(user, "x"); }));
    return id;
  }
  template <class Work>
  bool write(Work work) {
    return (*store_)
        .write_now([&](db::Transaction& tx) -> Result<bool> {
          auto done = work(tx);
          if (!done) return pass_on(done);
          return true;
        })
        .has_value();
  }
  Result<CreatedApiKey> create(NewApiKey wanted) {
    if (wanted.name.empty()) wanted.name = "ci";
    return executor_.run(service_.create(std::move(wanted), origin_));
  }
  LiveApiKeyPtr live(const CreatedApiKey& made) {
    const auto hash = tokens_.verify(made.text.reveal());
    if (auto known = live_.find(*hash)) return known;
    return executor_.run(live_.load(*hash)).value();
  }
  KeyCheck checked(const CreatedApiKey& made, const char* from = "192.0.2.1") {
    return check(*live(made), *http::Address::parse(from), now_);
  }
  ErrorCode code(const Result<CreatedApiKey>& made) {
    return made ? ErrorCode::internal_error : made.error().code;
  }

  testing_support::StoreForTests store_{{users::kUserSchema, kApiKeySchema}};
  testing_support::ExecutorForTests executor_;
  testing_support::RecordedEvents events_;
  SystemRandom random_;
  UnixTime now_ = ManualClock::kStart;
  audit::Origin origin_{.now = now_, .ip = {}, .request_id = {}, .actor_id = {}};
  std::vector<std::string> roles_{"viewer", "editor", "admin"};
  ApiKeyTokens tokens_{crypto::Key256{std::array<std::byte, 32>{}}};
  LiveApiKeys live_{*store_, {.roles = roles_, .plans = {"free"}}};
  ApiKeyService service_{*store_, tokens_, live_, events_, random_, roles_};
};

TEST_F(ApiKeys, the_store_has_a_hash_and_nothing_of_the_key_but_its_prefix) {
  const auto made = create({.owner = add_user("viewer")}).value();
  const std::string text{made.text.reveal()};
  auto row = (*store_).read_now([](db::Transaction& tx) {
    return tx.find("SELECT hash || ' ' || prefix || ' ' || name || ' ' || role FROM api_keys", {},
                   [](const db::Row& row) { return std::string{row.text(0)}; });
  });
  EXPECT_FALSE((**row).contains(text.substr(4)));
  EXPECT_FALSE((**row).contains(text.substr(kShownPrefixSize, 16)));
  EXPECT_TRUE((**row).contains(text.substr(0, kShownPrefixSize)));
  EXPECT_EQ(events_.names(), std::vector<std::string>{"CREATE_API_KEY"});
}

TEST_F(ApiKeys, nobody_gets_a_key_with_a_role_above_their_own) {
  for (std::size_t own = 0; own < roles_.size(); ++own) {
    const UserId owner = add_user(roles_[own]);
    for (std::size_t wanted = 0; wanted < roles_.size(); ++wanted) {
      const auto made = create({.owner = owner, .role = roles_[wanted]});
      EXPECT_EQ(made.has_value(), wanted <= own) << roles_[own] << " asks for " << roles_[wanted];
      if (!made) EXPECT_EQ(code(made), ErrorCode::insufficient_permissions);
    }
  }
}

TEST_F(ApiKeys, the_role_that_counts_is_the_lower_one_of_the_moment) {
  const UserId owner = add_user("editor");
  const auto own = create({.owner = owner}).value();
  const auto lower = create({.owner = owner, .role = "viewer"}).value();
  EXPECT_EQ(live(own)->user->role, "editor");
  EXPECT_EQ(live(lower)->user->role, "viewer");
  const auto held = live(own);
  for (const char* role : {"viewer", "admin"}) {
    ASSERT_TRUE(write([&](db::Transaction& tx) { return users::UserStore{tx}.set_role(owner, role, now_); }));
    live_.drop_user(owner);
    EXPECT_TRUE(held->obsolete.load());
    EXPECT_EQ(live(own)->user->role, std::string{role} == "viewer" ? "viewer" : "editor");
    EXPECT_EQ(live(lower)->user->role, "viewer");
    EXPECT_EQ(live(lower)->user->role_index, 0);
  }
  EXPECT_TRUE(live(lower)->user->json.contains(R"("role":"admin")")) << "the user's own is what is shown";
}

TEST_F(ApiKeys, a_role_that_is_no_longer_configured_is_below_all_others) {
  const UserId owner = add_user("editor");
  const auto made = create({.owner = owner}).value();
  ASSERT_TRUE(write([&](db::Transaction& tx) { return tx.execute("UPDATE api_keys SET role = 'gone'"); }));
  EXPECT_EQ(live(made)->user->role_index, users::kNoIndex);
}

TEST_F(ApiKeys, a_key_dies_at_its_time_to_the_millisecond) {
  const auto made = create({.owner = add_user("viewer"), .expires_at = now_ + 1h}).value();
  now_ += 1h - 1ms;
  EXPECT_EQ(checked(made), KeyCheck::ok);
  now_ += 1ms;
  EXPECT_EQ(checked(made), KeyCheck::refused);
}

TEST_F(ApiKeys, a_key_works_from_its_networks_alone) {
  const auto made =
      create({.owner = add_user("viewer"), .networks = {"192.0.2.0/24", "2001:db8::/32"}}).value();
  EXPECT_EQ(checked(made, "192.0.2.255"), KeyCheck::ok);
  EXPECT_EQ(checked(made, "2001:db8::1"), KeyCheck::ok);
  EXPECT_EQ(checked(made, "192.0.3.0"), KeyCheck::address_refused);
  EXPECT_EQ(checked(made, "2001:db9::1"), KeyCheck::address_refused);
}

TEST_F(ApiKeys, a_key_does_nothing_for_an_owner_who_may_not_act) {
  const UserId disabled = add_user("viewer");
  const UserId deleted = add_user("viewer");
  const auto one = create({.owner = disabled}).value();
  const auto other = create({.owner = deleted}).value();
  ASSERT_TRUE(
      write([&](db::Transaction& tx) { return users::UserStore{tx}.set_disabled(disabled, true, now_); }));
  ASSERT_TRUE(write([&](db::Transaction& tx) { return users::UserStore{tx}.soft_delete(deleted, now_); }));
  EXPECT_EQ(checked(one), KeyCheck::refused);
  EXPECT_EQ(checked(other), KeyCheck::refused);
  EXPECT_EQ(code(create({.owner = disabled})), ErrorCode::not_found) << "and gets no new one";
  EXPECT_EQ(code(create({.owner = deleted})), ErrorCode::not_found);
}

TEST_F(ApiKeys, a_revoked_key_is_refused_at_once_and_only_its_owner_revokes_it) {
  const UserId owner = add_user("viewer");
  const UserId other = add_user("viewer");
  const auto made = create({.owner = owner}).value();
  const auto held = live(made);
  EXPECT_FALSE(executor_.run(service_.revoke(made.key.id, other, origin_)));
  EXPECT_EQ(checked(made), KeyCheck::ok);
  ASSERT_TRUE(executor_.run(service_.revoke(made.key.id, owner, origin_)));
  EXPECT_TRUE(held->obsolete.load()) << "who holds it must see that";
  EXPECT_EQ(checked(made), KeyCheck::refused);
  EXPECT_EQ(executor_.run(service_.revoke(made.key.id, owner, origin_)).error().code, ErrorCode::not_found);
  EXPECT_EQ(events_.names(), (std::vector<std::string>{"CREATE_API_KEY", "REVOKE_API_KEY"}));
}

TEST_F(ApiKeys, a_user_has_a_hundred_live_keys_and_not_one_more) {
  const UserId owner = add_user("viewer");
  std::optional<ApiKeyId> last;
  for (int i = 0; i < kMostKeysPerUser; ++i) {
    const auto made = create({.owner = owner, .expires_at = i == 0 ? std::optional{now_ + 1h} : std::nullopt});
    ASSERT_TRUE(made) << i;
    last = made->key.id;
  }
  EXPECT_EQ(code(create({.owner = owner})), ErrorCode::conflict);
  EXPECT_TRUE(create({.owner = add_user("viewer")})) << "others have their own";
  ASSERT_TRUE(executor_.run(service_.revoke(*last, owner, origin_)));
  EXPECT_TRUE(create({.owner = owner}));
  EXPECT_FALSE(create({.owner = owner}));
  origin_.now += 1h;  // one of them has expired
  EXPECT_TRUE(create({.owner = owner}));
}

TEST_F(ApiKeys, the_last_use_is_written_at_most_once_a_minute_and_only_forwards) {
  const UserId owner = add_user("viewer");
  const auto made = create({.owner = owner}).value();
  const auto last_use = [&] {
    return executor_.run(service_.list({.owner = owner}, Total::skip))->keys.front().last_used_at;
  };
  EXPECT_FALSE(last_use());
  live_.note_use(*live(made), now_);
  live_.note_use(*live(made), now_ + 59s);
  EXPECT_EQ(live_.flush_uses_now().value(), 1U);
  EXPECT_EQ(last_use(), now_);
  EXPECT_EQ(live_.flush_uses_now().value(), 0U);
  live_.note_use(*live(made), now_ + 1min);
  ASSERT_TRUE(live_.flush_uses_now());
  EXPECT_EQ(last_use(), now_ + 1min);
  ASSERT_TRUE(write([&](db::Transaction& tx) { return ApiKeyStore{tx}.note_use(made.key.id, now_); }));
  EXPECT_EQ(last_use(), now_ + 1min);
}

TEST_F(ApiKeys, memory_holds_so_many_keys_and_not_one_more) {
  LiveApiKeys small{*store_, {.max_keys = 3, .roles = roles_, .plans = {"free"}}};
  const UserId owner = add_user("viewer");
  for (int i = 0; i < 5; ++i) {
    const auto made = create({.owner = owner}).value();
    EXPECT_NE(executor_.run(small.load(*tokens_.verify(made.text.reveal()))).value()->user, nullptr);
  }
  EXPECT_EQ(small.size(), 3U);
  for (int round = 0; round < 3; ++round) {
    const auto made = create({.owner = owner}).value();
    const auto hash = *tokens_.verify(made.text.reveal());
    const auto held = executor_.run(small.load(hash)).value();
    small.drop(made.key.id);
    EXPECT_EQ(small.find(hash), nullptr);
    EXPECT_TRUE(held->obsolete.load());
  }
  EXPECT_EQ(small.size(), 2U);
  small.drop_user(owner);
  EXPECT_EQ(small.size(), 0U);
}

Task<void> load_into(LiveApiKeys& live, KeyHash hash, LiveApiKeyPtr& loaded) {
  loaded = (co_await live.load(hash)).value();
}

Task<Result<std::size_t>> ask_the_store(db::Database& database, const UserId& owner) {
  co_return co_await database.read([&](db::Transaction& tx) -> Result<std::size_t> {
    auto keys = ApiKeyStore{tx}.list({.owner = owner});
    if (!keys) return pass_on(keys);
    return keys->size();
  });
}

TEST_F(ApiKeys, a_load_that_races_with_a_revocation_is_used_once_and_not_kept) {
  const UserId owner = add_user("viewer");
  const auto made = create({.owner = owner}).value();
  const KeyHash hash = *tokens_.verify(made.text.reveal());
  LiveApiKeyPtr loaded;
  spawn(executor_, load_into(live_, hash, loaded));  // has read, or is about to; has not put it in yet
  live_.drop_user(owner);
  while (loaded == nullptr) ASSERT_TRUE(executor_.run(ask_the_store(*store_, owner)));
  EXPECT_TRUE(loaded->obsolete.load());
  EXPECT_EQ(live_.find(hash), nullptr);
}

TEST_F(ApiKeys, what_ended_long_ago_is_purged) {
  const UserId owner = add_user("viewer");
  const auto revoked = create({.owner = owner}).value();
  ASSERT_TRUE(create({.owner = owner, .expires_at = now_ + 1h}));
  ASSERT_TRUE(create({.owner = owner}));
  ASSERT_TRUE(executor_.run(service_.revoke(revoked.key.id, owner, origin_)));
  const auto purged = [&](UnixTime before, std::int64_t most) {
    return (*store_)
        .write_now([&](db::Transaction& tx) { return ApiKeyStore{tx}.purge(before, most); })
        .value();
  };
  EXPECT_EQ(purged(now_, 10), 0);
  EXPECT_EQ(purged(now_ + 2h, 1), 1);
  EXPECT_EQ(purged(now_ + 2h, 10), 1);
  EXPECT_EQ(purged(now_ + 2h, 10), 0);
}

}  // namespace
}  // namespace gatehouse::api_keys
