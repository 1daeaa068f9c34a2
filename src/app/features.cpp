#include "app/features.hpp"

#include "features/users/account_names.hpp"
#include "features/users/user_store.hpp"

namespace gatehouse::app {

namespace {

Result<std::optional<UserId>> find_account(db::Transaction& tx, std::string_view address) {
  auto found = users::UserStore{tx}.find_by_email(users::email_key(address));
  if (!found) return pass_on(found);
  if (!*found || (*found)->user.deleted_at) return std::optional<UserId>{};
  return (*found)->user.id;
}

}  // namespace

Features::Features(const Parts& p)
    : one_time(p.master, p.random),
      outbox(p.master, p.random, p.wake_mailer),
      mail_spacing(p.settings.otp.resend_after),
      mail_requests(p.database, p.master, p.random, mail_spacing, find_account),
      refresh_tokens(p.master),
      tokens(p.keys, refresh_tokens, p.random, p.settings),
      csrf(p.master, p.random),
      cookies(p.settings),
      verification_mail(one_time, outbox, p.settings),
      mail_answers(verification_mail, mail_requests, mail_spacing, p.settings),
      lockout({.database = p.database,
               .addresses = session_addresses,
               .events = p.events,
               .meter = p.meter,
               .random = p.random,
               .master = p.master,
               .settings = p.settings.lockout}),
      registration(p.database, p.hash_pool, p.random, p.password_rules, p.events, mail_answers, p.settings),
      credentials(p.database, p.hash_pool, p.random, p.password_rules, lockout, p.events, p.settings),
      new_passwords(p.hash_pool, p.random, p.password_rules, p.settings),
      sessions(p.database, p.live_sessions, one_time, p.events),
      refresh(p.database, p.live_sessions, p.write_behind, refresh_tokens, p.events, p.settings),
      new_device_mail(one_time, outbox, lockout.devices(), p.settings),
      accounts(p.database, p.live_sessions, tokens, one_time, p.places, p.events, new_device_mail, p.random,
               p.settings),
      code_check(p.master, one_time, lockout.devices(), p.events, p.settings),
      verification(p.database, p.live_sessions, one_time, code_check, p.events, credentials.hash_of_none()),
      api_keys(p.database, p.api_key_tokens, p.live_api_keys, p.events, p.random, p.settings.roles),
      api_key_handlers(api_keys, p.settings.roles),
      email_change({.database = p.database,
                    .live = p.live_sessions,
                    .one_time = one_time,
                    .outbox = outbox,
                    .events = p.events,
                    .settings = p.settings}),
      edits(
          {.database = p.database, .live = p.live_sessions, .email_change = email_change, .events = p.events}),
      deletion({.database = p.database,
                .live = p.live_sessions,
                .one_time = one_time,
                .outbox = outbox,
                .events = p.events,
                .settings = p.settings}),
      admin_setup({.database = p.database,
                   .random = p.random,
                   .live = p.live_sessions,
                   .one_time = one_time,
                   .registration = registration,
                   .new_passwords = new_passwords,
                   .events = p.events,
                   .settings = p.settings}),
      login_reply(csrf, cookies, lockout.devices(), p.settings),
      device_page_handlers(p.random),
      audit_handlers(p.database),
      login_handlers(credentials, accounts, deletion, login_reply, p.settings),
      profile_handlers(),
      refresh_handlers({.refresh = refresh,
                        .sessions = sessions,
                        .tokens = tokens,
                        .keys = p.keys,
                        .csrf = csrf,
                        .cookies = cookies,
                        .random = p.random,
                        .settings = p.settings}),
      registration_handlers(registration, p.settings),
      session_handlers(sessions, accounts, cookies),
      user_handlers(accounts, p.settings.roles),
      edit_handlers(edits, email_change, p.random),
      deletion_handlers(deletion, cookies),
      set_up_handlers(admin_setup, p.random),
      recovery({.shared = {.database = p.database,
                           .live = p.live_sessions,
                           .secrets = one_time,
                           .outbox = outbox,
                           .passwords = new_passwords,
                           .events = p.events,
                           .settings = p.settings},
                .requests = mail_requests,
                .tokens = tokens,
                .csrf = csrf,
                .cookies = cookies,
                .lockout = lockout,
                .random = p.random}),
      jwks_handlers(p.keys),
      otp_handlers(verification, mail_requests, accounts, login_reply, p.settings),
      verification_handlers(verification, mail_requests, p.random),
      status_handlers(p.database, p.draining),
      handlers(&api_key_handlers, &device_page_handlers, &audit_handlers, &login_handlers, &profile_handlers,
               &refresh_handlers, &registration_handlers, &session_handlers, &user_handlers, &edit_handlers,
               &deletion_handlers, &set_up_handlers, &jwks_handlers, &recovery.handlers, &otp_handlers,
               &verification_handlers, &status_handlers) {
  mail_requests.on_any(one_time::MailRequestKind::registration,
                       [this](db::Transaction& tx, const one_time::MailRequest& request) {
                         return registration.complete(tx, request.address, request.origin);
                       });
}

}  // namespace gatehouse::app
