// The settings and the store, opened for a command, and what it needs to change something in it.
#pragma once

#include <memory>

#include "app/open_store.hpp"
#include "cli/call.hpp"
#include "config/settings.hpp"
#include "features/audit/trail.hpp"
#include "features/changes/noting_events.hpp"
#include "features/one_time/one_time_secrets.hpp"

namespace gatehouse::cli {

// What is audited goes to the trail and to the change log, so that a server beside it notices.
class Workplace {
 public:
  enum class Missing : std::uint8_t { refuse, make };

  // Has said what is wrong when it gives nothing.
  [[nodiscard]] static std::unique_ptr<Workplace> open(const Call& call, Missing if_missing = Missing::refuse);

  [[nodiscard]] const config::Settings& settings() const noexcept { return settings_; }
  [[nodiscard]] db::Database& database() const noexcept { return *store_.database; }
  [[nodiscard]] const crypto::Key256& master() const noexcept { return store_.master; }
  [[nodiscard]] audit::SecurityEvents& events() noexcept { return events_; }
  [[nodiscard]] one_time::OneTimeSecrets& one_time() noexcept { return one_time_; }

 private:
  // The log and the metrics are the server's.
  class Unheard final : public audit::SecurityEvents {
   public:
    void record(const audit::Event&) override {}
  };

  Workplace(config::Settings settings, app::OpenedStore store, Random& random);

  config::Settings settings_;
  app::OpenedStore store_;
  Unheard unheard_;
  audit::Trail trail_;
  changes::NotingEvents events_;
  one_time::OneTimeSecrets one_time_;
};

// The settings, or nothing once it has been said what is wrong with them.
[[nodiscard]] std::unique_ptr<config::Settings> settings_for(const Call& call);

}  // namespace gatehouse::cli
