#include "features/users/password_store.hpp"

#include <gtest/gtest.h>

#include "features/users/new_password.hpp"
#include "features/users/store_for_tests.hpp"

namespace gatehouse::users {
namespace {

class Passwords : public ::testing::Test {
 protected:
  Passwords() {
    EXPECT_TRUE((*store_).write_now([&](db::Transaction& tx) { return UserStore{tx}.insert(ada_, "old"); }));
  }
  template <class Change>
  bool changed(Change change) {
    return (*store_).write_now([&](db::Transaction& tx) { return change(PasswordStore{tx}); }).value();
  }
  bool change(std::string_view old_hash) {
    return changed([&](PasswordStore store) { return store.change(ada_.id, old_hash, "new", now_); });
  }
  bool reset(std::string_view address_key) {
    return changed([&](PasswordStore store) { return store.reset(ada_.id, address_key, "new", now_); });
  }
  bool replace() {
    return changed([&](PasswordStore store) { return store.replace(ada_.id, "new", now_); });
  }
  Credentials row() {
    return **(*store_).read_now([&](db::Transaction& tx) { return PasswordStore{tx}.find(ada_.id); });
  }

  testing_support::StoreForTests store_{{kUserSchema}};
  SystemRandom random_;
  UnixTime now_ = ManualClock::kStart;
  // Somebody remains admin when ada is disabled: ada is none.
  User ada_{.id = UserId::make(now_, random_), .email = "Ada@example.com", .role = "viewer", .plan = "free"};
};

TEST_F(Passwords, a_change_needs_the_hash_that_was_checked) {
  EXPECT_FALSE(change("another"));
  EXPECT_EQ(row().password_hash, "old");
  EXPECT_TRUE(change("old"));
  EXPECT_FALSE(change("old"));
  EXPECT_EQ(row().password_hash, "new");
  EXPECT_FALSE(row().user.email_verified);
}

TEST_F(Passwords, a_reset_is_for_the_address_that_the_account_has_and_verifies_it) {
  EXPECT_FALSE(reset("former@example.com"));
  EXPECT_FALSE(row().user.email_verified);
  EXPECT_TRUE(reset("ada@example.com"));
  EXPECT_TRUE(row().user.email_verified);
  EXPECT_EQ(row().password_hash, "new");
  EXPECT_EQ(row().user.updated_at, now_);
}

TEST_F(Passwords, no_way_leads_to_a_disabled_or_deleted_account) {
  ASSERT_TRUE((*store_).write_now(
      [&](db::Transaction& tx) { return UserStore{tx}.set_disabled(ada_.id, true, now_); }));
  EXPECT_FALSE(change("old") || reset("ada@example.com") || replace());
  ASSERT_TRUE((*store_).write_now([&](db::Transaction& tx) {
    UserStore store{tx};
    auto enabled = store.set_disabled(ada_.id, false, now_);
    return enabled ? store.soft_delete(ada_.id, now_) : std::move(enabled);
  }));
  EXPECT_FALSE(change("old") || reset("ada@example.com") || replace());
  EXPECT_EQ(row().password_hash, "old");
}

class NoKites final : public PasswordRules {
 public:
  Result<Secret> normalize(const Secret& typed) const override {
    if (!typed.empty()) return typed;
    return fail(Error{.code = ErrorCode::validation_failed, .fields = {{"password", "required", ""}}});
  }
  std::vector<FieldError> check(const Secret& password, const PasswordContext& context) const override {
    std::vector<FieldError> wrong;
    if (password.reveal().contains("kite")) wrong.push_back({"password", "too_common", ""});
    if (password.reveal().contains(context.username)) wrong.push_back({"password", "contains_context", ""});
    return wrong;
  }
};

class NewPasswordOf : public ::testing::Test {
 protected:
  std::vector<std::string> mistakes(std::string typed) {
    auto checked = passwords_.check(Secret{std::move(typed)}, ada_, "newPassword");
    std::vector<std::string> said;
    if (!checked) {
      for (const auto& wrong : checked.error().fields) said.push_back(wrong.field + " " + wrong.code);
    }
    return said;
  }
  config::Settings settings_ = [] {
    config::Settings cheap;
    cheap.passwords.argon2id = {.memory = 64 * config::kKiB, .passes = 1, .lanes = 1};
    return cheap;
  }();
  testing_support::PoolForTests pool_;
  testing_support::ExecutorForTests executor_;
  SystemRandom random_;
  NoKites rules_;
  NewPasswords passwords_{pool_, random_, rules_, settings_};
  User ada_{.email = "ada@example.com", .username = "lovelace"};
};

TEST_F(NewPasswordOf, every_mistake_is_told_under_the_name_of_the_bodys_member) {
  EXPECT_EQ(mistakes("kite of lovelace"),
            (std::vector<std::string>{"newPassword too_common", "newPassword contains_context"}));
  EXPECT_EQ(mistakes(""), std::vector<std::string>{"newPassword required"});
  EXPECT_EQ(mistakes("otters"), std::vector<std::string>{});
}

TEST_F(NewPasswordOf, what_was_hashed_matches_and_nothing_else_does) {
  const auto hash = executor_.run(passwords_.hash(Secret{"otters"})).value();
  EXPECT_TRUE(executor_.run(passwords_.matches(Secret{"otters"}, hash)).value());
  EXPECT_FALSE(executor_.run(passwords_.matches(Secret{"otter"}, hash)).value());
  EXPECT_FALSE(executor_.run(passwords_.matches(Secret{""}, hash)).value());
}

TEST_F(NewPasswordOf, a_password_that_nobody_knows_has_a_hash_like_any_and_another_each_time) {
  const auto one = executor_.run(passwords_.hash_of_none()).value();
  EXPECT_TRUE(one.starts_with("$argon2id$"));
  EXPECT_NE(one, executor_.run(passwords_.hash_of_none()).value());
}

}  // namespace
}  // namespace gatehouse::users
