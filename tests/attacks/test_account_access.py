"""Whose account is whose: every operation on an account with somebody else's id (AZ-02, AZ-04, SE-06, SE-08, SE-09)."""

import pytest

from support.people import PASSWORD

NOBODY = "00000000-0000-7000-8000-000000000000"


def operations(victim):
    user, session = victim.id, victim.session["id"]
    return [
        ("GET", f"/users/{user}", None), ("GET", f"/users/{user}/sessions", None),
        ("PUT", f"/users/{user}", {"email": "evil@example.org"}), ("PUT", f"/users/{user}", {"email": victim.email}),
        ("PATCH", f"/users/{user}", {"email": "evil@example.org"}), ("PATCH", f"/users/{user}", {"name": "Eve"}),
        ("PATCH", f"/users/{user}", {}), ("PATCH", f"/users/{user}/restore", None),
        ("DELETE", f"/users/{user}", None), ("DELETE", f"/users/{user}?purge=true", None),
        ("DELETE", f"/users/{user}/sessions", None), ("DELETE", f"/sessions/{session}", None),
        ("PUT", f"/users/{user}/role", {"role": "admin"}), ("PUT", f"/users/{user}/plan", {"plan": "free"}),
        ("PUT", f"/users/{user}/disabled", {"disabled": True}), ("GET", "/users", None),
        ("GET", f"/users?search={victim.email}", None),
    ]


def everything(server, person):
    return [server.rows("SELECT * FROM users WHERE id = ?", person.id),
            server.rows("SELECT id, generation, revoked_at FROM sessions WHERE user_id = ? ORDER BY id", person.id),
            server.rows("SELECT * FROM one_time_secrets WHERE user_id = ?", person.id)]


@pytest.mark.parametrize("role", ["viewer", "editor"])
def test_AZ02_no_operation_takes_somebody_elses_id(server, role):
    victim, attacker = server.person(username="victim", name="Victoria"), server.person(role=role)
    before = everything(server, victim)
    trail = server.rows("SELECT COUNT(*) AS n FROM audit_entries")
    for method, path, body in operations(victim):
        answer = attacker.request(method, path, json=body)
        assert answer.status in (403, 404), (method, path, answer)
        for secret in (victim.email, "Victoria", victim.session["id"]):
            assert secret.encode() not in answer.body, (method, path)
    assert everything(server, victim) == before
    assert server.rows("SELECT COUNT(*) AS n FROM audit_entries") == trail
    assert victim.get("/profile").status == 200


@pytest.mark.parametrize("role", ["viewer", "editor"])
def test_AZ02_a_stranger_cannot_tell_an_id_that_exists_from_one_that_does_not(server, role):
    victim, attacker = server.person(), server.person(role=role)
    real = [attacker.request(method, path, json=body).outcome for method, path, body in operations(victim)]
    victim.id, victim.session = NOBODY, {"id": NOBODY}
    assert [attacker.request(method, path, json=body).outcome for method, path, body in operations(victim)] == real


def test_AZ02_ids_in_the_body_or_the_query_are_nobodys(server):
    victim, attacker = server.person(), server.person()
    before = everything(server, victim)
    own = f"/users/{attacker.id}"
    for body in ({"id": victim.id, "name": "Eve"}, {"userId": victim.id, "name": "Eve"}):
        assert attacker.patch(own, body).outcome == (400, "VALIDATION_FAILED")
    assert attacker.patch(f"{own}?id={victim.id}", {"name": "Eve"}).status in (200, 400)
    for query in (f"userId={victim.id}", f"user={victim.id}", f"id={victim.id}"):
        assert attacker.get(f"/sessions?{query}").outcome == (400, "VALIDATION_FAILED")
        assert attacker.delete(f"/sessions?{query}").outcome == (400, "VALIDATION_FAILED")
    for header in ("X-User-Id", "X-User-Role", "X-Original-User"):
        assert attacker.get(f"/users/{victim.id}", headers=[(header, "admin"), (header + "2", victim.id)]).status == 403
    assert everything(server, victim) == before


@pytest.mark.parametrize("spelling", [str.upper, lambda id: id + "%20", lambda id: id.replace("-", ""),
                                      lambda id: "{" + id + "}", lambda id: id + "/", lambda id: "./" + id])
def test_AZ02_an_id_has_one_spelling(server, spelling):
    person = server.person()
    answer = person.get(f"/users/{spelling(person.id)}")
    assert answer.status in (400, 403, 404), answer


def test_AZ04_nobody_gives_themselves_more(server):
    for role in ("viewer", "editor"):
        person = server.person(role=role)
        own = f"/users/{person.id}"
        assert person.put(f"{own}/role", {"role": "admin"}).outcome == (403, "INSUFFICIENT_PERMISSIONS")
        assert person.put(f"{own}/plan", {"plan": "enterprise"}).outcome == (403, "INSUFFICIENT_PERMISSIONS")
        for body in ({"role": "admin"}, {"plan": "enterprise"}, {"roles": ["admin"]}, {"isAdmin": True},
                     {"scope": "admin"}):
            assert person.patch(own, body).outcome == (400, "VALIDATION_FAILED")
            login = {"email": person.email, "password": PASSWORD, **body}
            assert server.client().post("/auth/login", login).outcome == (400, "VALIDATION_FAILED")
            refresh = {"refreshToken": person.refresh_token, **body}
            assert server.client().post("/auth/refresh", refresh).outcome == (400, "VALIDATION_FAILED")
        row, = server.rows("SELECT role, plan FROM users WHERE id = ?", person.id)
        assert row == {"role": role, "plan": "free"}
        assert person.get("/users").status == 403


