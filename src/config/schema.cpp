#include "config/schema.hpp"

#include <algorithm>
#include <array>

#include "config/codecs.hpp"
#include "config/secrets.hpp"
#include "config/tables.hpp"

namespace gatehouse::config {

namespace {

constexpr milliseconds kDay = 24h;
constexpr milliseconds kYear = 365 * kDay;
constexpr std::uint64_t kGiB = 1024 * kMiB;

Fields<Server> server_fields() {
  const auto listener = R"("host:port", "[IPv6]:port" or "unix:/path")";
  const auto network = "a network such as \"10.0.0.0/8\" or \"fd00::/8\"";
  return joined<Server>(
      {{field("listen", &Server::listen, texts(listener), "where the server listens"),
        field("admin_listen", &Server::admin_listen, text(R"("host:port", or "" for none)"),
              "where /metrics is served"),
        field("public_url", &Server::public_url, text(R"("https://host" or "https://host:port")"),
              "the address that browsers use"),
        field("prefix", &Server::prefix, text(R"("" or a path such as "/api/v1")"), "before our own endpoints"),
        field("workers", &Server::workers, whole(0U, 1024U), "threads; 0 is one per core"),
        field("body_limit", &Server::body_limit, size(1 * kKiB, 16 * kMiB), "for bodies of our own endpoints"),
        field("trusted_proxies", &Server::trusted_proxies, texts(network),
              "peers whose forwarding header is believed"),
        field("client_address_header", &Server::client_address_header,
              one_of<std::string>({{"X-Forwarded-For", "X-Forwarded-For"}, {"Forwarded", "Forwarded"}}),
              "the one forwarding header that is read"),
        field("admin_allow", &Server::admin_allow, texts(network),
              "networks that may use the endpoints of admins; empty is all"),
        field("drain_timeout", &Server::drain_timeout, duration(0s, 1h), "for open requests, at the end"),
        field("header_timeout", &Server::header_timeout, duration(100ms, 10min), "for a whole request head"),
        field("body_timeout", &Server::body_timeout, duration(100ms, 1h), "for a body"),
        field("idle_timeout", &Server::idle_timeout, duration(100ms, 1h), "between requests"),
        field("max_connections", &Server::max_connections, whole(1U, 1'000'000U), "over all workers")},
       section("tls", &Server::tls,
               {field("cert", &Tls::cert, existing_file(R"(a readable PEM file, or "" for no TLS)"),
                      "the certificate chain"),
                field("key", &Tls::key, existing_file(R"(a readable PEM file, or "" for no TLS)"),
                      "the certificate's private key")})});
}

Fields<Tokens> token_fields() {
  using enum KeyAlgorithm;
  return {
      field("algorithm", &Tokens::algorithm,
            one_of<KeyAlgorithm>({{"ES256", es256}, {"EdDSA", eddsa}, {"RS256", rs256}, {"PS256", ps256}}),
            "that signs access tokens"),
      // 2048 is the least that RFC 7518 §3.3 allows.
      field("rsa_bits", &Tokens::rsa_bits, whole(2048U, 8192U), "of the keys for RS256 and PS256"),
      field("access_ttl", &Tokens::access_ttl, duration(1s, kDay), "life of an access token"),
      field("refresh_ttl", &Tokens::refresh_ttl, duration(1s, kYear), "life of a refresh token"),
      field("refresh_grace", &Tokens::refresh_grace, duration(0s, 1min),
            "in which a repeated refresh gets the same successor"),
      field("unconfirmed_retry", &Tokens::unconfirmed_retry, duration(0s, 7 * kDay),
            "the same, while the successor has not been seen"),
      field("issuer", &Tokens::issuer, text("a text"), "the claim `iss`; by default public_url"),
      field("audience", &Tokens::audience, text("a text"), "the claim `aud`; by default public_url"),
      field("on_reuse", &Tokens::on_reuse,
            one_of<ReuseScope>({{"session", ReuseScope::session}, {"user", ReuseScope::user}}),
            "what a reused refresh token revokes"),
      field("transports", &Tokens::transports,
            some_of<Transport>(
                {{"hybrid", Transport::hybrid}, {"bearer", Transport::bearer}, {"cookie", Transport::cookie}}),
            "how tokens travel; the first is the default"),
      field("key_rotation", &Tokens::key_rotation, duration(1h, 10 * kYear),
            "age at which a signing key is replaced"),
      field("private_key", &Tokens::private_key, texts("a readable PEM file"), "keys of your own"),
  };
}

Fields<Sessions> session_fields() {
  return {
      field("idle_ttl", &Sessions::idle_ttl, duration(1s, kYear), "ends a session that is not used"),
      field("absolute_ttl", &Sessions::absolute_ttl, duration(1s, 10 * kYear), "ends every session"),
      field("max_per_user", &Sessions::max_per_user, whole(0U, 10'000U), "the oldest goes; 0 is no limit"),
      field("max_staleness", &Sessions::max_staleness, duration(0s, 1min),
            "how long a cached session counts while the store is away"),
  };
}

Codec<CharacterClasses> character_classes() {
  using Member = bool CharacterClasses::*;
  const Words<Member> words{{"upper", &CharacterClasses::upper},
                            {"lower", &CharacterClasses::lower},
                            {"digit", &CharacterClasses::digit},
                            {"symbol", &CharacterClasses::symbol}};
  auto list = some_of<Member>(words);
  return {.kind = Kind::list,
          .allowed = list.allowed,
          .read =
              [read = list.read](CharacterClasses& into, const Value& value, const Context& context) {
                std::vector<Member> chosen;
                read(chosen, value, context);
                into = {};
                for (const Member member : chosen) into.*member = true;
              },
          .show =
              [words, show = list.show](const CharacterClasses& from) {
                std::vector<Member> chosen;
                for (const auto& [word, member] : words) {
                  if (from.*member) chosen.push_back(member);
                }
                return show(chosen);
              }};
}

Fields<Passwords> password_fields() {
  return joined<Passwords>(
      {{field("hash", &Passwords::hash,
              one_of<PasswordHash>({{"argon2id", PasswordHash::argon2id}, {"bcrypt", PasswordHash::bcrypt}}),
              "how passwords are kept")},
       // The least of OWASP's Password Storage Cheat Sheet; which pairs are strong enough is checked over both.
       section("argon2id", &Passwords::argon2id,
               {field("memory", &Argon2idCost::memory, size(7 * kMiB, 1 * kGiB), "of one hash"),
                field("passes", &Argon2idCost::passes, whole(1U, 64U), "over that memory"),
                field("lanes", &Argon2idCost::lanes, whole(1U, 16U), "of one hash")}),
       // 10 is OWASP's least; each step doubles the time, and 16 takes seconds.
       {field("bcrypt.cost", &Passwords::bcrypt_cost, whole(10U, 16U), "as a power of two"),
        // NIST SP 800-63B-4 §3.1.1.2: never below 8.
        field("min_length", &Passwords::min_length, whole(8U, 128U), "in characters"),
        field("require", &Passwords::require, character_classes(), "kinds of characters that must occur"),
        field("blocklist", &Passwords::blocklist, text(R"("builtin", a readable file, or "")"),
              "passwords that are refused"),
        field("hash_threads", &Passwords::hash_threads, whole(0U, 256U), "0 is one less than the cores"),
        field("hash_queue", &Passwords::hash_queue, whole(1U, 65'536U), "waiting logins; beyond it 503")}});
}

Fields<Registration> registration_fields() {
  return {
      field("enabled", &Registration::enabled, boolean(), "whether people may register"),
      field("verify_email", &Registration::verify_email, boolean(), "whether login waits for it"),
      field("reveal_existing", &Registration::reveal_existing, boolean(), "whether a taken email is told"),
      field("default_role", &Registration::default_role, text("one of roles.names"), "of who registers"),
      field("default_plan", &Registration::default_plan, text("one of plans.names"), "of who registers"),
  };
}

Fields<Admin> admin_fields() {
  return {
      field("email", &Admin::email, text("an email address"), "of the admin that is made when there is none"),
      field("password", &Admin::password, secret("8 characters to 1024 bytes", check_password), "of that admin")
          .keep(Secrecy::environment_only),
      field("password_file", &Admin::password,
            secret_file("the name of a file that only its owner and group can read", check_password),
            "a file that holds it")
          .keep(Secrecy::secret),
  };
}

Fields<Lockout> lockout_fields() {
  return {
      field("account_failures", &Lockout::account_failures, whole(1U, 10'000U),
            "failed logins of one account from devices that it does not know"),
      field("account_window", &Lockout::account_window, duration(1s, kDay), "in which they are counted"),
      field("network_failures", &Lockout::network_failures, whole(1U, 1'000'000U),
            "failed logins from one /24 or /48, over all accounts"),
      field("network_window", &Lockout::network_window, duration(1s, kDay), "in which they are counted"),
      // NIST SP 800-63B-4 §3.2.2: never more than 100.
      field("otp_failures", &Lockout::otp_failures, whole(1U, 100U), "wrong codes of one account"),
      field("otp_window", &Lockout::otp_window, duration(1s, kDay), "in which they are counted"),
      field("spray_share", &Lockout::spray_share, share(0.0, 1.0),
            "share of failures or unknown accounts that raises SPRAYING_SUSPECTED"),
      field("spray_minimum", &Lockout::spray_minimum, whole(1U, 1'000'000U), "logins before a share counts"),
  };
}

Fields<Mail> mail_fields() {
  return {
      field("transport", &Mail::transport,
            text(R"("log", "dir:FOLDER", "smtp://user@host:587" or "smtps://user@host:465")"),
            "how mails leave"),
      field("password", &Mail::password, secret("a text", [](const Secret&) { return std::string{}; }),
            "of the transport's user")
          .keep(Secrecy::environment_only),
      field("password_file", &Mail::password,
            secret_file("the name of a file that only its owner and group can read",
                        [](const Secret&) { return std::string{}; }),
            "a file that holds it")
          .keep(Secrecy::secret),
      field("from", &Mail::from, text("\"Name <address>\" or an address"), "who the mails are from"),
      field("templates", &Mail::templates, text(R"(a folder, or "")"), "whose files replace the built-in ones"),
      field("tls_ca", &Mail::tls_ca, existing_file(R"(a readable PEM file, or "" for the system's)"),
            "authorities that the mail server's certificate is checked against"),
  };
}

Fields<Geo> geo_fields() {
  return {
      field("database", &Geo::database, text(R"(an .mmdb file, or "" for none)"), "from which places are read"),
      field("source", &Geo::source, text(R"("maxmind", a URL of .mmdb, .mmdb.gz or .tar.gz, or "")"),
            "where it is fetched from"),
      field("licence_key", &Geo::licence_key,
            secret("\"ACCOUNT_ID:LICENCE_KEY\"", [](const Secret&) { return std::string{}; }),
            "for \"maxmind\"")
          .keep(Secrecy::environment_only),
      field("licence_key_file", &Geo::licence_key,
            secret_file("the name of a file that only its owner and group can read",
                        [](const Secret&) { return std::string{}; }),
            "a file that holds it")
          .keep(Secrecy::secret),
      field("edition", &Geo::edition, text("a MaxMind edition such as \"GeoLite2-City\""), "for \"maxmind\""),
      field("download_url", &Geo::download_url, text("\"https://host\""), "where MaxMind's downloads are"),
      field("refresh", &Geo::refresh, duration(1h, kYear), "how often it is fetched anew"),
  };
}

// true and false are values of their own, "auto" a word.
Codec<CookieSecurity> cookie_security() {
  using enum CookieSecurity;
  return plain<CookieSecurity>(
      Kind::text, R"(true, false or "auto")",
      [](const Value& value) -> std::optional<CookieSecurity> {
        if (const auto* flag = value.as<bool>()) return *flag ? yes : no;
        return meaning_of<CookieSecurity>({{"auto", automatic}, {"true", yes}, {"false", no}}, value);
      },
      [](const CookieSecurity& from) -> std::string {
        if (from == automatic) return "\"auto\"";
        return from == yes ? "true" : "false";
      });
}

Fields<Settings> browser_fields() {
  using enum CsrfMode;
  return joined<Settings>(
      {section("cookies", &Settings::cookies,
               {field("secure", &Cookies::secure, cookie_security(),
                      "the attribute Secure; auto goes by public_url"),
                field("same_site", &Cookies::same_site,
                      one_of<std::string>({{"Strict", "Strict"}, {"Lax", "Lax"}}), "the attribute SameSite"),
                field("domain", &Cookies::domain, text("the host of public_url or a domain above it"),
                      "the attribute Domain")}),
       section("csrf", &Settings::csrf,
               {field("mode", &Csrf::mode,
                      one_of<CsrfMode>({{"cookies", cookies}, {"always", always}, {"off", off}}),
                      "which calls need a CSRF token")}),
       section("cors", &Settings::cors,
               {field("origins", &Cors::origins, texts("an origin such as \"https://app.example.com\""),
                      "pages of others that may read answers"),
                field("credentials", &Cors::credentials, boolean(), "whether they may send cookies"),
                field("max_age", &Cors::max_age, duration(0s, kDay), "for which a preflight holds")})});
}

Fields<Log> log_fields() {
  using enum LogLevel;
  return {
      field(
          "level", &Log::level,
          one_of<LogLevel>({{"debug", debug}, {"info", info}, {"warn", warn}, {"error", error}, {"off", off}}),
          "from which lines are written"),
      field("format", &Log::format, one_of<LogFormat>({{"json", LogFormat::json}, {"text", LogFormat::text}}),
            "of a line"),
  };
}

Fields<Settings> secret_fields() {
  const auto file = "the name of a file that only its owner and group can read";
  return {
      field("master_key", &Settings::master_key, secret("32 bytes as base64url", check_master_key),
            "that seals signing keys at rest")
          .keep(Secrecy::environment_only),
      field("master_key_file", &Settings::master_key, secret_file(file, check_master_key),
            "a file that holds it")
          .keep(Secrecy::environment_only),
  };
}

Fields<Settings> table_fields() {
  return {
      field("limit", &Settings::limits, tables(limit_fields()), "rate limits; any replaces the default set"),
      field("upstream", &Settings::upstreams, tables(upstream_fields()), "servers behind this one"),
      field("route", &Settings::routes, tables(route_fields()),
            "who may call what of them; the first match wins"),
      field("policy_test", &Settings::policy_tests, tables(policy_test_fields()),
            "what the policy must decide"),
  };
}

Fields<Settings> all_fields() {
  return joined<Settings>(
      {section("server", &Settings::server, server_fields()),
       section("store", &Settings::store,
               {field("url", &Store::url, text("\"sqlite:FILE\""), "users, sessions, tokens and keys")}),
       section("shared", &Settings::shared,
               {field("url", &Shared::url, text("\"memory:\""), "what limits count in")}),
       section("tokens", &Settings::tokens, token_fields()),
       section("sessions", &Settings::sessions, session_fields()),
       section("passwords", &Settings::passwords, password_fields()),
       section("registration", &Settings::registration, registration_fields()),
       {field("roles.names", &Settings::roles, texts("a name of [a-z0-9_-]{1,32}"), "that users can have"),
        field("plans.names", &Settings::plans, texts("a name of [a-z0-9_-]{1,32}"), "that users can have")},
       section("admin", &Settings::admin, admin_fields()),
       section("users", &Settings::users,
               {field("restore_for", &Users::restore_for, duration(0s, kYear),
                      "in which a deleted account can come back; then it is purged")}),
       section(
           "otp", &Settings::otp,
           {field("digits", &Otp::digits, whole(6U, 10U), "of a code"),
            // OWASP ASVS 6.5.5: ten minutes at most, five guesses at most.
            field("ttl", &Otp::ttl, duration(1s, 10min), "life of a code"),
            field("attempts", &Otp::attempts, whole(1U, 5U), "guesses at one code"),
            field("resend_after", &Otp::resend_after, duration(0s, 1h), "between two mails to one account")}),
       section("lockout", &Settings::lockout, lockout_fields()),
       section("mail", &Settings::mail, mail_fields()),
       section("geo", &Settings::geo, geo_fields()),
       section("audit", &Settings::audit,
               {field("keep", &Audit::keep, duration(kDay, 100 * kYear), "age at which entries go")}),
       browser_fields(),
       section("log", &Settings::log, log_fields()),
       secret_fields(),
       table_fields()});
}

}  // namespace

const Fields<Settings>& settings_fields() {
  static const Fields<Settings> fields = all_fields();
  return fields;
}

bool is_unavailable(std::string_view key) {
  constexpr std::array<std::string_view, 3> kAbsent{"collection", "source", "server.forward_auth_source"};
  return std::ranges::any_of(kAbsent, [&](std::string_view absent) {
    return key.starts_with(absent) && (key.size() == absent.size() || key[absent.size()] == '.');
  });
}

std::string variable_name(std::string_view key) {
  std::string name = "GATEHOUSE_";
  for (const char c : key) name += c == '.' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return name;
}

}  // namespace gatehouse::config
