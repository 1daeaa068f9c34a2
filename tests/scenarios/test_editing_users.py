"""PUT and PATCH /users/:id, and the change of an address (E05, E06, A04, OT-07, OT-08, PW-13, PW-15, AZ-03)."""

import pytest

from support.concurrency import at_once
from support.people import PASSWORD

INVALID = (400, "INVALID_OR_EXPIRED_TOKEN")
FIELDS = {"id", "email", "emailVerified", "username", "name", "role", "plan", "disabled", "createdAt", "updatedAt",
          "deletedAt"}


def stored(server, person):
    row, = server.rows("SELECT * FROM users WHERE id = ?", person.id)
    return row


def actions(server, person):
    rows = server.rows("SELECT action FROM audit_entries WHERE entity_id = ? ORDER BY seq", person.id)
    return [row["action"] for row in rows if row["action"] != "LOGIN"]


def confirm(server, token):
    return server.client().post("/auth/confirm-email", {"token": token})


def ask_for(person, email):
    answer = person.patch(f"/users/{person.id}", {"email": email})
    assert answer.status == 200, answer
    return answer


# ---------------------------------------------------------------- E05: replacing and changing

def test_E05_put_replaces_and_what_is_absent_becomes_null(server):
    person = server.person(username="ada", name="Ada")
    answer = person.put(f"/users/{person.id}", {"email": person.email, "username": "countess"})
    assert answer.status == 200
    user = answer.data["user"]
    assert set(user) == FIELDS
    assert (user["username"], user["name"], user["email"]) == ("countess", None, person.email)
    assert person.get("/profile").data["user"] == user, "effective at once"
    assert actions(server, person)[1:] == ["UPDATE_USER"]


def test_E05_put_needs_the_email(server):
    person = server.person(username="ada")
    for body in ({"username": "countess"}, {"email": None, "username": "countess"}, {"email": ""}):
        answer = person.put(f"/users/{person.id}", body)
        assert answer.outcome == (400, "VALIDATION_FAILED")
        assert [error["field"] for error in answer.json["errors"]] == ["email"]
    assert stored(server, person)["username"] == "ada"


def test_E05_patch_changes_what_is_given(server):
    person = server.person(username="ada", name="Ada")
    assert person.patch(f"/users/{person.id}", {"name": "Countess"}).data["user"]["username"] == "ada"
    user = person.patch(f"/users/{person.id}", {"username": None}).data["user"]
    assert (user["username"], user["name"]) == (None, "Countess")
    assert person.patch(f"/users/{person.id}", {}).data["user"] == user
    assert person.patch(f"/users/{person.id}", {"email": None}).outcome == (400, "VALIDATION_FAILED")
    assert actions(server, person)[1:] == ["UPDATE_USER", "UPDATE_USER"], "what changes nothing is no event"


def test_E05_an_admin_edits_others_and_nobody_else_does(server):
    person, other = server.person(name="Ada"), server.person()
    for path in (person.id, "00000000-0000-7000-8000-000000000000", "x"):
        for call in (other.patch, other.put):
            answer = call(f"/users/{path}", {"email": "evil@example.org", "name": "Eve", "unknown": 1})
            assert answer.outcome == (403, "INSUFFICIENT_PERMISSIONS"), "whether or not it exists"
    assert server.client().patch(f"/users/{person.id}", {"name": "Eve"}).status == 401
    assert stored(server, person)["name"] == "Ada"
    assert server.admin.patch(f"/users/{person.id}", {"name": "Lady"}).data["user"]["name"] == "Lady"
    assert person.get("/profile").data["user"]["name"] == "Lady"
    for path in ("00000000-0000-7000-8000-000000000000", "x"):
        assert server.admin.patch(f"/users/{path}", {"name": "Eve"}).outcome == (404, "NOT_FOUND")
    server.admin.delete(f"/users/{person.id}")
    assert server.admin.patch(f"/users/{person.id}", {"name": "Eve"}).outcome == (404, "NOT_FOUND")
    assert stored(server, person)["name"] == "Lady"


