#include "config/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace gatehouse::config {

namespace {

constexpr unsigned kAfterAllLines = std::numeric_limits<unsigned>::max();

bool lies_in(std::string_view path, std::string_view outer) {
  return path.starts_with(outer) &&
         (path.size() == outer.size() || path[outer.size()] == '.' || path[outer.size()] == '[');
}

}  // namespace

Place Report::line(unsigned number) const {
  return {fmt::format("{}:{}", file_, number), number};
}

Place Report::variable(std::string_view name) {
  return {std::string{name}, kAfterAllLines};
}

unsigned Report::line_of(const std::string& path) const {
  const auto place = places_.find(path);
  return place == places_.end() || place->second.order == kAfterAllLines ? 0 : place->second.order;
}

void Report::add(Place place, std::string_view path, std::string message) {
  const bool known = std::ranges::any_of(
      found_, [&](const Found& found) { return found.path == path && found.mistake.message == message; });
  if (known) return;
  const auto after = std::ranges::upper_bound(found_, place.order, {}, &Found::order);
  found_.insert(after,
                {place.order,
                 std::string{path},
                 {.where = std::move(place.where), .key = shown_path(path), .message = std::move(message)}});
}

void Report::refuse(Place place, std::string_view path, std::string message) {
  refused_.emplace(path);
  add(std::move(place), path, std::move(message));
}

void Report::mistake(const std::string& path, std::string message) {
  const bool rests_on_refused =
      std::ranges::any_of(refused_, [&](const std::string& refused) { return lies_in(path, refused); });
  if (!rests_on_refused) add(place_of(path), path, std::move(message));
}

bool Report::is_sound(std::string_view path) const {
  return std::ranges::none_of(found_, [&](const Found& found) { return lies_in(found.path, path); });
}

Place Report::place_of(std::string_view path) const {
  for (;;) {
    const auto place = places_.find(path);
    if (place != places_.end()) return place->second;
    const auto dot = path.rfind('.');
    if (dot == std::string_view::npos) break;
    path = path.substr(0, dot);
  }
  return {file_.empty() ? "settings" : file_, kAfterAllLines};
}

std::vector<Mistake> Report::take() {
  std::vector<Mistake> mistakes;
  for (Found& found : found_) mistakes.push_back(std::move(found.mistake));
  found_.clear();
  return mistakes;
}

std::string shown_path(std::string_view path) {
  std::string shown;
  bool in_index = false;
  for (const char c : path) {
    if (c == '[') in_index = true;
    if (!in_index) shown += c;
    if (c == ']') in_index = false;
  }
  return shown;
}

}  // namespace gatehouse::config
