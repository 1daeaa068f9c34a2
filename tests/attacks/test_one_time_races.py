"""One-time links and codes under simultaneous use: of 64 one wins (OT-03), and guesses are not raced past their bound.

GATEHOUSE_RACES: how many rounds of each (10 by default).
"""

import os

import pytest

from support.concurrency import at_once
from support.people import PASSWORD

ROUNDS = int(os.environ.get("GATEHOUSE_RACES", "10"))
AT_ONCE = 64
WRONG = (400, "INVALID_OR_EXPIRED_TOKEN")


@pytest.fixture
def racing(start):
    """A server, and 64 connections to it."""
    server = start({"registration": {"verify_email": True}})
    server.racers = [server.client() for _ in range(AT_ONCE)]
    for client in server.racers:
        client.get("//healthz")
    return server


def register(server, number):
    email = f"n{number}@example.org"
    answer = server.client().post("/auth/register", {"email": email, "password": PASSWORD})
    assert answer.status == 201, answer
    return email


def actions(server, action):
    return server.rows("SELECT COUNT(*) AS n FROM audit_entries WHERE action = ?", action)[0]["n"]


def one_wins(answers):
    outcomes = [answer.outcome for answer in answers]
    assert outcomes.count((200, None)) == 1, outcomes
    return outcomes


def test_OT03_one_of_64_uses_of_a_link_wins(racing):
    for number in range(ROUNDS):
        token = racing.mail(to=register(racing, number)).token
        outcomes = one_wins(at_once(AT_ONCE, lambda i: racing.racers[i].post("/auth/verify", {"token": token})))
        assert outcomes.count(WRONG) == AT_ONCE - 1
    assert actions(racing, "VERIFY_EMAIL") == ROUNDS


def test_OT03_one_of_64_uses_of_a_code_wins(racing):
    """The others are wrong, or come when the account has no guesses left."""
    for number in range(ROUNDS):
        email = register(racing, number)
        body = {"email": email, "code": racing.mail(to=email).code}
        outcomes = one_wins(at_once(AT_ONCE, lambda i: racing.racers[i].post("/auth/verify", body)))
        assert set(outcomes) <= {(200, None), WRONG, (429, "RATE_LIMITED")}
    assert actions(racing, "VERIFY_EMAIL") == ROUNDS


def test_OT03_one_of_64_uses_of_link_and_code_wins(racing):
    for number in range(ROUNDS):
        email = register(racing, number)
        mail = racing.mail(to=email)
        bodies = ({"token": mail.token}, {"email": email, "code": mail.code})
        one_wins(at_once(AT_ONCE, lambda i: racing.racers[i].post("/auth/verify", bodies[i % 2])))
    assert actions(racing, "VERIFY_EMAIL") == ROUNDS


def test_OT03_one_of_64_logins_with_a_code_wins(racing):
    for number in range(ROUNDS):
        email = register(racing, number)
        asked = racing.client().post("/auth/otp/request", {"email": email, "purpose": "login"})
        assert asked.status == 202
        body = {"email": email, "code": racing.mail(to=email, kind="login-code").code, "purpose": "login",
                "transport": "bearer"}
        one_wins(at_once(AT_ONCE, lambda i: racing.racers[i].post("/auth/otp/verify", body)))
    assert actions(racing, "LOGIN") == ROUNDS
    assert len(racing.rows("SELECT id FROM sessions WHERE method = 'otp'")) == ROUNDS


def test_OT03_guesses_at_once_are_no_more_than_one_by_one(racing):
    """64 different codes at a time: five of them are looked at, whichever."""
    for number in range(ROUNDS):
        email = register(racing, number)
        code = racing.mail(to=email).code
        guesses = [f"{(int(code) + 1 + i) % 1_000_000:06}" for i in range(AT_ONCE)]
        answers = at_once(AT_ONCE, lambda i: racing.racers[i].post("/auth/verify", {"email": email, "code": guesses[i]}))
        assert not [answer for answer in answers if answer.status == 200]
        row, = racing.rows("SELECT guesses FROM one_time_secrets WHERE address_key = ?", email)
        assert row["guesses"] == 5
        counted = racing.rows("SELECT count FROM failures WHERE subject LIKE 'otp:%' ORDER BY window_ends_at DESC")
        assert counted[0]["count"] == 10
        assert sum(answer.status == 400 for answer in answers) == 10
