#include "features/user_import/repeated_names.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "base/text.hpp"
#include "crypto/digest.hpp"

namespace gatehouse::user_import {

void RepeatedNames::add(std::string_view kind, std::string_view key, std::uint64_t line) {
  const std::string name = std::string{kind} + ':' + std::string{key};
  const auto digest = crypto::sha256(as_bytes(name));
  Name one{.digest = 0, .line = line};
  std::memcpy(&one.digest, digest.data(), sizeof one.digest);
  names_.push_back(one);
}

std::vector<std::uint64_t> RepeatedNames::find() {
  std::ranges::sort(names_);
  std::vector<std::uint64_t> lines;
  for (std::size_t i = 1; i < names_.size(); ++i) {
    if (names_[i].digest == names_[i - 1].digest) lines.push_back(names_[i].line);
  }
  std::ranges::sort(lines);
  lines.erase(std::ranges::unique(lines).begin(), lines.end());
  return lines;
}

}  // namespace gatehouse::user_import
