// The rows of the arrays of tables: limits, upstreams, routes, policy tests.
#include <limits>

#include "config/codecs.hpp"
#include "config/pattern.hpp"
#include "config/schema.hpp"

namespace gatehouse::config {

namespace {

constexpr auto kMostRequests = std::uint32_t{1'000'000'000};

// `by` names the claim, every other key is a value of that claim.
void read_tiers(Tiers& into, const Value& value, const Context& context) {
  const auto* table = value.as<Table>();
  if (table == nullptr) {
    return context.complain(value, quoted(value) + "; allowed: a table such as { by = \"plan\", free = 60 }");
  }
  const auto by = one_of<std::string>({{"plan", "plan"}, {"role", "role"}});
  const auto count = whole<std::uint32_t>(1, kMostRequests);
  for (const Entry& entry : *table) {
    const Context inner = context.inner("." + toml_key(entry.name));
    inner.report.was_set(inner.path, inner.place(entry.line));
    if (entry.name == "by") {
      by.read(into.by, entry.value, inner);
    } else {
      count.read(into.limit[entry.name], entry.value, inner);
    }
  }
}

std::string show_tiers(const Tiers& tiers) {
  std::string text = "{ by = " + toml_string(tiers.by);
  for (const auto& [name, limit] : tiers.limit) text += fmt::format(", {} = {}", toml_key(name), limit);
  return text + " }";
}

Codec<Tiers> tiers() {
  return {.kind = Kind::table,
          .allowed = "a table such as { by = \"plan\", free = 60 }",
          .read = read_tiers,
          .show = show_tiers};
}

Codec<std::uint32_t> requests() {
  return whole<std::uint32_t>(1, kMostRequests);
}

// Zero stands for "not written" in these, and is not shown: beside some algorithms they may not be written at
// all.
Codec<milliseconds> window() {
  auto codec = duration(1s, 366 * 24h);
  codec.show = [show = codec.show](const milliseconds& from) {
    return from == 0ms ? std::string{} : show(from);
  };
  return codec;
}
Codec<std::uint32_t> burst() {
  auto codec = whole<std::uint32_t>(0, kMostRequests);
  codec.show = [](const std::uint32_t& from) { return from == 0 ? std::string{} : fmt::to_string(from); };
  return codec;
}

Words<LimitAlgorithm> algorithms() {
  using enum LimitAlgorithm;
  return {{"sliding-window", sliding_window},
          {"sliding-window-smooth", sliding_window_smooth},
          {"token-bucket", token_bucket},
          {"fixed-window", fixed_window},
          {"concurrency", concurrency}};
}

Fields<Limit> make_limit_fields() {
  return {
      field("name", &Limit::name, text("a name of [a-z0-9_-]{1,32}"), "for routes, logs and metrics")
          .required(),
      field("on", &Limit::on, texts(R"("METHOD[,METHOD] /pattern", "public", "authenticated" or "all")"),
            "the requests that it counts"),
      field("algorithm", &Limit::algorithm, one_of(algorithms()), "how it counts"),
      field("key", &Limit::key,
            text("ip, user, session, api-key, route, claim:sub, claim:sid, claim:role, claim:plan, "
                 "header:NAME, joined by \"+\""),
            "whose requests are counted together"),
      field("limit", &Limit::limit, requests(), "requests in a window; for concurrency, at a time").required(),
      field("window", &Limit::window, window(), "the time it looks back"),
      field("burst", &Limit::burst, burst(), "capacity of a token bucket"),
      field("count", &Limit::count,
            one_of<LimitCount>({{"all", LimitCount::all}, {"failures", LimitCount::failures}}),
            "which requests are counted"),
      field("tiers", &Limit::tiers, maybe(tiers()), "other limits by plan or role"),
      field("skip_roles", &Limit::skip_roles, texts("one of roles.names"), "who is not limited"),
      field(
          "on_store_failure", &Limit::on_store_failure,
          one_of<StoreFailure>(
              {{"open", StoreFailure::open}, {"closed", StoreFailure::closed}, {"local", StoreFailure::local}}),
          "what holds while the shared store is away"),
      field("mode", &Limit::mode,
            one_of<LimitMode>({{"enforce", LimitMode::enforce}, {"shadow", LimitMode::shadow}}),
            "shadow counts and refuses nothing"),
      field("sync", &Limit::sync,
            one_of<LimitSync>({{"exact", LimitSync::exact}, {"leased", LimitSync::leased}}), "how nodes agree"),
      field("lease_share", &Limit::lease_share, share(0.0, 0.5), "of the limit that may be over-admitted"),
      // Whoever has a /64 has all of it: a longer prefix would give an attacker 2^64 keys (RL-02).
      field("ipv6_prefix", &Limit::ipv6_prefix, whole(32U, 64U), "bits of an IPv6 address that count as one"),
  };
}

// "GET /healthz every 5s"
Codec<HealthCheck> health() {
  const auto parse = [](const Value& value) -> std::optional<HealthCheck> {
    const auto* text = value.as<std::string>();
    if (text == nullptr) return std::nullopt;
    const auto words = split(*text, ' ');
    if (words.size() != 4 || words[0] != "GET" || !words[1].starts_with('/') || words[2] != "every") {
      return std::nullopt;
    }
    const auto every = parse_duration(words[3]);
    if (!every || *every < 100ms || *every > 1h) return std::nullopt;
    return HealthCheck{.path = std::string{words[1]}, .every = *every};
  };
  return plain<HealthCheck>(
      Kind::text, "\"GET /path every 5s\", from 100ms to 1h", parse, [](const HealthCheck& from) {
        return toml_string(fmt::format("GET {} every {}", from.path, duration_text(from.every)));
      });
}

Fields<Upstream> make_upstream_fields() {
  return {
      field("name", &Upstream::name, text("a name of [a-z0-9_-]{1,32}"), "for routes, logs and metrics")
          .required(),
      field("targets", &Upstream::targets, texts("\"http://host:port\" or \"https://host:port\""),
            "its servers")
          .required(),
      field("timeout", &Upstream::timeout, duration(100ms, 1h), "for the head of an answer"),
      field("health", &Upstream::health, maybe(health()), "how its servers are looked after"),
      field("max_connections", &Upstream::max_connections, whole(1U, 65'536U),
            "to each target, from each worker"),
  };
}

Field<Route> match_field() {
  const std::string allowed = "methods and a pattern, as \"GET,HEAD /projects/:id\" or \"ANY /public/*\"";
  return {.key = "match",
          .about = "the requests that it takes",
          .codec = {.kind = Kind::text,
                    .allowed = allowed,
                    .read =
                        [allowed](Route& into, const Value& value, const Context& context) {
                          const auto* text = value.as<std::string>();
                          if (text == nullptr)
                            return context.complain(value, quoted(value) + "; allowed: " + allowed);
                          auto pattern = parse_pattern(*text);
                          if (!pattern) return context.complain(value, quoted(value) + " " + pattern.error());
                          into.methods = std::move(pattern->methods);
                          into.pattern = std::move(pattern->path);
                        },
                    .show =
                        [](const Route& from) {
                          return toml_string(methods_text(from.methods) + " " + from.pattern);
                        }}};
}

Fields<Route> make_route_fields() {
  constexpr std::uint64_t kMostBody = 64ULL * 1024 * kMiB;
  return {
      match_field().required(),
      field("allow", &Route::allow, texts("\"public\", \"user\", a role, or \"owner:NAME\""), "who may call it")
          .required(),
      field("to", &Route::to, text("the name of an [[upstream]]"), "where it goes").required(),
      field("limit", &Route::limit, texts("the name of a [[limit]]"), "besides those whose `on` matches"),
      field("body_limit", &Route::body_limit, size(0, kMostBody), "for a request's body"),
      field("timeout", &Route::timeout, maybe(duration(100ms, 24h)), "instead of the upstream's"),
      field("websocket", &Route::websocket, boolean(), "whether upgrades pass"),
      field("forward_credentials", &Route::forward_credentials, boolean(),
            "whether tokens and our cookies go to the upstream"),
  };
}

Field<PolicyTest> request_field() {
  const std::string allowed = "a method and a path, as \"POST /projects\"";
  return {.key = "request",
          .about = "what is called",
          .codec = {.kind = Kind::text,
                    .allowed = allowed,
                    .read =
                        [allowed](PolicyTest& into, const Value& value, const Context& context) {
                          const auto* text = value.as<std::string>();
                          const auto space = text == nullptr ? std::string::npos : text->find(' ');
                          const std::string path = space == std::string::npos ? "" : text->substr(space + 1);
                          const bool fits =
                              is_method(space == std::string::npos ? "" : text->substr(0, space)) &&
                              (path.starts_with('/') || path.starts_with("{prefix}/")) && !path.contains(' ');
                          if (!fits) return context.complain(value, quoted(value) + "; allowed: " + allowed);
                          into.method = text->substr(0, space);
                          into.path = path;
                        },
                    .show = [](const PolicyTest& from) { return toml_string(from.method + " " + from.path); }}};
}

Fields<PolicyTest> make_policy_test_fields() {
  return {
      field("as", &PolicyTest::as, text("\"public\", \"owner\" or a role"), "who calls").required(),
      request_field().required(),
      field("expect", &PolicyTest::expect, whole(100U, 599U), "the status of the answer").required(),
  };
}

}  // namespace

const Fields<Limit>& limit_fields() {
  static const Fields<Limit> fields = make_limit_fields();
  return fields;
}
const Fields<Upstream>& upstream_fields() {
  static const Fields<Upstream> fields = make_upstream_fields();
  return fields;
}
const Fields<Route>& route_fields() {
  static const Fields<Route> fields = make_route_fields();
  return fields;
}
const Fields<PolicyTest>& policy_test_fields() {
  static const Fields<PolicyTest> fields = make_policy_test_fields();
  return fields;
}

}  // namespace gatehouse::config
