"""The end of an account and the way back (A05, C07, E05, SE-06, SE-10, AZ-05)."""

import pytest

from support.concurrency import at_once
from support.people import PASSWORD

GONE = (404, "NOT_FOUND")
WORTHLESS = (401, "INVALID_TOKEN")
NOBODY = "00000000-0000-7000-8000-000000000000"


def log_in(server, person, password=None):
    return server.client().post("/auth/login", {"email": person.email, "password": password or person.password,
                                                "transport": "bearer"})


def restore(server, person, token):
    return server.client(token=token).patch(f"/users/{person.id}/restore")


def offered_token(server, person):
    answer = log_in(server, person)
    assert answer.outcome == (403, "ACCOUNT_DELETED")
    return answer.json["restoreToken"]


def users_row(server, person):
    rows = server.rows("SELECT * FROM users WHERE id = ?", person.id)
    return rows[0] if rows else None


def actions(server, person):
    rows = server.rows("SELECT action FROM audit_entries WHERE entity_id = ? ORDER BY seq", person.id)
    return [row["action"] for row in rows]


def deleted(server, **kw):
    person = server.person(**kw)
    assert person.delete("/auth/me").status == 200
    return person


# ---------------------------------------------------------------- A05, C07: deleting

@pytest.mark.parametrize("way", ["me", "own id", "admin"])
def test_A05_C07_everything_of_a_deleted_user_dies(server, way):
    person = server.person()
    browser = person.browser("cookie")
    other = server.person()
    if way == "me":
        answer = person.delete("/auth/me")
    elif way == "own id":
        answer = person.delete(f"/users/{person.id}")
    else:
        answer = server.admin.delete(f"/users/{person.id}")
    assert answer.status == 200
    assert answer.data["user"]["id"] == person.id and answer.data["user"]["deletedAt"] is not None
    assert person.get("/profile").outcome == (401, "SESSION_REVOKED")
    assert browser.get("/profile").outcome == (401, "SESSION_REVOKED")
    assert person.refresh().outcome == (401, "INVALID_REFRESH_TOKEN")
    assert browser.post("/auth/refresh").status == 401
    assert log_in(server, person).outcome == (403, "ACCOUNT_DELETED")
    assert log_in(server, person, "not-the-password-1").outcome == (401, "INVALID_CREDENTIALS")
    assert server.rows("SELECT id FROM sessions WHERE user_id = ? AND revoked_at IS NULL", person.id) == []
    assert other.get("/profile").status == 200, "and nothing of anybody else"
    assert actions(server, person).count("DELETE_USER") == 1
    mail, = server.mails(to=person.email)
    assert mail.kind == "account-deleted" and "30" in mail.text


def test_A05_a_browser_forgets_its_cookies(server):
    browser = server.person().browser("cookie")
    answer = browser.delete("/auth/me")
    assert answer.status == 200
    assert "accessToken" not in browser.cookies and "refreshToken" not in browser.cookies


def test_C07_who_may_delete_whom(server):
    person, other = server.person(), server.person(role="editor")
    assert other.delete(f"/users/{person.id}").outcome == (403, "INSUFFICIENT_PERMISSIONS")
    assert other.delete(f"/users/{NOBODY}").outcome == (403, "INSUFFICIENT_PERMISSIONS")
    assert server.client().delete(f"/users/{person.id}").status == 401
    assert users_row(server, person)["deleted_at"] is None
    assert server.admin.delete(f"/users/{NOBODY}").outcome == GONE
    assert server.admin.delete("/users/x").outcome == GONE
    assert server.admin.delete(f"/users/{person.id}").status == 200
    assert server.admin.delete(f"/users/{person.id}").outcome == GONE, "already deleted"
    assert actions(server, person).count("DELETE_USER") == 1


def test_C07_a_deleted_user_is_seen_where_it_is_asked_for(server):
    person = deleted(server)
    ids = {deleted: [user["id"] for user in server.admin.get(f"/users?deleted={deleted}").data]
           for deleted in ("false", "true", "any")}
    assert person.id not in ids["false"] and ids["true"] == [person.id] and person.id in ids["any"]
    assert server.admin.get(f"/users/{person.id}").data["user"]["deletedAt"] is not None
    for call in (server.admin.put(f"/users/{person.id}/role", {"role": "editor"}),
                 server.admin.put(f"/users/{person.id}/disabled", {"disabled": True})):
        assert call.outcome == GONE


@pytest.mark.parametrize("query", ["?purge=yes", "?purge=", "?purge=1", "?purge=true&purge=true", "?force=true"])
def test_C12_a_query_that_is_not_understood_deletes_nothing(server, query):
    person = server.person()
    assert server.admin.delete(f"/users/{person.id}{query}").outcome == (400, "VALIDATION_FAILED")
    assert users_row(server, person)["deleted_at"] is None


