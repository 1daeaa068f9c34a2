#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "config/checks.hpp"
#include "config/pattern.hpp"
#include "config/toml_text.hpp"

namespace gatehouse::config {

namespace {

constexpr std::array<std::string_view, 3> kGroups{"public", "authenticated", "all"};

bool is_group(std::string_view on) {
  return std::ranges::find(kGroups, on) != kGroups.end();
}

bool is_word(char c) {
  return is_ascii_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '_';
}

bool is_key_part(std::string_view part) {
  // Other claims than these are in no token: a limit by one would quietly count addresses.
  constexpr std::array<std::string_view, 9> kParts{"ip",        "user",      "session",    "api-key",   "route",
                                                   "claim:sub", "claim:sid", "claim:role", "claim:plan"};
  constexpr std::string_view kHeader = "header:";
  if (part.starts_with(kHeader)) {
    return part.size() > kHeader.size() &&
           std::ranges::all_of(part.substr(kHeader.size()), [](char c) { return is_word(c) || c == '-'; });
  }
  return std::ranges::find(kParts, part) != kParts.end();
}

// One [[limit]] with what its checks need to know.
class LimitCheck {
 public:
  LimitCheck(const Settings& settings, std::size_t index, Report& report)
      : settings_(settings), limit_(settings.limits[index]), index_(index), report_(report) {}

  void run() const {
    check_name();
    check_on();
    check_key();
    check_window();
    check_options();
    check_tiers();
    check_roles();
  }

 private:
  [[nodiscard]] std::string path(std::string_view key) const { return path_in("limit", index_, key); }
  void mistake(std::string_view key, std::string message) const {
    report_.mistake(path(key), std::move(message));
  }
  [[nodiscard]] bool wrote(std::string_view key) const { return report_.is_set(path(key)); }

  void check_name() const {
    if (!is_name(limit_.name))
      mistake("name", fmt::format("{}; allowed: {}", toml_string(limit_.name), kNameAllowed));
    for (std::size_t i = 0; i < index_; ++i) {
      if (settings_.limits[i].name == limit_.name) {
        return mistake("name",
                       toml_string(limit_.name) + " is taken by an earlier limit; allowed: another name");
      }
    }
  }

  void check_on() const {
    for (const std::string& on : limit_.on) {
      if (is_group(on)) continue;
      const auto pattern = parse_pattern(on);
      if (pattern) continue;
      mistake("on", fmt::format("{} {}; allowed besides: \"public\", \"authenticated\", \"all\"",
                                toml_string(on), pattern.error()));
    }
    const bool named = std::ranges::any_of(
        settings_.routes, [&](const Route& route) { return contains(route.limit, limit_.name); });
    if (limit_.on.empty() && !named) {
      mistake(
          "on",
          "the limit applies to nothing; allowed: patterns or groups here, or its name in a route's `limit`");
    }
  }

  void check_key() const {
    const auto parts = split(limit_.key, '+');
    for (auto part = parts.begin(); part != parts.end(); ++part) {
      if (is_key_part(*part) && std::find(parts.begin(), part, *part) == part) continue;
      return mistake("key", toml_string(limit_.key) +
                                "; allowed: any of ip, user, session, api-key, route, claim:sub, claim:sid, "
                                "claim:role, claim:plan, header:NAME, each once and joined by \"+\"");
    }
  }

  void check_window() const {
    const bool looks_back = limit_.algorithm != LimitAlgorithm::concurrency;
    if (looks_back && !wrote("window") && limit_.window == milliseconds{}) {
      mistake("window", "missing; allowed: a duration from 1s");
    }
    if (!looks_back && wrote("window")) {
      mistake("window", "counts for nothing in a limit of concurrency; allowed: to leave it out");
    }
  }

  // What another option makes pointless is a misunderstanding, and of a limit they are dear.
  void check_options() const {
    if (limit_.burst != 0 && limit_.algorithm != LimitAlgorithm::token_bucket) {
      mistake("burst", "counts only in a token bucket; allowed: with algorithm = \"token-bucket\"");
    }
    // The default may be written out: `config show` does.
    if (limit_.lease_share != Limit{}.lease_share && limit_.sync != LimitSync::leased) {
      mistake("lease_share", "counts only for leased limits; allowed: with sync = \"leased\"");
    }
    if (limit_.count != LimitCount::failures) return;
    const bool only_patterns = !limit_.on.empty() && std::ranges::none_of(limit_.on, is_group);
    if (!only_patterns || limit_.algorithm == LimitAlgorithm::concurrency) {
      mistake("count",
              "\"failures\" is known only of single endpoints; allowed: where `on` has patterns alone, and "
              "not with concurrency");
    }
  }

  void check_tiers() const {
    if (!limit_.tiers) return;
    const Tiers& tiers = *limit_.tiers;
    if (tiers.by.empty()) return mistake("tiers.by", R"(missing; allowed: "plan" or "role")");
    if (tiers.limit.empty()) mistake("tiers", "names no tier; allowed: at least one, as free = 60");
    const bool by_plan = tiers.by == "plan";
    if (!report_.is_sound(by_plan ? "plans" : "roles")) return;
    const auto& names = by_plan ? settings_.plans : settings_.roles;
    for (const auto& [name, count] : tiers.limit) {
      if (contains(names, name)) continue;
      mistake("tiers." + toml_key(name), fmt::format("no such {}; allowed: {}", tiers.by, toml_list(names)));
    }
  }

  void check_roles() const {
    for (const std::string& role : limit_.skip_roles) {
      if (contains(settings_.roles, role) || !report_.is_sound("roles")) continue;
      mistake("skip_roles",
              fmt::format("{} is no role; allowed: {}", toml_string(role), toml_list(settings_.roles)));
    }
  }

  const Settings& settings_;
  const Limit& limit_;
  std::size_t index_;
  Report& report_;
};

std::string expanded(const std::string& on, std::string_view prefix) {
  const auto pattern = parse_pattern(on);
  if (!pattern) return on;  // a group
  return methods_text(pattern->methods) + " " + expand_prefix(pattern->path, prefix);
}

}  // namespace

void check_limits(Settings& settings, Report& report) {
  // Each one that applies is work on every request.
  constexpr std::size_t kMost = 64;
  if (settings.limits.size() > kMost) {
    report.mistake(path_in("limit", kMost, "name"), "one limit too many; allowed: 64");
    return;
  }
  for (std::size_t i = 0; i < settings.limits.size(); ++i) LimitCheck{settings, i, report}.run();
  for (Limit& limit : settings.limits) {
    for (std::string& on : limit.on) on = expanded(on, settings.server.prefix);
  }
}

}  // namespace gatehouse::config
