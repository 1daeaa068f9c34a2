#include "features/mail/transport.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace gatehouse::mail {

namespace {

// For trying things out: the mails are in the log, with everything that is secret in them.
class LogTransport final : public Transport {
 public:
  explicit LogTransport(observe::Log& log) : log_(log) {}

  Outcome send(const Message& message) override {
    log_.event(observe::LogLevel::info, "mail", "A mail, written here instead of being sent (mail.transport).",
               {{"to", message.to},
                {"kind", message.kind},
                {"subject", message.rendered.subject},
                {"text", message.rendered.text}});
    return {};
  }

 private:
  observe::Log& log_;
};

// One .eml for each mail, whole or not there at all. The name is the row's id: a second try writes the same
// file.
class FolderTransport final : public Transport {
 public:
  explicit FolderTransport(std::filesystem::path folder) : folder_(std::move(folder)) {}

  Outcome send(const Message& message) override {
    const auto path = folder_ / (message.id + ".eml");
    const auto beside = folder_ / ("." + message.id + ".part");
    if (!write(beside, message.bytes) || std::rename(beside.c_str(), path.c_str()) != 0 || !sync_folder()) {
      return {.kind = Outcome::Kind::unreachable,
              .why = std::string{"writing the file: "} + std::strerror(errno)};
    }
    return {};
  }

 private:
  // Links and codes are in it: for the owner alone.
  static bool write(const std::filesystem::path& path, std::string_view bytes) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file < 0) return false;
    bool is_written = true;
    while (is_written && !bytes.empty()) {
      const auto count = ::write(file, bytes.data(), bytes.size());
      is_written = count > 0 || (count < 0 && errno == EINTR);
      if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    is_written = is_written && ::fsync(file) == 0;
    const int failure = errno;
    ::close(file);
    errno = failure;
    return is_written;
  }

  // A renamed file survives a power cut once its folder is synced.
  [[nodiscard]] bool sync_folder() const {
    const int folder = ::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return false;
    const bool is_synced = ::fsync(folder) == 0;
    ::close(folder);
    return is_synced;
  }

  std::filesystem::path folder_;
};

}  // namespace

std::unique_ptr<Transport> make_log_transport(observe::Log& log) {
  return std::make_unique<LogTransport>(log);
}

Result<std::unique_ptr<Transport>> make_folder_transport(std::string folder) {
  std::error_code failed;
  if (std::filesystem::create_directories(folder, failed)) {
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, failed);
  }
  if (!std::filesystem::is_directory(folder) || ::access(folder.c_str(), W_OK | X_OK) != 0) {
    return fail(ErrorCode::internal_error, "mail.transport: the folder " + folder + " cannot be written to: " +
                                               (failed ? failed.message() : std::string{std::strerror(errno)}));
  }
  return std::make_unique<FolderTransport>(std::move(folder));
}

Result<std::unique_ptr<Transport>> make_transport(const config::Mail& mail, TransportParts parts) {
  const auto where = config::parse_mail_transport(mail.transport);
  if (!where) return fail(ErrorCode::internal_error, "mail.transport: not understood");
  switch (where->kind) {
    case config::MailTransport::Kind::log: return make_log_transport(parts.log);
    case config::MailTransport::Kind::folder: return make_folder_transport(where->folder);
    case config::MailTransport::Kind::smtp:
    case config::MailTransport::Kind::smtps: return make_smtp_transport(*where, mail, std::move(parts));
  }
  return fail(ErrorCode::internal_error, "mail.transport: not understood");
}

}  // namespace gatehouse::mail
