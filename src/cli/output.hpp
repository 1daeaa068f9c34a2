// What commands print. Results go to standard output, as text or as one JSON document; everything else to
// standard error.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "cli/call.hpp"

namespace gatehouse::cli {

void print_line(std::string_view line);
// To standard error, with the program's name before it.
void complain(std::string_view text);

// Says what went wrong, as {"ok":false,"error":…} when JSON was asked for, and gives kFailed.
int fail_with(const Call& call, std::string_view text);
// For an error of the store or of a service, with what a person can do about it.
int fail_with(const Call& call, const Error& error);
[[nodiscard]] std::string explain(const Error& error);

// One line that changes in place on a terminal; elsewhere a line now and then.
class Progress {
 public:
  // `every`: how many steps apart the lines are where there is no terminal.
  explicit Progress(std::uint64_t every);
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(std::uint64_t steps, std::string_view text);
  // Before anything else is printed.
  void clear();

 private:
  std::uint64_t every_;
  std::uint64_t next_;
  bool on_terminal_;
  bool shown_ = false;
};

}  // namespace gatehouse::cli
