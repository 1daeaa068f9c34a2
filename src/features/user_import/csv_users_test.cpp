#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "features/user_import/csv_reader.hpp"
#include "features/user_import/import_source.hpp"

namespace gatehouse::user_import {

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Fields = std::vector<std::string>;

// All records, a mistake as {"!malformed"} or {"!too long"}.
std::vector<Fields> records(const std::string& text) {
  std::istringstream file{text};
  CsvReader reader{file};
  std::vector<Fields> all;
  Fields fields;
  for (;;) {
    switch (reader.next(fields)) {
      case CsvReader::Outcome::none: return all;
      case CsvReader::Outcome::record: all.push_back(fields); break;
      case CsvReader::Outcome::malformed: all.push_back({"!malformed"}); break;
      case CsvReader::Outcome::too_long: all.push_back({"!too long"}); break;
    }
  }
}

std::string refusal(const std::string& text) {
  std::istringstream file{text};
  auto source = read_csv(file);
  return source ? "" : source.error().public_detail;
}

const Fields kMalformed{"!malformed"};

}  // namespace

// The examples of RFC 4180 §2.
TEST(CsvReader, reads_what_the_rfc_shows) {
  EXPECT_THAT(records("aaa,bbb,ccc\r\nzzz,yyy,xxx\r\n"),
              ElementsAre(Fields{"aaa", "bbb", "ccc"}, Fields{"zzz", "yyy", "xxx"}));
  EXPECT_THAT(records("aaa,bbb,ccc\r\nzzz,yyy,xxx"),
              ElementsAre(Fields{"aaa", "bbb", "ccc"}, Fields{"zzz", "yyy", "xxx"}));
  EXPECT_THAT(records("\"aaa\",\"bbb\",\"ccc\"\r\nzzz,yyy,xxx"),
              ElementsAre(Fields{"aaa", "bbb", "ccc"}, Fields{"zzz", "yyy", "xxx"}));
  EXPECT_THAT(records("\"aaa\",\"b \r\nbb\",\"ccc\"\r\nzzz,yyy,xxx"),
              ElementsAre(Fields{"aaa", "b \r\nbb", "ccc"}, Fields{"zzz", "yyy", "xxx"}));
  EXPECT_THAT(records("\"aaa\",\"b\"\"bb\",\"ccc\""), ElementsAre(Fields{"aaa", "b\"bb", "ccc"}));
}

TEST(CsvReader, reads_empty_fields_and_passes_over_empty_lines) {
  EXPECT_THAT(records("a,,\n\n\r\n,\"\",b\n"), ElementsAre(Fields{"a", "", ""}, Fields{"", "", "b"}));
  EXPECT_THAT(records(""), ElementsAre());
  EXPECT_THAT(records("a,"), ElementsAre(Fields{"a", ""}));
}

TEST(CsvReader, refuses_quotes_where_none_may_stand_and_goes_on_at_the_next_line) {
  EXPECT_THAT(records("a\"b,c\nd,e\n"), ElementsAre(kMalformed, Fields{"d", "e"}));
  EXPECT_THAT(records("\"a\"b,c\nd,e\n"), ElementsAre(kMalformed, Fields{"d", "e"}));
  EXPECT_THAT(records("\"a\" ,c\nd,e\n"), ElementsAre(kMalformed, Fields{"d", "e"}));
  EXPECT_THAT(records("a,\"never closed\nd,e\n"), ElementsAre(kMalformed));
}

TEST(CsvReader, says_where_a_record_began) {
  std::istringstream file{"a\n\"b\nb\nb\"\n\nc\n"};
  CsvReader reader{file};
  Fields fields;
  std::vector<std::uint64_t> lines;
  while (reader.next(fields) == CsvReader::Outcome::record) lines.push_back(reader.line());
  EXPECT_THAT(lines, ElementsAre(1, 2, 6));
}

TEST(CsvReader, takes_a_record_of_16_kib_and_refuses_one_byte_more) {
  EXPECT_EQ(records(std::string(kMostRecordBytes, 'a') + "\nb\n").size(), 2U);
  EXPECT_THAT(records(std::string(kMostRecordBytes + 1, 'a') + "\nb\n"),
              ElementsAre(Fields{"!too long"}, Fields{"b"}));
  EXPECT_THAT(records('"' + std::string(2 * kMostRecordBytes, 'a') + "\nb\n"),
              ElementsAre(Fields{"!too long"}, Fields{"b"}))
      << "a quote that is not closed must not swallow the file";
}

TEST(CsvReader, takes_64_fields_and_refuses_one_more) {
  EXPECT_EQ(records(std::string(kMostCsvFields - 1, ',') + "\n").at(0).size(), kMostCsvFields);
  EXPECT_THAT(records(std::string(kMostCsvFields, ',') + "\nb\n"), ElementsAre(kMalformed, Fields{"b"}));
}

TEST(CsvUsers, have_the_columns_that_the_header_names_in_any_order) {
  std::istringstream file{
      "\xEF\xBB\xBFrole,passwordHash,email,emailVerified,username\r\neditor,h$1,a@b.org,t,\r\n"};
  auto source = read_csv(file);
  ASSERT_TRUE(source);
  const auto record = (*source)->next();
  ASSERT_TRUE(record && record->user);
  EXPECT_EQ(record->line, 2U);
  EXPECT_EQ(record->user->email, "a@b.org");
  EXPECT_EQ(record->user->password_hash, "h$1");
  EXPECT_EQ(record->user->role, "editor");
  EXPECT_TRUE(record->user->email_verified);
  EXPECT_EQ(record->user->username, std::nullopt) << "an empty field is none";
  EXPECT_FALSE((*source)->next());
}

TEST(CsvUsers, are_not_read_below_a_header_that_says_something_else) {
  EXPECT_THAT(refusal(""), HasSubstr("no header line"));
  EXPECT_THAT(refusal("email,password\n"), HasSubstr("not known: password"));
  EXPECT_THAT(refusal("email,passwordHash,email\n"), HasSubstr("twice: email"));
  EXPECT_THAT(refusal("email,username\n"), HasSubstr("no column passwordHash"));
  EXPECT_THAT(refusal("a@example.org,$2b$12$abc\n"), HasSubstr("not known"));
}

TEST(CsvUsers, with_a_field_too_few_or_a_flag_of_another_word_are_mistakes) {
  std::istringstream file{"email,passwordHash,emailVerified\na,b\na,b,yes\na,b,TRUE\na,b,c,d\n"};
  auto source = read_csv(file);
  ASSERT_TRUE(source);
  std::vector<bool> good;
  while (auto record = (*source)->next()) good.push_back(record->user.has_value());
  EXPECT_THAT(good, ElementsAre(false, false, true, false));
}

}  // namespace gatehouse::user_import
