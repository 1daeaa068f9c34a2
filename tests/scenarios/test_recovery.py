"""Forgotten passwords: the mail, its link, and what a reset ends (E04, OT rows, BF-03, BF-08, PW-13)."""

import json

import pytest

from support import recovery
from support.people import PASSWORD
from support.recovery import BAD_TOKEN, NEW_PASSWORD, RESET, forgot, log_in, reset, reset_mail

HTML = [("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")]
JSON_TYPE = [("Content-Type", "application/json")]


@pytest.fixture
def server(start, mailbox):
    return start({"mail": mailbox.settings})


def errors(answer):
    return {(error["field"], error["code"]) for error in answer.json["errors"]}


def password_works(server, person, password):
    return log_in(server, person, password).status == 200


# ---------------------------------------------------------------- E04: the whole way

def test_E04_a_forgotten_password_is_reset_by_mail(server, mailbox):
    person = server.person()
    mail = reset_mail(server, mailbox, person.email)
    assert "/api/v1/auth/reset-password?token=gho_" in mail.link
    assert password_works(server, person, PASSWORD), "nothing happens before the link is used"
    answer = reset(server, mail.token)
    assert answer.status == 200 and answer.json["data"] is None
    assert not password_works(server, person, PASSWORD)
    assert password_works(server, person, NEW_PASSWORD)
    assert mailbox.wait_for(to=person.email, kind=recovery.CHANGED)
    entry, = recovery.audit(server, "RESET_PASSWORD", person)
    assert entry["entity_id"] == person.id and entry["outcome"] == "success"
    assert entry["metadata"]["sessionsEnded"] == 2
    assert mail.token not in json.dumps(entry)


def test_E04_a_reset_ends_every_session_and_its_tokens(server, mailbox):
    person = server.person()
    browser = person.browser("cookie")
    mail = reset_mail(server, mailbox, person.email)
    assert reset(server, mail.token).status == 200
    assert person.get("/profile").outcome == (401, "SESSION_REVOKED")
    assert browser.get("/profile").outcome == (401, "SESSION_REVOKED")
    assert person.refresh().outcome == (401, "INVALID_REFRESH_TOKEN")
    assert browser.post("/auth/refresh").outcome == (401, "INVALID_REFRESH_TOKEN")
    assert server.rows("SELECT id FROM sessions WHERE user_id = ? AND revoked_at IS NULL", person.id) == []


def test_OT11_a_reset_logs_nobody_in(server, mailbox):
    person = server.person()
    client = server.client(jar=True)
    token = reset_mail(server, mailbox, person.email).token
    answer = client.post("/auth/reset-password", {"token": token, "password": NEW_PASSWORD})
    assert answer.status == 200 and not answer.set_cookies()
    assert "accessToken" not in answer.body.decode() and "refreshToken" not in answer.body.decode()
    assert client.get("/profile").outcome == (401, "AUTHENTICATION_REQUIRED")
    assert person.refresh().outcome == (401, "INVALID_REFRESH_TOKEN")


def test_E04_nobody_elses_sessions_are_touched(server, mailbox):
    person, other = server.person(), server.person()
    assert reset(server, reset_mail(server, mailbox, person.email).token).status == 200
    assert other.get("/profile").status == 200 and other.refresh().status == 200
    assert password_works(server, other, PASSWORD)
    assert mailbox.all(to=other.email, kind=recovery.CHANGED) == []


def test_E04_a_reset_proves_the_mailbox_and_verifies_the_address(start, mailbox):
    server = start({"mail": mailbox.settings, "registration": {"verify_email": True}})
    email = "late@example.org"
    server.client().post("/auth/register", {"email": email, "password": PASSWORD})
    assert server.client().post("/auth/login", {"email": email, "password": PASSWORD}).outcome == (
        403, "EMAIL_NOT_VERIFIED")
    assert reset(server, reset_mail(server, mailbox, email).token).status == 200
    answer = server.client().post("/auth/login", {"email": email, "password": NEW_PASSWORD})
    assert answer.status == 200 and answer.data["user"]["emailVerified"] is True
    entry, = server.rows("SELECT * FROM audit_entries WHERE action = 'VERIFY_EMAIL'")
    assert entry["entity_id"] == answer.data["user"]["id"]


