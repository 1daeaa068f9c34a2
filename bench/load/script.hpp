// What clients send: requests from files, or refreshes made from the last answer.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "client.hpp"
#include "options.hpp"

namespace gatehouse::load {

// One for each connection.
[[nodiscard]] std::expected<std::vector<Script>, std::string> make_scripts(const Options& options);

// The request that shows `script.token` at `path`.
void write_refresh(Script& script, std::string_view path);

// Takes the next refresh token out of an answer, when there is one.
void take_refresh_token(Script& script, std::string_view answer);

}  // namespace gatehouse::load
