#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "base/text.hpp"
#include "cli/output.hpp"
#include "cli/workplace.hpp"
#include "features/keys/key_service.hpp"
#include "features/keys/key_store.hpp"
#include "http/json.hpp"

namespace gatehouse::cli {

namespace {

using keys::KeyService;
using keys::KeyState;
using keys::StoredKey;

std::string_view state_name(KeyState state) noexcept {
  switch (state) {
    case KeyState::next: return "next";
    case KeyState::active: return "active";
    case KeyState::retiring: return "retiring";
  }
  return "";
}

// The settings name PEM files: there is nothing in the store to list or rotate.
int refuse_files(const Call& call) {
  return fail_with(call,
                   "the signing keys are the files of tokens.private_key; change the settings, and restart");
}

void print_key(const Call& call, const StoredKey& key, std::string& json) {
  const std::string activated = key.activated_at ? rfc3339(*key.activated_at) : "";
  if (!call.as_json) {
    print_line(fmt::format("{:<43}  {:<6} {:<9} made {}{}", key.id, key.algorithm, state_name(key.state),
                           rfc3339(key.created_at), activated.empty() ? "" : ", signs since " + activated));
    return;
  }
  if (!json.empty()) json += ',';
  http::JsonWriter writer{json};
  writer.begin_object().key("kid").value(std::string_view{key.id});
  writer.key("algorithm").value(std::string_view{key.algorithm}).key("state").value(state_name(key.state));
  writer.key("createdAt").value(std::string_view{rfc3339(key.created_at)});
  writer.key("activatedAt").value(key.activated_at ? std::optional{activated} : std::nullopt).end_object();
}

int list(const Call& call) {
  const auto place = Workplace::open(call);
  if (!place) return kFailed;
  if (!place->settings().tokens.private_key.empty()) return refuse_files(call);
  const auto keys = place->database().read_now([](db::Transaction& tx) { return keys::KeyStore{tx}.list(); });
  if (!keys) return fail_with(call, keys.error());
  std::string json;
  for (const StoredKey& key : *keys) print_key(call, key, json);
  if (call.as_json) print_line(R"({"ok":true,"keys":[)" + json + "]}");
  return kFine;
}

template <class Change>
int change(const Call& call, std::string_view sentence, Change what) {
  const auto place = Workplace::open(call);
  if (!place) return kFailed;
  if (!place->settings().tokens.private_key.empty()) return refuse_files(call);
  const UnixTime now = call.environment.clock.unix_now();
  auto service = KeyService::load(place->database(), place->master(), call.environment.random, place->events(),
                                  place->settings().tokens, now);
  if (!service) return fail_with(call, service.error());
  if (auto done = what(**service, now); !done) {
    const bool is_unknown = done.error().code == ErrorCode::not_found;
    return is_unknown ? fail_with(call, "there is no such key; `gatehouse keys list` shows them all")
                      : fail_with(call, done.error());
  }
  const std::string active = (*service)->current().active().kid();
  if (call.as_json) {
    print_line(fmt::format(R"({{"ok":true,"active":"{}"}})", active));
  } else {
    print_line(fmt::format("{} {} signs now.", sentence, active));
  }
  return kFine;
}

}  // namespace

void add_key_commands(CLI::App& program, Call& call) {
  auto* const keys = program.add_subcommand("keys", "List, rotate and revoke signing keys");
  keys->require_subcommand(1);
  keys->footer("All of them work while the server runs, which notices within a second.");

  auto* const list_command = keys->add_subcommand("list", "List the keys: next, active and retiring");
  list_command->footer("Example:\n  gatehouse keys list");
  list_command->callback([&call] { call.action = [&call] { return list(call); }; });

  auto* const rotate = keys->add_subcommand("rotate", "Let the next key sign; the old one still verifies");
  rotate->footer("Example:\n  gatehouse keys rotate");
  rotate->callback([&call] {
    call.action = [&call] {
      return change(call, "Rotated.", [](KeyService& service, UnixTime now) { return service.rotate(now); });
    };
  });

  auto* const revoke =
      keys->add_subcommand("revoke", "In an emergency: end a key with every token that it signed");
  auto kid = std::make_shared<std::string>();
  revoke->add_option("KID", *kid, "The key's id, as `gatehouse keys list` shows it")->required();
  revoke->footer(
      "Clients refresh and go on with tokens of the next key.\n"
      "Example:\n  gatehouse keys revoke Hk0pVUkSTUoYQnQ4b0hLQ1lCd0t4WlJqWnFBb2hVcE0");
  revoke->callback([&call, kid] {
    call.action = [&call, kid] {
      return change(call, "Revoked.",
                    [&](KeyService& service, UnixTime now) { return service.revoke(*kid, now); });
    };
  });
}

}  // namespace gatehouse::cli
