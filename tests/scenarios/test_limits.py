"""Rate limits as scenario B wants them, by the set clock (B12, B13, B16, BF-01, BF-04)."""

import pytest

from support.people import PASSWORD

DEFAULTS = {"limit": None}  # the server's own set


def spend(client, times, path="/auth/policy"):
    """The statuses of so many GETs."""
    return [client.get(path).status for _ in range(times)]


def log_in(server, password="not-the-password-1", email="nobody@example.org", source="127.0.0.1", **kw):
    body = {"email": email, "password": password, "transport": "bearer", **kw}
    return server.client(source=source).post("/auth/login", body)


@pytest.fixture
def limited(start):
    return start(DEFAULTS)


# ---------------------------------------------------------------- B12: the default set

def test_B12_public_routes_take_100_a_minute_from_one_address(limited):
    client = limited.client(source="127.0.0.2")
    assert set(spend(client, 100)) == {200}
    assert client.get("/auth/policy").outcome == (429, "RATE_LIMITED")
    assert limited.client(source="127.0.0.2").get("/auth/policy").status == 429, "another connection is the same address"
    assert limited.client(source="127.0.0.3").get("/auth/policy").status == 200
    limited.advance("1m")
    assert client.get("/auth/policy").status == 200


def test_B12_the_window_slides(limited):
    client = limited.client(source="127.0.0.2")
    assert set(spend(client, 60)) == {200}
    limited.advance("40s")
    assert set(spend(client, 40)) == {200}
    assert client.get("/auth/policy").status == 429
    limited.advance("21s")  # the first 60 are older than a minute now, the 40 are not
    statuses = spend(client, 100)
    assert statuses.count(200) == 60 and set(statuses[60:]) == {429}


def test_B12_refused_requests_do_not_prolong_the_wait(limited):
    client = limited.client(source="127.0.0.2")
    spend(client, 100)
    limited.advance("30s")
    assert set(spend(client, 50)) == {429}
    limited.advance("31s")
    assert set(spend(client, 100)) == {200}


def test_B12_users_have_300_a_minute_wherever_they_are(limited):
    person, other = limited.person(), limited.person()
    assert set(spend(person, 300, "/profile")) == {200}
    assert person.get("/profile").outcome == (429, "RATE_LIMITED")
    elsewhere = limited.client(source="127.0.0.9", token=person.access_token)
    assert elsewhere.get("/profile").status == 429
    assert other.get("/profile").status == 200
    limited.advance("1m")
    assert person.get("/profile").status == 200


def test_B12_users_do_not_spend_their_addresss_budget(limited):
    person = limited.person()
    limited.advance("1m")
    assert set(spend(person, 150, "/profile")) == {200}
    assert set(spend(limited.client(), 100)) == {200}


def test_B12_admins_have_no_limit(limited):
    answer = limited.admin.get("/profile")
    assert answer.header("X-RateLimit-Limit") is None
    assert set(spend(limited.admin, 320, "/profile")) == {200}


def test_B12_a_bad_token_counts_as_public(limited):
    client = limited.client(source="127.0.0.2", token="x.y.z")
    assert set(spend(client, 100, "/profile")) == {401}
    assert client.get("/profile").outcome == (429, "RATE_LIMITED")


def test_B12_login_takes_five_failures_in_15_minutes(limited):
    person = limited.person()
    assert [log_in(limited).status for _ in range(5)] == [401] * 5
    assert log_in(limited).outcome == (429, "TOO_MANY_LOGIN_ATTEMPTS")
    assert log_in(limited, PASSWORD, person.email).status == 429, "not even with the right password"
    assert log_in(limited, PASSWORD, person.email, source="127.0.0.7").status == 200
    limited.advance("14m")
    assert log_in(limited, PASSWORD, person.email).status == 429
    limited.advance("1m")
    assert log_in(limited, PASSWORD, person.email).status == 200


def test_B12_good_logins_do_not_count(limited):
    person = limited.person()
    for _ in range(10):
        assert log_in(limited, PASSWORD, person.email).status == 200
    assert [log_in(limited).status for _ in range(6)] == [401] * 5 + [429]


