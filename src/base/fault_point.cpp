#include "base/fault_point.hpp"

namespace gatehouse {

// Weak: the tests' build links one of its own (src/test_build/main.cpp).
[[gnu::weak]] void fault_point(std::string_view /*name*/, std::string_view /*subject*/) {}

}  // namespace gatehouse
