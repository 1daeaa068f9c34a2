#include "features/one_time/one_time_secrets.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>

#include "base/text.hpp"
#include "features/one_time/one_time_schema.hpp"
#include "features/users/store_for_tests.hpp"

namespace gatehouse::one_time {
namespace {

using namespace std::chrono_literals;
using testing_support::StoreForTests;

constexpr UnixTime kNow = ManualClock::kStart;
constexpr unsigned kGuesses = 5;

struct OneTimeSecretsTest : testing::Test {
  OneTimeSecretsTest() {
    for (const UserId& id : {ada, bob}) {
      EXPECT_TRUE((*store).write_now([&](db::Transaction& tx) {
        return tx.execute(
            "INSERT INTO users (id, email, email_key, password_hash, role, plan, email_verified, disabled, "
            "created_at, updated_at) VALUES ($1, $1, $1, '', 'viewer', 'free', FALSE, FALSE, 0, 0)",
            {id.text()});
      }));
    }
  }

  Issued issue(Purpose purpose, UserId user, UnixTime now = kNow, Older older = Older::revoke) {
    return (*store)
        .write_now([&](db::Transaction& tx) {
          return secrets.issue(tx,
                               {.purpose = purpose,
                                .user = user,
                                .address_key = "ada@example.org",
                                .payload = "p",
                                .ttl = 24h,
                                .code_digits = 6,
                                .code_ttl = 5min,
                                .older = older},
                               now);
        })
        .value();
  }
  std::optional<Used> by_token(Purpose purpose, std::string_view token, UnixTime now = kNow) {
    return (*store)
        .write_now([&](db::Transaction& tx) { return secrets.consume_token(tx, purpose, token, now); })
        .value();
  }
  std::optional<Used> by_code(Purpose purpose, UserId user, std::string_view code, UnixTime now = kNow) {
    return (*store)
        .write_now(
            [&](db::Transaction& tx) { return secrets.consume_code(tx, purpose, user, code, kGuesses, now); })
        .value();
  }
  std::string other_than(const Secret& code) {
    std::string other{code.reveal()};
    other[5] = other[5] == '9' ? '0' : static_cast<char>(other[5] + 1);
    return other;
  }
  std::int64_t count() {
    return (*store)
        .read_now([](db::Transaction& tx) {
          return tx.find("SELECT COUNT(*) FROM one_time_secrets", {},
                         [](const db::Row& row) { return row.integer(0); });
        })
        .value()
        .value();
  }

