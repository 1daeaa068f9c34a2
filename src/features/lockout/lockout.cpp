#include "features/lockout/lockout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/text.hpp"

namespace gatehouse::lockout {

namespace {

// Names that nobody has share so many buckets: enough that two of them meet by chance alone, and a bound on
// what made-up names can write.
constexpr std::uint32_t kNameBuckets = 1U << 20U;

constexpr std::chrono::days kAddressMemory{30};

Error refusal(UnixTime until, UnixTime now) {
  const auto wait = std::chrono::ceil<std::chrono::seconds>(until - now);
  return Error{.code = ErrorCode::too_many_login_attempts,
               .detail = "lockout",
               .retry_after = std::max(wait, std::chrono::seconds{1})};
}

std::string network_text(const http::Address& network) {
  return network.text() + (network.is_ipv4() ? "/24" : "/48");
}

Result<void> append_suspicion(db::Transaction& tx, audit::SecurityEvents& events, const audit::Origin& origin,
                              std::string_view network, const SprayDetector::Counts& counts) {
  const std::string metadata = fmt::format(R"({{"logins":{},"failures":{},"unknownAccounts":{}}})",
                                           counts.logins, counts.failures, counts.unknown_accounts);
  auto event = audit::event_from(origin, audit::Action::spraying_suspected);
  event.outcome = audit::Outcome::failure;
  event.entity_type = "network";
  event.entity_id = network;
  event.metadata = metadata;
  return events.append(tx, event);
}

// Once for each account and window, whichever of its budgets is the first to be full: the account's own row
// keeps that, before the other one, in the order in which reserve() takes them.
Result<bool> is_first_to_tell(FailureStore& store, const std::vector<Counted>& budgets, const Counted& full) {
  bool first = true;
  for (const Counted& counted : budgets) {
    if (counted.budget != Budget::account && counted.subject != full.subject) continue;
    auto told = store.tell_once(counted.subject);
    if (!told) return told;
    first = first && *told;
  }
  return first;
}

// The one that stays full the longest, so that whoever waits as long as he is told gets through.
Result<void> find_full(db::Transaction& tx, const std::vector<Counted>& budgets, UnixTime now,
                       std::optional<FullBudget>& found) {
  FailureStore store{tx};
  for (std::size_t i = 0; i < budgets.size(); ++i) {
    auto full = store.find_full(budgets[i].subject, budgets[i].rule, now);
    if (!full) return pass_on(full);
    if (!*full || (found && found->until >= (*full)->ends)) continue;
    found = FullBudget{.which = i, .until = (*full)->ends, .told = (*full)->told};
  }
  return {};
}

// Whether a network has used its share of the account's budget: then the account's is left to others.
Result<bool> spares_account(FailureStore& store, const Counted& counted, UnixTime now) {
  if (counted.budget != Budget::account_from_network) return false;
  auto count = store.count(counted.subject, now);
  if (!count) return pass_on(count);
  return *count > counted.share;
}

// All or none: an error takes back what was counted before it. Leaves in `budgets` those that were counted.
Result<void> reserve_all(db::Transaction& tx, std::vector<Counted>& budgets, UnixTime now,
                         std::optional<FullBudget>& found) {
  FailureStore store{tx};
  for (std::size_t i = 0; i < budgets.size(); ++i) {
    auto full_until = store.reserve(budgets[i].subject, budgets[i].rule, now);
    if (!full_until) return pass_on(full_until);
    if (*full_until) {
      found = FullBudget{.which = i, .until = **full_until};
      return fail(refusal(**full_until, now));
    }
    auto spared = spares_account(store, budgets[i], now);
    if (!spared) return pass_on(spared);
    if (*spared) std::erase_if(budgets, [](const Counted& one) { return one.budget == Budget::account; });
  }
  return {};
}

Reservation reservation_of(std::vector<Counted> budgets, Attempt attempt) {
  const Budget last = budgets.back().budget;
  Reservation reservation{.network = network_of(attempt.visitor.client),
                          .known = last == Budget::device || last == Budget::address,
                          .account_exists = attempt.user.has_value(),
                          .origin = std::move(attempt.origin)};
  for (Counted& counted : budgets) reservation.subjects.push_back(std::move(counted.subject));
  return reservation;
}

}  // namespace

Lockout::Lockout(const Parts& parts)
    : parts_(parts),
      name_key_(crypto::derive_key(parts.master, "lockout-names")),
      devices_(parts.master, parts.random),
      sprays_(parts.settings, parts.random) {}

std::string Lockout::account_of(const Attempt& attempt) const {
  const auto digest = crypto::hmac_sha256(name_key_.reveal(), as_bytes(attempt.name));
  std::uint32_t bucket = 0;
  for (std::size_t i = 0; i < 4; ++i) bucket = bucket << 8U | static_cast<std::uint32_t>(digest[i]);
  return attempt.user ? attempt.user->text() : fmt::format("name-{}", bucket % kNameBuckets);
}

// The same work whether or not there is a user: then it is about one whose id nobody can have.
Result<Acquaintance> Lockout::acquaintance(db::Transaction& tx, const Attempt& attempt) const {
  const UserId user = attempt.user.value_or(UserId{});
  const Visitor& visitor = attempt.visitor;
  const UnixTime now = attempt.origin.now;
  if (const auto device = devices_.verify(user, visitor.device_token, now)) {
    return Acquaintance{.how = Known::by_device, .key = to_base64url(*device)};
  }
  if (visitor.session && visitor.session_user == user) {
    return Acquaintance{.how = Known::by_session, .key = visitor.session->text()};
  }
  auto known = parts_.addresses.knows(tx, user, place_of(visitor.client), now - kAddressMemory);
  if (!known) return pass_on(known);
  return Acquaintance{.how = *known ? Known::by_address : Known::no};
}

Result<std::vector<Counted>> Lockout::budgets_of(db::Transaction& tx, const Attempt& attempt) const {
  auto known = acquaintance(tx, attempt);
  if (!known) return pass_on(known);
  const http::Address& client = attempt.visitor.client;
  return budgets_for({.check = attempt.check,
                      .account = account_of(attempt),
                      .client = client,
                      .known = std::move(*known),
                      .suspicion = sprays_.suspicion(network_of(client), attempt.origin.now)},
                     parts_.settings);
}

Task<Result<Reservation>> Lockout::begin(Attempt attempt) {
  const UnixTime now = attempt.origin.now;
  std::vector<Counted> budgets;
  std::optional<FullBudget> full;
  // Looked at before anything is written: what an attack sends beyond its budgets costs the store a few reads.
  auto looked = co_await parts_.database.read([&](db::Transaction& tx) -> Result<void> {
    auto wanted = budgets_of(tx, attempt);
    if (!wanted) return pass_on(wanted);
    budgets = std::move(*wanted);
    return find_full(tx, budgets, now, full);
  });
  if (!looked) co_return pass_on(looked);
  if (full) co_return co_await refuse(attempt, budgets, *full);

  std::vector<Counted> counted;
  auto reserved = co_await parts_.database.write([&](db::Transaction& tx) {
    counted = budgets;
    return reserve_all(tx, counted, now, full);
  });
  if (!reserved && full) co_return co_await refuse(attempt, budgets, *full);
  if (!reserved) co_return pass_on(reserved);
  co_return reservation_of(std::move(counted), std::move(attempt));
}

Task<Result<Reservation>> Lockout::refuse(const Attempt& attempt, const std::vector<Counted>& budgets,
                                          FullBudget full) {
  const Counted& counted = budgets[full.which];
  parts_.meter.refused_early(counted.budget);
  // A full network says nothing about the account; the spray detector tells of it.
  if (!full.told && counted.budget != Budget::network) {
    auto told = co_await parts_.database.write(
        [&](db::Transaction& tx) { return tell(tx, attempt, budgets, counted); });
    static_cast<void>(told);  // refused either way, and told of at the next try
  }
  co_return fail(refusal(full.until, attempt.origin.now));
}

Result<void> Lockout::tell(db::Transaction& tx, const Attempt& attempt, const std::vector<Counted>& budgets,
                           const Counted& full) {
  FailureStore store{tx};
  auto first = is_first_to_tell(store, budgets, full);
  if (!first) return pass_on(first);
  if (!*first) return {};
  const std::string user = attempt.user ? attempt.user->text() : "";
  auto event = audit::event_from(attempt.origin, audit::Action::account_throttled);
  event.outcome = audit::Outcome::failure;
  event.user_id = user;
  event.detail = budget_name(full.budget);
  return parts_.events.append(tx, event);
}

Result<void> Lockout::give_back(db::Transaction& tx, const Reservation& reservation) const {
  FailureStore store{tx};
  for (const std::string& subject : reservation.subjects) {
    if (auto done = store.refund(subject); !done) return done;
  }
  return {};
}

Task<Result<void>> Lockout::abandoned(Reservation reservation) {
  co_return co_await parts_.database.write([&](db::Transaction& tx) { return give_back(tx, reservation); });
}

Task<Result<void>> Lockout::succeeded(Reservation reservation) {
  auto given_back = co_await abandoned(reservation);
  if (!given_back) co_return given_back;
  co_return co_await note(std::move(reservation), Outcome::success);
}

Task<Result<void>> Lockout::failed(Reservation reservation) {
  const Outcome outcome = reservation.account_exists ? Outcome::failure : Outcome::unknown_account;
  co_return co_await note(std::move(reservation), outcome);
}

Task<Result<void>> Lockout::note(Reservation reservation, Outcome outcome) {
  if (reservation.known) co_return Result<void>{};
  const auto raised = sprays_.note(reservation.network, outcome, reservation.origin.now);
  if (raised.network) parts_.meter.suspected_spraying(false);
  if (raised.everywhere) parts_.meter.suspected_spraying(true);
  if (!raised.network && !raised.everywhere) co_return Result<void>{};
  co_return co_await parts_.database.write([&](db::Transaction& tx) -> Result<void> {
    if (raised.network) {
      const std::string network = network_text(reservation.network);
      auto told = append_suspicion(tx, parts_.events, reservation.origin, network, *raised.network);
      if (!told) return told;
    }
    if (!raised.everywhere) return {};
    return append_suspicion(tx, parts_.events, reservation.origin, "any", *raised.everywhere);
  });
}

}  // namespace gatehouse::lockout
