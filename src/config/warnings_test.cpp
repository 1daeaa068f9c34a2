#include "config/warnings.hpp"

#include <gmock/gmock.h>

#include "config/default_limits.hpp"

namespace gatehouse::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Settings quiet() {
  Settings settings;
  settings.limits = default_limits();
  settings.passwords.min_length = 15;
  settings.mail.transport = "dir:outbox";
  return settings;
}

TEST(Warnings, are_none_for_settings_that_follow_all_advice) {
  EXPECT_THAT(warnings(quiet()), IsEmpty());
}

TEST(Warnings, tell_that_mails_go_to_the_log) {
  Settings settings = quiet();
  settings.mail.transport = "log";
  EXPECT_THAT(warnings(settings), ElementsAre(HasSubstr("mail.transport")));
  settings.registration.enabled = false;
  EXPECT_THAT(warnings(settings), IsEmpty());
}

TEST(Warnings, tell_that_addresses_are_not_hidden_without_verification) {
  Settings settings = quiet();
  settings.registration.reveal_existing = false;
  EXPECT_THAT(warnings(settings), IsEmpty());
  settings.registration.verify_email = false;
  EXPECT_THAT(warnings(settings), ElementsAre(HasSubstr("registration.reveal_existing: false hides nothing")));
}

TEST(Warnings, tell_what_composition_rules_are_against) {
  Settings settings = quiet();
  settings.passwords.require.symbol = true;
  EXPECT_THAT(warnings(settings), ElementsAre(HasSubstr("NIST SP 800-63B-4 §3.1.1.2 and OWASP ASVS 6.2.5")));
}

TEST(Warnings, advise_15_characters) {
  Settings settings = quiet();
  settings.passwords.min_length = 14;
  EXPECT_THAT(warnings(settings), ElementsAre(HasSubstr("passwords.min_length: 14 is below the 15")));
}

TEST(Warnings, tell_of_listening_in_the_clear_beyond_loopback) {
  Settings settings = quiet();
  settings.server.listen = {"127.0.0.1:1", "[::1]:1", "unix:/run/g", "localhost:1", "0.0.0.0:80"};
  EXPECT_THAT(warnings(settings), ElementsAre(HasSubstr("server.listen: 0.0.0.0:80 is not loopback")));
  settings.server.tls = {.cert = "c", .key = "k"};
  EXPECT_THAT(warnings(settings), IsEmpty());
}

TEST(Warnings, tell_of_open_metrics) {
  Settings settings = quiet();
  settings.server.admin_listen = "[::]:9090";
  EXPECT_THAT(warnings(settings), ElementsAre(HasSubstr("server.admin_listen: [::]:9090")));
  settings.server.admin_listen = "";
  EXPECT_THAT(warnings(settings), IsEmpty());
}

TEST(Warnings, tell_of_a_cookie_domain_no_blocklist_and_no_limits) {
  Settings settings = quiet();
  settings.passwords.blocklist = "";
  settings.cookies.domain = "example.com";
  settings.limits.clear();
  EXPECT_THAT(warnings(settings),
              ElementsAre(HasSubstr("passwords.blocklist: "), HasSubstr("cookies lose the prefix __Host-"),
                          HasSubstr("limit: ")));
}

}  // namespace
}  // namespace gatehouse::config
