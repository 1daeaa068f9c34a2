#include "features/user_import/keycloak_credential.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <optional>

#include "crypto/hash_text.hpp"
#include "http/json.hpp"

namespace gatehouse::user_import {

namespace {

namespace bj = boost::json;

// No parameter of a hash needs more.
constexpr std::uint64_t kMostNumber = 1ULL << 40U;

std::optional<bj::object> parse_object(std::string_view text) {
  // Strict first: of two members of one name a laxer reader would take either.
  if (!http::is_strict_json(text)) return std::nullopt;
  bj::error_code failed;
  auto value = bj::parse(bj::string_view{text.data(), text.size()}, failed);
  if (failed || !value.is_object()) return std::nullopt;
  return std::move(value.as_object());
}

std::string text_of(const bj::object& object, std::string_view name) {
  const bj::value* const value = object.if_contains(bj::string_view{name.data(), name.size()});
  if (value == nullptr || !value->is_string()) return {};
  return std::string{value->get_string().c_str(), value->get_string().size()};
}

std::optional<std::uint64_t> number_of(const bj::object& object, std::string_view name) {
  const bj::value* const value = object.if_contains(bj::string_view{name.data(), name.size()});
  if (value == nullptr || !value->is_int64() || value->get_int64() < 0) return std::nullopt;
  const auto number = static_cast<std::uint64_t>(value->get_int64());
  return number <= kMostNumber ? std::optional{number} : std::nullopt;
}

// additionalParameters: {"memory":["7168"], …}
std::string parameter(const bj::object& data, std::string_view name) {
  const bj::value* const all = data.if_contains("additionalParameters");
  if (all == nullptr || !all->is_object()) return {};
  const bj::value* const list = all->get_object().if_contains(bj::string_view{name.data(), name.size()});
  if (list == nullptr || !list->is_array() || list->get_array().size() != 1) return {};
  const bj::value& only = list->get_array()[0];
  return only.is_string() ? std::string{only.get_string().c_str(), only.get_string().size()} : std::string{};
}

struct Parts {
  std::string salt;  // base64 without padding
  std::string tag;
  std::uint64_t iterations = 0;
};

std::expected<std::string, std::string> pbkdf2(const Parts& parts, std::string_view digest) {
  return fmt::format("$pbkdf2-{}$i={}${}${}", digest, parts.iterations, parts.salt, parts.tag);
}

std::expected<std::string, std::string> argon2(const Parts& parts, const bj::object& data) {
  const std::string type = parameter(data, "type");
  const std::string version = parameter(data, "version");
  const auto memory = crypto::parse_cost(parameter(data, "memory"));
  const auto lanes = crypto::parse_cost(parameter(data, "parallelism"));
  const bool is_known = (type == "id" || type == "i") && (version == "1.3" || version == "1.0");
  if (!is_known || !memory || !lanes) {
    return std::unexpected(
        "additionalParameters of the Keycloak credential are not those of argon2id or argon2i");
  }
  return fmt::format("$argon2{}$v={}$m={},t={},p={}${}${}", type, version == "1.3" ? 19 : 16, *memory,
                     parts.iterations, *lanes, parts.salt, parts.tag);
}

std::optional<std::string> unpadded(const std::string& base64) {
  const auto bytes = crypto::from_base64(base64, crypto::Base64Form::padded);
  return bytes ? std::optional{crypto::to_base64(*bytes)} : std::nullopt;
}

}  // namespace

std::expected<std::string, std::string> phc_from_keycloak(std::string_view credential) {
  const auto outer = parse_object(credential);
  const auto secret = outer ? parse_object(text_of(*outer, "secretData")) : std::nullopt;
  const auto data = outer ? parse_object(text_of(*outer, "credentialData")) : std::nullopt;
  if (!secret || !data) {
    return std::unexpected("not a Keycloak credential: secretData and credentialData must be JSON in a text");
  }
  const auto salt = unpadded(text_of(*secret, "salt"));
  const auto tag = unpadded(text_of(*secret, "value"));
  const auto iterations = number_of(*data, "hashIterations");
  if (!salt || !tag || !iterations) {
    return std::unexpected("the Keycloak credential has no good salt, value or hashIterations");
  }
  const Parts parts{.salt = *salt, .tag = *tag, .iterations = *iterations};
  const std::string algorithm = text_of(*data, "algorithm");
  if (algorithm == "pbkdf2") return pbkdf2(parts, "sha1");
  if (algorithm == "pbkdf2-sha256") return pbkdf2(parts, "sha256");
  if (algorithm == "pbkdf2-sha512") return pbkdf2(parts, "sha512");
  if (algorithm == "argon2") return argon2(parts, *data);
  return std::unexpected(
      "the Keycloak credential's algorithm is not pbkdf2, pbkdf2-sha256, pbkdf2-sha512 or argon2");
}

}  // namespace gatehouse::user_import
