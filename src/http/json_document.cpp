#include "http/json_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <utility>

namespace gatehouse::http {

namespace {

namespace bj = boost::json;

// Called by the parser for each piece. Keeps the outermost object's members, and of everything else the names
// alone, so that a member given twice is seen at any depth: two readers of such a text would see two different
// objects.
struct Handler {
  static constexpr std::size_t max_object_size = kMaxJsonMembers;
  static constexpr std::size_t max_array_size = kMaxJsonElements;
  static constexpr std::size_t max_key_size = kMaxJsonNameBytes;
  static constexpr std::size_t max_string_size = kMaxJsonStringBytes;

  JsonDocument document;
  const char* refusal = nullptr;

  bool on_document_begin(bj::error_code&) { return true; }
  bool on_document_end(bj::error_code&) { return true; }

  bool on_object_begin(bj::error_code&) {
    note_value(JsonKind::object);
    open_.push_back(names_.size());
    return true;
  }
  bool on_object_end(std::size_t, bj::error_code&) {
    names_.resize(open_.back());
    open_.pop_back();
    return true;
  }
  bool on_array_begin(bj::error_code&) {
    note_value(JsonKind::array);
    open_.push_back(names_.size());
    return true;
  }
  bool on_array_end(std::size_t, bj::error_code&) {
    open_.pop_back();
    return true;
  }

  bool on_key_part(bj::string_view part, std::size_t, bj::error_code&) {
    text_.append(part.data(), part.size());
    return true;
  }
  bool on_key(bj::string_view part, std::size_t, bj::error_code& error) {
    text_.append(part.data(), part.size());
    return note_name(std::exchange(text_, {}), error);
  }

  bool on_string_part(bj::string_view part, std::size_t, bj::error_code&) {
    text_.append(part.data(), part.size());
    return true;
  }
  bool on_string(bj::string_view part, std::size_t, bj::error_code&) {
    text_.append(part.data(), part.size());
    Secret text{std::exchange(text_, {})};
    if (auto* member = note_value(JsonKind::string)) {
      member->text = std::move(text);
    } else if (auto* array = array_of_member()) {
      array->elements.emplace_back(text.reveal());
    }
    return true;
  }

  bool on_number_part(bj::string_view, bj::error_code&) { return true; }
  bool on_int64(std::int64_t, bj::string_view, bj::error_code&) { return note_number(); }
  bool on_uint64(std::uint64_t, bj::string_view, bj::error_code&) { return note_number(); }
  bool on_double(double, bj::string_view, bj::error_code&) { return note_number(); }
  bool on_bool(bool flag, bj::error_code&) {
    if (auto* member = note_value(JsonKind::boolean)) member->flag = flag;
    return true;
  }
  bool on_null(bj::error_code&) {
    note_value(JsonKind::null);
    return true;
  }
  // Never called: comments are off.
  bool on_comment_part(bj::string_view, bj::error_code&) { return false; }
  bool on_comment(bj::string_view, bj::error_code&) { return false; }

 private:
  bool note_number() {
    note_value(JsonKind::number);
    return true;
  }

  // The outermost object's array member that is open, when nothing is open within it.
  JsonMember* array_of_member() noexcept {
    const bool is_array = open_.size() == 2 && document.kind == JsonKind::object && !document.members.empty() &&
                          document.members.back().kind == JsonKind::array;
    return is_array ? &document.members.back() : nullptr;
  }

  // The member that this value belongs to, when it is one of the outermost object.
  JsonMember* note_value(JsonKind kind) {
    if (open_.empty()) document.kind = kind;
    if (auto* array = array_of_member()) array->has_other_elements |= kind != JsonKind::string;
    if (open_.size() != 1 || document.kind != JsonKind::object) return nullptr;
    document.members.back().kind = kind;
    return &document.members.back();
  }

  bool note_name(std::string name, bj::error_code& error) {
    if (++members_ > kMaxJsonMembers) return refuse("It has too many members", error);
    const auto first = names_.begin() + static_cast<std::ptrdiff_t>(open_.back());
    // At most 256 names of at most 256 bytes: comparing them all is cheaper than a table, also at its worst.
    if (std::find(first, names_.end(), name) != names_.end()) return refuse("A member is given twice", error);
    if (open_.size() == 1) document.members.push_back({.name = name});
    names_.push_back(std::move(name));
    return true;
  }

  bool refuse(const char* why, bj::error_code& error) {
    refusal = why;
    error = bj::error::syntax;
    return false;
  }

  std::vector<std::string> names_;  // of the members of all objects that are open
  std::vector<std::size_t> open_;   // where the names of each open object or array begin
  std::string text_;                // the string being read
  std::size_t members_ = 0;
};

const char* limit_broken(const bj::error_code& error) {
  if (error == bj::error::too_deep) return "It is nested too deeply";
  if (error == bj::error::object_too_large) return "It has too many members";
  if (error == bj::error::array_too_large) return "An array is too long";
  if (error == bj::error::key_too_large) return "A member's name is too long";
  if (error == bj::error::string_too_large) return "A text is too long";
  return nullptr;
}

std::string sentence(const Handler& handler, const bj::error_code& error, std::size_t at, std::size_t size) {
  const char* why = handler.refusal != nullptr ? handler.refusal : limit_broken(error);
  if (why != nullptr) return fmt::format("The body is not acceptable JSON. {} (near byte {}).", why, at);
  if (!error && at < size)
    return fmt::format("The body goes on after the end of its JSON value (at byte {}).", at);
  if (size == 0) return "The body is empty; it must be JSON.";
  if (error == bj::error::incomplete)
    return fmt::format("The body is not valid JSON: it ends too early (at byte {}).", size);
  return fmt::format("The body is not valid JSON (near byte {}).", at);
}

}  // namespace

std::expected<JsonDocument, std::string> parse_json(std::string_view text) {
  bj::parse_options options;
  options.max_depth = kMaxJsonDepth;
  bj::basic_parser<Handler> parser{options};
  bj::error_code error;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
  if (error || read != text.size())
    return std::unexpected(sentence(parser.handler(), error, read, text.size()));
  return std::move(parser.handler().document);
}

}  // namespace gatehouse::http
