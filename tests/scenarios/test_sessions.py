"""Sessions and their end (SE rows)."""

import math
from collections import Counter

import pytest

from support import jwt
from support.people import PASSWORD

REVOKED = (401, "SESSION_REVOKED")


# ---------------------------------------------------------------- SE-01: new ids

def test_SE01_each_login_makes_a_session_of_its_own(server):
    person = server.person()
    ids = {person.session["id"]} | {person.browser("hybrid").login.data["session"]["id"] for _ in range(3)}
    assert len(ids) == 4


@pytest.mark.parametrize("name", ["accessToken", "refreshToken", "csrfToken", "preSession", "sessionId"])
def test_SE01_a_cookie_from_before_the_login_is_never_promoted(server, name):
    person = server.person()
    planted = "A" * 64
    browser = server.client(jar=True)
    browser.cookies[name] = planted
    answer = browser.post("/auth/login", {"email": person.email, "password": PASSWORD, "transport": "cookie"})
    assert answer.status == 200
    for issued, (value, _) in answer.set_cookies().items():
        assert value != planted, issued
    thief = server.client(jar=True)
    thief.cookies[name] = planted
    assert thief.get("/profile").status == 401


def test_SE01_logging_in_again_does_not_reuse_the_session_at_hand(server):
    person = server.person()
    browser = person.browser("cookie")
    first = dict(browser.cookies)
    second = browser.post("/auth/login", {"email": person.email, "password": PASSWORD, "transport": "cookie"})
    assert second.status == 200
    assert second.data["session"]["id"] != browser.login.data["session"]["id"]
    assert all(browser.cookies[name] != value for name, value in first.items())


def test_SE01_the_session_before_login_is_no_session_after(server):
    form = server.client(jar=True)
    token = form.get("/auth/csrf-token").data["csrfToken"]
    person = server.person()
    form.post("/auth/login", {"email": person.email, "password": PASSWORD, "transport": "cookie"})
    form.csrf = token
    assert form.delete("/sessions?except=current").outcome == (403, "EBADCSRFTOKEN")


# ---------------------------------------------------------------- SE-02: strength

def test_SE02_secrets_are_random_and_kept_as_hashes(server):
    person = server.person()
    tokens = [person.log_in().refresh_token for _ in range(20)]
    macs = [jwt.unb64(token[4:])[20:84] for token in tokens]
    assert len(set(macs)) == 20
    bits = Counter(bit for mac in macs for byte in mac for bit in f"{byte:08b}")
    total = sum(bits.values())
    assert abs(bits["1"] - total / 2) < 6 * math.sqrt(total) / 2
    kept = server.stored_bytes()
    for token, mac in zip(tokens, macs):
        assert token.encode() not in kept and mac not in kept and jwt.b64(mac).encode() not in kept
        assert mac.hex().encode() not in kept


# ---------------------------------------------------------------- SE-03, SE-04: the end

def test_SE03_after_logout_nothing_of_the_session_works(start, upstream):
    server = start(upstream.settings(("GET /x", "user"), ("POST /x", "user")))
    person = server.person()
    browser = person.browser("cookie")
    kept, csrf = dict(browser.cookies), browser.csrf
    answer = browser.post("/auth/logout")
    gone = {name for name, (_, a) in answer.set_cookies().items() if a["max-age"] == "0"}
    assert gone >= set(kept) - {"deviceId"}
    replay = server.client(jar=True)
    replay.cookies, replay.csrf = dict(kept), csrf
    assert replay.get("/profile").outcome == REVOKED
    assert replay.get("//x").outcome == REVOKED
    assert replay.post("//x").outcome == REVOKED
    assert server.client(token=kept["accessToken"]).get("//x").outcome == REVOKED
    assert server.client().post("/auth/refresh", {"refreshToken": kept["refreshToken"]}).status == 401
    assert upstream.count == 0
    assert person.get("//x").status == 200, "the person's other session lives"


def test_SE04_logout_everywhere_ends_every_access_token_at_once(start, upstream):
    server = start(upstream.settings(("GET /x", "user")))
    person = server.person()
    tokens = [person.access_token] + [person.log_in().access_token for _ in range(4)]
    clients = [server.client(token=token) for token in tokens for _ in range(2)]
    assert {client.get("//x").status for client in clients} == {200}
    assert person.delete("/sessions").status == 200
    assert {client.get("//x").outcome for client in clients} == {REVOKED}
    assert upstream.count == len(clients)


# ---------------------------------------------------------------- SE-05: idle and absolute (see C03, RT09)

