// Takes the database out of what was downloaded.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.hpp"

namespace gatehouse::geo {

inline constexpr std::size_t kMostArchiveEntries = 100;

// `from` and `to` are descriptors; both are used from where they stand. Knows a plain file, one under gzip, and
// a tar, gzipped or not, of which the first file named *.mmdb is taken: by its content, never by a path that
// stands in it. Stops beyond `most` unpacked bytes, whatever they unpack to. The error's detail is for the
// operator.
[[nodiscard]] Result<void> unpack(int from, int to, std::uint64_t most);

}  // namespace gatehouse::geo
