"""Scenario C: JWTs with a session behind them that is the source of truth (C01 to C07, C09 to C12)."""

import json
import re
import signal
import sqlite3
import threading
import zlib

from support import jwt
from support.people import PASSWORD
from support.server import ADMIN_EMAIL, ADMIN_PASSWORD, Server

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


# ---------------------------------------------------------------- C01, C06: the session

def test_C01_login_makes_a_session_and_splits_the_tokens(server):
    person = server.person()
    client = server.client(source="127.0.0.42")
    answer = client.post("/auth/login", {"email": person.email, "password": PASSWORD}, headers=[("User-Agent", FIREFOX)])
    session = answer.data["session"]
    assert set(session) == {"id", "userId", "current", "createdAt", "lastSeenAt", "expiresAt", "ip", "userAgent", "device",
                            "location", "method"}
    assert session["userId"] == person.id and session["current"] is True
    assert session["ip"] == "127.0.0.42" and session["userAgent"] == FIREFOX
    assert session["device"] == {"browser": "Firefox", "os": "Linux", "type": "desktop"}
    assert session["location"] is None and session["method"] == "password"
    assert all(RFC3339.fullmatch(session[name]) for name in ("createdAt", "lastSeenAt", "expiresAt"))
    # hybrid, the default: access token in the body, refresh token in a cookie that scripts cannot read
    assert jwt.claims_of(answer.data["accessToken"])["sid"] == session["id"]
    assert "refreshToken" not in answer.data
    value, attributes = answer.set_cookies()["refreshToken"]
    assert value not in answer.body.decode() and "httponly" in attributes
    assert "accessToken" not in answer.set_cookies()
    assert len(server.rows("SELECT id FROM sessions WHERE id = ?", session["id"])) == 1


def test_C01_the_client_chooses_among_the_offered_transports(start):
    server = start({"tokens": {"transports": ["bearer", "hybrid"]}})
    person = server.person()
    default = server.client().post("/auth/login", {"email": person.email, "password": PASSWORD})
    assert "refreshToken" in default.data and not default.set_cookies(), "the first of the list"
    refused = server.client().post("/auth/login", {"email": person.email, "password": PASSWORD, "transport": "cookie"})
    assert refused.outcome == (400, "VALIDATION_FAILED")
    assert [error["field"] for error in refused.json["errors"]] == ["transport"]
    assert server.client().get("/auth/policy").data["transports"] == ["bearer", "hybrid"]


def test_C01_a_failed_login_makes_no_session(server):
    person = server.person()
    before = server.rows("SELECT id FROM sessions")
    answer = server.client().post("/auth/login", {"email": person.email, "password": "not-the-password-1"})
    assert answer.outcome == (401, "INVALID_CREDENTIALS") and not answer.set_cookies()
    assert server.rows("SELECT id FROM sessions") == before
    event, = server.events("LOGIN_FAILED")
    assert event["user"] == person.id and event["message"] == "failure"


def test_C06_the_profile_tells_user_and_session(server):
    person = server.person(name="Ada L.", username="ada_l")
    data = person.get("/profile").data
    assert set(data) == {"user", "session"}
    assert data["user"]["name"] == "Ada L." and data["user"]["username"] == "ada_l"
    assert data["session"]["id"] == person.session["id"] and data["session"]["ip"] == "127.0.0.1"
    assert "password" not in json.dumps(data).replace('"method": "password"', "").lower()


# ---------------------------------------------------------------- C02: the session is the truth

def test_C02_every_request_asks_the_session(start, upstream):
    server = start(upstream.settings(("GET /x", "user")))
    person = server.person()
    clients = [server.client(token=person.access_token) for _ in range(4)]  # on both workers
    assert {client.get("//x").status for client in clients} == {200}
    assert person.delete(f"/sessions/{person.session['id']}").status == 200
    for client in clients:
        assert client.get("//x").outcome == (401, "SESSION_REVOKED")
        assert client.get("/profile").outcome == (401, "SESSION_REVOKED")
    assert upstream.count == 4


