// Settings from environment variables, through the rows of the schema: GATEHOUSE_SERVER_LISTEN is
// server.listen, the items of lists stand between commas.
#pragma once

#include "config/load.hpp"
#include "config/report.hpp"

namespace gatehouse::config {

void read_environment(const Environment& environment, const EnvironmentNames& names, Settings& into,
                      Report& report);

}  // namespace gatehouse::config