def test_AZ04_a_deleted_and_restored_admin_is_no_way_around_a_demotion(server):
    admin = server.person(role="admin")
    server.admin.set_role(admin, "viewer")
    admin.delete("/auth/me")
    token = server.client().post("/auth/login", {"email": admin.email, "password": PASSWORD}).json["restoreToken"]
    answer = server.client(token=token).patch(f"/users/{admin.id}/restore")
    assert answer.data["user"]["role"] == "viewer"
    assert admin.log_in().get("/users").status == 403


@pytest.mark.parametrize("method, path", [("POST", "/sessions"), ("PUT", "/sessions/{id}"), ("PATCH", "/sessions/{id}"),
                                          ("POST", "/users/{user}/sessions"), ("PATCH", "/profile"), ("PUT", "/profile")])
def test_SE09_no_call_writes_a_sessions_fields(server, method, path):
    person = server.person()
    before = server.rows("SELECT * FROM sessions WHERE user_id = ?", person.id)
    target = path.format(id=person.session["id"], user=person.id)
    for who in (person, server.admin):
        answer = who.request(method, target, json={"userId": server.admin.id, "expiresAt": "2099-01-01T00:00:00.000Z"})
        assert answer.status in (404, 405), answer
    assert server.rows("SELECT * FROM sessions WHERE user_id = ?", person.id) == before


@pytest.mark.parametrize("member", ["userId", "id", "createdAt", "expiresAt", "ip", "userAgent", "method", "role", "sid"])
def test_SE09_a_login_takes_no_field_of_the_session(server, member):
    person = server.person()
    body = {"email": person.email, "password": PASSWORD, member: server.admin.id}
    assert server.client().post("/auth/login", body).outcome == (400, "VALIDATION_FAILED")


@pytest.mark.parametrize("end", ["disabled", "deleted", "purged"])
def test_SE06_every_credential_of_who_is_disabled_or_deleted_dies_at_once(server, end):
    person = server.person()
    assert person.patch(f"/users/{person.id}", {"email": "new@example.org"}).status == 200
    link = server.mail(to="new@example.org").token
    browsers = {transport: person.browser(transport) for transport in ("hybrid", "cookie")}
    hybrid_token = browsers["hybrid"].login.data["accessToken"]
    if end == "disabled":
        server.admin.set_disabled(person)
    else:
        purge = "?purge=true" if end == "purged" else ""
        assert server.admin.delete(f"/users/{person.id}{purge}").status == 200
    assert person.get("/profile").outcome == (401, "SESSION_REVOKED")
    assert server.client(token=hybrid_token).get("/profile").outcome == (401, "SESSION_REVOKED")
    assert browsers["cookie"].get("/profile").outcome == (401, "SESSION_REVOKED")
    assert person.refresh().outcome == (401, "INVALID_REFRESH_TOKEN")
    for browser in browsers.values():
        assert browser.post("/auth/refresh").status == 401
    assert server.client().post("/auth/confirm-email", {"token": link}).outcome == (400, "INVALID_OR_EXPIRED_TOKEN")
    login = server.client().post("/auth/login", {"email": person.email, "password": PASSWORD})
    assert login.status in (401, 403) and b"accessToken" not in login.body
    restored = {"disabled": lambda: server.admin.set_disabled(person, False),
                "deleted": lambda: server.admin.patch(f"/users/{person.id}/restore"), "purged": lambda: None}[end]
    restored()
    assert person.get("/profile").status == 401, "and what died stays dead"
    assert server.client().post("/auth/confirm-email", {"token": link}).status == 400


def test_D03_the_admins_calls_can_be_bound_to_addresses(start):
    server = start({"server": {"admin_allow": ["127.0.0.2/32"]}})
    person = server.person()
    admin = server.client(token=server.admin.access_token)
    inside = server.client(token=server.admin.access_token, source="127.0.0.2")
    for method, path, body in (("GET", "/users", None), ("GET", f"/users/{person.id}/sessions", None),
                               ("DELETE", f"/users/{person.id}/sessions", None),
                               ("PUT", f"/users/{person.id}/plan", {"plan": "paid"})):
        assert admin.request(method, path, json=body).outcome == (403, "ADDRESS_NOT_ALLOWED"), path
        assert inside.request(method, path, json=body).status == 200, path
    person.log_in()
    for method, path, body in (("GET", f"/users/{person.id}", None), ("PATCH", f"/users/{person.id}", {"name": "Eve"}),
                               ("DELETE", f"/users/{person.id}", None), ("PATCH", f"/users/{person.id}/restore", None)):
        assert admin.request(method, path, json=body).outcome == (403, "ADDRESS_NOT_ALLOWED"), \
            "what is one's own from anywhere is somebody else's only from there"
    assert person.get(f"/users/{person.id}").status == 200, "one's own account is no admin's call"
    assert inside.patch(f"/users/{person.id}", {"name": "Ada"}).status == 200
