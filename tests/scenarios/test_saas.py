"""Scenario B: an open API gets locked down (B02, B03, B08 to B11, B17)."""

import time

import pytest

from support.people import PASSWORD
from support.server import Server
from support.upstream import values

POLICY = (
    ("GET /projects", "user"),
    ("POST /projects", ["editor", "admin"]),
    ("DELETE /projects/:id", "admin"),
    ("GET /analytics", "admin"),
    ("GET /public/status", "public"),
)


@pytest.fixture
def saas(start, upstream):
    server = start(upstream.settings(*POLICY))
    server.upstream = upstream
    return server


def log_in(server, email, password=PASSWORD, **kw):
    return server.client(**kw).post("/auth/login", {"email": email, "password": password, "transport": "bearer"})


# ---------------------------------------------------------------- B02: secrets at rest

def test_B02_no_secret_is_stored_in_the_clear(server):
    """Everything that was a secret in this conversation, looked for in all files of the data folder."""
    person = server.person(password="plum-octave-lantern-63")
    browser = person.browser("cookie")
    refreshed = person.refresh().data
    anonymous = server.client(jar=True)
    csrf = anonymous.get("/auth/csrf-token").data["csrfToken"]
    secrets = {
        "password": "plum-octave-lantern-63", "access token": person.access_token,
        "its signature": person.access_token.split(".")[2], "refresh token": person.refresh_token,
        "its successor": refreshed["refreshToken"], "access cookie": browser.cookies["accessToken"],
        "refresh cookie": browser.cookies["refreshToken"], "CSRF token": browser.csrf, "CSRF token before login": csrf,
        "pre-session": anonymous.cookies["preSession"], "admin's password": "correct-horse-battery-9",
    }
    server.stop()  # everything is written, the write-ahead log included
    kept = server.stored_bytes()
    assert b"$argon2id$" in kept and person.id.encode() in kept, "the search looks in the right place"
    for name, secret in secrets.items():
        assert secret.encode() not in kept, f"the {name} is in the store"


def test_B02_a_copy_of_the_store_alone_opens_nothing(start, tmp_path):
    server = start()
    person = server.person()
    server.stop()
    thief = start({"server": {"public_url": "http://127.0.0.1:8080"}})
    thief.stop()
    for name in ("gatehouse.db", "gatehouse.db-wal", "gatehouse.db-shm"):
        (thief.data / name).unlink(missing_ok=True)
    (thief.data / "gatehouse.db").write_bytes((server.data / "gatehouse.db").read_bytes())
    assert "master" in thief.refuses_to_start()
    server.start()
    assert person.refresh().status == 200


# ---------------------------------------------------------------- B03: login tells nothing

def comparable(answer):
    """Everything of an answer that could tell something: without the request's own id, the time and what is left of limits."""
    own = answer.request_id
    moving = ("X-Request-Id", "Date", "X-RateLimit-Remaining", "X-RateLimit-Reset", "RateLimit")
    fields = [(name, "" if name in moving else value) for name, value in answer.headers]
    return answer.status, fields, answer.body.replace(own.encode(), b"ID")


def test_B03_BF01_an_unknown_user_and_a_wrong_password_get_the_same_bytes(server):
    person, disabled, deleted = server.person(), server.person(), server.person()
    server.admin.set_disabled(disabled)
    deleted.delete("/auth/me")
    wrong = comparable(log_in(server, person.email, "not-the-password-1"))
    assert wrong[0] == 401 and b'"INVALID_CREDENTIALS"' in wrong[2]
    assert comparable(log_in(server, "nobody@example.org", "not-the-password-1")) == wrong
    assert comparable(log_in(server, disabled.email, "not-the-password-1")) == wrong
    assert comparable(log_in(server, deleted.email, "not-the-password-1")) == wrong
    by_name = {"username": "nobody", "password": "not-the-password-1"}
    assert comparable(server.client().post("/auth/login", by_name)) == wrong


