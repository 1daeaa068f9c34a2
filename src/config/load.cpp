#include "config/load.hpp"

#include "config/checks.hpp"
#include "config/default_limits.hpp"
#include "config/environment.hpp"
#include "config/report.hpp"
#include "config/schema.hpp"
#include "config/tables.hpp"

namespace gatehouse::config {

namespace {

// Gives false when the text is no TOML: then nothing more can be said about it.
bool read_file(const Source& source, Settings& into, Report& report) {
  const auto document = parse_document(source.text);
  if (!document) {
    report.refuse(report.line(document.error().line), "syntax", document.error().message);
    return false;
  }
  TableReader<Settings>{settings_fields(), into}.read(*document, {report, "", ""});
  return true;
}

void fill_in(Settings& settings, const Report& report) {
  if (settings.tokens.issuer.empty()) settings.tokens.issuer = settings.server.public_url;
  if (settings.tokens.audience.empty()) settings.tokens.audience = settings.server.public_url;
  // `limit = []` is a decision for none, and stays.
  if (!report.is_set("limit")) settings.limits = default_limits();
}

void check_whole(Settings& settings, Report& report) {
  check_server(settings, report);
  check_accounts(settings, report);
  check_browsers(settings, report);
  check_mail(settings, report);
  check_geo(settings, report);
  check_limits(settings, report);
  check_upstreams(settings, report);
  check_routes(settings, report);
  check_policy_tests(settings, report);
}

}  // namespace

std::expected<Settings, std::vector<Mistake>> load(const std::optional<Source>& source,
                                                   const Environment& environment,
                                                   const EnvironmentNames& names) {
  Settings settings;
  Report report{source ? source->path : std::string{}};
  const bool readable = !source || read_file(*source, settings, report);
  read_environment(environment, names, settings, report);
  if (readable) {
    fill_in(settings, report);
    check_whole(settings, report);
  }
  auto mistakes = report.take();
  if (!mistakes.empty()) return std::unexpected(std::move(mistakes));
  return settings;
}

}  // namespace gatehouse::config
