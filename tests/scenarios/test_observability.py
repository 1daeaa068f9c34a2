"""Rows of scenario E that hold for every answer: headers, CORS, sizes, the request log (E09 to E12), and WB-03 to WB-08."""

import json

import pytest

from support.client import raw
from support.people import PASSWORD

SECURITY = {
    "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
}
JSON_TYPE = [("Content-Type", "application/json")]
ORIGINS = ["https://app.example", "http://localhost:3000"]
CORS = {"cors": {"origins": ORIGINS}}


def any_status(server):
    """One answer of each kind."""
    client, person = server.client(), server.person()
    return {
        200: client.get("/auth/policy"), 201: client.post("/auth/register", {"email": "n@example.org", "password": PASSWORD}),
        400: client.post("/auth/login", {}), 401: client.get("/profile"), 403: person.get("/users"),
        404: client.get("//nothing"), 405: client.put("/auth/login"), 413: client.post("/auth/login", body="x" * 20000),
        415: server.client().post("/auth/login", body="x=1"), 414: server.client().get("//" + "x" * 20000),
        431: server.client().get("//", headers=[("X-Long", "x" * 40000)]),
    }


# ---------------------------------------------------------------- E09, WB-08

def test_E09_WB08_every_answer_carries_the_security_headers(server):
    for status, answer in any_status(server).items():
        assert answer.status == status, answer
        for name, value in SECURITY.items():
            assert answer.header(name) == value, (status, name)
        policy = answer.header("Content-Security-Policy")
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
        assert "camera=()" in answer.header("Permissions-Policy")
        assert answer.header("Cache-Control") == "no-store"
        assert answer.header("Strict-Transport-Security") is None, "only over TLS"


def test_E09_no_fingerprint_of_the_server(server):
    for answer in any_status(server).values():
        names = {name.lower() for name, _ in answer.headers}
        assert not names & {"server", "x-powered-by", "via", "x-version", "x-runtime"}
        assert b"atehouse" not in answer.body
    broken = raw(server.address, b"\x16\x03\x01\x02\x00\x01\x00")
    assert b"atehouse" not in broken.lower()


def test_E09_HSTS_behind_a_trusted_TLS_proxy(start):
    trusting = start({"server": {"trusted_proxies": ["127.0.0.1/32"]}})
    https = [("X-Forwarded-Proto", "https")]
    value = trusting.client().get("/auth/policy", headers=https).header("Strict-Transport-Security")
    age = int(value.split("max-age=")[1].split(";")[0])
    assert age >= 365 * 24 * 3600 and "includeSubDomains" in value
    assert trusting.client().get("/auth/policy").header("Strict-Transport-Security") is None
    assert start().client().get("/auth/policy", headers=https).header("Strict-Transport-Security") is None


def test_E09_errors_about_a_proxied_route_carry_them_too(start, upstream):
    server = start(upstream.settings(("GET /x", "admin"), ("GET /away", "public")))
    upstream.answer = b"nonsense\r\n\r\n"
    for answer in (server.client().get("//x"), server.client().get("//away")):
        assert answer.status in (401, 502)
        for name, value in SECURITY.items():
            assert answer.header(name) == value


# ---------------------------------------------------------------- E10, WB-05

def cors_fields(answer):
    return {name: value for name, value in answer.headers if name.lower().startswith("access-control-")}


def test_E10_a_listed_origin_gets_its_headers_with_credentials(start):
    server = start(CORS)
    for origin in ORIGINS:
        answer = server.client().get("/auth/policy", headers=[("Origin", origin)])
        assert answer.header("Access-Control-Allow-Origin") == origin
        assert answer.header("Access-Control-Allow-Credentials") == "true"
        assert "Origin" in answer.header("Vary")
    error = server.client().get("/profile", headers=[("Origin", ORIGINS[0])])
    assert error.status == 401 and error.header("Access-Control-Allow-Origin") == ORIGINS[0], "errors must be readable"


FOREIGN = ["https://evil.example", "https://app.example.evil.example", "https://evilapp.example", "https://sub.app.example",
           "http://app.example", "https://app.example:8443", "https://app.example/", "HTTPS://APP.EXAMPLE", "null", "*",
           "https://app.example https://evil.example", "", "http://localhost", "http://localhost:30000", "https://app.example."]


