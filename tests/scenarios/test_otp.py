"""Codes by mail: for verification and for logging in without a password (D01, BF-08, BF-09, OT-01, OT-05, OT-06, OT-13)."""

import collections

import pytest

from support.people import PASSWORD

WRONG = (400, "INVALID_OR_EXPIRED_TOKEN")
KINDS = {"login": "login-code", "verify": "verify-code"}


def ask(server, email="ada@example.org", purpose="login"):
    answer = server.client().post("/auth/otp/request", {"email": email, "purpose": purpose})
    assert answer.status == 202 and answer.json["message"] == "Check your email"
    return answer


def code_for(server, email="ada@example.org", purpose="login"):
    ask(server, email, purpose)
    return server.mail(to=email, kind=KINDS[purpose]).code


def use(server, code, email="ada@example.org", purpose="login", client=None, **members):
    body = {"email": email, "code": code, "purpose": purpose, **members}
    return (client or server.client()).post("/auth/otp/verify", body)


def other_than(code, count=1):
    """Codes that are not this one."""
    return [f"{(int(code) + 1 + i) % 10 ** len(code):0{len(code)}}" for i in range(count)]


def register(server, email="ada@example.org"):
    answer = server.client().post("/auth/register", {"email": email, "password": PASSWORD})
    assert answer.status == 201, answer
    return answer.data["user"]["id"]


@pytest.fixture
def ada(server):
    """ada@example.org, verified."""
    register(server)
    answer = use(server, code_for(server, purpose="verify"), purpose="verify")
    assert answer.status == 200 and set(answer.data) == {"user"} and answer.data["user"]["emailVerified"] is True
    return answer.data["user"]


def failures(server):
    return [row for row in server.rows("SELECT * FROM audit_entries WHERE action = 'LOGIN_FAILED'")]


# ---------------------------------------------------------------- D01

def test_D01_a_code_logs_in_once(server, ada):
    code = code_for(server)
    assert len(code) == 6 and code.isdigit()
    answer = use(server, code, transport="bearer")
    assert answer.status == 200 and answer.json["message"] == "Logged in"
    assert answer.data["user"]["id"] == ada["id"] and answer.data["session"]["method"] == "otp"
    assert server.client(token=answer.data["accessToken"]).get("/profile").status == 200
    assert server.client().post("/auth/refresh", {"refreshToken": answer.data["refreshToken"]}).status == 200
    assert use(server, code).outcome == WRONG
    entry, = server.rows("SELECT * FROM audit_entries WHERE action = 'LOGIN'")
    assert entry["entity_id"] == ada["id"] and '"otp"' in entry["metadata"]


@pytest.mark.parametrize("transport, cookies", [("bearer", set()), ("hybrid", {"refreshToken", "csrfToken"}),
                                                ("cookie", {"accessToken", "refreshToken", "csrfToken"})])
def test_D01_a_code_logs_in_over_every_transport(server, ada, transport, cookies):
    answer = use(server, code_for(server), transport=transport)
    assert answer.status == 200
    assert {name for name in answer.set_cookies() if name != "deviceId"} >= cookies
    assert ("accessToken" in answer.data) == (transport != "cookie")
    assert ("refreshToken" in answer.data) == (transport == "bearer")


def test_D01_a_foreign_page_cannot_log_its_visitor_in(server, ada):
    code = code_for(server)
    body = {"email": "ada@example.org", "code": code, "purpose": "login", "transport": "cookie"}
    answer = server.client().post("/auth/otp/verify", body, headers=[("Origin", "https://evil.example")])
    assert answer.outcome == (403, "EBADCSRFTOKEN") and not answer.set_cookies()
    assert use(server, code).status == 200, "and the code was not used up"


def test_D01_a_code_lives_five_minutes(server, ada):
    code = code_for(server)
    server.advance(5 * 60_000 - 5_000)
    assert use(server, code).status == 200
    server.advance("30s")
    late = code_for(server)
    server.advance("5m")
    assert use(server, late).outcome == WRONG


