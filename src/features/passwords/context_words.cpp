#include "features/passwords/context_words.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "features/passwords/common_words.hpp"
#include "features/passwords/password_policy.hpp"

namespace gatehouse::passwords {

namespace {

// Labels that say what a host does rather than whose it is; in a password they are words like others.
constexpr std::array<std::string_view, 7> kServiceLabels{"account", "accounts", "auth", "login",
                                                         "mail",    "secure",   "www"};

void add_word(std::vector<std::string>& words, std::string_view word) {
  if (word.size() >= kLeastCoreBytes) words.emplace_back(word);
}

void add_parts(std::vector<std::string>& words, std::string_view text, std::string_view separators) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(separators), text.size());
    add_word(words, text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void add_with_parts(std::vector<std::string>& words, std::string_view text) {
  constexpr std::string_view kSeparators = " ._-+'";
  add_word(words, text);
  add_parts(words, text, kSeparators);
  std::string joined{text};
  std::erase_if(joined, [&](char c) { return kSeparators.contains(c); });
  add_word(words, joined);
}

void add_host(std::vector<std::string>& words, std::string_view host) {
  add_word(words, host);
  const std::size_t last_dot = host.rfind('.');
  std::vector<std::string> labels;
  add_parts(labels, last_dot == std::string_view::npos ? host : host.substr(0, last_dot), ".");
  for (auto& label : labels) {
    if (std::ranges::find(kServiceLabels, label) == kServiceLabels.end()) words.push_back(std::move(label));
  }
}

std::vector<std::string> context_words(const PasswordContext& context) {
  std::vector<std::string> words{"gatehouse"};
  add_with_parts(words, context.email.substr(0, context.email.rfind('@')));
  add_with_parts(words, context.username);
  add_with_parts(words, context.name);
  add_host(words, context.issuer_host);
  return words;
}

}  // namespace

bool contains_context_word(std::string_view password, const PasswordContext& context) {
  const auto passwords = spellings(password);
  return std::ranges::any_of(context_words(context), [&](const std::string& word) {
    const auto words = spellings(word);
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (passwords[i].contains(words[i])) return true;
    }
    return passwords[1].contains(words[0]) || passwords[2].contains(words[0]);
  });
}

}  // namespace gatehouse::passwords