# ---------------------------------------------------------------- E05: restoring

def test_E05_a_deleted_user_comes_back_with_the_password(server):
    person = server.person(role="editor", name="Ada")
    old_refresh = person.refresh_token
    person.delete("/auth/me")
    token = offered_token(server, person)
    assert token.startswith("gho_")
    answer = restore(server, person, token)
    assert answer.status == 200
    user = answer.data["user"]
    assert (user["deletedAt"], user["role"], user["name"], user["email"]) == (None, "editor", "Ada", person.email)
    assert person.get("/profile").outcome == (401, "SESSION_REVOKED"), "not its sessions"
    assert person.refresh(old_refresh).status == 401
    assert person.log_in().get("/profile").status == 200
    assert restore(server, person, token).outcome == WORTHLESS, "once"
    assert actions(server, person).count("RESTORE_USER") == 1
    entry, = server.rows("SELECT * FROM audit_entries WHERE action = 'RESTORE_USER'")
    assert entry["actor_id"] == person.id


def test_E05_the_token_is_told_only_to_who_has_the_password(server):
    person = deleted(server)
    answer = log_in(server, person, "not-the-password-1")
    assert answer.outcome == (401, "INVALID_CREDENTIALS") and b"gho_" not in answer.body
    active = server.person()
    server.admin.set_disabled(active)
    answer = log_in(server, active)
    assert answer.outcome == (403, "ACCOUNT_DISABLED") and "restoreToken" not in answer.json


def test_E05_the_token_is_good_for_this_call_alone(start, upstream):
    server = start(upstream.settings({"match": "ANY /api/*", "allow": "user"}))
    person, other = deleted(server), deleted(server)
    token = offered_token(server, person)
    thief = server.client(token=token)
    for method, path in [("GET", "/profile"), ("GET", "/users"), ("GET", f"/users/{person.id}"), ("GET", "/sessions"),
                         ("PATCH", f"/users/{person.id}"), ("PUT", f"/users/{person.id}"),
                         ("DELETE", f"/users/{person.id}"), ("DELETE", "/auth/me"), ("GET", "//api/x"),
                         ("PUT", f"/users/{person.id}/role")]:
        body = {"role": "admin"} if method in ("PUT", "PATCH") else None
        assert thief.request(method, path, json=body).outcome == WORTHLESS, (method, path)
    assert thief.patch(f"/users/{other.id}/restore").outcome == WORTHLESS, "nor for another account"
    assert thief.patch(f"/users/{NOBODY}/restore").outcome == WORTHLESS
    assert thief.patch("/users/x/restore").outcome == WORTHLESS
    cookie = server.client()
    assert cookie.patch(f"/users/{person.id}/restore", cookie=f"accessToken={token}").outcome == WORTHLESS
    for purpose in ("/auth/confirm-email", "/auth/set-up"):
        assert server.client().post(purpose, {"token": token, **({"password": PASSWORD} if "set" in purpose else {})}
                                    ).outcome == (400, "INVALID_OR_EXPIRED_TOKEN")
    assert upstream.requests == []
    assert users_row(server, person)["deleted_at"] is not None
    assert restore(server, person, token).status == 200, "and none of that used it up"
    assert users_row(server, other)["deleted_at"] is not None


@pytest.mark.parametrize("token", ["gho_", "gho_nonsense", "gho_" + "A" * 48, "GHO_" + "A" * 48, "gho_" + "A" * 9000])
def test_E05_a_token_that_was_never_issued_restores_nothing(server, token):
    person = deleted(server)
    assert restore(server, person, token).outcome == WORTHLESS
    assert users_row(server, person)["deleted_at"] is not None


def test_E05_no_part_of_a_token_is_enough(server):
    person = deleted(server)
    token = offered_token(server, person)
    for wrong in (token[:-1], token + "A", token.swapcase(), token.upper(), token[:10] + token[11:]):
        assert restore(server, person, wrong).outcome == WORTHLESS
    assert server.client().patch(f"/users/{person.id}/restore").outcome == (401, "AUTHENTICATION_REQUIRED")
    assert restore(server, person, token).status == 200


def test_E05_the_token_lives_for_ten_minutes(server):
    person = deleted(server)
    token = offered_token(server, person)
    server.advance("10m")
    assert restore(server, person, token).outcome == WORTHLESS
    newer = offered_token(server, person)
    newest = offered_token(server, person)
    assert restore(server, person, newer).outcome == WORTHLESS, "a newer one replaces it"
    assert restore(server, person, newest).status == 200