def test_D01_codes_follow_the_settings(start):
    server = start({"otp": {"digits": 8, "ttl": "2m"}})
    register(server)
    code = code_for(server)
    assert len(code) == 8 and "2 minutes" in server.mail().text
    server.advance("2m")
    assert use(server, code).outcome == WRONG


def test_D01_bodies_are_checked(server):
    post = server.client().post
    for body in ({}, {"email": "ada@example.org"}, {"purpose": "login"}, {"email": "ada@example.org", "purpose": "reset"},
                 {"email": "ada@example.org", "purpose": "login", "role": "admin"},
                 {"email": "nobody", "purpose": "login"}, {"email": "a" * 250 + "@x.org", "purpose": "login"}):
        assert post("/auth/otp/request", body).outcome == (400, "VALIDATION_FAILED"), body
    wrong = post("/auth/otp/verify", {"email": 1, "code": 2, "purpose": "x", "transport": "pigeon", "more": 1}).json
    assert {error["field"] for error in wrong["errors"]} == {"email", "code", "purpose", "transport", "more"}
    longest = {"email": "ada@example.org", "purpose": "login"}
    assert post("/auth/otp/verify", {**longest, "code": "1" * 64}).outcome == WRONG
    assert post("/auth/otp/verify", {**longest, "code": "1" * 65}).outcome == (400, "VALIDATION_FAILED")
    assert server.rows("SELECT id FROM mail_requests") == []


# ---------------------------------------------------------------- guesses

def test_OT01_five_guesses_at_one_code(server, ada):
    code = code_for(server)
    for guess in other_than(code, 4):
        assert use(server, guess).outcome == WRONG
    assert use(server, code).status == 200
    server.advance("30s")
    code = code_for(server)
    for guess in other_than(code, 5):
        assert use(server, guess).outcome == WRONG
    assert use(server, code).outcome == WRONG, "the sixth is not even looked at"
    assert len(failures(server)) == 10


def test_OT06_a_new_code_gives_no_new_guesses_to_the_account(server, ada):
    for _ in range(2):
        code = code_for(server)
        for guess in other_than(code, 5):
            assert use(server, guess).outcome == WRONG
        server.advance("30s")
    right = code_for(server)
    blocked = use(server, right)
    assert blocked.outcome == (429, "RATE_LIMITED") and int(blocked.header("Retry-After")) > 3000
    assert len(failures(server)) == 10, "what is not looked at leaves nothing behind"
    server.advance("1h")
    assert use(server, code_for(server)).status == 200


def test_OT06_the_right_code_costs_no_guess(server, ada):
    for _ in range(12):
        assert use(server, code_for(server)).status == 200
        server.advance("13m")


def test_BF09_guesses_count_for_both_purposes_together(server):
    register(server)
    for purpose in ("login", "verify"):
        code = code_for(server, purpose=purpose)
        for guess in other_than(code, 5):
            assert use(server, guess, purpose=purpose).outcome == WRONG
    server.advance("30s")
    assert use(server, code_for(server)).status == 429


def test_BF09_an_unknown_address_is_blocked_likewise(server, ada):
    def outcomes(email):
        code = code_for(server) if email == "ada@example.org" else "123456"
        answers = [use(server, guess, email) for guess in other_than(code, 5)]
        server.advance("30s")
        code = code_for(server) if email == "ada@example.org" else "123456"
        answers += [use(server, guess, email) for guess in other_than(code, 6)]
        return [answer.outcome for answer in answers]

    known, unknown = outcomes("ada@example.org"), outcomes("nobody@example.org")
    assert known == unknown == [WRONG] * 10 + [(429, "RATE_LIMITED")]


def test_BF07_a_browser_that_the_account_knows_still_logs_in_by_code(server, ada):
    """Else ten wrong guesses an hour, from anywhere, would lock out who has no password."""
    browser = server.client(jar=True)
    assert use(server, code_for(server), client=browser, transport="cookie").status == 200
    browser.cookies = {name: value for name, value in browser.cookies.items() if name.endswith("deviceId")}
    assert len(browser.cookies) == 1
    for _ in range(2):
        server.advance("30s")
        for guess in other_than(code_for(server), 5):
            assert use(server, guess).outcome == WRONG
    server.advance("30s")
    code = code_for(server)
    assert use(server, code).status == 429
    assert use(server, code, client=browser, transport="cookie").status == 200
    throttled = server.rows("SELECT * FROM audit_entries WHERE action = 'ACCOUNT_THROTTLED'")
    assert [row["entity_id"] for row in throttled] == [ada["id"]]


