#include "features/recovery/new_device_mail.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "features/lockout/failure_store.hpp"
#include "features/sessions/device.hpp"
#include "features/sessions/device_history.hpp"
#include "features/users/account_names.hpp"

namespace gatehouse::recovery {

namespace {

std::string device_text(const sessions::Session& session) {
  const sessions::Device device = sessions::find_device(session.user_agent);
  return fmt::format("{} on {}", device.browser, device.os);
}

// "Berlin, DE", "DE", or nothing.
std::string place_text(const sessions::Session& session) {
  return session.city.empty() ? session.country : session.city + ", " + session.country;
}

}  // namespace

Result<bool> NewDeviceMail::is_new_place(db::Transaction& tx, const accounts::WitnessedLogin& login) const {
  auto history = sessions::find_device_history(tx, login.session);
  if (!history) return pass_on(history);
  // Sessions are forgotten after their absolute age and a day: none in an account younger than that means that
  // there were none.
  const UnixTime now = login.session.created_at;
  if (history->is_empty) return now - login.user.created_at > settings_.sessions.absolute_ttl;
  if (history->has_same) return false;
  // Once somebody else was logged in, a cookie may be somebody else's too: it is good for a year.
  return history->has_disowned || !devices_.verify(login.user.id, login.device_token, now);
}

Result<void> NewDeviceMail::promise(db::Transaction& tx, const accounts::WitnessedLogin& login) {
  const sessions::Session& session = login.session;
  const std::string session_id = session.id.text();
  auto issued = secrets_.issue(tx,
                               {.purpose = one_time::Purpose::disown_login,
                                .user = login.user.id,
                                .address_key = users::email_key(login.user.email),
                                .payload = session_id,
                                .ttl = kDisownLinkLifetime,
                                .older = one_time::Older::keep},
                               session.created_at);
  if (!issued) return pass_on(issued);
  const mail::Letter letter{
      .to = login.user.email,
      .kind = mail::Kind::new_device,
      .variables = {{"device", Secret{device_text(session)}},
                    {"ip", Secret{session.ip}},
                    {"place", Secret{place_text(session)}},
                    {"time", Secret{http_date(session.created_at)}},
                    {"link", mail_link(settings_.server, "/auth/not-me", issued->token)}}};
  return outbox_.promise(tx, letter, session.created_at);
}

Result<void> NewDeviceMail::logged_in(db::Transaction& tx, const accounts::WitnessedLogin& login) {
  auto is_new = is_new_place(tx, login);
  if (!is_new) return pass_on(is_new);
  if (!*is_new) return {};
  auto too_many = lockout::FailureStore{tx}.reserve(
      "new-device-mails:" + login.user.id.text(),
      {.most = kMostNewDeviceMailsADay, .window = std::chrono::days{1}}, login.session.created_at);
  if (!too_many) return pass_on(too_many);
  if (*too_many) return {};
  return promise(tx, login);
}

}  // namespace gatehouse::recovery
