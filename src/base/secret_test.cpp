#include "base/secret.hpp"

#include <gtest/gtest.h>

#include <concepts>
#include <ostream>
#include <vector>

#include "base/text.hpp"

namespace gatehouse {
namespace {

template <class T>
concept Printable = requires(std::ostream& out, const T& value) { out << value; };

TEST(Secret, cannot_be_printed_compared_or_made_by_accident) {
  static_assert(!Printable<Secret>);
  static_assert(!std::equality_comparable<Secret>);
  static_assert(!std::convertible_to<std::string, Secret>);
  static_assert(!std::convertible_to<Secret, std::string>);
  static_assert(!std::convertible_to<Secret, std::string_view>);
}

TEST(Secret, shows_its_content_only_when_asked) {
  const Secret secret{"correct horse"};
  EXPECT_EQ(secret.reveal(), "correct horse");
  EXPECT_EQ(secret.size(), 13U);
  EXPECT_TRUE(Secret{}.empty());
}

TEST(Secret, is_copied_and_survives_its_own_assignment) {
  Secret secret{"a text that is longer than what a string holds in itself"};
  const Secret copy = secret;
  Secret& alias = secret;
  secret = alias;
  EXPECT_EQ(secret.reveal(), copy.reveal());
  secret = copy;
  EXPECT_EQ(secret.reveal(), copy.reveal());
}

// A moved-from short string keeps its bytes, so that they must be wiped and not only forgotten.
TEST(Secret, leaves_nothing_behind_when_moved_or_cleared) {
  Secret first{"short"};
  const char* place = first.reveal().data();
  const Secret second{std::move(first)};
  EXPECT_EQ(second.reveal(), "short");
  EXPECT_EQ(std::string_view(place, 5), std::string_view("\0\0\0\0\0", 5));

  Secret third{"short"};
  place = third.reveal().data();
  third.clear();
  EXPECT_TRUE(third.empty());
  EXPECT_EQ(std::string_view(place, 5), std::string_view("\0\0\0\0\0", 5));

  Secret fourth{"other"};
  place = fourth.reveal().data();
  const Secret fifth{"one"};
  fourth = fifth;
  EXPECT_EQ(std::string_view(place, 5), std::string_view("one\0\0", 5));
}

TEST(Wipe, overwrites_all_of_it_and_nothing_beside) {
  std::string memory = "abcdef";
  wipe(memory.data() + 1, 4);
  EXPECT_EQ(memory, std::string("a\0\0\0\0f", 6));
}

TEST(EqualsInConstantTime, compares_length_and_every_byte) {
  EXPECT_TRUE(equals_in_constant_time("abc", "abc"));
  EXPECT_TRUE(equals_in_constant_time("", ""));
  EXPECT_FALSE(equals_in_constant_time("abc", "abcd"));
  EXPECT_FALSE(equals_in_constant_time("abc", "xbc"));
  EXPECT_FALSE(equals_in_constant_time("abc", "abx"));
  EXPECT_FALSE(equals_in_constant_time(std::string_view{"a\0b", 3}, std::string_view{"a\0c", 3}));
  EXPECT_TRUE(equals_in_constant_time(as_bytes("abc"), as_bytes("abc")));
  EXPECT_FALSE(equals_in_constant_time(as_bytes("abc"), as_bytes("ab")));
}

}  // namespace
}  // namespace gatehouse
