#include "features/users/postponed_registration.hpp"

#include <gtest/gtest.h>

#include "base/manual_clock.hpp"

namespace gatehouse::users {
namespace {

TEST(PostponedRegistration, comes_back_as_it_was) {
  SystemRandom random;
  const PostponedRegistration kept{.id = UserId::make(ManualClock::kStart, random),
                                   .email = "Ada@example.org",
                                   .username = "ada",
                                   .name = "Ada \"Countess\" é",
                                   .password_hash = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA"};
  const auto read = parse_postponed(to_json(kept));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->id, kept.id);
  EXPECT_EQ(read->email, kept.email);
  EXPECT_EQ(read->username, kept.username);
  EXPECT_EQ(read->name, kept.name);
  EXPECT_EQ(read->password_hash, kept.password_hash);
}

TEST(PostponedRegistration, other_text_is_none) {
  for (const auto* text : {"", "{}", "null", "[]", R"({"id":"x","email":"a@b.c","passwordHash":"h"})"}) {
    EXPECT_FALSE(parse_postponed(text)) << text;
  }
}

}  // namespace
}  // namespace gatehouse::users
