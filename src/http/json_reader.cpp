#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "http/json.hpp"
#include "http/json_document.hpp"

namespace gatehouse::http {

namespace {

// As many as a form can have; a hostile body gets no answer of hundreds.
constexpr std::size_t kMaxFieldErrors = 64;

bool has_controls(std::string_view text) noexcept {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7F'; });
}

std::string length_in(std::size_t count, std::string_view unit) {
  return fmt::format("{} {}{}", count, unit, count == 1 ? "" : "s");
}

struct Complaint {
  std::string code;
  std::string message;
};

std::optional<Complaint> check(std::string_view text, const JsonObjectReader::TextRule& rule) {
  if (text.size() < rule.min_bytes) {
    if (text.empty()) return Complaint{"too_short", "Must not be empty."};
    return Complaint{"too_short", fmt::format("Must be at least {} long.", length_in(rule.min_bytes, "byte"))};
  }
  if (text.size() > rule.max_bytes) {
    return Complaint{"too_long", fmt::format("Must be at most {} long.", length_in(rule.max_bytes, "byte"))};
  }
  if (rule.max_code_points != 0 && count_code_points(text) > rule.max_code_points) {
    const auto most = length_in(rule.max_code_points, "character");
    return Complaint{"too_long", fmt::format("Must be at most {} long.", most)};
  }
  if (!rule.allow_controls && has_controls(text)) {
    return Complaint{"invalid", "Must not contain control characters."};
  }
  return std::nullopt;
}

}  // namespace

struct JsonObjectReader::Impl {
  JsonDocument document;
  std::string malformed;  // why the text is no JSON; "" when it is
  std::vector<FieldError> errors;

  [[nodiscard]] bool is_object() const noexcept {
    return malformed.empty() && document.kind == JsonKind::object;
  }

  JsonMember* find(std::string_view name) noexcept {
    const auto at = std::ranges::find(document.members, name, &JsonMember::name);
    return at == document.members.end() ? nullptr : &*at;
  }

  // Null when absent or null: the same to every rule.
  JsonMember* take(std::string_view name) noexcept {
    JsonMember* const member = find(name);
    if (member == nullptr) return nullptr;
    member->known = true;
    return member->kind == JsonKind::null ? nullptr : member;
  }

  void note(std::string_view field, std::string code, std::string message) {
    if (errors.size() < kMaxFieldErrors)
      errors.push_back({std::string{field}, std::move(code), std::move(message)});
  }

  std::optional<std::string> text_of(const JsonMember& member, const TextRule& rule) {
    if (member.kind != JsonKind::string) {
      note(member.name, "wrong_type", "Must be a string.");
      return std::nullopt;
    }
    if (auto complaint = check(member.text.reveal(), rule)) {
      note(member.name, std::move(complaint->code), std::move(complaint->message));
      return std::nullopt;
    }
    return std::string{member.text.reveal()};
  }

  void refuse_unknown() {
    for (const JsonMember& member : document.members) {
      if (!member.known) note(member.name, "unknown_field", "There is no such field.");
    }
  }
};

JsonObjectReader::JsonObjectReader(std::string_view body) : impl_(std::make_unique<Impl>()) {
  auto document = parse_json(body);
  if (document) {
    impl_->document = std::move(*document);
  } else {
    impl_->malformed = std::move(document.error());
  }
}

JsonObjectReader::~JsonObjectReader() = default;

std::string JsonObjectReader::required_string(std::string_view member, TextRule rule) {
  if (!impl_->is_object()) return {};
  const JsonMember* const found = impl_->take(member);
  if (found == nullptr) {
    impl_->note(member, "required", "Is required.");
    return {};
  }
  return impl_->text_of(*found, rule).value_or(std::string{});
}

std::optional<std::string> JsonObjectReader::optional_string(std::string_view member, TextRule rule) {
  const JsonMember* const found = impl_->take(member);
  return found == nullptr ? std::nullopt : impl_->text_of(*found, rule);
}

std::optional<std::vector<std::string>> JsonObjectReader::optional_strings(std::string_view member,
                                                                           TextRule rule, std::size_t most) {
  JsonMember* const found = impl_->take(member);
  if (found == nullptr) return std::nullopt;
  if (found->kind != JsonKind::array || found->has_other_elements) {
    impl_->note(member, "wrong_type", "Must be an array of strings.");
  } else if (found->elements.size() > most) {
    impl_->note(member, "too_many", fmt::format("Must have at most {} elements.", most));
  } else {
    for (const std::string& element : found->elements) {
      auto complaint = check(element, rule);
      if (!complaint) continue;
      impl_->note(member, std::move(complaint->code), std::move(complaint->message));
      return std::nullopt;
    }
    return std::move(found->elements);
  }
  return std::nullopt;
}

bool JsonObjectReader::required_bool(std::string_view member) {
  if (!impl_->is_object()) return false;
  const JsonMember* const found = impl_->take(member);
  if (found == nullptr) {
    impl_->note(member, "required", "Is required.");
  } else if (found->kind != JsonKind::boolean) {
    impl_->note(member, "wrong_type", "Must be true or false.");
  } else {
    return found->flag;
  }
  return false;
}

bool JsonObjectReader::has(std::string_view member) const noexcept {
  return impl_->find(member) != nullptr;
}

void JsonObjectReader::add_error(std::string field, std::string code, std::string message) {
  impl_->note(field, std::move(code), std::move(message));
}

Result<void> JsonObjectReader::finish() {
  if (!impl_->malformed.empty()) {
    return fail(Error{.code = ErrorCode::malformed_json, .public_detail = impl_->malformed});
  }
  if (impl_->document.kind != JsonKind::object) {
    return fail(Error{.code = ErrorCode::validation_failed,
                      .fields = {{"", "wrong_type", "The body must be a JSON object."}}});
  }
  impl_->refuse_unknown();
  if (impl_->errors.empty()) return {};
  return fail(Error{.code = ErrorCode::validation_failed, .fields = std::move(impl_->errors)});
}

bool is_strict_json(std::string_view text) noexcept {
  return parse_json(text).has_value();
}

}  // namespace gatehouse::http
