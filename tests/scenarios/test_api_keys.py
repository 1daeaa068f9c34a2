"""API keys (E14, AK rows, AZ-04, AZ-07, BF-08, SE-06)."""

import re
from datetime import timedelta
from email.utils import parsedate_to_datetime

import pytest

from support.concurrency import at_once
from support.server import milliseconds
from support.upstream import values

ID = "01890000-0000-7000-8000-000000000000"
INVALID = (401, "INVALID_TOKEN")
FORBIDDEN = (403, "INSUFFICIENT_PERMISSIONS")
ROLES = ["viewer", "editor", "admin"]


def make_key(person, **members):
    """(the key's text, its record) of a new key of this person."""
    answer = person.post("/api-keys", {"name": "ci", **members})
    assert answer.status == 201, answer
    return answer.data["key"], answer.data["apiKey"]


def by_key(server, key, method="GET", path="/profile", source=None, **kw):
    return server.client(source=source).request(method, path, headers=[("X-API-Key", key)], **kw)


def time_ahead(server, ahead):
    """An RFC 3339 time so far ahead of the server's clock, by what it says the time is."""
    now = parsedate_to_datetime(server.client().get("//healthz").header("Date"))
    return (now + timedelta(milliseconds=milliseconds(ahead))).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def audit(server, action):
    return server.rows("SELECT * FROM audit_entries WHERE action = ? ORDER BY seq", action)


# ---------------------------------------------------------------- E14: their life

def test_E14_a_key_is_shown_once_and_acts_for_its_owner(server):
    person = server.person()
    answer = person.post("/api-keys", {"name": "deploy"})
    assert answer.status == 201 and set(answer.data) == {"apiKey", "key"}
    key, record = answer.data["key"], answer.data["apiKey"]
    assert record == {**record, "name": "deploy", "role": "viewer", "networks": [], "expiresAt": None,
                      "lastUsedAt": None, "prefix": key[:12]}
    assert set(record) == {"id", "name", "prefix", "role", "networks", "createdAt", "expiresAt", "lastUsedAt"}
    assert answer.header("Cache-Control") == "no-store"
    profile = by_key(server, key)
    assert profile.status == 200
    assert profile.data == {"user": person.get("/profile").data["user"], "session": None}
    listed = person.get("/api-keys")
    assert [k["id"] for k in listed.data] == [record["id"]] and key not in listed.body.decode()


def test_E14_a_revoked_key_is_refused_by_the_next_request(server):
    person = server.person()
    key, record = make_key(person)
    client = server.client()
    assert client.get("/profile", headers=[("X-API-Key", key)]).status == 200
    assert person.delete(f"/api-keys/{record['id']}").status == 200
    for _ in range(20):  # whichever worker it is that answers
        assert by_key(server, key).outcome == INVALID
    assert client.get("/profile", headers=[("X-API-Key", key)]).outcome == INVALID, "on the same connection too"
    assert person.delete(f"/api-keys/{record['id']}").outcome == (404, "NOT_FOUND")
    assert person.get("/api-keys").data == []
    assert [len(audit(server, a)) for a in ("CREATE_API_KEY", "REVOKE_API_KEY")] == [1, 1]
    entry = audit(server, "REVOKE_API_KEY")[0]
    assert entry["actor_id"] == person.id and entry["entity_id"] == record["id"] and entry["entity_type"] == "api_key"


def test_E14_keys_outlive_logouts_and_restarts(server):
    person = server.person()
    key, _ = make_key(person)
    person.delete("/sessions")
    assert person.get("/profile").status == 401
    assert by_key(server, key).status == 200
    server.restart()
    assert by_key(server, key).status == 200


def test_E14_the_list_has_pages_and_cursors(server):
    person = server.person()
    ids = []
    for i in range(5):
        server.advance(2)  # ids of one millisecond are in no order
        ids.append(make_key(person, name=f"k{i}")[1]["id"])
    page = person.get("/api-keys?page=2&limit=2")
    assert [k["id"] for k in page.data] == ids[::-1][2:4]
    assert page.json["meta"] == {"page": 2, "limit": 2, "total": 5, "totalPages": 3}
    seen, cursor = [], ""
    while cursor is not None:
        part = person.get(f"/api-keys?limit=2&sort=createdAt&cursor={cursor}")
        seen += [k["id"] for k in part.data]
        cursor = part.json["meta"]["nextCursor"]
    assert seen == ids
    for bad in ("limit=0", "limit=101", "page=0", "sort=name", "role=viewer", "cursor=x"):
        assert person.get(f"/api-keys?{bad}").outcome == (400, "VALIDATION_FAILED"), bad