def test_B03_an_unverified_account_is_told_so_only_with_the_right_password(start):
    server = start({"registration": {"verify_email": True}})
    client = server.client()
    client.post("/auth/register", {"email": "new@example.org", "password": PASSWORD})
    unknown = comparable(log_in(server, "nobody@example.org", "not-the-password-1"))
    assert comparable(log_in(server, "new@example.org", "not-the-password-1")) == unknown
    answer = log_in(server, "new@example.org")
    assert answer.outcome == (403, "EMAIL_NOT_VERIFIED")
    assert not answer.set_cookies() and b"accessToken" not in answer.body
    assert server.rows("SELECT id FROM sessions") == []


def test_B03_a_disabled_account_is_told_so_only_with_the_right_password(server):
    person = server.person()
    server.admin.set_disabled(person)
    assert log_in(server, person.email).outcome == (403, "ACCOUNT_DISABLED")
    assert log_in(server, person.email, "not-the-password-1").outcome == (401, "INVALID_CREDENTIALS")


def test_B03_an_unknown_user_costs_a_password_hash_as_well(server):
    """Without the hash the answer comes in well under a millisecond; with it nothing is faster than half of the other."""
    person = server.person()

    def fastest(email):
        client = server.client()
        times = []
        for _ in range(9):
            begun = time.perf_counter()
            assert client.post("/auth/login", {"email": email, "password": "not-the-password-1"}).status == 401
            times.append(time.perf_counter() - begun)
        return min(times)

    assert fastest("nobody@example.org") > fastest(person.email) / 2


# ---------------------------------------------------------------- B08, B10, B11: who may what

def test_B08_the_bearer_token_is_read_from_the_header_alone(saas):
    person = saas.person()
    assert person.get("//projects").status == 200
    assert saas.client().get(f"//projects?access_token={person.access_token}").outcome == (401, "AUTHENTICATION_REQUIRED")
    for scheme in ("bearer", "BEARER"):
        answer = saas.client().get("//projects", headers=[("Authorization", f"{scheme} {person.access_token}")])
        assert answer.status == 200, "the scheme's name has no case (RFC 9110 §11.1)"
    for value in (person.access_token, f"Basic {person.access_token}", f"Token {person.access_token}", "Bearer", "Bearer "):
        answer = saas.client().get("//projects", headers=[("Authorization", value)])
        assert answer.outcome == (401, "AUTHENTICATION_REQUIRED"), value


def test_B08_two_authorization_headers_are_refused(saas):
    person, other = saas.person(), saas.person()
    headers = [("Authorization", f"Bearer {token}") for token in (person.access_token, other.access_token)]
    assert saas.client().get("//projects", headers=headers).outcome == (401, "INVALID_TOKEN")
    assert saas.upstream.count == 0


def test_B08_a_role_guards_a_route(saas):
    viewer, editor = saas.person(), saas.person(role="editor")
    body = {"json": {"name": "x"}}
    assert viewer.post("//projects", **body).outcome == (403, "INSUFFICIENT_PERMISSIONS")
    assert saas.upstream.count == 0
    assert editor.post("//projects", **body).status == 200
    assert saas.admin.post("//projects", **body).status == 200
    assert saas.upstream.count == 2


def test_B10_the_whole_table_for_every_role(saas):
    callers = {"public": saas.client(), "viewer": saas.person(), "editor": saas.person(role="editor"),
               "admin": saas.admin}
    expected = {  # in the order of the callers
        ("GET", "//projects"): (401, 200, 200, 200),
        ("HEAD", "//projects"): (401, 200, 200, 200),
        ("POST", "//projects"): (401, 403, 200, 200),
        ("DELETE", "//projects/7"): (401, 403, 403, 200),
        ("GET", "//analytics"): (401, 403, 403, 200),
        ("GET", "//public/status"): (200, 200, 200, 200),
        ("GET", "//projects/7"): (404, 404, 404, 404),   # no row says anything about these
        ("PUT", "//projects"): (404, 404, 404, 404),
        ("GET", "//projects/7/x"): (404, 404, 404, 404),
        ("GET", "//public"): (404, 404, 404, 404),
        ("POST", "//public/status"): (404, 404, 404, 404),
    }
    for (method, path), statuses in expected.items():
        for (role, caller), status in zip(callers.items(), statuses):
            before = saas.upstream.count
            assert caller.request(method, path).status == status, (role, method, path)
            assert saas.upstream.count - before == (1 if status == 200 else 0), (role, method, path)


