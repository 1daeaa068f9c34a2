#include "app/routes.hpp"

#include <array>

#include "app/status_handlers.hpp"
#include "features/accounts/api_key_handlers.hpp"
#include "features/accounts/audit_handlers.hpp"
#include "features/accounts/deletion_handlers.hpp"
#include "features/accounts/device_page.hpp"
#include "features/accounts/edit_handlers.hpp"
#include "features/accounts/login_handlers.hpp"
#include "features/accounts/profile_handlers.hpp"
#include "features/accounts/refresh_handlers.hpp"
#include "features/accounts/registration_handlers.hpp"
#include "features/accounts/session_handlers.hpp"
#include "features/accounts/set_up_handlers.hpp"
#include "features/accounts/user_handlers.hpp"
#include "features/keys/jwks_handlers.hpp"
#include "features/recovery/recovery_handlers.hpp"
#include "features/verification/otp_handlers.hpp"
#include "features/verification/verification_handlers.hpp"

namespace gatehouse::app {

namespace {

using enum http::Method;
using accounts::ApiKeyHandlers;
using accounts::AuditHandlers;
using accounts::DeletionHandlers;
using accounts::EditHandlers;
using accounts::LoginHandlers;
using accounts::ProfileHandlers;
using accounts::RefreshHandlers;
using accounts::RegistrationHandlers;
using accounts::SessionHandlers;
using accounts::SetUpHandlers;
using accounts::UserHandlers;
using recovery::RecoveryHandlers;
using verification::OtpHandlers;
using verification::VerificationHandlers;
using R = Rows<Handlers>;

constexpr std::array kEndpoints{
    // At the root, outside the prefix
    R::open<&StatusHandlers::root>(get, "/", "platforms probe it").at_root().unlimited(),
    R::open<&StatusHandlers::healthz>(get, "/healthz", "load balancers probe it").at_root().unlimited(),
    R::open<&StatusHandlers::readyz>(get, "/readyz", "load balancers probe it").at_root().unlimited(),
    R::open<&keys::JwksHandlers::jwks>(get, "/.well-known/jwks.json", "public keys are public").at_root(),
    R::open<&StatusHandlers::problem>(get, "/problems/:slug", "errors link to it").at_root(),

    // Accounts
    R::open<&RegistrationHandlers::policy>(get, "/auth/policy", "a form needs it before anybody is logged in"),
    R::open<&RegistrationHandlers::register_user>(post, "/auth/register", "it is how one becomes a user"),
    R::open<&LoginHandlers::login>(post, "/auth/login", "it is how one logs in").as_login(),
    R::open<&RefreshHandlers::refresh>(post, "/auth/refresh", "its credential is the refresh token")
        .with_own_csrf_check(),
    R::open<&RefreshHandlers::logout>(post, "/auth/logout", "logging out works with an expired token too")
        .with_own_csrf_check(),
    R::open<&RefreshHandlers::csrf_token>(get, "/auth/csrf-token", "a page needs it before it can log in"),
    R::open<&VerificationHandlers::open_link>(get, "/auth/verify", "its credential is the link's token"),
    R::open<&VerificationHandlers::verify>(post, "/auth/verify",
                                           "its credential is the token or code of a mail"),
    R::open<&VerificationHandlers::resend>(post, "/auth/verify/resend", "who is not verified cannot log in"),
    R::open<&OtpHandlers::request_code>(post, "/auth/otp/request", "it is how one logs in without a password"),
    R::open<&OtpHandlers::verify_code>(post, "/auth/otp/verify", "its credential is the code of a mail"),
    R::open<&EditHandlers::confirm_page>(get, "/auth/confirm-email", "a link in a mail opens it"),
    R::open<&EditHandlers::confirm>(post, "/auth/confirm-email", "its credential is the link's token"),
    R::open<&SetUpHandlers::page>(get, "/auth/set-up", "a link in the server's log opens it"),
    R::open<&SetUpHandlers::set_up>(post, "/auth/set-up", "its credential is the link's token"),
    R::user<&DeletionHandlers::remove_me>(delete_, "/auth/me"),
    R::user<&ProfileHandlers::profile_now>(get, "/profile").with_api_keys(),

    // Ways back to an account
    R::open<&RecoveryHandlers::forgot_password>(post, "/auth/forgot-password",
                                                "whoever has forgotten the password cannot log in"),
    R::open<&RecoveryHandlers::reset_page>(get, "/auth/reset-password", "a link in a mail opens it"),
    R::open<&RecoveryHandlers::reset_password>(post, "/auth/reset-password",
                                               "its credential is the token that was mailed"),
    R::user<&RecoveryHandlers::change_password>(post, "/auth/change-password"),
    R::open<&RecoveryHandlers::not_me_page>(get, "/auth/not-me", "a link in a mail opens it"),
    R::open<&RecoveryHandlers::not_me>(post, "/auth/not-me", "its credential is the token that was mailed"),
    R::admin<&RecoveryHandlers::start_reset>(post, "/users/:id/reset-password"),

    // Sessions
    R::open<&accounts::DevicePageHandlers::page>(get, "/auth/devices", "the page asks for a login itself"),
    R::user<&SessionHandlers::list>(get, "/sessions"),
    R::user<&SessionHandlers::remove_many>(delete_, "/sessions"),
    R::user<&SessionHandlers::remove_one>(delete_, "/sessions/:id"),

    // Users
    R::admin<&UserHandlers::list>(get, "/users").with_api_keys(),
    R::self_or_admin<&UserHandlers::get>(get, "/users/:id").with_api_keys(),
    R::self_or_admin<&EditHandlers::replace>(put, "/users/:id"),
    R::self_or_admin<&EditHandlers::change>(patch, "/users/:id"),
    R::self_or_admin<&DeletionHandlers::remove>(delete_, "/users/:id"),
    R::self_admin_or_token<&DeletionHandlers::restore>(patch, "/users/:id/restore"),
    R::admin<&SessionHandlers::list_of_user>(get, "/users/:id/sessions"),
    R::admin<&SessionHandlers::remove_of_user>(delete_, "/users/:id/sessions"),
    R::admin<&UserHandlers::set_role>(put, "/users/:id/role").with_api_keys(),
    R::admin<&UserHandlers::set_plan>(put, "/users/:id/plan").with_api_keys(),
    R::admin<&UserHandlers::set_disabled>(put, "/users/:id/disabled").with_api_keys(),

    // API keys: made and revoked by people, so that a leaked key cannot make itself a successor
    R::user<&ApiKeyHandlers::create>(post, "/api-keys"),
    R::user<&ApiKeyHandlers::list>(get, "/api-keys"),
    R::user<&ApiKeyHandlers::remove>(delete_, "/api-keys/:id"),
    R::admin<&ApiKeyHandlers::create_for>(post, "/users/:id/api-keys"),
    R::admin<&ApiKeyHandlers::list_of>(get, "/users/:id/api-keys"),
    R::admin<&ApiKeyHandlers::remove_of>(delete_, "/users/:id/api-keys/:key"),

    // The audit trail
    R::admin<&AuditHandlers::list>(get, "/audit").with_api_keys(),
};
static_assert(is_sound(kEndpoints), "two rows for one method and path, or an open row without a reason");

}  // namespace

std::span<const OwnEndpoint> own_endpoints() noexcept {
  return kEndpoints;
}

}  // namespace gatehouse::app
