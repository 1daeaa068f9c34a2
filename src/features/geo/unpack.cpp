#include "features/geo/unpack.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>

namespace gatehouse::geo {

namespace {

struct FreeArchive {
  void operator()(archive* opened) const noexcept { archive_read_free(opened); }
};
using ArchivePtr = std::unique_ptr<archive, FreeArchive>;

constexpr std::size_t kBlock = std::size_t{64} * 1024;

std::unexpected<Error> damaged(archive* opened) {
  const char* const why = archive_error_string(opened);
  return fail(ErrorCode::internal_error,
              fmt::format("the download cannot be unpacked: {}", why == nullptr ? "it is damaged" : why));
}

std::unexpected<Error> too_large() {
  return fail(ErrorCode::internal_error, "the download unpacks to more than a database can be");
}

ArchivePtr make_reader() {
  ArchivePtr opened{archive_read_new()};
  if (!opened) return opened;
  // These and no more: each format that is not needed is code for an attacker to try.
  archive_read_support_filter_gzip(opened.get());
  archive_read_support_format_tar(opened.get());
  archive_read_support_format_raw(opened.get());
  return opened;
}

Result<void> write_all(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::write(to, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(ErrorCode::internal_error, std::strerror(errno));
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

// Reads one entry to its end; writes it when `to` is a descriptor. `left` is what may still be unpacked.
Result<void> read_entry(archive* opened, int to, std::uint64_t& left) {
  std::array<char, kBlock> block;
  for (;;) {
    const auto count = archive_read_data(opened, block.data(), block.size());
    if (count < 0) return damaged(opened);
    if (count == 0) return {};
    const auto size = static_cast<std::size_t>(count);
    if (size > left) return too_large();
    left -= size;
    if (to < 0) continue;
    if (auto written = write_all(to, {block.data(), size}); !written) return written;
  }
}

bool is_database(archive* opened, archive_entry* entry) {
  if (archive_format(opened) == ARCHIVE_FORMAT_RAW) return true;
  const char* const path = archive_entry_pathname(entry);
  return archive_entry_filetype(entry) == AE_IFREG && path != nullptr &&
         std::string_view{path}.ends_with(".mmdb");
}

}  // namespace

Result<void> unpack(int from, int to, std::uint64_t most) {
  const ArchivePtr opened = make_reader();
  if (!opened || archive_read_open_fd(opened.get(), from, kBlock) != ARCHIVE_OK) return damaged(opened.get());
  std::uint64_t left = most;
  for (std::size_t i = 0; i < kMostArchiveEntries; ++i) {
    archive_entry* entry = nullptr;
    const int status = archive_read_next_header(opened.get(), &entry);
    if (status == ARCHIVE_EOF) break;
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN) return damaged(opened.get());
    if (is_database(opened.get(), entry)) return read_entry(opened.get(), to, left);
    // Skipped by reading, since skipping would unpack without counting.
    if (auto skipped = read_entry(opened.get(), -1, left); !skipped) return skipped;
  }
  return fail(ErrorCode::internal_error, "there is no .mmdb file in the archive");
}

}  // namespace gatehouse::geo