def test_SE05_both_ends_are_kept_by_the_server(start):
    server = start({"sessions": {"idle_ttl": "30m", "absolute_ttl": "2h"}, "tokens": {"access_ttl": "10m"}})
    idle, busy = server.person(), server.person()
    for _ in range(7):
        server.advance("16m")
        busy.take(busy.refresh().data)
    assert idle.refresh().outcome == (401, "INVALID_REFRESH_TOKEN")
    server.advance("9m")
    assert busy.refresh().outcome == (401, "INVALID_REFRESH_TOKEN")
    assert busy.get("/profile").status == 401


def test_SE05_the_list_shows_living_sessions_alone(start):
    server = start({"sessions": {"idle_ttl": "30m"}, "tokens": {"access_ttl": "2h"}})
    person = server.person()
    person.browser("hybrid")
    server.advance("20m")
    assert person.get("/profile").status == 200
    server.restart()  # the list comes from the store, to which requests' sliding is written behind
    server.advance("11m")
    assert [s["id"] for s in person.get("/sessions").data] == [person.session["id"]]


# ---------------------------------------------------------------- SE-06, SE-07: the user changes

def credentials(person):
    """Everything a user can hold: bearer, cookies, both refresh tokens."""
    return person.browser("cookie"), person.browser("hybrid")


@pytest.mark.parametrize("end", ["disable", "delete"])
def test_SE06_a_disabled_or_deleted_users_credentials_all_die(start, upstream, end):
    server = start(upstream.settings(("GET /x", "user")))
    person, bystander = server.person(), server.person()
    cookie, hybrid = credentials(person)
    hybrid_token = hybrid.login.data["accessToken"]
    if end == "disable":
        server.admin.set_disabled(person)
    else:
        assert person.delete("/auth/me").status == 200
    assert person.get("//x").outcome == REVOKED
    assert cookie.get("//x").outcome == REVOKED
    assert server.client(token=hybrid_token).get("/profile").outcome == REVOKED
    for browser in (cookie, hybrid):
        assert browser.post("/auth/refresh").outcome == (401, "INVALID_REFRESH_TOKEN")
    assert person.refresh().outcome == (401, "INVALID_REFRESH_TOKEN")
    login = server.client().post("/auth/login", {"email": person.email, "password": PASSWORD})
    assert login.outcome == (403, "ACCOUNT_DISABLED" if end == "disable" else "ACCOUNT_DELETED")
    assert not login.set_cookies() and "data" not in login.json
    assert bystander.get("//x").status == 200
    assert upstream.count == 1


def test_SE06_enabling_again_revives_no_old_session(server):
    person = server.person()
    server.admin.set_disabled(person)
    server.admin.set_disabled(person, False)
    assert person.get("/profile").outcome == REVOKED
    assert person.refresh().outcome == (401, "INVALID_REFRESH_TOKEN")
    person.log_in()
    assert person.get("/profile").status == 200


def test_SE06_it_survives_a_crash(server):
    person = server.person()
    server.admin.set_disabled(person)
    server.kill9()
    server.restart()
    assert person.get("/profile").outcome == REVOKED


def test_SE07_a_changed_role_holds_at_once_and_logs_nobody_out(start, upstream):
    server = start(upstream.settings(("POST /x", ["editor", "admin"])))
    person = server.person(role="editor")
    second = server.client(token=person.access_token)
    assert person.post("//x").status == 200
    server.admin.set_role(person, "viewer")
    assert person.post("//x").outcome == (403, "INSUFFICIENT_PERMISSIONS"), "the token still says editor"
    assert second.post("//x").outcome == (403, "INSUFFICIENT_PERMISSIONS")
    assert person.get("/profile").data["user"]["role"] == "viewer"
    server.admin.set_role(person, "editor")
    assert person.post("//x").status == 200 and second.post("//x").status == 200
    assert jwt.claims_of(person.refresh().data["accessToken"])["role"] == "editor"


# ---------------------------------------------------------------- SE-08: lists

def test_SE08_one_sees_and_ends_ones_own_sessions(server):
    person, other = server.person(), server.person()
    second = person.browser("hybrid").login.data
    listed = person.get("/sessions")
    assert {s["id"] for s in listed.data} == {person.session["id"], second["session"]["id"]}
    assert [s["id"] for s in listed.data if s["current"]] == [person.session["id"]]
    assert listed.json["meta"]["total"] == 2
    for secret in (person.refresh_token, person.access_token, "seed", "generation", "hash"):
        assert secret.encode() not in listed.body
    assert person.delete(f"/sessions/{second['session']['id']}").status == 200
    assert server.client(token=second["accessToken"]).get("/profile").outcome == REVOKED
    assert person.get("/profile").status == 200 and other.get("/profile").status == 200
    assert len(person.get("/sessions").data) == 1
    event, = server.events("REVOKE_SESSION")
    assert event["session"] == second["session"]["id"] and event["actor"] == person.id


