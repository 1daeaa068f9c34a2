#include "features/user_import/user_import.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "base/manual_clock.hpp"
#include "base/random.hpp"
#include "features/users/store_for_tests.hpp"
#include "features/users/user_store.hpp"

namespace gatehouse::user_import {

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kHash = "pbkdf2_sha256$1000$seasalt$mQnueSakb748zqBAC1tmWVZsZbi2zPGZarEzTGdfmso=";

class Heard final : public Listener {
 public:
  void on_mistake(std::uint64_t line, std::string_view what) override {
    mistakes.push_back(fmt::format("{}: {}", line, what));
  }
  void on_skipped(std::uint64_t line, std::string_view why) override {
    skipped.push_back(fmt::format("{}: {}", line, why));
  }
  void on_progress(const Report& report) override { progress.push_back(report.imported); }
  std::vector<std::string> mistakes, skipped;
  std::vector<std::uint64_t> progress;
};

std::string line_of(std::string_view email, std::string_view more = "", std::string_view hash = kHash) {
  return fmt::format(R"({{"email":"{}","passwordHash":"{}"{}}})", email, hash, more) + "\n";
}

class Import : public testing::Test {
 protected:
  Report run(std::string text) {
    heard_ = {};
    std::istringstream file{std::move(text)};
    auto source = read_json_lines(file);
    auto report = import_.run(*source, heard_);
    EXPECT_TRUE(report);
    return report.value_or(Report{});
  }
  Report examine(std::string text) {
    heard_ = {};
    std::istringstream file{std::move(text)};
    auto source = read_json_lines(file);
    auto report = import_.examine(*source, heard_);
    EXPECT_TRUE(report);
    return report.value_or(Report{});
  }
  std::optional<users::Credentials> find(std::string_view email_key) {
    auto found =
        (*store_).read_now([&](db::Transaction& tx) { return users::UserStore{tx}.find_by_email(email_key); });
    return found.value_or(std::nullopt);
  }
  std::int64_t users() {
    auto count = (*store_).read_now([](db::Transaction& tx) {
      return tx.find("SELECT COUNT(*) FROM users", {}, [](const db::Row& row) { return row.integer(0); });
    });
    return count.value().value();
  }

  testing_support::StoreForTests store_{{users::kUserSchema}};
  testing_support::RecordedEvents events_;
  SystemRandom random_;
  ManualClock clock_;
  config::Settings settings_;
  UserImport import_{*store_, events_, random_, clock_, settings_};
  Heard heard_;
};

}  // namespace

TEST_F(Import, takes_a_user_as_it_stands) {
  const auto report =
      run(line_of("Ann@Example.org",
                  R"(,"username":"ann","name":"Ann B.","role":"editor","plan":"paid","emailVerified":true)"));
  EXPECT_EQ(report.imported, 1U);
  EXPECT_THAT(heard_.mistakes, IsEmpty());
  const auto ann = find("ann@example.org");
  ASSERT_TRUE(ann);
  EXPECT_EQ(ann->user.email, "Ann@Example.org");
  EXPECT_EQ(ann->user.username, "ann");
  EXPECT_EQ(ann->user.name, "Ann B.");
  EXPECT_EQ(ann->user.role, "editor");
  EXPECT_EQ(ann->user.plan, "paid");
  EXPECT_TRUE(ann->user.email_verified);
  EXPECT_FALSE(ann->user.disabled);
  EXPECT_EQ(ann->user.created_at, ManualClock::kStart);
  EXPECT_EQ(ann->password_hash, kHash);
}

TEST_F(Import, fills_in_the_defaults_of_registration) {
  run(line_of("a@example.org"));
  const auto user = find("a@example.org");
  ASSERT_TRUE(user);
  EXPECT_EQ(user->user.role, "viewer");
  EXPECT_EQ(user->user.plan, "free");
  EXPECT_FALSE(user->user.email_verified);
  EXPECT_EQ(user->user.username, std::nullopt);
}

TEST_F(Import, tells_each_mistake_with_its_line_and_imports_the_rest) {
  const auto report = run(line_of("a@example.org") + "not json\n" + "\n" + line_of("no-address") +
                          line_of("b@example.org", R"(,"role":"king","plan":"gold")") +
                          line_of("c@example.org", "", "md5$abc") +
                          line_of("d@example.org", R"(,"isAdmin":true)") + line_of("e@example.org"));
  EXPECT_EQ(report.records, 7U);
  EXPECT_EQ(report.imported, 2U);
  EXPECT_EQ(report.mistakes, 5U);
  EXPECT_EQ(users(), 2);
  EXPECT_THAT(
      heard_.mistakes,
      ElementsAre(HasSubstr("2: not acceptable as JSON"), "4: email: Not an email address",
                  "5: role: Not one of viewer, editor, admin", "5: plan: Not one of free, paid, enterprise",
                  HasSubstr("6: passwordHash: Not a form that is known"), HasSubstr("7: isAdmin")));
}

