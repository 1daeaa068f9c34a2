// What every command is given: how it was called.
#pragma once

#include <functional>
#include <string>

#include "cli/command_line.hpp"

namespace CLI {
class App;
}

namespace gatehouse::cli {

struct Call {
  const Environment& environment;
  std::string config_path;
  bool as_json = false;
  // Set by the command that was chosen; gives the exit code.
  std::function<int()> action;
};

// Each adds its commands. `call` outlives the program.
void add_user_commands(CLI::App& program, Call& call);
void add_key_commands(CLI::App& program, Call& call);
void add_api_key_commands(CLI::App& program, Call& call);
void add_audit_commands(CLI::App& program, Call& call);
void add_store_commands(CLI::App& program, Call& call);
void add_init_command(CLI::App& program, Call& call);

}  // namespace gatehouse::cli
