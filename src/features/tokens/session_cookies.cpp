#include "features/tokens/session_cookies.hpp"

#include "base/text.hpp"

namespace gatehouse::tokens {

namespace {

bool is_loopback_http(std::string_view url) noexcept {
  constexpr std::string_view kScheme = "http://";
  if (!url.starts_with(kScheme)) return false;
  url.remove_prefix(kScheme.size());
  for (const std::string_view host : {"localhost", "127.0.0.1", "[::1]"}) {
    if (url.starts_with(host) && (url.size() == host.size() || url[host.size()] == ':')) return true;
  }
  return false;
}

}  // namespace

bool cookies_are_secure(const config::Settings& settings) noexcept {
  switch (settings.cookies.secure) {
    case config::CookieSecurity::yes: return true;
    case config::CookieSecurity::no: return false;
    case config::CookieSecurity::automatic: break;
  }
  return !is_loopback_http(settings.server.public_url);
}

SessionCookies::SessionCookies(const config::Settings& settings)
    : secure_(cookies_are_secure(settings)),
      same_site_(settings.cookies.same_site),
      domain_(settings.cookies.domain) {
  const auto any = attributes(true, std::chrono::seconds{0});
  access_name_ = http::cookie_name("accessToken", any);
  refresh_name_ = http::cookie_name("refreshToken", any);
  csrf_name_ = http::cookie_name("csrfToken", any);
  pre_session_name_ = http::cookie_name("preSession", any);
  device_name_ = http::cookie_name("deviceId", any);
}

http::CookieAttributes SessionCookies::attributes(bool http_only, std::chrono::seconds lifetime) const {
  return {.secure = secure_,
          .http_only = http_only,
          .same_site = same_site_,
          .domain = domain_,
          .max_age_seconds = lifetime.count()};
}

std::vector<std::string> SessionCookies::set(const Minted& minted, config::Transport transport,
                                             std::string_view csrf_token) const {
  if (transport == config::Transport::bearer) return {};
  std::vector<std::string> cookies;
  if (transport == config::Transport::cookie) {
    cookies.push_back(
        http::set_cookie("accessToken", minted.access_token.reveal(), attributes(true, minted.expires_in)));
  }
  cookies.push_back(http::set_cookie("refreshToken", minted.refresh_token.reveal(),
                                     attributes(true, minted.refresh_expires_in)));
  cookies.push_back(set_csrf(csrf_token, minted.refresh_expires_in));
  return cookies;
}

std::vector<std::string> SessionCookies::clear() const {
  const std::chrono::seconds gone{0};
  return {http::set_cookie("accessToken", "", attributes(true, gone)),
          http::set_cookie("refreshToken", "", attributes(true, gone)),
          http::set_cookie("csrfToken", "", attributes(false, gone)),
          http::set_cookie("preSession", "", attributes(true, gone))};
}

// Not cleared at logout: whoever logs out on his own computer comes back to it.
std::string SessionCookies::set_device(std::string_view value, std::chrono::seconds lifetime) const {
  return http::set_cookie("deviceId", value, attributes(true, lifetime));
}

std::string SessionCookies::set_pre_session(std::string_view value, std::chrono::seconds lifetime) const {
  return http::set_cookie("preSession", value, attributes(true, lifetime));
}

// Scripts of the page must read it to send it back.
std::string SessionCookies::set_csrf(std::string_view value, std::chrono::seconds lifetime) const {
  return http::set_cookie("csrfToken", value, attributes(false, lifetime));
}

}  // namespace gatehouse::tokens
