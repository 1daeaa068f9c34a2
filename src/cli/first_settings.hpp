// The settings file that `gatehouse init` writes.
#pragma once

#include <string>

namespace gatehouse::cli {

struct FirstSettings {
  std::string listen = "127.0.0.1:8080";
  std::string public_url = "http://127.0.0.1:8080";
  std::string upstream = "http://127.0.0.1:3000";  // "": none
  std::string admin_email;                         // "": none
};

// TOML with a comment for each line that one may want to change.
[[nodiscard]] std::string first_settings_text(const FirstSettings& first);

}  // namespace gatehouse::cli
