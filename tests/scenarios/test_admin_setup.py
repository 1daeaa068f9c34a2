"""The first administrator (C09, PW-14)."""

import pytest

from support.concurrency import at_once
from support.server import ADMIN_EMAIL

INVALID = (400, "INVALID_OR_EXPIRED_TOKEN")
CHOSEN = "kites-fly-over-the-bay-6"
NO_PASSWORD = {"GATEHOUSE_ADMIN_PASSWORD": None}


@pytest.fixture
def waiting(start):
    """A server whose settings name an admin's address and no password."""
    return start(env=NO_PASSWORD)


def link(server, nth=-1):
    entries = [entry for entry in server.log() if entry.get("event") == "set_up_admin"]
    return entries[nth]["link"]


def token(server, nth=-1):
    return link(server, nth).partition("?token=")[2]


def set_up(server, token, password=CHOSEN):
    return server.client().post("/auth/set-up", {"token": token, "password": password})


def log_in(server, password=CHOSEN):
    return server.client().post("/auth/login", {"email": ADMIN_EMAIL, "password": password, "transport": "bearer"})


def admins(server):
    return server.rows("SELECT * FROM users WHERE role = 'admin'")


def test_C09_PW14_without_a_password_a_link_is_printed_once(waiting):
    entries = [entry for entry in waiting.log() if "auth/set-up" in str(entry)]
    assert [entry["event"] for entry in entries] == ["set_up_admin"]
    assert entries[0]["link"].startswith("http://127.0.0.1:8080/api/v1/auth/set-up?token=gho_")
    assert entries[0]["email"] == ADMIN_EMAIL
    answer = set_up(waiting, token(waiting))
    assert answer.status == 200
    user = answer.data["user"]
    assert (user["role"], user["email"], user["disabled"], user["emailVerified"]) == ("admin", ADMIN_EMAIL, False, True)
    assert "accessToken" not in answer.json["data"], "it does not log in"
    admin = waiting.client(token=log_in(waiting).data["accessToken"])
    assert admin.get("/users").status == 200
    trail = waiting.rows("SELECT action, metadata FROM audit_entries WHERE entity_id = ? ORDER BY seq", user["id"])
    assert [row["action"] for row in trail] == ["CREATE_USER", "RESET_PASSWORD", "LOGIN"]
    assert "set_up" in trail[1]["metadata"]


def test_PW14_a_second_use_is_refused(waiting):
    first = token(waiting)
    assert set_up(waiting, first).status == 200
    assert set_up(waiting, first, "another-one-for-the-thief-1").outcome == INVALID
    assert log_in(waiting, "another-one-for-the-thief-1").status == 401
    assert log_in(waiting).status == 200


def test_PW14_of_64_uses_at_once_one_wins(start):
    server = start({"passwords": {"hash_queue": 256}}, env=NO_PASSWORD)
    once = token(server)
    passwords = [f"kites-fly-over-the-bay-{i}{i}" for i in range(16)]
    answers = at_once(16, lambda i: set_up(server, once, passwords[i]))
    assert sorted(answer.status for answer in answers) == [200] + [400] * 15
    winner = next(i for i in range(16) if answers[i].status == 200)
    assert log_in(server, passwords[winner]).status == 200
    assert [log_in(server, password).status for i, password in enumerate(passwords) if i != winner] == [401] * 15


def test_PW14_after_that_no_start_prints_another(waiting):
    set_up(waiting, token(waiting))
    waiting.restart()
    assert len([entry for entry in waiting.log() if entry.get("event") == "set_up_admin"]) == 1
    assert log_in(waiting).status == 200


def test_PW14_while_unused_each_start_makes_a_new_link_and_the_old_one_is_dead(waiting):
    waiting.restart()
    old, new = token(waiting, 0), token(waiting, 1)
    assert old != new
    assert set_up(waiting, old).outcome == INVALID
    assert len(admins(waiting)) == 1
    assert set_up(waiting, new).status == 200


