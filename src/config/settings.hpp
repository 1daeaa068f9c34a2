// The settings as the rest of the program sees them: typed, complete, checked. Defaults stand here, beside the
// type; what may be written in the file, and the bounds, stand in config/schema.cpp.
//
// A Settings value is immutable once loaded and shared as `std::shared_ptr<const Settings>`.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.hpp"

namespace gatehouse::config {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

inline constexpr std::uint64_t kKiB = 1024;
inline constexpr std::uint64_t kMiB = 1024 * kKiB;

struct Tls {
  std::string cert;  // PEM file with the chain; empty: no TLS
  std::string key;   // PEM file
};

struct Server {
  std::vector<std::string> listen{"127.0.0.1:8080"};  // "host:port", "[v6]:port" or "unix:/path"
  std::string admin_listen = "127.0.0.1:9090";        // empty: none
  std::string public_url = "http://127.0.0.1:8080";   // scheme://host[:port], no path
  std::string prefix = "/api/v1";                     // "" or "/…" without a last slash
  unsigned workers = 0;                               // 0: one per core
  std::uint64_t body_limit = 10 * kKiB;               // bytes
  std::vector<std::string> trusted_proxies;           // CIDRs
  std::string client_address_header = "X-Forwarded-For";
  std::vector<std::string> admin_allow;  // CIDRs
  milliseconds drain_timeout = 30s;
  milliseconds header_timeout = 10s;  // from the first byte of a request to the end of its head
  milliseconds body_timeout = 30s;    // for the whole of one of our own bodies; between reads of a proxied one
  milliseconds idle_timeout = 75s;    // between requests
  unsigned max_connections = 20'000;  // over all workers
  Tls tls;
};

struct Store {
  std::string url = "sqlite:data/gatehouse.db";
};

struct Shared {
  std::string url = "memory:";
};

enum class KeyAlgorithm : std::uint8_t { es256, eddsa, rs256, ps256 };
enum class ReuseScope : std::uint8_t { session, user };
enum class Transport : std::uint8_t { bearer, hybrid, cookie };

struct Tokens {
  KeyAlgorithm algorithm = KeyAlgorithm::es256;
  unsigned rsa_bits = 3072;
  milliseconds access_ttl = 15min;
  milliseconds refresh_ttl = 7 * 24h;
  milliseconds refresh_grace = 10s;
  milliseconds unconfirmed_retry = 24h;
  std::string issuer;    // filled with public_url when absent
  std::string audience;  // likewise
  ReuseScope on_reuse = ReuseScope::session;
  std::vector<Transport> transports{Transport::hybrid, Transport::bearer, Transport::cookie};
  milliseconds key_rotation = 90 * 24h;
  std::vector<std::string> private_key;  // PEM files; empty: managed keys
};

struct Sessions {
  milliseconds idle_ttl = 14 * 24h;
  milliseconds absolute_ttl = 90 * 24h;
  unsigned max_per_user = 0;
  milliseconds max_staleness = 5s;
};

enum class PasswordHash : std::uint8_t { argon2id, bcrypt };
struct Argon2idCost {
  std::uint64_t memory = 19 * kMiB;
  unsigned passes = 2;
  unsigned lanes = 1;
  friend bool operator==(const Argon2idCost&, const Argon2idCost&) = default;
};
struct CharacterClasses {
  bool upper = false;
  bool lower = false;
  bool digit = false;
  bool symbol = false;
};
struct Passwords {
  PasswordHash hash = PasswordHash::argon2id;
  Argon2idCost argon2id;
  unsigned bcrypt_cost = 12;
  unsigned min_length = 10;
  CharacterClasses require;
  std::string blocklist = "builtin";  // "builtin", "" or a file
  unsigned hash_threads = 0;          // 0: cores - 1, at least 1
  unsigned hash_queue = 128;
};

struct Registration {
  bool enabled = true;
  bool verify_email = true;
  bool reveal_existing = true;
  std::string default_role = "viewer";
  std::string default_plan = "free";
};

struct Admin {
  std::string email;
  Secret password;  // from password_file or GATEHOUSE_ADMIN_PASSWORD
};

struct Users {
  milliseconds restore_for = 30 * 24h;  // a deleted account can come back; then it is purged
};

// Codes that people type.
struct Otp {
  unsigned digits = 6;
  milliseconds ttl = 5min;
  unsigned attempts = 5;  // guesses at one code
  milliseconds resend_after = 30s;
};

// Beside the limits: what failures do to an account and to a network.
struct Lockout {
  unsigned account_failures = 20;  // per account, from devices that it does not know
  milliseconds account_window = 15min;
  unsigned network_failures = 100;  // per /24 or /48, over all accounts
  milliseconds network_window = 15min;
  unsigned otp_failures = 10;  // per account, over all its codes
  milliseconds otp_window = 1h;
  double spray_share = 0.8;  // of failures or unknown accounts among the logins of a window
  unsigned spray_minimum = 50;
};

struct Mail {
  std::string transport =
      "log";        // "log", "dir:FOLDER", "smtp://user@host:587" (STARTTLS), "smtps://user@host:465"
  Secret password;  // of the transport's user; GATEHOUSE_MAIL_PASSWORD or a file
  std::string from = "Gatehouse <no-reply@localhost>";
  std::string templates;  // a folder whose files replace the built-in ones; empty: none
  std::string tls_ca;     // PEM file of the authorities that the mail server's certificate is checked against
};

struct Geo {
  std::string database;                   // an .mmdb file; empty: none
  std::string source;                     // "maxmind", a URL of .mmdb, .mmdb.gz or .tar.gz, or empty
  Secret licence_key;                     // for "maxmind"; GATEHOUSE_GEO_LICENCE_KEY or a file
  std::string edition = "GeoLite2-City";  // for "maxmind"
  std::string download_url = "https://download.maxmind.com";  // for "maxmind": where it answers
  milliseconds refresh = 7 * 24h;
};

struct Audit {
  milliseconds keep = 365 * 24h;
};

enum class CookieSecurity : std::uint8_t { automatic, yes, no };
struct Cookies {
  CookieSecurity secure = CookieSecurity::automatic;
  std::string same_site = "Strict";  // or "Lax"
  std::string domain;
};

enum class CsrfMode : std::uint8_t { cookies, always, off };
struct Csrf {
  CsrfMode mode = CsrfMode::cookies;
};

struct Cors {
  std::vector<std::string> origins;
  bool credentials = true;
  milliseconds max_age = 10min;
};

enum class LimitAlgorithm : std::uint8_t {
  sliding_window,
  sliding_window_smooth,
  token_bucket,
  fixed_window,
  concurrency
};
enum class LimitCount : std::uint8_t { all, failures };
enum class StoreFailure : std::uint8_t { open, closed, local };
enum class LimitMode : std::uint8_t { enforce, shadow };
enum class LimitSync : std::uint8_t { exact, leased };

struct Tiers {
  std::string by;                              // the claim, "plan" or "role"
  std::map<std::string, std::uint32_t> limit;  // claim's value → limit
};

struct Limit {
  std::string name;  // [a-z0-9_-]+
  std::vector<std::string>
      on;  // "METHOD[,METHOD] /pattern", "public", "authenticated", "all"; {prefix} expanded
  LimitAlgorithm algorithm = LimitAlgorithm::sliding_window;
  std::string key = "ip";   // ip user session api-key route claim:sub|sid|role|plan header:NAME, joined by "+"
  std::uint32_t limit = 0;  // at least 1
  milliseconds window{};    // at least 1 s; concurrency: unused
  std::uint32_t burst = 0;
  LimitCount count = LimitCount::all;
  std::optional<Tiers> tiers;
  std::vector<std::string> skip_roles;
  StoreFailure on_store_failure = StoreFailure::open;
  LimitMode mode = LimitMode::enforce;
  LimitSync sync = LimitSync::exact;
  double lease_share = 0.05;
  unsigned ipv6_prefix = 64;
};

struct HealthCheck {
  std::string path;  // "/healthz"
  milliseconds every = 5s;
};

struct Upstream {
  std::string name;
  std::vector<std::string> targets;  // "http://host:port", "https://host:port"
  milliseconds timeout = 30s;
  std::optional<HealthCheck> health;  // "GET /healthz every 5s"
  unsigned max_connections = 256;     // to each target, from each worker
};

struct Route {
  std::vector<std::string> methods;  // upper case; empty: ANY
  std::string pattern;               // "/projects/:id", "/public/*", {prefix} expanded
  std::vector<std::string> allow;    // "public", "user", roles, "owner:name"; never empty
  std::string to;                    // an upstream's name
  std::vector<std::string> limit;    // names of limits, besides those whose `on` matches
  std::uint64_t body_limit = 10 * kMiB;
  std::optional<milliseconds> timeout;
  bool websocket = false;            // upgrades pass through
  bool forward_credentials = false;  // Authorization and our cookies go upstream as well
  unsigned line = 0;                 // where it stands in the file, for messages
};

struct PolicyTest {
  std::string as;
  std::string method;
  std::string path;
  unsigned expect = 0;
};

enum class LogLevel : std::uint8_t { debug, info, warn, error, off };
enum class LogFormat : std::uint8_t { json, text };
struct Log {
  LogLevel level = LogLevel::info;
  LogFormat format = LogFormat::json;
};

struct Settings {
  Server server;
  Store store;
  Shared shared;
  Tokens tokens;
  Sessions sessions;
  Passwords passwords;
  Registration registration;
  std::vector<std::string> roles{"viewer", "editor", "admin"};
  std::vector<std::string> plans{"free", "paid", "enterprise"};
  Admin admin;
  Users users;
  Otp otp;
  Lockout lockout;
  Mail mail;
  Geo geo;
  Audit audit;
  Cookies cookies;
  Csrf csrf;
  Cors cors;
  std::vector<Limit> limits;  // filled with the default set when the file names none
  std::vector<Upstream> upstreams;
  std::vector<Route> routes;
  std::vector<PolicyTest> policy_tests;
  Log log;
  Secret master_key;  // GATEHOUSE_MASTER_KEY[_FILE], 32 bytes as base64url; empty: the file in the data folder
};

}  // namespace gatehouse::config