# ---------------------------------------------------------------- the new password

def test_E04_the_new_password_meets_the_rules_of_registration_and_a_refusal_costs_no_token(start, mailbox):
    server = start({"mail": mailbox.settings, "passwords": {"require": ["upper", "digit"]}},
                   env={"GATEHOUSE_ADMIN_PASSWORD": "Correct-horse-battery-9"})
    person = server.person(password="Kites-fly-over-the-lake-7", username="marlowe")
    token = reset_mail(server, mailbox, person.email).token
    for bad, code in (("Short-1", "too_short"), ("no-digits-and-no-capitals", "missing_digit"),
                      ("x" * 1025, "too_long"), ("Password123", "too_common"),
                      ("marlowe-Marlowe-1", "contains_context")):
        answer = reset(server, token, bad)
        assert answer.outcome == (400, "VALIDATION_FAILED"), (bad, answer)
        assert ("password", code) in errors(answer), (bad, answer)
    several = errors(reset(server, token, "short"))
    assert {("password", "too_short"), ("password", "missing_upper"), ("password", "missing_digit")} <= several
    assert password_works(server, person, person.password)
    assert reset(server, token, "Lanterns-drift-past-mill-4").status == 200


def test_E06_all_mistakes_of_the_body_come_at_once(server, mailbox):
    person = server.person()
    token = reset_mail(server, mailbox, person.email).token
    answer = server.client().post("/auth/reset-password", {"token": token, "password": "short", "role": "admin"})
    assert answer.outcome == (400, "VALIDATION_FAILED")
    assert {("password", "too_short"), ("role", "unknown_field")} <= errors(answer)
    answer = server.client().post("/auth/reset-password", {})
    assert {field for field, _ in errors(answer)} == {"token", "password"}
    assert server.client().post("/auth/forgot-password", {"email": 7, "x": 1}).outcome == (400, "VALIDATION_FAILED")
    assert reset(server, token).status == 200


# ---------------------------------------------------------------- OT-12, OT-04, OT-14, OT-05: the token

def test_OT12_no_step_can_be_skipped_or_forged(server, mailbox):
    person = server.person()
    nothing_asked_for = [None, True, 1, "", [], {}, "null", "true", "gho_", "gho_" + "A" * 48, person.id,
                         person.access_token[:200], "x" * 256, "x" * 257, "%00", "gho_\u0000"]
    for token in nothing_asked_for:
        answer = reset(server, token)
        assert answer.status == 400 and answer.code in ("VALIDATION_FAILED", BAD_TOKEN[1]), (token, answer)
    for extra in ({"userId": person.id}, {"email": person.email}, {"user": person.id}):
        answer = server.client().post("/auth/reset-password", {"password": NEW_PASSWORD, **extra})
        assert answer.outcome == (400, "VALIDATION_FAILED")
    token = reset_mail(server, mailbox, person.email).token
    for changed in (token[:-1], token + "A", token.swapcase(), token[:20] + ("A" if token[20] != "A" else "B") + token[21:],
                    " " + token, token + " ", token[4:]):
        assert reset(server, changed).outcome == BAD_TOKEN, changed
    other = server.client().post("/auth/reset-password",
                                 {"token": token, "password": NEW_PASSWORD, "userId": server.person().id})
    assert other.outcome == (400, "VALIDATION_FAILED"), "a token is its owner's and takes no other name"
    assert password_works(server, person, PASSWORD) and person.get("/profile").status == 200
    assert recovery.audit(server, "RESET_PASSWORD", person) == []
    assert reset(server, token).status == 200, "and none of that used it up"


