// What must hold over the whole.
#include "config/checks.hpp"

#include <gmock/gmock.h>

#include "config/load_testing.hpp"

namespace gatehouse::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::loaded;
using testing::mistakes_of;
using testing::Variables;
using testing::Wrong;

class TheWhole : public ::testing::TestWithParam<Wrong> {};

TEST_P(TheWhole, is_checked_for_what_does_not_fit_together) {
  EXPECT_THAT(mistakes_of(GetParam().toml), ElementsAre(HasSubstr(GetParam().expected))) << GetParam().toml;
}

INSTANTIATE_TEST_SUITE_P(
    Server, TheWhole,
    ::testing::Values(
        Wrong{"[server]\nlisten = []", "g.toml:2: server.listen: empty; allowed: "},
        Wrong{"[server]\nlisten = \"8080\"", "server.listen: \"8080\"; allowed: \"host:port\""},
        Wrong{"[server]\nlisten = \"127.0.0.1:65536\"", "server.listen: "},
        Wrong{"[server]\nlisten = \"::1:80\"", "server.listen: "},
        Wrong{"[server]\nlisten = \"unix:relative\"", "server.listen: "},
        Wrong{"[server]\nlisten = [\"127.0.0.1:1\", \"127.0.0.1:1\"]", "server.listen: \"127.0.0.1:1\" stands"},
        Wrong{"[server]\nadmin_listen = \"x\"", "server.admin_listen: \"x\"; allowed"},
        Wrong{"[server]\nadmin_listen = \"127.0.0.1:8080\"",
              "server.admin_listen: is in server.listen as well"},
        Wrong{"[server]\npublic_url = \"example.com\"",
              "server.public_url: \"example.com\"; allowed: \"https://host\""},
        Wrong{"[server]\npublic_url = \"https://example.com/\"", "server.public_url: "},
        Wrong{"[server]\npublic_url = \"https://u@example.com\"", "server.public_url: "},
        Wrong{"[server]\npublic_url = \"ftp://example.com\"", "server.public_url: "},
        Wrong{"[server]\npublic_url = \"https://example.com:443\"", "server.public_url: names the port"},
        Wrong{"[server]\nprefix = \"api\"", "server.prefix: \"api\"; allowed: \"\" or a path such as"},
        Wrong{"[server]\nprefix = \"/api/\"", "server.prefix: "},
        Wrong{"[server]\nprefix = \"/\"", "server.prefix: "},
        Wrong{"[server]\nprefix = \"/a//b\"", "server.prefix: "},
        Wrong{"[server]\nprefix = \"/:a\"", "server.prefix: "},
        Wrong{"[server]\nprefix = \"{prefix}/a\"", "server.prefix: "},
        Wrong{"[server]\ntrusted_proxies = [\"10.0.0.0/33\"]",
              "server.trusted_proxies: \"10.0.0.0/33\"; allowed"},
        Wrong{"[server]\nadmin_allow = \"office\"", "server.admin_allow: \"office\"; allowed: networks"},
        Wrong{"[server]\ntls = { cert = \"/etc/passwd\" }",
              "g.toml:2: server.tls: has cert without key; allowed: both"},
        Wrong{"[store]\nurl = \"sqlite:\"", "store.url: not a URL of a store"},
        Wrong{"[shared]\nurl = \"memory\"", "shared.url: not a URL"}));

