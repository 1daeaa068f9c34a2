#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "app/password_rules.hpp"
#include "cli/import_command.hpp"
#include "cli/output.hpp"
#include "cli/password_source.hpp"
#include "cli/workplace.hpp"
#include "features/accounts/operator_accounts.hpp"

namespace gatehouse::cli {

namespace {

using accounts::OperatorAccounts;
using users::User;

OperatorAccounts accounts_at(Workplace& place, const Call& call) {
  return {place.database(), place.events(), place.one_time(), call.environment.random, place.settings()};
}

int report(const Call& call, const Result<User>& user, std::string_view sentence) {
  if (!user) return fail_with(call, user.error());
  if (!call.as_json) {
    print_line(fmt::format(fmt::runtime(sentence), fmt::arg("email", user->email),
                           fmt::arg("id", user->id.text()), fmt::arg("role", user->role)));
    return kFine;
  }
  std::string out = R"({"ok":true,"user":)";
  users::append_user_json(out, *user);
  print_line(out + '}');
  return kFine;
}

// ---------------------------------------------------------------- add

struct Add {
  accounts::OperatorsUser user;
  std::string role, plan, username, name, password_file;
  bool unverified = false;
};

int add(const Call& call, Add wanted) {
  const auto place = Workplace::open(call, Workplace::Missing::make);
  if (!place) return kFailed;
  const config::Settings& settings = place->settings();
  wanted.user.role = wanted.role.empty() ? settings.registration.default_role : wanted.role;
  wanted.user.plan = wanted.plan.empty() ? settings.registration.default_plan : wanted.plan;
  if (!wanted.username.empty()) wanted.user.username = wanted.username;
  if (!wanted.name.empty()) wanted.user.name = wanted.name;
  wanted.user.email_verified = !wanted.unverified;
  auto rules = app::ConfiguredPasswordRules::make(settings);
  if (!rules) return fail_with(call, rules.error());
  auto password = read_new_password(wanted.password_file);
  if (!password) return fail_with(call, password.error());
  const auto added =
      accounts_at(*place, call).add(wanted.user, *password, **rules, call.environment.clock.unix_now());
  return report(call, added, "Added {email} ({role}), {id}.");
}

void add_add(CLI::App& users, Call& call) {
  auto* const command = users.add_subcommand("add", "Add a user, whose password is asked for");
  auto wanted = std::make_shared<Add>();
  command->add_option("EMAIL", wanted->user.email, "The address to log in with")->required();
  command->add_option("--role", wanted->role, "One of roles.names (default: registration.default_role)");
  command->add_option("--plan", wanted->plan, "One of plans.names (default: registration.default_plan)");
  command->add_option("--username", wanted->username, "Another name to log in with");
  command->add_option("--name", wanted->name, "How the user is called");
  command
      ->add_option("--password-file", wanted->password_file,
                   "Take the password's line from FILE, - for standard input")
      ->type_name("FILE");
  command->add_flag("--unverified", wanted->unverified, "The address is yet to be verified by a mail");
  command->footer("Example:\n  gatehouse user add ann@example.org --role admin");
  command->callback([&call, wanted] { call.action = [&call, wanted] { return add(call, *wanted); }; });
}

// ---------------------------------------------------------------- list

struct Listing {
  std::string search, role;
  bool with_deleted = false;
};

std::string_view state_of(const User& user) noexcept {
  if (user.deleted_at) return "deleted";
  if (user.disabled) return "disabled";
  return user.email_verified ? "active" : "unverified";
}

void print_user(const Call& call, const User& user, bool is_first) {
  if (!call.as_json) {
    print_line(fmt::format("{}  {:<32} {:<12} {:<12} {}", user.id.text(), user.email, user.role, user.plan,
                           state_of(user)));
    return;
  }
  std::string out = is_first ? "" : ",";
  users::append_user_json(out, user);
  std::fwrite(out.data(), 1, out.size(), stdout);
}

// A page at a time, so that any number can be listed.
int list(const Call& call, const Listing& wanted) {
  const auto place = Workplace::open(call);
  if (!place) return kFailed;
  auto accounts = accounts_at(*place, call);
  users::UserQuery query{
      .search = wanted.search,
      .role = wanted.role,
      .deleted = wanted.with_deleted ? users::DeletedFilter::any : users::DeletedFilter::without,
      .oldest_first = true,
      .limit = 500};
  if (call.as_json) std::fputs(R"({"ok":true,"users":[)", stdout);
  bool is_first = true;
  for (;;) {
    const auto page = accounts.list(query);
    if (!page) return fail_with(call, page.error());
    if (page->empty()) break;
    for (const User& user : *page) print_user(call, user, std::exchange(is_first, false));
    query.after = page->back().id.text();
  }
  if (call.as_json) print_line("]}");
  if (!call.as_json && is_first) complain("no such user");
  return kFine;
}

void add_list(CLI::App& users, Call& call) {
  auto* const command = users.add_subcommand("list", "List users, the oldest first");
  auto wanted = std::make_shared<Listing>();
  command->add_option("--search", wanted->search, "Part of the address or the username");
  command->add_option("--role", wanted->role, "Only users of this role");
  command->add_flag("--deleted", wanted->with_deleted, "Deleted ones as well");
  command->footer("Example:\n  gatehouse user list --role admin");
  command->callback([&call, wanted] { call.action = [&call, wanted] { return list(call, *wanted); }; });
}

// ---------------------------------------------------------------- role, disable, enable

template <class Change>
int change(const Call& call, const std::string& who, std::string_view sentence, Change what) {
  const auto place = Workplace::open(call);
  if (!place) return kFailed;
  auto accounts = accounts_at(*place, call);
  const auto user = accounts.get(who);
  if (!user && user.error().code == ErrorCode::not_found) {
    return fail_with(call, fmt::format("there is no user {}; `gatehouse user list` shows them all", who));
  }
  if (!user) return fail_with(call, user.error());
  return report(call, what(accounts, user->id, call.environment.clock.unix_now()), sentence);
}

void add_role(CLI::App& users, Call& call) {
  auto* const command = users.add_subcommand("role", "Give a user another role, effective at once");
  auto who = std::make_shared<std::string>();
  auto role = std::make_shared<std::string>();
  command->add_option("USER", *who, "Address, username or id")->required();
  command->add_option("ROLE", *role, "One of roles.names")->required();
  command->footer("Example:\n  gatehouse user role ann@example.org editor");
  command->callback([&call, who, role] {
    call.action = [&call, who, role] {
      return change(call, *who, "{email} has the role {role}.",
                    [&](OperatorAccounts& accounts, const UserId& id, UnixTime now) {
                      return accounts.set_role(id, *role, now);
                    });
    };
  });
}

void add_switch(CLI::App& users, Call& call, bool disabled) {
  auto* const command = disabled ? users.add_subcommand("disable", "Lock a user out; all sessions end at once")
                                 : users.add_subcommand("enable", "Let a disabled user log in again");
  auto who = std::make_shared<std::string>();
  command->add_option("USER", *who, "Address, username or id")->required();
  command->footer(
      fmt::format("Example:\n  gatehouse user {} ann@example.org", disabled ? "disable" : "enable"));
  command->callback([&call, who, disabled] {
    call.action = [&call, who, disabled] {
      return change(call, *who,
                    disabled ? "{email} is disabled; all sessions have ended." : "{email} may log in.",
                    [&](OperatorAccounts& accounts, const UserId& id, UnixTime now) {
                      return accounts.set_disabled(id, disabled, now);
                    });
    };
  });
}

}  // namespace

void add_user_commands(CLI::App& program, Call& call) {
  auto* const users = program.add_subcommand("user", "Add, list, change and import users");
  users->require_subcommand(1);
  users->footer("All of them work while the server runs, which notices within a second.");
  add_add(*users, call);
  add_list(*users, call);
  add_role(*users, call);
  add_switch(*users, call, true);
  add_switch(*users, call, false);
  add_import_command(*users, call);
}

}  // namespace gatehouse::cli
