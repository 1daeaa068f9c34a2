#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "features/user_import/csv_reader.hpp"
#include "features/user_import/import_source.hpp"

namespace gatehouse::user_import {

namespace {

enum class Column : std::uint8_t { email, password_hash, email_verified, username, name, role, plan };
constexpr std::array<std::string_view, 7> kColumns{"email", "passwordHash", "emailVerified", "username",
                                                   "name",  "role",         "plan"};

std::optional<bool> parse_flag(std::string_view text) noexcept {
  // PostgreSQL's COPY writes t and f, a spreadsheet TRUE and FALSE, others 1 and 0.
  for (const std::string_view yes : {"true", "t", "1"}) {
    if (equals_ignoring_case(text, yes)) return true;
  }
  for (const std::string_view no : {"false", "f", "0", ""}) {
    if (equals_ignoring_case(text, no)) return false;
  }
  return std::nullopt;
}

std::optional<std::string> unless_empty(std::string text) {
  return text.empty() ? std::nullopt : std::optional{std::move(text)};
}

// False: the value cannot be read.
bool assign(RawUser& user, Column column, std::string value) {
  switch (column) {
    case Column::email: user.email = std::move(value); return true;
    case Column::password_hash: user.password_hash = std::move(value); return true;
    case Column::email_verified: {
      const auto flag = parse_flag(value);
      user.email_verified = flag.value_or(false);
      return flag.has_value();
    }
    case Column::username: user.username = unless_empty(std::move(value)); return true;
    case Column::name: user.name = unless_empty(std::move(value)); return true;
    case Column::role: user.role = unless_empty(std::move(value)); return true;
    case Column::plan: user.plan = unless_empty(std::move(value)); return true;
  }
  return false;
}

class CsvUsers final : public Source {
 public:
  explicit CsvUsers(std::istream& file) : reader_(file) {}

  Result<void> read_header();
  std::optional<Record> next() override;

 private:
  std::expected<RawUser, std::vector<std::string>> user();

  CsvReader reader_;
  std::vector<Column> columns_;
  std::vector<std::string> fields_;
};

std::unexpected<Error> refuse(std::string why) {
  return fail(Error{.code = ErrorCode::validation_failed, .public_detail = std::move(why)});
}

Result<Column> column_named(std::string_view name) {
  const auto at = std::ranges::find(kColumns, name);
  if (at == kColumns.end()) {
    return refuse(fmt::format("the header names a column that is not known: {}. Known are {}",
                              name.substr(0, 40), fmt::join(kColumns, ", ")));
  }
  return static_cast<Column>(at - kColumns.begin());
}

Result<void> CsvUsers::read_header() {
  if (reader_.next(fields_) != CsvReader::Outcome::record) {
    return refuse(fmt::format("no header line; it must name the columns, of {}", fmt::join(kColumns, ", ")));
  }
  // Spreadsheets begin a file with a byte order mark.
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (fields_[0].starts_with(kMark)) fields_[0].erase(0, kMark.size());
  for (const std::string& name : fields_) {
    auto column = column_named(name);
    if (!column) return pass_on(column);
    if (std::ranges::find(columns_, *column) != columns_.end()) {
      return refuse("the header names a column twice: " + name);
    }
    columns_.push_back(*column);
  }
  for (const Column needed : {Column::email, Column::password_hash}) {
    if (std::ranges::find(columns_, needed) != columns_.end()) continue;
    return refuse(fmt::format("the header has no column {}", kColumns[static_cast<std::size_t>(needed)]));
  }
  return {};
}

std::expected<RawUser, std::vector<std::string>> CsvUsers::user() {
  using Problems = std::vector<std::string>;
  if (fields_.size() != columns_.size()) {
    return std::unexpected(
        Problems{fmt::format("has {} fields, and the header {}", fields_.size(), columns_.size())});
  }
  RawUser user;
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    if (assign(user, columns_[i], std::move(fields_[i]))) continue;
    return std::unexpected(Problems{"emailVerified: Must be true or false."});
  }
  return user;
}

std::optional<Record> CsvUsers::next() {
  using Problems = std::vector<std::string>;
  switch (reader_.next(fields_)) {
    case CsvReader::Outcome::none: return std::nullopt;
    case CsvReader::Outcome::record: return Record{reader_.line(), user()};
    case CsvReader::Outcome::too_long:
      return Record{reader_.line(), std::unexpected(Problems{"longer than 16 KiB; is a quote not closed?"})};
    case CsvReader::Outcome::malformed:
      return Record{reader_.line(),
                    std::unexpected(Problems{"not comma-separated values: a quote stands where none may, or is "
                                             "not closed"})};
  }
  return std::nullopt;
}

}  // namespace

Result<std::unique_ptr<Source>> read_csv(std::istream& file) {
  auto users = std::make_unique<CsvUsers>(file);
  if (auto header = users->read_header(); !header) return pass_on(header);
  return users;
}

}  // namespace gatehouse::user_import