@pytest.mark.parametrize("body, field, code", [
    ({}, "name", "required"), ({"name": ""}, "name", "too_short"), ({"name": "x" * 101}, "name", "too_long"),
    ({"name": 1}, "name", "wrong_type"), ({"name": "a", "role": "owner"}, "role", "unknown_value"),
    ({"name": "a", "expiresAt": "tomorrow"}, "expiresAt", "invalid_value"),
    ({"name": "a", "expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt", "invalid_value"),
    ({"name": "a", "networks": "10.0.0.0/8"}, "networks", "wrong_type"),
    ({"name": "a", "networks": ["10.0.0.1/8"]}, "networks", "invalid_value"),
    ({"name": "a", "networks": ["10.0.0.1"] * 17}, "networks", "too_many"),
    ({"name": "a", "key": "ghk_mine"}, "key", "unknown_field"),
    ({"name": "a", "plan": "paid"}, "plan", "unknown_field"),
])
def test_E14_what_a_key_cannot_be_is_refused(server, body, field, code):
    person = server.person()
    answer = person.post("/api-keys", body)
    assert answer.outcome == (400, "VALIDATION_FAILED")
    assert [(e["field"], e["code"]) for e in answer.json["errors"]] == [(field, code)]
    assert server.rows("SELECT * FROM api_keys") == [] and audit(server, "CREATE_API_KEY") == []


def test_E14_every_wrong_field_is_named_at_once(server):
    answer = server.person().post("/api-keys", {"role": "owner", "expiresAt": "x", "networks": [1], "more": 1})
    assert {e["field"] for e in answer.json["errors"]} == {"name", "role", "expiresAt", "networks", "more"}


def test_E14_a_hundred_live_keys_and_not_one_more(server):
    person = server.person()
    for i in range(99):
        record = make_key(person, name=f"k{i}")[1]
    answers = at_once(4, lambda _: server.client(token=person.access_token).post("/api-keys", {"name": "last"}))
    assert sorted(a.status for a in answers) == [201, 409, 409, 409], "also when they come at once"
    assert person.post("/api-keys", {"name": "over"}).outcome == (409, "CONFLICT")
    assert len(server.rows("SELECT * FROM api_keys")) == 100
    assert person.delete(f"/api-keys/{record['id']}").status == 200
    assert person.post("/api-keys", {"name": "again"}).status == 201


def test_E14_an_administrator_makes_and_revokes_keys_for_a_user(server):
    person, other = server.person(role="editor"), server.person()
    path = f"/users/{person.id}/api-keys"
    made = server.admin.post(path, {"name": "for them", "role": "viewer"})
    assert made.status == 201
    key, record = made.data["key"], made.data["apiKey"]
    assert by_key(server, key).data["user"]["id"] == person.id
    for listed in (server.admin.get(path), person.get("/api-keys")):
        assert [k["id"] for k in listed.data] == [record["id"]]
    created = audit(server, "CREATE_API_KEY")[0]
    assert created["actor_id"] == server.admin.id and person.id in created["metadata"]
    assert server.admin.post(path, {"name": "more", "role": "admin"}).outcome == FORBIDDEN, "above the user's own role"
    wrong_owner = f"/users/{other.id}/api-keys/{record['id']}"
    assert server.admin.delete(wrong_owner).outcome == (404, "NOT_FOUND")
    assert by_key(server, key).status == 200
    assert server.admin.delete(f"{path}/{record['id']}").status == 200
    assert by_key(server, key).outcome == INVALID
    for unknown in (ID, "x"):
        assert server.admin.post(f"/users/{unknown}/api-keys", {"name": "a"}).outcome == (404, "NOT_FOUND")
    for method, where in (("GET", path), ("POST", path), ("DELETE", f"{path}/{record['id']}")):
        assert other.request(method, where, json={"name": "a"} if method == "POST" else None).outcome == FORBIDDEN
        assert person.request(method, where, json={"name": "a"} if method == "POST" else None).outcome == FORBIDDEN


def test_E14_limits_count_by_key_and_by_address_without_one(start, upstream):
    limit = {"name": "keys", "on": ["GET /things"], "key": "api-key", "limit": 3, "window": "1m"}
    server = start({**upstream.settings(("GET /things", "public")), "limit": [limit]})
    person = server.person()
    one, other = make_key(person)[0], make_key(person)[0]
    statuses = lambda key: [by_key(server, key, path="//things").status for _ in range(4)]  # noqa: E731
    assert statuses(one) == [200, 200, 200, 429]
    assert statuses(other) == [200, 200, 200, 429], "another key has its own"
    assert [server.client().get("//things").status for _ in range(4)] == [200, 200, 200, 429], "the address"
    assert person.get("//things").status == 429, "a session has no key: the address"


def test_E14_a_limit_by_the_users_plan_and_role_holds_for_keys(start):
    limit = {"name": "plans", "on": ["all"], "key": "user", "limit": 1000, "window": "1m", "skip_roles": ["admin"],
             "tiers": {"by": "plan", "free": 2, "paid": 4}}
    server = start({"limit": [limit]})
    admin_key = make_key(server.admin)[0]
    viewer_key_of_admin = make_key(server.admin, role="viewer")[0]
    assert {by_key(server, admin_key).status for _ in range(8)} == {200}
    assert [by_key(server, viewer_key_of_admin).status for _ in range(3)] == [200, 200, 429], "not an admin's key"


def test_E14_open_endpoints_take_no_notice_of_a_key(server):
    person = server.person()
    key = [("X-API-Key", make_key(person)[0])]
    login = server.client().post("/auth/login", {"email": person.email, "password": person.password}, headers=key)
    assert login.status == 200
    wrong = server.client().post("/auth/login", {"email": person.email, "password": "wrong-password-1"}, headers=key)
    assert wrong.outcome == (401, "INVALID_CREDENTIALS")
    assert server.client().get("/auth/policy", headers=key).status == 200
    assert server.client().post("/auth/forgot-password", {"email": person.email}, headers=key).status in (202, 404)
    assert server.client().post("/auth/otp/request", {"email": person.email, "purpose": "login"},
                                headers=key).status == 202
    assert server.client().post("/auth/logout", headers=key).status == 200
    assert by_key(server, key[0][1]).status == 200


# ---------------------------------------------------------------- AK-01: what is kept

def test_AK01_the_store_and_the_log_never_have_a_key(server):
    person = server.person()
    key, record = make_key(person)
    assert re.fullmatch(r"ghk_[A-Za-z0-9_-]{48}", key), "192 random bits, a tag and a checksum"
    assert by_key(server, key).status == 200
    by_key(server, key[:-1] + ("A" if key[-1] != "A" else "B"))
    server.advance("2m")
    secret = key[len(record["prefix"]):]
    assert secret.encode() not in server.stored_bytes()
    server.settle_log()
    assert secret not in server.transcript()
    row = server.rows("SELECT hash FROM api_keys")[0]
    assert re.fullmatch(r"[0-9a-f]{64}", row["hash"])


def test_AK01_what_is_no_key_is_refused(server):
    person = server.person()
    key, _ = make_key(person)
    for wrong in ("", "x", "ghk_", key[:-1], key + "A", key.lower(), "ghk_" + "A" * 48, f"Bearer {key}",
                  key.replace("ghk_", "gho_")):
        assert by_key(server, wrong).outcome == INVALID, wrong
    assert by_key(server, key).status == 200


# ---------------------------------------------------------------- AK-02: what a key may

def test_AK02_expiry_to_the_moment(server):
    person = server.person()
    date = time_ahead(server, "1h")
    key, record = make_key(person, expiresAt=date)
    assert record["expiresAt"] == date
    server.advance("55m")
    assert by_key(server, key).status == 200
    server.advance("6m")
    assert by_key(server, key).outcome == INVALID
    listed = person.log_in().get("/api-keys").data
    assert [k["id"] for k in listed] == [record["id"]], "it is still there to be seen"


def test_AK02_another_source_address_is_refused(server):
    person = server.person()
    key, record = make_key(person, networks=["127.0.0.8/30", "2001:db8::/32"])
    assert record["networks"] == ["127.0.0.8/30", "2001:db8::/32"]
    for good in ("127.0.0.8", "127.0.0.11"):
        assert by_key(server, key, source=good).status == 200
    for bad in ("127.0.0.7", "127.0.0.12"):
        assert by_key(server, key, source=bad).outcome == (403, "ADDRESS_NOT_ALLOWED")
    forged = [("X-API-Key", key), ("X-Forwarded-For", "127.0.0.8")]
    assert server.client(source="127.0.0.7").get("/profile", headers=forged).outcome == (403, "ADDRESS_NOT_ALLOWED")


def test_AK02_the_last_use_is_recorded_and_moves_once_a_minute(server):
    person = server.person()
    key, _ = make_key(person)
    last = lambda: server.rows("SELECT last_used_at FROM api_keys")[0]["last_used_at"]  # noqa: E731
    server.advance("1s")
    assert last() is None
    by_key(server, key)
    server.advance("1s")
    first = last()
    assert first is not None and person.get("/api-keys").data[0]["lastUsedAt"] is not None
    by_key(server, key)
    server.advance("2s")
    assert last() == first
    server.advance("1m")
    by_key(server, key)
    server.advance("1s")
    assert last() >= first + 60_000


def test_AK02_a_use_just_before_a_stop_is_not_forgotten(server):
    key, _ = make_key(server.person())
    by_key(server, key)
    server.stop()
    assert server.rows("SELECT last_used_at FROM api_keys")[0]["last_used_at"] is not None


@pytest.mark.parametrize("role", ROLES)
def test_AK02_a_key_may_what_its_role_may_and_no_more(start, upstream, role):
    server = start(upstream.settings(("GET /edit", ["editor", "admin"]), ("GET /admin", "admin"), ("GET /any", "user")))
    key, _ = make_key(server.admin, role=role)
    rank = ROLES.index(role)
    for path, least in (("//any", 0), ("//edit", 1), ("//admin", 2), ("/users", 2), (f"/users/{ID}", 2)):
        outcome = by_key(server, key, path=path).outcome
        if rank >= least:
            assert outcome[0] in (200, 404), (role, path, outcome)
        else:
            assert outcome == FORBIDDEN, (role, path)
    assert upstream.count == 1 + rank
    request = upstream.requests[-1]
    assert values(request, "X-User-Role") == [role] and values(request, "X-User-Id") == [server.admin.id]
    assert values(request, "X-User-Plan") == ["free"]
    assert values(request, "X-Session-Id") == [] and values(request, "X-API-Key") == []


def test_AK02_an_owner_whose_role_falls_takes_the_keys_along_at_once(start, upstream):
    server = start(upstream.settings(("GET /edit", "editor")))
    person = server.person(role="editor")
    key, record = make_key(person)
    assert by_key(server, key, path="//edit").status == 200
    server.admin.set_role(person, "viewer")
    for _ in range(10):
        assert by_key(server, key, path="//edit").outcome == FORBIDDEN
    server.admin.set_role(person, "admin")
    assert by_key(server, key, path="/users").outcome == FORBIDDEN, "and never rises above its own"
    assert by_key(server, key, path="//edit").status == 200


def test_AK02_a_plan_is_always_the_owners(start, upstream):
    server = start(upstream.settings(("GET /any", "user")))
    person = server.person()
    key, _ = make_key(person)
    by_key(server, key, path="//any")
    server.admin.set_plan(person, "paid")
    by_key(server, key, path="//any")
    assert [values(r, "X-User-Plan") for r in upstream.requests] == [["free"], ["paid"]]


# ---------------------------------------------------------------- BF-08, SE-06: they die with their owner

def test_BF08_a_disabled_users_keys_are_refused_at_once_and_make_nothing(server):
    person = server.person()
    key, _ = make_key(person)
    assert by_key(server, key).status == 200
    server.admin.set_disabled(person)
    for _ in range(20):
        assert by_key(server, key).outcome == INVALID
    assert server.admin.post(f"/users/{person.id}/api-keys", {"name": "new"}).outcome == (404, "NOT_FOUND")
    server.admin.set_disabled(person, False)
    assert by_key(server, key).status == 200, "only suspended"


def test_SE06_a_deleted_users_keys_are_dead_for_good(server):
    person = server.person()
    key, _ = make_key(person)
    assert by_key(server, key).status == 200
    assert person.delete("/auth/me").status == 200
    for _ in range(20):
        assert by_key(server, key).outcome == INVALID
    assert server.rows("SELECT 1 FROM api_keys WHERE revoked_at IS NULL") == []
    server.restart()
    assert by_key(server, key).outcome == INVALID


# ---------------------------------------------------------------- AK-03: in the header alone

def test_AK03_a_key_in_the_url_is_no_credential_and_is_not_logged(start, upstream):
    server = start(upstream.settings(("GET /any", "user")))
    person = server.person()
    key, _ = make_key(person)
    for name in ("api_key", "apikey", "key", "X-API-Key", "access_token", "token"):
        for path in ("/profile", "/users", "//any"):
            assert server.client().get(f"{path}?{name}={key}").outcome == (401, "AUTHENTICATION_REQUIRED"), (name, path)
    assert server.client().get("/profile", cookie=f"X-API-Key={key}").outcome == (401, "AUTHENTICATION_REQUIRED")
    assert person.get(f"/api-keys?api_key={key}").outcome == (400, "VALIDATION_FAILED")
    assert upstream.count == 0
    server.settle_log()
    assert key not in server.transcript()
    assert all(key not in str(row) for row in server.rows("SELECT * FROM audit_entries"))


# ---------------------------------------------------------------- AK-04, AZ-04: who may make one

def test_AK04_the_owner_is_who_asks_whatever_the_body_says(server):
    person, victim = server.person(), server.person()
    for member in ("userId", "user_id", "user", "owner", "ownerId"):
        body = {"name": "a", member: victim.id}
        assert person.post("/api-keys", body).outcome == (400, "VALIDATION_FAILED"), member
        assert server.client().post("/api-keys", body).outcome == (401, "AUTHENTICATION_REQUIRED"), member
    assert server.client().post("/api-keys", {"name": "a"}).outcome == (401, "AUTHENTICATION_REQUIRED")
    assert server.client().post(f"/users/{victim.id}/api-keys", {"name": "a"}).status == 401
    assert person.post(f"/users/{victim.id}/api-keys", {"name": "a"}).outcome == FORBIDDEN
    assert server.rows("SELECT * FROM api_keys") == []


def test_AK04_others_keys_do_not_exist(server):
    person, other = server.person(), server.person()
    key, record = make_key(person)
    for id in (record["id"], ID, "x", person.id):
        assert other.delete(f"/api-keys/{id}").outcome == (404, "NOT_FOUND")
    assert other.get("/api-keys").data == []
    assert by_key(server, key).status == 200


@pytest.mark.parametrize("own", ROLES)
def test_AZ04_no_key_has_a_role_above_its_makers(server, own):
    person = server.person(role=own)
    for wanted in ROLES:
        outcome = person.post("/api-keys", {"name": "a", "role": wanted}).outcome
        if ROLES.index(wanted) <= ROLES.index(own):
            assert outcome == (201, None)
        else:
            assert outcome == FORBIDDEN
    stored = {row["role"] for row in server.rows("SELECT role FROM api_keys")}
    assert stored == set(ROLES[:ROLES.index(own) + 1])


@pytest.mark.parametrize("own", ROLES)
def test_AZ04_a_key_makes_no_credentials_and_ends_none(server, own):
    person = server.person(role=own)
    key, record = make_key(person)
    for method, path, body in (
            ("POST", "/api-keys", {"name": "child"}), ("GET", "/api-keys", None),
            ("DELETE", f"/api-keys/{record['id']}", None),
            ("POST", f"/users/{person.id}/api-keys", {"name": "child"}), ("GET", f"/users/{person.id}/api-keys", None),
            ("DELETE", f"/users/{person.id}/api-keys/{record['id']}", None),
            ("GET", "/sessions", None), ("DELETE", "/sessions", None),
            ("DELETE", f"/sessions/{person.session['id']}", None),
            ("DELETE", "/auth/me", None)):
        assert by_key(server, key, method, path, json=body).outcome == FORBIDDEN, (method, path)
    assert len(server.rows("SELECT * FROM api_keys")) == 1
    assert person.get("/profile").status == 200 and by_key(server, key).status == 200


def test_AZ07_an_administrators_key_does_what_its_role_may_without_csrf(server):
    person = server.person()
    key, _ = make_key(server.admin)
    assert by_key(server, key, path="/users").status == 200
    assert by_key(server, key, path=f"/users/{person.id}").data["user"]["id"] == person.id
    assert by_key(server, key, "PUT", f"/users/{person.id}/plan", json={"plan": "paid"}).status == 200
    assert by_key(server, key, "PUT", f"/users/{person.id}/role", json={"role": "editor"}).status == 200
    assert by_key(server, key, "PUT", f"/users/{person.id}/disabled", json={"disabled": True}).status == 200
    assert person.get("/profile").status == 401
    assert by_key(server, key, path="/audit").data[0]["actor"]["id"] == server.admin.id
    lesser, _ = make_key(server.admin, role="editor")
    assert by_key(server, lesser, path="/audit").outcome == FORBIDDEN
    for path, body in (("plan", {"plan": "free"}), ("role", {"role": "admin"}), ("disabled", {"disabled": False})):
        assert by_key(server, lesser, "PUT", f"/users/{person.id}/{path}", json=body).outcome == FORBIDDEN
    assert by_key(server, lesser, path=f"/users/{server.admin.id}").status == 200, "oneself"


def test_AZ07_the_addresses_of_administrators_hold_for_their_keys(start):
    server = start({"server": {"admin_allow": ["127.0.0.1/32"]}})
    key, _ = make_key(server.admin)
    assert by_key(server, key, path="/users").status == 200
    assert by_key(server, key, path="/users", source="127.0.0.2").outcome == (403, "ADDRESS_NOT_ALLOWED")
    assert by_key(server, key, source="127.0.0.2").status == 200
