#include "config/secrets.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "base/text.hpp"

namespace gatehouse::config {

namespace {

class OpenFile {
 public:
  explicit OpenFile(const std::string& path)
      : descriptor_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

 private:
  int descriptor_;
};

std::unexpected<std::string> system_error(const std::string& path) {
  return std::unexpected(fmt::format("{} cannot be read: {}", path, std::generic_category().message(errno)));
}

// Asked of the open descriptor: asked of the path, it could be another file a moment later.
std::string refusal(int descriptor) {
  struct stat status{};
  if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) return "is not a file";
  if ((status.st_mode & S_IRWXO) != 0) return "can be read or written by everybody; allowed: `chmod o-rwx` it";
  return {};
}

Secret without_line_break(std::string_view content) {
  if (content.ends_with('\n')) content.remove_suffix(1);
  if (content.ends_with('\r')) content.remove_suffix(1);
  return Secret{std::string{content}};
}

}  // namespace

std::expected<Secret, std::string> read_secret_file(const std::string& path) {
  const OpenFile file{path};
  if (file.descriptor() < 0) return system_error(path);
  if (const auto why = refusal(file.descriptor()); !why.empty()) return std::unexpected(path + " " + why);
  std::array<char, kSecretFileLimit + 1> content;
  const ssize_t length = read(file.descriptor(), content.data(), content.size());
  if (length < 0) return system_error(path);
  const auto used = static_cast<std::size_t>(length);
  if (used > kSecretFileLimit) return std::unexpected(path + " is larger than 4 KiB, which no secret is");
  auto result = without_line_break({content.data(), used});
  wipe(content.data(), used);
  if (result.empty()) return std::unexpected(path + " is empty");
  return result;
}

Codec<Secret> secret(std::string allowed, SecretCheck check) {
  return {.kind = Kind::text,
          .allowed = allowed,
          .read =
              [allowed, check](Secret& into, const Value& value, const Context& context) {
                const auto* text = value.as<std::string>();
                Secret found{text == nullptr ? std::string{} : *text};
                const std::string wrong = check(found);
                if (!wrong.empty())
                  return context.complain(value, fmt::format("{}; allowed: {}", wrong, allowed));
                into = std::move(found);
              },
          .show = [](const Secret& held) { return std::string{held.empty() ? "" : "\"********\""}; }};
}

Codec<Secret> secret_file(std::string allowed, SecretCheck check) {
  return {.kind = Kind::text,
          .allowed = allowed,
          .read =
              [allowed, check](Secret& into, const Value& value, const Context& context) {
                const auto* path = value.as<std::string>();
                if (path == nullptr) {
                  return context.complain(value, fmt::format("{}; allowed: {}", quoted(value), allowed));
                }
                if (path->empty()) return;
                auto found = read_secret_file(*path);
                const std::string wrong = found ? check(*found) : found.error();
                if (!wrong.empty()) return context.complain(value, wrong);
                into = std::move(*found);
              },
          // The settings keep the content and forget the path.
          .show = [](const Secret&) { return std::string{}; }};
}

std::string check_password(const Secret& password) {
  if (!is_valid_utf8(password.reveal())) return "the password is not UTF-8";
  const std::size_t length = count_code_points(password.reveal());
  if (length < 8 || password.size() > 1024)
    return "the password is shorter than 8 characters or above 1024 bytes";
  return {};
}

std::string check_master_key(const Secret& key) {
  const auto bytes = from_base64url(key.reveal());
  return bytes && bytes->size() == 32 ? std::string{} : "the key is not 32 bytes as base64url without padding";
}

}  // namespace gatehouse::config