def test_E04_a_token_works_once(server, mailbox):
    person = server.person()
    token = reset_mail(server, mailbox, person.email).token
    assert reset(server, token).status == 200
    assert reset(server, token, "another-password-of-mine-9").outcome == BAD_TOKEN
    assert password_works(server, person, NEW_PASSWORD)
    assert len(recovery.audit(server, "RESET_PASSWORD", person)) == 1


def test_OT14_a_token_dies_at_fifteen_minutes_to_the_millisecond(server, mailbox):
    early, late = server.person(), server.person()
    tokens = {who: reset_mail(server, mailbox, who.email).token for who in (early, late)}
    issued = {row["user_id"]: row["expires_at"] - row["created_at"]
              for row in server.rows("SELECT user_id, created_at, expires_at FROM one_time_secrets")}
    assert issued == {early.id: 900_000, late.id: 900_000}
    server.advance("14m")
    assert reset(server, tokens[early]).status == 200
    server.advance("61s")
    assert reset(server, tokens[late]).outcome == BAD_TOKEN
    assert password_works(server, late, PASSWORD)


def test_OT05_a_newer_mail_makes_the_older_one_worthless(server, mailbox):
    person = server.person()
    older = reset_mail(server, mailbox, person.email).token
    server.advance("31s")
    newer = reset_mail(server, mailbox, person.email).token
    assert reset(server, older).outcome == BAD_TOKEN
    assert reset(server, newer).status == 200


def test_OT04_a_token_of_another_purpose_is_worth_nothing_here_nor_this_one_elsewhere(start, mailbox):
    server = start({"mail": mailbox.settings, "registration": {"verify_email": True}})
    email = "ada@example.org"
    server.client().post("/auth/register", {"email": email, "password": PASSWORD})
    token = reset_mail(server, mailbox, email).token
    assert server.client().post("/auth/not-me", {"token": token}).outcome == BAD_TOKEN
    verify = mailbox.all(to=email, kind="verify-email")
    if verify:
        assert reset(server, verify[-1].token).outcome == BAD_TOKEN
        assert server.client().post("/auth/verify", {"token": token}).outcome == BAD_TOKEN
    assert server.client(token=token).get("/profile").status == 401
    assert server.client().post("/auth/refresh", {"refreshToken": token}).outcome == (401, "INVALID_REFRESH_TOKEN")
    assert reset(server, token).status == 200


def test_OT04_one_accounts_token_sets_no_other_accounts_password(server, mailbox):
    person, other = server.person(), server.person()
    assert reset(server, reset_mail(server, mailbox, person.email).token).status == 200
    assert password_works(server, other, PASSWORD) and not password_works(server, other, NEW_PASSWORD)


# ---------------------------------------------------------------- OT-08: what ends a pending reset

def test_OT08_a_changed_password_ends_a_pending_reset(server, mailbox):
    person = server.person()
    token = reset_mail(server, mailbox, person.email).token
    changed = person.post("/auth/change-password", {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD})
    assert changed.status == 200
    assert reset(server, token, "a-thief-would-like-this-one-3").outcome == BAD_TOKEN
    assert password_works(server, person, NEW_PASSWORD)


def test_OT08_logging_out_everywhere_ends_a_pending_reset(server, mailbox):
    person = server.person()
    token = reset_mail(server, mailbox, person.email).token
    assert person.delete("/sessions?except=current").status == 200
    assert reset(server, token).outcome == BAD_TOKEN
    assert password_works(server, person, PASSWORD)