def test_B10_a_reload_changes_the_table_at_once(saas):
    viewer = saas.person()
    assert viewer.get("//analytics").status == 403
    saas.settings["route"][3]["allow"] = "user"
    assert saas.reload()["event"] == "reloaded"
    assert viewer.get("//analytics").status == 200


def test_B10_a_table_with_a_mistake_is_refused_and_the_old_one_stays(saas):
    viewer = saas.person()
    saas.settings["route"][3]["allow"] = "everybody"
    assert saas.reload()["event"] == "reload_refused"
    assert viewer.get("//analytics").outcome == (403, "INSUFFICIENT_PERMISSIONS")
    assert viewer.get("//projects").status == 200


def test_B11_the_three_refusals_have_their_own_words(saas):
    viewer = saas.person()
    none = saas.client().get("//analytics")
    assert (none.status, none.json["message"]) == (401, "Authentication required")
    assert none.header("WWW-Authenticate") == "Bearer"
    small = viewer.get("//analytics")
    assert (small.status, small.json["message"]) == (403, "Insufficient permissions")
    saas.advance("15m")
    old = viewer.get("//analytics")
    assert (old.status, old.json["message"]) == (401, "Token expired")
    assert old.header("WWW-Authenticate") == 'Bearer error="invalid_token"'
    assert saas.upstream.count == 0


def test_B11_nothing_internal_leaks(saas):
    viewer = saas.person()
    answers = [saas.client().get("//analytics"), viewer.get("//analytics"), saas.client().get("//nowhere"),
               saas.client(token="x.y.z").get("//projects"), viewer.post("/auth/login", body="{", headers=[
                   ("Content-Type", "application/json")]), viewer.get("/users")]
    for answer in answers:
        text = (answer.body.decode() + str(answer.headers)).lower()
        for word in ("sqlite", "select ", ".cpp", "exception", "/tmp", "analytics", "editor", "gatehouse/", "127.0.0.1"):
            assert word not in text, (word, answer)
        assert answer.header("Server") is None and answer.header("X-Powered-By") is None


def test_B11_a_bad_token_on_an_open_route_does_not_matter(saas):
    assert saas.client(token="x.y.z").get("//public/status").status == 200
    assert not values(saas.upstream.requests[0], "X-User-Id")


# ---------------------------------------------------------------- B17: the API behind

def test_B17_the_answer_of_the_api_comes_back_unchanged(start, upstream):
    body = bytes(range(256)) * 300
    upstream.answer = (b"HTTP/1.1 418 I'm a teapot\r\nContent-Type: application/x-tea\r\nX-Leaf: green\r\nSet-Cookie: a=1\r\n"
                       b"Set-Cookie: b=2\r\nContent-Length: %d\r\n\r\n" % len(body)) + body
    server = start(upstream.settings(("GET /tea", "user")))
    answer = server.person().get("//tea")
    assert (answer.status, answer.body) == (418, body)
    assert answer.header("Content-Type") == "application/x-tea" and answer.header("X-Leaf") == "green"
    assert answer.all("Set-Cookie") == ["a=1", "b=2"]
    assert answer.request_id


def test_B17_method_path_query_and_body_reach_the_api_as_sent(start, upstream):
    server = start(upstream.settings({"match": "ANY /api/*", "allow": "user"}))
    person = server.person()
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        body = None if method in ("GET", "DELETE") else "déjà vu".encode() * 1000
        answer = person.request(method, "//api/a/b?x=1&x=%20&y=a+b&z", body=body, headers=[("X-Own", "kept")])
        assert answer.status == 200, method
        received = upstream.requests[-1]
        assert received["method"] == method and received["target"] == "/api/a/b?x=1&x=%20&y=a+b&z"
        assert received["body"].encode("latin-1") == (body or b"")
        assert values(received, "X-Own") == ["kept"]


