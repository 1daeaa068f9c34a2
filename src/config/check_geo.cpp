#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "config/checks.hpp"
#include "config/origin.hpp"
#include "config/toml_text.hpp"

namespace gatehouse::config {

namespace {

constexpr std::string_view kMaxMind = "maxmind";

// What is downloaded decides nothing about who may log in, but a licence key travels with the request.
bool is_fetchable(std::string_view url) {
  const auto begin = url.find("://");
  if (begin == std::string_view::npos) return false;
  const auto path = url.find_first_of("/?#", begin + 3);
  const auto origin = parse_origin(url.substr(0, path));
  const auto is_visible = [](char c) { return c > 0x20 && c < 0x7F; };
  if (!origin || !std::ranges::all_of(url, is_visible)) return false;
  return origin->scheme == "https" || (origin->scheme == "http" && is_loopback(origin->host));
}

// "ACCOUNT_ID:LICENCE_KEY"
bool is_licence_key(std::string_view key) {
  const auto colon = key.find(':');
  const auto is_word = [](std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F; });
  };
  return colon != std::string_view::npos && parse_unsigned(key.substr(0, colon)) &&
         is_word(key.substr(colon + 1));
}

bool is_edition(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
    return is_ascii_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '-' || c == '_';
  });
}

void check_licence_key(const Geo& geo, Report& report) {
  if (geo.licence_key.empty()) return;
  const std::string key = report.is_set("geo.licence_key") ? "geo.licence_key" : "geo.licence_key_file";
  if (geo.source != kMaxMind) {
    report.mistake(key, "does nothing without geo.source = \"maxmind\"; allowed: both");
  } else if (!is_licence_key(geo.licence_key.reveal())) {
    report.mistake(key,
                   "not \"ACCOUNT_ID:LICENCE_KEY\"; allowed: both numbers that MaxMind gave you, with a \":\"");
  }
}

}  // namespace

void check_geo(const Settings& settings, Report& report) {
  const Geo& geo = settings.geo;
  if (!geo.source.empty() && geo.source != kMaxMind && !is_fetchable(geo.source)) {
    report.mistake("geo.source",
                   "not \"maxmind\", nor a URL with https (http on loopback alone, no user in it); "
                   "allowed: those, or \"\" for none");
  }
  if (!is_fetchable(geo.download_url) || geo.download_url.ends_with('/')) {
    report.mistake("geo.download_url",
                   fmt::format("{}; allowed: \"https://host\"", toml_string(geo.download_url)));
  }
  if (!is_edition(geo.edition)) {
    report.mistake("geo.edition", fmt::format("{}; allowed: a MaxMind edition such as \"GeoLite2-City\"",
                                              toml_string(geo.edition)));
  }
  check_licence_key(geo, report);
}

}  // namespace gatehouse::config