def test_E05_the_audit_trail_names_the_fields_and_not_the_values(server):
    person = server.person()
    person.patch(f"/users/{person.id}", {"username": "countess", "name": "Lady Ada"})
    row, = server.rows("SELECT * FROM audit_entries WHERE action = 'UPDATE_USER'")
    assert row["actor_id"] == row["entity_id"] == person.id
    assert row["metadata"] == '{"fields":["username","name"]}'


# ---------------------------------------------------------------- E06, AZ-03, PW-13, PW-15: the body

def test_E06_every_wrong_field_is_named_at_once(server):
    person = server.person(username="ada")
    answer = person.patch(f"/users/{person.id}", {"email": "nobody", "username": "a b", "name": 7, "role": "admin"})
    assert answer.outcome == (400, "VALIDATION_FAILED")
    assert sorted(error["field"] for error in answer.json["errors"]) == ["email", "name", "role", "username"]
    assert stored(server, person)["username"] == "ada"


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_AZ03_no_other_member_of_the_record_can_be_written(server, method):
    person = server.person()
    before = stored(server, person)
    for who in (person, server.admin):
        record = dict(who.get(f"/users/{person.id}").data["user"], role="admin", plan="enterprise", disabled=True,
                      emailVerified=True)
        answer = who.request(method, f"/users/{person.id}", json=record)
        assert answer.outcome == (400, "VALIDATION_FAILED")
        refused = {error["field"] for error in answer.json["errors"]}
        assert refused == FIELDS - {"email", "username", "name"}
    assert stored(server, person) == before


@pytest.mark.parametrize("member", ["password", "passwordHash", "password_hash", "newPassword", "currentPassword"])
def test_PW13_an_admin_cannot_choose_or_read_a_password(server, member):
    person = server.person()
    before = stored(server, person)["password_hash"]
    for who in (server.admin, person):
        answer = who.patch(f"/users/{person.id}", {member: "kites-fly-over-the-sea-8"})
        assert answer.outcome == (400, "VALIDATION_FAILED")
    assert stored(server, person)["password_hash"] == before
    answer = server.admin.get(f"/users/{person.id}")
    assert "password" not in answer.body.decode().lower() and before.encode() not in answer.body
    assert person.log_in()


@pytest.mark.parametrize("member", ["role", "plan", "emailVerified", "email_verified", "id", "tenant", "createdAt",
                                    "created_at", "disabled", "deletedAt", "verified"])
def test_PW15_privileged_fields_are_refused_at_registration(server, member):
    body = {"email": "eve@example.org", "password": PASSWORD, member: "admin"}
    answer = server.client().post("/auth/register", body)
    assert answer.outcome == (400, "VALIDATION_FAILED")
    assert [error["field"] for error in answer.json["errors"]] == [member]
    assert server.rows("SELECT id FROM users WHERE email = 'eve@example.org'") == []


def test_PW15_an_account_begins_with_the_defaults(server):
    user = server.person().get("/profile").data["user"]
    assert (user["role"], user["plan"], user["emailVerified"], user["disabled"]) == ("viewer", "free", False, False)


def test_C12_each_bound_of_the_body_holds_one_beyond_it(server):
    person = server.person()
    path = f"/users/{person.id}"
    assert person.patch(path, {"username": "u" * 32, "name": "n" * 200}).status == 200
    for body in ({"username": "u" * 33}, {"username": "uu"}, {"name": "n" * 201}, {"email": "e" * 243 + "@example.org"},
                 {"name": "a\u0000b"}, {"name": "a\nb"}):
        assert person.patch(path, body).outcome == (400, "VALIDATION_FAILED"), body
    assert person.patch(path, body="[]", headers=[("Content-Type", "application/json")]).status == 400
    assert person.patch(path, body="name=Eve",
                        headers=[("Content-Type", "application/x-www-form-urlencoded")]).status == 415


# ---------------------------------------------------------------- A04: unique names