def test_PW14_the_link_lives_for_a_day(waiting):
    waiting.advance("24h")
    assert set_up(waiting, token(waiting)).outcome == INVALID
    assert admins(waiting)[0]["disabled"] == 1


@pytest.mark.parametrize("password", ["", "!", "admin", "password", "admin123", "gatehouse", "changeme"])
def test_PW14_until_then_no_password_opens_it(waiting, password):
    answer = log_in(waiting, password)
    assert answer.status in (400, 401)
    assert answer.code in ("VALIDATION_FAILED", "INVALID_CREDENTIALS")


def test_PW14_until_then_no_mail_opens_it_either(waiting):
    row, = admins(waiting)
    assert (row["disabled"], row["email_verified"], row["password_hash"]) == (1, 0, "!")
    for path in ("/auth/forgot-password", "/auth/verify/resend"):
        waiting.client().post(path, {"email": ADMIN_EMAIL})
    waiting.advance("1m")
    assert waiting.mails(to=ADMIN_EMAIL) == []


def test_PW14_a_password_that_breaks_a_rule_uses_nothing_up(waiting):
    for weak in ("short", "password1234", "root@gatehouse"):
        answer = set_up(waiting, token(waiting), weak)
        assert answer.outcome == (400, "VALIDATION_FAILED")
        assert {error["field"] for error in answer.json["errors"]} == {"password"}
    assert set_up(waiting, token(waiting)).status == 200


@pytest.mark.parametrize("body", [{}, {"token": None, "password": CHOSEN}, {"token": True, "password": CHOSEN},
                                  {"token": "gho_x", "password": CHOSEN}, {"token": "", "password": CHOSEN},
                                  {"password": CHOSEN}, {"token": "gho_x"},
                                  {"token": "gho_x", "password": CHOSEN, "email": "thief@example.org"}])
def test_PW14_nothing_but_the_link_sets_it_up(waiting, body):
    assert waiting.client().post("/auth/set-up", body).status == 400
    assert admins(waiting)[0]["password_hash"] == "!"


def test_PW14_an_address_that_was_mistyped_is_not_kept_as_an_admin(waiting):
    first = token(waiting)
    waiting.settings["admin"] = {"email": "right@gatehouse.test"}
    waiting.restart()
    assert [row["email"] for row in admins(waiting)] == ["right@gatehouse.test"]
    assert set_up(waiting, first).outcome == INVALID
    assert set_up(waiting, token(waiting)).data["user"]["email"] == "right@gatehouse.test"


def test_C09_a_password_in_the_settings_comes_before_the_link(waiting):
    first = token(waiting)
    waiting.env["GATEHOUSE_ADMIN_PASSWORD"] = CHOSEN
    waiting.restart()
    assert waiting.events("admin_created")
    assert log_in(waiting).status == 200
    assert set_up(waiting, first, "another-one-for-the-thief-1").outcome == INVALID
    assert len(admins(waiting)) == 1


def test_C09_who_has_the_address_already_does_not_become_admin(start, tmp_path):
    server = start({"admin": {"email": ""}}, env=NO_PASSWORD)
    assert server.events("no_admin") and admins(server) == []
    server.person(email=ADMIN_EMAIL)
    server.stop()
    server.settings["admin"] = {"email": ADMIN_EMAIL}
    server.refuses_to_start()
    assert admins(server) == []


def test_PW14_opening_the_link_uses_nothing_up(waiting):
    page = waiting.client().get(f"/auth/set-up?token={token(waiting)}", headers=[("Accept", "text/html")])
    assert page.status == 200 and page.header("Content-Type").startswith("text/html")
    assert token(waiting).encode() not in page.body
    assert set_up(waiting, token(waiting)).status == 200


def test_PW14_the_token_is_nowhere_but_in_that_line(waiting):
    once = token(waiting)
    waiting.client().get(f"/auth/set-up?token={once}")
    set_up(waiting, once)
    waiting.settle_log()
    assert waiting.transcript().count(once) == 1
    assert once.encode() not in waiting.stored_bytes()
    assert waiting.mails() == []
