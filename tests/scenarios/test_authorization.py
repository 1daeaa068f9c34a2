"""Who may do what (AZ rows)."""

import pytest

from support.concurrency import at_once

ID = "01890000-0000-7000-8000-000000000000"

# Every endpoint of this version with the least role that it wants. A row that is missing here shows in AZ-01's test
# of unknown paths only; one that is wrong shows in the matrix.
ENDPOINTS = [
    ("GET", "//", "open"), ("GET", "//healthz", "open"), ("GET", "//readyz", "open"),
    ("GET", "//.well-known/jwks.json", "open"), ("GET", "//problems/not-found", "open"), ("GET", "/auth/policy", "open"),
    ("POST", "/auth/register", "open"), ("POST", "/auth/login", "open"), ("GET", "/auth/csrf-token", "open"),
    ("GET", "/profile", "user"), ("GET", "/sessions", "user"), ("DELETE", f"/sessions/{ID}", "user"),
    ("GET", "/users", "admin"), ("GET", f"/users/{ID}", "admin"), ("PUT", f"/users/{ID}/role", "admin"),
    ("PUT", f"/users/{ID}/plan", "admin"), ("PUT", f"/users/{ID}/disabled", "admin"),
    ("PUT", f"/users/{ID}", "admin"), ("PATCH", f"/users/{ID}", "admin"), ("DELETE", f"/users/{ID}", "admin"),
    ("PATCH", f"/users/{ID}/restore", "admin"), ("GET", f"/users/{ID}/sessions", "admin"),
    ("DELETE", f"/users/{ID}/sessions", "admin"), ("GET", "/auth/confirm-email", "open"),
    ("POST", "/auth/confirm-email", "open"), ("GET", "/auth/set-up", "open"), ("POST", "/auth/set-up", "open"),
]


def test_AZ01_every_endpoint_for_every_role(server):
    callers = {"open": server.client(), "viewer": server.person(), "editor": server.person(role="editor"),
               "admin": server.admin}
    for method, path, wanted in ENDPOINTS:
        for role, caller in callers.items():
            outcome = caller.request(method, path).outcome
            allowed = wanted == "open" or role == "admin" or (wanted == "user" and role != "open")
            if allowed:
                assert outcome[0] not in (401, 403), (role, method, path, outcome)
            else:
                expected = (401, "AUTHENTICATION_REQUIRED") if role == "open" else (403, "INSUFFICIENT_PERMISSIONS")
                assert outcome == expected, (role, method, path)


def test_AZ01_what_is_not_written_down_does_not_exist(start, upstream):
    server = start(upstream.settings(("GET /known", "user"), ("GET /tree/*", "user")))
    for path in ("//unknown", "//known/", "//known/x", "//Known", "//knownx", "//tree", "//tree/", "/admin", "/auth", "/auth/",
                 "/users/x/y", "/debug", "//metrics", "//.env", "//api", "//api/v1", "//api/v2/profile", "/Profile", "/profile/"):
        for method in ("GET", "POST", "DELETE"):
            assert server.admin.request(method, path).outcome in ((404, "NOT_FOUND"), (405, "METHOD_NOT_ALLOWED")), path
    assert upstream.count == 0
    assert server.admin.get("//tree/a/b").status == 200


def test_AZ01_a_caller_without_the_role_never_learns_whether_the_body_was_good(server):
    person = server.person()
    good, bad = {"role": "admin"}, {"nonsense": 1}
    for body in (good, bad, None):
        for id in (person.id, ID, "x"):
            assert person.put(f"/users/{id}/role", body).outcome == (403, "INSUFFICIENT_PERMISSIONS")
    broken = person.put(f"/users/{ID}/role", body="{", headers=[("Content-Type", "application/json")])
    assert broken.outcome == (403, "INSUFFICIENT_PERMISSIONS")


def test_AZ01_the_metrics_are_not_on_the_public_listener(server):
    for path in ("//metrics", "/metrics", "//debug/vars", "//debug"):
        assert server.client().get(path).status == 404


# ---------------------------------------------------------------- AZ-03: fields

def test_AZ03_no_call_takes_more_fields_than_its_own(server):
    person = server.person()
    whole = person.get("/profile").data["user"]
    for path, body in ((f"/users/{person.id}/plan", {"plan": "paid"}), (f"/users/{person.id}/role", {"role": "editor"}),
                       (f"/users/{person.id}/disabled", {"disabled": True})):
        extra = server.admin.put(path, {**whole, **body})
        assert extra.outcome == (400, "VALIDATION_FAILED"), path
        assert {error["field"] for error in extra.json["errors"]} == set(whole) - set(body), "every one is named"
    assert person.get("/profile").data["user"] == whole, "nothing of it was taken"


def test_AZ03_no_answer_shows_more_than_the_contracts_fields(server):
    person = server.person()
    members = {"id", "email", "emailVerified", "username", "name", "role", "plan", "disabled", "createdAt", "updatedAt",
               "deletedAt"}
    answers = [person.get("/profile").data["user"], person.get(f"/users/{person.id}").data["user"],
               server.admin.get("/users").data[0], server.admin.put(f"/users/{person.id}/plan", {"plan": "paid"}).data["user"],
               person.browser("hybrid").login.data["user"], person.delete("/auth/me").data["user"]]
    assert [set(user) for user in answers] == [members] * len(answers)


