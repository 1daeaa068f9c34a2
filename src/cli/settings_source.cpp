#include "cli/settings_source.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "config/load.hpp"

namespace gatehouse::cli {

namespace {

constexpr std::string_view kDefaultFile = "gatehouse.toml";
constexpr std::uintmax_t kMaxFileBytes = 4 * 1024 * 1024;

std::optional<std::string> variable(std::string_view name) {
  const char* const value = std::getenv(std::string{name}.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>{value};
}

config::EnvironmentNames our_variables() {
  config::EnvironmentNames names;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text{*entry};
    // What the test build is told does not belong to the settings.
    if (!text.starts_with("GATEHOUSE_") || text.starts_with("GATEHOUSE_TEST_")) continue;
    names.emplace_back(text.substr(0, text.find('=')));
  }
  return names;
}

std::expected<config::Source, std::string> read_file(const std::string& path) {
  std::error_code failed;
  const auto size = std::filesystem::file_size(path, failed);
  if (failed) return std::unexpected(path + ": " + failed.message());
  if (size > kMaxFileBytes) return std::unexpected(path + ": larger than 4 MiB");
  std::ifstream file{path};
  if (!file) return std::unexpected(path + ": cannot be read");
  return config::Source{.path = path, .text = {std::istreambuf_iterator<char>{file}, {}}};
}

}  // namespace

std::expected<config::Settings, std::string> read_settings(const std::string& path) {
  std::optional<config::Source> source;
  std::string chosen = path;
  if (chosen.empty() && std::filesystem::exists(kDefaultFile)) chosen = kDefaultFile;
  if (!chosen.empty()) {
    auto read = read_file(chosen);
    if (!read) return std::unexpected(read.error());
    source = std::move(*read);
  }
  auto loaded = config::load(source, variable, our_variables());
  if (loaded) return std::move(*loaded);
  std::string mistakes;
  for (const config::Mistake& mistake : loaded.error()) {
    if (!mistakes.empty()) mistakes += '\n';
    mistakes += mistake.text();
  }
  return std::unexpected(std::move(mistakes));
}

}  // namespace gatehouse::cli
