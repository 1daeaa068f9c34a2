#include "features/keys/master_key.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/text.hpp"

namespace gatehouse::keys {

namespace {

class File {
 public:
  explicit File(int descriptor) noexcept : descriptor_(descriptor) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  [[nodiscard]] int get() const noexcept { return descriptor_; }

 private:
  int descriptor_;
};

std::unexpected<Error> refuse(std::string detail) {
  return fail(ErrorCode::internal_error, std::move(detail));
}

Result<crypto::Key256> decode(std::string_view text, std::string_view where) {
  auto bytes = from_base64url(trim_ows(text.substr(0, text.find_last_not_of("\r\n") + 1)));
  if (!bytes || bytes->size() != 32) {
    return refuse(fmt::format("{}: the master key must be 32 bytes as base64url (43 characters)", where));
  }
  const crypto::Key256 key{std::span<const std::byte, 32>{*bytes}};
  wipe(bytes->data(), bytes->size());
  return key;
}

Result<void> write_all(int descriptor, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const auto written = ::write(descriptor, text.data(), text.size());
    if (written < 0) return refuse(fmt::format("{}: {}", path, std::strerror(errno)));
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  // The store will hold keys that nothing else can open: they must not outlive it.
  if (::fsync(descriptor) != 0) return refuse(fmt::format("{}: {}", path, std::strerror(errno)));
  return {};
}

// Written aside and linked into place, so that a crash or a second process leaves a whole key or none; link()
// fails when somebody else's is there already.
Result<void> make_file(const std::string& path, Random& random) {
  auto bytes = random.bytes<32>();
  const Secret text{to_base64url(bytes)};
  wipe(bytes.data(), bytes.size());
  const std::string aside = path + ".new-" + to_hex(random.bytes<8>());
  {
    const File file{::open(aside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)};
    if (file.get() < 0) return refuse(fmt::format("{}: {}", aside, std::strerror(errno)));
    if (auto written = write_all(file.get(), text.reveal(), aside); !written) return written;
  }
  const bool linked = ::link(aside.c_str(), path.c_str()) == 0 || errno == EEXIST;
  const int reason = errno;
  ::unlink(aside.c_str());
  if (!linked) return refuse(fmt::format("{}: {}", path, std::strerror(reason)));
  return {};
}

Result<void> check_private(int descriptor, const std::string& path) {
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) return refuse(fmt::format("{}: {}", path, std::strerror(errno)));
  if (!S_ISREG(status.st_mode)) return refuse(fmt::format("{}: not a plain file", path));
  if ((status.st_mode & 0077U) != 0) {
    return refuse(fmt::format("{}: others may read or change the master key; run: chmod 600 {}", path, path));
  }
  if (status.st_uid != ::geteuid() && ::geteuid() != 0) {
    return refuse(fmt::format("{}: the master key belongs to another user", path));
  }
  return {};
}

Result<crypto::Key256> read_file(int descriptor, const std::string& path) {
  if (auto is_private = check_private(descriptor, path); !is_private) return pass_on(is_private);
  char buffer[128];
  const auto size = ::read(descriptor, buffer, sizeof buffer);
  if (size < 0) return refuse(fmt::format("{}: {}", path, std::strerror(errno)));
  auto key = decode({buffer, static_cast<std::size_t>(size)}, path);
  wipe(buffer, sizeof buffer);
  return key;
}

}  // namespace

Result<crypto::Key256> load_master_key(const Secret& configured, const std::string& path, Random& random) {
  if (!configured.empty()) return decode(configured.reveal(), "GATEHOUSE_MASTER_KEY");
  for (bool made = false;; made = true) {
    const File file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
    if (file.get() >= 0) return read_file(file.get(), path);
    if (errno != ENOENT || made) return refuse(fmt::format("{}: {}", path, std::strerror(errno)));
    if (auto done = make_file(path, random); !done) return pass_on(done);
  }
}

}  // namespace gatehouse::keys
