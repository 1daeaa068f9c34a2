// The kinds of values that settings have.
#pragma once

#include <concepts>
#include <limits>
#include <map>

#include "base/text.hpp"
#include "config/field.hpp"
#include "config/settings.hpp"

namespace gatehouse::config {

[[nodiscard]] Codec<std::string> text(std::string allowed);
// A list of texts; one text stands for a list of one, and "" for an empty one.
[[nodiscard]] Codec<std::vector<std::string>> texts(std::string each);
[[nodiscard]] Codec<bool> boolean();
[[nodiscard]] Codec<milliseconds> duration(milliseconds least, milliseconds most);
[[nodiscard]] Codec<std::uint64_t> size(std::uint64_t least, std::uint64_t most);
[[nodiscard]] Codec<double> share(double above, double most);
// A PEM or list file that must exist and be readable; "" where there is none.
[[nodiscard]] Codec<std::string> existing_file(std::string allowed);

template <std::unsigned_integral M>
[[nodiscard]] Codec<M> whole(M least, M most) {
  return plain<M>(
      Kind::integer, fmt::format("a whole number from {} to {}", least, most),
      [=](const Value& value) -> std::optional<M> {
        const auto* number = value.as<std::int64_t>();
        if (number == nullptr || !std::in_range<M>(*number)) return std::nullopt;
        const auto narrow = static_cast<M>(*number);
        return narrow < least || narrow > most ? std::nullopt : std::optional{narrow};
      },
      [](const M& number) { return fmt::to_string(number); });
}

// The words of an enumeration, as the file spells them.
template <class E>
using Words = std::vector<std::pair<std::string, E>>;

template <class E>
[[nodiscard]] std::string spelled(const Words<E>& words) {
  std::string all;
  for (const auto& [word, meaning] : words) all += (all.empty() ? "" : ", ") + toml_string(word);
  return all;
}
template <class E>
[[nodiscard]] std::optional<E> meaning_of(const Words<E>& words, const Value& value) {
  const auto* text = value.as<std::string>();
  for (const auto& [word, meaning] : words) {
    if (text != nullptr && *text == word) return meaning;
  }
  return std::nullopt;
}
template <class E>
[[nodiscard]] std::string word_for(const Words<E>& words, const E& meaning) {
  for (const auto& [word, candidate] : words) {
    if (candidate == meaning) return word;
  }
  return {};
}

template <class E>
[[nodiscard]] Codec<E> one_of(Words<E> words) {
  return plain<E>(
      Kind::text, spelled(words), [words](const Value& value) { return meaning_of(words, value); },
      [words](const E& meaning) { return toml_string(word_for(words, meaning)); });
}

// Calls `each` with every item of a list, or with the value itself where one stands for a list of one.
template <class Each>
void for_each_item(const Value& value, Each each) {
  const auto* list = value.as<List>();
  const auto* text = value.as<std::string>();
  if (list == nullptr && text != nullptr && text->empty()) return;
  if (list == nullptr) return each(value);
  for (const Value& item : *list) each(item);
}

template <class E>
[[nodiscard]] Codec<std::vector<E>> some_of(Words<E> words) {
  const std::string allowed = "a list of any of " + spelled(words);
  return {.kind = Kind::list,
          .allowed = allowed,
          .read =
              [words, allowed](std::vector<E>& into, const Value& value, const Context& context) {
                into.clear();
                for_each_item(value, [&](const Value& item) {
                  const auto meaning = meaning_of(words, item);
                  if (!meaning) {
                    return context.complain(item, fmt::format("{}; allowed: {}", quoted(item), allowed));
                  }
                  into.push_back(*meaning);
                });
              },
          .show =
              [words](const std::vector<E>& meanings) {
                std::vector<std::string> spelt;
                for (const E& meaning : meanings) spelt.push_back(word_for(words, meaning));
                return toml_list(spelt);
              }};
}

// For a setting that may be absent.
template <class M>
[[nodiscard]] Codec<std::optional<M>> maybe(Codec<M> codec) {
  return {
      .kind = codec.kind,
      .allowed = codec.allowed,
      .read = [read = codec.read](std::optional<M>& into, const Value& value,
                                  const Context& context) { read(into.emplace(), value, context); },
      .show = [show = codec.show](const std::optional<M>& from) { return from ? show(*from) : std::string{}; }};
}

}  // namespace gatehouse::config
