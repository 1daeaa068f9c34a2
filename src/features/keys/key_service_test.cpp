#include "features/keys/key_service.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <thread>

#include "base/text.hpp"
#include "features/keys/key_schema.hpp"
#include "features/keys/master_key.hpp"
#include "features/users/store_for_tests.hpp"

namespace gatehouse::keys {
namespace {

using namespace std::chrono_literals;

class Keys : public ::testing::Test {
 protected:
  Result<std::unique_ptr<KeyService>> load() {
    return KeyService::load(*store_, master_, random_, events_, settings_, now_);
  }

  // Whichever of the published keys does not sign.
  static std::string other_than_active(const KeyService& service) {
    const std::string& jwks = service.current().jwks();
    const std::string mark = R"("kid":")";
    for (auto at = jwks.find(mark); at != std::string::npos; at = jwks.find(mark, at + 1)) {
      const auto from = at + mark.size();
      const std::string kid = jwks.substr(from, jwks.find('"', from) - from);
      if (kid != service.current().active().kid()) return kid;
    }
    return {};
  }

  testing_support::StoreForTests store_{{kKeySchema}};
  SystemRandom random_;
  testing_support::RecordedEvents events_;
  crypto::Key256 master_{std::array<std::byte, 32>{}};
  config::Tokens settings_;
  UnixTime now_ = ManualClock::kStart;
};

TEST_F(Keys, the_first_start_makes_a_key_and_publishes_the_next_and_a_restart_keeps_them) {
  const auto first = load().value();
  const std::string jwks = first->current().jwks();
  EXPECT_EQ(std::ranges::count(jwks, '{'), 3);  // the set and two keys
  EXPECT_FALSE(jwks.contains("\"d\""));
  const auto second = load().value();
  EXPECT_EQ(second->current().active().kid(), first->current().active().kid());
  EXPECT_EQ(second->current().jwks(), jwks);
}

TEST_F(Keys, a_rotation_signs_with_what_was_published_and_verifies_with_both) {
  const auto service = load().value();
  const crypto::KeySet& before = service->current();
  const std::string old = before.active().kid();
  EXPECT_FALSE(service->is_due(now_ + settings_.key_rotation - 1ms));
  now_ += settings_.key_rotation;
  EXPECT_TRUE(service->is_due(now_));
  ASSERT_TRUE(service->maintain(now_));
  const crypto::KeySet& after = service->current();
  EXPECT_FALSE(service->is_due(now_));
  EXPECT_NE(after.active().kid(), old);
  EXPECT_NE(before.find(after.active().kid()), nullptr) << "was published ahead";
  EXPECT_NE(after.find(old), nullptr);
  EXPECT_NE(after.generation(), before.generation());
  EXPECT_EQ(events_.names(), std::vector<std::string>{"ROTATE_KEY"});
}

TEST_F(Keys, a_retired_key_goes_when_its_last_token_is_dead_and_not_before) {
  const auto service = load().value();
  const std::string old = service->current().active().kid();
  now_ += settings_.key_rotation;
  ASSERT_TRUE(service->maintain(now_));
  now_ += settings_.access_ttl + kKeySkew;
  ASSERT_TRUE(service->maintain(now_));
  EXPECT_NE(service->current().find(old), nullptr);
  now_ += 1ms;
  ASSERT_TRUE(service->maintain(now_));
  EXPECT_EQ(service->current().find(old), nullptr);
  EXPECT_FALSE(service->current().jwks().contains(old));
  const auto generation = service->current().generation();
  ASSERT_TRUE(service->maintain(now_));
  EXPECT_EQ(service->current().generation(), generation) << "nothing is left to do";
  EXPECT_EQ(load().value()->current().jwks(), service->current().jwks());
}

// Verifiers that keep the JWKS answer for as long as it says would refuse its first tokens.
TEST_F(Keys, no_key_signs_before_every_verifier_can_know_it) {
  const auto service = load().value();
  const auto refused = service->rotate(now_ + kKeyLead - 1ms);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  EXPECT_TRUE(refused.error().detail.contains(rfc3339(now_ + kKeyLead)));
  EXPECT_TRUE(events_.names().empty());
  now_ += kKeyLead;
  ASSERT_TRUE(service->rotate(now_));
  EXPECT_FALSE(service->rotate(now_)) << "twice in a row: the new next key is known to nobody";
  ASSERT_TRUE(service->rotate(now_ + kKeyLead));
}

TEST_F(Keys, a_rotation_that_is_due_waits_for_a_next_key_that_is_too_young) {
  const auto service = load().value();
  now_ += settings_.key_rotation - 1ms;
  ASSERT_TRUE(service->revoke(other_than_active(*service), now_));
  now_ += 1ms;
  EXPECT_FALSE(service->is_due(now_));
  ASSERT_TRUE(service->maintain(now_));
  EXPECT_EQ(events_.names(), std::vector<std::string>{"REVOKE_KEY"});
  EXPECT_TRUE(service->is_due(now_ + kKeyLead));
}

TEST_F(Keys, a_revoked_active_key_is_gone_at_once_and_next_takes_over) {
  const auto service = load().value();
  const std::string old = service->current().active().kid();
  const std::string next = other_than_active(*service);
  const auto generation = service->current().generation();
  ASSERT_TRUE(service->revoke(old, now_));
  const crypto::KeySet& after = service->current();
  EXPECT_EQ(after.find(old), nullptr);
  EXPECT_FALSE(after.jwks().contains(old));
  EXPECT_EQ(after.active().kid(), next);
  EXPECT_EQ(std::ranges::count(after.jwks(), '{'), 3) << "a new next one is published";
  EXPECT_NE(after.generation(), generation) << "what caches trusted is asked for again";
  EXPECT_EQ(events_.names(), std::vector<std::string>{"REVOKE_KEY"});
  EXPECT_EQ(load().value()->current().jwks(), after.jwks()) << "and a restart does not bring it back";
  EXPECT_EQ(service->revoke(old, now_).error().code, ErrorCode::not_found);
  EXPECT_EQ(events_.names().size(), 1U);
}

TEST_F(Keys, a_revoked_next_or_retired_key_leaves_the_active_one) {
  const auto service = load().value();
  const std::string first = service->current().active().kid();
  now_ += kKeyLead;
  ASSERT_TRUE(service->rotate(now_));
  const std::string active = service->current().active().kid();
  ASSERT_TRUE(service->revoke(first, now_));
  EXPECT_EQ(service->current().active().kid(), active);
  EXPECT_EQ(service->current().find(first), nullptr);
  const std::string next = other_than_active(*service);
  ASSERT_TRUE(service->revoke(next, now_));
  EXPECT_EQ(service->current().active().kid(), active);
  EXPECT_EQ(service->current().find(next), nullptr);
  EXPECT_EQ(std::ranges::count(service->current().jwks(), '{'), 3);
}

TEST_F(Keys, what_another_process_changed_is_taken_over_and_nothing_new_makes_no_new_set) {
  const auto server = load().value();
  const auto command = load().value();
  const auto generation = server->current().generation();
  ASSERT_TRUE(server->reload(now_));
  EXPECT_EQ(server->current().generation(), generation);
  now_ += kKeyLead;
  ASSERT_TRUE(command->rotate(now_));
  ASSERT_TRUE(server->reload(now_));
  EXPECT_EQ(server->current().jwks(), command->current().jwks());
  EXPECT_EQ(server->current().active().kid(), command->current().active().kid());
  EXPECT_FALSE(server->is_due(now_ + settings_.key_rotation - 1ms)) << "the new one's age counts";
  ASSERT_TRUE(command->revoke(command->current().active().kid(), now_));
  ASSERT_TRUE(server->reload(now_));
  EXPECT_EQ(server->current().jwks(), command->current().jwks());
}

TEST_F(Keys, of_rotations_at_once_one_happens) {
  const auto one = load().value();
  const auto other = load().value();
  now_ += kKeyLead;
  std::atomic<int> rotated = 0;
  {
    std::vector<std::jthread> threads;
    for (const auto* service : {&one, &other, &one, &other}) {
      threads.emplace_back([&rotated, service, now = now_] {
        if ((*service)->rotate(now)) ++rotated;
      });
    }
  }
  EXPECT_EQ(rotated, 1);
  EXPECT_EQ(events_.names().size(), 1U);
}

TEST_F(Keys, another_master_key_opens_nothing) {
  ASSERT_TRUE(load());
  std::array<std::byte, 32> other{};
  other[31] = std::byte{1};
  master_ = crypto::Key256{other};
  EXPECT_FALSE(load());
}

TEST_F(Keys, no_private_key_stands_in_the_store_in_clear) {
  ASSERT_TRUE(load());
  auto sealed = (*store_).read_now([](db::Transaction& tx) {
    return tx.find("SELECT sealed FROM signing_keys", {},
                   [](const db::Row& row) { return std::string{row.text(0)}; });
  });
  EXPECT_FALSE((**sealed).contains("PRIVATE"));
}

TEST_F(Keys, the_master_key_file_is_made_once_and_for_the_owner_alone) {
  const std::string path = store_.folder() / "master.key";
  const auto made = load_master_key(Secret{}, path, random_);
  ASSERT_TRUE(made) << made.error().detail;
  struct stat status{};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  const auto again = load_master_key(Secret{}, path, random_);
  EXPECT_TRUE(equals_in_constant_time(made->reveal(), again->reveal()));
  ::chmod(path.c_str(), 0640);
  EXPECT_FALSE(load_master_key(Secret{}, path, random_));
  ::chmod(path.c_str(), 0604);
  EXPECT_FALSE(load_master_key(Secret{}, path, random_));
}

TEST_F(Keys, a_master_key_of_another_size_is_refused) {
  EXPECT_TRUE(load_master_key(Secret{std::string(43, 'A')}, "", random_));
  for (const auto& text : {std::string(42, 'A'), std::string(44, 'A'), std::string("not base64url!")}) {
    EXPECT_FALSE(load_master_key(Secret{text}, "", random_)) << text;
  }
  const std::string path = store_.folder() / "short.key";
  std::ofstream{path} << "AAAA";
  ::chmod(path.c_str(), 0600);
  EXPECT_FALSE(load_master_key(Secret{}, path, random_));
}

}  // namespace
}  // namespace gatehouse::keys
