"""Scenario A: a blog API whose users live in Gatehouse, with JWTs in cookies."""

import pytest

from support.people import PASSWORD
from support.upstream import values


def test_A01_login_puts_the_tokens_into_cookies_that_scripts_cannot_read(server):
    person = server.person()
    browser = person.browser()
    answer = browser.login
    cookies = answer.set_cookies()
    for name in ("accessToken", "refreshToken"):
        value, attributes = cookies[name]
        assert value and "httponly" in attributes and attributes["samesite"] == "Strict"
        assert value not in answer.body.decode(), f"{name} is in the body, where scripts can read it"
    assert "accessToken" not in answer.data and "refreshToken" not in answer.data
    assert "httponly" not in cookies["csrfToken"][1]
    assert browser.get("/profile").data["user"]["id"] == person.id


def test_A02_refresh_by_cookie_gives_new_cookies(server):
    person = server.person()
    browser = person.browser()
    before = dict(browser.cookies)
    server.advance("15m")
    assert browser.get("/profile").outcome == (401, "TOKEN_EXPIRED")
    answer = browser.post("/auth/refresh")
    assert answer.status == 200
    assert set(answer.set_cookies()) == {"accessToken", "refreshToken", "csrfToken"}
    assert browser.cookies["accessToken"] != before["accessToken"]
    assert browser.cookies["refreshToken"] != before["refreshToken"]
    assert browser.get("/profile").status == 200


def test_A02_logout_clears_the_cookies_and_kills_the_session_at_once(server):
    person = server.person()
    browser = person.browser()
    stolen = dict(browser.cookies)
    other = person.browser()
    assert browser.post("/auth/logout").status == 200
    assert set(browser.cookies) <= {"deviceId"}
    thief = server.client(jar=True)
    thief.cookies.update(stolen)
    assert thief.get("/profile").outcome == (401, "SESSION_REVOKED")
    thief.csrf = stolen["csrfToken"]
    assert thief.post("/auth/refresh").outcome == (401, "INVALID_REFRESH_TOKEN")
    assert other.get("/profile").status == 200, "the other session is none of this logout's business"


def test_A03_a_protected_route_gets_the_user_handed_on(start, upstream):
    server = start(upstream.settings(("GET /posts", "user")))
    person = server.person(role="editor", plan="paid")
    assert server.client().get("//posts").outcome == (401, "AUTHENTICATION_REQUIRED")
    assert upstream.count == 0
    assert person.get("//posts").status == 200
    received = upstream.requests[0]
    assert values(received, "X-User-Id") == [person.id]
    assert values(received, "X-User-Role") == ["editor"]
    assert values(received, "X-User-Plan") == ["paid"]
    assert values(received, "X-Session-Id") == [person.session["id"]]


def test_A03_a_deleted_users_token_stops_working_at_once(start, upstream):
    server = start(upstream.settings(("GET /posts", "user")))
    person = server.person()
    assert person.get("//posts").status == 200
    second = server.client(token=person.access_token)  # perhaps on another worker
    assert person.delete("/auth/me").status == 200
    assert person.get("//posts").outcome == (401, "SESSION_REVOKED")
    assert second.get("//posts").outcome == (401, "SESSION_REVOKED")
    assert upstream.count == 1


def test_A04_username_and_email_are_unique(server):
    client = server.client()
    first = {"email": "Ada@example.org", "password": PASSWORD, "username": "ada"}
    assert client.post("/auth/register", first).status == 201
    assert client.post("/auth/register", {**first, "username": "ada2", "email": "aDA@EXAMPLE.org"}).outcome == (
        409, "EMAIL_TAKEN")
    assert client.post("/auth/register", {**first, "email": "b@example.org", "username": "ADA"}).outcome == (
        409, "USERNAME_TAKEN")
    found = server.rows("SELECT email, username FROM users WHERE role <> 'admin'")
    assert found == [{"email": "Ada@example.org", "username": "ada"}], "kept as typed, and once"


