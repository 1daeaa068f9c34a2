"""The mail about a login from somewhere new, and its "this was not me"."""

from urllib.parse import urlsplit

import pytest

from support import recovery
from support.people import PASSWORD
from support.recovery import BAD_TOKEN, FIREFOX, NEW_DEVICE, NEW_PASSWORD, RESET, SAFARI, log_in, reset


@pytest.fixture
def server(start, mailbox):
    return start({"mail": mailbox.settings})


def not_me(server, token):
    return server.client().post("/auth/not-me", {"token": token})


def stranger(server, mailbox, person, count=1, **kw):
    """Somebody else logs in with the right password; the answer and the mail that tells the owner."""
    answer = log_in(server, person, agent=kw.pop("agent", SAFARI), **kw)
    assert answer.status == 200
    return answer, mailbox.wait_for(to=person.email, kind=NEW_DEVICE, count=count)


def mails_about(server, mailbox, person):
    server.wait_for_empty_outbox()
    return mailbox.all(to=person.email, kind=NEW_DEVICE)


# ---------------------------------------------------------------- when a mail comes

def test_a_login_from_a_new_device_is_told_to_the_owner(server, mailbox):
    person = server.person()
    answer, mail = stranger(server, mailbox, person, client=server.client(source="127.0.0.9"))
    assert "Safari on iOS" in mail.text and "127.0.0.9" in mail.text and "GMT" in mail.text
    assert "Safari on iOS" in mail.html
    assert urlsplit(mail.link).path == "/api/v1/auth/not-me"
    assert answer.data["accessToken"] not in mail.text and PASSWORD not in mail.text


def test_the_first_login_and_known_devices_are_told_of_to_nobody(server, mailbox):
    person = server.person()
    for _ in range(3):
        assert log_in(server, person).status == 200
    assert log_in(server, person, "wrong-password-1", agent=SAFARI).status == 401
    assert mails_about(server, mailbox, person) == []
    stranger(server, mailbox, person)
    for _ in range(3):
        assert log_in(server, person, agent=SAFARI).status == 200
    assert len(mails_about(server, mailbox, person)) == 1, "once for each device"


def test_another_network_is_another_device_and_its_neighbours_are_not(server, mailbox):
    person = server.person()
    assert log_in(server, person, client=server.client(source="127.0.0.200")).status == 200
    assert mails_about(server, mailbox, person) == [], "the same /24"
    assert log_in(server, person, client=server.client(source="127.0.1.1")).status == 200
    mail, = mails_about(server, mailbox, person)
    assert "127.0.1.1" in mail.text


def test_a_browser_with_the_accounts_device_cookie_is_known_wherever_it_goes(server, mailbox):
    person = server.person()
    browser = server.client(jar=True)
    assert log_in(server, person, agent=FIREFOX, client=browser, transport="hybrid").status == 200
    assert len(mails_about(server, mailbox, person)) == 1
    roaming = server.client(jar=True, source="127.0.77.1")
    roaming.cookies = dict(browser.cookies)
    assert log_in(server, person, agent=SAFARI, client=roaming, transport="hybrid").status == 200
    assert len(mails_about(server, mailbox, person)) == 1
    other = server.person()
    foreign = server.client(jar=True, source="127.0.78.1")
    foreign.cookies = dict(browser.cookies)
    assert log_in(server, other, agent=SAFARI, client=foreign, transport="hybrid").status == 200
    assert len(mails_about(server, mailbox, other)) == 1, "the cookie is one account's"


def test_a_login_by_code_is_told_of_too_and_knows_the_device_cookie(server, mailbox):
    person = server.person()

    def by_code(client, agent, count):
        assert client.post("/auth/otp/request", {"email": person.email, "purpose": "login"}).status == 202
        code = mailbox.wait_for(to=person.email, kind="login-code", count=count).code
        answer = client.post("/auth/otp/verify", {"email": person.email, "code": code, "purpose": "login",
                                                  "transport": "hybrid"}, headers=[("User-Agent", agent)])
        assert answer.status == 200
        server.advance("31s")

    browser = server.client(jar=True)
    by_code(browser, SAFARI, 1)
    mail, = mails_about(server, mailbox, person)
    assert "Safari on iOS" in mail.text
    by_code(browser, FIREFOX, 2)
    assert len(mails_about(server, mailbox, person)) == 1


def test_no_more_than_ten_such_mails_a_day(server, mailbox):
    person = server.person()
    for i in range(12):
        assert log_in(server, person, client=server.client(source=f"127.1.{i}.1")).status == 200
    assert len(mails_about(server, mailbox, person)) == 10
    server.advance("24h")
    assert log_in(server, person, client=server.client(source="127.1.99.1")).status == 200
    assert len(mails_about(server, mailbox, person)) == 11


def test_a_login_that_fails_at_the_last_moment_promises_nothing(start, mailbox):
    server = start({"mail": mailbox.settings, "registration": {"verify_email": True}})
    email = "ada@example.org"
    server.client().post("/auth/register", {"email": email, "password": PASSWORD})
    answer = server.client().post("/auth/login", {"email": email, "password": PASSWORD})
    assert answer.outcome == (403, "EMAIL_NOT_VERIFIED")
    server.wait_for_empty_outbox()
    assert mailbox.all(to=email, kind=NEW_DEVICE) == []


# ---------------------------------------------------------------- "this was not me"

