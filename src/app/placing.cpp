#include "app/placing.hpp"

#include <filesystem>

namespace gatehouse::app {

namespace {

constexpr std::string_view kMaxMind = "maxmind";

std::optional<geo::Source> source_of(const config::Geo& settings) {
  if (settings.source.empty()) return std::nullopt;
  if (settings.source != kMaxMind) return geo::Source::at(settings.source);
  return geo::Source::maxmind(settings.download_url, settings.edition, settings.licence_key);
}

std::string path_of(const config::Geo& settings, const std::string& data) {
  if (!settings.database.empty() || settings.source.empty()) return settings.database;
  const std::string name = settings.source == kMaxMind ? settings.edition : "places";
  return (std::filesystem::path{data} / "geo" / (name + ".mmdb")).string();
}

}  // namespace

std::unique_ptr<geo::PlaceKeeper> make_place_keeper(const config::Geo& settings, const std::string& data,
                                                    const Clock& clock, observe::Log& log,
                                                    observe::Metrics& metrics) {
  return std::make_unique<geo::PlaceKeeper>(geo::PlaceKeeper::Parts{.clock = clock,
                                                                    .log = log,
                                                                    .metrics = metrics,
                                                                    .path = path_of(settings, data),
                                                                    .source = source_of(settings),
                                                                    .refresh = settings.refresh});
}

void add_place_chores(Maintenance& maintenance, geo::PlaceKeeper& keeper) {
  maintenance.add("places.look", std::chrono::seconds{10}, [&keeper](UnixTime) {
    keeper.ring();
    return Result<void>{};
  });
}

}  // namespace gatehouse::app
