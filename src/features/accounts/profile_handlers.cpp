#include "features/accounts/profile_handlers.hpp"

#include "features/accounts/origin.hpp"

namespace gatehouse::accounts {

void ProfileHandlers::profile_now(const sessions::UserRequest& request, std::string& data_out) {
  const sessions::LiveSession* const session = request.principal->session.get();
  data_out += R"({"user":)";
  data_out += request.principal->user().json;
  data_out += R"(,"session":)";
  if (session != nullptr) {
    sessions::append_session_json(data_out, *session);
  } else {
    data_out += "null";  // by API key
  }
  data_out += '}';
}

http::ReplyTask ProfileHandlers::profile(const sessions::UserRequest& request) {
  http::Reply reply;
  profile_now(request, reply.data);
  co_return reply;
}

}  // namespace gatehouse::accounts