def test_E05_of_64_uses_of_one_token_one_wins(server):
    person = deleted(server)
    token = offered_token(server, person)
    answers = at_once(64, lambda i: restore(server, person, token))
    assert sorted(answer.status for answer in answers) == [200] + [401] * 63
    assert actions(server, person).count("RESTORE_USER") == 1


def test_E05_an_admin_restores_and_nobody_else_does(server):
    person, other = deleted(server), server.person()
    assert other.patch(f"/users/{person.id}/restore").outcome == (403, "INSUFFICIENT_PERMISSIONS")
    token = offered_token(server, person)
    answer = server.admin.patch(f"/users/{person.id}/restore")
    assert answer.status == 200 and answer.data["user"]["deletedAt"] is None
    assert server.admin.patch(f"/users/{person.id}/restore").outcome == (409, "CONFLICT")
    assert server.admin.patch(f"/users/{NOBODY}/restore").outcome == GONE
    assert restore(server, person, token).outcome == WORTHLESS, "what was offered before is gone"
    assert person.log_in()
    entry, = server.rows("SELECT * FROM audit_entries WHERE action = 'RESTORE_USER'")
    assert entry["actor_id"] == server.admin.id
    assert other.patch(f"/users/{other.id}/restore").outcome == (409, "CONFLICT"), "one's own, which is not deleted"


def test_E05_who_was_disabled_comes_back_disabled(server):
    person = server.person()
    server.admin.set_disabled(person)
    server.admin.delete(f"/users/{person.id}")
    assert restore(server, person, offered_token(server, person)).status == 200
    assert log_in(server, person).outcome == (403, "ACCOUNT_DISABLED")


def test_E05_the_address_and_the_username_wait_for_their_owner(server):
    person = deleted(server, username="ada")
    answer = server.client().post("/auth/register", {"email": person.email.upper(), "password": PASSWORD})
    assert answer.outcome == (409, "EMAIL_TAKEN")
    other = server.person()
    assert other.patch(f"/users/{other.id}", {"username": "ADA"}).outcome == (409, "USERNAME_TAKEN")
    assert restore(server, person, offered_token(server, person)).data["user"]["username"] == "ada"


# ---------------------------------------------------------------- E05: for good

def test_E05_an_admin_purges_for_good(server):
    person = server.person(username="ada")
    person.patch(f"/users/{person.id}", {"email": "ada@example.org"})
    answer = server.admin.delete(f"/users/{person.id}?purge=true")
    assert answer.status == 200 and answer.data["user"]["id"] == person.id
    for table, column in (("users", "id"), ("sessions", "user_id"), ("one_time_secrets", "user_id"),
                          ("api_keys", "user_id")):
        assert server.rows(f"SELECT * FROM {table} WHERE {column} = ?", person.id) == []
    assert person.get("/profile").status == 401
    assert person.refresh().status == 401
    assert log_in(server, person).outcome == (401, "INVALID_CREDENTIALS")
    assert server.admin.get(f"/users/{person.id}").outcome == GONE
    assert server.admin.delete(f"/users/{person.id}?purge=true").outcome == GONE
    assert server.admin.patch(f"/users/{person.id}/restore").outcome == GONE
    entry, = server.rows("SELECT * FROM audit_entries WHERE action = 'PURGE_USER'")
    assert (entry["entity_id"], entry["metadata"]) == (person.id, "{}")


def test_E05_a_deleted_user_can_be_purged_before_its_time(server):
    person = deleted(server)
    token = offered_token(server, person)
    assert server.admin.delete(f"/users/{person.id}?purge=true").status == 200
    assert restore(server, person, token).outcome == WORTHLESS
    assert users_row(server, person) is None


def test_E05_nobody_purges_themselves_or_without_being_admin(server):
    person, other = server.person(), server.person(role="editor")
    second = server.person(role="admin")
    for who, whom in ((person, person), (other, person), (second, second)):
        answer = who.delete(f"/users/{whom.id}?purge=true")
        assert answer.outcome == (403, "INSUFFICIENT_PERMISSIONS")
        assert users_row(server, whom)["deleted_at"] is None
    assert second.get("/users").status == 200


def test_E05_what_is_not_restored_in_time_is_purged(start):
    server = start({"users": {"restore_for": "2d"}})
    person, later = deleted(server), server.person()
    assert "2 days" in server.mail(to=person.email).text
    token = offered_token(server, person)
    server.advance("1d")
    later.log_in().delete("/auth/me")
    server.advance(86_400_000 - 60_000)
    assert "restoreToken" in log_in(server, person).json
    server.advance("72s")
    assert users_row(server, person) is None
    assert users_row(server, later)["deleted_at"] is not None, "its time has not come"
    assert log_in(server, person).outcome == (401, "INVALID_CREDENTIALS")
    assert restore(server, person, token).outcome == WORTHLESS
    entry, = server.rows("SELECT * FROM audit_entries WHERE action = 'PURGE_USER'")
    assert (entry["entity_id"], entry["actor_id"], entry["metadata"]) == (person.id, "", "{}")


