#include "cli/command_line.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "app/application.hpp"
#include "base/text.hpp"
#include "cli/call.hpp"
#include "cli/output.hpp"
#include "cli/settings_source.hpp"
#include "cli/version.hpp"
#include "config/load.hpp"
#include "config/reference.hpp"
#include "http/json.hpp"
#include "observe/log_sink.hpp"

namespace gatehouse::cli {

namespace {

int complain_of_settings(const std::string& mistakes) {
  std::fprintf(stderr, "gatehouse: the settings have mistakes:\n");
  for (const std::string_view line : split(mistakes, '\n')) {
    std::fprintf(stderr, "  %.*s\n", static_cast<int>(line.size()), line.data());
  }
  return kFailed;
}

int serve(const std::string& config_path, const Environment& environment) {
  auto settings = read_settings(config_path);
  if (!settings) return complain_of_settings(settings.error());
  app::prepare_signals();
  observe::FdSink sink{STDOUT_FILENO};
  auto application = app::Application::make(
      std::move(*settings),
      {.clock = environment.clock, .random = environment.random, .log_sink = sink, .reload = [config_path] {
         return read_settings(config_path);
       }});
  if (!application) {
    complain(application.error().detail);
    return kFailed;
  }
  if (environment.before_serving) environment.before_serving(**application);
  (*application)->run();
  return kFine;
}

int check_config(const std::string& config_path, bool as_json) {
  const auto settings = read_settings(config_path);
  if (as_json) {
    std::string out;
    http::JsonWriter json{out};
    json.begin_object().key("ok").value(settings.has_value()).key("mistakes").begin_array();
    if (!settings) {
      for (const std::string_view line : split(settings.error(), '\n')) json.value(line);
    }
    json.end_array().end_object();
    std::printf("%s\n", out.c_str());
    return settings ? kFine : kFailed;
  }
  if (!settings) return complain_of_settings(settings.error());
  std::printf("The settings are fine: %zu routes, %zu limits, %zu upstreams.\n", settings->routes.size(),
              settings->limits.size(), settings->upstreams.size());
  return kFine;
}

int show_config(const std::string& config_path) {
  const auto settings = read_settings(config_path);
  if (!settings) return complain_of_settings(settings.error());
  std::printf("%s", config::show(*settings).c_str());
  return kFine;
}

int show_version(bool as_json) {
  std::printf("%s\n", (as_json ? version_json() : version_text()).c_str());
  return kFine;
}

}  // namespace

int run(int argc, char** argv, const Environment& environment) {
  CLI::App program{"Gatehouse: the security layer for REST APIs in one binary.", "gatehouse"};
  program.footer("Without a command it serves. Exit codes: 0 fine, 1 failed, 2 wrong use.");
  Call call{.environment = environment, .config_path = {}, .as_json = false, .action = {}};
  const bool& as_json = call.as_json;
  const std::string& config_path = call.config_path;
  program
      .add_option("-c,--config", call.config_path,
                  "The settings file (default: ./gatehouse.toml if it is there)")
      ->type_name("FILE");
  program.add_flag("--json", call.as_json, "Print JSON, for other programs");
  program.require_subcommand(0, 1);
  program.fallthrough();

  const auto* serve_command = program.add_subcommand("serve", "Run the server (the default)");
  auto* config_command = program.add_subcommand("config", "Check or show the settings");
  config_command->require_subcommand(1);
  const auto* check_command =
      config_command->add_subcommand("check", "List every mistake, with its line and key");
  const auto* show_command =
      config_command->add_subcommand("show", "Print the effective settings, secrets masked");
  const auto* reference_command =
      config_command->add_subcommand("reference", "Print what can be set, as Markdown");
  const auto* version_command =
      program.add_subcommand("version", "Print the version, its commit and its libraries");
  add_init_command(program, call);
  add_store_commands(program, call);
  add_user_commands(program, call);
  add_key_commands(program, call);
  add_api_key_commands(program, call);
  add_audit_commands(program, call);

  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? kFine : kWrongUse;
  }
  if (call.action) return call.action();
  if (check_command->parsed()) return check_config(config_path, as_json);
  if (show_command->parsed()) return show_config(config_path);
  if (reference_command->parsed()) {
    std::printf("%s", config::reference().c_str());
    return kFine;
  }
  if (version_command->parsed()) return show_version(as_json);
  (void)serve_command;
  return serve(config_path, environment);
}

}  // namespace gatehouse::cli
