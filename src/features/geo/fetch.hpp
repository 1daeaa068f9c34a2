// Fetches a database of places from where the settings say, and puts it in its place.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "base/error.hpp"
#include "base/secret.hpp"
#include "features/geo/place_database.hpp"

namespace gatehouse::geo {

struct Source {
  std::string url;       // of the file or archive
  std::string checksum;  // URL of its SHA-256 as sha256sum writes it; "" for none
  bool needs_checksum = false;
  Secret login;

  // MaxMind's permanent links: {host}/geoip/databases/{edition}/download?suffix=tar.gz, and …tar.gz.sha256
  // beside it, with the account's id and a licence key as the login
  // (https://dev.maxmind.com/geoip/updating-databases/).
  [[nodiscard]] static Source maxmind(const std::string& host, const std::string& edition, Secret login);
  // The checksum is asked for at the same address with ".sha256" behind it, unless that has a query.
  [[nodiscard]] static Source at(std::string url);
};

// Downloads, compares with the checksum, unpacks, opens and checks, and only then renames it to `path`;
// whatever goes wrong before, what stood there stays. Blocks for as long as that takes; `stopping` ends it.
[[nodiscard]] Result<std::shared_ptr<const PlaceDatabase>> fetch(const Source& source, const std::string& path,
                                                                 const std::atomic<bool>& stopping);

}  // namespace gatehouse::geo