  StoreForTests store{{users::kUserSchema, kOneTimeSchema}};
  SystemRandom random;
  crypto::Key256 master;
  OneTimeSecrets secrets{master, random};
  UserId ada = UserId::make(kNow, random);
  UserId bob = UserId::make(kNow, random);
};

TEST_F(OneTimeSecretsTest, a_token_is_used_once_and_says_whose_it_was) {
  const Issued issued = issue(Purpose::verify_email, ada);
  ASSERT_EQ(issued.token.size(), kTokenSize);
  const auto used = by_token(Purpose::verify_email, issued.token.reveal());
  ASSERT_TRUE(used);
  EXPECT_EQ(used->user, ada);
  EXPECT_EQ(used->address_key, "ada@example.org");
  EXPECT_EQ(used->payload, "p");
  EXPECT_FALSE(by_token(Purpose::verify_email, issued.token.reveal()));
  EXPECT_FALSE(by_code(Purpose::verify_email, ada, issued.code.reveal()))
      << "the code of the same mail is gone too";
}

TEST_F(OneTimeSecretsTest, a_token_is_good_for_its_purpose_alone) {
  const Issued issued = issue(Purpose::verify_email, ada);
  for (const auto purpose : {Purpose::login, Purpose::reset_password, Purpose::confirm_email,
                             Purpose::disown_login, Purpose::restore_account, Purpose::set_up_admin}) {
    EXPECT_FALSE(by_token(purpose, issued.token.reveal())) << purpose_name(purpose);
  }
  EXPECT_TRUE(by_token(Purpose::verify_email, issued.token.reveal()));
}

TEST_F(OneTimeSecretsTest, a_token_dies_at_its_time_to_the_millisecond) {
  EXPECT_TRUE(by_token(Purpose::login, issue(Purpose::login, ada).token.reveal(), kNow + 24h - 1ms));
  EXPECT_FALSE(by_token(Purpose::login, issue(Purpose::login, ada).token.reveal(), kNow + 24h));
}

TEST_F(OneTimeSecretsTest, a_code_dies_at_its_own_time_and_the_token_beside_it_lives_on) {
  Issued issued = issue(Purpose::login, ada);
  EXPECT_TRUE(by_code(Purpose::login, ada, issued.code.reveal(), kNow + 5min - 1ms));
  issued = issue(Purpose::login, ada);
  EXPECT_FALSE(by_code(Purpose::login, ada, issued.code.reveal(), kNow + 5min));
  EXPECT_TRUE(by_token(Purpose::login, issued.token.reveal(), kNow + 5min));
}

TEST_F(OneTimeSecretsTest, a_malformed_token_is_none) {
  const Issued issued = issue(Purpose::login, ada);
  const std::string token{issued.token.reveal()};
  std::string typo = token;
  typo[20] = typo[20] == 'A' ? 'B' : 'A';
  for (const std::string& wrong :
       {std::string{}, std::string{"gho_"}, token.substr(1), token + "A", token.substr(0, 51), typo,
        "ghr_" + token.substr(4), to_ascii_lower(token), token + std::string(1, '\0'), std::string(52, 'A'),
        "gho_" + std::string(48, '\xFF')}) {
    EXPECT_FALSE(by_token(Purpose::login, wrong)) << wrong;
  }
  EXPECT_TRUE(by_token(Purpose::login, token));
}

TEST_F(OneTimeSecretsTest, the_fifth_guess_may_be_right_and_the_sixth_is_not_looked_at) {
  Issued issued = issue(Purpose::login, ada);
  for (unsigned i = 0; i + 1 < kGuesses; ++i) {
    EXPECT_FALSE(by_code(Purpose::login, ada, other_than(issued.code)));
  }
  EXPECT_TRUE(by_code(Purpose::login, ada, issued.code.reveal()));
  issued = issue(Purpose::login, ada);
  for (unsigned i = 0; i < kGuesses; ++i) EXPECT_FALSE(by_code(Purpose::login, ada, other_than(issued.code)));
  EXPECT_FALSE(by_code(Purpose::login, ada, issued.code.reveal()));
}

TEST_F(OneTimeSecretsTest, a_code_is_its_users_and_its_purposes_alone) {
  const Issued issued = issue(Purpose::login, ada);
  EXPECT_FALSE(by_code(Purpose::login, bob, issued.code.reveal()));
  EXPECT_FALSE(by_code(Purpose::verify_email, ada, issued.code.reveal()));
  EXPECT_FALSE(by_code(Purpose::login, UserId{}, issued.code.reveal()));
  EXPECT_TRUE(by_code(Purpose::login, ada, issued.code.reveal()));
}

TEST_F(OneTimeSecretsTest, a_new_one_replaces_the_old_one_of_its_purpose_alone) {
  const Issued old = issue(Purpose::login, ada);
  const Issued other = issue(Purpose::verify_email, ada);
  const Issued of_bob = issue(Purpose::login, bob);
  const Issued fresh = issue(Purpose::login, ada);
  EXPECT_FALSE(by_token(Purpose::login, old.token.reveal()));
  EXPECT_TRUE(by_token(Purpose::login, fresh.token.reveal()));
  EXPECT_TRUE(by_token(Purpose::login, of_bob.token.reveal()));
  EXPECT_TRUE(by_token(Purpose::verify_email, other.token.reveal()));
}

TEST_F(OneTimeSecretsTest, with_keep_the_old_one_stays_good) {
  const Issued old = issue(Purpose::disown_login, ada);
  issue(Purpose::disown_login, ada, kNow, Older::keep);
  EXPECT_TRUE(by_token(Purpose::disown_login, old.token.reveal()));
}

TEST_F(OneTimeSecretsTest, one_without_a_code_cannot_be_used_by_the_empty_code) {
  ASSERT_TRUE((*store).write_now([&](db::Transaction& tx) {
    return secrets.issue(
        tx, {.purpose = Purpose::reset_password, .user = ada, .address_key = {}, .payload = {}, .ttl = 1h},
        kNow);
  }));
  EXPECT_FALSE(by_code(Purpose::reset_password, ada, ""));
}

TEST_F(OneTimeSecretsTest, revoking_leaves_others_alone) {
  const Issued login = issue(Purpose::login, ada);
  const Issued verify = issue(Purpose::verify_email, ada);
  const Issued of_bob = issue(Purpose::login, bob);
  ASSERT_TRUE((*store).write_now([&](db::Transaction& tx) { return secrets.revoke(tx, ada, Purpose::login); }));
  EXPECT_FALSE(by_token(Purpose::login, login.token.reveal()));
  ASSERT_TRUE((*store).write_now([&](db::Transaction& tx) { return secrets.revoke_all(tx, ada); }));
  EXPECT_FALSE(by_token(Purpose::verify_email, verify.token.reveal()));
  EXPECT_TRUE(by_token(Purpose::login, of_bob.token.reveal()));
}

TEST_F(OneTimeSecretsTest, purging_takes_what_has_expired_and_no_more_than_asked) {
  issue(Purpose::login, ada);
  issue(Purpose::verify_email, ada);
  issue(Purpose::login, bob, kNow + 1ms);
  const auto purge = [&](UnixTime now, std::int64_t most) {
    return (*store).write_now([&](db::Transaction& tx) { return secrets.purge(tx, now, most); }).value();
  };
  EXPECT_EQ(purge(kNow + 24h - 1ms, 10), 0);
  EXPECT_EQ(purge(kNow + 24h, 1), 1);
  EXPECT_EQ(purge(kNow + 24h, 10), 1);
  EXPECT_EQ(count(), 1);
}

TEST_F(OneTimeSecretsTest, the_same_code_of_two_rows_has_two_hashes) {
  std::set<std::string> hashes;
  for (int i = 0; i < 20; ++i) issue(Purpose::disown_login, ada, kNow, Older::keep);
  ASSERT_TRUE((*store).read_now([&](db::Transaction& tx) {
    return tx.select("SELECT code_hash, token_hash FROM one_time_secrets", {}, [&](const db::Row& row) {
      EXPECT_EQ(row.text(0).size(), 64U);
      EXPECT_EQ(row.text(1).size(), 64U);
      hashes.emplace(row.text(0));
    });
  }));
  EXPECT_EQ(hashes.size(), 20U);
}

// OT-01. Chi-squared over each digit's place: with 9 degrees of freedom 33.7 is passed by chance once in 10,000
// times; the seed is fixed, so that this test is not.
class SeededRandom final : public Random {
 public:
  void fill(std::span<std::byte> out) noexcept override {
    for (auto& byte : out) {
      state_ += 0x9E3779B97F4A7C15;  // SplitMix64: Steele, Lea & Flood, OOPSLA 2014
      std::uint64_t z = state_;
      z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
      z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
      byte = static_cast<std::byte>((z ^ (z >> 31)) >> 24);
    }
  }

