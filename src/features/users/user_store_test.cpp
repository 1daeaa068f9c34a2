#include "features/users/user_store.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "features/users/store_for_tests.hpp"

namespace gatehouse::users {
namespace {

class Users : public ::testing::Test {
 protected:
  User make(const std::string& email, const std::string& role = "viewer") {
    now_ += std::chrono::milliseconds{1};
    return {.id = UserId::make(now_, random_),
            .email = email,
            .role = role,
            .plan = "free",
            .created_at = now_,
            .updated_at = now_};
  }
  Result<void> insert(const User& user) {
    return (*store_).write_now([&](db::Transaction& tx) { return UserStore{tx}.insert(user, "hash"); });
  }
  User add(const std::string& email, const std::string& role = "viewer") {
    const User user = make(email, role);
    EXPECT_TRUE(insert(user));
    return user;
  }
  std::vector<std::string> emails(const UserQuery& query) {
    std::vector<std::string> found;
    auto users = (*store_).read_now([&](db::Transaction& tx) { return UserStore{tx}.list(query); });
    for (const User& user : users.value()) found.push_back(user.email);
    return found;
  }

  testing_support::StoreForTests store_{{kUserSchema}};
  SystemRandom random_;
  UnixTime now_ = ManualClock::kStart;
};

TEST_F(Users, of_32_registrations_of_one_address_in_any_case_one_succeeds) {
  std::atomic<int> made{0};
  std::vector<User> users;
  for (int i = 0; i < 32; ++i) users.push_back(make(i % 2 == 0 ? "ada@example.com" : "ADA@Example.com"));
  std::vector<std::thread> clients;
  for (const User& user : users) {
    clients.emplace_back([&] {
      const auto inserted = insert(user);
      if (inserted)
        ++made;
      else
        EXPECT_EQ(inserted.error().code, ErrorCode::email_taken);
    });
  }
  for (auto& client : clients) client.join();
  EXPECT_EQ(made.load(), 1);
}

TEST_F(Users, a_taken_username_is_told_apart_from_a_taken_address) {
  User first = make("a@example.com");
  first.username = "ada";
  ASSERT_TRUE(insert(first));
  User second = make("b@example.com");
  second.username = "ADA";
  EXPECT_EQ(insert(second).error().code, ErrorCode::username_taken);
}

TEST_F(Users, of_32_demotions_at_once_one_admin_is_left) {
  std::vector<User> admins;
  for (int i = 0; i < 32; ++i) admins.push_back(add("a" + std::to_string(i) + "@example.com", "admin"));
  std::atomic<int> refused{0};
  std::vector<std::thread> clients;
  for (const User& admin : admins) {
    clients.emplace_back([&] {
      const auto changed = (*store_).write_now(
          [&](db::Transaction& tx) { return UserStore{tx}.set_role(admin.id, "viewer", now_); });
      if (!changed) {
        EXPECT_EQ(changed.error().code, ErrorCode::conflict);
        ++refused;
      }
    });
  }
  for (auto& client : clients) client.join();
  EXPECT_EQ(refused.load(), 1);
}

TEST_F(Users, the_last_admin_who_can_act_is_not_disabled_demoted_or_deleted) {
  const User admin = add("a@example.com", "admin");
  User disabled = make("b@example.com", "admin");
  disabled.disabled = true;
  ASSERT_TRUE(insert(disabled));
  auto result = (*store_).write_now([&](db::Transaction& tx) -> Result<int> {
    UserStore store{tx};
    EXPECT_EQ(store.set_role(admin.id, "viewer", now_).error().code, ErrorCode::conflict);
    EXPECT_EQ(store.set_disabled(admin.id, true, now_).error().code, ErrorCode::conflict);
    EXPECT_EQ(store.soft_delete(admin.id, now_).error().code, ErrorCode::conflict);
    EXPECT_TRUE(store.set_role(admin.id, "admin", now_));
    EXPECT_TRUE(store.soft_delete(disabled.id, now_));
    EXPECT_EQ(store.soft_delete(disabled.id, now_).error().code, ErrorCode::not_found);
    EXPECT_EQ(store.set_plan(UserId{}, "paid", now_).error().code, ErrorCode::not_found);
    return 0;
  });
  EXPECT_TRUE(result);
}

TEST_F(Users, a_list_pages_filters_and_searches_literally) {
  add("one@example.com");
  const User two = add("two_x@example.com", "editor");
  add("twoyx@example.com");
  using V = std::vector<std::string>;
  EXPECT_EQ(emails({}), (V{"twoyx@example.com", "two_x@example.com", "one@example.com"}));
  EXPECT_EQ(emails({.limit = 1, .after = two.id.text()}), V{"one@example.com"});
  EXPECT_EQ(emails({.role = "editor"}), V{"two_x@example.com"});
  EXPECT_EQ(emails({.search = "TWO_"}), V{"two_x@example.com"});
  EXPECT_EQ(emails({.search = "%"}), V{});
  EXPECT_EQ(emails({.search = "' OR 1=1 --"}), V{});
  EXPECT_EQ(emails({.deleted = DeletedFilter::only}), V{});
}

TEST_F(Users, a_hash_is_replaced_only_while_it_is_the_one_that_was_checked) {
  const User user = add("a@example.com");
  auto result = (*store_).write_now([&](db::Transaction& tx) -> Result<int> {
    UserStore store{tx};
    EXPECT_FALSE(store.replace_hash(user.id, "other", "new").value());
    EXPECT_TRUE(store.replace_hash(user.id, "hash", "new").value());
    EXPECT_EQ(store.find_by_email("a@example.com").value()->password_hash, "new");
    return 0;
  });
  EXPECT_TRUE(result);
}

}  // namespace
}  // namespace gatehouse::users
