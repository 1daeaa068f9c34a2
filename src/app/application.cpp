#include "app/application.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <csignal>
#include <future>

#include "app/admin_listener.hpp"
#include "app/features.hpp"
#include "app/from_settings.hpp"
#include "app/mailing.hpp"
#include "app/maintenance.hpp"
#include "app/open_store.hpp"
#include "app/password_rules.hpp"
#include "app/placing.hpp"
#include "app/telemetry.hpp"
#include "app/worker.hpp"
#include "config/warnings.hpp"
#include "crypto/password_hash.hpp"
#include "features/api_keys/live_api_keys.hpp"
#include "features/audit/retention.hpp"
#include "features/audit/trail.hpp"
#include "features/changes/change_log.hpp"
#include "features/changes/change_watcher.hpp"
#include "features/keys/key_service.hpp"
#include "features/lockout/failure_store.hpp"
#include "features/sessions/session_store.hpp"
#include "features/users/registration.hpp"

namespace gatehouse::app {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxLimitEntries = 1'000'000;
constexpr auto kMaintenancePeriod = 1s;
// How often it is looked what is due: what a command changed beside this process holds here as soon.
constexpr auto kTick = 250ms;

std::vector<std::string> error_codes() {
  std::vector<std::string> codes;
  for (std::size_t i = 0; i < kErrorCodeCount; ++i) {
    codes.emplace_back(describe(static_cast<ErrorCode>(i)).code);
  }
  return codes;
}

std::vector<std::string> budget_names() {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < lockout::kBudgetCount; ++i) {
    names.emplace_back(lockout::budget_name(static_cast<lockout::Budget>(i)));
  }
  return names;
}

// Connections, the store and the log all need descriptors; what the system grants is asked for.
void raise_descriptor_limit() noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

limits::KeySeed random_seed(Random& random) {
  limits::KeySeed seed;
  random.fill(std::as_writable_bytes(std::span{&seed, 1}));
  return seed;
}

template <class T>
Result<void> without_value(Result<T> result) {
  if (!result) return pass_on(result);
  return {};
}

// A route is decided on in one question to the limiter, which has room for so many.
Result<void> fits_the_limiter(const Runtime& runtime) {
  const std::string crowded = runtime.router.route_with_more_limits_than(limits::kMaxQueries);
  if (crowded.empty()) return {};
  return fail(ErrorCode::internal_error,
              fmt::format("limit: more than {} limits apply to {}; allowed: fewer, or narrower "
                          "patterns in `on`",
                          limits::kMaxQueries, crowded));
}

}  // namespace

// In the order in which things are made; taken apart in the reverse one.
struct Application::Impl {
  Impl(std::shared_ptr<const Runtime> from, ApplicationParts parts_of_it);
  ~Impl();

  Result<void> open_store();
  changes::Reactions reactions();
  Result<void> make_services();
  Result<void> make_workers();
  Result<void> bind();
  Result<void> bind_public(const std::string& address);
  Result<void> seed_admin();
  void register_gauges();
  void announce();
  [[nodiscard]] std::size_t open_connections() const noexcept { return budget.open.load(); }

  void plan_maintenance();
  void drain();
  void reload();
  Result<void> apply(config::Settings next);
  Result<void> append_reload();

  ApplicationParts parts;
  std::shared_ptr<const config::Settings> settings;  // as at the start: what services refer to
  std::shared_ptr<const Runtime> runtime;            // as of the last reload
  MetricLabels labels;
  unsigned worker_count;
  observe::Log log;
  observe::Metrics metrics;
  Telemetry telemetry;
  std::unique_ptr<limits::Store> limit_store;
  ConnectionBudget budget;
  std::atomic<bool> draining = false;
  std::vector<std::string> bound;

