#include "features/passwords/blocklist.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <vector>

#include "base/text.hpp"
#include "features/passwords/predictable.hpp"

namespace gatehouse::passwords {

namespace {

constexpr auto kFirstToMind = std::to_array<std::string_view>(
    {"abc",   "account", "admin",  "change", "company", "default", "demo",   "guest",  "hello",   "home",
     "letme", "login",   "love",   "master", "me",      "my",      "new",    "office", "pass",    "password",
     "qwert", "qwerty",  "root",   "secret", "server",  "super",   "system", "temp",   "test",    "user",
     "work",  "welcome", "winter", "spring", "summer",  "autumn",  "the",    "team",   "security"});

bool comes_first_to_mind(std::string_view word) noexcept {
  return std::ranges::find(kFirstToMind, word) != kFirstToMind.end();
}

// adminpassword, welcomehome
bool is_pair_of_first_words(std::string_view core) noexcept {
  for (std::size_t at = 2; at + 2 <= core.size(); ++at) {
    if (comes_first_to_mind(core.substr(0, at)) && comes_first_to_mind(core.substr(at))) return true;
  }
  return false;
}

std::unexpected<Error> unreadable(const std::filesystem::path& file, std::string_view reason) {
  return fail(ErrorCode::internal_error, fmt::format("password blocklist {}: {}", file.string(), reason));
}

Result<std::string> read_bounded(const std::filesystem::path& file, std::size_t most_bytes) {
  // A directory opens, and has no content to read.
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) return unreadable(file, "is a directory");
  std::ifstream in{file, std::ios::binary};
  if (!in) return unreadable(file, std::strerror(errno));
  // Read to the bound instead of asking for the size: a device has none, and a file may grow meanwhile.
  std::string text;
  std::array<char, 65'536> chunk;
  while (in && text.size() <= most_bytes) {
    in.read(chunk.data(), chunk.size());
    text.append(chunk.data(), static_cast<std::size_t>(in.gcount()));
  }
  if (in.bad()) return unreadable(file, "reading failed");
  if (text.size() > most_bytes) {
    return unreadable(file, fmt::format("more than {}", size_text(most_bytes)));
  }
  return text;
}

std::string sorted_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() >= kLeastCoreBytes) lines.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  std::ranges::sort(lines);
  std::string sorted;
  for (const auto line : lines) sorted.append(line).push_back('\n');
  return sorted;
}

}  // namespace

std::shared_ptr<const Blocklist> Blocklist::builtin() {
  return std::shared_ptr<const Blocklist>{new Blocklist{SortedLines{builtin_entries()}}};
}

Result<std::shared_ptr<const Blocklist>> Blocklist::read(const std::filesystem::path& file,
                                                         std::size_t most_bytes) {
  auto text = read_bounded(file, most_bytes);
  if (!text) return pass_on(text);
  std::ranges::transform(*text, text->begin(), ascii_lower);
  return std::shared_ptr<const Blocklist>{new Blocklist{sorted_lines(*text)}};
}

bool Blocklist::refuses(std::string_view password) const {
  return is_predictable(password) || any_core(password, [this](std::string_view core) {
           return entries_.contains(core) || is_pair_of_first_words(core);
         });
}

}  // namespace gatehouse::passwords
