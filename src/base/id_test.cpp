#include "base/id.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <type_traits>
#include <unordered_set>

#include "base/manual_clock.hpp"

namespace gatehouse {
namespace {

class FixedRandom final : public Random {
 public:
  explicit FixedRandom(std::byte value) : value_(value) {}
  void fill(std::span<std::byte> out) noexcept override { std::ranges::fill(out, value_); }

 private:
  std::byte value_;
};

TEST(UuidV7, has_time_version_and_variant_where_the_rfc_puts_them) {
  FixedRandom ones{std::byte{0xFF}};
  FixedRandom zeros{std::byte{0x00}};
  // The time of the example in RFC 9562, appendix A.6.
  const UnixTime at{std::chrono::milliseconds{0x017F22E279B0}};
  EXPECT_EQ(uuid_text(make_uuid_v7(at, ones)), "017f22e2-79b0-7fff-bfff-ffffffffffff");
  EXPECT_EQ(uuid_text(make_uuid_v7(at, zeros)), "017f22e2-79b0-7000-8000-000000000000");
}

TEST(UuidV7, sorts_by_time) {
  FixedRandom ones{std::byte{0xFF}};
  FixedRandom zeros{std::byte{0x00}};
  const auto earlier = UserId::make(ManualClock::kStart, ones);
  const auto later = UserId::make(ManualClock::kStart + std::chrono::milliseconds{1}, zeros);
  EXPECT_LT(earlier, later);
  EXPECT_LT(earlier.text(), later.text());
}

TEST(UuidV7, differs_within_a_millisecond) {
  SystemRandom random;
  std::unordered_set<UserId> ids;
  for (int i = 0; i < 1000; ++i) ids.insert(UserId::make(ManualClock::kStart, random));
  EXPECT_EQ(ids.size(), 1000U);
}

TEST(Id, is_read_back_from_its_text) {
  SystemRandom random;
  const auto id = SessionId::make(ManualClock::kStart, random);
  EXPECT_EQ(SessionId::parse(id.text()), id);
  EXPECT_EQ(id.text().size(), 36U);
}

TEST(Id, has_one_spelling) {
  for (const char* text : {"", "017F22E2-79B0-7fff-bfff-ffffffffffff", "017f22e279b07fffbfffffffffffffff",
                           "{017f22e2-79b0-7fff-bfff-ffffffffffff}", "017f22e2-79b0-7fff-bfff-fffffffffff",
                           "017f22e2-79b0-7fff-bfff-fffffffffffff", "017f22e2-79b0-7fff-bffff-fffffffffff",
                           "017f22e2-79b0-7fff-bfff-ffffffffffg0", "017f22e2x79b0-7fff-bfff-ffffffffffff",
                           "-017f22e279b0-7fff-bfff-ffffffffffff", " 017f22e2-79b0-7fff-bfff-fffffffffff"}) {
    EXPECT_FALSE(UserId::parse(text)) << text;
  }
}

TEST(Id, of_a_user_cannot_be_passed_for_one_of_a_session) {
  static_assert(!std::is_convertible_v<UserId, SessionId>);
  static_assert(!std::is_constructible_v<SessionId, UserId>);
  static_assert(!std::equality_comparable_with<UserId, SessionId>);
}

}  // namespace
}  // namespace gatehouse
