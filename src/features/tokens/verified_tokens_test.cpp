#include "features/tokens/verified_tokens.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace gatehouse::tokens {
namespace {

using namespace std::chrono_literals;

constexpr UnixTime kNow{1'000'000s};

// As long as a real one, and different at its end.
std::string token_text(std::size_t number) {
  std::string text(500, 'x');
  text += std::to_string(1'000'000 + number);
  return text;
}

struct Given {
  std::shared_ptr<users::LiveUser> user = std::make_shared<users::LiveUser>();
  std::shared_ptr<sessions::LiveSession> session = std::make_shared<sessions::LiveSession>();
  Given() { session->user = user; }
  VerifiedToken token() const {
    return {.claims = {.expires_at = kNow + 15min}, .session = session, .key_generation = 7};
  }
};

TEST(VerifiedTokens, a_known_token_is_found_while_everything_stands) {
  const Given given;
  VerifiedTokens tokens;
  EXPECT_EQ(tokens.find(token_text(1), 7, kNow), nullptr);
  tokens.insert(token_text(1), given.token());
  EXPECT_NE(tokens.find(token_text(1), 7, kNow), nullptr);
  EXPECT_EQ(tokens.find(token_text(2), 7, kNow), nullptr);
}

TEST(VerifiedTokens, expiry_new_keys_and_obsolete_sessions_or_users_end_an_entry) {
  const std::vector<std::function<const VerifiedToken*(VerifiedTokens&, const Given&)>> ends{
      [](VerifiedTokens& t, const Given&) { return t.find(token_text(1), 7, kNow + 15min); },
      [](VerifiedTokens& t, const Given&) { return t.find(token_text(1), 8, kNow); },
      [](VerifiedTokens& t, const Given& g) {
        g.session->obsolete = true;
        return t.find(token_text(1), 7, kNow);
      },
      [](VerifiedTokens& t, const Given& g) {
        g.user->obsolete = true;
        return t.find(token_text(1), 7, kNow);
      },
  };
  for (const auto& end : ends) {
    const Given given;
    VerifiedTokens tokens;
    tokens.insert(token_text(1), given.token());
    ASSERT_NE(tokens.find(token_text(1), 7, kNow + 15min - 1ms), nullptr);
    EXPECT_EQ(end(tokens, given), nullptr);
    EXPECT_EQ(tokens.size(), 0U);
    EXPECT_EQ(given.session.use_count(), 1);
  }
}

TEST(VerifiedTokens, one_more_than_fits_pushes_out_what_nobody_asked_for) {
  const Given given;
  VerifiedTokens tokens{4};
  for (std::size_t i = 0; i < 4; ++i) tokens.insert(token_text(i), given.token());
  ASSERT_NE(tokens.find(token_text(0), 7, kNow), nullptr);
  for (std::size_t i = 10; i < 13; ++i) {
    tokens.insert(token_text(i), given.token());
    EXPECT_EQ(tokens.size(), 4U);
    EXPECT_NE(tokens.find(token_text(0), 7, kNow), nullptr) << "in use, so it stays";
  }
}

TEST(VerifiedTokens, a_token_that_differs_in_any_one_byte_or_in_length_is_not_the_one_that_was_verified) {
  const Given given;
  VerifiedTokens tokens;
  const std::string good = token_text(1);
  tokens.insert(good, given.token());
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string other = good;
    other[i] = other[i] == 'a' ? 'b' : 'a';
    ASSERT_EQ(tokens.find(other, 7, kNow), nullptr) << "byte " << i;
  }
  for (std::size_t size = 0; size < good.size(); ++size) {
    ASSERT_EQ(tokens.find(good.substr(0, size), 7, kNow), nullptr);
    ASSERT_EQ(tokens.find(good.substr(good.size() - size), 7, kNow), nullptr) << "a suffix has the same tail";
  }
  EXPECT_EQ(tokens.find("y" + good, 7, kNow), nullptr);
  EXPECT_NE(tokens.find(good, 7, kNow), nullptr);
}

}  // namespace
}  // namespace gatehouse::tokens