def test_C02_a_row_that_is_gone_is_a_session_that_is_gone(server):
    person = server.person()
    server.kill9()
    with sqlite3.connect(server.data / "gatehouse.db") as store:
        store.execute("DELETE FROM sessions WHERE id = ?", (person.session["id"],))
    store.close()
    server.restart()
    assert person.get("/profile").outcome == (401, "SESSION_REVOKED")
    assert person.refresh().outcome == (401, "INVALID_REFRESH_TOKEN")


# ---------------------------------------------------------------- C03: sliding expiry

def test_C03_each_request_extends_the_session(start):
    server = start({"sessions": {"idle_ttl": "20m"}, "tokens": {"access_ttl": "2h"}})
    used, unused = server.person(), server.person()
    first = used.get("/profile").data["session"]["expiresAt"]
    for _ in range(4):
        server.advance("15m")
        assert used.get("/profile").status == 200
    assert used.get("/profile").data["session"]["expiresAt"] > first
    assert unused.get("/profile").outcome == (401, "SESSION_REVOKED"), "valid JWT, idle for too long"
    assert unused.refresh().outcome == (401, "INVALID_REFRESH_TOKEN")


def test_C03_a_refused_request_extends_nothing(start):
    server = start({"sessions": {"idle_ttl": "20m"}, "tokens": {"access_ttl": "10m"}})
    person = server.person()
    server.advance("15m")
    assert person.get("/profile").outcome == (401, "TOKEN_EXPIRED")
    server.advance("6m")
    assert person.refresh().outcome == (401, "INVALID_REFRESH_TOKEN")


def test_C03_a_session_dies_at_its_absolute_age_however_busy(start):
    server = start({"sessions": {"idle_ttl": "20m", "absolute_ttl": "1h"}, "tokens": {"access_ttl": "30m"}})
    person = server.person()
    for _ in range(5):
        server.advance("11m")
        person.take(person.refresh().data)
        assert person.get("/profile").status == 200
    claims = jwt.claims_of(person.access_token)
    assert claims["exp"] - claims["iat"] <= 5 * 60, "a token never outlives its session"
    server.advance("5m")
    assert person.get("/profile").status == 401
    assert person.refresh().outcome == (401, "INVALID_REFRESH_TOKEN")


def test_C03_the_extension_survives_a_clean_restart(start):
    server = start({"sessions": {"idle_ttl": "20m"}, "tokens": {"access_ttl": "2h"}})
    person = server.person()
    server.advance("15m")
    assert person.get("/profile").status == 200
    server.restart()
    server.advance("10m")
    assert person.get("/profile").status == 200


# ---------------------------------------------------------------- C04, C05

def test_C04_a_refresh_token_never_works_for_another_session(server):
    person, other = server.person(), server.person()
    theirs = jwt.unb64(other.refresh_token[4:])
    mine = jwt.unb64(person.refresh_token[4:])
    # the other session's id with my secret, with a right checksum
    spliced = theirs[:16] + mine[16:84]
    token = "ghr_" + jwt.b64(spliced + zlib.crc32(spliced).to_bytes(4, "big"))
    assert person.refresh(token).outcome == (401, "INVALID_REFRESH_TOKEN")
    later = mine[:16] + (2).to_bytes(4, "big") + mine[20:84]
    token = "ghr_" + jwt.b64(later + zlib.crc32(later).to_bytes(4, "big"))
    assert person.refresh(token).outcome == (401, "INVALID_REFRESH_TOKEN")
    assert person.refresh().status == 200 and other.refresh().status == 200, "nobody was revoked by a guess"
    assert server.events("TOKEN_REUSE_DETECTED") == []