INSTANTIATE_TEST_SUITE_P(
    Accounts, TheWhole,
    ::testing::Values(
        Wrong{"[tokens]\nrefresh_ttl = \"15m\"", "tokens.refresh_ttl: 15m is not longer than access_ttl (15m)"},
        Wrong{"[tokens]\ntransports = []", "tokens.transports: empty; allowed"},
        Wrong{"[tokens]\ntransports = [\"bearer\", \"bearer\"]", "tokens.transports: names one twice"},
        Wrong{"[tokens]\nprivate_key = \"/nowhere\"", "tokens.private_key: \"/nowhere\" cannot be read"},
        Wrong{"[tokens]\nprivate_key = \"/etc/passwd\"",
              "tokens.private_key: \"/etc/passwd\" can be read or written by"},
        Wrong{"[sessions]\nidle_ttl = \"91d\"", "sessions.idle_ttl: 91d is longer than absolute_ttl (90d)"},
        Wrong{"[passwords]\nargon2id = { memory = \"18MiB\" }",
              "g.toml:2: passwords.argon2id: too weak; allowed: at"},
        Wrong{"[passwords]\nargon2id.passes = 1", "passwords.argon2id: too weak"},
        Wrong{"[passwords]\nblocklist = \"/nowhere\"",
              "passwords.blocklist: \"/nowhere\"; allowed: \"builtin\""},
        Wrong{"[roles]\nnames = [\"viewer\"]", "g.toml:2: roles.names: \"admin\" is missing"},
        Wrong{"[roles]\nnames = [\"viewer\", \"admin\", \"Boss\"]",
              "roles.names: \"Boss\"; allowed: 1 to 32 of a-z"},
        Wrong{"[roles]\nnames = [\"viewer\", \"admin\", \"viewer\"]", "roles.names: \"viewer\" twice"},
        Wrong{"[roles]\nnames = [\"viewer\", \"admin\", \"owner\"]",
              "roles.names: \"owner\" means something else"},
        Wrong{"[roles]\nnames = [\"viewer\", \"admin\", \"abcdefghijklmnopqrstuvwxyz0123456\"]",
              "roles.names: \"abc"},
        Wrong{"[registration]\ndefault_role = \"guest\"",
              "registration.default_role: \"guest\"; allowed: [\"viewer\""},
        Wrong{"[registration]\ndefault_role = \"admin\"", "registration.default_role: would make an admin of"},
        Wrong{"[registration]\ndefault_plan = \"gold\"",
              "registration.default_plan: \"gold\"; allowed: [\"free\""},
        Wrong{"[admin]\nemail = \"root\"", "admin.email: \"root\"; allowed: an email address"}));

INSTANTIATE_TEST_SUITE_P(
    Browsers, TheWhole,
    ::testing::Values(
        Wrong{"[csrf]\nmode = \"off\"", "csrf.mode: \"off\" with tokens in cookies"},
        Wrong{"[csrf]\nmode = \"off\"\n[tokens]\ntransports = [\"bearer\", \"hybrid\"]", "csrf.mode: "},
        Wrong{"[cookies]\nsecure = false\n[server]\npublic_url = \"https://localhost\"",
              "g.toml:2: cookies.secure: "},
        Wrong{"[cookies]\nsecure = false\n[server]\npublic_url = \"http://api.example\"",
              "cookies.secure: false would"},
        Wrong{"[cookies]\ndomain = \"example.org\"\n[server]\npublic_url = \"https://a.example.com\"",
              "cookies.domain: \"example.org\"; allowed: \"a.example.com\" or a domain above it"},
        Wrong{"[cookies]\ndomain = \".example.com\"\n[server]\npublic_url = \"https://a.example.com\"",
              "cookies.domain: "},
        Wrong{"[cors]\norigins = [\"*\"]", "cors.origins: \"*\" lets every site ask, and with credentials"},
        Wrong{"[cors]\norigins = [\"https://*.example.com\"]", "cors.origins: "},
        Wrong{"[cors]\norigins = [\"null\"]", "cors.origins: \"null\"; allowed: exact origins"},
        Wrong{"[cors]\norigins = [\"https://a.example/x\"]", "cors.origins: "},
        Wrong{"[cors]\norigins = [\"https://A.example\"]", "cors.origins: "},
        Wrong{"[cors]\norigins = [\"https://a.example:443\"]",
              "cors.origins: \"https://a.example:443\" names the port"}));

INSTANTIATE_TEST_SUITE_P(
    Mail, TheWhole,
    ::testing::Values(
        Wrong{"[mail]\ntransport = \"smtp:host\"", "g.toml:2: mail.transport: \"smtp:host\"; allowed: \"log\""},
        Wrong{"[mail]\ntransport = \"imap://host\"", "mail.transport: "},
        Wrong{"[mail]\ntransport = \"smtp://\"", "mail.transport: "},
        Wrong{"[mail]\ntransport = \"smtp://host:0\"", "mail.transport: "},
        Wrong{"[mail]\ntransport = \"smtp://host/path\"", "mail.transport: "},
        Wrong{"[mail]\ntransport = \"smtp://@host\"", "mail.transport: "},
        Wrong{"[mail]\ntransport = \"smtp://a%0Ab@host\"", "mail.transport: "},
        Wrong{"[mail]\ntransport = \"dir:\"", "mail.transport: \"dir:\"; allowed: "},
        Wrong{"[mail]\ntransport = \"smtp://me:secret@host\"", "mail.transport: holds a password; allowed: "},
        Wrong{"[mail]\nfrom = \"Gatehouse\"", "mail.from: \"Gatehouse\"; allowed: \"Name <address>\""},
        Wrong{"[mail]\nfrom = \"a@b, c@d\"", "mail.from: "},
        Wrong{"[mail]\nfrom = \"A <a@b>\\r\\nBcc: <c@d>\"", "mail.from: "},
        Wrong{"[mail]\ntemplates = \"/nowhere\"", "mail.templates: \"/nowhere\"; allowed: a folder"}));

