// The features, each handed what it needs and no more.
#pragma once

#include <atomic>

#include "app/routes.hpp"
#include "app/status_handlers.hpp"
#include "features/accounts/account_service.hpp"
#include "features/accounts/admin_setup.hpp"
#include "features/accounts/api_key_handlers.hpp"
#include "features/accounts/audit_handlers.hpp"
#include "features/accounts/deletion_handlers.hpp"
#include "features/accounts/deletion_service.hpp"
#include "features/accounts/device_page.hpp"
#include "features/accounts/edit_handlers.hpp"
#include "features/accounts/edit_service.hpp"
#include "features/accounts/email_change.hpp"
#include "features/accounts/login_handlers.hpp"
#include "features/accounts/login_reply.hpp"
#include "features/accounts/profile_handlers.hpp"
#include "features/accounts/refresh_handlers.hpp"
#include "features/accounts/registration_handlers.hpp"
#include "features/accounts/session_handlers.hpp"
#include "features/accounts/set_up_handlers.hpp"
#include "features/accounts/user_handlers.hpp"
#include "features/geo/places.hpp"
#include "features/keys/jwks_handlers.hpp"
#include "features/keys/key_service.hpp"
#include "features/lockout/lockout.hpp"
#include "features/mail/outbox.hpp"
#include "features/one_time/mail_requests.hpp"
#include "features/one_time/one_time_secrets.hpp"
#include "features/recovery/new_device_mail.hpp"
#include "features/recovery/recovery.hpp"
#include "features/sessions/session_addresses.hpp"
#include "features/users/credentials.hpp"
#include "features/users/new_password.hpp"
#include "features/users/registration.hpp"
#include "features/verification/mail_answers.hpp"
#include "features/verification/otp_handlers.hpp"
#include "features/verification/verification_handlers.hpp"

namespace gatehouse::app {

// In the order in which they are made. Computes one password hash: blocks for that long.
struct Features {
  // All of it outlives the features.
  struct Parts {
    db::Database& database;
    BlockingPool& hash_pool;
    Random& random;
    const users::PasswordRules& password_rules;
    audit::SecurityEvents& events;
    lockout::Meter& meter;
    const crypto::Key256& master;
    const keys::KeyService& keys;
    const api_keys::ApiKeyTokens& api_key_tokens;
    api_keys::LiveApiKeys& live_api_keys;
    sessions::LiveSessions& live_sessions;
    const geo::Places& places;
    sessions::WriteBehind& write_behind;
    std::function<void()> wake_mailer;
    const std::atomic<bool>& draining;
    const config::Settings& settings;
  };
  explicit Features(const Parts& parts);
  Features(const Features&) = delete;
  Features& operator=(const Features&) = delete;

  one_time::OneTimeSecrets one_time;
  mail::Outbox outbox;
  one_time::MailSpacing mail_spacing;
  one_time::MailRequests mail_requests;
  sessions::RefreshTokens refresh_tokens;
  tokens::TokenService tokens;
  tokens::CsrfTokens csrf;
  tokens::SessionCookies cookies;
  verification::VerificationMail verification_mail;
  verification::MailAnswers mail_answers;
  sessions::SessionAddresses session_addresses;
  lockout::Lockout lockout;
  users::Registration registration;
  users::CredentialCheck credentials;
  users::NewPasswords new_passwords;
  sessions::SessionService sessions;
  sessions::RefreshService refresh;
  recovery::NewDeviceMail new_device_mail;
  accounts::AccountService accounts;
  verification::CodeCheck code_check;
  verification::VerificationService verification;
  api_keys::ApiKeyService api_keys;
  accounts::ApiKeyHandlers api_key_handlers;
  accounts::EmailChange email_change;
  accounts::EditService edits;
  accounts::DeletionService deletion;
  accounts::AdminSetup admin_setup;
  accounts::LoginReply login_reply;
  accounts::DevicePageHandlers device_page_handlers;
  accounts::AuditHandlers audit_handlers;
  accounts::LoginHandlers login_handlers;
  accounts::ProfileHandlers profile_handlers;
  accounts::RefreshHandlers refresh_handlers;
  accounts::RegistrationHandlers registration_handlers;
  accounts::SessionHandlers session_handlers;
  accounts::UserHandlers user_handlers;
  accounts::EditHandlers edit_handlers;
  accounts::DeletionHandlers deletion_handlers;
  accounts::SetUpHandlers set_up_handlers;
  recovery::Recovery recovery;
  keys::JwksHandlers jwks_handlers;
  verification::OtpHandlers otp_handlers;
  verification::VerificationHandlers verification_handlers;
  StatusHandlers status_handlers;
  Handlers handlers;  // what the rows of the route table call
};

}  // namespace gatehouse::app
