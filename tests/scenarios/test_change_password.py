"""Changing one's password: the session that does it goes on under new keys, the others end (E04, PW-09, SE-01, C05)."""

import json

import pytest

from support import recovery
from support.concurrency import at_once
from support.people import PASSWORD
from support.recovery import NEW_PASSWORD, log_in


def change(client, current=PASSWORD, new=NEW_PASSWORD, **members):
    return client.post("/auth/change-password", {"currentPassword": current, "newPassword": new, **members})


def errors(answer):
    return {(error["field"], error["code"]) for error in answer.json["errors"]}


# ---------------------------------------------------------------- E04, SE-01: what goes on and what ends

def test_E04_a_change_gives_new_tokens_and_ends_the_other_sessions(server):
    person = server.person()
    elsewhere = log_in(server, person).data
    answer = change(person)
    assert answer.status == 200
    assert set(answer.data) == {"accessToken", "tokenType", "expiresIn", "refreshToken", "refreshExpiresIn"}
    old_access, old_refresh = person.access_token, person.refresh_token
    person.take(answer.data)
    assert person.get("/profile").data["session"]["id"] == person.session["id"], "the session goes on"
    assert server.client(token=elsewhere["accessToken"]).get("/profile").outcome == (401, "SESSION_REVOKED")
    assert person.refresh(elsewhere["refreshToken"]).outcome == (401, "INVALID_REFRESH_TOKEN")
    assert log_in(server, person, PASSWORD).outcome == (401, "INVALID_CREDENTIALS")
    assert log_in(server, person, NEW_PASSWORD).status == 200
    entry, = recovery.audit(server, "CHANGE_PASSWORD", person)
    assert entry["actor_id"] == entry["entity_id"] == person.id
    assert entry["metadata"]["sessionsEnded"] == 1 and entry["metadata"]["sessionId"] == person.session["id"]
    assert server.mail(to=person.email, kind=recovery.CHANGED)
    assert old_access != person.access_token and old_refresh != person.refresh_token


def test_SE01_no_token_of_before_the_change_works_after_it(server):
    person = server.person()
    first_access, first_refresh = person.access_token, person.refresh_token
    person.take(person.refresh().data)
    stale = [first_access, person.access_token]
    unknown = [first_refresh, person.refresh_token]
    person.take(change(person).data)
    for token in stale:
        assert server.client(token=token).get("/profile").outcome == (401, "SESSION_REVOKED")
    for token in unknown:
        assert person.refresh(token).outcome == (401, "INVALID_REFRESH_TOKEN")
    # and they were no theft: the session lives, refreshes, and is told of nowhere
    assert person.get("/profile").status == 200
    person.take(person.refresh().data)
    assert person.get("/profile").status == 200
    assert server.rows("SELECT * FROM audit_entries WHERE action = 'TOKEN_REUSE_DETECTED'") == []
    assert change(server.client(token=first_access), NEW_PASSWORD, "thief-thief-thief-7").outcome == (
        401, "SESSION_REVOKED")


def test_SE01_every_worker_refuses_the_old_token_at_once(start):
    server = start({"server": {"workers": 2}})
    person = server.person()
    clients = [server.client(token=person.access_token) for _ in range(8)]
    assert {client.get("/profile").status for client in clients} == {200}
    person.take(change(person).data)
    assert {client.get("/profile").outcome for client in clients} == {(401, "SESSION_REVOKED")}


def test_SE01_a_restart_forgets_neither(server):
    person = server.person()
    old = person.access_token
    person.take(change(person).data)
    server.restart()
    assert server.client(token=old).get("/profile").outcome == (401, "SESSION_REVOKED")
    assert server.client(token=person.access_token).get("/profile").status == 200


@pytest.mark.parametrize("transport", ["hybrid", "cookie"])
def test_E04_the_new_tokens_travel_as_the_old_ones_did(server, transport):
    person = server.person()
    browser = person.browser(transport)
    if transport == "hybrid":
        browser.token = browser.login.data["accessToken"]
    before = dict(browser.cookies)
    answer = change(browser)
    assert answer.status == 200
    assert ("accessToken" in answer.data) == (transport == "hybrid") and "refreshToken" not in answer.data
    cookies = answer.set_cookies()
    assert set(cookies) == ({"refreshToken", "csrfToken"} if transport == "hybrid"
                            else {"accessToken", "refreshToken", "csrfToken"})
    assert "httponly" in cookies["refreshToken"][1] and cookies["refreshToken"][1]["samesite"] == "Strict"
    assert browser.cookies["refreshToken"] != before["refreshToken"]
    browser.csrf = cookies["csrfToken"][0]
    browser.token = answer.data.get("accessToken")
    assert browser.get("/profile").status == 200
    assert browser.post("/auth/refresh").status == 200


def test_E04_by_cookie_the_change_needs_the_csrf_token(server):
    person = server.person()
    browser = person.browser("cookie")
    browser.csrf = None
    assert change(browser).outcome == (403, "EBADCSRFTOKEN")
    browser.csrf = "x" * 40
    assert change(browser).outcome == (403, "EBADCSRFTOKEN")
    assert log_in(server, person, PASSWORD).status == 200


def test_E04_a_page_of_another_origin_cannot_have_cookies_set(server):
    person = server.person()
    answer = person.post("/auth/change-password", {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD},
                         headers=[("Origin", "https://evil.example")])
    assert answer.outcome == (403, "EBADCSRFTOKEN") and not answer.set_cookies()
    assert log_in(server, person, PASSWORD).status == 200


# ---------------------------------------------------------------- PW-09: the current password

