#include "features/tokens/verified_tokens.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace gatehouse::tokens {
namespace {

using namespace std::chrono_literals;

constexpr UnixTime kNow{1'000'000s};

crypto::Digest256 digest(std::size_t number) {
  crypto::Digest256 d{};
  std::memcpy(d.data(), &number, sizeof number);
  return d;
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
  EXPECT_EQ(tokens.find(digest(1), 7, kNow), nullptr);
  tokens.insert(digest(1), given.token());
  EXPECT_NE(tokens.find(digest(1), 7, kNow), nullptr);
  EXPECT_EQ(tokens.find(digest(2), 7, kNow), nullptr);
}

TEST(VerifiedTokens, expiry_new_keys_and_obsolete_sessions_or_users_end_an_entry) {
  const std::vector<std::function<const VerifiedToken*(VerifiedTokens&, const Given&)>> ends{
      [](VerifiedTokens& t, const Given&) { return t.find(digest(1), 7, kNow + 15min); },
      [](VerifiedTokens& t, const Given&) { return t.find(digest(1), 8, kNow); },
      [](VerifiedTokens& t, const Given& g) {
        g.session->obsolete = true;
        return t.find(digest(1), 7, kNow);
      },
      [](VerifiedTokens& t, const Given& g) {
        g.user->obsolete = true;
        return t.find(digest(1), 7, kNow);
      },
  };
  for (const auto& end : ends) {
    const Given given;
    VerifiedTokens tokens;
    tokens.insert(digest(1), given.token());
    ASSERT_NE(tokens.find(digest(1), 7, kNow + 15min - 1ms), nullptr);
    EXPECT_EQ(end(tokens, given), nullptr);
    EXPECT_EQ(tokens.size(), 0U);
    EXPECT_EQ(given.session.use_count(), 1);
  }
}

TEST(VerifiedTokens, one_more_than_fits_pushes_out_what_nobody_asked_for) {
  const Given given;
  VerifiedTokens tokens{4};
  for (std::size_t i = 0; i < 4; ++i) tokens.insert(digest(i), given.token());
  ASSERT_NE(tokens.find(digest(0), 7, kNow), nullptr);
  for (std::size_t i = 10; i < 13; ++i) {
    tokens.insert(digest(i), given.token());
    EXPECT_EQ(tokens.size(), 4U);
    EXPECT_NE(tokens.find(digest(0), 7, kNow), nullptr) << "in use, so it stays";
  }
}

}  // namespace
}  // namespace gatehouse::tokens
