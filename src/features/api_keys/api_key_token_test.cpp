#include "features/api_keys/api_key_token.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "base/text.hpp"

namespace gatehouse::api_keys {
namespace {

crypto::Key256 master(int last = 0) {
  std::array<std::byte, 32> bytes{};
  bytes[31] = static_cast<std::byte>(last);
  return crypto::Key256{bytes};
}

TEST(ApiKeyToken, a_key_has_its_prefix_and_is_known_again) {
  SystemRandom random;
  const ApiKeyTokens tokens{master()};
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const auto made = tokens.make(random);
    EXPECT_TRUE(made.text.reveal().starts_with("ghk_"));
    EXPECT_EQ(made.text.size(), kKeySize);
    EXPECT_EQ(tokens.verify(made.text.reveal()), made.hash);
    EXPECT_FALSE(std::string{made.text.reveal()}.contains(to_base64url(made.hash)));
    seen.emplace(made.text.reveal());
  }
  EXPECT_EQ(seen.size(), 100U);
}

TEST(ApiKeyToken, a_change_of_any_character_and_any_other_spelling_is_refused) {
  SystemRandom random;
  const ApiKeyTokens tokens{master()};
  const auto made = tokens.make(random);
  const std::string good{made.text.reveal()};
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string changed = good;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(tokens.verify(changed)) << i;
  }
  for (const std::string& other :
       {good + "=", good + "A", good.substr(0, good.size() - 1), " " + good, "GHK_" + good.substr(4),
        good.substr(4), std::string{}, std::string(52, 'A'), std::string(100'000, 'A')}) {
    EXPECT_FALSE(tokens.verify(other));
  }
}

// A flood of keys with a good checksum must cost no look-up.
TEST(ApiKeyToken, a_key_that_another_master_key_made_is_refused_without_the_store) {
  SystemRandom random;
  const auto foreign = ApiKeyTokens{master(1)}.make(random);
  EXPECT_FALSE(ApiKeyTokens{master()}.verify(foreign.text.reveal()));
}

}  // namespace
}  // namespace gatehouse::api_keys
