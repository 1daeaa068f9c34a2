// Single values: what each may be, and what a wrong one is answered with.
#include "config/load.hpp"

#include <gmock/gmock.h>

#include "config/document.hpp"
#include "config/load_testing.hpp"

namespace gatehouse::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::loaded;
using testing::mistakes_of;
using ::testing::StartsWith;
using testing::Wrong;

class AValue : public ::testing::TestWithParam<Wrong> {};

TEST_P(AValue, that_is_not_allowed_is_a_mistake_with_line_key_and_what_is_allowed) {
  EXPECT_THAT(mistakes_of(GetParam().toml), ElementsAre(HasSubstr(GetParam().expected))) << GetParam().toml;
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, AValue,
    ::testing::Values(
        Wrong{"[server]\nworkers = \"four\"",
              "g.toml:2: server.workers: \"four\"; allowed: a whole number from 0 to"},
        Wrong{"[server]\nworkers = 1.5", "server.workers: 1.5; allowed: a whole number"},
        Wrong{"[server]\nworkers = -1", "server.workers: -1; allowed"},
        Wrong{"[server]\nworkers = 1025", "server.workers: 1025; allowed: a whole number from 0 to 1024"},
        Wrong{"[server]\nworkers = 4294967296", "server.workers: 4294967296; allowed"},
        Wrong{"[server]\nprefix = 1", "g.toml:2: server.prefix: 1; allowed"},
        Wrong{"[server]\nprefix = 2026-01-01", "server.prefix: a date or time; allowed"},
        Wrong{"[server]\nlisten = [\n\"127.0.0.1:1\",\n8080]", "g.toml:4: server.listen: 8080; allowed"},
        Wrong{"[server]\nlisten = { port = 1 }", "server.listen: a table; allowed"},
        Wrong{"[registration]\nenabled = \"yes\"", "registration.enabled: \"yes\"; allowed: true or false"},
        Wrong{"[registration]\nenabled = 1", "registration.enabled: 1; allowed: true or false"},
        Wrong{"[tokens]\naccess_ttl = 900", "tokens.access_ttl: 900; allowed: a duration from 1s to 1d"},
        Wrong{"[tokens]\naccess_ttl = \"15 m\"", "tokens.access_ttl: \"15 m\"; allowed: a duration"},
        Wrong{"[tokens]\naccess_ttl = \"0s\"", "tokens.access_ttl: \"0s\"; allowed: a duration from 1s to 1d"},
        Wrong{"[tokens]\naccess_ttl = \"25h\"",
              "tokens.access_ttl: \"25h\"; allowed: a duration from 1s to 1d"},
        Wrong{"[server]\nbody_limit = \"10KB\"",
              "server.body_limit: \"10KB\"; allowed: a size from 1KiB to 16MiB"},
        Wrong{"[server]\nbody_limit = \"17MiB\"", "server.body_limit: \"17MiB\"; allowed"},
        Wrong{"[server]\nclient_address_header = \"X-Real-IP\"",
              "server.client_address_header: \"X-Real-IP\"; allowed: \"X-Forwarded-For\", \"Forwarded\""},
        Wrong{"[tokens]\nalgorithm = \"HS256\"", "tokens.algorithm: \"HS256\"; allowed: \"ES256\", \"EdDSA\""},
        Wrong{"[tokens]\nalgorithm = \"es256\"", "tokens.algorithm: \"es256\"; allowed"},
        Wrong{"[tokens]\nrsa_bits = 2047", "tokens.rsa_bits: 2047; allowed: a whole number from 2048"},
        Wrong{"[tokens]\ntransports = [\"header\"]",
              "tokens.transports: \"header\"; allowed: a list of any of"},
        Wrong{"[tokens]\non_reuse = \"all\"", "tokens.on_reuse: \"all\"; allowed: \"session\", \"user\""},
        Wrong{"[passwords]\nmin_length = 7", "passwords.min_length: 7; allowed: a whole number from 8 to 128"},
        Wrong{"[passwords]\nmin_length = 129", "passwords.min_length: 129; allowed"},
        Wrong{"[passwords]\nrequire = [\"upper\", \"emoji\"]", "passwords.require: \"emoji\"; allowed"},
        Wrong{"[passwords]\nbcrypt = { cost = 9 }",
              "g.toml:2: passwords.bcrypt.cost: 9; allowed: a whole number"},
        Wrong{"[passwords]\nbcrypt = 12", "passwords.bcrypt: 12; allowed: a table"},
        Wrong{"[passwords]\nhash = \"md5\"", "passwords.hash: \"md5\"; allowed: \"argon2id\", \"bcrypt\""},
        Wrong{"[cookies]\nsecure = \"maybe\"", "cookies.secure: \"maybe\"; allowed: true, false or \"auto\""},
        Wrong{"[cookies]\nsame_site = \"None\"", "cookies.same_site: \"None\"; allowed: \"Strict\", \"Lax\""},
        Wrong{"[csrf]\nmode = \"on\"", "csrf.mode: \"on\"; allowed: \"cookies\", \"always\", \"off\""},
        Wrong{"[log]\nlevel = \"trace\"", "log.level: \"trace\"; allowed: \"debug\""},
        Wrong{"[server]\ntls = { cert = \"/nowhere.pem\" }",
              "server.tls.cert: \"/nowhere.pem\"; allowed: a readable"},
        Wrong{"server = 1", "g.toml:1: server: 1; allowed: a table"},
        Wrong{"[limit]\nname = \"x\"", "limit: a single table; allowed: tables in double brackets"},
        Wrong{"limit = [1]", "limit: 1; allowed: a table"}));

