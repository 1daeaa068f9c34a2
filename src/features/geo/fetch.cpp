#include "features/geo/fetch.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "features/geo/download.hpp"
#include "features/geo/unpack.hpp"
#include "net/unique_fd.hpp"

namespace gatehouse::geo {

namespace {

constexpr std::uint64_t kMostDownloadBytes = std::uint64_t{512} << 20U;
constexpr std::uint64_t kMostChecksumBytes = 1024;
constexpr std::string_view kBeside = ".geo-";

std::unexpected<Error> io_error(const std::string& what) {
  return fail(ErrorCode::internal_error, fmt::format("{}: {}", what, std::strerror(errno)));
}

// A file beside the database: on the same file system, so that it can be renamed. Gone with its object unless
// it was.
class TemporaryFile {
 public:
  static Result<TemporaryFile> beside(const std::string& path) {
    const auto folder = std::filesystem::path{path}.parent_path();
    TemporaryFile made;
    made.name_ = (folder / (std::string{kBeside} + "XXXXXX")).string();
    made.file_.reset(::mkostemp(made.name_.data(), O_CLOEXEC));
    if (!made.file_) {
      made.name_.clear();
      return io_error(folder.string());
    }
    return made;
  }
  TemporaryFile(TemporaryFile&& other) noexcept
      : name_(std::exchange(other.name_, {})), file_(std::move(other.file_)) {}
  TemporaryFile& operator=(TemporaryFile&&) = delete;
  ~TemporaryFile() {
    if (!name_.empty()) ::unlink(name_.c_str());
  }

  [[nodiscard]] int fd() const noexcept { return file_.get(); }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

  [[nodiscard]] Result<void> become(const std::string& path) {
    const bool is_done = ::fchmod(fd(), S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH) == 0 && ::fsync(fd()) == 0 &&
                         ::rename(name_.c_str(), path.c_str()) == 0;
    if (!is_done) return io_error(path);
    name_.clear();
    return {};
  }

 private:
  TemporaryFile() = default;
  std::string name_;
  net::UniqueFd file_;
};

// 64 hexadecimal digits at the beginning; empty when it is something else, such as a page of a server that
// answers everything.
std::string digest_in(std::string_view text) {
  constexpr std::size_t kDigits = 64;
  const std::string digest = to_ascii_lower(text.substr(0, std::min(kDigits, text.size())));
  const bool is_digest =
      digest.size() == kDigits && std::ranges::all_of(digest, [](char c) { return lower_hex_value(c) >= 0; });
  const bool ends =
      text.size() <= kDigits || text[kDigits] == ' ' || text[kDigits] == '\n' || text[kDigits] == '\r';
  return is_digest && ends ? digest : std::string{};
}

// Empty when none is offered.
Result<std::string> expected_digest(const Source& source, const std::atomic<bool>& stopping) {
  if (source.checksum.empty()) return std::string{};
  auto text = download_text(
      {.url = source.checksum, .login = source.login, .most_bytes = kMostChecksumBytes, .stopping = &stopping});
  if (!text && source.needs_checksum) return pass_on(text);
  const std::string digest = text ? digest_in(*text) : std::string{};
  if (digest.empty() && source.needs_checksum) {
    return fail(ErrorCode::bad_gateway, "the server's checksum is none");
  }
  return digest;
}

Result<std::string> digest_of(int file) {
  struct stat status{};
  if (::fstat(file, &status) != 0) return io_error("reading the download");
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size == 0) return to_hex(crypto::sha256({}));
  void* const bytes = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
  if (bytes == MAP_FAILED) return io_error("reading the download");
  std::string digest = to_hex(crypto::sha256({static_cast<const std::byte*>(bytes), size}));
  ::munmap(bytes, size);
  return digest;
}

// What a process that was killed left behind.
void remove_leftovers(const std::filesystem::path& folder) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator{folder, ignored}) {
    if (entry.path().filename().string().starts_with(kBeside)) std::filesystem::remove(entry.path(), ignored);
  }
}

Result<void> download_checked(const Source& source, int file, const std::atomic<bool>& stopping) {
  auto expected = expected_digest(source, stopping);
  if (!expected) return pass_on(expected);
  auto done = download_to(
      {.url = source.url, .login = source.login, .most_bytes = kMostDownloadBytes, .stopping = &stopping},
      file);
  if (!done || expected->empty()) return done;
  auto actual = digest_of(file);
  if (!actual) return pass_on(actual);
  if (*actual == *expected) return {};
  return fail(ErrorCode::bad_gateway, "the download does not have the checksum that the server states");
}

}  // namespace

Source Source::maxmind(const std::string& host, const std::string& edition, Secret login) {
  const std::string url = fmt::format("{}/geoip/databases/{}/download?suffix=tar.gz", host, edition);
  return {.url = url, .checksum = url + ".sha256", .needs_checksum = true, .login = std::move(login)};
}

Source Source::at(std::string url) {
  const std::string checksum = url.find_first_of("?#") == std::string::npos ? url + ".sha256" : std::string{};
  return {.url = std::move(url), .checksum = checksum, .needs_checksum = false, .login = {}};
}

Result<std::shared_ptr<const PlaceDatabase>> fetch(const Source& source, const std::string& path,
                                                   const std::atomic<bool>& stopping) {
  const auto folder = std::filesystem::path{path}.parent_path();
  std::error_code failed;
  if (!folder.empty()) std::filesystem::create_directories(folder, failed);
  remove_leftovers(folder.empty() ? "." : folder);
  auto archive = TemporaryFile::beside(path);
  if (!archive) return pass_on(archive);
  auto unpacked = TemporaryFile::beside(path);
  if (!unpacked) return pass_on(unpacked);
  if (auto done = download_checked(source, archive->fd(), stopping); !done) return pass_on(done);
  if (::lseek(archive->fd(), 0, SEEK_SET) != 0) return io_error("reading the download");
  if (auto done = unpack(archive->fd(), unpacked->fd(), kMostDatabaseBytes); !done) return pass_on(done);
  auto opened = PlaceDatabase::open(unpacked->name());
  if (!opened) {
    return fail(ErrorCode::bad_gateway, "the download is no database of places: " +
                                            opened.error().detail.substr(unpacked->name().size() + 2));
  }
  if (auto done = unpacked->become(path); !done) return pass_on(done);
  return opened;
}

}  // namespace gatehouse::geo
