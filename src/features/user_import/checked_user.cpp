#include "features/user_import/checked_user.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "crypto/imported_hash.hpp"
#include "features/user_import/keycloak_credential.hpp"
#include "features/users/account_names.hpp"

namespace gatehouse::user_import {

namespace {

// As at registration.
constexpr std::size_t kMostNameBytes = 200;

using Problems = std::vector<std::string>;

void add(Problems& problems, const std::optional<FieldError>& error) {
  if (error) problems.push_back(error->field + ": " + error->message);
}

std::string_view explain(crypto::HashProblem problem) noexcept {
  switch (problem) {
    case crypto::HashProblem::unknown_form:
      return "passwordHash: Not a form that is known; see docs/guide/import.md for the list";
    case crypto::HashProblem::malformed: return "passwordHash: Of a known form, but not spelt as it should be";
    case crypto::HashProblem::too_costly:
      return "passwordHash: Asks for more work or memory than a login may take";
  }
  return "";
}

void check_hash(std::string& hash, Problems& problems) {
  if (is_keycloak_credential(hash)) {
    auto phc = phc_from_keycloak(hash);
    if (!phc) {
      problems.push_back("passwordHash: " + phc.error());
      return;
    }
    hash = std::move(*phc);
  }
  if (const auto problem = crypto::find_hash_problem(hash)) problems.emplace_back(explain(*problem));
}

void check_name(const std::optional<std::string>& name, Problems& problems) {
  if (!name) return;
  const bool has_controls =
      std::ranges::any_of(*name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7F'; });
  if (name->empty() || name->size() > kMostNameBytes || !is_valid_utf8(*name) || has_controls) {
    problems.emplace_back("name: Must be 1 to 200 bytes of UTF-8 without control characters");
  }
}

void check_listed(std::string_view field, const std::string& value, const std::vector<std::string>& known,
                  Problems& problems) {
  if (std::ranges::find(known, value) != known.end()) return;
  problems.push_back(fmt::format("{}: Not one of {}", field, fmt::join(known, ", ")));
}

}  // namespace

std::expected<CheckedUser, std::vector<std::string>> check_user(RawUser raw, const config::Settings& settings) {
  Problems problems;
  add(problems, users::check_email(raw.email));
  if (raw.username) add(problems, users::check_username(*raw.username));
  check_name(raw.name, problems);
  if (!raw.role) raw.role = settings.registration.default_role;
  if (!raw.plan) raw.plan = settings.registration.default_plan;
  check_listed("role", *raw.role, settings.roles, problems);
  check_listed("plan", *raw.plan, settings.plans, problems);
  check_hash(raw.password_hash, problems);
  if (!problems.empty()) return std::unexpected(std::move(problems));
  return CheckedUser{.raw = std::move(raw)};
}

}  // namespace gatehouse::user_import
