// POST, GET and DELETE of /api-keys, one's own, and of /users/:id/api-keys for administrators.
#pragma once

#include "features/api_keys/api_key_service.hpp"
#include "features/sessions/principal.hpp"
#include "http/endpoint.hpp"

namespace gatehouse::accounts {

class ApiKeyHandlers {
 public:
  ApiKeyHandlers(api_keys::ApiKeyService& api_keys, const std::vector<std::string>& roles) noexcept
      : api_keys_(api_keys), roles_(roles) {}

  [[nodiscard]] http::ReplyTask create(const sessions::UserRequest& request);
  [[nodiscard]] http::ReplyTask list(const sessions::UserRequest& request);
  [[nodiscard]] http::ReplyTask remove(const sessions::UserRequest& request);  // :id of the key

  // :id of the user.
  [[nodiscard]] http::ReplyTask create_for(const sessions::AdminRequest& request);
  [[nodiscard]] http::ReplyTask list_of(const sessions::AdminRequest& request);
  [[nodiscard]] http::ReplyTask remove_of(const sessions::AdminRequest& request);  // and :key

 private:
  [[nodiscard]] http::ReplyTask create_key(const sessions::UserRequest& request, UserId owner);
  [[nodiscard]] http::ReplyTask list_keys(const sessions::UserRequest& request, UserId owner);
  [[nodiscard]] http::ReplyTask remove_key(const sessions::UserRequest& request, UserId owner,
                                           std::string_view key);
  [[nodiscard]] Result<api_keys::NewApiKey> read(const sessions::UserRequest& request, UserId owner) const;

  api_keys::ApiKeyService& api_keys_;
  const std::vector<std::string>& roles_;  // as configured
};

}  // namespace gatehouse::accounts