INSTANTIATE_TEST_SUITE_P(
    Geo, TheWhole,
    ::testing::Values(Wrong{"[geo]\nsource = \"http://example.com/x.mmdb\"",
                            "g.toml:2: geo.source: not \"maxmind\", nor a URL"},
                      Wrong{"[geo]\nsource = \"https://me@example.com/x.mmdb\"", "geo.source: "},
                      Wrong{"[geo]\nsource = \"example.com/x.mmdb\"", "geo.source: "},
                      Wrong{"[geo]\nsource = \"file:///x.mmdb\"", "geo.source: "},
                      Wrong{"[geo]\nsource = \"https://example.com/a b\"", "geo.source: "},
                      Wrong{"[geo]\ndownload_url = \"http://example.com\"", "geo.download_url: "},
                      Wrong{"[geo]\ndownload_url = \"https://example.com/\"", "geo.download_url: "},
                      Wrong{"[geo]\nedition = \"GeoLite2/../x\"", "geo.edition: "},
                      Wrong{"[geo]\nedition = \"\"", "geo.edition: "}));

TEST(Checks, a_licence_key_is_an_account_and_a_key_and_needs_maxmind) {
  const Variables good{{"GATEHOUSE_GEO_LICENCE_KEY", "123:abc_DEF"}};
  EXPECT_THAT(mistakes_of("[geo]\nsource = \"maxmind\"", good), IsEmpty());
  EXPECT_THAT(mistakes_of("[geo]\nsource = \"\"", good),
              ElementsAre(HasSubstr("geo.licence_key: does nothing")));
  for (const char* wrong : {"abc", "123", "123:", ":abc", "x:abc", "123:a b"}) {
    EXPECT_THAT(mistakes_of("[geo]\nsource = \"maxmind\"", {{"GATEHOUSE_GEO_LICENCE_KEY", wrong}}),
                ElementsAre(::testing::AllOf(HasSubstr("geo.licence_key: not \"ACCOUNT_ID:LICENCE_KEY\""),
                                             ::testing::Not(HasSubstr("abc;")))))
        << wrong;
  }
}

TEST(Checks, a_password_in_the_mail_transport_is_not_repeated) {
  EXPECT_THAT(mistakes_of("[mail]\ntransport = \"smtp://me:hunter2@host\""),
              ElementsAre(::testing::Not(HasSubstr("hunter2"))));
}

TEST(Checks, a_mail_password_needs_a_user) {
  EXPECT_THAT(mistakes_of("[mail]\ntransport = \"smtp://host\"", {{"GATEHOUSE_MAIL_PASSWORD", "hunter2"}}),
              ElementsAre(HasSubstr("mail.password: does nothing without a user")));
}

TEST(Checks, csrf_may_be_off_where_tokens_travel_as_bearer_alone) {
  EXPECT_EQ(loaded("[csrf]\nmode = \"off\"\n[tokens]\ntransports = [\"bearer\"]").csrf.mode, CsrfMode::off);
}

TEST(Checks, cookies_may_be_insecure_for_http_on_loopback) {
  for (const std::string url : {"http://localhost:3000", "http://127.0.0.1:8080", "http://[::1]:1"}) {
    const auto toml = "[cookies]\nsecure = false\n[server]\npublic_url = \"" + url + "\"";
    EXPECT_EQ(loaded(toml).cookies.secure, CookieSecurity::no);
  }
}

TEST(Checks, a_cookie_domain_may_be_the_host_or_above_it) {
  for (const std::string domain : {"a.example.com", "example.com"}) {
    const auto toml =
        "[cookies]\ndomain = \"" + domain + "\"\n[server]\npublic_url = \"https://a.example.com\"";
    EXPECT_EQ(loaded(toml).cookies.domain, domain);
  }
}

TEST(Checks, a_refused_value_does_not_draw_further_mistakes_after_it) {
  EXPECT_THAT(mistakes_of("[roles]\nnames = 3\n[registration]\ndefault_role = \"staff\""),
              ElementsAre(HasSubstr("roles.names: 3; allowed")));
}

TEST(Checks, equal_strengths_of_argon2id_are_taken) {
  for (const std::string pair : {"\"46MiB\", passes = 1", "\"12MiB\", passes = 3", "\"7MiB\", passes = 5"}) {
    EXPECT_THAT(mistakes_of("[passwords]\nargon2id = { memory = " + pair + " }"), IsEmpty());
  }
}

}  // namespace
}  // namespace gatehouse::config
