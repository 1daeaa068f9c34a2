// Puts what keeps the database of places together from the settings.
#pragma once

#include <memory>
#include <string>

#include "app/maintenance.hpp"
#include "config/settings.hpp"
#include "features/geo/place_keeper.hpp"

namespace gatehouse::app {

// `data` is the data folder, for a database that is fetched and that the settings give no place. Log, clock and
// metrics outlive it.
[[nodiscard]] std::unique_ptr<geo::PlaceKeeper> make_place_keeper(const config::Geo& settings,
                                                                  const std::string& data, const Clock& clock,
                                                                  observe::Log& log, observe::Metrics& metrics);

void add_place_chores(Maintenance& maintenance, geo::PlaceKeeper& keeper);

}  // namespace gatehouse::app