TEST_F(Import, passes_over_whoever_is_there_already_so_that_it_can_be_repeated) {
  const std::string file = line_of("a@example.org") + line_of("b@example.org");
  EXPECT_EQ(run(file).imported, 2U);
  const auto again = run(file + line_of("A@EXAMPLE.ORG", R"(,"role":"admin")") + line_of("c@example.org"));
  EXPECT_EQ(again.imported, 1U);
  EXPECT_EQ(again.skipped, 3U);
  EXPECT_EQ(again.mistakes, 0U);
  EXPECT_THAT(heard_.skipped, ElementsAre("1: an account has this address already", testing::_,
                                          "3: an account has this address already"));
  EXPECT_EQ(find("a@example.org")->user.role, "viewer") << "an import changes nobody";
}

TEST_F(Import, a_username_that_another_has_is_a_mistake) {
  const auto report =
      run(line_of("a@example.org", R"(,"username":"ann")") + line_of("b@example.org", R"(,"username":"ANN")"));
  EXPECT_EQ(report.imported, 1U);
  EXPECT_THAT(heard_.mistakes, ElementsAre("2: username: another account has it"));
  EXPECT_EQ(find("b@example.org"), std::nullopt);
}

TEST_F(Import, is_one_transaction_and_one_audit_entry_for_each_500) {
  std::string file;
  for (std::size_t i = 0; i < UserImport::kBatch + 1; ++i) file += line_of(fmt::format("u{}@example.org", i));
  EXPECT_EQ(run(file).imported, UserImport::kBatch + 1);
  EXPECT_THAT(heard_.progress, ElementsAre(UserImport::kBatch, UserImport::kBatch + 1));
  EXPECT_THAT(events_.names(), ElementsAre("IMPORT_USERS", "IMPORT_USERS"));
}

TEST_F(Import, that_imports_nobody_audits_nothing) {
  run(line_of("a@example.org"));
  EXPECT_EQ(run(line_of("a@example.org") + "{}\n").imported, 0U);
  EXPECT_THAT(events_.names(), ElementsAre("IMPORT_USERS"));
}

TEST_F(Import, examining_changes_nothing_and_finds_what_importing_would) {
  run(line_of("a@example.org", R"(,"username":"ann")"));
  const auto report = examine(line_of("a@example.org") + line_of("b@example.org", R"(,"username":"Ann")") +
                              line_of("c@example.org", R"(,"username":"carl")") + line_of("C@example.org") +
                              line_of("d@example.org", R"(,"username":"CARL")") + "[]\n");
  EXPECT_EQ(report.skipped, 1U);
  EXPECT_EQ(report.mistakes, 4U);
  EXPECT_THAT(heard_.mistakes, ElementsAre(HasSubstr("6: "), "2: username: another account has it",
                                           HasSubstr("4: its address"), HasSubstr("5: its address")));
  EXPECT_EQ(users(), 1);
}

TEST_F(Import, a_line_of_16_kib_is_read_and_one_byte_more_is_not) {
  const std::string start = R"({"email":"a@example.org","passwordHash":")" + std::string{kHash} + "\"";
  const auto padded = [&](std::size_t size) {
    return start + std::string(size - start.size() - 1, ' ') + "}\n";
  };
  EXPECT_EQ(run(padded(kMostRecordBytes + 1) + line_of("b@example.org")).imported, 1U);
  EXPECT_THAT(heard_.mistakes, ElementsAre("1: longer than 16 KiB"));
  EXPECT_EQ(run(padded(kMostRecordBytes)).imported, 1U);
}

TEST_F(Import, takes_lines_that_end_otherwise) {
  std::string last = line_of("b@example.org");
  last.pop_back();
  std::string first = line_of("a@example.org");
  first.insert(first.size() - 1, "\r");
  EXPECT_EQ(run(first + last).imported, 2U);
}

TEST_F(Import, never_repeats_a_hash_in_a_complaint) {
  run(line_of("a@example.org", "", "$2a$99$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW") +
      line_of("b@example.org", "", "pbkdf2_sha256$1$secretpart$x") +
      line_of("c@example.org", "", "{secretpart}"));
  ASSERT_EQ(heard_.mistakes.size(), 3U);
  for (const std::string& mistake : heard_.mistakes) {
    EXPECT_THAT(mistake, testing::Not(HasSubstr("secretpart")));
    EXPECT_THAT(mistake, testing::Not(HasSubstr("CCCC")));
  }
}

TEST_F(Import, says_when_a_hash_costs_too_much) {
  run(line_of("a@example.org", "", "$2a$21$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"));
  EXPECT_THAT(heard_.mistakes,
              ElementsAre("1: passwordHash: Asks for more work or memory than a login may take"));
}

}  // namespace gatehouse::user_import
