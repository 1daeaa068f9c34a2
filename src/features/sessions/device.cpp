#include "features/sessions/device.hpp"

#include <array>

namespace gatehouse::sessions {

namespace {

struct Mark {
  std::string_view text;
  std::string_view name;
};

// The first that is contained wins: browsers name their ancestors, so descendants stand first.
constexpr std::array kBrowsers{Mark{"Edg/", "Edge"},
                               Mark{"EdgA/", "Edge"},
                               Mark{"EdgiOS/", "Edge"},
                               Mark{"Edge/", "Edge"},
                               Mark{"OPR/", "Opera"},
                               Mark{"OPT/", "Opera"},
                               Mark{"Opera", "Opera"},
                               Mark{"Silk/", "Silk"},
                               Mark{"SamsungBrowser/", "Samsung Internet"},
                               Mark{"YaBrowser/", "Yandex"},
                               Mark{"Vivaldi/", "Vivaldi"},
                               Mark{"FxiOS/", "Firefox"},
                               Mark{"Firefox/", "Firefox"},
                               Mark{"CriOS/", "Chrome"},
                               Mark{"HeadlessChrome/", "Chrome"},
                               Mark{"Chrome/", "Chrome"},
                               Mark{"Version/", "Safari"},
                               Mark{"MSIE ", "Internet Explorer"},
                               Mark{"Trident/", "Internet Explorer"}};

constexpr std::array kTools{Mark{"curl/", "curl"},
                            Mark{"Wget/", "Wget"},
                            Mark{"PostmanRuntime/", "Postman"},
                            Mark{"insomnia/", "Insomnia"},
                            Mark{"HTTPie/", "HTTPie"},
                            Mark{"python-requests/", "python-requests"},
                            Mark{"python-httpx/", "HTTPX"},
                            Mark{"Python-urllib/", "Python"},
                            Mark{"aiohttp/", "aiohttp"},
                            Mark{"okhttp/", "OkHttp"},
                            Mark{"Go-http-client/", "Go"},
                            Mark{"axios/", "axios"},
                            Mark{"node", "Node.js"},
                            Mark{"Apache-HttpClient/", "Apache HttpClient"},
                            Mark{"Java-http-client/", "Java"},
                            Mark{"Java/", "Java"},
                            Mark{"CFNetwork/", "URLSession"},
                            Mark{"Dart/", "Dart"}};

// iPhones say "like Mac OS X", Android says "Linux", ChromeOS says "X11".
constexpr std::array kSystems{Mark{"iPhone", "iOS"},     Mark{"iPad", "iOS"},        Mark{"Android", "Android"},
                              Mark{"CrOS", "ChromeOS"},  Mark{"Windows", "Windows"}, Mark{"Macintosh", "macOS"},
                              Mark{"Mac OS X", "macOS"}, Mark{"Linux", "Linux"},     Mark{"linux", "Linux"},
                              Mark{"FreeBSD", "FreeBSD"}};

// With what follows the word: CUBOT makes telephones.
constexpr std::array<std::string_view, 8> kBots{"bot/",    "Bot/",    "bot-",   "Bot (",
                                                "crawler", "Crawler", "spider", "externalhit"};

template <std::size_t N>
std::string_view first_of(const std::array<Mark, N>& marks, std::string_view text) noexcept {
  for (const Mark& mark : marks) {
    if (text.contains(mark.text)) return mark.name;
  }
  return {};
}

bool is_bot(std::string_view agent) noexcept {
  for (const auto mark : kBots) {
    if (agent.contains(mark)) return true;
  }
  return false;
}

std::string_view browser_type(std::string_view agent, std::string_view os) noexcept {
  // "Tablet PC 2.0" is a component of Windows that desktops have too.
  const bool says_tablet = agent.contains("Tablet") && !agent.contains("Tablet PC");
  if (agent.contains("iPad") || says_tablet) return "tablet";
  if (agent.contains("Mobi")) return "mobile";
  if (os == "Android") return "tablet";  // Android without "Mobile" is a tablet, says Google's guide
  return os.empty() ? "unknown" : "desktop";
}

}  // namespace

Device find_device(std::string_view user_agent) noexcept {
  const auto os = first_of(kSystems, user_agent);
  const auto named = [](std::string_view name) { return name.empty() ? std::string_view{"Unknown"} : name; };
  if (user_agent.contains("PowerShell/")) return {"PowerShell", named(os), "tool"};  // claims to be Mozilla
  const auto tool = user_agent.starts_with("Mozilla/") ? std::string_view{} : first_of(kTools, user_agent);
  if (is_bot(user_agent)) return {named(first_of(kBrowsers, user_agent)), named(os), "bot"};
  if (!tool.empty()) return {tool, named(os), "tool"};
  return {named(first_of(kBrowsers, user_agent)), named(os), browser_type(user_agent, os)};
}

}  // namespace gatehouse::sessions
