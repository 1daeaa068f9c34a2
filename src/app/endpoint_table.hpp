// How a row of the route table is written: the handler's own parameter type says who may call it.
//
//   open<&LoginHandlers::login>(post, "/auth/login", "it is how one logs in")
//   user<&SessionHandlers::list>(get, "/sessions")
//   admin<&UserHandlers::list>(get, "/users")
//
// A handler that takes an AdminRequest cannot be put into an open row: it does not compile.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "features/sessions/principal.hpp"
#include "http/endpoint.hpp"

namespace gatehouse::app {

enum class Access : std::uint8_t { open, user, self_or_admin, self_admin_or_token, admin };
enum class Place : std::uint8_t { below_prefix, at_root };

// `Handlers` is a std::tuple of pointers to the handlers' classes.
template <class Handlers>
struct Endpoint {
  http::Method method = http::Method::get;
  std::string_view path;
  Place place = Place::below_prefix;
  Access access = Access::admin;
  std::string_view open_because;  // an open row says why

  using Run = http::ReplyTask (*)(const Handlers&, const sessions::AdminRequest&);
  // For what is answered from memory: appends the JSON of `data`, never waits, never fails.
  using RunNow = void (*)(const Handlers&, const sessions::AdminRequest&, std::string& data);
  Run run = nullptr;
  RunNow run_now = nullptr;

  bool takes_api_keys = false;      // whoever may call it may do so with an API key too
  bool counts_logins = false;       // refused by a limit: TOO_MANY_LOGIN_ATTEMPTS
  bool checks_csrf_itself = false;  // its credential is the refresh cookie
  bool is_unlimited = false;        // what load balancers ask must not be refused

  consteval Endpoint with_api_keys() const { return with(&Endpoint::takes_api_keys); }
  consteval Endpoint as_login() const { return with(&Endpoint::counts_logins); }
  consteval Endpoint with_own_csrf_check() const { return with(&Endpoint::checks_csrf_itself); }
  consteval Endpoint unlimited() const { return with(&Endpoint::is_unlimited); }
  consteval Endpoint at_root() const {
    Endpoint changed = *this;
    changed.place = Place::at_root;
    return changed;
  }

 private:
  consteval Endpoint with(bool Endpoint::* flag) const {
    Endpoint changed = *this;
    changed.*flag = true;
    return changed;
  }
};

namespace endpoint_detail {

template <class Function>
struct Member;
template <class Class, class Answer, class... Arguments>
struct Member<Answer (Class::*)(Arguments...)> {
  using Owner = Class;
};
template <class Class, class Answer, class... Arguments>
struct Member<Answer (Class::*)(Arguments...) const> {
  using Owner = Class;
};

template <auto Function, class Request, class Handlers>
consteval Endpoint<Handlers> row(http::Method method, std::string_view path, Access access) {
  Endpoint<Handlers> made{.method = method, .path = path, .access = access};
  if constexpr (std::is_invocable_v<decltype(Function), const Request&, std::string&>) {
    made.run_now = [](const Handlers&, const sessions::AdminRequest& request, std::string& data) {
      Function(static_cast<const Request&>(request), data);
    };
  } else {
    using Owner = typename Member<decltype(Function)>::Owner;
    static_assert(std::is_invocable_r_v<http::ReplyTask, decltype(Function), Owner&, const Request&>,
                  "this handler asks for more rights than its row gives");
    made.run = [](const Handlers& handlers, const sessions::AdminRequest& request) {
      return (std::get<Owner*>(handlers)->*Function)(static_cast<const Request&>(request));
    };
  }
  return made;
}

}  // namespace endpoint_detail

template <class Handlers>
struct Rows {
  template <auto Function>
  static consteval Endpoint<Handlers> open(http::Method method, std::string_view path,
                                           std::string_view because) {
    auto made = endpoint_detail::row<Function, sessions::CallerRequest, Handlers>(method, path, Access::open);
    made.open_because = because;
    return made;
  }
  template <auto Function>
  static consteval Endpoint<Handlers> user(http::Method method, std::string_view path) {
    return endpoint_detail::row<Function, sessions::UserRequest, Handlers>(method, path, Access::user);
  }
  // The first named segment is the user's own id, or the caller is an admin.
  template <auto Function>
  static consteval Endpoint<Handlers> self_or_admin(http::Method method, std::string_view path) {
    return endpoint_detail::row<Function, sessions::UserRequest, Handlers>(method, path, Access::self_or_admin);
  }
  // As self_or_admin; or the bearer token is a one-time token, which the handler uses up.
  template <auto Function>
  static consteval Endpoint<Handlers> self_admin_or_token(http::Method method, std::string_view path) {
    return endpoint_detail::row<Function, sessions::TokenOrUserRequest, Handlers>(method, path,
                                                                                  Access::self_admin_or_token);
  }
  template <auto Function>
  static consteval Endpoint<Handlers> admin(http::Method method, std::string_view path) {
    return endpoint_detail::row<Function, sessions::AdminRequest, Handlers>(method, path, Access::admin);
  }
};

// No two rows for one method and path, and none open without a reason.
template <class Table>
consteval bool is_sound(const Table& table) {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i].access == Access::open && table[i].open_because.empty()) return false;
    for (std::size_t k = 0; k < i; ++k) {
      if (table[i].method == table[k].method && table[i].path == table[k].path &&
          table[i].place == table[k].place) {
        return false;
      }
    }
  }
  return true;
}

}  // namespace gatehouse::app