  // Loops outlive the pools, whose threads post to them; the pools outlive nothing that they run.
  std::vector<std::unique_ptr<Worker>> workers;
  crypto::HashPool hash_pool;
  Bell mail_bell;  // rung on the database's threads
  std::unique_ptr<db::Database> database;
  crypto::Key256 master;
  std::unique_ptr<ConfiguredPasswordRules> password_rules;
  std::unique_ptr<audit::Trail> trail;
  std::unique_ptr<keys::KeyService> keys;
  sessions::WriteBehind write_behind;
  std::unique_ptr<api_keys::ApiKeyTokens> api_key_tokens;
  std::unique_ptr<api_keys::LiveApiKeys> live_api_keys;
  std::unique_ptr<sessions::LiveSessions> live_sessions;
  std::unique_ptr<changes::ChangeWatcher> change_watcher;
  std::unique_ptr<geo::PlaceKeeper> place_keeper;
  std::unique_ptr<Features> features;
  std::unique_ptr<mail::Mailer> mailer;
  std::unique_ptr<AdminListener> admin;
  Maintenance maintenance;
};

Application::Impl::Impl(std::shared_ptr<const Runtime> from, ApplicationParts parts_of_it)
    : parts(std::move(parts_of_it)),
      settings(from->settings),
      runtime(std::move(from)),
      labels{.routes = runtime->router.labels(), .limits = runtime->limits.names()},
      worker_count(worker_threads(*settings)),
      log(parts.clock, parts.log_sink,
          {.level = log_level(settings->log.level),
           .format = settings->log.format == config::LogFormat::json ? observe::LogFormat::json
                                                                     : observe::LogFormat::text}),
      metrics(worker_count),
      telemetry(log, metrics, parts.clock,
                {.routes = labels.routes,
                 .error_codes = error_codes(),
                 .limits = labels.limits,
                 .budgets = budget_names()}),
      limit_store(limits::make_memory_store(kMaxLimitEntries)),
      budget(settings->server.max_connections),
      hash_pool(hash_threads(*settings), settings->passwords.hash_queue),
      maintenance(parts.clock, log) {}

Application::Impl::~Impl() {
  for (const auto& worker : workers) worker->stop();
  for (const auto& worker : workers) worker->join();
  if (mailer) mailer->stop();
  if (place_keeper) place_keeper->stop();
  if (database) (void)write_behind.flush_now(*database);
  if (live_api_keys) (void)live_api_keys->flush_uses_now();
  log.flush(1s);
}

Result<void> Application::Impl::open_store() {
  auto opened = app::open_store(*settings, parts.random, parts.clock.unix_now());
  if (!opened) return pass_on(opened);
  database = std::move(opened->database);
  master = opened->master;
  change_watcher = std::make_unique<changes::ChangeWatcher>(*database, reactions());
  return change_watcher->start();
}

// What this process remembers of the store, and the commands beside it may change.
changes::Reactions Application::Impl::reactions() {
  return {.user = [this](const UserId& id) { live_sessions->drop_user(id); },
          .session = [this](const SessionId& id) { live_sessions->drop(id); },
          .api_key =
              [this](std::string_view text) {
                if (const auto id = ApiKeyId::parse(text)) live_api_keys->drop(*id);
              },
          .signing_keys = [this](UnixTime now) { return keys->reload(now); },
          .everything = [this] { live_sessions->drop_all(); }};
}