def test_A04_a_taken_username_cannot_be_taken_by_an_edit(server):
    server.person(username="ada")
    person = server.person(username="bob")
    for taken in ("ada", "ADA"):
        answer = person.patch(f"/users/{person.id}", {"username": taken, "name": "Eve"})
        assert answer.outcome == (409, "USERNAME_TAKEN")
    row = stored(server, person)
    assert (row["username"], row["name"]) == ("bob", None), "all of it or nothing"
    assert person.patch(f"/users/{person.id}", {"username": "BOB"}).data["user"]["username"] == "BOB"


def test_A04_of_16_edits_to_one_username_one_wins(server):
    people = [server.person() for _ in range(16)]
    answers = at_once(16, lambda i: people[i].patch(f"/users/{people[i].id}", {"username": "ada"}))
    assert sorted(answer.status for answer in answers) == [200] + [409] * 15
    assert len(server.rows("SELECT id FROM users WHERE username_key = 'ada'")) == 1


# ---------------------------------------------------------------- OT-07: the address

def test_OT07_a_new_address_takes_effect_once_its_mailbox_has_confirmed_it(start, mailbox):
    server = start({"mail": mailbox.settings})
    person = server.person()
    old = person.email
    answer = ask_for(person, "Ada.New@example.org")
    assert answer.data["user"]["email"] == old, "not before"
    letter = mailbox.wait_for(to="Ada.New@example.org", kind="confirm-email")
    assert letter.link.startswith("http://127.0.0.1:8080/api/v1/auth/confirm-email?token=gho_")
    assert mailbox.all(to=old) == []
    assert stored(server, person)["email"] == old
    assert person.log_in(), "with the old address as before"

    answer = confirm(server, letter.token)
    assert answer.status == 200
    assert (answer.data["user"]["email"], answer.data["user"]["emailVerified"]) == ("Ada.New@example.org", True)
    told = mailbox.wait_for(to=old, kind="email-changed")
    assert "A***@example.org" in told.text and "Ada.New@" not in told.text
    assert person.get("/profile").data["user"]["email"] == "Ada.New@example.org", "at once"
    person.email = "ada.new@example.org"
    assert person.log_in()
    assert server.client().post("/auth/login", {"email": old, "password": PASSWORD}).status == 401
    assert actions(server, person) == ["CREATE_USER", "UPDATE_USER", "CHANGE_EMAIL"]
    assert confirm(server, letter.token).outcome == INVALID, "once"


def test_OT07_the_user_cannot_call_an_address_verified(server):
    person = server.person()
    for value in (True, "true", 1):
        answer = person.patch(f"/users/{person.id}", {"emailVerified": value})
        assert answer.outcome == (400, "VALIDATION_FAILED")
    assert not stored(server, person)["email_verified"]


def test_OT07_an_older_session_has_to_log_in_again_first(server):
    person = server.person()
    server.advance("15m")
    person.take(person.refresh().data)
    answer = person.patch(f"/users/{person.id}", {"email": "thief@example.org", "name": "Eve"})
    assert answer.outcome == (403, "INSUFFICIENT_PERMISSIONS")
    assert "Log in again" in answer.json["detail"]
    assert stored(server, person)["name"] is None, "all of it or nothing"
    assert server.mails(to="thief@example.org") == []
    same = person.put(f"/users/{person.id}", {"email": person.email, "name": "Ada"})
    assert same.status == 200, "what is no change of the address needs no new login"
    assert ask_for(person.log_in(), "ada@example.org").status == 200
    assert server.mail(to="ada@example.org").kind == "confirm-email"


def test_OT07_the_same_address_in_other_letters_is_no_new_one(server):
    person = server.person(email="ada@example.org")
    server.advance("1h")
    person.take(person.refresh().data)
    answer = person.patch(f"/users/{person.id}", {"email": "Ada@Example.org"})
    assert answer.data["user"]["email"] == "Ada@Example.org"
    assert server.mails() == []
    assert person.log_in()


def test_OT07_an_admin_sets_it_at_once_and_the_old_address_is_told(server):
    person = server.person()
    old = person.email
    answer = server.admin.patch(f"/users/{person.id}", {"email": "ada@example.org"})
    assert (answer.data["user"]["email"], answer.data["user"]["emailVerified"]) == ("ada@example.org", True)
    assert [mail.kind for mail in server.mails()] == ["email-changed"]
    assert server.mail(to=old).kind == "email-changed"
    assert actions(server, person)[1:] == ["CHANGE_EMAIL"]
    person.email = "ada@example.org"
    assert person.log_in()