def test_E10_WB05_a_foreign_origin_gets_no_CORS_header(start):
    server = start(CORS)
    client = server.client()
    for origin in FOREIGN:
        answer = client.get("/auth/policy", headers=[("Origin", origin)])
        assert answer.status == 200 and cors_fields(answer) == {}, origin
        assert "Origin" in answer.header("Vary"), "a cache must not give it to a listed one"
        preflight = client.options("/auth/login", headers=[("Origin", origin), ("Access-Control-Request-Method", "POST")])
        assert cors_fields(preflight) == {}, origin


def test_E10_a_preflight_is_answered_before_any_login(start, upstream):
    server = start({**CORS, **upstream.settings(("PUT /x", "admin"))})
    for path in ("/auth/login", "/profile", "//x"):
        answer = server.client().options(path, headers=[
            ("Origin", ORIGINS[0]), ("Access-Control-Request-Method", "PUT"),
            ("Access-Control-Request-Headers", "authorization,content-type,x-csrf-token")])
        assert answer.status == 204 and answer.body == b""
        assert answer.header("Access-Control-Allow-Origin") == ORIGINS[0]
        assert "PUT" in answer.header("Access-Control-Allow-Methods")
        assert answer.header("Access-Control-Allow-Headers") == "authorization,content-type,x-csrf-token"
        assert int(answer.header("Access-Control-Max-Age")) == 600
    assert upstream.count == 0


def test_E10_by_default_no_origin_is_allowed(server):
    answer = server.client().get("/auth/policy", headers=[("Origin", "https://app.example")])
    assert answer.status == 200 and cors_fields(answer) == {}


def test_E10_the_APIs_own_CORS_headers_do_not_widen_ours(start, upstream):
    upstream.answer = (b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nAccess-Control-Allow-Credentials: true\r\n"
                       b"Content-Length: 2\r\n\r\nok")
    server = start({**CORS, **upstream.settings(("GET /x", "public"))})
    answer = server.client().get("//x", headers=[("Origin", "https://evil.example")])
    assert answer.status == 200 and "https://evil.example" not in str(answer.headers)
    listed = server.client().get("//x", headers=[("Origin", ORIGINS[0])])
    assert listed.all("Access-Control-Allow-Origin") == [ORIGINS[0]], "exactly one, and ours"


# ---------------------------------------------------------------- E11

def test_E11_bodies_are_limited_to_10_KiB(server):
    client = server.client()
    at_limit = json.dumps({"email": "a@example.org", "password": ""})
    at_limit = at_limit[:-2] + "x" * (10240 - len(at_limit)) + at_limit[-2:]
    assert len(at_limit) == 10240
    assert client.post("/auth/login", body=at_limit, headers=JSON_TYPE).status == 400, "read, and the password is too long"
    assert server.client().post("/auth/login", body=at_limit + " ", headers=JSON_TYPE).outcome == (413, "PAYLOAD_TOO_LARGE")


