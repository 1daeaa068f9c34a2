"""Nobody learns who has an account by asking for mails or by registering (BF-03).

The bytes are compared always, the times with GATEHOUSE_TIMING=1: a rank test over 1,000 samples of each (or
GATEHOUSE_TIMING_SAMPLES) needs a quiet machine.
"""

import os

import pytest

from support import ranks
from support.people import PASSWORD

HIDDEN = {"registration": {"verify_email": True, "reveal_existing": False}}
SAMPLES = int(os.environ.get("GATEHOUSE_TIMING_SAMPLES", "1000"))
timing = pytest.mark.skipif(os.environ.get("GATEHOUSE_TIMING") != "1", reason="needs GATEHOUSE_TIMING=1")


def comparable(answer):
    """Everything of an answer that could tell something."""
    moving = ("X-Request-Id", "Date", "X-RateLimit-Remaining", "X-RateLimit-Reset", "RateLimit")
    fields = [(name, "" if name in moving else value) for name, value in answer.headers]
    return answer.status, fields, answer.body.replace(answer.request_id.encode(), b"ID")


def register(server, email, **members):
    return server.client().post("/auth/register", {"email": email, "password": PASSWORD, **members})


def settled(server):
    server.wait_for_empty_outbox()
    return server


@pytest.fixture
def hidden(start):
    """Hides who has an account; verified@, unverified@ and deleted@example.org have one."""
    server = start(HIDDEN)
    for name in ("verified", "unverified", "deleted"):
        assert register(server, f"{name}@example.org").status == 202
    for name in ("verified", "deleted"):
        token = settled(server).mail(to=f"{name}@example.org").token
        assert server.client().post("/auth/verify", {"token": token}).status == 200
    login = {"email": "deleted@example.org", "password": PASSWORD, "transport": "bearer"}
    session = server.client().post("/auth/login", login).data["accessToken"]
    assert server.client(token=session).delete("/auth/me").status == 200
    server.advance("1m")
    return server


ADDRESSES = [f"{name}@example.org" for name in ("unknown", "verified", "unverified", "deleted", "VERIFIED")]


# ---------------------------------------------------------------- bytes

@pytest.mark.parametrize("path, members", [("/auth/verify/resend", {}), ("/auth/forgot-password", {}),
                                           ("/auth/otp/request", {"purpose": "login"}),
                                           ("/auth/otp/request", {"purpose": "verify"}),
                                           ("/auth/register", {"password": PASSWORD})])
def test_BF03_every_address_gets_the_same_bytes(hidden, path, members):
    answers = [hidden.client().post(path, {"email": email, **members}) for email in ADDRESSES]
    assert {answer.status for answer in answers} == {202}
    assert all(comparable(answer) == comparable(answers[0]) for answer in answers)


def test_BF03_every_request_leaves_one_row_of_one_size_until_it_is_looked_at(hidden):
    """Nothing else happens before the answer: the audit trail and the outbox are as they were."""
    before = hidden.rows("SELECT COUNT(*) AS n FROM audit_entries")
    for email in ("unknown@example.org", "deleted@example.org"):
        assert hidden.client().post("/auth/otp/request", {"email": email, "purpose": "login"}).status == 202
    settled(hidden)
    assert hidden.rows("SELECT COUNT(*) AS n FROM audit_entries") == before
    assert hidden.mails(kind="login-code") == []


def test_BF03_the_mailbox_alone_shows_the_difference(hidden):
    old = len(settled(hidden).mails())
    for email in ADDRESSES:
        assert register(hidden, email).status == 202
    mails = settled(hidden).mails()[old:]
    assert sorted((mail.to, mail.kind) for mail in mails) == [
        ("unknown@example.org", "verify-email"), ("unverified@example.org", "already-known"),
        ("verified@example.org", "already-known")]
    assert all("gho_" not in mail.text for mail in mails if mail.kind == "already-known")
    assert len(hidden.rows("SELECT id FROM users WHERE email LIKE '%unknown%'")) == 1


def test_BF03_registering_again_changes_nothing_of_the_account(hidden):
    before = hidden.rows("SELECT * FROM users ORDER BY id")
    answer = register(hidden, "VERIFIED@example.org", username="newname", name="Somebody")
    assert answer.status == 202
    settled(hidden)
    assert hidden.rows("SELECT * FROM users ORDER BY id") == before


def test_BF03_the_owner_is_told_five_times_an_hour_at_most(hidden):
    for _ in range(8):
        register(hidden, "verified@example.org")
        settled(hidden)
        hidden.advance("1m")
    assert len(hidden.mails(kind="already-known")) == 5


