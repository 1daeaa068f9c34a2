// Keeps the database of places: opens it at the start, fetches it when it is missing or old, and takes it anew
// when its file has changed. On a thread of its own; nothing that it does or fails to do holds anybody up.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>

#include "base/bell.hpp"
#include "base/clock.hpp"
#include "features/geo/fetch.hpp"
#include "features/geo/places.hpp"
#include "observe/log.hpp"
#include "observe/metrics.hpp"

namespace gatehouse::geo {

class PlaceKeeper {
 public:
  struct Parts {
    const Clock& clock;
    observe::Log& log;
    observe::Metrics& metrics;
    std::string path;              // of the database; "" for none
    std::optional<Source> source;  // whence it is fetched
    std::chrono::milliseconds refresh{};
  };
  // Opens the file when it is there, on the calling thread, so that the first login has its place.
  explicit PlaceKeeper(Parts parts);
  ~PlaceKeeper();
  PlaceKeeper(const PlaceKeeper&) = delete;
  PlaceKeeper& operator=(const PlaceKeeper&) = delete;

  void start();
  void stop();                            // ends a download
  void ring() noexcept { bell_.ring(); }  // to look soon; from any thread
  [[nodiscard]] const Places& places() const noexcept { return places_; }

  // Looks whether the file has changed and whether it is time to fetch: what the thread does when the bell
  // rings.
  void look();

 private:
  // What tells one file from another that took its place.
  struct Stamp {
    ino_t inode = 0;
    off_t size = 0;
    std::int64_t changed_ns = 0;
    UnixTime changed{};
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  [[nodiscard]] std::optional<Stamp> stamp() const;

  void open_if_changed();
  void fetch_if_due();
  void failed(const Error& error);
  void use(std::shared_ptr<const PlaceDatabase> database);

  Parts parts_;
  Places places_;
  Bell bell_;
  observe::Counters fetches_;
  std::optional<Stamp> seen_;  // of the file that was looked at last
  std::int64_t failures_in_a_row_ = 0;
  MonoTime next_try_{};
  std::thread thread_;
};

}  // namespace gatehouse::geo
