#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "base/blocking_executor.hpp"
#include "base/text.hpp"
#include "cli/output.hpp"
#include "cli/workplace.hpp"
#include "features/accounts/operator_accounts.hpp"
#include "features/api_keys/api_key_service.hpp"
#include "http/address.hpp"
#include "http/json.hpp"

namespace gatehouse::cli {

namespace {

using api_keys::ApiKey;

constexpr std::size_t kMostNameBytes = 200;

// The service, and the caches that it keeps for a server; a command's are empty.
struct Service {
  Service(Workplace& place, Random& random)
      : tokens(place.master()),
        live(place.database(), {.roles = place.settings().roles, .plans = place.settings().plans}),
        keys(place.database(), tokens, live, place.events(), random, place.settings().roles) {}

  api_keys::ApiKeyTokens tokens;
  api_keys::LiveApiKeys live;
  api_keys::ApiKeyService keys;
};

// The store, the user whose keys it is about, and the service; has complained when it gives nothing.
struct Desk {
  std::unique_ptr<Workplace> place;
  UserId owner;
  std::unique_ptr<Service> service;

  [[nodiscard]] static std::optional<Desk> open(const Call& call, const std::string& who) {
    Desk desk{.place = Workplace::open(call), .owner = {}, .service = nullptr};
    if (!desk.place) return std::nullopt;
    accounts::OperatorAccounts accounts{desk.place->database(), desk.place->events(), desk.place->one_time(),
                                        call.environment.random, desk.place->settings()};
    const auto user = accounts.get(who);
    if (!user) {
      const bool is_unknown = user.error().code == ErrorCode::not_found;
      (void)fail_with(call, is_unknown ? "there is no user " + who : explain(user.error()));
      return std::nullopt;
    }
    desk.owner = user->id;
    desk.service = std::make_unique<Service>(*desk.place, call.environment.random);
    return desk;
  }
};

// ---------------------------------------------------------------- list

void print_key(const Call& call, const ApiKey& key, std::string& json) {
  if (call.as_json) {
    if (!json.empty()) json += ',';
    api_keys::append_api_key_json(json, key);
    return;
  }
  print_line(fmt::format("{}  {}…  {:<10} {:<24} expires {}, used {}", key.id.text(), key.prefix, key.role,
                         key.name, key.expires_at ? rfc3339(*key.expires_at) : "never",
                         key.last_used_at ? rfc3339(*key.last_used_at) : "never"));
}

int list(const Call& call, const std::string& who) {
  const auto desk = Desk::open(call, who);
  if (!desk) return kFailed;
  api_keys::ApiKeyQuery query{.owner = desk->owner, .oldest_first = true, .limit = api_keys::kMostKeysPerUser};
  std::string json;
  for (;;) {
    const auto page = run_blocking(desk->service->keys.list(query, api_keys::Total::skip));
    if (!page) return fail_with(call, page.error());
    if (page->keys.empty()) break;
    for (const ApiKey& key : page->keys) print_key(call, key, json);
    query.after = page->keys.back().id.text();
  }
  if (call.as_json) print_line(R"({"ok":true,"apiKeys":[)" + json + "]}");
  return kFine;
}

// ---------------------------------------------------------------- create

struct Wanted {
  std::string who, name, role, expires;
  std::vector<std::string> networks;
};

// "90d" from now, or a time; the error is a sentence.
std::expected<std::optional<UnixTime>, std::string> parse_expiry(const std::string& text, UnixTime now) {
  if (text.empty()) return std::nullopt;
  const auto lasts = parse_duration(text);
  const auto time = lasts ? std::optional{now + *lasts} : parse_rfc3339(text);
  if (!time)
    return std::unexpected("--expires: must be a duration such as 90d, or a time such as 2027-01-31T00:00:00Z");
  if (*time <= now) return std::unexpected("--expires: must lie in the future");
  return time;
}

std::string mistake_in(const Wanted& wanted, const config::Settings& settings) {
  if (wanted.name.empty() || wanted.name.size() > kMostNameBytes || !is_valid_utf8(wanted.name)) {
    return "--name: must be 1 to 200 bytes of UTF-8";
  }
  const bool is_known = std::ranges::find(settings.roles, wanted.role) != settings.roles.end();
  if (!wanted.role.empty() && !is_known)
    return fmt::format("--role: one of {}", fmt::join(settings.roles, ", "));
  if (wanted.networks.size() > api_keys::kMostNetworks) {
    return fmt::format("--network: at most {}", api_keys::kMostNetworks);
  }
  for (const std::string& network : wanted.networks) {
    if (!http::Network::parse(network))
      return "--network: no network, which is written as 192.0.2.0/24: " + network;
  }
  return {};
}

int create(const Call& call, const Wanted& wanted) {
  const auto desk = Desk::open(call, wanted.who);
  if (!desk) return kFailed;
  const UnixTime now = call.environment.clock.unix_now();
  const auto expires_at = parse_expiry(wanted.expires, now);
  if (!expires_at) return fail_with(call, expires_at.error());
  if (const auto mistake = mistake_in(wanted, desk->place->settings()); !mistake.empty()) {
    return fail_with(call, mistake);
  }
  api_keys::NewApiKey asked{.owner = desk->owner,
                            .name = wanted.name,
                            .role = wanted.role.empty() ? std::nullopt : std::optional{wanted.role},
                            .expires_at = *expires_at,
                            .networks = wanted.networks};
  audit::Origin origin;
  origin.now = now;
  const auto made = run_blocking(desk->service->keys.create(std::move(asked), std::move(origin)));
  if (!made) {
    const bool is_above = made.error().code == ErrorCode::insufficient_permissions;
    return is_above ? fail_with(call, "--role: the key's role may not be above its owner's")
                    : fail_with(call, made.error());
  }
  if (!call.as_json) {
    std::fputs("This is the only time that the key is shown:\n", stderr);
    print_line(made->text.reveal());
    return kFine;
  }
  std::string out = R"({"ok":true,"apiKey":)";
  api_keys::append_api_key_json(out, made->key);
  out += R"(,"key":)";
  http::JsonWriter{out}.value(made->text.reveal());
  print_line(out + '}');
  return kFine;
}

// ---------------------------------------------------------------- revoke

int revoke(const Call& call, const std::string& who, const std::string& text) {
  const auto id = ApiKeyId::parse(text);
  if (!id) {
    complain("KEY must be the key's id, as `gatehouse apikey list` shows it; never give the key itself");
    return kWrongUse;
  }
  const auto desk = Desk::open(call, who);
  if (!desk) return kFailed;
  audit::Origin origin;
  origin.now = call.environment.clock.unix_now();
  const auto done = run_blocking(desk->service->keys.revoke(*id, desk->owner, std::move(origin)));
  if (!done && done.error().code == ErrorCode::not_found) {
    return fail_with(call, "this user has no such key, or it was revoked before");
  }
  if (!done) return fail_with(call, done.error());
  print_line(call.as_json ? R"({"ok":true})" : "The key is revoked.");
  return kFine;
}

void add_create(CLI::App& keys, Call& call) {
  auto* const command = keys.add_subcommand("create", "Make a key for a user, and print it");
  auto wanted = std::make_shared<Wanted>();
  command->add_option("USER", wanted->who, "Its owner: address, username or id")->required();
  command->add_option("--name", wanted->name, "What it is for")->required();
  command->add_option("--role", wanted->role, "Not above the owner's (default: the owner's)");
  command->add_option("--expires", wanted->expires, "90d, or 2027-01-31T00:00:00Z (default: never)");
  command->add_option("--network", wanted->networks,
                      "Where it may be used from, as 192.0.2.0/24; several allowed");
  command->footer(
      "Example:\n  gatehouse apikey create ann@example.org --name nightly --role viewer --expires 90d");
  command->callback([&call, wanted] { call.action = [&call, wanted] { return create(call, *wanted); }; });
}

}  // namespace

void add_api_key_commands(CLI::App& program, Call& call) {
  auto* const keys = program.add_subcommand("apikey", "List, make and revoke API keys");
  keys->require_subcommand(1);
  keys->footer("All of them work while the server runs, which notices within a second.");

  auto who = std::make_shared<std::string>();
  auto* const list_command = keys->add_subcommand("list", "List a user's keys, the oldest first");
  list_command->add_option("USER", *who, "Address, username or id")->required();
  list_command->footer("Example:\n  gatehouse apikey list ann@example.org");
  list_command->callback([&call, who] { call.action = [&call, who] { return list(call, *who); }; });

  add_create(*keys, call);

  auto id = std::make_shared<std::string>();
  auto* const revoke_command = keys->add_subcommand("revoke", "Revoke a key, effective at once");
  revoke_command->add_option("USER", *who, "Its owner: address, username or id")->required();
  revoke_command->add_option("KEY", *id, "The key's id")->required();
  revoke_command->footer(
      "Example:\n  gatehouse apikey revoke ann@example.org 01890a5d-ac96-774b-bcce-b302099a8057");
  revoke_command->callback(
      [&call, who, id] { call.action = [&call, who, id] { return revoke(call, *who, *id); }; });
}

}  // namespace gatehouse::cli
