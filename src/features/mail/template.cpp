#include "features/mail/template.hpp"

#include <algorithm>
#include <utility>

namespace gatehouse::mail {

class Template::Reader {
 public:
  Reader(std::string_view text, std::span<const std::string_view> known) : rest_(text), known_(known) {}

  std::expected<Template, Mistake> read() {
    while (wrong_.empty() && !rest_.empty()) step();
    if (wrong_.empty() && !open_.empty()) complain("{{#" + open_ + "}} is never closed");
    if (!wrong_.empty()) return std::unexpected(Mistake{.line = line_, .what = wrong_});
    return std::move(made_);
  }

 private:
  void complain(std::string what) { wrong_ = std::move(what); }

  std::string_view take(std::size_t count) {
    const auto taken = rest_.substr(0, count);
    line_ += static_cast<unsigned>(std::ranges::count(taken, '\n'));
    rest_.remove_prefix(taken.size());
    is_line_start_ = taken.empty() ? is_line_start_ : taken.ends_with('\n');
    return taken;
  }

  void step() {
    const auto begin = rest_.find("{{");
    if (begin != 0) {
      const auto text = take(begin);
      made_.pieces_.push_back({What::text, std::string{text}});
      return;
    }
    const auto end = rest_.find("}}");
    if (end == std::string_view::npos || rest_.substr(0, end).contains('\n')) {
      return complain("{{ without }} on its line");
    }
    const bool began_line = is_line_start_;
    const auto tag = take(end + 2);
    read_tag(tag.substr(2, tag.size() - 4), began_line);
  }

  void read_tag(std::string_view name, bool began_line) {
    const bool begins = name.starts_with('#');
    const bool ends = name.starts_with('/');
    if (begins || ends) name.remove_prefix(1);
    if (std::ranges::find(known_, name) == known_.end()) return complain(unknown(name));
    if (begins && !open_.empty()) return complain("{{#" + std::string{name} + "}} inside {{#" + open_ + "}}");
    if (ends && open_ != name) return complain("{{/" + std::string{name} + "}} closes nothing");
    if (begins) open_ = name;
    if (ends) open_.clear();
    made_.pieces_.push_back({begins ? What::begin : ends ? What::end : What::variable, std::string{name}});
    // A section's tag that has a line for itself leaves no empty line behind.
    if ((begins || ends) && began_line && rest_.starts_with('\n')) take(1);
  }

  [[nodiscard]] std::string unknown(std::string_view name) const {
    std::string what = "{{" + std::string{name.substr(0, 40)} + "}} is unknown; allowed:";
    for (const auto& each : known_) what += " " + std::string{each};
    return what;
  }

  std::string_view rest_;
  std::span<const std::string_view> known_;
  unsigned line_ = 1;
  bool is_line_start_ = true;
  std::string open_;  // the section that is being read
  std::string wrong_;
  Template made_;
};

std::expected<Template, Template::Mistake> Template::parse(std::string_view text,
                                                           std::span<const std::string_view> known) {
  return Reader{text, known}.read();
}

std::string Template::render(const Values& values) const {
  std::string out;
  bool is_shown = true;
  for (const Piece& piece : pieces_) {
    switch (piece.what) {
      case What::begin: is_shown = !values(piece.content).empty(); break;
      case What::end: is_shown = true; break;
      case What::text:
        if (is_shown) out += piece.content;
        break;
      case What::variable:
        if (is_shown) out += values(piece.content);
        break;
    }
  }
  return out;
}

std::string html_escaped(std::string_view value) {
  std::string out;
  for (const char c : value) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

}  // namespace gatehouse::mail