 private:
  std::uint64_t state_ = 2026;
};

TEST_F(OneTimeSecretsTest, codes_are_uniform_over_a_hundred_thousand_draws) {
  SeededRandom seeded;
  OneTimeSecrets drawing{master, seeded};
  constexpr int kDraws = 100'000;
  std::array<std::array<int, 10>, 6> seen{};
  std::set<std::string> distinct;
  ASSERT_TRUE((*store).write_now([&](db::Transaction& tx) -> Result<void> {
    for (int i = 0; i < kDraws; ++i) {
      auto issued = drawing.issue(tx,
                                  {.purpose = Purpose::login,
                                   .user = ada,
                                   .address_key = {},
                                   .payload = {},
                                   .ttl = 1h,
                                   .code_digits = 6,
                                   .code_ttl = 5min},
                                  kNow);
      if (!issued) return pass_on(issued);
      const std::string code{issued->code.reveal()};
      EXPECT_EQ(code.size(), 6U);
      for (std::size_t place = 0; place < 6; ++place)
        ++seen[place][static_cast<std::size_t>(code[place] - '0')];
      distinct.insert(code);
    }
    return {};
  }));
  constexpr double kExpected = kDraws / 10.0;
  for (const auto& place : seen) {
    double chi = 0;
    for (const int n : place) chi += (n - kExpected) * (n - kExpected) / kExpected;
    EXPECT_LT(chi, 33.7);
  }
  // 10^6 · (1 − e^−0.1) = 95,163 distinct ones are expected, with a deviation of about 66.
  EXPECT_NEAR(static_cast<double>(distinct.size()), 95'163, 400);
}

}  // namespace
}  // namespace gatehouse::one_time
