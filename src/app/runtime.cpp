#include "app/runtime.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace gatehouse::app {

namespace {

std::vector<http::Network> networks(const std::vector<std::string>& texts) {
  std::vector<http::Network> parsed;
  for (const std::string& text : texts) {
    if (const auto network = http::Network::parse(text)) parsed.push_back(*network);
  }
  return parsed;
}

std::shared_ptr<const policy::PipelineSettings> pipeline_settings(const config::Settings& settings) {
  const tokens::SessionCookies cookies{settings};
  const bool cookies_carry_access = std::ranges::find(settings.tokens.transports, config::Transport::cookie) !=
                                    settings.tokens.transports.end();
  return std::make_shared<const policy::PipelineSettings>(policy::PipelineSettings{
      .admin_allow = networks(settings.server.admin_allow),
      .access_cookie = cookies_carry_access ? cookies.access_name() : std::string{},
      .pre_session_cookie = cookies.pre_session_name(),
      .csrf_on = settings.csrf.mode != config::CsrfMode::off,
      .csrf_always = settings.csrf.mode == config::CsrfMode::always,
      .parties = {.issuer = settings.tokens.issuer, .audience = settings.tokens.audience}});
}

}  // namespace

Runtime::Runtime(std::shared_ptr<const config::Settings> from, const MetricLabels* known_labels)
    : settings(std::move(from)),
      limits(*settings),
      router(*settings, limits),
      cors(std::make_shared<const policy::Cors>(settings->cors, settings->server.public_url)),
      pipeline(pipeline_settings(*settings)),
      trusted_proxies(networks(settings->server.trusted_proxies)),
      forwarding_header(equals_ignoring_case(settings->server.client_address_header, "Forwarded")
                            ? http::ForwardingHeader::forwarded
                            : http::ForwardingHeader::x_forwarded_for) {
  router.number_metrics(known_labels == nullptr ? router.labels() : known_labels->routes);
  limits.number_metrics(known_labels == nullptr ? limits.names() : known_labels->limits);
}

Result<std::shared_ptr<const Runtime>> Runtime::make(std::shared_ptr<const config::Settings> settings,
                                                     const MetricLabels* labels) {
  std::shared_ptr<const Runtime> made{new Runtime{std::move(settings), labels}};
  if (const auto crowded = made->router.find_crowded(); !crowded.empty()) {
    return fail(
        ErrorCode::internal_error,
        fmt::format("route {}: more than {} limits cover it; at most that many can be decided for one request",
                    crowded, limits::kMaxQueries));
  }
  return made;
}

}  // namespace gatehouse::app
