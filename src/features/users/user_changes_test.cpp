// Editing, restoring and erasing accounts; administrators who wait for a password.
#include <gtest/gtest.h>

#include "features/users/deleted_user_store.hpp"
#include "features/users/store_for_tests.hpp"
#include "features/users/user_edit_store.hpp"
#include "features/users/user_sql.hpp"
#include "features/users/user_store.hpp"
#include "features/users/waiting_admin_store.hpp"

namespace gatehouse::users {
namespace {

using namespace std::chrono_literals;

class UserChanges : public ::testing::Test {
 protected:
  User add(const std::string& email, const std::string& role = "viewer", std::string_view hash = "hash") {
    now_ += 1ms;
    User user{.id = UserId::make(now_, random_),
              .email = email,
              .username = {},
              .name = {},
              .role = role,
              .plan = "free",
              .disabled = hash == kNoPassword,
              .created_at = now_,
              .updated_at = now_};
    EXPECT_TRUE((*store_).write_now([&](db::Transaction& tx) { return UserStore{tx}.insert(user, hash); }));
    return user;
  }
  template <class Store, class Work>
  auto with(Work work) {
    return (*store_).write_now([&](db::Transaction& tx) { return work(Store{tx}); });
  }
  template <class T>
  static ErrorCode code(const Result<T>& result) {
    EXPECT_FALSE(result);
    return result ? ErrorCode::internal_error : result.error().code;
  }
  Result<User> remove(const User& user) {
    return with<UserStore>([&](UserStore store) { return store.soft_delete(user.id, now_); });
  }

