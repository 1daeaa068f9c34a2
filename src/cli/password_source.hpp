// Where a command takes a new password from: a terminal without echo, a file, or standard input. Never the
// command line, which every user of the machine can read while the command runs, and the shell's history keeps.
#pragma once

#include <expected>
#include <string>

#include "base/secret.hpp"

namespace gatehouse::cli {

// `file` empty: asks on the terminal, twice. "-": the first line of standard input. The error says what to do.
[[nodiscard]] std::expected<Secret, std::string> read_new_password(const std::string& file);

}  // namespace gatehouse::cli
