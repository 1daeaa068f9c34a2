#include "features/recovery/recovery_parts.hpp"

#include <fmt/format.h>

namespace gatehouse::recovery {

Secret mail_link(const config::Server& server, std::string_view path, const Secret& token) {
  return Secret{fmt::format("{}{}{}?token={}", server.public_url, server.prefix, path, token.reveal())};
}

std::string ended_json(std::int64_t sessions) {
  return fmt::format(R"({{"sessionsEnded":{}}})", sessions);
}

}  // namespace gatehouse::recovery
