// Places where the tests' build can make something go wrong on purpose. In the release binary they do nothing, and
// what could fill them is not in it.
#pragma once

#include <string_view>

namespace gatehouse {

// `name` is the place, `subject` what passes through it. May throw, or end the process.
void fault_point(std::string_view name, std::string_view subject);

}  // namespace gatehouse