def test_BF03_a_postponed_registration_is_complete(hidden):
    assert register(hidden, "New@example.org", username="neo", name="Thomas A.").status == 202
    mail = settled(hidden).mail(to="New@example.org")
    answer = hidden.client().post("/auth/verify", {"token": mail.token})
    assert answer.status == 200
    user = answer.data["user"]
    assert (user["email"], user["username"], user["name"], user["role"]) == (
        "New@example.org", "neo", "Thomas A.", "viewer")
    login = {"username": "neo", "password": PASSWORD}
    assert hidden.client().post("/auth/login", login).status == 200
    entries = hidden.rows("SELECT * FROM audit_entries WHERE action = 'CREATE_USER' AND entity_id = ?", user["id"])
    assert len(entries) == 1 and entries[0]["ip"] == "127.0.0.1" and entries[0]["request_id"]


def test_BF03_a_login_does_not_tell_whether_an_address_was_free(hidden):
    """Else registering an address and logging in with the same password would."""
    assert register(hidden, "new@example.org").status == 202
    settled(hidden)
    answers = [hidden.client().post("/auth/login", {"email": email, "password": PASSWORD + "!"})
               for email in ("new@example.org", "verified@example.org", "nobody@example.org")]
    answers.append(hidden.client().post("/auth/login", {"email": "new@example.org", "password": PASSWORD}))
    assert all(comparable(answer) == comparable(answers[0]) for answer in answers)
    assert answers[0].outcome == (401, "INVALID_CREDENTIALS")


def test_BF03_a_taken_username_is_told_whether_or_not_the_address_is_taken(hidden):
    register(hidden, "first@example.org", username="taken")
    settled(hidden)
    for email in ("second@example.org", "verified@example.org"):
        assert register(hidden, email, username="Taken").outcome == (409, "USERNAME_TAKEN")
    assert settled(hidden).mails(to="second@example.org") == []


def test_BF03_a_registration_that_was_answered_survives_a_crash(start):
    server = start(HIDDEN)
    for i in range(5):
        assert register(server, f"n{i}@example.org").status == 202
        server.kill9()
        server.restart()
    server.advance("4m")  # a mail that was under way in a crash goes out when its lease of three minutes is over
    settled(server)
    assert sorted({mail.to for mail in server.mails(kind="verify-email")}) == [f"n{i}@example.org" for i in range(5)]
    assert len(server.rows("SELECT id FROM users WHERE role = 'viewer'")) == 5


# ---------------------------------------------------------------- times

def same_times(known, unknown):
    comparison = ranks.compare(*ranks.alternating(SAMPLES, known, unknown))
    print(f"p={comparison.p:.4f} medians={comparison.medians} difference={comparison.relative_difference:.2%}")
    assert comparison.p > 0.01, comparison


@timing
@pytest.mark.parametrize("path, members", [("/auth/verify/resend", {}), ("/auth/forgot-password", {}),
                                           ("/auth/otp/request", {"purpose": "login"}),
                                           ("/auth/otp/request", {"purpose": "verify"})])
def test_BF03_asking_for_a_mail_takes_as_long_for_everybody(hidden, path, members):
    client = hidden.client()

    def ask(email):
        while client.post(path, {"email": email, **members}).status == 503:
            settled(hidden)

    same_times(lambda i: ask("unverified@example.org"), lambda i: ask(f"unknown{i % 7}@example.org"))


@timing
def test_BF03_registering_takes_as_long_for_everybody(hidden):
    client = hidden.client()
    same_times(lambda i: client.post("/auth/register", {"email": "verified@example.org", "password": PASSWORD}),
               lambda i: client.post("/auth/register", {"email": f"new{i:06}@example.org", "password": PASSWORD}))


@timing
@pytest.mark.parametrize("most", [100, 10])  # looked at nearly every time; refused nearly every time
@pytest.mark.parametrize("purpose", ["login", "verify"])
def test_BF03_a_wrong_code_takes_as_long_for_everybody(start, purpose, most):
    server = start({**HIDDEN, "lockout": {"otp_failures": most}})
    for i in range(12):
        assert register(server, f"known{i:02}@example.org").status == 202
    settled(server)
    client = server.client()

    def guess(kind):
        return lambda i: client.post("/auth/otp/verify", {"email": f"{kind}{i % 12:02}@example.org", "code": "no",
                                                          "purpose": purpose})

    same_times(guess("known"), guess("other"))
