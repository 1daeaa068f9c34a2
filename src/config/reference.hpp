// The settings as a page of documentation, from the rows that the program itself reads.
#pragma once

#include <string>

namespace gatehouse::config {

// Markdown: every key with its default, what is allowed, and its environment variable.
[[nodiscard]] std::string reference();

}  // namespace gatehouse::config
