#include "config/environment.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "config/load_testing.hpp"
#include "config/secrets.hpp"

namespace gatehouse::config {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::loaded;
using testing::mistakes_of;
using ::testing::Not;

constexpr auto kKey = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";  // 32 zero bytes

// A file with a secret, in a folder that goes with the test.
class SecretFile : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "gatehouse-config-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string write(const std::string& content, mode_t mode = 0600) const {
    const std::string path = folder_ / "secret";
    std::ofstream{path} << content;
    EXPECT_EQ(chmod(path.c_str(), mode), 0);
    return path;
  }

  std::filesystem::path folder_;
};

TEST(AVariable, overrides_the_file) {
  const Settings s = loaded("[server]\nworkers = 2\nprefix = \"/a\"", {{"GATEHOUSE_SERVER_WORKERS", "7"}});
  EXPECT_EQ(s.server.workers, 7U);
  EXPECT_EQ(s.server.prefix, "/a");
}

TEST(AVariable, is_read_in_the_way_of_its_key) {
  const Settings s = loaded("", {{"GATEHOUSE_SERVER_LISTEN", "127.0.0.1:1, unix:/run/g"},
                                 {"GATEHOUSE_SERVER_ADMIN_LISTEN", ""},
                                 {"GATEHOUSE_TOKENS_ACCESS_TTL", "5m"},
                                 {"GATEHOUSE_TOKENS_TRANSPORTS", "bearer"},
                                 {"GATEHOUSE_REGISTRATION_ENABLED", "false"},
                                 {"GATEHOUSE_PASSWORDS_ARGON2ID_MEMORY", "64MiB"},
                                 {"GATEHOUSE_PASSWORDS_REQUIRE", "upper,digit"},
                                 {"GATEHOUSE_ROLES_NAMES", "viewer,admin"},
                                 {"GATEHOUSE_COOKIES_SECURE", "true"},
                                 {"GATEHOUSE_CORS_ORIGINS", ""}});
  EXPECT_THAT(s.server.listen, ElementsAre("127.0.0.1:1", "unix:/run/g"));
  EXPECT_EQ(s.server.admin_listen, "");
  EXPECT_EQ(s.tokens.access_ttl, 5min);
  EXPECT_THAT(s.tokens.transports, ElementsAre(Transport::bearer));
  EXPECT_FALSE(s.registration.enabled);
  EXPECT_EQ(s.passwords.argon2id.memory, 64 * kMiB);
  EXPECT_TRUE(s.passwords.require.upper && s.passwords.require.digit);
  EXPECT_THAT(s.roles, ElementsAre("viewer", "admin"));
  EXPECT_EQ(s.cookies.secure, CookieSecurity::yes);
  EXPECT_THAT(s.cors.origins, IsEmpty());
}

TEST(AVariable, that_is_wrong_is_named_with_its_key) {
  EXPECT_THAT(
      mistakes_of("", {{"GATEHOUSE_SERVER_WORKERS", "many"}}),
      ElementsAre(HasSubstr("GATEHOUSE_SERVER_WORKERS: server.workers: \"many\"; allowed: a whole number")));
  EXPECT_THAT(mistakes_of("", {{"GATEHOUSE_REGISTRATION_ENABLED", "1"}}),
              ElementsAre(HasSubstr("registration.enabled: \"1\"; allowed: true or false")));
}

TEST(AVariable, is_where_a_check_over_the_whole_points_at) {
  EXPECT_THAT(mistakes_of("[server]\nprefix = \"/fine\"", {{"GATEHOUSE_SERVER_PREFIX", "bad"}}),
              ElementsAre(HasSubstr("GATEHOUSE_SERVER_PREFIX: server.prefix: \"bad\"")));
}

TEST(AVariable, that_nobody_knows_is_a_mistake_with_the_nearest_name) {
  EXPECT_THAT(mistakes_of("", {{"GATEHOUSE_SERVER_LISTNE", "x"}}),
              ElementsAre("GATEHOUSE_SERVER_LISTNE: server_listne: unknown variable; did you mean "
                          "GATEHOUSE_SERVER_LISTEN?"));
  EXPECT_THAT(mistakes_of("", {{"GATEHOUSE_ZZZZZZZZZZZZZZZZZZZZZZ", "x"}}),
              ElementsAre(HasSubstr("unknown variable; allowed: the keys of the settings file in capitals")));
}

TEST(AVariable, of_a_section_that_this_version_lacks_is_refused) {
  EXPECT_THAT(mistakes_of("", {{"GATEHOUSE_SOURCE_URL", "sqlite:a.db"}}),
              ElementsAre(HasSubstr("not available in this")));
  EXPECT_THAT(mistakes_of("", {{"GATEHOUSE_SERVER_FORWARD_AUTH_SOURCE", "path"}}),
              ElementsAre(HasSubstr("not available in this")));
}

TEST(AVariable, cannot_hold_an_array_of_tables) {
  EXPECT_THAT(mistakes_of("", {{"GATEHOUSE_LIMIT", "x"}}), ElementsAre(HasSubstr("unknown variable")));
}

TEST(ASecret, comes_from_its_variable) {
  const Settings s =
      loaded("[admin]\nemail = \"a@b.c\"",
             {{"GATEHOUSE_ADMIN_PASSWORD", "correct horse battery"}, {"GATEHOUSE_MASTER_KEY", kKey}});
  EXPECT_EQ(s.admin.password.reveal(), "correct horse battery");
  EXPECT_EQ(s.master_key.reveal(), kKey);
}

