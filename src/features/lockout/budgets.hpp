// How many failures are let through, for whom, and under which subject they are counted.
//
// A device that the account does not know uses three budgets at once: its network's, the account's from this
// network, and the account's. Of what one network uses only three quarters count against the account: whoever
// attacks from one place has as many tries as the settings say, and yet cannot lock the owner out of another
// (BF-07). So the tries at an account in a window are `account_failures` from one network or from many, and at
// most a quarter more from a mixture of both.
//
// A device that the account knows has a budget of its own and needs none of these. Where it is known by its
// address alone, which it may share with strangers (NAT), all such tries from that address share one more.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.hpp"
#include "config/settings.hpp"
#include "features/lockout/failure_store.hpp"
#include "features/lockout/spray_detector.hpp"
#include "http/address.hpp"

namespace gatehouse::lockout {

// What is guessed at. Codes have budgets of their own, over all codes of an account (BF-09).
enum class Check : std::uint8_t { password, code };

enum class Budget : std::uint8_t { network, account, account_from_network, device, address };
inline constexpr std::size_t kBudgetCount = static_cast<std::size_t>(Budget::address) + 1;
[[nodiscard]] std::string_view budget_name(Budget budget) noexcept;

// How an account knows who tries.
enum class Known : std::uint8_t { no, by_device, by_session, by_address };
struct Acquaintance {
  Known how = Known::no;
  std::string key;  // of the device or session
};

struct Counted {
  Budget budget{};
  std::string subject;
  FailureRule rule;
  unsigned share = 0;  // of account_from_network: the first so many count against the account as well
};

// One who tries, as budgets see it. `account` is a user's id, or the bucket of a name that nobody has.
struct Claimant {
  Check check = Check::password;
  std::string account;
  http::Address client;
  Acquaintance known;
  Suspicion suspicion = Suspicion::none;
};

[[nodiscard]] http::Address network_of(const http::Address& client) noexcept;  // /24 or /48
[[nodiscard]] http::Address place_of(const http::Address& client) noexcept;    // /32 or /64

// The budgets that a try needs, in the one order in which they are taken everywhere: two tries that wait for
// each other's rows would be a deadlock.
[[nodiscard]] std::vector<Counted> budgets_for(const Claimant& claimant, const config::Lockout& settings);

}  // namespace gatehouse::lockout
