#include "policy/seen_api_keys.hpp"

#include <gtest/gtest.h>

namespace gatehouse::policy {
namespace {

std::shared_ptr<api_keys::LiveApiKey> key(int first, int last) {
  auto made = std::make_shared<api_keys::LiveApiKey>();
  made->hash.front() = static_cast<std::byte>(first);
  made->hash.back() = static_cast<std::byte>(last);
  return made;
}

TEST(SeenApiKeys, finds_what_was_put_in_and_nothing_else) {
  SeenApiKeys seen;
  const auto one = key(1, 0);
  EXPECT_EQ(seen.find(one->hash), nullptr);
  seen.insert(one);
  EXPECT_EQ(seen.find(one->hash), one);
  EXPECT_EQ(seen.find(key(2, 0)->hash), nullptr);
}

// Two keys may share a place, never an answer.
TEST(SeenApiKeys, a_key_of_the_same_place_takes_it_over) {
  SeenApiKeys seen;
  const auto one = key(1, 1);
  const auto other = key(1, 2);
  seen.insert(one);
  EXPECT_EQ(seen.find(other->hash), nullptr);
  seen.insert(other);
  EXPECT_EQ(seen.find(other->hash), other);
  EXPECT_EQ(seen.find(one->hash), nullptr);
}

TEST(SeenApiKeys, what_became_obsolete_is_forgotten_and_freed) {
  SeenApiKeys seen;
  auto one = key(1, 0);
  const std::weak_ptr<api_keys::LiveApiKey> held = one;
  seen.insert(one);
  one->obsolete.store(true);
  EXPECT_EQ(seen.find(one->hash), nullptr);
  one.reset();
  EXPECT_TRUE(held.expired());
}

}  // namespace
}  // namespace gatehouse::policy
