#pragma once

#include "cli/call.hpp"

namespace gatehouse::cli {

// `user import`, added to `users`.
void add_import_command(CLI::App& users, Call& call);

}  // namespace gatehouse::cli
