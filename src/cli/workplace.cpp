#include "cli/workplace.hpp"

#include <fmt/format.h>

#include "cli/output.hpp"
#include "cli/settings_source.hpp"

namespace gatehouse::cli {

Workplace::Workplace(config::Settings settings, app::OpenedStore store, Random& random)
    : settings_(std::move(settings)),
      store_(std::move(store)),
      trail_(store_.master, random, unheard_),
      events_(trail_),
      one_time_(store_.master, random) {}

std::unique_ptr<config::Settings> settings_for(const Call& call) {
  auto settings = read_settings(call.config_path);
  if (settings) return std::make_unique<config::Settings>(std::move(*settings));
  (void)fail_with(call, "the settings have mistakes:\n" + settings.error());
  return nullptr;
}

std::unique_ptr<Workplace> Workplace::open(const Call& call, Missing if_missing) {
  auto settings = settings_for(call);
  if (!settings) return nullptr;
  if (if_missing == Missing::refuse && !app::store_exists(*settings)) {
    (void)fail_with(call, fmt::format("there is no store at {}. Is this the right folder, or is --config FILE "
                                      "missing?",
                                      app::store_path(*settings)));
    return nullptr;
  }
  const Environment& environment = call.environment;
  auto store = app::open_store_beside(*settings, environment.random, environment.clock.unix_now());
  if (!store) {
    (void)fail_with(call, store.error());
    return nullptr;
  }
  return std::unique_ptr<Workplace>{new Workplace{std::move(*settings), std::move(*store), environment.random}};
}

}  // namespace gatehouse::cli