def test_B12_a_login_that_is_refused_early_costs_no_hash(limited):
    for _ in range(5):
        log_in(limited)
    failures = len(limited.events("LOGIN_FAILED"))
    for _ in range(5):
        assert log_in(limited).status == 429
    assert len(limited.events("LOGIN_FAILED")) == failures == 5


def test_B12_health_checks_are_never_limited(limited):
    client = limited.client(source="127.0.0.2")
    spend(client, 101)
    assert client.get("/auth/policy").status == 429
    for path in ("//", "//healthz", "//readyz"):
        answer = client.get(path)
        assert answer.status == 200 and answer.header("X-RateLimit-Limit") is None


def test_B12_other_spellings_of_an_address_are_no_way_round(limited):
    """BF-10: forwarding headers of a peer that nobody trusts say nothing."""
    client = limited.client(source="127.0.0.2")
    statuses = []
    for i in range(101):
        headers = [(name, f"10.0.0.{i}") for name in ("X-Forwarded-For", "X-Real-IP", "True-Client-IP")]
        statuses.append(client.get("/auth/policy", headers=[*headers, ("Forwarded", f"for=10.0.0.{i}")]).status)
    assert statuses == [200] * 100 + [429]


def test_B12_behind_a_trusted_proxy_the_forwarded_address_counts(start):
    server = start({**DEFAULTS, "server": {"trusted_proxies": ["127.0.0.0/8"]}})
    client = server.client()

    def ask(address):
        return client.get("/auth/policy", headers=[("X-Forwarded-For", address)]).status

    assert [ask("203.0.113.1") for _ in range(101)] == [200] * 100 + [429]
    assert ask("203.0.113.2") == 200
    assert ask("203.0.113.2, 203.0.113.1") == 429, "the rightmost address that is not trusted"


def test_E08_one_line_limits_everything(start):
    server = start({"limit": [{"name": "all", "on": ["all"], "key": "ip", "limit": 100, "window": "15m"}]})
    client = server.client(source="127.0.0.2")
    assert spend(client, 101) == [200] * 100 + [429]
    server.advance("15m")
    assert client.get("/auth/policy").status == 200


# ---------------------------------------------------------------- B13: what the client is told

def test_B13_limited_answers_count_down(limited):
    client = limited.client(source="127.0.0.2")
    for left in (99, 98, 97):
        answer = client.get("/auth/policy")
        assert answer.header("X-RateLimit-Limit") == "100"
        assert answer.header("X-RateLimit-Remaining") == str(left)
        assert 0 < int(answer.header("X-RateLimit-Reset")) <= 61  # rounded up, from a window kept in ticks
        assert answer.header("RateLimit-Policy") == '"public";q=100;w=60'
        assert answer.header("RateLimit").startswith(f'"public";r={left};t=')
        assert answer.header("Retry-After") is None


def test_B13_a_refusal_says_when_to_come_back_and_that_is_true(limited):
    client = limited.client(source="127.0.0.2")
    spend(client, 100)
    limited.advance("20s")
    answer = client.get("/auth/policy")
    assert answer.status == 429 and answer.header("X-RateLimit-Remaining") == "0"
    wait = int(answer.header("Retry-After"))
    assert 35 <= wait <= 40
    assert answer.json["message"] == f"Too many requests. Try again in {wait} seconds."
    limited.advance(wait * 1000)
    assert client.get("/auth/policy").status == 200


def test_B13_a_refused_login_says_how_many_minutes(limited):
    for _ in range(5):
        log_in(limited)
    answer = log_in(limited)
    assert answer.json["message"] == "Too many login attempts. Try again in 15 minutes."
    assert 14 * 60 < int(answer.header("Retry-After")) <= 15 * 60
    limited.advance("14m")
    assert log_in(limited).json["message"] == "Too many login attempts. Try again in 1 minute."


