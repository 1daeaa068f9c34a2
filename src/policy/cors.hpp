// Cross-origin calls from browsers: an exact list of origins (E10, WB-05). A foreign origin gets no CORS field
// at all, and nothing of the request is reflected but an origin that is on the list.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "http/request_head.hpp"

namespace gatehouse::policy {

class Cors {
 public:
  Cors(const config::Cors& settings, std::string_view public_url);

  // Scheme, host and port compared as one text (WB-02): "null", prefixes and suffixes are not on the list.
  [[nodiscard]] bool is_listed(std::string_view origin) const noexcept;
  // Whether a page of `origin` may change things here by cookie: a listed one, or our own.
  [[nodiscard]] bool may_change(std::string_view origin) const noexcept;
  [[nodiscard]] static bool is_preflight(const http::RequestHead& head) noexcept;

  // Whole lines. Vary goes out even where nothing else does, because caches must not mix answers.
  void append_fields(std::string& out, std::string_view origin) const;
  // What a preflight's answer carries besides: a browser that reads the origin's permission twice takes it for
  // none.
  void append_preflight_fields(std::string& out, const http::RequestHead& head) const;

 private:
  std::vector<std::string> origins_;
  std::string public_origin_;
  bool credentials_;
  std::string max_age_;
};

}  // namespace gatehouse::policy