def test_C05_logout_is_idempotent(server):
    person, bystander = server.person(), server.person()
    assert [person.post("/auth/logout").status for _ in range(3)] == [200, 200, 200]
    assert person.get("/profile").outcome == (401, "SESSION_REVOKED")
    assert person.refresh().outcome == (401, "INVALID_REFRESH_TOKEN")
    assert bystander.get("/profile").status == 200
    assert len(server.events("LOGOUT")) == 1, "the later ones ended nothing"
    assert server.client().post("/auth/logout").status == 200, "without any session"
    assert server.client(token="x.y.z").post("/auth/logout").status == 200


def test_C05_logout_with_an_expired_access_token_but_a_good_refresh_token(server):
    person = server.person()
    server.advance("20m")
    assert server.client().post("/auth/logout", {"refreshToken": person.refresh_token}).status == 200
    assert person.refresh().outcome == (401, "INVALID_REFRESH_TOKEN")


def test_C05_logout_by_cookie_needs_the_csrf_token(server):
    browser = server.person().browser("hybrid")
    good, browser.csrf = browser.csrf, None
    assert browser.post("/auth/logout").outcome == (403, "EBADCSRFTOKEN")
    browser.csrf = good
    assert browser.post("/auth/refresh").status == 200, "still alive"
    browser.csrf = browser.cookies["csrfToken"]
    assert browser.post("/auth/logout").status == 200
    assert set(browser.cookies) <= {"deviceId"}
    assert browser.post("/auth/logout").status == 200


# ---------------------------------------------------------------- C07 (what there is), C09

def test_C07_the_list_of_users_is_for_admins_and_sanitised(server):
    people = [server.person() for _ in range(3)]
    assert people[0].get("/users").outcome == (403, "INSUFFICIENT_PERMISSIONS")
    assert server.client().get("/users").outcome == (401, "AUTHENTICATION_REQUIRED")
    answer = server.admin.get("/users?limit=2")
    assert answer.json["meta"] == {"page": 1, "limit": 2, "total": 4, "totalPages": 2}
    user_members = {"id", "email", "emailVerified", "username", "name", "role", "plan", "disabled", "createdAt",
                    "updatedAt", "deletedAt"}
    assert [set(user) for user in answer.data] == [user_members] * 2
    assert b"argon2id" not in answer.body


def test_C07_a_user_is_seen_by_itself_and_admins_alone(server):
    person, other = server.person(), server.person()
    assert person.get(f"/users/{person.id}").data["user"]["email"] == person.email
    assert server.admin.get(f"/users/{person.id}").status == 200
    for id in (other.id, "01890000-0000-7000-8000-000000000000", "nobody"):
        assert person.get(f"/users/{id}").outcome == (403, "INSUFFICIENT_PERMISSIONS"), "whether or not it exists"
    assert server.admin.get("/users/01890000-0000-7000-8000-000000000000").outcome == (404, "NOT_FOUND")


def test_C07_an_unknown_role_is_refused(server):
    person = server.person()
    for role in ("superuser", "Admin", "", "owner"):
        assert server.admin.put(f"/users/{person.id}/role", {"role": role}).outcome == (400, "VALIDATION_FAILED"), role
    assert person.get("/profile").data["user"]["role"] == "viewer"
    assert server.events("CHANGE_ROLE") == []


def test_C09_the_admin_comes_from_the_settings(server):
    assert server.admin.get("/profile").data["user"]["role"] == "admin"
    assert ADMIN_PASSWORD not in server.transcript()
    server.restart()
    assert len(server.rows("SELECT id FROM users WHERE role = 'admin'")) == 1, "seeded once"


# ---------------------------------------------------------------- C10, E15: one shape

PROBLEM = {"type", "title", "status", "detail", "success", "message", "code", "requestId"}


