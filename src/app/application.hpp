// The whole server, put together from the settings and taken apart in the right order.
//
// Threads: one for each worker (event loop), the pools of the database and of hashing, the log's writer, and
// the one that calls run(), which minds signals and does what is done now and then.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/random.hpp"
#include "config/settings.hpp"
#include "observe/log_sink.hpp"

namespace gatehouse::app {

struct ApplicationParts {
  const Clock& clock;
  Random& random;
  observe::LogSink& log_sink;
  // Reads the settings again for SIGHUP; the error is what is wrong, for the log.
  std::function<std::expected<config::Settings, std::string>()> reload;
};

class Application {
 public:
  // Opens the store, migrates it, makes keys, seeds the admin and binds the sockets. The error's detail is for
  // the operator and says what to do.
  [[nodiscard]] static Result<std::unique_ptr<Application>> make(config::Settings settings,
                                                                 ApplicationParts parts);
  ~Application();

  // Serves until SIGTERM or SIGINT, then drains; a second signal ends it at once. SIGHUP reloads. The caller
  // has blocked these signals in all threads.
  void run();
  // Makes each worker's loop look at the clock, and does what has come due: for a test that has moved the time.
  void nudge();

  struct Impl;

 private:
  explicit Application(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// SIGTERM, SIGINT, SIGHUP blocked, SIGPIPE and SIGXFSZ ignored; call it before any thread is made.
void prepare_signals() noexcept;

}  // namespace gatehouse::app
