#include "features/lockout/budgets.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gatehouse::lockout {

namespace {

// An end site is given up to a /48 (RIPE-690 §4.2), of which it can use any address. A /24 is the smallest IPv4
// network that is commonly routed on its own.
constexpr unsigned kIpv4NetworkBits = 24;
constexpr unsigned kIpv6NetworkBits = 48;
// One IPv6 host has its whole /64 (RFC 4291 §2.5.4) and may change its address in it at will (RFC 8981).
constexpr unsigned kIpv6PlaceBits = 64;

// While spraying is suspected, for devices that are not known. A person who mistypes needs few tries; of each
// network of an attack from many, few are let through.
constexpr unsigned kAccountDivisor = 4;
constexpr unsigned kNetworkDivisor = 4;      // this network alone is suspect
constexpr unsigned kEverywhereDivisor = 20;  // many are, each with few tries

unsigned at_least_one(unsigned most) noexcept {
  return std::max(1U, most);
}

unsigned network_divisor(Suspicion suspicion) noexcept {
  switch (suspicion) {
    case Suspicion::none: return 1;
    case Suspicion::network: return kNetworkDivisor;
    case Suspicion::everywhere: return kEverywhereDivisor;
  }
  return 1;
}

FailureRule account_rule(Check check, const config::Lockout& settings) noexcept {
  return check == Check::password
             ? FailureRule{.most = settings.account_failures, .window = settings.account_window}
             : FailureRule{.most = settings.otp_failures, .window = settings.otp_window};
}

FailureRule part_of(FailureRule rule, unsigned divisor) noexcept {
  rule.most = at_least_one(rule.most / divisor);
  return rule;
}

unsigned three_quarters_of(unsigned most) noexcept {
  return at_least_one(most - (most + 3) / 4);
}

std::string_view check_name(Check check) noexcept {
  return check == Check::password ? "password" : "code";
}

std::vector<Counted> for_stranger(const Claimant& who, const config::Lockout& settings) {
  const FailureRule network{.most = settings.network_failures, .window = settings.network_window};
  const unsigned divisor = who.suspicion == Suspicion::none ? 1 : kAccountDivisor;
  const FailureRule account = part_of(account_rule(who.check, settings), divisor);
  const std::string where = network_of(who.client).text();
  const std::string whose = fmt::format("{}/account/{}", check_name(who.check), who.account);
  return {{Budget::network, "network/" + where, part_of(network, network_divisor(who.suspicion))},
          {Budget::account_from_network, whose + "/network/" + where, account, three_quarters_of(account.most)},
          {Budget::account, whose, account}};
}

}  // namespace

std::string_view budget_name(Budget budget) noexcept {
  switch (budget) {
    case Budget::network: return "network";
    case Budget::account: return "account";
    case Budget::account_from_network: return "account_from_network";
    case Budget::device: return "device";
    case Budget::address: return "address";
  }
  return "";
}

http::Address network_of(const http::Address& client) noexcept {
  return client.prefix(client.is_ipv4() ? kIpv4NetworkBits : kIpv6NetworkBits);
}

http::Address place_of(const http::Address& client) noexcept {
  return client.is_ipv4() ? client : client.prefix(kIpv6PlaceBits);
}

std::vector<Counted> budgets_for(const Claimant& who, const config::Lockout& settings) {
  const FailureRule account = account_rule(who.check, settings);
  const auto own = [&](std::string_view kind, std::string_view key) {
    return fmt::format("{}/{}/{}/{}", check_name(who.check), kind, who.account, key);
  };
  switch (who.known.how) {
    case Known::no: break;
    case Known::by_device: return {{Budget::device, own("device", who.known.key), account}};
    case Known::by_session: return {{Budget::device, own("session", who.known.key), account}};
    case Known::by_address: {
      const std::string where = place_of(who.client).text();
      const FailureRule all{.most = settings.network_failures, .window = settings.network_window};
      return {{Budget::network, "address/" + where, all}, {Budget::address, own("address", where), account}};
    }
  }
  return for_stranger(who, settings);
}

}  // namespace gatehouse::lockout
