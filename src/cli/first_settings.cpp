#include "cli/first_settings.hpp"

#include <fmt/format.h>

#include "base/json_text.hpp"

namespace gatehouse::cli {

namespace {

// A basic string of TOML has the escapes of JSON (TOML 1.0, "String").
std::string quoted(const std::string& text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

constexpr std::string_view kServer =
    R"(# Gatehouse's settings. Every key: docs/reference/settings.md, or `gatehouse config reference`.
# `gatehouse config check` lists every mistake; a reload (SIGHUP) takes limits, routes and upstreams.

[server]
listen = {}
public_url = {}    # in mails, tokens and cookies; https once it is public
# admin_listen = "127.0.0.1:9090"          # /metrics; "" switches it off

[store]
url = "sqlite:data/gatehouse.db"           # made at the first start, with data/master.key: back up both

[registration]
enabled = true                             # false: `gatehouse user add` alone makes accounts
verify_email = false                       # true: nobody logs in before the address is verified by a mail
default_role = "viewer"

[roles]
names = ["viewer", "editor", "admin"]

[passwords]
min_length = 10                            # 15 is advised where nothing but the password protects an account
)";

constexpr std::string_view kAdmin = R"(
[admin]
email = {}    # made at the first start, with GATEHOUSE_ADMIN_PASSWORD; or: gatehouse user add
)";

constexpr std::string_view kRoutes = R"(
[[upstream]]
name = "app"
targets = [{}]

# Who may do what: the first route that matches decides, and what matches none is 404.

[[route]]
match = "GET /public/*"
allow = "public"
to = "app"

[[route]]
match = "GET /*"
allow = "user"
to = "app"

[[route]]
match = "POST,PUT,PATCH /*"
allow = ["editor", "admin"]
to = "app"

[[route]]
match = "DELETE /*"
allow = "admin"
to = "app"
)";

}  // namespace

std::string first_settings_text(const FirstSettings& first) {
  std::string text = fmt::format(fmt::runtime(kServer), quoted(first.listen), quoted(first.public_url));
  if (!first.admin_email.empty()) text += fmt::format(fmt::runtime(kAdmin), quoted(first.admin_email));
  if (!first.upstream.empty()) text += fmt::format(fmt::runtime(kRoutes), quoted(first.upstream));
  return text;
}

}  // namespace gatehouse::cli