def test_BF08_a_disabled_or_deleted_account_gets_no_mail_and_finishes_no_reset(server, mailbox):
    disabled, deleted = server.person(), server.person()
    tokens = [reset_mail(server, mailbox, who.email).token for who in (disabled, deleted)]
    server.admin.set_disabled(disabled)
    assert deleted.delete("/auth/me").status == 200
    for token in tokens:
        assert reset(server, token).outcome == BAD_TOKEN
    server.advance("31s")
    for who in (disabled, deleted):
        before = len(mailbox.all(to=who.email, kind=RESET))
        assert forgot(server, who.email).status == 202
        mails = recovery.settle(server, mailbox, who.email)
        assert len([mail for mail in mails if mail.kind == RESET]) == before
        assert recovery.audit(server, "RESET_PASSWORD", who) == []
    server.admin.set_disabled(disabled, False)
    assert reset(server, tokens[0]).outcome == BAD_TOKEN, "being let in again does not bring it back"
    assert password_works(server, disabled, PASSWORD)


# ---------------------------------------------------------------- BF-03: nobody learns who has an account

def test_BF03_known_and_unknown_addresses_get_the_same_bytes(server, mailbox):
    person, gone = server.person(), server.person()
    gone.delete("/auth/me")
    answers = [forgot(server, email) for email in (person.email, "nobody@example.org", gone.email, "not an address")]
    answers.append(forgot(server, person.email.upper()))
    assert {answer.status for answer in answers} == {202}
    assert len({answer.body for answer in answers}) == 1
    shown = [{name.lower() for name, _ in answer.headers} for answer in answers]
    assert all(names == shown[0] for names in shown)
    assert [len(answer.header("X-Request-Id")) for answer in answers].count(
        len(answers[0].header("X-Request-Id"))) == len(answers)
    recovery.settle(server, mailbox, person.email)
    assert {mail.to for mail in mailbox.all(kind=RESET)} == {person.email}


def test_BF03_the_address_is_found_whatever_its_case_and_the_mail_goes_to_the_one_on_file(server, mailbox):
    person = server.person(email="Ada.Lovelace@example.org")
    assert forgot(server, "ADA.LOVELACE@EXAMPLE.ORG").status == 202
    assert mailbox.wait_for(kind=RESET).to == "Ada.Lovelace@example.org"
    assert len(recovery.settle(server, mailbox, person.email)) == 1


# ---------------------------------------------------------------- OT-09, OT-10: the link

EVIL = [[("Host", "evil.example")], [("X-Forwarded-Host", "evil.example")], [("X-Forwarded-Proto", "gopher")],
        [("Forwarded", "host=evil.example;proto=https")], [("X-Original-Host", "evil.example")],
        [("X-Forwarded-For", "203.0.113.9")], [("Origin", "https://evil.example")]]


@pytest.mark.parametrize("trusted", [[], ["127.0.0.0/8"]])
def test_OT09_the_links_host_is_the_settings_whatever_the_request_says(start, mailbox, trusted):
    server = start({"mail": mailbox.settings,
                    "server": {"public_url": "https://id.example.net", "trusted_proxies": trusted}})
    for fields in EVIL:
        person = server.person()
        assert forgot(server, person.email, headers=fields).status in (202, 400, 421), fields
        recovery.settle(server, mailbox, person.email)
        for mail in mailbox.all(to=person.email, kind=RESET):
            assert mail.link.startswith("https://id.example.net/api/v1/auth/reset-password?token="), fields
            assert b"evil.example" not in mail.bytes
    assert len(mailbox.all(kind=RESET)) >= len(EVIL) - 1, "a refused Host at most"


def test_OT10_the_token_is_in_the_mail_alone(server, mailbox):
    person = server.person()
    asked = forgot(server, person.email)
    token = mailbox.wait_for(to=person.email, kind=RESET).token
    page = server.client().get(f"/auth/reset-password?token={token}", headers=HTML)
    bad = reset(server, token, "short")
    assert token.encode() not in server.stored_bytes(), "stored as a hash"
    good = reset(server, token)
    again = reset(server, token)
    for answer in (asked, page, bad, good, again):
        assert token not in answer.body.decode() and token not in str(answer.headers), answer
    assert token.encode() not in server.stored_bytes()
    server.settle_log()
    assert token not in server.transcript()
    assert token not in json.dumps(server.rows("SELECT * FROM audit_entries"))
    assert token not in server.metrics().text