def test_B17_who_asks_is_told_by_gatehouse_alone(start, upstream):
    server = start(upstream.settings(("GET /me", "user"), ("GET /open", "public")))
    person = server.person()
    forged = [("X-User-Id", "root"), ("x-user-role", "admin"), ("X_User_Role", "admin"), ("X-USER-PLAN", "enterprise"),
              ("X-Session-Id", "1"), ("X-Forwarded-For", "10.1.1.1"), ("X-Real-IP", "10.1.1.1"), ("Forwarded", "for=10.1.1.1")]
    assert person.get("//me", headers=forged).status == 200
    received = upstream.requests[-1]
    assert values(received, "X-User-Id") == [person.id] and values(received, "X-User-Role") == ["viewer"]
    assert values(received, "X-User-Plan") == ["free"] and values(received, "X-Session-Id") == [person.session["id"]]
    assert values(received, "X_User_Role") == []
    assert server.client().get("//open", headers=forged).status == 200
    for name in ("X-User-Id", "X-User-Role", "X_User_Role", "X-User-Plan", "X-Session-Id"):
        assert values(upstream.requests[-1], name) == [], name
    for received in upstream.requests:
        assert "10.1.1.1" not in str(received["headers"])


def test_B17_credentials_stay_here_unless_the_route_says_otherwise(start, upstream):
    server = start(upstream.settings(("GET /a", "user"), {"match": "GET /b", "allow": "user", "forward_credentials": True}))
    person = server.person()
    browser = person.browser("cookie")
    browser.cookies["theme"] = "dark"
    person.get("//a")
    assert values(upstream.requests[-1], "Authorization") == []
    browser.get("//a")
    cookies = values(upstream.requests[-1], "Cookie")
    assert cookies == ["theme=dark"], "the API's own cookie, and none of ours"
    assert values(upstream.requests[-1], "X-CSRF-Token") == []
    person.get("//b")
    assert values(upstream.requests[-1], "Authorization") == [f"Bearer {person.access_token}"]


def test_B17_an_api_that_is_away_is_502_and_the_rest_works(start, upstream):
    server = start(upstream.settings(("GET /a", "user")))
    person = server.person()
    assert person.get("//a").status == 200
    upstream.close()
    assert person.get("//a").outcome == (502, "BAD_GATEWAY")
    assert person.get("/profile").status == 200


def test_B17_nothing_is_open_by_accident(start, upstream):
    server = start(upstream.settings())
    for path in ("//", "//api", "//x/y", "//index.html"):
        status = server.client().get(path).status
        assert status == (200 if path == "//" else 404), path
    assert upstream.count == 0


def test_B17_a_route_can_belong_to_the_user_in_its_path(start, upstream):
    server = start(upstream.settings(("GET /people/:id/files", ["owner:id", "admin"])))
    person, other = server.person(), server.person()
    assert person.get(f"//people/{person.id}/files").status == 200
    assert other.get(f"//people/{person.id}/files").outcome == (403, "INSUFFICIENT_PERMISSIONS")
    assert server.admin.get(f"//people/{person.id}/files").status == 200
    assert upstream.count == 2


def test_B17_a_route_takes_bodies_up_to_its_own_limit(start, upstream):
    server = start(upstream.settings({"match": "POST /up", "allow": "user", "body_limit": "64KiB"}))
    person = server.person()
    assert person.post("//up", body=b"x" * 65536).status == 200
    assert person.post("//up", body=b"x" * 65537).outcome == (413, "PAYLOAD_TOO_LARGE")
    assert upstream.count == 1


@pytest.mark.parametrize("route", [
    {"match": "GET /auth/login", "allow": "public"}, {"match": "GET /x", "allow": ["public", "admin"]},
    {"match": "GET /x", "allow": "editr"}, {"match": "GET /x/%2e", "allow": "user"},
])
def test_B17_a_route_that_cannot_mean_what_it_says_is_refused_at_start(tmp_path, upstream, route):
    if route["match"] == "GET /auth/login":
        route = {**route, "match": "GET {prefix}/auth/login"}
    text = Server(upstream.settings(route), directory=tmp_path / "g").refuses_to_start()
    assert "route" in text