Result<void> Application::Impl::make_services() {
  auto rules = ConfiguredPasswordRules::make(*settings);
  if (!rules) return pass_on(rules);
  password_rules = std::move(*rules);
  trail = std::make_unique<audit::Trail>(master, parts.random, telemetry);
  auto loaded =
      keys::KeyService::load(*database, master, parts.random, *trail, settings->tokens, parts.clock.unix_now());
  if (!loaded) return pass_on(loaded);
  keys = std::move(*loaded);
  api_key_tokens = std::make_unique<api_keys::ApiKeyTokens>(master);
  live_api_keys = std::make_unique<api_keys::LiveApiKeys>(
      *database, api_keys::LiveApiKeysOptions{.roles = settings->roles, .plans = settings->plans});
  live_sessions = std::make_unique<sessions::LiveSessions>(
      *database, write_behind,
      sessions::LiveSessionsOptions{.idle_ttl = settings->sessions.idle_ttl,
                                    .roles = settings->roles,
                                    .plans = settings->plans,
                                    .api_keys = live_api_keys.get()});
  const auto data = std::filesystem::path{store_path(*settings)}.parent_path().string();
  place_keeper = make_place_keeper(settings->geo, data, parts.clock, log, metrics);
  features = std::make_unique<Features>(Features::Parts{.database = *database,
                                                        .hash_pool = hash_pool,
                                                        .random = parts.random,
                                                        .password_rules = *password_rules,
                                                        .events = *trail,
                                                        .meter = telemetry,
                                                        .master = master,
                                                        .keys = *keys,
                                                        .api_key_tokens = *api_key_tokens,
                                                        .live_api_keys = *live_api_keys,
                                                        .live_sessions = *live_sessions,
                                                        .places = place_keeper->places(),
                                                        .write_behind = write_behind,
                                                        .wake_mailer = [this] { mail_bell.ring(); },
                                                        .draining = draining,
                                                        .settings = *settings});
  features->mail_requests.start(parts.clock, [this](const Error& error) {
    log.event(observe::LogLevel::warn, "mail_requests", "A mail that was asked for could not be written.",
              {{"why", error.detail}});
  });
  auto made = make_mailer({*settings, *database, features->outbox, mail_bell, parts.clock, log, metrics});
  if (!made) return pass_on(made);
  mailer = std::move(*made);
  return seed_admin();
}

Result<void> Application::Impl::seed_admin() {
  auto seed = features->admin_setup.prepare(parts.clock.unix_now());
  if (!seed) return pass_on(seed);
  using State = accounts::AdminSeed::State;
  if (seed->state == State::created) {
    log.event(observe::LogLevel::info, "admin_created", "The administrator from the settings was created.",
              {{"email", settings->admin.email}});
  } else if (seed->state == State::awaits_set_up) {
    // The one secret that the log is for: who reads it runs the server.
    log.event(
        observe::LogLevel::warn, "set_up_admin",
        "There is no administrator yet. Open the link within 24 hours to set the password; the next start "
        "makes another one.",
        {{"email", settings->admin.email}, {"link", seed->link.reveal()}});
  } else if (seed->state == State::not_configured) {
    log.event(observe::LogLevel::warn, "no_admin",
              "There is no administrator. Set admin.email in the settings and start again.");
  }
  return {};
}

Result<void> Application::Impl::make_workers() {
  if (auto fits = fits_the_limiter(*runtime); !fits) return fits;
  auto tls = tls_of(*settings);
  if (!tls) return pass_on(tls);
  const limits::KeySeed seed = random_seed(parts.random);
  for (unsigned i = 0; i < worker_count; ++i) {
    workers.push_back(std::make_unique<Worker>(
        Worker::Parts{.clock = parts.clock, .timeouts = timeouts_of(settings->server), .budget = budget}));
    Worker& worker = *workers.back();
    worker.set_tls(*tls);
    worker.set_dispatcher(
        std::make_unique<Dispatcher>(Dispatcher::Services{.loop = worker.loop(),
                                                          .handlers = features->handlers,
                                                          .pipeline = {.keys = *keys,
                                                                       .live_sessions = *live_sessions,
                                                                       .limits = *limit_store,
                                                                       .limit_seed = seed,
                                                                       .csrf = features->csrf,
                                                                       .api_key_tokens = *api_key_tokens,
                                                                       .api_keys = *live_api_keys},
                                                          .telemetry = telemetry,
                                                          .worker = {static_cast<std::uint16_t>(i)},
                                                          .random = parts.random},
                                     runtime));
    if (auto connected = worker.dispatcher().connect_upstreams(); !connected) return connected;
  }
  return {};
}