# ---------------------------------------------------------------- the page

@pytest.mark.parametrize("path", ["/auth/reset-password", "/auth/not-me"])
def test_OT10_opening_the_link_uses_nothing_up_and_tells_nobody_else(server, mailbox, path):
    person = server.person()
    token = reset_mail(server, mailbox, person.email).token
    for _ in range(3):
        page = server.client().get(f"{path}?token={token}", headers=HTML)
        assert page.status == 200 and page.header("Content-Type").startswith("text/html")
        assert page.header("Referrer-Policy") == "no-referrer" and page.header("Cache-Control") == "no-store"
        assert "default-src 'none'" in page.header("Content-Security-Policy")
        assert "unsafe-inline" not in page.header("Content-Security-Policy")
        text = page.body.decode()
        assert token not in text and "http://" not in text and "https://" not in text, "nothing is loaded from anywhere"
    assert server.client().head(f"{path}?token={token}").status == 200
    same = server.client().get(f"{path}?token=nonsense", headers=HTML)
    assert len(same.body) == len(page.body), "the page looks at nothing"
    assert server.client().get(f"{path}?token={token}&x=1").outcome == (400, "VALIDATION_FAILED")
    assert reset(server, token).status == 200


def test_WB03_forms_cannot_reset(server, mailbox):
    person = server.person()
    token = reset_mail(server, mailbox, person.email).token
    body = json.dumps({"token": token, "password": NEW_PASSWORD})
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", None):
        headers = [("Content-Type", kind)] if kind else []
        for path in ("/auth/reset-password", "/auth/not-me", "/auth/forgot-password"):
            assert server.client().post(path, body=body, headers=headers).status == 415, (kind, path)
    assert reset(server, token).status == 200


# ---------------------------------------------------------------- PW-13: by an administrator

def test_PW13_an_admin_starts_a_reset_and_neither_chooses_nor_learns_anything(server, mailbox):
    person = server.person()
    answer = server.admin.post(f"/users/{person.id}/reset-password")
    assert answer.status == 202
    mail = mailbox.wait_for(to=person.email, kind=RESET)
    assert mail.token not in answer.body.decode()
    for body in ({"password": NEW_PASSWORD}, {"token": "x"}, {"email": "root@gatehouse.test"}):
        assert server.admin.post(f"/users/{person.id}/reset-password", body).outcome == (400, "VALIDATION_FAILED")
    assert person.get("/profile").status == 200 and password_works(server, person, PASSWORD)
    started, = recovery.audit(server, "START_PASSWORD_RESET", person)
    assert started["actor_id"] == server.admin.id and started["entity_id"] == person.id
    assert reset(server, mail.token).status == 200
    assert password_works(server, person, NEW_PASSWORD)


def test_PW13_only_an_admin_may_and_only_for_an_account_that_may_act(server, mailbox):
    person, other, disabled, deleted = (server.person() for _ in range(4))
    server.admin.set_disabled(disabled)
    deleted.delete("/auth/me")
    assert other.post(f"/users/{person.id}/reset-password").outcome == (403, "INSUFFICIENT_PERMISSIONS")
    assert person.post(f"/users/{person.id}/reset-password").outcome == (403, "INSUFFICIENT_PERMISSIONS")
    assert server.client().post(f"/users/{person.id}/reset-password").outcome == (401, "AUTHENTICATION_REQUIRED")
    assert server.admin.post(f"/users/{disabled.id}/reset-password").outcome == (409, "CONFLICT")
    for unknown in (deleted.id, "0192f0c1-2345-7000-8000-000000000000", "x"):
        assert server.admin.post(f"/users/{unknown}/reset-password").outcome == (404, "NOT_FOUND")
    server.wait_for_empty_outbox()
    assert mailbox.all(kind=RESET) == []