def test_A04_one_logs_in_with_the_username_or_the_email(server):
    person = server.person(username="grace.h")
    for name in ({"username": "grace.h"}, {"username": "GRACE.H"}, {"email": person.email.upper()}):
        assert server.client().post("/auth/login", {**name, "password": PASSWORD}).status == 200
    both = {"username": "grace.h", "email": person.email, "password": PASSWORD}
    assert server.client().post("/auth/login", both).outcome == (400, "VALIDATION_FAILED")


def test_A04_the_password_is_stored_only_as_a_hash(server):
    person = server.person(password="marmalade-trumpet-41")
    row, = server.rows("SELECT password_hash FROM users WHERE id = ?", person.id)
    assert row["password_hash"].startswith("$argon2id$v=19$")
    assert b"marmalade-trumpet-41" not in server.stored_bytes()
    assert "marmalade-trumpet-41" not in server.transcript()


def test_A05_users_delete_their_own_account_and_nobody_elses(server):
    person, other = server.person(), server.person()
    answer = person.delete("/auth/me")
    assert answer.status == 200
    assert answer.data["user"]["id"] == person.id and answer.data["user"]["deletedAt"]
    assert person.get("/profile").outcome == (401, "SESSION_REVOKED")
    assert person.refresh().outcome == (401, "INVALID_REFRESH_TOKEN")
    assert other.get("/profile").status == 200
    assert other.refresh().status == 200
    login = server.client().post("/auth/login", {"email": person.email, "password": person.password})
    assert login.outcome == (403, "ACCOUNT_DELETED")
    assert [e["user"] for e in server.events("DELETE_USER")] == [person.id]


def test_A05_deleting_oneself_needs_a_login(server):
    assert server.client().delete("/auth/me").outcome == (401, "AUTHENTICATION_REQUIRED")
    assert server.events("DELETE_USER") == []


def test_A12_settings_come_from_the_environment_as_well(start):
    server = start(env={"GATEHOUSE_SERVER_PREFIX": "/api/v7", "GATEHOUSE_TOKENS_ACCESS_TTL": "3m"})
    client = server.client()
    assert client.get("//api/v7/auth/policy").status == 200
    assert client.get("//api/v1/auth/policy").outcome == (404, "NOT_FOUND")
    login = client.post("//api/v7/auth/login", {"email": "root@gatehouse.test", "password": "correct-horse-battery-9"})
    assert login.data["expiresIn"] == 180


def test_A12_the_environment_wins_over_the_file(start):
    server = start({"passwords": {"min_length": 30}, "admin": {"email": None}},
                   env={"GATEHOUSE_PASSWORDS_MIN_LENGTH": "12", "GATEHOUSE_ADMIN_PASSWORD": None})
    assert server.client().get("/auth/policy").data["password"]["minLength"] == 12


def test_A12_a_secret_comes_from_a_file(start, tmp_path):
    secret = tmp_path / "admin-password"
    secret.write_text("a-password-from-a-file-5\n")
    secret.chmod(0o600)
    server = start(env={"GATEHOUSE_ADMIN_PASSWORD": None, "GATEHOUSE_ADMIN_PASSWORD_FILE": str(secret)})
    login = {"email": "root@gatehouse.test", "password": "a-password-from-a-file-5"}
    assert server.client().post("/auth/login", login).status == 200


@pytest.mark.parametrize("settings, key", [
    ({"admin": {"email": None}}, "admin.email"),                                # a password for nobody
    ({"upstream": [{"name": "app"}]}, "targets"),
    ({"upstream": [{"name": "app", "targets": ["http://127.0.0.1:1"]}], "route": [{"match": "GET /x", "to": "app"}]},
     "allow"),
    ({"limit": [{"name": "x", "on": ["all"], "window": "1m"}]}, "limit"),
])
def test_A12_a_missing_required_setting_is_named_at_start(tmp_path, settings, key):
    from support.server import Server
    server = Server(settings, directory=tmp_path / "gatehouse")
    text = server.refuses_to_start()
    assert key in text, text
    assert "terminate" not in text and not server.data.exists()