Result<void> Application::Impl::bind_public(const std::string& address) {
  std::string where = address;
  net::UniqueFd shared;
  for (const auto& worker : workers) {
    // A path can be bound once: the workers share that socket. Ports are each worker's own, so that the kernel
    // spreads the connections and no queue is shared.
    net::UniqueFd socket;
    if (shared) {
      socket.reset(::dup(shared.get()));
    } else {
      auto listening = net::listen_on(where, net::Sharing::reuse_port);
      if (!listening) return pass_on(listening);
      socket = std::move(*listening);
      if (where == address) {
        where = net::local_address(socket.get());  // the same port for all, when the system chose it
        bound.push_back(where);
      }
      if (where.starts_with("unix:")) shared.reset(::dup(socket.get()));
    }
    worker->listen(std::move(socket));
  }
  return {};
}

Result<void> Application::Impl::bind() {
  for (const std::string& address : settings->server.listen) {
    if (auto done = bind_public(address); !done) return done;
  }
  if (settings->server.admin_listen.empty()) return {};
  auto socket = net::listen_on(settings->server.admin_listen, net::Sharing::own_port);
  if (!socket) return pass_on(socket);
  bound.push_back(net::local_address(socket->get()));
  admin = std::make_unique<AdminListener>(metrics);
  workers.front()->listen_for(std::move(*socket), *admin);
  return {};
}

void Application::Impl::register_gauges() {
  observe::register_gauges(metrics,
                           {.active_users = [this] { return static_cast<double>(live_sessions->size()); },
                            .hash_pool_queued = [this] { return static_cast<double>(hash_pool.queued()); },
                            .hash_pool_running = [this] { return static_cast<double>(hash_pool.running()); },
                            .db_queue_length = {},
                            .http_connections = [this] { return static_cast<double>(open_connections()); },
                            .log_lines_dropped = [this] { return static_cast<double>(log.dropped()); }});
  metrics.sampled_counter("db_commits_total", "Commits of the store's writer",
                          [this] { return static_cast<double>(database->statistics().commits); });
  metrics.sampled_counter("db_jobs_total", "Transactions that shared them",
                          [this] { return static_cast<double>(database->statistics().jobs); });
  observe::register_process_metrics(metrics);
}

void Application::Impl::announce() {
  for (const std::string& text : config::warnings(*settings)) {
    log.event(observe::LogLevel::warn, "settings", text);
  }
  const std::string admin_address = admin == nullptr ? std::string{} : bound.back();
  log.event(observe::LogLevel::info, "ready", "Gatehouse is ready.",
            {{"listen", bound.front()},
             {"admin", admin_address},
             {"publicUrl", settings->server.public_url},
             {"workers", worker_count}});
}

// ---------------------------------------------------------------- while it runs

