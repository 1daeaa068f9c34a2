// The route table: every endpoint of our own, who may call it, and which function answers.
#pragma once

#include <span>
#include <tuple>

#include "app/endpoint_table.hpp"

namespace gatehouse::accounts {
class DevicePageHandlers;
class AuditHandlers;
class ApiKeyHandlers;
class DeletionHandlers;
class EditHandlers;
class LoginHandlers;
class ProfileHandlers;
class RefreshHandlers;
class RegistrationHandlers;
class SessionHandlers;
class SetUpHandlers;
class UserHandlers;
}  // namespace gatehouse::accounts
namespace gatehouse::keys {
class JwksHandlers;
}
namespace gatehouse::recovery {
class RecoveryHandlers;
}

namespace gatehouse::verification {
class OtpHandlers;
class VerificationHandlers;
}  // namespace gatehouse::verification

namespace gatehouse::app {

class StatusHandlers;

using Handlers = std::tuple<accounts::ApiKeyHandlers*, accounts::DevicePageHandlers*, accounts::AuditHandlers*,
                            accounts::LoginHandlers*, accounts::ProfileHandlers*, accounts::RefreshHandlers*,
                            accounts::RegistrationHandlers*, accounts::SessionHandlers*,
                            accounts::UserHandlers*, accounts::EditHandlers*, accounts::DeletionHandlers*,
                            accounts::SetUpHandlers*, keys::JwksHandlers*, recovery::RecoveryHandlers*,
                            verification::OtpHandlers*, verification::VerificationHandlers*, StatusHandlers*>;
using OwnEndpoint = Endpoint<Handlers>;

[[nodiscard]] std::span<const OwnEndpoint> own_endpoints() noexcept;

}  // namespace gatehouse::app