def test_OT07_an_admin_proves_the_own_address_like_everybody(server):
    answer = ask_for(server.admin, "root2@example.org")
    assert answer.data["user"]["email"] == server.admin.email
    assert server.mail(to="root2@example.org").kind == "confirm-email"


@pytest.mark.parametrize("token", ["", "gho_", "x" * 52, "x" * 257, None, True, 7, [], {}])
def test_OT12_what_is_no_token_confirms_nothing(server, token):
    answer = confirm(server, token)
    assert answer.status == 400
    assert answer.code in ("INVALID_OR_EXPIRED_TOKEN", "VALIDATION_FAILED")


def test_OT14_the_link_is_good_for_a_day_to_the_millisecond(server):
    person = server.person()
    ask_for(person, "ada@example.org")
    token = server.mail(to="ada@example.org").token
    issued, = server.rows("SELECT created_at, expires_at FROM one_time_secrets WHERE purpose = 'confirm_email'")
    assert issued["expires_at"] - issued["created_at"] == 24 * 3_600_000
    server.advance("24h")
    assert confirm(server, token).outcome == INVALID
    assert stored(server, person)["email"] == person.email


def test_OT05_a_newer_request_replaces_the_older_link(server):
    person = server.person()
    ask_for(person, "first@example.org")
    ask_for(person, "second@example.org")
    assert confirm(server, server.mail(to="first@example.org").token).outcome == INVALID
    assert confirm(server, server.mail(to="second@example.org").token).status == 200


def test_OT05_requests_are_counted(server):
    person = server.person()
    for i in range(5):
        ask_for(person, f"ada{i}@example.org")
    answer = person.patch(f"/users/{person.id}", {"email": "ada6@example.org"})
    assert answer.outcome == (429, "RATE_LIMITED")
    assert 0 < int(answer.header("Retry-After")) <= 3600
    assert len(server.mails(kind="confirm-email")) == 5
    server.advance("1h")
    assert ask_for(person.log_in(), "ada6@example.org").status == 200


@pytest.mark.parametrize("end", ["disabled", "deleted", "sessions", "by_admin", "admin_changes"])
def test_OT08_a_pending_link_dies_with_what_it_was_asked_for(server, end):
    person = server.person()
    ask_for(person, "ada@example.org")
    token = server.mail(to="ada@example.org").token
    if end == "disabled":
        server.admin.set_disabled(person)
        server.admin.set_disabled(person, False)
    elif end == "deleted":
        assert server.admin.delete(f"/users/{person.id}").status == 200
        assert server.admin.patch(f"/users/{person.id}/restore").status == 200
    elif end == "sessions":
        assert person.delete("/sessions?except=current").status == 200
    elif end == "by_admin":
        assert server.admin.delete(f"/users/{person.id}/sessions").status == 200
    else:
        server.admin.patch(f"/users/{person.id}", {"email": "other@example.org"})
    assert confirm(server, token).outcome == INVALID
    assert stored(server, person)["email_key"] != "ada@example.org"


def test_OT03_of_64_uses_of_one_link_one_wins(server):
    person = server.person()
    ask_for(person, "ada@example.org")
    token = server.mail(to="ada@example.org").token
    answers = at_once(64, lambda i: confirm(server, token))
    assert sorted(answer.status for answer in answers) == [200] + [400] * 63
    assert actions(server, person).count("CHANGE_EMAIL") == 1
    assert len(server.mails(kind="email-changed")) == 1


# ---------------------------------------------------------------- A04: a taken address

def test_A04_a_taken_address_is_told_where_addresses_are_no_secret(server):
    server.person(email="ada@example.org")
    person = server.person()
    assert person.patch(f"/users/{person.id}", {"email": "ADA@example.org"}).outcome == (409, "EMAIL_TAKEN")
    assert server.admin.patch(f"/users/{person.id}", {"email": "ada@example.org"}).outcome == (409, "EMAIL_TAKEN")
    assert server.mails() == []


