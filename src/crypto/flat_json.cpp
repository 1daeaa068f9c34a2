#include "crypto/flat_json.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace gatehouse::crypto {

namespace {

void append_utf8(std::string& out, std::uint32_t code_point) {
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
  const auto put_tail = [&](unsigned shift) { put(0x80U | (code_point >> shift & 0x3FU)); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xC0U | code_point >> 6U);
    put_tail(0);
  } else if (code_point < 0x10000) {
    put(0xE0U | code_point >> 12U);
    put_tail(6);
    put_tail(0);
  } else {
    put(0xF0U | code_point >> 18U);
    put_tail(12);
    put_tail(6);
    put_tail(0);
  }
}

// Each function reads one rule of the grammar and says whether it stood there. The input is valid UTF-8.
class FlatReader {
 public:
  explicit FlatReader(std::string_view rest) noexcept : rest_(rest) {}

  [[nodiscard]] bool object(FlatObject& out) {
    if (!between('{', '}', [&] { return member(out); })) return false;
    skip_space();
    return rest_.empty();
  }

 private:
  void skip_space() noexcept {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\n\r"), rest_.size()));
  }

  bool take(char wanted) noexcept {
    if (!rest_.starts_with(wanted)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool take_token(char wanted) noexcept {
    skip_space();
    return take(wanted);
  }

  template <class Item>
  bool between(char open, char close, Item item) {
    if (!take_token(open)) return false;
    if (take_token(close)) return true;
    do {
      if (!item()) return false;
    } while (take_token(','));
    return take_token(close);
  }

  bool member(FlatObject& out) {
    std::string name;
    FlatValue value;
    return string(name) && take_token(':') && this->value(value) && out.add(std::move(name), std::move(value));
  }

  bool value(FlatValue& out) {
    skip_space();
    if (rest_.starts_with('"')) return string(out.emplace<std::string>());
    if (rest_.starts_with('[')) return strings(out.emplace<std::vector<std::string>>());
    return integer(out.emplace<std::uint64_t>());
  }

  bool strings(std::vector<std::string>& out) {
    return between('[', ']', [&] { return out.size() < kMaxFlatStrings && string(out.emplace_back()); });
  }

  bool integer(std::uint64_t& out) noexcept {
    const auto* const end = std::ranges::find_if_not(rest_, is_ascii_digit);
    const auto digits = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    const auto number = parse_unsigned(digits);
    if (!number || (digits.size() > 1 && digits.front() == '0')) return false;
    out = *number;
    rest_.remove_prefix(digits.size());
    return true;
  }

  bool string(std::string& out) {
    if (!take_token('"')) return false;
    while (!rest_.empty()) {
      const char c = rest_.front();
      if (static_cast<unsigned char>(c) < 0x20) return false;
      rest_.remove_prefix(1);
      if (c == '"') return true;
      if (c != '\\') {
        out += c;
      } else if (!escape(out)) {
        return false;
      }
    }
    return false;
  }

  bool escape(std::string& out) {
    if (rest_.empty()) return false;
    constexpr std::string_view kLetters = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    const char letter = rest_.front();
    rest_.remove_prefix(1);
    if (letter == 'u') return code_point(out);
    const auto at = kLetters.find(letter);
    if (at == std::string_view::npos) return false;
    out += kMeanings[at];
    return true;
  }

  // Above U+FFFF there are two escapes, a high and a low surrogate; one alone is no character (RFC 8259 §8.2).
  bool code_point(std::string& out) {
    std::uint32_t high = 0;
    if (!code_unit(high)) return false;
    if (high < 0xD800 || high > 0xDFFF) {
      append_utf8(out, high);
      return true;
    }
    std::uint32_t low = 0;
    if (high > 0xDBFF || !take('\\') || !take('u') || !code_unit(low)) return false;
    if (low < 0xDC00 || low > 0xDFFF) return false;
    append_utf8(out, 0x10000U + ((high - 0xD800U) << 10U) + (low - 0xDC00U));
    return true;
  }

  bool code_unit(std::uint32_t& out) noexcept {
    if (rest_.size() < 4) return false;
    for (const char c : rest_.substr(0, 4)) {
      const int digit = hex_value(c);
      if (digit < 0) return false;
      out = out << 4U | static_cast<std::uint32_t>(digit);
    }
    rest_.remove_prefix(4);
    return true;
  }

  std::string_view rest_;
};

}  // namespace

bool FlatObject::add(std::string name, FlatValue value) {
  if (members_.size() == kMaxFlatMembers || has(name)) return false;
  members_.emplace_back(std::move(name), std::move(value));
  return true;
}

const FlatValue* FlatObject::find(std::string_view name) const noexcept {
  const auto found =
      std::ranges::find(members_, name, [](const auto& member) { return std::string_view{member.first}; });
  return found == members_.end() ? nullptr : &found->second;
}

const std::string* FlatObject::text(std::string_view name) const noexcept {
  return std::get_if<std::string>(find(name));
}

const std::uint64_t* FlatObject::integer(std::string_view name) const noexcept {
  return std::get_if<std::uint64_t>(find(name));
}

const std::vector<std::string>* FlatObject::texts(std::string_view name) const noexcept {
  return std::get_if<std::vector<std::string>>(find(name));
}

std::optional<FlatObject> read_flat_object(std::string_view json) {
  if (!is_valid_utf8(json)) return std::nullopt;
  FlatObject object;
  if (!FlatReader{json}.object(object)) return std::nullopt;
  return object;
}

}  // namespace gatehouse::crypto
