// Comma-separated values as RFC 4180 has them, strictly, one record at a time.
//
//   record  = field *( "," field ) ( CRLF / LF )        ; the last line end may be missing
//   field   = *TEXT / DQUOTE *( TEXT / "," / CR / LF / 2DQUOTE ) DQUOTE
//
// A quote within bare text, or text behind a closing quote, is a mistake: programs differ in what they take it
// for, and a shifted column would give somebody another's role.
#pragma once

#include <cstdint>
#include <istream>
#include <string>
#include <vector>

namespace gatehouse::user_import {

inline constexpr std::size_t kMostCsvFields = 64;

class CsvReader {
 public:
  enum class Outcome : std::uint8_t { record, malformed, too_long, none };

  explicit CsvReader(std::istream& file) : buffer_(*file.rdbuf()) {}

  // Passes over empty lines. After a record that is malformed or longer than kMostRecordBytes it goes on at the
  // next line.
  [[nodiscard]] Outcome next(std::vector<std::string>& fields);
  // Where that record began, from 1.
  [[nodiscard]] std::uint64_t line() const noexcept { return began_at_; }

 private:
  enum class State : std::uint8_t { begin, bare, quoted, closed };

  [[nodiscard]] int take();
  void skip_line(int last);
  // What a character does to the field under way; false: it may not stand there.
  [[nodiscard]] bool add(char c, std::string& field);
  void skip_empty_lines();

  std::streambuf& buffer_;
  State state_ = State::begin;
  std::size_t size_ = 0;  // of the record so far
  std::uint64_t line_ = 1;
  std::uint64_t began_at_ = 1;
};

}  // namespace gatehouse::user_import
