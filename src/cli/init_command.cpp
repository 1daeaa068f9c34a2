#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <iostream>
#include <memory>

#include "cli/first_settings.hpp"
#include "cli/output.hpp"
#include "config/load.hpp"
#include "http/json.hpp"

namespace gatehouse::cli {

namespace {

struct Wanted {
  FirstSettings first;
  bool yes = false;
};

// The line that is typed, or `value` for an empty one.
void ask(std::string_view question, std::string& value) {
  const std::string shown = value.empty() ? "none" : value;
  std::fprintf(stderr, "%.*s [%s]: ", static_cast<int>(question.size()), question.data(), shown.c_str());
  std::string line;
  if (std::getline(std::cin, line) && !line.empty()) value = line == "none" ? "" : line;
}

void ask_all(FirstSettings& first) {
  ask("Address and port to listen on", first.listen);
  ask("URL under which people reach it", first.public_url);
  ask("Address of the API to protect, as http://host:port", first.upstream);
  ask("Address of the first administrator", first.admin_email);
}

std::string mistakes_in(const std::string& text, const std::string& path) {
  const auto loaded = config::load(config::Source{.path = path, .text = text},
                                   [](std::string_view) { return std::optional<std::string>{}; }, {});
  if (loaded) return {};
  std::string all;
  for (const auto& mistake : loaded.error()) all += "\n  " + mistake.key + ": " + mistake.message;
  return all;
}

// Never over a file that is there, also when another process makes it meanwhile.
std::string write_new(const std::string& path, std::string_view text) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (file < 0 && errno == EEXIST) return path + " is there already, and stays as it is";
  if (file < 0) return path + ": " + std::strerror(errno);
  while (!text.empty()) {
    const auto written = ::write(file, text.data(), text.size());
    if (written < 0) break;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  const bool failed = !text.empty() || ::close(file) != 0;
  return failed ? path + ": " + std::strerror(errno) : "";
}

int init(const Call& call, Wanted wanted) {
  const std::string path = call.config_path.empty() ? "gatehouse.toml" : call.config_path;
  if (::access(path.c_str(), F_OK) == 0) {
    return fail_with(call, path + " is there already, and stays as it is");
  }
  if (!wanted.yes) {
    if (::isatty(STDIN_FILENO) == 0) {
      complain("there is no terminal to ask on: give --yes, and options for what is not the default");
      return kWrongUse;
    }
    ask_all(wanted.first);
  }
  const std::string text = first_settings_text(wanted.first);
  if (const auto mistakes = mistakes_in(text, path); !mistakes.empty()) {
    return fail_with(call, "nothing was written, since this would not be right:" + mistakes);
  }
  if (const auto failed = write_new(path, text); !failed.empty()) return fail_with(call, failed);
  if (call.as_json) {
    std::string out;
    http::JsonWriter{out}
        .begin_object()
        .key("ok")
        .value(true)
        .key("file")
        .value(std::string_view{path})
        .end_object();
    print_line(out);
  } else {
    print_line(
        fmt::format("Wrote {}. Next:\n  gatehouse config check\n  gatehouse user add {} --role admin\n"
                    "  gatehouse",
                    path, wanted.first.admin_email.empty() ? "YOUR-ADDRESS" : wanted.first.admin_email));
  }
  return kFine;
}

}  // namespace

void add_init_command(CLI::App& program, Call& call) {
  auto* const command = program.add_subcommand("init", "Write a first settings file, with comments");
  auto wanted = std::make_shared<Wanted>();
  FirstSettings& first = wanted->first;
  command->add_flag("-y,--yes", wanted->yes, "Ask nothing: the defaults, and what these options say");
  command->add_option("--listen", first.listen, "Address and port to listen on")->capture_default_str();
  command->add_option("--public-url", first.public_url, "URL under which people reach it")
      ->capture_default_str();
  command->add_option("--upstream", first.upstream, "The API to protect, as http://host:port; none if empty")
      ->capture_default_str();
  command->add_option("--admin-email", first.admin_email, "Address of the first administrator");
  command->footer("A file that is there already is never written to.\nExample:\n  gatehouse init --yes");
  command->callback([&call, wanted] { call.action = [&call, wanted] { return init(call, *wanted); }; });
}

}  // namespace gatehouse::cli