def test_E11_chunks_do_not_get_round_it(server):
    chunk = b"400\r\n" + b"x" * 1024 + b"\r\n"
    head = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = raw(server.address, head + chunk * 11 + b"0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_E11_a_length_that_is_too_large_is_refused_before_the_body_comes(server):
    head = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 999999999\r\n\r\n"
    assert raw(server.address, head).startswith(b"HTTP/1.1 413 ")


def test_E11_the_limit_is_settable(start):
    server = start({"server": {"body_limit": "1KiB"}})
    assert server.client().post("/auth/login", body="{" + " " * 1024, headers=JSON_TYPE).status == 413


# ---------------------------------------------------------------- E12

def test_E12_one_structured_line_a_request(server):
    person = server.person()
    answer = person.get("/profile?x=1")
    server.settle_log()
    line, = [e for e in server.log() if e.get("event") == "request" and e["id"] == answer.request_id]
    assert line["method"] == "GET" and line["path"] == "/api/v1/profile" and line["status"] == answer.status
    assert line["user"] == person.id and line["client"] == "127.0.0.1" and line["route"] == "GET /api/v1/profile"
    assert line["duration_us"] >= 0 and line["bytes"] == len(answer.body) and line["time"].endswith("Z")
    refused = server.client().get("//nothing")
    server.settle_log()
    line, = [e for e in server.log() if e.get("event") == "request" and e["id"] == refused.request_id]
    assert line["status"] == 404 and line["code"] == "NOT_FOUND" and "user" not in line


def test_E12_no_secret_is_ever_logged(start, upstream):
    server = start({**upstream.settings(("GET /x", "user")), "log": {"level": "debug"}})
    person = server.person(password="zither-canyon-lamp-88")
    browser = person.browser("cookie")
    client = server.client()
    client.get("/profile", headers=[("Authorization", "Basic dXNlcjpzZWNyZXQtY2FuYXJ5")])
    client.get(f"/profile?access_token={person.access_token}&x=canary-in-query")
    client.post("/auth/login", {"email": person.email, "password": "canary-wrong-password"})
    client.post("/auth/login", body='{"password": "canary-broken-json', headers=JSON_TYPE)
    client.post("/auth/register", {"email": "canary-no-address", "password": "canary-short"})
    refreshed = person.refresh().data
    client.post("/auth/refresh", {"refreshToken": "ghr_canary"})
    browser.get("//x", headers=[("X-Own", "canary-header")])
    browser.post("/auth/refresh")
    browser.csrf = "canary-csrf"
    browser.post("/auth/logout")
    server.stop()
    log = server.transcript()
    assert person.id in log, "the search looks in the right place"
    for secret in ("zither-canyon-lamp-88", person.access_token, person.refresh_token, refreshed["refreshToken"],
                   refreshed["accessToken"], *browser.cookies.values(), "canary", "dXNlcjpzZWNyZXQ", "argon2id"):
        assert secret not in log, secret


def test_E12_a_request_id_comes_from_a_trusted_proxy_alone(start):
    given = [("X-Request-Id", "0123456789abcdef0123456789abcdef")]
    plain, trusting = start(), start({"server": {"trusted_proxies": ["127.0.0.1"]}})
    assert plain.client().get("//", headers=given).request_id != given[0][1]
    assert trusting.client().get("//", headers=given).request_id == given[0][1]
    for bad in ("a b", "x" * 300, 'a"b', "é"):
        answer = trusting.client().get("//", headers=[("X-Request-Id", bad.encode("latin-1"))])
        assert answer.status == 200 and answer.request_id != bad


def test_E12_every_request_has_an_id_of_its_own(server):
    client = server.client()
    ids = {client.get("//healthz").request_id for _ in range(50)}
    assert len(ids) == 50


# ---------------------------------------------------------------- WB-03, WB-04

@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
                                          None, "application/json-patch+json", "application/jsonx", "text/json"])
def test_WB03_only_JSON_is_read_as_JSON(server, content_type):
    body = json.dumps({"email": "n@example.org", "password": PASSWORD})
    headers = [("Content-Type", content_type)] if content_type else []
    answer = server.client().post("/auth/register", body=body, headers=headers)
    assert answer.outcome == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert server.rows("SELECT id FROM users WHERE role <> 'admin'") == []


def test_WB03_JSON_may_name_its_charset_and_nothing_may_be_compressed(server):
    body = json.dumps({"email": "n@example.org", "password": PASSWORD})
    gzip = [("Content-Type", "application/json"), ("Content-Encoding", "gzip")]
    assert server.client().post("/auth/register", body=body, headers=gzip).status == 415
    twice = [("Content-Type", "application/json"), ("Content-Type", "text/plain")]
    assert server.client().post("/auth/register", body=body, headers=twice).status in (400, 415)
    named = [("Content-Type", "Application/JSON; charset=utf-8")]
    assert server.client().post("/auth/register", body=body, headers=named).status == 201


def test_WB04_AZ06_GET_and_HEAD_change_nothing(server):
    person = server.person()
    before = [server.rows("SELECT * FROM users ORDER BY id"), server.rows("SELECT id, generation, revoked_at FROM sessions")]
    mutating = ["/auth/register", "/auth/login", "/auth/refresh", "/auth/logout", "/auth/me",
                f"/sessions/{person.session['id']}", f"/users/{person.id}/role", f"/users/{person.id}/plan",
                f"/users/{person.id}/disabled"]
    for path in mutating:
        for method in ("GET", "HEAD"):
            for override in ([], [("X-HTTP-Method-Override", "POST")], [("X-HTTP-Method", "DELETE")],
                             [("X-Method-Override", "PUT")]):
                answer = server.admin.request(method, path, headers=override)
                assert answer.status in (404, 405), (method, path)
        answer = server.admin.get(f"{path}?_method=DELETE")
        assert answer.status in (404, 405)
        if answer.status == 405:
            assert "GET" not in answer.header("Allow").split(", ")
    after = [server.rows("SELECT * FROM users ORDER BY id"), server.rows("SELECT id, generation, revoked_at FROM sessions")]
    assert before[0] == after[0]
    assert {row["id"]: row for row in before[1]}.items() <= {row["id"]: row for row in after[1]}.items()
    assert person.get("/profile").status == 200