def test_E05_the_time_to_come_back_ends_to_the_millisecond_whatever_the_purge_does(start):
    server = start({"users": {"restore_for": "1h"}})
    person = deleted(server)
    server.advance("59m")
    token = offered_token(server, person)
    row = users_row(server, person)
    # The purge runs only every few seconds, and a step of the wall clock runs nothing at all.
    server.step("1m")
    answer = log_in(server, person)
    assert answer.outcome in ((403, "ACCOUNT_DELETED"), (401, "INVALID_CREDENTIALS"))
    assert "restoreToken" not in answer.json
    assert restore(server, person, token).status in (401, 404)
    assert server.admin.log_in().patch(f"/users/{person.id}/restore").outcome == GONE
    assert row["deleted_at"] is not None


def test_E05_with_no_time_to_come_back_nobody_is_offered_any(start):
    server = start({"users": {"restore_for": "0s"}})
    person = deleted(server)
    assert "restoreToken" not in log_in(server, person).json
    server.advance("11s")
    assert users_row(server, person) is None


def test_E05_a_purge_of_many_goes_on_in_pieces(start):
    server = start({"users": {"restore_for": "1h"}})
    people = [server.person() for _ in range(60)]
    for person in people:
        assert person.delete("/auth/me").status == 200
    server.advance("1h")
    server.advance("11s")
    server.advance("11s")
    assert server.rows("SELECT id FROM users WHERE deleted_at IS NOT NULL") == []
    assert len(server.rows("SELECT id FROM audit_entries WHERE action = 'PURGE_USER'")) == 60


# ---------------------------------------------------------------- SE-10: another account in its place

def test_SE10_who_comes_after_gets_nothing_of_who_was_there(server):
    first = server.person(email="ada@example.org", username="ada")
    browser = first.browser("cookie")
    server.admin.delete(f"/users/{first.id}?purge=true")
    second = server.person(email="ada@example.org", username="ada")
    assert second.id != first.id
    assert first.get("/profile").status == 401
    assert first.refresh().status == 401
    assert browser.get("/profile").status == 401 and browser.post("/auth/refresh").status == 401
    assert len(second.get("/sessions").data) == 1
    assert second.delete(f"/sessions/{first.session['id']}").outcome == GONE
    again = browser.post("/auth/login", {"email": "ada@example.org", "password": PASSWORD, "transport": "cookie"})
    assert again.data["user"]["id"] == second.id
    assert again.data["session"]["id"] != browser.login.data["session"]["id"]


# ---------------------------------------------------------------- AZ-05: somebody has to stay

@pytest.mark.parametrize("query", ["", "?purge=true"])
def test_AZ05_the_last_admin_cannot_be_deleted_by_another(server, query):
    second = server.person(role="admin")
    server.admin.set_disabled(second)
    assert server.admin.delete(f"/users/{server.admin.id}").outcome == (409, "CONFLICT")
    assert server.admin.delete("/auth/me").outcome == (409, "CONFLICT")
    assert server.admin.delete(f"/users/{second.id}{query}").status == 200, "one who cannot act may go"
    assert server.admin.get("/profile").status == 200


@pytest.mark.parametrize("way", ["demote", "disable", "delete", "purge", "me", "mixed"])
def test_AZ05_32_admins_who_end_each_other_at_once_leave_one(server, way):
    admins = [server.admin] + [server.person(role="admin") for _ in range(31)]

    def end(i):
        me, other = admins[i], admins[(i + 1) % 32]
        ways = {"demote": lambda: me.put(f"/users/{other.id}/role", {"role": "viewer"}),
                "disable": lambda: me.put(f"/users/{other.id}/disabled", {"disabled": True}),
                "delete": lambda: me.delete(f"/users/{other.id}"),
                "purge": lambda: me.delete(f"/users/{other.id}?purge=true"),
                "me": lambda: me.delete("/auth/me")}
        return ways[way if way != "mixed" else list(ways)[i % 5]]()

    answers = at_once(32, end)
    assert all(answer.status in (200, 401, 403, 404, 409) for answer in answers)
    left = server.rows("SELECT id FROM users WHERE role = 'admin' AND NOT disabled AND deleted_at IS NULL")
    assert len(left) >= 1
    survivor = next(admin for admin in admins if admin.id == left[0]["id"])
    assert survivor.get("/users").status == 200, "and who is left can act"
    if way == "me":
        assert len(left) == 1 and sum(answer.status == 409 for answer in answers) == 1
