// Lists of common passwords.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "features/passwords/common_words.hpp"

namespace gatehouse::passwords {

inline constexpr std::size_t kMostBlocklistBytes = std::size_t{64} << 20U;

// Immutable: shared by all threads.
class Blocklist {
 public:
  // common_passwords.txt, which is part of the binary.
  [[nodiscard]] static std::shared_ptr<const Blocklist> builtin();
  // One password or word a line, in any order and case; lines under four bytes are left out. Fails
  // (internal_error, with a detail for the operator) when the file cannot be read or has more than
  // kMostBlocklistBytes.
  [[nodiscard]] static Result<std::shared_ptr<const Blocklist>> read(
      const std::filesystem::path& file, std::size_t most_bytes = kMostBlocklistBytes);

  Blocklist(const Blocklist&) = delete;
  Blocklist& operator=(const Blocklist&) = delete;

  // Whether the password is an entry under some disguise (common_words.hpp), two of the words that come first
  // to mind in a row, or follows a pattern (predictable.hpp).
  [[nodiscard]] bool refuses(std::string_view password) const;

 private:
  explicit Blocklist(std::string owned) : owned_(std::move(owned)), entries_(owned_) {}
  explicit Blocklist(SortedLines entries) noexcept : entries_(entries) {}

  std::string owned_;
  SortedLines entries_;
};

// The text of the built-in list: its entries, without the lines about their source.
[[nodiscard]] std::string_view builtin_entries() noexcept;

}  // namespace gatehouse::passwords