def test_A04_where_addresses_are_secret_the_answers_are_the_same(start):
    server = start({"registration": {"reveal_existing": False}})
    server.client().post("/auth/register", {"email": "ada@example.org", "password": PASSWORD})
    server.client().post("/auth/register", {"email": "bob@example.org", "password": PASSWORD})
    bob = server.client()
    login = bob.post("/auth/login", {"email": "bob@example.org", "password": PASSWORD, "transport": "bearer"}).data
    bob.token = login["accessToken"]
    path = f"/users/{login['user']['id']}"
    taken, free = bob.patch(path, {"email": "ada@example.org"}), bob.patch(path, {"email": "free@example.org"})
    assert taken.status == free.status == 200 and taken.body == free.body
    assert [mail.kind for mail in server.mails(to="free@example.org")] == ["confirm-email"]
    told = server.mails(to="ada@example.org")[-1]
    assert told.kind == "already-known" and "token=" not in told.text and "gho_" not in told.text
    trail = [row["metadata"] for row in server.rows("SELECT metadata FROM audit_entries WHERE action = 'UPDATE_USER'")]
    assert len(trail) == 2 and trail[0] == trail[1]


@pytest.mark.parametrize("reveal", [True, False])
def test_A04_an_address_that_was_taken_meanwhile_stays_with_who_was_faster(start, reveal):
    server = start()
    person = server.person()
    ask_for(person, "ada@example.org")
    token = server.mail(to="ada@example.org").token
    server.person(email="ADA@example.org")
    if not reveal:
        server.settings["registration"]["reveal_existing"] = False
        server.restart()
    assert confirm(server, token).outcome == ((409, "EMAIL_TAKEN") if reveal else INVALID)
    assert stored(server, person)["email"] == person.email
    assert "CHANGE_EMAIL" not in actions(server, person)


def test_A04_of_two_who_confirm_one_address_one_gets_it(server):
    people = [server.person() for _ in range(2)]
    for person in people:
        ask_for(person, "ada@example.org")
    tokens = [mail.token for mail in server.mails(to="ada@example.org")]
    answers = at_once(2, lambda i: confirm(server, tokens[i]))
    assert sorted(answer.status for answer in answers) == [200, 409]
    assert len(server.rows("SELECT id FROM users WHERE email_key = 'ada@example.org'")) == 1


# ---------------------------------------------------------------- the page

def test_OT07_opening_the_link_uses_nothing_up(server):
    person = server.person()
    ask_for(person, "ada@example.org")
    token = server.mail(to="ada@example.org").token
    for accept in ("text/html", "*/*"):
        page = server.client().get(f"/auth/confirm-email?token={token}", headers=[("Accept", accept)])
        assert page.status == 200 and page.header("Content-Type").startswith("text/html")
        assert token.encode() not in page.body
        assert page.header("Referrer-Policy") == "no-referrer"
    assert stored(server, person)["email"] == person.email
    assert confirm(server, token).status == 200


def test_OT10_no_token_is_in_the_log_or_the_audit_trail(server):
    person = server.person()
    ask_for(person, "ada@example.org")
    token = server.mail(to="ada@example.org").token
    server.client().get(f"/auth/confirm-email?token={token}")
    confirm(server, token)
    server.settle_log()
    assert token not in server.transcript()
    assert token.encode() not in server.stored_bytes()
    assert all(token not in str(row) for row in server.rows("SELECT * FROM audit_entries"))


def test_OT09_the_link_is_made_from_the_settings_alone(start):
    server = start({"server": {"public_url": "https://accounts.example.org"}})
    person = server.person()
    headers = [("Host", "evil.test"), ("X-Forwarded-Host", "evil.test"), ("Forwarded", "host=evil.test")]
    answer = person.patch(f"/users/{person.id}", {"email": "ada@example.org"}, headers=headers)
    assert answer.status == 200
    mail = server.mail(to="ada@example.org")
    assert mail.link.startswith("https://accounts.example.org/api/v1/auth/confirm-email?token=")
    assert b"evil.test" not in mail.bytes
