#include "features/geo/place_keeper.hpp"

#include <curl/curl.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/text.hpp"

namespace gatehouse::geo {

using namespace std::chrono_literals;

namespace {

// One minute, doubling, six hours at most: MaxMind counts thirty downloads a day.
std::chrono::milliseconds pause_after(std::int64_t failures) noexcept {
  const auto doublings = std::clamp<std::int64_t>(failures - 1, 0, 12);
  return std::min<std::chrono::milliseconds>(1min * (std::int64_t{1} << doublings), 6h);
}

}  // namespace

PlaceKeeper::PlaceKeeper(Parts parts)
    : parts_(std::move(parts)),
      fetches_(parts_.metrics.counters("geo_fetches_total", "Downloads of the database of places.",
                                       {{"outcome", {"ok", "failed"}}})) {
  curl_global_init(CURL_GLOBAL_DEFAULT);
  parts_.metrics.gauge(
      "geo_database_built_seconds",
      "When the database of places in use was built, in Unix time; 0: there is none.", [&places = places_] {
        const auto database = places.current();
        return database ? static_cast<double>(database->built_at().time_since_epoch().count()) : 0.0;
      });
  open_if_changed();
  if (!parts_.path.empty() && !seen_ && !parts_.source) {
    parts_.log.event(observe::LogLevel::warn, "places_not_opened",
                     "There is no database of places at geo.database yet; it is used as soon as there is.",
                     {{"path", parts_.path}});
  }
}

PlaceKeeper::~PlaceKeeper() {
  stop();
  curl_global_cleanup();
}

void PlaceKeeper::start() {
  thread_ = std::thread{[this] {
    do {
      look();
    } while (bell_.wait());
  }};
}

void PlaceKeeper::stop() {
  bell_.stop();
  if (thread_.joinable()) thread_.join();
}

void PlaceKeeper::look() {
  open_if_changed();
  fetch_if_due();
}

std::optional<PlaceKeeper::Stamp> PlaceKeeper::stamp() const {
  struct stat status{};
  if (parts_.path.empty() || ::stat(parts_.path.c_str(), &status) != 0) return std::nullopt;
  const auto& time = status.st_mtim;
  return Stamp{.inode = status.st_ino,
               .size = status.st_size,
               .changed_ns = time.tv_sec * 1'000'000'000 + time.tv_nsec,
               .changed = from_unix_ms(time.tv_sec * 1'000)};
}

void PlaceKeeper::open_if_changed() {
  const auto now = stamp();
  if (now == seen_) return;
  seen_ = now;
  if (!now) return;  // it was taken away: what was in use stays
  auto opened = PlaceDatabase::open(parts_.path);
  if (opened) return use(std::move(*opened));
  parts_.log.event(observe::LogLevel::warn, "places_not_opened",
                   "The database of places cannot be used; what was in use before stays.",
                   {{"why", opened.error().detail}});
}

void PlaceKeeper::fetch_if_due() {
  if (!parts_.source || parts_.path.empty() || parts_.clock.mono_now() < next_try_) return;
  const bool is_usable = seen_ && places_.current() != nullptr;
  if (is_usable && parts_.clock.unix_now() < seen_->changed + parts_.refresh) return;
  auto fetched = fetch(*parts_.source, parts_.path, bell_.stopping());
  if (!fetched) return failed(fetched.error());
  fetches_.at("ok").add(parts_.metrics.other_threads());
  failures_in_a_row_ = 0;
  seen_ = stamp();
  // By the clock that is handed in, which need not be the file system's.
  next_try_ = parts_.clock.mono_now() + parts_.refresh;
  use(std::move(*fetched));
}

void PlaceKeeper::failed(const Error& error) {
  if (bell_.stopping().load()) return;
  fetches_.at("failed").add(parts_.metrics.other_threads());
  next_try_ = parts_.clock.mono_now() + pause_after(++failures_in_a_row_);
  if (failures_in_a_row_ > 1) return;
  parts_.log.event(
      observe::LogLevel::warn, "places_not_fetched",
      "The database of places cannot be fetched; what is in use stays. It is tried again; this is said "
      "once until it works.",
      {{"why", error.detail}});
}

void PlaceKeeper::use(std::shared_ptr<const PlaceDatabase> database) {
  parts_.log.event(observe::LogLevel::info, "places", "A database of places is in use.",
                   {{"type", database->type()}, {"built", rfc3339(database->built_at())}});
  places_.use(std::move(database));
}

}  // namespace gatehouse::geo
