// What the application makes of the settings.
#pragma once

#include <memory>

#include "base/error.hpp"
#include "config/settings.hpp"
#include "net/stream.hpp"
#include "observe/log_line.hpp"
#include "server/connection.hpp"

namespace gatehouse::app {

[[nodiscard]] observe::LogLevel log_level(config::LogLevel level) noexcept;
[[nodiscard]] unsigned worker_threads(const config::Settings& settings) noexcept;
[[nodiscard]] unsigned hash_threads(const config::Settings& settings) noexcept;
[[nodiscard]] server::Timeouts timeouts_of(const config::Server& server) noexcept;
// Nothing without a certificate in the settings.
[[nodiscard]] Result<std::shared_ptr<const net::TlsContext>> tls_of(const config::Settings& settings);

// `running` with what a reload may change taken from `read`; everything else needs a restart.
[[nodiscard]] config::Settings merged(const config::Settings& running, const config::Settings& read);

}  // namespace gatehouse::app
