#include "features/mail/templates.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <vector>

#include "base/text.hpp"

namespace gatehouse::mail {

namespace {

using Names = std::vector<std::string_view>;
constexpr std::size_t kMaxTemplateBytes = std::size_t{64} * 1024;

Names variables_of(Kind kind) {
  switch (kind) {
    case Kind::verify_email: return {"link", "hours", "code", "minutes"};
    case Kind::reset_password: return {"link", "code", "minutes"};
    case Kind::login_code:
    case Kind::verify_code: return {"code", "minutes"};
    case Kind::confirm_email:
    case Kind::set_up_admin: return {"link", "minutes"};
    case Kind::email_changed: return {"newEmail"};
    case Kind::new_device: return {"device", "ip", "place", "time", "link"};
    case Kind::account_deleted: return {"days"};
    case Kind::already_known:
    case Kind::password_changed: return {};
  }
  return {};
}

Names with_common(Names names) {
  for (const std::string_view common : {"site", "sender", "email"}) names.push_back(common);
  return names;
}

std::unexpected<Error> refuse(std::string detail) {
  return fail(ErrorCode::internal_error, "mail.templates: " + std::move(detail));
}

// What the operator's folder has, by file name.
using Files = std::map<std::string, std::string, std::less<>>;

Result<std::string> read_file(const std::filesystem::path& path) {
  std::error_code failed;
  const auto size = std::filesystem::file_size(path, failed);
  if (failed) return refuse(fmt::format("{}: cannot be read: {}", path.string(), failed.message()));
  if (size > kMaxTemplateBytes) return refuse(fmt::format("{}: larger than 64 KiB", path.string()));
  std::ifstream file{path, std::ios::binary};
  std::string text{std::istreambuf_iterator<char>{file}, {}};
  if (!file.is_open() || file.bad()) return refuse(path.string() + ": cannot be read");
  if (!is_valid_utf8(text)) return refuse(path.string() + ": not UTF-8");
  std::erase(text, '\r');
  return text;
}

Result<Files> read_folder(const std::string& folder) {
  Files files;
  if (folder.empty()) return files;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator{folder, failed}) {
    const std::string name = entry.path().filename().string();
    const std::string extension = entry.path().extension().string();
    if (name.starts_with('.') || (extension != ".txt" && extension != ".html")) continue;
    if (builtin_template(name).empty()) {
      return refuse(fmt::format("{}: there is no mail of that name; allowed: names such as verify-email.txt",
                                entry.path().string()));
    }
    auto text = read_file(entry.path());
    if (!text) return pass_on(text);
    files.emplace(name, std::move(*text));
  }
  if (failed) return refuse(fmt::format("{}: {}", folder, failed.message()));
  return files;
}

// The templates' sources, and where a mistake in one of them stands.
class Sources {
 public:
  Sources(const std::string& folder, Files files) : folder_(folder), files_(std::move(files)) {}

  [[nodiscard]] std::string_view text(const std::string& name) const {
    const auto own = files_.find(name);
    return own == files_.end() ? builtin_template(name) : std::string_view{own->second};
  }

  // `lines_before`: of the file, that `text` comes after.
  [[nodiscard]] Result<Template> parse(const std::string& name, std::string_view text, const Names& known,
                                       unsigned lines_before = 0) const {
    auto parsed = Template::parse(text, known);
    if (parsed) return std::move(*parsed);
    return refuse(fmt::format("{}:{}: {}", (std::filesystem::path{folder_} / name).string(),
                              parsed.error().line + lines_before, parsed.error().what));
  }

 private:
  std::string folder_;
  Files files_;
};

// A subject becomes a header: what ends one must not stand in it, whatever a variable holds.
std::string one_line(std::string text) {
  std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
  return text;
}

}  // namespace

Result<Templates> Templates::load(const std::string& folder) {
  auto files = read_folder(folder);
  if (!files) return pass_on(files);
  const Sources sources{folder, std::move(*files)};
  Templates made;
  auto layout = sources.parse("layout.html", sources.text("layout.html"), with_common({"content", "subject"}));
  if (!layout) return pass_on(layout);
  made.layout_ = std::move(*layout);
  for (const Kind kind : kAllKinds) {
    const std::string name{kind_name(kind)};
    const Names known = with_common(variables_of(kind));
    const std::string_view text = sources.text(name + ".txt");
    const auto first_end = std::min(text.find('\n'), text.size());
    const std::string_view first = text.substr(0, first_end);
    if (trim_ows(first).empty()) {
      return refuse(fmt::format("{}/{}.txt:1: empty; allowed: the subject on the first line", folder, name));
    }
    std::string_view body = text.substr(std::min(first_end + 1, text.size()));
    const unsigned skipped = body.starts_with('\n') ? 2 : 1;
    if (skipped == 2) body.remove_prefix(1);
    auto subject = sources.parse(name + ".txt", trim_ows(first), known);
    auto plain = sources.parse(name + ".txt", body, known, skipped);
    auto html = sources.parse(name + ".html", sources.text(name + ".html"), known);
    for (auto* parsed : {&subject, &plain, &html}) {
      if (!*parsed) return pass_on(*parsed);
    }
    made.mails_.emplace(
        kind, Mail{.subject = std::move(*subject), .text = std::move(*plain), .html = std::move(*html)});
  }
  return made;
}

Rendered Templates::render(const Letter& letter, const Common& common) const {
  const auto plain = [&](std::string_view name) -> std::string {
    if (name == "site") return common.site;
    if (name == "sender") return common.sender;
    if (name == "email") return letter.to;
    for (const auto& [variable, value] : letter.variables) {
      if (variable == name) return std::string{value.reveal()};
    }
    return {};
  };
  const Mail& mail = mails_.at(letter.kind);
  Rendered out{.subject = one_line(mail.subject.render(plain)), .text = mail.text.render(plain)};
  const auto escaped = [&](std::string_view name) { return html_escaped(plain(name)); };
  const std::string content = mail.html.render(escaped);
  out.html = layout_.render([&](std::string_view name) {
    if (name == "content") return content;  // HTML already
    return name == "subject" ? html_escaped(out.subject) : escaped(name);
  });
  return out;
}

}  // namespace gatehouse::mail
