#include <gmock/gmock.h>

#include "config/load.hpp"
#include "config/load_testing.hpp"
#include "config/reference.hpp"
#include "config/schema.hpp"
#include "config/toml_text.hpp"

namespace gatehouse::config {
namespace {

using ::testing::HasSubstr;
using testing::loaded;
using ::testing::Not;

// Everything that can differ from its default does.
constexpr auto kFull = R"(
[server]
listen = ["0.0.0.0:80", "[::]:80"]
admin_listen = ""
public_url = "https://api.example.com"
prefix = ""
workers = 2
body_limit = "12KiB"
trusted_proxies = ["10.0.0.0/8", "fd00::/8"]
client_address_header = "Forwarded"
admin_allow = ["192.0.2.1"]
drain_timeout = "1s"
header_timeout = "1500ms"
body_timeout = "2s"
idle_timeout = "3s"
max_connections = 5
[store]
url = "sqlite:/var/lib/a \"b\"\\.db"
[tokens]
algorithm = "EdDSA"
rsa_bits = 4096
access_ttl = "1m"
refresh_ttl = "2h"
refresh_grace = "0s"
unconfirmed_retry = "0s"
issuer = "me"
audience = "you"
on_reuse = "user"
transports = ["cookie", "bearer"]
key_rotation = "30d"
[sessions]
idle_ttl = "1d"
absolute_ttl = "2d"
max_per_user = 3
max_staleness = "1s"
[passwords]
hash = "bcrypt"
argon2id = { memory = "64MiB", passes = 3, lanes = 2 }
bcrypt = { cost = 11 }
min_length = 15
require = ["lower", "symbol"]
blocklist = ""
hash_threads = 2
hash_queue = 9
[registration]
enabled = false
verify_email = false
reveal_existing = false
default_role = "member"
default_plan = "basic"
[roles]
names = ["member", "admin"]
[plans]
names = ["basic"]
[admin]
email = "root@example.com"
[users]
restore_for = "9d"
[otp]
digits = 8
ttl = "6m"
attempts = 3
resend_after = "1m"
[lockout]
account_failures = 11
account_window = "11m"
network_failures = 12
network_window = "12m"
otp_failures = 13
otp_window = "13m"
spray_share = 0.5
spray_minimum = 14
[mail]
transport = "smtp://me@mail.example.com:587"
from = "Example <no-reply@example.com>"
templates = "/tmp"
[geo]
database = "places.mmdb"
source = "maxmind"
edition = "GeoIP2-City"
download_url = "https://mirror.example.com"
refresh = "3d"
[audit]
keep = "30d"
[cookies]
secure = true
same_site = "Lax"
domain = "example.com"
[csrf]
mode = "always"
[cors]
origins = ["https://app.example.com", "capacitor://localhost"]
credentials = false
max_age = "1h"
[log]
level = "debug"
format = "text"
[[limit]]
name = "bucket"
on = ["POST {prefix}/auth/login", "ANY /x/*"]
algorithm = "token-bucket"
key = "ip+route"
limit = 9
window = "90s"
burst = 4
count = "failures"
tiers = { by = "role", admin = 7, member = 3 }
skip_roles = ["admin"]
on_store_failure = "closed"
mode = "shadow"
sync = "leased"
lease_share = 0.5
ipv6_prefix = 48
[[limit]]
name = "busy"
on = "all"
algorithm = "concurrency"
limit = 3
[[upstream]]
name = "app"
targets = ["http://127.0.0.1:3000", "https://[::1]"]
timeout = "2s"
health = "GET /healthz every 7s"
max_connections = 4
[[route]]
match = "GET,HEAD /people/:name"
allow = ["member", "owner:name"]
to = "app"
limit = "busy"
body_limit = "0B"
timeout = "2500ms"
websocket = true
forward_credentials = true
[[policy_test]]
as = "public"
request = "GET /people/ann"
expect = 401
)";

// The schema's defaults are those of settings.hpp, since the file and the variables say nothing.
TEST(Show, of_nothing_loaded_is_the_defaults) {
  Settings defaults;
  const Settings s = load(std::nullopt, [](auto) { return std::nullopt; }, {}).value_or(Settings{});
  defaults.limits = s.limits;
  defaults.tokens.issuer = defaults.tokens.audience = defaults.server.public_url;
  EXPECT_EQ(s.limits.size(), 4U);
  EXPECT_EQ(show(s), show(defaults));
}

TEST(Show, is_read_back_as_the_same_settings) {
  for (const std::string toml : {"", "limit = []", kFull}) {
    const std::string shown = show(loaded(toml));
    EXPECT_EQ(show(loaded(shown)), shown);
  }
}

TEST(Show, of_the_defaults_as_they_stand_is_read_back) {
  // Without limits, which only load fills in.
  Settings defaults;
  const Settings s = loaded(show(defaults));
  defaults.tokens.issuer = defaults.tokens.audience = defaults.server.public_url;
  EXPECT_EQ(show(s), show(defaults));
}

// Guards the test above: a row whose `show` were constant would be read back all the same.
TEST(Show, tells_each_value_as_it_was_written) {
  const std::string shown = show(loaded(kFull));
  const std::string defaults = show(loaded(""));
  for (const Field<Settings>& row : settings_fields()) {
    if (row.codec.kind == Kind::table || row.secrecy != Secrecy::open) continue;
    if (row.key == "shared.url" || row.key.starts_with("server.tls") || row.key == "tokens.private_key" ||
        row.key == "mail.tls_ca")
      continue;
    EXPECT_NE(row.codec.show(loaded(kFull)), row.codec.show(Settings{})) << row.key;
  }
  EXPECT_THAT(shown, HasSubstr("argon2id.memory = \"64MiB\""));
  EXPECT_THAT(shown, HasSubstr("tiers = { by = \"role\", admin = 7, member = 3 }"));
  EXPECT_THAT(shown, HasSubstr("match = \"GET,HEAD /people/:name\""));
  EXPECT_THAT(shown, HasSubstr("on = [\"POST /auth/login\", \"ANY /x/*\"]"));
  EXPECT_THAT(shown, HasSubstr("health = \"GET /healthz every 7s\""));
  EXPECT_THAT(shown, HasSubstr("lease_share = 0.5\n"));
  EXPECT_THAT(defaults, HasSubstr("secure = \"auto\""));
}

TEST(Show, masks_secrets_as_comments) {
  const std::string key = "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI";
  const std::string shown =
      show(loaded("[admin]\nemail = \"a@b.c\"",
                  {{"GATEHOUSE_ADMIN_PASSWORD", "correct horse"}, {"GATEHOUSE_MASTER_KEY", key}}));
  EXPECT_THAT(shown, HasSubstr("# GATEHOUSE_ADMIN_PASSWORD = \"********\"\n"));
  EXPECT_THAT(shown, HasSubstr("# GATEHOUSE_MASTER_KEY = \"********\"\n"));
  EXPECT_THAT(shown, Not(HasSubstr("correct horse")));
  EXPECT_THAT(shown, Not(HasSubstr(key)));
  EXPECT_EQ(loaded(shown).admin.email, "a@b.c");
}

TEST(TomlText, escapes_what_would_end_or_break_a_string) {
  EXPECT_EQ(toml_string("a\"b\\c\n\x7f é"), "\"a\\\"b\\\\c\\u000A\\u007F é\"");
  EXPECT_EQ(toml_key("plain-key_1"), "plain-key_1");
  EXPECT_EQ(toml_key("a.b"), "\"a.b\"");
  EXPECT_EQ(toml_key(""), "\"\"");
}

TEST(Schema, gives_every_key_a_variable_of_its_own) {
  std::map<std::string, std::string> seen;
  for (const Field<Settings>& row : settings_fields()) {
    const auto [at, is_new] = seen.emplace(variable_name(row.key), row.key);
    EXPECT_TRUE(is_new) << row.key << " and " << at->second;
  }
  EXPECT_EQ(variable_name("passwords.argon2id.memory"), "GATEHOUSE_PASSWORDS_ARGON2ID_MEMORY");
}

TEST(Reference, tells_of_every_key) {
  const std::string page = reference();
  for (const Field<Settings>& row : settings_fields()) {
    if (row.codec.kind != Kind::table) EXPECT_THAT(page, HasSubstr("`" + variable_name(row.key) + "`"));
  }
  EXPECT_THAT(page, HasSubstr("| `window` |"));
  EXPECT_THAT(page, HasSubstr("`server.listen`<br>`GATEHOUSE_SERVER_LISTEN` | `[\"127.0.0.1:8080\"]` |"));
}

}  // namespace
}  // namespace gatehouse::config
