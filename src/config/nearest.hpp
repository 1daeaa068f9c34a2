// "Did you mean": the known name that a mistyped one is most likely to stand for.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::config {

// Nothing when no name is near enough to be worth offering: more than a third of the letters would have to
// change.
[[nodiscard]] std::optional<std::string> nearest(std::string_view name, const std::vector<std::string>& known);

}  // namespace gatehouse::config
