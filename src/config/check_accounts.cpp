#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "config/checks.hpp"
#include "config/toml_text.hpp"

namespace gatehouse::config {

namespace {

void check_private_keys(const Tokens& tokens, Report& report) {
  for (const std::string& path : tokens.private_key) {
    struct stat status{};
    std::string wrong;
    if (stat(path.c_str(), &status) != 0 || access(path.c_str(), R_OK) != 0) {
      wrong = "cannot be read; allowed: a PEM file";
    } else if ((status.st_mode & S_IRWXO) != 0) {
      wrong = "can be read or written by everybody; allowed: `chmod o-rwx` it";
    }
    if (!wrong.empty()) return report.mistake("tokens.private_key", toml_string(path) + " " + wrong);
  }
}

void check_tokens(const Tokens& tokens, Report& report) {
  if (tokens.refresh_ttl <= tokens.access_ttl) {
    report.mistake("tokens.refresh_ttl",
                   fmt::format("{} is not longer than access_ttl ({}); allowed: more than that",
                               duration_text(tokens.refresh_ttl), duration_text(tokens.access_ttl)));
  }
  if (tokens.transports.empty()) {
    report.mistake("tokens.transports", R"(empty; allowed: at least one of "hybrid", "bearer", "cookie")");
  }
  for (const Transport transport : tokens.transports) {
    if (std::ranges::count(tokens.transports, transport) > 1) {
      report.mistake("tokens.transports", "names one twice; allowed: each once");
    }
  }
  check_private_keys(tokens, report);
}

void check_sessions(const Sessions& sessions, Report& report) {
  if (sessions.idle_ttl > sessions.absolute_ttl) {
    report.mistake("sessions.idle_ttl",
                   fmt::format("{} is longer than absolute_ttl ({}); allowed: up to that",
                               duration_text(sessions.idle_ttl), duration_text(sessions.absolute_ttl)));
  }
}

// The pairs of equal strength in OWASP's Password Storage Cheat Sheet: less memory costs more passes.
bool is_strong_enough(const Argon2idCost& cost) {
  struct Pair {
    unsigned passes;
    std::uint64_t memory;
  };
  constexpr std::array kPairs{Pair{1, 46 * kMiB}, Pair{2, 19 * kMiB}, Pair{3, 12 * kMiB}, Pair{4, 9 * kMiB},
                              Pair{5, 7 * kMiB}};
  return std::ranges::any_of(
      kPairs, [&](const Pair& pair) { return cost.passes >= pair.passes && cost.memory >= pair.memory; });
}

void check_passwords(const Passwords& passwords, Report& report) {
  if (passwords.hash == PasswordHash::argon2id && !is_strong_enough(passwords.argon2id)) {
    report.mistake(
        "passwords.argon2id",
        "too weak; allowed: at least 46MiB with 1 pass, 19MiB with 2, 12MiB with 3, 9MiB with 4 or 7MiB "
        "with 5");
  }
  const std::string& list = passwords.blocklist;
  if (!list.empty() && list != "builtin" && access(list.c_str(), R_OK) != 0) {
    report.mistake("passwords.blocklist",
                   toml_string(list) + "; allowed: \"builtin\", a file that can be read, or \"\" for none");
  }
}

void check_names(const std::vector<std::string>& names, const std::string& key, Report& report) {
  if (names.empty()) report.mistake(key, "empty; allowed: at least one name");
  for (const std::string& name : names) {
    if (!is_name(name)) report.mistake(key, fmt::format("{}; allowed: {}", toml_string(name), kNameAllowed));
    if (std::ranges::count(names, name) > 1) report.mistake(key, toml_string(name) + " twice; allowed: once");
  }
}

void check_roles(const std::vector<std::string>& roles, Report& report) {
  check_names(roles, "roles.names", report);
  if (!contains(roles, "admin")) {
    report.mistake("roles.names", "\"admin\" is missing; allowed: any names, with \"admin\" among them");
  }
  // They have a meaning of their own in a route's `allow` and a policy test's `as`.
  for (const std::string_view reserved : {"public", "user", "owner"}) {
    if (contains(roles, reserved)) {
      report.mistake("roles.names",
                     toml_string(reserved) + " means something else in `allow`; allowed: other names");
    }
  }
}

void check_registration(const Settings& settings, Report& report) {
  const Registration& registration = settings.registration;
  if (registration.default_role == "admin") {
    report.mistake("registration.default_role", "would make an admin of everybody; allowed: another role");
  } else if (!contains(settings.roles, registration.default_role) && report.is_sound("roles")) {
    report.mistake(
        "registration.default_role",
        fmt::format("{}; allowed: {}", toml_string(registration.default_role), toml_list(settings.roles)));
  }
  if (!contains(settings.plans, registration.default_plan) && report.is_sound("plans")) {
    report.mistake(
        "registration.default_plan",
        fmt::format("{}; allowed: {}", toml_string(registration.default_plan), toml_list(settings.plans)));
  }
}

// Nearly anything with one @ can be an address (RFC 5321 §4.1.2); mail finds out the rest.
bool looks_like_email(std::string_view text) {
  const auto at = text.find('@');
  const auto is_visible = [](char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7F; };
  return at != std::string_view::npos && at > 0 && at + 1 < text.size() && text.size() <= 254 &&
         !text.substr(at + 1).contains('@') && std::ranges::all_of(text, is_visible);
}

void check_admin(const Settings& settings, Report& report) {
  const Admin& admin = settings.admin;
  if (!admin.email.empty() && !looks_like_email(admin.email)) {
    report.mistake("admin.email", toml_string(admin.email) + "; allowed: an email address, or \"\"");
  }
  if (admin.password.empty()) return;
  const std::string key = report.is_set("admin.password") ? "admin.password" : "admin.password_file";
  if (admin.email.empty()) report.mistake(key, "does nothing without admin.email; allowed: both");
  if (count_code_points(admin.password.reveal()) < settings.passwords.min_length) {
    report.mistake(
        key, fmt::format("the password is too short; allowed: at least passwords.min_length ({}) characters",
                         settings.passwords.min_length));
  }
}

}  // namespace

void check_accounts(const Settings& settings, Report& report) {
  check_tokens(settings.tokens, report);
  check_sessions(settings.sessions, report);
  check_passwords(settings.passwords, report);
  check_roles(settings.roles, report);
  check_names(settings.plans, "plans.names", report);
  check_registration(settings, report);
  check_admin(settings, report);
}

}  // namespace gatehouse::config
