// One template: text with {{name}} for a variable and {{#name}} … {{/name}} for what is shown when that
// variable has a value. Nothing nests, nothing is computed: whoever writes one must not be able to do harm with
// it.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::mail {

class Template {
 public:
  struct Mistake {
    unsigned line;
    std::string what;
  };
  // `known` are the variables that it may use.
  [[nodiscard]] static std::expected<Template, Mistake> parse(std::string_view text,
                                                              std::span<const std::string_view> known);

  // What goes in the place of a variable, escaped as the kind of text needs it; "" for one that has no value.
  using Values = std::function<std::string(std::string_view name)>;
  [[nodiscard]] std::string render(const Values& values) const;

 private:
  enum class What : std::uint8_t { text, variable, begin, end };
  struct Piece {
    What what;
    std::string content;  // the text, or the variable's name
  };
  class Reader;
  std::vector<Piece> pieces_;
};

// For element content and for attributes in quotes.
[[nodiscard]] std::string html_escaped(std::string_view value);

}  // namespace gatehouse::mail