def test_this_was_not_me_ends_everything_and_brings_a_way_back(server, mailbox):
    person = server.person()
    thief, mail = stranger(server, mailbox, person)
    answer = not_me(server, mail.token)
    assert answer.status == 200 and not answer.set_cookies() and answer.json["data"] is None
    for token in (thief.data["accessToken"], person.access_token):
        assert server.client(token=token).get("/profile").outcome == (401, "SESSION_REVOKED")
    assert person.refresh(thief.data["refreshToken"]).outcome == (401, "INVALID_REFRESH_TOKEN")
    assert log_in(server, person, agent=SAFARI).outcome == (401, "INVALID_CREDENTIALS"), "the thief knows the password"
    back = mailbox.wait_for(to=person.email, kind=RESET)
    assert reset(server, back.token).status == 200
    assert log_in(server, person, NEW_PASSWORD).status == 200
    entry, = recovery.audit(server, "REVOKE_SESSION", person)
    assert entry["metadata"]["sessionsEnded"] == 2
    assert entry["metadata"]["disowned"] == thief.data["session"]["id"]
    assert len(recovery.audit(server, "START_PASSWORD_RESET", person)) == 1


def test_an_API_key_that_the_thief_made_dies_with_this_was_not_me(server, mailbox):
    person = server.person()
    thief, mail = stranger(server, mailbox, person)
    made = server.client(token=thief.data["accessToken"]).post("/api-keys", {"name": "to come back with"})
    assert made.status == 201
    by_key = [("X-API-Key", made.data["key"])]
    assert server.client().get("/profile", headers=by_key).status == 200
    assert not_me(server, mail.token).status == 200
    assert server.client().get("/profile", headers=by_key).outcome == (401, "INVALID_TOKEN")


def test_the_link_works_once_and_dies_after_seven_days(server, mailbox):
    person, late = server.person(), server.person()
    _, mail = stranger(server, mailbox, person)
    _, late_mail = stranger(server, mailbox, late)
    assert not_me(server, mail.token).status == 200
    assert not_me(server, mail.token).outcome == BAD_TOKEN
    assert len(mailbox.all(to=person.email, kind=RESET)) <= 1
    server.advance("7d")
    assert not_me(server, late_mail.token).outcome == BAD_TOKEN
    assert log_in(server, late).status == 200
    for token in (None, True, "", "gho_x", late_mail.token[:-1]):
        assert not_me(server, token).status == 400
    server.wait_for_empty_outbox()
    assert len(mailbox.all(to=person.email, kind=RESET)) == 1 and mailbox.all(to=late.email, kind=RESET) == []


def test_a_thief_with_the_password_cannot_take_the_link_from_the_owner(server, mailbox):
    person = server.person()
    thief, mail = stranger(server, mailbox, person)
    client = server.client(token=thief.data["accessToken"])
    changed = client.post("/auth/change-password", {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD})
    assert changed.status == 200
    client.token = changed.data["accessToken"]
    assert client.delete("/sessions?except=current").status == 200
    assert not_me(server, mail.token).status == 200
    assert client.get("/profile").outcome == (401, "SESSION_REVOKED")
    assert log_in(server, person, NEW_PASSWORD).outcome == (401, "INVALID_CREDENTIALS")
    back = mailbox.wait_for(to=person.email, kind=RESET)
    assert reset(server, back.token, "owners-again-and-for-good-2").status == 200


def test_an_older_link_stays_good_beside_a_newer_one_and_dies_with_a_reset(server, mailbox):
    person = server.person()
    _, first = stranger(server, mailbox, person)
    _, second = stranger(server, mailbox, person, count=2, agent=FIREFOX)
    assert not_me(server, first.token).status == 200
    assert not_me(server, second.token).outcome == BAD_TOKEN, "there is nothing left to end"


def test_the_thiefs_device_is_not_known_afterwards_and_its_cookie_neither(server, mailbox):
    person = server.person()
    thief = server.client(jar=True, source="127.9.9.9")
    assert log_in(server, person, agent=SAFARI, client=thief, transport="hybrid").status == 200
    mail = mailbox.wait_for(to=person.email, kind=NEW_DEVICE)
    assert not_me(server, mail.token).status == 200
    assert reset(server, mailbox.wait_for(to=person.email, kind=RESET).token).status == 200
    assert log_in(server, person, NEW_PASSWORD).status == 200, "the owner's device is known"
    assert len(mails_about(server, mailbox, person)) == 1
    assert log_in(server, person, NEW_PASSWORD, agent=SAFARI, client=thief, transport="hybrid").status == 200
    assert len(mails_about(server, mailbox, person)) == 2, "should the thief find out the new password too"


def test_BF08_for_a_disabled_or_deleted_account_the_link_does_nothing(server, mailbox):
    disabled, deleted = server.person(), server.person()
    tokens = [stranger(server, mailbox, who)[1].token for who in (disabled, deleted)]
    server.admin.set_disabled(disabled)
    deleted.delete("/auth/me")
    for who, token in zip((disabled, deleted), tokens):
        assert not_me(server, token).outcome == BAD_TOKEN
        assert recovery.audit(server, "START_PASSWORD_RESET", who) == []
    server.wait_for_empty_outbox()
    assert mailbox.all(kind=RESET) == []


def test_opening_the_link_ends_nothing(server, mailbox):
    person = server.person()
    thief, mail = stranger(server, mailbox, person)
    for _ in range(2):
        page = server.client().get(f"/auth/not-me?token={mail.token}", headers=[("Accept", "text/html")])
        assert page.status == 200 and mail.token not in page.body.decode()
    assert server.client(token=thief.data["accessToken"]).get("/profile").status == 200
    assert not_me(server, mail.token).status == 200
