#include "features/keys/key_service.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>

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
  ASSERT_TRUE(service->rotate(now_));
  const crypto::KeySet& after = service->current();
  EXPECT_FALSE(service->is_due(now_));
  EXPECT_NE(after.active().kid(), old);
  EXPECT_NE(before.find(after.active().kid()), nullptr) << "was published ahead";
  EXPECT_NE(after.find(old), nullptr);
  EXPECT_NE(after.generation(), before.generation());

  now_ += settings_.access_ttl + 1ms;
  ASSERT_TRUE(service->rotate(now_));
  EXPECT_EQ(service->current().find(old), nullptr) << "its last token has died";
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
