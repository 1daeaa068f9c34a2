#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "app/open_store.hpp"
#include "app/schema.hpp"
#include "cli/output.hpp"
#include "cli/workplace.hpp"

namespace gatehouse::cli {

namespace {

int migrate(const Call& call) {
  const auto settings = settings_for(call);
  if (!settings) return kFailed;
  const auto store = app::open_store(*settings, call.environment.random, call.environment.clock.unix_now());
  if (!store) return fail_with(call, store.error());
  const auto version = app::migrations().size();
  if (call.as_json) {
    print_line(fmt::format(R"({{"ok":true,"applied":{},"version":{}}})", store->migrated, version));
  } else if (store->migrated == 0) {
    print_line(fmt::format("{} is up to date: version {}.", app::store_path(*settings), version));
  } else {
    print_line(fmt::format("{}: {} migrations applied, version {} now.", app::store_path(*settings),
                           store->migrated, version));
  }
  return kFine;
}

}  // namespace

void add_store_commands(CLI::App& program, Call& call) {
  auto* const command = program.add_subcommand(
      "migrate", "Bring the store to this version; the server does so at its start, too");
  command->footer(
      "Stop the server and make a backup first: an older version does not open the store afterwards.\n"
      "Example:\n  gatehouse migrate");
  command->callback([&call] { call.action = [&call] { return migrate(call); }; });
}

}  // namespace gatehouse::cli