def test_B13_the_tightest_of_several_limits_is_shown(start):
    server = start({"limit": [
        {"name": "wide", "on": ["all"], "key": "ip", "limit": 1000, "window": "1m"},
        {"name": "narrow", "on": ["GET {prefix}/auth/policy"], "key": "ip", "limit": 3, "window": "1m"}]})
    client = server.client()
    answer = client.get("/auth/policy")
    assert answer.header("X-RateLimit-Limit") == "3" and answer.header("X-RateLimit-Remaining") == "2"
    assert client.get("//problems/not-found").header("X-RateLimit-Limit") == "1000"


def test_B13_refusals_show_in_the_metrics_and_the_log(limited):
    client = limited.client(source="127.0.0.2")
    spend(client, 103)
    metrics = limited.metrics()
    assert metrics.value("rate_limits_allowed_total", limit="public") == 100
    assert metrics.value("rate_limits_blocked_total", limit="public") == 3
    assert metrics.value("error_events_total", code="RATE_LIMITED") == 3
    refused = [e for e in limited.events("request") if e.get("code") == "RATE_LIMITED"]
    assert len(refused) == 3 and {e["client"] for e in refused} == {"127.0.0.2"}


# ---------------------------------------------------------------- B16: tiers by plan

TIERS = {"limit": [{"name": "plans", "on": ["authenticated"], "key": "user", "limit": 60, "window": "1m",
                    "tiers": {"by": "plan", "free": 60, "paid": 600, "enterprise": 3000}}]}


@pytest.mark.parametrize("plan, quota", [("free", 60), ("paid", 600)])
def test_B16_each_plan_has_its_own_limit(start, plan, quota):
    server = start(TIERS)
    person = server.person(plan=plan)
    statuses = spend(person, quota + 1, "/profile")
    assert statuses == [200] * quota + [429]


def test_B16_a_changed_plan_holds_at_once(start):
    server = start(TIERS)
    person = server.person()
    assert spend(person, 61, "/profile")[-1] == 429
    server.admin.set_plan(person, "enterprise")
    answer = person.get("/profile")  # the token still says "free"
    assert answer.status == 200 and answer.header("X-RateLimit-Limit") == "3000"
    server.admin.set_plan(person, "free")
    assert person.get("/profile").status == 429


def test_B16_a_new_plan_needs_no_code(start):
    server = start({"plans": {"names": ["free", "team"]},
                    "limit": [{**TIERS["limit"][0], "tiers": {"by": "plan", "free": 5, "team": 8}}]})
    assert spend(server.person(plan="team"), 9, "/profile") == [200] * 8 + [429]


# ---------------------------------------------------------------- BF-04

def test_BF04_other_spellings_of_one_account_hit_the_same_counter(limited):
    person = limited.person(email="Mixed.Case@Example.org", username="mixed")
    names = [{"email": "mixed.case@example.org"}, {"email": "MIXED.CASE@EXAMPLE.ORG"}, {"email": None, "username": "mixed"},
             {"email": None, "username": "MIXED"}, {"email": person.email}, {"email": "mixed.Case@example.ORG"}]
    statuses = []
    for name in names:
        body = {k: v for k, v in {**name, "password": "not-the-password-1"}.items() if v is not None}
        statuses.append(limited.client().post("/auth/login", body).status)
    assert statuses == [401] * 5 + [429]


def test_RL06_a_refusal_by_a_later_limit_gives_the_slot_of_an_earlier_one_back(start):
    """One slot for the address, asked before the login is known; one request a minute for the user, asked after."""
    server = start({"limit": [
        {"name": "slots", "on": ["GET {prefix}/profile"], "key": "ip", "limit": 1, "algorithm": "concurrency"},
        {"name": "user", "on": ["GET {prefix}/profile"], "key": "user", "limit": 1, "window": "1m"}]})
    first, second = server.person(), server.person()
    assert first.get("/profile").status == 200
    for _ in range(3):
        assert first.get("/profile").json["violatedPolicies"] == ["user"]
    assert second.get("/profile").status == 200, "the slot is free again"
