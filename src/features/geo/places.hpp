// The database that is in use now, for whoever wants to know a place.
#pragma once

#include <memory>
#include <mutex>
#include <string_view>
#include <utility>

#include "features/geo/place_database.hpp"

namespace gatehouse::geo {

// Thread-safe.
class Places {
 public:
  // Empty when there is no database, or it does not know. Never waits for a file or the network.
  [[nodiscard]] Place find(std::string_view address) const {
    const auto database = current();
    return database ? database->find(address) : Place{};
  }
  // From now on. Whoever is looking something up in the old one finishes there.
  void use(std::shared_ptr<const PlaceDatabase> database) {
    const std::lock_guard lock{mutex_};
    std::swap(database_, database);
  }
  [[nodiscard]] std::shared_ptr<const PlaceDatabase> current() const {
    const std::lock_guard lock{mutex_};
    return database_;
  }

 private:
  mutable std::mutex mutex_;  // held for the copy of a pointer
  std::shared_ptr<const PlaceDatabase> database_;
};

}  // namespace gatehouse::geo