void Application::Impl::plan_maintenance() {
  constexpr std::int64_t kAtOnce =
      500;  // in small pieces, each its own commit: no login waits behind a long one
  maintenance.add("changes", kTick, [this](UnixTime now) { return change_watcher->poll(now); });
  // What a process has not looked at for so long makes it forget everything.
  maintenance.add("changes.purge", 60s, [this](UnixTime now) {
    return without_value(database->write_now(
        [&](db::Transaction& tx) { return changes::ChangeLog{tx}.purge(now - 1h, kAtOnce); }));
  });
  maintenance.add("write-behind", kMaintenancePeriod,
                  [this](UnixTime) { return without_value(write_behind.flush_now(*database)); });
  maintenance.add("api-keys.uses", kMaintenancePeriod,
                  [this](UnixTime) { return without_value(live_api_keys->flush_uses_now()); });
  // A while after they have ended, for people who wonder what their key's name was.
  maintenance.add("api-keys.purge", 1min, [this](UnixTime now) {
    return without_value(database->write_now([&](db::Transaction& tx) {
      return api_keys::ApiKeyStore{tx}.purge(now - std::chrono::days{30}, kAtOnce);
    }));
  });
  // A day after they have ended, so that a late refresh token is still told apart from one that never was.
  maintenance.add("sessions.purge", kMaintenancePeriod, [this](UnixTime now) {
    return without_value(database->write_now([&](db::Transaction& tx) {
      return sessions::SessionStore{tx}.purge(now - std::chrono::days{1}, kAtOnce);
    }));
  });
  maintenance.add("keys.rotate", kMaintenancePeriod, [this](UnixTime now) { return keys->maintain(now); });
  add_place_chores(maintenance, *place_keeper);
  add_mail_chores(maintenance, *database, mail_bell);
  maintenance.add("audit.purge", kMaintenancePeriod, [this](UnixTime now) {
    return audit::purge_now(*database, trail->chain(), now - settings->audit.keep, kAtOnce);
  });
  maintenance.add("lockout.purge", 10s, [this](UnixTime now) {
    return without_value(database->write_now(
        [&](db::Transaction& tx) { return lockout::FailureStore{tx}.purge(now, kAtOnce); }));
  });
  maintenance.add("mail-requests", kMaintenancePeriod,
                  [this](UnixTime now) { return without_value(features->mail_requests.process_now(now)); });
  // Fewer at a time: each takes sessions, keys and secrets along.
  constexpr std::int64_t kUsersAtOnce = 50;
  maintenance.add("users.purge", 10s, [this](UnixTime now) {
    return without_value(features->deletion.purge_expired(now, kUsersAtOnce));
  });
  maintenance.add("one-time-secrets.purge", 10s, [this](UnixTime now) {
    return without_value(
        database->write_now([&](db::Transaction& tx) { return features->one_time.purge(tx, now, kAtOnce); }));
  });
}

void Application::Impl::drain() {
  draining.store(true);
  log.event(observe::LogLevel::info, "draining", "No new connections; requests under way are answered.",
            {{"connections", open_connections()}});
  for (const auto& worker : workers) worker->begin_drain();
  sigset_t again;
  sigemptyset(&again);
  sigaddset(&again, SIGTERM);
  sigaddset(&again, SIGINT);
  const auto deadline = std::chrono::steady_clock::now() + settings->server.drain_timeout;
  while (open_connections() > 0 && std::chrono::steady_clock::now() < deadline) {
    constexpr timespec kStep{.tv_sec = 0, .tv_nsec = 20'000'000};
    if (sigtimedwait(&again, nullptr, &kStep) > 0) break;
  }
  log.event(observe::LogLevel::info, "stopped", "Gatehouse has stopped.",
            {{"connections", open_connections()}});
}

void Application::Impl::reload() {
  place_keeper->ring();
  auto read = parts.reload();
  if (!read) {
    log.event(observe::LogLevel::error, "reload_refused", "The settings were not reloaded; the old ones stay.",
              {{"why", read.error()}});
    return;
  }
  if (auto applied = apply(merged(*runtime->settings, *read)); !applied) {
    log.event(observe::LogLevel::error, "reload_refused", "The settings were not reloaded; the old ones stay.",
              {{"why", applied.error().detail}});
    return;
  }
  log.event(observe::LogLevel::info, "reloaded",
            "Policy, limits, CORS, trusted proxies, certificates and the log's level are reloaded.");
}

// Settings decide who may do what: a change that the audit trail cannot take is refused like any other.
Result<void> Application::Impl::append_reload() {
  const audit::Event event{.action = audit::Action::reload_settings,
                           .at = parts.clock.unix_now(),
                           .entity_type = audit::kSettingsEntity};
  return database->write_now([&](db::Transaction& tx) { return trail->append(tx, event); });
}