def test_C10_E15_every_error_has_one_shape(start, upstream):
    server = start({**upstream.settings(("GET /x", "admin"), ("GET /away", "public")),
                    "limit": [{"name": "tiny", "on": ["GET {prefix}/auth/policy"], "key": "ip", "limit": 1, "window": "1m"}]})
    upstream.answer = b"nonsense\r\n\r\n"
    person = server.person()
    server.client().get("/auth/policy")
    json_type = [("Content-Type", "application/json")]
    answers = {
        400: server.client().post("/auth/login", {}), 401: server.client().get("/profile"), 403: person.get("//x"),
        404: server.client().get("//nothing"), 405: server.client().put("/auth/login"),
        409: server.client().post("/auth/register", {"email": person.email, "password": PASSWORD}),
        413: server.client().post("/auth/login", body="x" * 20000, headers=json_type),
        415: server.client().post("/auth/login", body="x=1"), 429: server.client().get("/auth/policy"),
        502: server.client().get("//away"), 414: server.client().get("//" + "x" * 20000),
        431: server.client().get("//", headers=[("X-Long", "x" * 40000)]),
    }
    for status, answer in answers.items():
        assert answer.status == status, answer
        assert answer.header("Content-Type") == "application/problem+json"
        problem = answer.json
        optional = set(problem) - PROBLEM
        assert PROBLEM <= set(problem) and optional <= {"errors", "violatedPolicies"}, (status, optional)
        assert problem["status"] == status and problem["success"] is False and problem["message"] == problem["title"]
        assert problem["requestId"] == answer.request_id
        assert re.fullmatch(r"[A-Z][A-Z0-9_]+", problem["code"])
        assert ("errors" in problem) == (status == 400)
        page = server.client().get("/" + problem["type"])
        assert page.status == 200 and problem["code"] in page.body.decode(), "the type resolves"


def test_C10_every_mistake_in_the_settings_is_reported_with_its_line_and_key(tmp_path):
    text = '''[server]
listn = "127.0.0.1:0"
workers = "two"

[tokens]
access_ttl = "15 minutes"
transports = ["carrier-pigeon"]

[nonsense]
x = 1
'''
    server = Server(directory=tmp_path / "g", text=text)
    shown = server.refuses_to_start()
    for line, key in ((2, "server.listn"), (3, "server.workers"), (6, "tokens.access_ttl"), (7, "tokens.transports"),
                      (9, "nonsense")):
        assert re.search(rf"gatehouse\.toml:{line}: {re.escape(key)}", shown), (key, shown)
    assert "did you mean listen?" in shown
    assert not server.data.exists(), "nothing was begun"


def test_C10_an_unknown_variable_is_a_mistake_as_well(tmp_path):
    server = Server(directory=tmp_path / "g", env={"GATEHOUSE_SERVER_LISTN": "127.0.0.1:0"})
    assert "GATEHOUSE_SERVER_LISTN" in server.refuses_to_start()


# ---------------------------------------------------------------- C11

def test_C11_health_checks_answer_without_a_login(server):
    for path in ("//", "//healthz", "//readyz"):
        assert server.client().get(path).status == 200
        head = server.client().head(path)
        assert head.status == 200 and head.body == b""
        assert server.client().post(path).outcome == (405, "METHOD_NOT_ALLOWED")


def test_C11_a_server_that_drains_is_not_ready_but_alive(start, upstream):
    """A request under way keeps the server in its drain; what it answers meanwhile is seen on that connection's twin."""
    release = threading.Event()

    def slowly(_):
        release.wait(20)
        return b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    upstream.answer = slowly
    server = start(upstream.settings(("GET /slow", "public")))
    answers = []
    caller = threading.Thread(target=lambda: answers.append(server.client().get("//slow")))
    caller.start()
    while upstream.count == 0:
        threading.Event().wait(0.005)
    server.process.send_signal(signal.SIGTERM)
    server.wait_for_event("draining")
    release.set()
    caller.join()
    assert answers[0].status == 200 and answers[0].body == b"ok", "what was under way is answered"
    server.wait_for_event("stopped")


# ---------------------------------------------------------------- C12, E06: validation

