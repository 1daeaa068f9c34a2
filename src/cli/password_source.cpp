#include "cli/password_source.hpp"

#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <istream>

namespace gatehouse::cli {

namespace {

constexpr std::size_t kMostBytes = 1024;

// What is typed is not shown while this lives; a signal in between ends the process with the terminal as it was
// left, as with any program, and `stty sane` heals it.
class WithoutEcho {
 public:
  WithoutEcho() noexcept {
    known_ = ::tcgetattr(STDIN_FILENO, &before_) == 0;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    if (known_) ::tcsetattr(STDIN_FILENO, TCSADRAIN, &silent);
  }
  WithoutEcho(const WithoutEcho&) = delete;
  WithoutEcho& operator=(const WithoutEcho&) = delete;
  ~WithoutEcho() {
    if (known_) ::tcsetattr(STDIN_FILENO, TCSADRAIN, &before_);
  }

 private:
  termios before_{};
  bool known_ = false;
};

// The first line without its end.
std::expected<Secret, std::string> read_line(std::istream& from, const std::string& what) {
  std::string line;
  line.reserve(kMostBytes + 2);  // no copies of it are left behind by growing
  for (int c = from.get(); c != std::istream::traits_type::eof() && c != '\n'; c = from.get()) {
    if (line.size() > kMostBytes) break;
    line += static_cast<char>(c);
  }
  if (line.ends_with('\r')) line.pop_back();
  Secret password{std::move(line)};
  if (password.size() > kMostBytes) return std::unexpected("a password has at most 1024 bytes");
  if (password.empty()) return std::unexpected("no password in " + what);
  return password;
}

std::expected<Secret, std::string> ask(const char* question) {
  std::fputs(question, stderr);
  auto password = read_line(std::cin, "what was typed");
  std::fputc('\n', stderr);
  return password;
}

std::expected<Secret, std::string> ask_twice() {
  // Before the question, and without discarding what was typed ahead: whoever is quick is not shown and not
  // lost.
  const WithoutEcho silent;
  auto first = ask("Password: ");
  if (!first) return first;
  auto second = ask("Once more: ");
  if (!second) return second;
  if (!equals_in_constant_time(first->reveal(), second->reveal())) {
    return std::unexpected("the two passwords differ");
  }
  return first;
}

}  // namespace

std::expected<Secret, std::string> read_new_password(const std::string& file) {
  if (file == "-") return read_line(std::cin, "standard input");
  if (!file.empty()) {
    std::ifstream opened{file};
    if (!opened) return std::unexpected(file + ": cannot be read");
    return read_line(opened, file);
  }
  if (::isatty(STDIN_FILENO) == 0) {
    return std::unexpected(
        "there is no terminal to ask for the password on: give --password-file FILE, or --password-file - for "
        "standard input");
  }
  return ask_twice();
}

}  // namespace gatehouse::cli