def test_SE08_others_sessions_do_not_exist(server):
    person, victim = server.person(), server.person()
    for id in (victim.session["id"], "01890000-0000-7000-8000-000000000000", "x", victim.session["id"].upper(), "%00"):
        status = person.delete(f"/sessions/{id}").status
        assert status in ((404,) if id != "%00" else (400, 404)), id
    assert person.get(f"/sessions?userId={victim.id}").status == 400
    assert victim.get("/profile").status == 200
    assert server.events("REVOKE_SESSION") == []


def test_SE08_all_but_the_current_one_can_be_ended(server):
    person = server.person()
    others = [person.browser("hybrid") for _ in range(3)]
    assert person.delete("/sessions?except=all").status == 400
    assert person.delete("/sessions?except=current").status == 200
    assert person.get("/profile").status == 200 and len(person.get("/sessions").data) == 1
    for other in others:
        assert other.post("/auth/refresh").outcome == (401, "INVALID_REFRESH_TOKEN")


def test_SE08_the_list_is_paged_both_ways(server):
    person = server.person()
    for _ in range(4):
        person.log_in()
    ids = [s["id"] for s in person.get("/sessions?limit=100").data]
    assert len(ids) == 5
    paged = [s["id"] for page in (1, 2, 3) for s in person.get(f"/sessions?page={page}&limit=2").data]
    assert paged == ids
    found, cursor = [], ""
    while cursor is not None:
        answer = person.get(f"/sessions?limit=2&cursor={cursor}")
        found += [s["id"] for s in answer.data]
        assert "total" not in answer.json["meta"]
        cursor = answer.json["meta"]["nextCursor"]
    assert found == ids
    assert [s["id"] for s in person.get("/sessions?sort=createdAt").data] == ids[::-1]


def test_SE08_the_number_of_sessions_can_be_bounded(start):
    server = start({"sessions": {"max_per_user": 2}})
    person = server.person()
    first = person.access_token
    second = person.log_in().access_token
    third = person.log_in().access_token
    assert server.client(token=first).get("/profile").outcome == REVOKED, "the oldest goes"
    assert server.client(token=second).get("/profile").status == 200
    assert server.client(token=third).get("/profile").status == 200


# ---------------------------------------------------------------- SE-09

def test_SE09_a_sessions_fields_cannot_be_written(server):
    person, other = server.person(), server.person()
    base = {"email": person.email, "password": PASSWORD}
    for extra in ({"userId": other.id}, {"sessionId": "1"}, {"expiresAt": "2099-01-01T00:00:00.000Z"}, {"ip": "10.0.0.1"},
                  {"session": {"userId": other.id}}, {"method": "passkey"}, {"generation": 9}):
        assert server.client().post("/auth/login", {**base, **extra}).outcome == (400, "VALIDATION_FAILED"), extra
    for method in ("PUT", "PATCH", "POST"):
        answer = person.request(method, f"/sessions/{person.session['id']}", json={"userId": other.id})
        assert answer.outcome == (405, "METHOD_NOT_ALLOWED")
        assert answer.header("Allow") == "DELETE"
    row, = server.rows("SELECT user_id, ip, method FROM sessions WHERE id = ?", person.session["id"])
    assert row == {"user_id": person.id, "ip": "127.0.0.1", "method": "password"}


# ---------------------------------------------------------------- SE-11 (refresh tokens: test_refresh.py)

def test_SE11_only_the_whole_exact_csrf_token_works(server):
    browser = server.person().browser("cookie")
    good = browser.csrf
    for bad in (good[:-1], good[1:], good + "A", good.lower(), good.upper(), good.swapcase(), f'"{good}"', good * 2,
                good[:-2] + "==", good[:30] + ("A" if good[30] != "A" else "B") + good[31:]):
        browser.csrf = bad
        assert browser.delete("/sessions?except=current").outcome == (403, "EBADCSRFTOKEN"), bad
    browser.csrf = good
    assert browser.delete("/sessions?except=current").status == 200
    twice = [("X-CSRF-Token", good)]
    assert browser.delete("/sessions?except=current", headers=twice).outcome == (403, "EBADCSRFTOKEN")