def test_C12_unknown_members_are_refused(server):
    client = server.client()
    good = {"email": "new@example.org", "password": PASSWORD}
    for extra in ("role", "id", "emailVerified", "plan", "createdAt", "isAdmin", "__proto__", ""):
        answer = client.post("/auth/register", {**good, extra: "admin"})
        assert answer.outcome == (400, "VALIDATION_FAILED"), extra
        assert [error["field"] for error in answer.json["errors"]] == [extra]
    assert server.rows("SELECT id FROM users WHERE role <> 'admin'") == []


def test_E06_C12_every_wrong_field_is_listed_at_once(server):
    answer = server.client().post("/auth/register", {"email": "no-address", "password": "qzjxk", "username": "a b"})
    assert answer.outcome == (400, "VALIDATION_FAILED")
    errors = answer.json["errors"]
    assert {error["field"] for error in errors} == {"email", "password", "username"}
    assert ("password", "too_short") in {(error["field"], error["code"]) for error in errors}
    assert all(set(error) == {"field", "code", "message"} and error["message"] for error in errors)
    answer = server.client().post("/auth/register", {"email": 7, "password": [], "x": 1, "y": 2})
    assert {error["field"] for error in answer.json["errors"]} == {"email", "password", "x", "y"}
    missing = server.client().post("/auth/register", {})
    assert {error["field"] for error in missing.json["errors"]} == {"email", "password"}
    assert server.rows("SELECT id FROM users WHERE role <> 'admin'") == []


def test_C12_a_body_that_is_no_proper_JSON_object_is_400(server):
    client = server.client()
    for body in ("", "{", "[]", "null", '"x"', "{} x", "{'a': 1}", "{" * 2000, '{"a":' * 1500 + "1" + "}" * 1500,
                 '{"email": "a@example.org", "email": "b@example.org", "password": "x"}',
                 '{"email": "a@example.org", "password": 12345678901}', '{"email": ["a@example.org"], "password": "x"}',
                 '{"email": null, "password": "x"}', '{"email": "a@example.org", "password": NaN}'):
        answer = client.post("/auth/login", body=body, headers=[("Content-Type", "application/json")])
        assert answer.status == 400 and answer.code in ("MALFORMED_JSON", "VALIDATION_FAILED"), body
    assert server.events("LOGIN_FAILED") == [], "nothing of it was tried"


def test_C12_bytes_that_are_no_UTF8_are_400(server):
    for body in (b'{"email": "\xff\xfe", "password": "x"}', b'{"email": "\xc0\xaf", "password": "x"}',
                 b'{"email": "\xed\xa0\x80", "password": "x"}'):
        answer = server.client().post("/auth/login", body=body, headers=[("Content-Type", "application/json")])
        assert answer.status == 400


def test_C12_query_parameters_are_checked(server):
    for query in ("limit=0", "limit=101", "limit=-1", "limit=x", "page=0", "page=1e3", "sort=password_hash", "sort=-",
                  "deleted=maybe", "unknown=1", "limit=1&limit=2", "page=1&cursor=", "cursor=x'--", "limit=%31%00"):
        answer = server.admin.get(f"/users?{query}")
        assert answer.status == 400, query
    assert server.admin.get("/users?limit=1&sort=-createdAt&role=admin&deleted=any").status == 200


def test_E15_success_has_one_shape_too(server):
    person = server.person()
    for answer in (person.get("/profile"), person.get("/sessions"), server.client().get("/auth/policy"),
                   server.admin.get("/users"), person.refresh(), server.client().get("//healthz"), person.post("/auth/logout")):
        assert answer.header("Content-Type") == "application/json"
        members = set(answer.json)
        assert {"success", "message", "data"} <= members and members <= {"success", "message", "data", "meta"}
        assert answer.json["success"] is True and isinstance(answer.json["message"], str)
        assert ("meta" in members) == isinstance(answer.json["data"], list), "meta on lists alone"


def test_C12_the_profile_takes_no_parameters(server):
    person = server.person()
    assert person.get("/profile?").status == 200
    refused = person.get("/profile?x=1")
    assert refused.outcome == (400, "VALIDATION_FAILED")
    assert [error["field"] for error in refused.json["errors"]] == ["x"]
