// Fetching a file over HTTP, with everything bounded.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "base/error.hpp"
#include "base/secret.hpp"
#include "http/address.hpp"

namespace gatehouse::geo {

struct Download {
  std::string url;  // https; http to loopback alone
  Secret login;     // "user:password" for basic authentication, or empty; never sent to another host
  std::uint64_t most_bytes = 0;
  const std::atomic<bool>* stopping = nullptr;  // ends it
};

// Whether a download may connect there: to public addresses, and to loopback when the URL itself names it. What
// a name resolves to, and where a redirect leads, is not ours to say: neither may reach into the network that
// we stand in (CF-06).
[[nodiscard]] bool may_connect(const http::Address& address, bool is_loopback_named) noexcept;

// Writes the body to the descriptor. Gives the status of an answer that is no success as `fail(not_found)` for
// 404 and `fail(bad_gateway)` for others and for all that goes wrong on the way; the detail is for the operator
// and holds neither the URL nor the login.
[[nodiscard]] Result<void> download_to(const Download& download, int to);
// The same for a short text.
[[nodiscard]] Result<std::string> download_text(const Download& download);

}  // namespace gatehouse::geo