INSTANTIATE_TEST_SUITE_P(
    Names, AValue,
    ::testing::Values(
        Wrong{"[serwer]\nlisten = \"x\"", "g.toml:1: serwer: unknown key; did you mean server?"},
        Wrong{"[server]\n\nlistem = \"x\"", "g.toml:3: server.listem: unknown key; did you mean listen?"},
        Wrong{"[server]\ntls = { cret = \"\" }", "server.tls.cret: unknown key; did you mean cert?"},
        Wrong{"[server]\ntls.zzzzzzzzz = \"\"", "server.tls.zzzzzzzzz: unknown key; allowed: cert, key"},
        Wrong{"[log]\nlevel.x = 1", "log.level: a table; allowed: \"debug\""},
        Wrong{"[log.sub]\nx = 1", "g.toml:1: log.sub: unknown key; allowed: level, format"},
        Wrong{"[admin]\npassword = \"correct horse\"", "admin.password: secrets do not stand in this file"},
        Wrong{"master_key = \"AAAA\"", "master_key: secrets do not stand in this file"},
        Wrong{"[[policy_test]]\nas = \"public\"\nrequest = \"GET /\"\nexpect = 200\nwho = 1",
              "g.toml:5: policy_test.who: unknown key"},
        Wrong{"\"a\\u001bb\" = 1", "\"a\\u001Bb\": unknown key"}));

INSTANTIATE_TEST_SUITE_P(
    Unavailable, AValue,
    ::testing::Values(Wrong{"[[collection]]", "collection: not available in this version"},
                      Wrong{"[[source]]", "source: not available in this version"},
                      Wrong{"[server]\nforward_auth_source = \"path\"",
                            "g.toml:2: server.forward_auth_source: not available in this version"},
                      Wrong{"[store]\nurl = \"postgresql://h/d\"", "store.url: PostgreSQL is not available"},
                      Wrong{"[shared]\nurl = \"redis://h\"", "shared.url: Redis is not available"},
                      Wrong{"[shared]\nurl = \"rediss://h\"", "shared.url: Redis is not available"}));

INSTANTIATE_TEST_SUITE_P(Syntax, AValue,
                         ::testing::Values(Wrong{"[server]\nlisten = ", "g.toml:2: syntax: "},
                                           Wrong{"[server]\nworkers = 1\nworkers = 2", "g.toml:3: syntax: "},
                                           Wrong{"[server]\n[log]\n[server]\n", "g.toml:3: syntax: "},
                                           Wrong{"a = \"\xff\"", "g.toml:1: syntax: "}));

