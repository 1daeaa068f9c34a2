#include "script.hpp"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

namespace gatehouse::load {

namespace {

std::expected<std::string, std::string> read_file(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  std::ostringstream text;
  text << file.rdbuf();
  if (!file || text.str().empty()) return std::unexpected(path + ": cannot be read, or is empty");
  return text.str();
}

Script repeat(const std::string& request, unsigned depth) {
  Script script{.batch = {}, .request_size = request.size(), .token = {}};
  for (unsigned i = 0; i < depth; ++i) script.batch += request;
  return script;
}

std::expected<std::vector<Script>, std::string> scripts_from_files(const Options& options) {
  std::vector<Script> of_files;
  for (const auto& path : options.request_files) {
    const auto request = read_file(path);
    if (!request) return std::unexpected(request.error());
    of_files.push_back(repeat(*request, options.depth));
  }
  std::vector<Script> scripts;
  for (unsigned i = 0; i < options.connections; ++i) scripts.push_back(of_files[i % of_files.size()]);
  return scripts;
}

std::expected<std::vector<Script>, std::string> scripts_from_tokens(const Options& options) {
  std::ifstream file{options.tokens_file};
  std::vector<Script> scripts(options.connections);
  for (auto& script : scripts) {
    if (!std::getline(file, script.token) || script.token.empty())
      return std::unexpected(options.tokens_file + ": fewer tokens than connections");
    write_refresh(script, options.rotate_path);
  }
  return scripts;
}

}  // namespace

std::expected<std::vector<Script>, std::string> make_scripts(const Options& options) {
  return options.rotate_path.empty() ? scripts_from_files(options) : scripts_from_tokens(options);
}

void write_refresh(Script& script, std::string_view path) {
  const auto body = fmt::format(R"({{"refreshToken":"{}"}})", script.token);
  script.batch = fmt::format(
      "POST {} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
      path, body.size(), body);
  script.request_size = script.batch.size();
}

void take_refresh_token(Script& script, std::string_view answer) {
  constexpr std::string_view kMember = R"("refreshToken":")";
  const std::size_t at = answer.find(kMember);
  if (at == std::string_view::npos) return;
  const std::string_view rest = answer.substr(at + kMember.size());
  script.token = rest.substr(0, rest.find('"'));
}

}  // namespace gatehouse::load
