#include "features/geo/place_database.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <initializer_list>

#include "base/text.hpp"
#include "features/geo/special_addresses.hpp"
#include "net/unique_fd.hpp"

namespace gatehouse::geo {

namespace {

constexpr std::size_t kMostCityBytes = 128;

std::unexpected<Error> refuse(const std::string& path, std::string_view why) {
  return fail(ErrorCode::internal_error, fmt::format("{}: {}", path, why));
}

Result<net::UniqueFd> copy_of(const std::string& path) {
  const net::UniqueFd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  struct stat status{};
  if (!file || ::fstat(file.get(), &status) != 0) return refuse(path, std::strerror(errno));
  if (!S_ISREG(status.st_mode)) return refuse(path, "not a file");
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size > kMostDatabaseBytes) return refuse(path, "larger than 1 GiB");
  net::UniqueFd copy{::memfd_create("places", MFD_CLOEXEC)};
  if (!copy) return refuse(path, std::strerror(errno));
  for (std::uint64_t done = 0; done < size;) {
    const auto count = ::sendfile(copy.get(), file.get(), nullptr, size - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return refuse(path, count == 0 ? "became shorter while it was read" : std::strerror(errno));
    done += static_cast<std::uint64_t>(count);
  }
  return copy;
}

// The text at a path of keys; empty when there is none.
std::string_view text_at(MMDB_entry_s entry, std::initializer_list<const char*> keys) {
  std::array<const char*, 4> path{};
  std::ranges::copy(keys, path.begin());
  MMDB_entry_data_s data{};
  if (MMDB_aget_value(&entry, &data, path.data()) != MMDB_SUCCESS || !data.has_data ||
      data.type != MMDB_DATA_TYPE_UTF8_STRING) {
    return {};
  }
  return {data.utf8_string, data.data_size};
}

std::string_view first_text(const MMDB_entry_s& entry,
                            std::initializer_list<std::initializer_list<const char*>> paths) {
  for (const auto& path : paths) {
    if (const auto text = text_at(entry, path); !text.empty()) return text;
  }
  return {};
}

bool is_country(std::string_view text) noexcept {
  return text.size() == 2 && std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

// The file comes from elsewhere: what is stored and shown must be text.
bool is_city(std::string_view text) noexcept {
  return text.size() <= kMostCityBytes && is_valid_utf8(text) &&
         std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

}  // namespace

Result<std::shared_ptr<const PlaceDatabase>> PlaceDatabase::open(const std::string& path) {
  auto copy = copy_of(path);
  if (!copy) return pass_on(copy);
  const std::shared_ptr<PlaceDatabase> made{new PlaceDatabase};
  const int status =
      MMDB_open(fmt::format("/proc/self/fd/{}", copy->get()).c_str(), MMDB_MODE_MMAP, &made->mmdb_);
  if (status != MMDB_SUCCESS) return refuse(path, MMDB_strerror(status));
  made->is_open_ = true;
  if (auto sound = made->check(); !sound) return refuse(path, sound.error().detail);
  return made;
}

PlaceDatabase::~PlaceDatabase() {
  if (is_open_) MMDB_close(&mmdb_);
}

// Every record of the tree, so that a damaged file is refused now and not at some login.
Result<void> PlaceDatabase::check() const {
  const auto& metadata = mmdb_.metadata;
  if (metadata.database_type == nullptr || (metadata.ip_version != 4 && metadata.ip_version != 6)) {
    return fail(ErrorCode::internal_error, "not a database of addresses");
  }
  bool has_places = false;
  for (std::uint32_t i = 0; i < metadata.node_count; ++i) {
    MMDB_search_node_s node{};
    if (MMDB_read_node(&mmdb_, i, &node) != MMDB_SUCCESS || node.left_record_type == MMDB_RECORD_TYPE_INVALID ||
        node.right_record_type == MMDB_RECORD_TYPE_INVALID) {
      return fail(ErrorCode::internal_error, "damaged: its tree leads nowhere");
    }
    for (auto entry : {std::pair{node.left_record_type, node.left_record_entry},
                       std::pair{node.right_record_type, node.right_record_entry}}) {
      if (has_places || entry.first != MMDB_RECORD_TYPE_DATA) continue;
      has_places = !first_text(entry.second, {{"country", "iso_code"}, {"country_code"}, {"country"}}).empty();
    }
  }
  if (has_places) return {};
  return fail(ErrorCode::internal_error,
              fmt::format("of type \"{}\", which tells no countries", metadata.database_type));
}

Place PlaceDatabase::find(std::string_view address) const {
  // Databases made of registries' data do name a country for 192.168.0.0/16: where its block was registered.
  const auto parsed = http::Address::parse(address);
  if (!parsed || !is_global(*parsed)) return {};
  int resolved = 0;
  int status = MMDB_SUCCESS;
  auto found = MMDB_lookup_string(&mmdb_, std::string{address}.c_str(), &resolved, &status);
  if (resolved != 0 || status != MMDB_SUCCESS || !found.found_entry) return {};
  // MaxMind's and DB-IP's layout, and the flat one of ip-location-db and IPinfo.
  const auto country = first_text(found.entry, {{"country", "iso_code"}, {"country_code"}, {"country"}});
  if (!is_country(country)) return {};
  const auto city = first_text(found.entry, {{"city", "names", "en"}, {"city"}});
  return {.country = std::string{country}, .city = is_city(city) ? std::string{city} : std::string{}};
}

}  // namespace gatehouse::geo