TEST(Load, tells_every_mistake_at_once_in_the_order_of_the_file) {
  const auto mistakes = mistakes_of(
      "[log]\nlevel = \"loud\"\n[server]\nworkers = true\nunknown_thing = 1\n[tokens]\naccess_ttl = \"8d\"\n"
      "[sessions]\nidle_ttl = \"20d\"\nabsolute_ttl = \"10d\"\n[server.tls]\ncert = \"\"\nky = \"\"",
      {{"GATEHOUSE_LOG_FORMAT", "xml"}});
  EXPECT_THAT(
      mistakes,
      ElementsAre(StartsWith("g.toml:2: log.level: "), StartsWith("g.toml:4: server.workers: "),
                  StartsWith("g.toml:5: server.unknown_thing: "), StartsWith("g.toml:7: tokens.access_ttl: "),
                  StartsWith("g.toml:9: sessions.idle_ttl: "), StartsWith("g.toml:13: server.tls.ky: "),
                  StartsWith("GATEHOUSE_LOG_FORMAT: log.format: ")));
}

TEST(Load, tells_each_wrong_item_of_a_list) {
  EXPECT_THAT(mistakes_of("[cors]\norigins = [\"https://a.example/\", \"https://b.example\", \"ftp\"]"),
              ElementsAre(HasSubstr("a.example/"), HasSubstr("\"ftp\"")));
}

TEST(Load, takes_every_kind_of_value) {
  const Settings s = loaded(R"(
[server]
listen = ["127.0.0.1:1", "[::1]:2", "unix:/run/g.sock"]
workers = 3
body_limit = "1MiB"
header_timeout = "500ms"
[tokens]
algorithm = "PS256"
transports = ["cookie"]
[passwords]
argon2id = { memory = "46MiB", passes = 1 }
bcrypt = { cost = 13 }
require = ["upper", "digit"]
[registration]
enabled = false
[cookies]
secure = true
)");
  EXPECT_THAT(s.server.listen, ElementsAre("127.0.0.1:1", "[::1]:2", "unix:/run/g.sock"));
  EXPECT_EQ(s.server.workers, 3U);
  EXPECT_EQ(s.server.body_limit, kMiB);
  EXPECT_EQ(s.server.header_timeout, 500ms);
  EXPECT_EQ(s.tokens.algorithm, KeyAlgorithm::ps256);
  EXPECT_THAT(s.tokens.transports, ElementsAre(Transport::cookie));
  EXPECT_EQ(s.passwords.argon2id, (Argon2idCost{.memory = 46 * kMiB, .passes = 1, .lanes = 1}));
  EXPECT_EQ(s.passwords.bcrypt_cost, 13U);
  EXPECT_TRUE(s.passwords.require.upper && s.passwords.require.digit);
  EXPECT_FALSE(s.passwords.require.lower || s.passwords.require.symbol);
  EXPECT_FALSE(s.registration.enabled);
  EXPECT_EQ(s.cookies.secure, CookieSecurity::yes);
}

TEST(Load, takes_one_text_for_a_list_of_one_and_an_empty_one_for_none) {
  EXPECT_THAT(loaded("[server]\nlisten = \"127.0.0.1:1\"").server.listen, ElementsAre("127.0.0.1:1"));
  EXPECT_THAT(loaded("[tokens]\nprivate_key = \"\"").tokens.private_key, IsEmpty());
}

TEST(Load, takes_the_issuer_and_audience_from_public_url) {
  const Settings s = loaded("[server]\npublic_url = \"https://id.example\"\n[tokens]\naudience = \"api\"");
  EXPECT_EQ(s.tokens.issuer, "https://id.example");
  EXPECT_EQ(s.tokens.audience, "api");
}

TEST(Load, refuses_a_file_one_byte_above_its_limit_and_takes_one_at_it) {
  std::string comment(kDocumentLimit, '#');
  EXPECT_THAT(mistakes_of(comment), IsEmpty());
  comment += '#';
  EXPECT_THAT(mistakes_of(comment), ElementsAre(HasSubstr("larger than 4 MiB")));
}

TEST(Load, a_secret_looking_url_is_not_quoted_in_its_mistake) {
  for (const std::string& text :
       mistakes_of("[shared]\nurl = \"redis://:hunter2@h\"\n[store]\nurl = \"x:hunter2\"")) {
    EXPECT_THAT(text, ::testing::Not(HasSubstr("hunter2")));
  }
}

}  // namespace

}  // namespace gatehouse::config
