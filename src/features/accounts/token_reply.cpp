#include "features/accounts/token_reply.hpp"

#include "base/text.hpp"

namespace gatehouse::accounts {

void append_tokens(http::JsonWriter& json, const tokens::Minted& minted, config::Transport transport) {
  if (transport != config::Transport::cookie) json.key("accessToken").value(minted.access_token.reveal());
  json.key("tokenType").value("Bearer");
  json.key("expiresIn").value(static_cast<std::int64_t>(minted.expires_in.count()));
  if (transport == config::Transport::bearer) json.key("refreshToken").value(minted.refresh_token.reveal());
  json.key("refreshExpiresIn").value(static_cast<std::int64_t>(minted.refresh_expires_in.count()));
}

}  // namespace gatehouse::accounts
