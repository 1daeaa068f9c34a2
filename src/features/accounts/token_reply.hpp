// The tokens in an answer, as the transport says.
#pragma once

#include <string>

#include "features/tokens/csrf_tokens.hpp"
#include "features/tokens/session_cookies.hpp"
#include "http/endpoint.hpp"
#include "http/json.hpp"

namespace gatehouse::accounts {

// Adds accessToken, tokenType, expiresIn, refreshToken and refreshExpiresIn to an open object, where they
// travel in the body; the lifetimes are told either way.
void append_tokens(http::JsonWriter& json, const tokens::Minted& minted, config::Transport transport);

}  // namespace gatehouse::accounts