TEST(ASecret, is_never_quoted_in_a_mistake) {
  const auto mistakes =
      mistakes_of("", {{"GATEHOUSE_ADMIN_PASSWORD", "hunter2"}, {"GATEHOUSE_MASTER_KEY", "hunter2"}});
  EXPECT_THAT(mistakes,
              ElementsAre(AllOf(HasSubstr("ADMIN_PASSWORD: admin.password: "), Not(HasSubstr("hunter2"))),
                          AllOf(HasSubstr("MASTER_KEY: master_key: "), Not(HasSubstr("hunter2")))));
}

TEST(ASecret, of_an_admin_without_an_address_does_nothing_and_is_a_mistake) {
  EXPECT_THAT(mistakes_of("", {{"GATEHOUSE_ADMIN_PASSWORD", "correct horse battery"}}),
              ElementsAre(HasSubstr("admin.password: does nothing without admin.email")));
}

TEST(ASecret, must_be_as_long_as_passwords_must) {
  EXPECT_THAT(mistakes_of("[admin]\nemail = \"a@b.c\"", {{"GATEHOUSE_ADMIN_PASSWORD", "ninechars"}}),
              ElementsAre(HasSubstr("admin.password: the password is too short; allowed: at least")));
  const std::string longest(1024, 'x');
  EXPECT_THAT(mistakes_of("[admin]\nemail = \"a@b.c\"", {{"GATEHOUSE_ADMIN_PASSWORD", longest}}), IsEmpty());
  EXPECT_THAT(mistakes_of("[admin]\nemail = \"a@b.c\"", {{"GATEHOUSE_ADMIN_PASSWORD", longest + "x"}}),
              ElementsAre(HasSubstr("above 1024 bytes")));
}

TEST(ASecret, key_is_exactly_32_bytes) {
  EXPECT_EQ(check_master_key(Secret{kKey}), "");
  EXPECT_NE(check_master_key(Secret{std::string{kKey} + "="}), "");
  EXPECT_NE(check_master_key(Secret{std::string{kKey}.substr(1)}), "");
  EXPECT_NE(check_master_key(Secret{std::string{kKey} + "A"}), "");
  EXPECT_NE(check_master_key(Secret{}), "");
}

TEST_F(SecretFile, gives_its_content_without_the_last_line_break) {
  const std::string path = write("correct horse battery\n");
  EXPECT_EQ(loaded("[admin]\nemail = \"a@b.c\"\npassword_file = \"" + path + "\"").admin.password.reveal(),
            "correct horse battery");
  EXPECT_EQ(loaded("", {{"GATEHOUSE_ADMIN_EMAIL", "a@b.c"}, {"GATEHOUSE_ADMIN_PASSWORD_FILE", path}})
                .admin.password.reveal(),
            "correct horse battery");
}

TEST_F(SecretFile, may_hold_the_master_key) {
  EXPECT_EQ(loaded("", {{"GATEHOUSE_MASTER_KEY_FILE", write(std::string{kKey} + "\r\n")}}).master_key.reveal(),
            kKey);
}

TEST_F(SecretFile, is_overridden_by_the_variable) {
  const auto toml = "[admin]\nemail = \"a@b.c\"\npassword_file = \"" + write("from the file") + "\"";
  EXPECT_EQ(loaded(toml, {{"GATEHOUSE_ADMIN_PASSWORD", "from the variable"}}).admin.password.reveal(),
            "from the variable");
}

TEST_F(SecretFile, and_variable_together_are_a_mistake) {
  EXPECT_THAT(
      mistakes_of("", {{"GATEHOUSE_MASTER_KEY", kKey}, {"GATEHOUSE_MASTER_KEY_FILE", write(kKey)}}),
      ElementsAre(HasSubstr("given twice; allowed: GATEHOUSE_MASTER_KEY or GATEHOUSE_MASTER_KEY_FILE")));
}

TEST_F(SecretFile, that_others_can_read_is_refused) {
  for (const mode_t mode : {0604U, 0602U, 0644U}) {
    const auto read = read_secret_file(write("correct horse battery", mode));
    ASSERT_FALSE(read);
    EXPECT_THAT(read.error(), HasSubstr("by everybody; allowed: `chmod o-rwx`"));
  }
  EXPECT_TRUE(read_secret_file(write("correct horse battery", 0640)));
}

TEST_F(SecretFile, that_is_missing_empty_or_no_file_is_refused) {
  EXPECT_THAT(
      mistakes_of("[admin]\npassword_file = \"" + (folder_ / "none").string() + "\""),
      ElementsAre(AllOf(HasSubstr("g.toml:2: admin.password_file: "), HasSubstr("cannot be read: No such"))));
  EXPECT_THAT(read_secret_file(write("\n")).error(), HasSubstr("is empty"));
  EXPECT_THAT(read_secret_file(folder_).error(), HasSubstr("is not a file"));
}

TEST_F(SecretFile, ends_at_4_KiB) {
  EXPECT_EQ(read_secret_file(write(std::string(kSecretFileLimit, 'x')))->size(), kSecretFileLimit);
  EXPECT_THAT(read_secret_file(write(std::string(kSecretFileLimit + 1, 'x'))).error(),
              HasSubstr("larger than 4 KiB"));
}

}  // namespace
}  // namespace gatehouse::config