// All or nothing: every worker prepares before any of them switches.
Result<void> Application::Impl::apply(config::Settings next) {
  // Cookies, links and clients hold to what the start said; and a slip in the file must not open a port in
  // plain text.
  if (next.server.tls.cert.empty() != settings->server.tls.cert.empty()) {
    return fail(ErrorCode::internal_error, "server.tls: switching TLS on or off needs a restart");
  }
  auto tls = tls_of(next);
  if (!tls) return pass_on(tls);
  auto compiled = Runtime::make(std::make_shared<const config::Settings>(std::move(next)), &labels);
  if (!compiled) return pass_on(compiled);
  std::shared_ptr<const Runtime> made = std::move(*compiled);
  if (auto fits = fits_the_limiter(*made); !fits) return fits;
  std::vector<std::future<Result<Dispatcher::Prepared>>> preparing;
  for (const auto& worker : workers) {
    auto promise = std::make_shared<std::promise<Result<Dispatcher::Prepared>>>();
    preparing.push_back(promise->get_future());
    worker->loop().post(
        [&worker = *worker, made, promise] { promise->set_value(worker.dispatcher().prepare(made)); });
  }
  std::vector<Result<Dispatcher::Prepared>> prepared;  // one for each worker, in their order
  Result<void> outcome;
  for (auto& one : preparing) {
    prepared.push_back(one.get());
    if (!prepared.back()) outcome = pass_on(prepared.back());
  }
  if (outcome) outcome = append_reload();
  for (std::size_t i = 0; i < workers.size(); ++i) {
    if (!prepared[i]) continue;
    // On the loop that made it either way: its pools may be destroyed nowhere else.
    workers[i]->loop().post([&worker = *workers[i], tls = *tls, use = outcome.has_value(),
                             ready = std::move(*prepared[i])]() mutable {
      if (!use) return;
      worker.set_tls(tls);
      worker.dispatcher().use(std::move(ready));
    });
  }
  if (outcome) {
    log.set_level(log_level(made->settings->log.level));
    runtime = std::move(made);
  }
  return outcome;
}

// ---------------------------------------------------------------- the outside

Application::Application(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Application::~Application() = default;

Result<std::unique_ptr<Application>> Application::make(config::Settings settings, ApplicationParts parts) {
  raise_descriptor_limit();
  auto runtime = Runtime::make(std::make_shared<const config::Settings>(std::move(settings)));
  if (!runtime) return pass_on(runtime);
  auto impl = std::make_unique<Impl>(std::move(*runtime), std::move(parts));
  for (const auto step : {&Impl::open_store, &Impl::make_services, &Impl::make_workers, &Impl::bind}) {
    if (auto done = ((*impl).*step)(); !done) return pass_on(done);
  }
  impl->register_gauges();
  impl->plan_maintenance();
  return std::unique_ptr<Application>{new Application{std::move(impl)}};
}

void Application::nudge() {
  std::vector<std::future<void>> done;
  for (const auto& worker : impl_->workers) {
    auto promise = std::make_shared<std::promise<void>>();
    done.push_back(promise->get_future());
    worker->loop().post([promise] { promise->set_value(); });
  }
  for (auto& one : done) one.wait();
  impl_->maintenance.run();
}

void Application::run() {
  for (const auto& worker : impl_->workers) worker->start();
  impl_->mailer->start();
  impl_->place_keeper->start();
  impl_->announce();
  sigset_t awaited;
  sigemptyset(&awaited);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&awaited, signal);
  constexpr timespec kPeriod{.tv_sec = 0, .tv_nsec = std::chrono::nanoseconds{kTick}.count()};
  for (;;) {
    const int signal = sigtimedwait(&awaited, nullptr, &kPeriod);
    if (signal == SIGTERM || signal == SIGINT) return impl_->drain();
    if (signal == SIGHUP) impl_->reload();
    impl_->maintenance.run();
  }
}

void prepare_signals() noexcept {
  sigset_t blocked;
  sigemptyset(&blocked);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&blocked, signal);
  pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
  std::signal(SIGPIPE, SIG_IGN);  // a client that went away is a failed write
  std::signal(SIGXFSZ, SIG_IGN);  // and so is a file at its size limit
}

}  // namespace gatehouse::app
