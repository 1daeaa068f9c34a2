// A file of users, read one record at a time: neither form is ever held in memory as a whole.
#pragma once

#include <cstdint>
#include <expected>
#include <istream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace gatehouse::user_import {

// A Keycloak credential, the longest of the hashes, has about 700 bytes.
inline constexpr std::size_t kMostRecordBytes = 16 * 1024;

// As it stands in the file; nothing is checked but its form.
struct RawUser {
  std::string email;
  std::string password_hash;
  bool email_verified = false;
  std::optional<std::string> username;
  std::optional<std::string> name;
  std::optional<std::string> role;
  std::optional<std::string> plan;
};

struct Record {
  std::uint64_t line = 0;  // where it begins, from 1
  // Or what is wrong with it, each a sentence for a person. Never quotes the hash.
  std::expected<RawUser, std::vector<std::string>> user;
};

class Source {
 public:
  virtual ~Source() = default;
  // Nothing at the end. A record that cannot be read does not keep the next ones from being read.
  [[nodiscard]] virtual std::optional<Record> next() = 0;
};

// One JSON object a line; empty lines are passed over.
[[nodiscard]] std::unique_ptr<Source> read_json_lines(std::istream& file);

// RFC 4180 with a header line that names the columns. The error (its public detail) is a header that names a
// column twice, an unknown one, or not all that must be there: then nothing of the file is understood.
[[nodiscard]] Result<std::unique_ptr<Source>> read_csv(std::istream& file);

}  // namespace gatehouse::user_import