def test_BF09_guesses_are_counted_across_a_crash(server, ada):
    code = code_for(server)
    for guess in other_than(code, 5):
        use(server, guess)
    server.kill9()
    server.restart()
    assert use(server, code).outcome == WRONG


def test_OT05_an_older_code_is_worthless(server, ada):
    old = code_for(server)
    server.advance("30s")
    new = code_for(server)
    if old != new:
        assert use(server, old).outcome == WRONG
    assert use(server, new).status == 200


# ---------------------------------------------------------------- who may log in so

def test_BF08_a_disabled_or_deleted_account_gets_no_code_and_finishes_nothing(server):
    people = {email: register(server, email) for email in ("ada@example.org", "bob@example.org")}
    codes = {email: code_for(server, email) for email in people}
    server.admin.put(f"/users/{people['ada@example.org']}/disabled", {"disabled": True})
    bob = server.client().post("/auth/login", {"email": "bob@example.org", "password": PASSWORD, "transport": "bearer"})
    server.client(token=bob.data["accessToken"]).delete("/auth/me")
    server.advance("30s")
    for email, code in codes.items():
        assert use(server, code, email).outcome == WRONG
        ask(server, email)
    server.wait_for_empty_outbox()
    assert len(server.mails(kind="login-code")) == 2
    assert server.rows("SELECT id FROM sessions WHERE method = 'otp'") == []


def test_OT13_a_login_code_proves_the_address_and_takes_it_from_a_squatter(server):
    """Who logs in by a code may know nothing of the password that somebody else chose for the address."""
    squatter = server.person(email="victim@example.org")
    answer = use(server, code_for(server, "victim@example.org"), "victim@example.org", transport="bearer")
    assert answer.status == 200 and answer.data["user"]["emailVerified"] is True
    assert squatter.get("/profile").outcome == (401, "SESSION_REVOKED")
    assert squatter.refresh().status == 401
    again = {"email": "victim@example.org", "password": PASSWORD}
    assert server.client().post("/auth/login", again).outcome == (401, "INVALID_CREDENTIALS")
    assert server.client(token=answer.data["accessToken"]).get("/profile").status == 200
    entry, = server.rows("SELECT * FROM audit_entries WHERE action = 'VERIFY_EMAIL'")
    assert '"sessionsEnded":1' in entry["metadata"] and '"passwordRemoved":true' in entry["metadata"]


def test_OT13_a_login_code_of_a_verified_account_leaves_the_password_and_the_sessions(server, ada):
    session = server.client().post("/auth/login", {"email": "ada@example.org", "password": PASSWORD,
                                                   "transport": "bearer"}).data["accessToken"]
    assert use(server, code_for(server)).status == 200
    assert server.client(token=session).get("/profile").status == 200
    again = {"email": "ada@example.org", "password": PASSWORD}
    assert server.client().post("/auth/login", again).status == 200


def test_D01_with_verification_on_a_login_code_verifies_too(start):
    server = start({"registration": {"verify_email": True}})
    register(server)
    link = server.mail(kind="verify-email").token
    assert use(server, code_for(server)).status == 200
    assert server.client().post("/auth/verify", {"token": link}).outcome == WRONG


# ---------------------------------------------------------------- OT-01

def test_OT01_codes_are_spread_over_their_whole_range(server):
    """A coarse look through the mails; a unit test draws 100,000."""
    emails = [f"n{i}@example.org" for i in range(40)]
    for email in emails:
        register(server, email)
        ask(server, email)
    server.wait_for_empty_outbox()
    codes = [mail.code for mail in server.mails(kind="login-code")]
    assert len(codes) == 40 and len(set(codes)) >= 39
    assert all(len(code) == 6 for code in codes)
    assert max(collections.Counter(code[0] for code in codes).values()) < 16