  testing_support::StoreForTests store_{{kUserSchema, kUserListSchema}};
  SystemRandom random_;
  UnixTime now_ = ManualClock::kStart;
};

TEST_F(UserChanges, names_are_replaced_and_taken_ones_refused) {
  const User ada = add("ada@example.com");
  const User bob = add("bob@example.com");
  auto renamed = with<UserEditStore>(
      [&](UserEditStore store) { return store.set_names(ada.id, "Ada", std::nullopt, now_ + 1s); });
  ASSERT_TRUE(renamed);
  EXPECT_EQ(renamed->username, "Ada");
  EXPECT_EQ(renamed->updated_at, now_ + 1s);
  EXPECT_EQ(code(with<UserEditStore>(
                [&](UserEditStore store) { return store.set_names(bob.id, "ADA", std::nullopt, now_); })),
            ErrorCode::username_taken);
  ASSERT_TRUE(remove(bob));
  EXPECT_EQ(code(with<UserEditStore>(
                [&](UserEditStore store) { return store.set_names(bob.id, "bob", std::nullopt, now_); })),
            ErrorCode::not_found);
}

TEST_F(UserChanges, a_new_address_is_verified_and_a_taken_one_refused) {
  const User ada = add("ada@example.com");
  const User bob = add("bob@example.com");
  auto moved = with<UserEditStore>(
      [&](UserEditStore store) { return store.set_email(ada.id, "Ada@new.example.com", now_); });
  ASSERT_TRUE(moved);
  EXPECT_EQ(moved->email, "Ada@new.example.com");
  EXPECT_TRUE(moved->email_verified);
  EXPECT_EQ(code(with<UserEditStore>(
                [&](UserEditStore store) { return store.set_email(bob.id, "ADA@NEW.example.com", now_); })),
            ErrorCode::email_taken);
}

TEST_F(UserChanges, an_address_is_respelt_and_not_changed_that_way) {
  const User ada = add("ada@example.com");
  auto respelt = with<UserEditStore>(
      [&](UserEditStore store) { return store.respell_email(ada.id, "ADA@example.com", now_); });
  ASSERT_TRUE(respelt);
  EXPECT_EQ(respelt->email, "ADA@example.com");
  EXPECT_FALSE(respelt->email_verified);
  EXPECT_EQ(code(with<UserEditStore>(
                [&](UserEditStore store) { return store.respell_email(ada.id, "eve@example.com", now_); })),
            ErrorCode::not_found);
}

TEST_F(UserChanges, a_deleted_user_comes_back_until_its_time_is_over) {
  const User ada = add("ada@example.com");
  const auto restore = [&](UnixTime deleted_after) {
    return with<DeletedUserStore>(
        [&](DeletedUserStore store) { return store.restore(ada.id, deleted_after, now_); });
  };
  EXPECT_EQ(code(restore(now_ - 1h)), ErrorCode::conflict) << "it is not deleted";
  ASSERT_TRUE(remove(ada));
  EXPECT_EQ(code(restore(now_)), ErrorCode::not_found) << "to the millisecond";
  auto back = restore(now_ - 1ms);
  ASSERT_TRUE(back);
  EXPECT_FALSE(back->deleted_at);
  EXPECT_EQ(code(with<DeletedUserStore>([&](DeletedUserStore store) {
              return store.restore(UserId::make(now_, random_), now_ - 1h, now_);
            })),
            ErrorCode::not_found);
}

TEST_F(UserChanges, what_is_due_to_be_purged_is_listed_oldest_first_and_no_more_than_asked) {
  std::vector<User> users;
  for (int i = 0; i < 3; ++i) {
    users.push_back(add("user" + std::to_string(i) + "@example.com"));
    now_ += 1h;
    ASSERT_TRUE(remove(users.back()));
  }
  const auto due = [&](UnixTime by, std::int64_t most) {
    return with<DeletedUserStore>([&](DeletedUserStore store) { return store.list_expired(by, most); }).value();
  };
  EXPECT_EQ(due(now_, 2), (std::vector{users[0].id, users[1].id}));
  EXPECT_EQ(due(now_ - 1ms, 10).size(), 2U);
  EXPECT_EQ(due(now_, 10).size(), 3U);
}

TEST_F(UserChanges, the_last_admin_who_can_act_is_not_erased) {
  const User root = add("root@example.com", "admin");
  const User waiting = add("waiting@example.com", "admin", kNoPassword);
  const auto erase = [&](const User& user) {
    return with<DeletedUserStore>([&](DeletedUserStore store) { return store.erase(user.id); });
  };
  EXPECT_EQ(code(erase(root)), ErrorCode::conflict);
  EXPECT_EQ(code(remove(root)), ErrorCode::conflict) << "who waits for a password cannot act";
  EXPECT_TRUE(erase(waiting));
  EXPECT_EQ(code(erase(waiting)), ErrorCode::not_found);
  const User second = add("second@example.com", "admin");
  ASSERT_TRUE(remove(root));
  EXPECT_TRUE(erase(root)) << "deleted before";
  EXPECT_EQ(code(erase(second)), ErrorCode::conflict);
}

TEST_F(UserChanges, a_waiting_admin_gets_its_first_password_once) {
  const User root = add("root@example.com", "admin", kNoPassword);
  const auto any_admin = [&] {
    return with<UserStore>([](UserStore store) { return store.any_admin(); }).value();
  };
  EXPECT_FALSE(any_admin());
  EXPECT_EQ(with<WaitingAdminStore>([](WaitingAdminStore store) { return store.list(); })->size(), 1U);
  const auto set = [&] {
    return with<WaitingAdminStore>(
        [&](WaitingAdminStore store) { return store.set_first_password(root.id, "a hash", now_); });
  };
  auto opened = set();
  ASSERT_TRUE(opened);
  EXPECT_FALSE(opened->disabled);
  EXPECT_TRUE(opened->email_verified);
  EXPECT_TRUE(any_admin());
  EXPECT_EQ(code(set()), ErrorCode::not_found);
  EXPECT_TRUE(with<WaitingAdminStore>([](WaitingAdminStore store) { return store.list(); })->empty());
}

}  // namespace
}  // namespace gatehouse::users
