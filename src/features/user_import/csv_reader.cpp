#include "features/user_import/csv_reader.hpp"

#include "features/user_import/import_source.hpp"

namespace gatehouse::user_import {

namespace {

constexpr int kEnd = std::streambuf::traits_type::eof();

}  // namespace

int CsvReader::take() {
  const int c = buffer_.sbumpc();
  if (c == '\n') ++line_;
  if (c != kEnd) ++size_;
  return c;
}

void CsvReader::skip_line(int last) {
  while (last != '\n' && last != kEnd) last = take();
}

void CsvReader::skip_empty_lines() {
  for (int c = buffer_.sgetc(); c == '\r' || c == '\n'; c = buffer_.sgetc()) (void)take();
}

bool CsvReader::add(char c, std::string& field) {
  const bool is_quote = c == '"';
  switch (state_) {
    case State::begin:
      state_ = is_quote ? State::quoted : State::bare;
      if (!is_quote) field += c;
      return true;
    case State::bare: field += c; return !is_quote;
    case State::quoted:
      if (is_quote) {
        state_ = State::closed;
      } else {
        field += c;
      }
      return true;
    case State::closed:
      // A doubled quote means one.
      state_ = State::quoted;
      field += c;
      return is_quote;
  }
  return false;
}

CsvReader::Outcome CsvReader::next(std::vector<std::string>& fields) {
  fields.clear();
  skip_empty_lines();
  began_at_ = line_;
  size_ = 0;
  state_ = State::begin;
  if (buffer_.sgetc() == kEnd) return Outcome::none;
  std::string field;
  for (;;) {
    int c = take();
    if (size_ > kMostRecordBytes + 1) {  // and its line end
      skip_line(c);
      return Outcome::too_long;
    }
    if (state_ != State::quoted) {
      if (c == '\r' && buffer_.sgetc() == '\n') c = take();
      if (c == ',' || c == '\n' || c == kEnd) {
        fields.push_back(std::move(field));
        field.clear();
        state_ = State::begin;
        if (c != ',') return Outcome::record;
        if (fields.size() < kMostCsvFields) continue;
        skip_line(c);
        return Outcome::malformed;
      }
    }
    if (c == kEnd) return Outcome::malformed;  // a quote that is never closed
    if (add(static_cast<char>(c), field)) continue;
    skip_line(c);
    return Outcome::malformed;
  }
}

}  // namespace gatehouse::user_import
