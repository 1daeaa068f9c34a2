// Which records of a file have one address or one username: told from 64 bits of a digest of each, so that a
// file of any size is held as so many numbers.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace gatehouse::user_import {

class RepeatedNames {
 public:
  // `kind` keeps addresses and usernames apart.
  void add(std::string_view kind, std::string_view key, std::uint64_t line);
  // Lines whose name an earlier one has, in order. Of a billion names some two would be taken for each other.
  [[nodiscard]] std::vector<std::uint64_t> find();

 private:
  struct Name {
    std::uint64_t digest;
    std::uint64_t line;
    friend auto operator<=>(const Name&, const Name&) = default;
  };
  std::vector<Name> names_;
};

}  // namespace gatehouse::user_import
