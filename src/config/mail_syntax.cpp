#include "config/mail_syntax.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "config/origin.hpp"

namespace gatehouse::config {

namespace {

constexpr std::size_t kMaxAddressBytes = 254;   // RFC 5321 §4.5.3.1.3 less the angle brackets
constexpr std::size_t kMaxLocalPartBytes = 64;  // §4.5.3.1.1
constexpr std::size_t kMaxDisplayNameBytes = 128;

bool is_letter_or_digit(char c) noexcept {
  return is_ascii_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
}

// atext of RFC 5322 §3.2.3
bool is_atom(std::string_view text) noexcept {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return is_letter_or_digit(c) || std::string_view{"!#$%&'*+-/=?^_`{|}~"}.contains(c);
  });
}

bool is_control(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return std::ranges::any_of(out, is_control) ? std::nullopt : std::optional{out};
}

std::optional<MailTransport> parse_smtp(std::string_view scheme, std::string_view rest) {
  const bool is_implicit = scheme == "smtps";
  MailTransport smtp{.kind = is_implicit ? MailTransport::Kind::smtps : MailTransport::Kind::smtp};
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
    auto user = percent_decoded(rest.substr(0, at));
    if (!user || user->empty() || rest.substr(0, at).contains(':')) return std::nullopt;
    smtp.user = std::move(*user);
    rest.remove_prefix(at + 1);
  }
  const auto origin = parse_origin(std::string{scheme} + "://" + std::string{rest});
  if (!origin) return std::nullopt;
  smtp.host = origin->host;
  smtp.port = origin->port != 0 ? origin->port : is_implicit ? 465 : 587;
  return smtp;
}

}  // namespace

std::optional<MailTransport> parse_mail_transport(std::string_view text) {
  constexpr std::string_view kFolder = "dir:";
  if (text == "log") return MailTransport{};
  if (text.starts_with(kFolder)) {
    const std::string_view folder = text.substr(kFolder.size());
    if (folder.empty() || std::ranges::any_of(folder, is_control)) return std::nullopt;
    return MailTransport{.kind = MailTransport::Kind::folder, .folder = std::string{folder}};
  }
  const auto end = text.find("://");
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view scheme = text.substr(0, end);
  if (scheme != "smtp" && scheme != "smtps") return std::nullopt;
  return parse_smtp(scheme, text.substr(end + 3));
}

bool is_mail_address(std::string_view text) noexcept {
  const auto at = text.find('@');
  if (at == std::string_view::npos || at > kMaxLocalPartBytes || text.size() > kMaxAddressBytes) return false;
  const auto is_label = [](std::string_view label) {
    return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
           std::ranges::all_of(label, [](char c) { return is_letter_or_digit(c) || c == '-'; });
  };
  return std::ranges::all_of(split(text.substr(0, at), '.'), is_atom) &&
         std::ranges::all_of(split(text.substr(at + 1), '.'), is_label);
}

std::optional<Mailbox> parse_mailbox(std::string_view text) {
  if (!text.ends_with('>')) {
    return is_mail_address(text) ? std::optional{Mailbox{.address = std::string{text}}} : std::nullopt;
  }
  const auto open = text.rfind('<');
  if (open == std::string_view::npos) return std::nullopt;
  const std::string_view address = text.substr(open + 1, text.size() - open - 2);
  std::string_view name = trim_ows(text.substr(0, open));
  if (name.size() >= 2 && name.front() == '"' && name.back() == '"') name = name.substr(1, name.size() - 2);
  const bool is_name = name.size() <= kMaxDisplayNameBytes && is_valid_utf8(name) &&
                       std::ranges::none_of(name, is_control) &&
                       name.find_first_of("\"\\<>") == std::string_view::npos;
  if (!is_name || !is_mail_address(address)) return std::nullopt;
  return Mailbox{.name = std::string{name}, .address = std::string{address}};
}

}  // namespace gatehouse::config
