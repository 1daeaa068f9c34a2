#include "cli/version.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <sodium.h>
#include <sqlite3.h>

#include <array>
#include <boost/version.hpp>
#include <utility>

#include "http/json.hpp"

namespace gatehouse::cli {

namespace {

std::array<std::pair<std::string_view, std::string>, 4> libraries() {
  return {{{"openssl", OpenSSL_version(OPENSSL_VERSION_STRING)},
           {"sqlite", sqlite3_libversion()},
           {"libsodium", SODIUM_VERSION_STRING},
           {"boost",
            fmt::format("{}.{}.{}", BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100)}}};
}

}  // namespace

std::string version_text() {
  std::string text = fmt::format("gatehouse {} (commit {})", GATEHOUSE_VERSION, GATEHOUSE_COMMIT);
  for (const auto& [name, version] : libraries()) text += fmt::format("\n  {} {}", name, version);
  return text;
}

std::string version_json() {
  std::string out;
  http::JsonWriter json{out};
  json.begin_object().key("version").value(GATEHOUSE_VERSION).key("commit").value(GATEHOUSE_COMMIT);
  json.key("libraries").begin_object();
  for (const auto& [name, version] : libraries()) json.key(name).value(std::string_view{version});
  json.end_object().end_object();
  return out;
}

}  // namespace gatehouse::cli