def test_PW09_without_the_right_current_password_nothing_changes(server):
    person = server.person()
    assert change(person, "not-the-password-1").outcome == (401, "INVALID_CREDENTIALS")
    for current in (None, "", 7, True, [], PASSWORD.upper(), PASSWORD + " ", PASSWORD[:-1]):
        assert change(person, current).status in (400, 401), current
    missing = person.post("/auth/change-password", {"newPassword": NEW_PASSWORD})
    assert missing.outcome == (400, "VALIDATION_FAILED") and errors(missing) == {("currentPassword", "required")}
    assert person.get("/profile").status == 200 and person.refresh().status == 200
    assert log_in(server, person, PASSWORD).status == 200
    assert recovery.audit(server, "CHANGE_PASSWORD", person) == []
    assert server.mails(to=person.email, kind=recovery.CHANGED) == []


def test_PW09_only_whoever_is_logged_in_may(server):
    person = server.person()
    assert change(server.client()).outcome == (401, "AUTHENTICATION_REQUIRED")
    person.post("/auth/logout")
    assert change(person).outcome == (401, "SESSION_REVOKED")
    assert log_in(server, person, PASSWORD).status == 200


def test_PW09_wrong_current_passwords_count_as_failures_of_the_account(start):
    server = start({"lockout": {"account_failures": 6}})
    person = server.person()
    outcomes = [change(person, f"guess-number-{i}").outcome for i in range(40)]
    let_through = outcomes.count((401, "INVALID_CREDENTIALS"))
    assert 0 < let_through < 40
    assert set(outcomes[let_through:]) == {(429, "TOO_MANY_LOGIN_ATTEMPTS")}
    refused = change(person)
    assert refused.outcome == (429, "TOO_MANY_LOGIN_ATTEMPTS"), "not even the right one, until the window ends"
    assert 0 < int(refused.header("Retry-After")) <= 15 * 60
    assert person.get("/profile").status == 200, "nobody is logged out by it"
    server.advance("15m")
    fresh = log_in(server, person, PASSWORD)
    assert fresh.status == 200
    assert change(server.client(token=fresh.data["accessToken"])).status == 200


# ---------------------------------------------------------------- the new password

def test_E04_the_new_password_meets_the_rules_and_all_mistakes_come_at_once(server):
    person = server.person(username="marlowe")
    for bad, code in (("short-1", "too_short"), ("Password123", "too_common"), ("x" * 1025, "too_long"),
                      ("marlowe-marlowe", "contains_context"), (PASSWORD, "same_as_current")):
        answer = change(person, new=bad)
        assert answer.outcome == (400, "VALIDATION_FAILED"), (bad, answer)
        assert ("newPassword", code) in errors(answer), (bad, answer)
    answer = person.post("/auth/change-password", {"newPassword": "short", "role": "admin"})
    assert {("currentPassword", "required"), ("newPassword", "too_short"), ("role", "unknown_field")} <= errors(answer)
    assert log_in(server, person, PASSWORD).status == 200
    assert change(person, new="x" * 1024).status in (200, 400), "the cap itself is no error of length"


def test_E04_nothing_secret_is_kept_or_told(server):
    person = server.person()
    answer = change(person)
    assert answer.status == 200
    server.settle_log()
    stored = server.stored_bytes()
    for secret in (PASSWORD, NEW_PASSWORD, answer.data["refreshToken"], answer.data["accessToken"]):
        assert secret.encode() not in stored and secret not in server.transcript()
    assert NEW_PASSWORD not in json.dumps(server.rows("SELECT * FROM audit_entries"))
    assert NEW_PASSWORD not in server.mail(to=person.email, kind=recovery.CHANGED).text


# ---------------------------------------------------------------- at the same time

def test_SE01_of_many_changes_with_one_token_one_wins(server):
    person = server.person()
    passwords = [f"lanterns-drift-past-mill-{i}x" for i in range(16)]
    answers = at_once(16, lambda i: change(server.client(token=person.access_token), new=passwords[i]))
    winners = [i for i, answer in enumerate(answers) if answer.status == 200]
    assert len(winners) == 1, [answer.outcome for answer in answers]
    losers = {answer.outcome for answer in answers if answer.status != 200}
    assert losers <= {(401, "SESSION_REVOKED"), (401, "INVALID_CREDENTIALS"), (429, "TOO_MANY_LOGIN_ATTEMPTS")}
    assert log_in(server, person, passwords[winners[0]]).status == 200
    person.take(answers[winners[0]].data)
    assert person.get("/profile").status == 200
    assert len(recovery.audit(server, "CHANGE_PASSWORD", person)) == 1
    assert len(server.mails(to=person.email, kind=recovery.CHANGED)) == 1


# ---------------------------------------------------------------- C05: logging out

def test_C05_logging_out_after_a_change_works_and_old_tokens_end_nothing(server):
    person = server.person()
    old_access, old_refresh = person.access_token, person.refresh_token
    person.take(change(person).data)
    assert server.client(token=old_access).post("/auth/logout").status == 200
    assert server.client().post("/auth/logout", {"refreshToken": old_refresh}).status == 200
    assert person.get("/profile").status == 200, "neither is a credential any more"
    assert server.rows("SELECT * FROM audit_entries WHERE action = 'LOGOUT'") == []
    for _ in range(2):
        assert person.post("/auth/logout").status == 200
    assert person.get("/profile").outcome == (401, "SESSION_REVOKED")
    assert len(server.rows("SELECT * FROM audit_entries WHERE action = 'LOGOUT'")) == 1