def test_AZ04_nobody_promotes_themselves(server):
    person = server.person()
    for path, body in ((f"/users/{person.id}/role", {"role": "admin"}), (f"/users/{person.id}/plan", {"plan": "enterprise"})):
        assert person.put(path, body).outcome == (403, "INSUFFICIENT_PERMISSIONS")
    assert person.get("/profile").data["user"]["role"] == "viewer"
    assert person.get("/profile").data["user"]["plan"] == "free"


# ---------------------------------------------------------------- AZ-05: the last admin

def test_AZ05_the_last_admin_cannot_go(server):
    admin = server.admin
    assert admin.put(f"/users/{admin.id}/role", {"role": "viewer"}).outcome == (409, "CONFLICT")
    assert admin.put(f"/users/{admin.id}/disabled", {"disabled": True}).outcome == (409, "CONFLICT")
    assert admin.delete("/auth/me").outcome == (409, "CONFLICT")
    assert admin.get("/profile").data["user"]["role"] == "admin", "and its session lives"
    second = server.person(role="admin")
    assert second.put(f"/users/{admin.id}/role", {"role": "viewer"}).status == 200
    assert second.put(f"/users/{second.id}/role", {"role": "viewer"}).outcome == (409, "CONFLICT")


def test_AZ05_a_disabled_admin_does_not_count(server):
    second = server.person(role="admin")
    assert second.get("/profile").status == 200
    server.admin.set_disabled(second)
    assert server.admin.put(f"/users/{server.admin.id}/role", {"role": "viewer"}).outcome == (409, "CONFLICT")


@pytest.mark.parametrize("how", ["role", "disabled", "delete"])
def test_AZ05_of_many_that_go_at_once_one_stays(server, how):
    admins = [server.admin] + [server.person(role="admin") for _ in range(7)]

    def go(i):
        admin = admins[i]
        if how == "delete":
            return admin.delete("/auth/me")
        return admin.put(f"/users/{admin.id}/{how}", {how: "viewer" if how == "role" else True})

    answers = at_once(8, go)
    assert sorted(answer.status for answer in answers) == [200] * 7 + [409]
    left = server.rows("SELECT id FROM users WHERE role = 'admin' AND NOT disabled AND deleted_at IS NULL")
    assert len(left) == 1
    survivor, = [admin for admin in admins if admin.id == left[0]["id"]]
    assert survivor.get("/users").status == 200


# ---------------------------------------------------------------- AZ-06: methods

def test_AZ06_HEAD_is_GET_without_the_body(start, upstream):
    server = start(upstream.settings(("GET /x", "admin")))
    person = server.person()
    for path in ("/profile", "/users", "//x", "/auth/policy", "//.well-known/jwks.json", "//nothing"):
        for caller in (server.client(), person, server.admin):
            got, head = caller.get(path), caller.head(path)
            assert head.status == got.status and head.body == b"", path
            assert head.header("Content-Type") == got.header("Content-Type")


def test_AZ06_overrides_of_the_method_are_ignored(start, upstream):
    server = start(upstream.settings(("GET /x", "public"), ("DELETE /x", "admin")))
    person = server.person()
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        answer = person.get("//x", headers=[(name, "DELETE")])
        assert answer.status == 200 and upstream.requests[-1]["method"] == "GET"
        assert person.delete("//x", headers=[(name, "GET")]).outcome == (403, "INSUFFICIENT_PERMISSIONS")
        assert person.post("/profile", headers=[(name, "GET")]).outcome == (405, "METHOD_NOT_ALLOWED")
    assert {request["method"] for request in upstream.requests} == {"GET"}


def test_AZ06_OPTIONS_tells_the_methods_and_nothing_else(server):
    answer = server.client().options("/users")
    assert answer.status == 204 and answer.body == b"" and "GET" in answer.header("Allow").split(", ")
    wrong = server.client().delete("/profile")
    assert wrong.outcome == (405, "METHOD_NOT_ALLOWED") and "GET" in wrong.header("Allow").split(", ")


def test_AZ06_only_the_methods_of_a_route_pass_it(start, upstream):
    server = start(upstream.settings(("GET,POST /x", "public"), {"match": "ANY /any", "allow": "public"}))
    for method in ("get", "post", "Get", "FOO", "PROPFIND", "DELETE", "TRACE", "CONNECT"):
        assert server.client().request(method, "//x").status in (400, 404, 405, 501), method
    for method in ("TRACE", "CONNECT"):
        assert server.client().request(method, "//any").status in (400, 404, 405, 501), method
    assert upstream.count == 0


# ---------------------------------------------------------------- AZ-10: what a remembered decision depends on

def test_AZ10_what_is_remembered_of_a_token_decides_for_that_caller_and_route_alone(start, upstream):
    server = start(upstream.settings(("GET /reports", "user"), ("POST /reports", "editor"), ("GET /audits", "admin"),
                                     ("GET /people/:name", "owner:name")))
    viewer, editor = server.person(), server.person(role="editor")
    expected = {
        ("GET", "//reports"): (200, 200), ("POST", "//reports"): (403, 200), ("GET", "//audits"): (403, 403),
        ("GET", f"//people/{viewer.id}"): (200, 403), ("GET", f"//people/{editor.id}"): (403, 200),
    }
    for _ in range(3):  # the first round fills every cache, in an order that changes nothing
        for (method, path), (for_viewer, for_editor) in expected.items():
            assert editor.request(method, path).status == for_editor, (method, path)
            assert viewer.request(method, path).status == for_viewer, (method, path)
            assert server.client().request(method, path).status == 401
