// Collects every mistake of one load, and knows where each key was set, so that a check over the whole can
// point at a line as well.
//
// Paths are those of the keys, with an index behind each table of an array: "limit[0].window". The index is for
// finding the line; people see "limit.window".
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.hpp"

namespace gatehouse::config {

struct Place {
  std::string where;   // "gatehouse.toml:12", or the name of an environment variable
  unsigned order = 0;  // mistakes are listed by this: lines first, then the environment
};

class Report {
 public:
  // `file` is empty when there is none.
  explicit Report(std::string file) : file_(std::move(file)) {}

  [[nodiscard]] Place line(unsigned number) const;
  [[nodiscard]] static Place variable(std::string_view name);

  void was_set(const std::string& path, Place place) { places_[path] = std::move(place); }
  [[nodiscard]] bool is_set(const std::string& path) const { return places_.contains(path); }
  // 0: not set in the file.
  [[nodiscard]] unsigned line_of(const std::string& path) const;

  // For readers: the value at `path` is refused and has not become part of the settings.
  void refuse(Place place, std::string_view path, std::string message);
  // For checks over the whole: at the place where `path`, or else what it lies in, was set. Says nothing when
  // that key, or what it lies in, was refused already: the value that the check saw is then not the one in the
  // file.
  void mistake(const std::string& path, std::string message);
  // Nothing at or below `path` was refused: what depends on it can be judged.
  [[nodiscard]] bool is_sound(std::string_view path) const;

  // In the order of the file.
  [[nodiscard]] std::vector<Mistake> take();

 private:
  struct Found {
    unsigned order;
    std::string path;
    Mistake mistake;
  };
  [[nodiscard]] Place place_of(std::string_view path) const;
  void add(Place place, std::string_view path, std::string message);

  std::string file_;
  std::map<std::string, Place, std::less<>> places_;
  std::set<std::string, std::less<>> refused_;
  std::vector<Found> found_;  // in the order of their places
};

// "limit[0].window" without its index, for people.
[[nodiscard]] std::string shown_path(std::string_view path);

}  // namespace gatehouse::config
