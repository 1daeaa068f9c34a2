// The store and its master key, opened alike by the server and by the commands beside it.
#pragma once

#include <memory>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/random.hpp"
#include "config/settings.hpp"
#include "crypto/digest.hpp"
#include "db/database.hpp"

namespace gatehouse::app {

struct OpenedStore {
  std::unique_ptr<db::Database> database;
  crypto::Key256 master;
  int migrated = 0;  // how many migrations were applied now
};

// Makes the file and the key when there are none, and brings an older schema up to date. The detail of an error
// is for the operator and says what to do.
[[nodiscard]] Result<OpenedStore> open_store(const config::Settings& settings, Random& random, UnixTime now);

// For a command: as open_store, except that a store with an older schema is refused, since a server of the
// older version may be running on it; and so is one that belongs to another user of the system, who could not
// open the files any more that this process would leave behind.
[[nodiscard]] Result<OpenedStore> open_store_beside(const config::Settings& settings, Random& random,
                                                    UnixTime now);

[[nodiscard]] bool store_exists(const config::Settings& settings);
// Where it lies, for messages.
[[nodiscard]] std::string store_path(const config::Settings& settings);

}  // namespace gatehouse::app
