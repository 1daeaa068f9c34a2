// What a user agent says about the device, for a person to recognise it by. A guess: nothing is decided on it.
#pragma once

#include <string_view>

namespace gatehouse::sessions {

struct Device {
  std::string_view browser;  // "Firefox", "curl", …, "Unknown"
  std::string_view os;       // "Windows", "macOS", "iOS", "Android", "Linux", "ChromeOS", "Unknown"
  std::string_view type;     // "desktop", "mobile", "tablet", "tool", "bot", "unknown"
};

[[nodiscard]] Device find_device(std::string_view user_agent) noexcept;

}  // namespace gatehouse::sessions
