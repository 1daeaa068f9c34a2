"""Proving an address: links and codes after registering (B01, B02, B03, OT-01 to OT-14, WB-03)."""

import re

import pytest

from support.people import PASSWORD

VERIFY = {"registration": {"verify_email": True}}
WRONG = (400, "INVALID_OR_EXPIRED_TOKEN")
HTML = [("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")]


@pytest.fixture
def strict(start):
    """A server on which an address must be verified before its account can log in."""
    return start(VERIFY)


def register(server, email="ada@example.org", password=PASSWORD, **members):
    answer = server.client().post("/auth/register", {"email": email, "password": password, **members})
    assert answer.status == 201, answer
    return answer.data["user"]


def log_in(server, email="ada@example.org", password=PASSWORD, **kw):
    return server.client(**kw).post("/auth/login", {"email": email, "password": password, "transport": "bearer"})


def verify(server, **body):
    return server.client().post("/auth/verify", body)


def resend(server, email="ada@example.org"):
    answer = server.client().post("/auth/verify/resend", {"email": email})
    assert answer.status == 202, answer
    server.wait_for_empty_outbox()
    return answer


def is_verified(server, email="ada@example.org"):
    return bool(server.rows("SELECT email_verified FROM users WHERE email = ?", email)[0]["email_verified"])


def actions(server):
    return [row["action"] for row in server.rows("SELECT action FROM audit_entries ORDER BY seq")]


# ---------------------------------------------------------------- B01: registering sends a link

def test_B01_registering_sends_one_mail_with_a_link_and_a_code(start, mailbox):
    server = start({**VERIFY, "mail": mailbox.settings})
    user = register(server, "Ada@example.org")
    assert user["emailVerified"] is False and user["role"] == "viewer"
    mail = mailbox.wait_for(to="Ada@example.org")
    assert mail.kind == "verify-email"
    assert mail.link == f"http://127.0.0.1:8080/api/v1/auth/verify?token={mail.token}"
    assert re.fullmatch(r"\d{6}", mail.code)
    assert "24 hours" in mail.text and "5 minutes" in mail.text
    mailbox.expect_none(server, kind="already-known")
    assert len(mailbox.all()) == 1


def test_B01_without_verification_registering_sends_nothing(server):
    register(server)
    assert server.mails() == []
    assert server.rows("SELECT id FROM one_time_secrets") == []


def test_B01_a_refused_registration_sends_nothing(strict):
    register(strict)
    for body in ({"email": "ada@example.org", "password": PASSWORD}, {"email": "no", "password": PASSWORD},
                 {"email": "bob@example.org", "password": "short"}):
        assert strict.client().post("/auth/register", body).status in (400, 409)
    assert [mail.to for mail in strict.mails()] == ["ada@example.org"]


def test_B19_the_four_cases_of_registration(start):
    """A valid one; a taken address; a password that is too weak; an address that is none."""
    server = start({**VERIFY, "passwords": {"min_length": 10, "require": ["upper", "lower", "digit"]}},
                   env={"GATEHOUSE_ADMIN_PASSWORD": "Correct-Horse-Battery-9"})
    good = {"email": "ada@example.org", "password": "Kites-Fly-Over-7-Lakes"}
    post = server.client().post
    created = post("/auth/register", good)
    assert created.status == 201 and created.data["user"]["role"] == "viewer"
    assert b"assword" not in created.body and b"Kites" not in created.body
    assert post("/auth/register", good).outcome == (409, "EMAIL_TAKEN")
    weak = post("/auth/register", {"email": "bob@example.org", "password": "kites-fly"})
    assert weak.status == 400 and {error["field"] for error in weak.json["errors"]} == {"password"}
    none = post("/auth/register", {"email": "nobody", "password": good["password"]})
    assert none.status == 400 and {error["field"] for error in none.json["errors"]} == {"email"}
    assert [row["email"] for row in server.rows("SELECT email FROM users WHERE role = 'viewer'")] == ["ada@example.org"]


# ---------------------------------------------------------------- B02: the link

def test_B02_the_links_token_verifies_once(strict):
    register(strict)
    token = strict.mail().token
    answer = strict.client().get(f"/auth/verify?token={token}")
    assert answer.status == 200
    assert answer.data["user"]["email"] == "ada@example.org" and answer.data["user"]["emailVerified"] is True
    assert is_verified(strict)
    assert strict.client().get(f"/auth/verify?token={token}").outcome == WRONG
    assert verify(strict, token=token).outcome == WRONG
    assert actions(strict).count("VERIFY_EMAIL") == 1
    assert log_in(strict).status == 200


def test_B02_the_token_is_random_and_stored_as_sha256_alone(strict):
    import hashlib
    register(strict)
    register(strict, "bob@example.org")
    first, second = (mail.token for mail in strict.mails())
    assert first != second and len(first) == 52 and first.startswith("gho_")
    kept = {row["token_hash"] for row in strict.rows("SELECT token_hash FROM one_time_secrets")}
    assert kept == {hashlib.sha256(token.encode()).hexdigest() for token in (first, second)}


def test_B02_OT14_the_link_dies_after_24_hours(strict):
    """To the millisecond, which a unit test shows: this clock runs on between the steps."""
    register(strict)
    strict.advance(24 * 3_600_000 - 5_000)
    assert verify(strict, token=strict.mail().token).status == 200
    register(strict, "bob@example.org")
    strict.advance("24h")
    token = strict.mail(to="bob@example.org").token
    assert verify(strict, token=token).outcome == WRONG
    assert not is_verified(strict, "bob@example.org")


def test_B02_OT02_neither_link_nor_code_lie_in_the_store(strict):
    register(strict)
    mail = strict.mail()
    resend(strict)
    strict.client().post("/auth/otp/request", {"email": "ada@example.org", "purpose": "login"})
    code = strict.mail(kind="login-code").code
    strict.stop()
    kept = strict.stored_bytes()
    for secret in (mail.token, mail.token[4:], code.encode().hex()):
        assert secret.encode() not in kept
    assert b"one_time_secrets" in kept, "the search looks in the right place"


def test_B02_opening_the_link_in_a_browser_uses_up_nothing(strict):
    register(strict)
    token = strict.mail().token
    page = strict.client().get(f"/auth/verify?token={token}", headers=HTML)
    assert page.status == 200 and page.header("Content-Type") == "text/html; charset=utf-8"
    assert page.header("Referrer-Policy") == "no-referrer" and page.header("Cache-Control") == "no-store"
    assert strict.client().head(f"/auth/verify?token={token}").status == 200
    assert strict.client().head(f"/auth/verify?token={token}", headers=[("Accept", "application/json")]).status == 200
    assert not is_verified(strict)
    assert "VERIFY_EMAIL" not in actions(strict)
    assert verify(strict, token=token).status == 200


def test_B02_the_page_runs_its_own_script_alone_and_repeats_nothing_of_the_link(strict):
    page = strict.client().get("/auth/verify?token=gho_%3Cscript%3Ealert(1)%3C/script%3E", headers=HTML)
    policy = page.header("Content-Security-Policy")
    nonce = re.search(r"script-src 'nonce-([\w-]+)'", policy)[1]
    assert policy.startswith("default-src 'none'") and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    text = page.body.decode()
    assert re.findall(r"<script[^>]*>", text) == [f'<script nonce="{nonce}">']
    assert "alert(1)" not in text and "gho_" not in text
    assert not re.search(r"(src|href|action)=", text), "it loads nothing and goes nowhere"
    assert 'lang="en"' in text and 'role="status"' in text and "<noscript>" in text
    again = strict.client().get("/auth/verify?token=x", headers=HTML)
    assert nonce not in again.header("Content-Security-Policy")


def test_B02_a_logged_in_browser_needs_the_csrf_token_to_post(start):
    """The page's script asks for one when it is told so: this is what it does."""
    server = start()
    person = server.person()
    assert resend(server, person.email)
    browser = person.browser("cookie")
    csrf, browser.csrf = browser.csrf, None
    body = {"token": server.mail(to=person.email).token}
    assert browser.post("/auth/verify", body).outcome == (403, "EBADCSRFTOKEN")
    assert not is_verified(server, person.email)
    browser.csrf = browser.get("/auth/csrf-token").data["csrfToken"]
    assert browser.post("/auth/verify", body).status == 200
    assert csrf


# ---------------------------------------------------------------- B03: before and after

def test_B03_an_unverified_account_is_told_so_and_gets_nothing(strict):
    register(strict)
    answer = log_in(strict)
    assert answer.outcome == (403, "EMAIL_NOT_VERIFIED") and not answer.set_cookies()
    assert log_in(strict, password="not-the-password-1").outcome == (401, "INVALID_CREDENTIALS")
    assert strict.rows("SELECT id FROM sessions") == []
    assert verify(strict, token=strict.mail().token).status == 200
    assert log_in(strict).status == 200


# ---------------------------------------------------------------- the code of the same mail

def test_D01_the_code_of_the_mail_verifies_as_well_and_uses_up_the_link(strict):
    register(strict)
    mail = strict.mail()
    answer = verify(strict, email="ADA@example.org", code=mail.code)
    assert answer.status == 200 and answer.data["user"]["emailVerified"] is True
    assert verify(strict, token=mail.token).outcome == WRONG
    assert verify(strict, email="ada@example.org", code=mail.code).outcome == WRONG
    assert actions(strict).count("VERIFY_EMAIL") == 1


def test_OT14_a_code_dies_after_its_time_and_the_link_of_the_mail_does_not(strict):
    register(strict)
    mail = strict.mail()
    strict.advance(5 * 60_000)
    assert verify(strict, email="ada@example.org", code=mail.code).outcome == WRONG
    assert verify(strict, token=mail.token).status == 200


def test_OT14_a_code_is_good_until_then(strict):
    register(strict)
    strict.advance(5 * 60_000 - 5_000)
    assert verify(strict, email="ada@example.org", code=strict.mail().code).status == 200


# ---------------------------------------------------------------- asking again

def test_OT05_a_new_mail_makes_the_old_one_worthless(strict):
    register(strict)
    old = strict.mail()
    strict.advance("30s")
    resend(strict)
    new = strict.mail()
    assert new.token != old.token
    assert verify(strict, token=old.token).outcome == WRONG
    if old.code != new.code:
        assert verify(strict, email="ada@example.org", code=old.code).outcome == WRONG
    assert verify(strict, token=new.token).status == 200


def test_OT05_mails_are_spaced_and_five_an_hour_at_most(strict):
    register(strict)
    resend(strict)
    assert len(strict.mails()) == 1, "the first one is half a minute young"
    for _ in range(9):
        strict.advance("1m")
        resend(strict)
    assert len(strict.mails()) == 5
    strict.advance("51m")
    resend(strict)
    assert len(strict.mails()) == 6


def test_OT05_the_sixth_request_of_one_address_in_a_row_is_limited(start):
    server = start({**VERIFY, "limit": None})
    answers = [server.client().post("/auth/verify/resend", {"email": f"n{i}@example.org"}) for i in range(6)]
    assert [answer.status for answer in answers] == [202] * 5 + [429]
    assert int(answers[5].header("Retry-After")) > 0


def test_RL01_codes_have_a_limit_of_their_own_that_leaves_the_rest_alone(start):
    server = start({"limit": None})
    body = {"email": "ada@example.org", "code": "000000", "purpose": "login"}
    answers = [server.client().post("/auth/otp/verify", body) for _ in range(6)]
    assert [answer.status for answer in answers] == [400] * 5 + [429]
    assert answers[5].code == "RATE_LIMITED" and answers[5].header("Retry-After").isdigit()
    assert answers[0].header("X-RateLimit-Limit") == "20"
    assert server.client().post("/auth/otp/request", {"email": "a@example.org", "purpose": "login"}).status == 202
    assert server.client().get("/auth/policy").status == 200


def test_a_resend_for_a_verified_or_unknown_address_mails_nothing(strict):
    register(strict)
    verify(strict, token=strict.mail().token)
    strict.advance("1m")
    resend(strict)
    resend(strict, "nobody@example.org")
    assert len(strict.mails()) == 1
    assert strict.rows("SELECT id FROM one_time_secrets") == []


# ---------------------------------------------------------------- who may not

def test_BF08_a_disabled_or_deleted_account_cannot_finish_what_was_begun(strict):
    for email in ("ada@example.org", "bob@example.org"):
        register(strict, email)
    ada, bob = (strict.mail(to=email) for email in ("ada@example.org", "bob@example.org"))
    ids = {row["email"]: row["id"] for row in strict.rows("SELECT email, id FROM users")}
    assert strict.admin.put(f"/users/{ids['ada@example.org']}/disabled", {"disabled": True}).status == 200
    assert verify(strict, token=ada.token).outcome == WRONG
    assert verify(strict, email="ada@example.org", code=ada.code).outcome == WRONG
    strict.advance("1m")
    resend(strict)
    assert len(strict.mails(to="ada@example.org")) == 1
    assert not is_verified(strict)
    assert verify(strict, token=bob.token).status == 200, "and nobody else is hit"


# ---------------------------------------------------------------- OT-09, OT-10, OT-12, WB-03

def test_OT09_the_links_host_comes_from_the_settings_alone(start):
    server = start({**VERIFY, "server": {"public_url": "https://id.example.com", "prefix": "/v2"}})
    evil = [("Host", "evil.example"), ("X-Forwarded-Host", "evil.example"), ("Forwarded", "host=evil.example"),
            ("X-Forwarded-Proto", "gopher"), ("X-Original-Host", "evil.example")]
    answer = server.client().post("/auth/register", {"email": "ada@example.org", "password": PASSWORD}, headers=evil)
    assert answer.status == 201
    server.advance("1m")
    assert server.client().post("/auth/verify/resend", {"email": "ada@example.org"}, headers=evil).status == 202
    mails = server.mails()
    assert len(mails) == 2
    for mail in mails:
        assert mail.link.startswith("https://id.example.com/v2/auth/verify?token=gho_")
        assert b"evil" not in mail.bytes


def test_OT10_no_secret_of_a_mail_is_answered_logged_or_audited(strict):
    created = strict.client().post("/auth/register", {"email": "ada@example.org", "password": PASSWORD})
    mail = strict.mail()
    wrong = strict.client().get(f"/auth/verify?token={mail.token}x")
    page = strict.client().get(f"/auth/verify?token={mail.token}", headers=HTML)
    right = strict.client().get(f"/auth/verify?token={mail.token}")
    assert (wrong.status, page.status, right.status) == (400, 200, 200)
    strict.settle_log()
    everywhere = strict.transcript() + str(strict.rows("SELECT * FROM audit_entries"))
    everywhere += "".join(str(answer.headers) + answer.body.decode() for answer in (created, wrong, page, right))
    assert "VERIFY_EMAIL" in everywhere
    assert mail.token not in everywhere and mail.token[4:] not in everywhere
    assert not re.search(rf"\b{mail.code}\b", everywhere)


@pytest.mark.parametrize("token", [None, "", True, 0, [], {}, "gho_", "null", "a" * 52, "gho_" + "A" * 48, "x" * 257])
def test_OT12_a_step_cannot_be_skipped_with_a_token_that_is_none(strict, token):
    register(strict)
    answer = verify(strict, token=token)
    assert answer.status == 400 and answer.code in ("INVALID_OR_EXPIRED_TOKEN", "VALIDATION_FAILED")
    assert not is_verified(strict)


def test_OT12_nor_with_a_body_that_says_too_little_or_too_much(strict):
    user = register(strict)
    mail = strict.mail()
    for body in ({}, {"email": "ada@example.org"}, {"code": mail.code}, {"token": mail.token, "email": "ada@example.org"},
                 {"token": mail.token, "userId": user["id"]}, {"email": "ada@example.org", "code": int(mail.code)},
                 {"email": "ada@example.org", "code": None}, {"token": mail.token, "code": mail.code}):
        answer = strict.client().post("/auth/verify", body)
        assert answer.outcome == (400, "VALIDATION_FAILED"), body
    for query in ("", "?token=", "?token=a&token=b", f"?token={mail.token}&x=1", "?tok=1"):
        assert strict.client().get(f"/auth/verify{query}").status == 400, query
    assert not is_verified(strict)
    assert verify(strict, token=mail.token).status == 200, "and none of it used the token up"


def test_OT04_a_token_or_code_of_one_account_or_purpose_serves_no_other(strict):
    for email in ("ada@example.org", "bob@example.org"):
        register(strict, email)
    strict.client().post("/auth/otp/request", {"email": "ada@example.org", "purpose": "login"})
    ada, login = strict.mail(kind="verify-email", to="ada@example.org"), strict.mail(kind="login-code")
    bob = strict.mail(to="bob@example.org")
    post = strict.client().post
    if ada.code != bob.code:
        assert verify(strict, email="bob@example.org", code=ada.code).outcome == WRONG
    if ada.code != login.code:
        assert verify(strict, email="ada@example.org", code=login.code).outcome == WRONG
        swapped = post("/auth/otp/verify", {"email": "ada@example.org", "code": ada.code, "purpose": "login"})
        assert swapped.outcome == WRONG
    assert not is_verified(strict) and not is_verified(strict, "bob@example.org")
    assert strict.rows("SELECT id FROM sessions") == []


@pytest.mark.parametrize("path", ["/auth/verify", "/auth/verify/resend", "/auth/otp/request", "/auth/otp/verify"])
def test_WB03_other_content_types_change_nothing(strict, path):
    register(strict)
    mail = strict.mail()
    bodies = {"/auth/verify": f'{{"token":"{mail.token}"}}'}
    body = bodies.get(path, '{"email":"ada@example.org","purpose":"verify"}')
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", None):
        fields = [("Content-Type", content_type)] if content_type else []
        assert strict.client().post(path, body=body, headers=fields).status == 415
    assert not is_verified(strict)
    assert strict.rows("SELECT id FROM mail_requests") == [] and len(strict.mails()) == 1


# ---------------------------------------------------------------- OT-13: who had the account before

def test_OT13_verifying_ends_the_sessions_from_before(server):
    """With verification off a squatter can work in an account of another's address: until the owner proves it."""
    squatter = server.person(email="victim@example.org")
    resend(server, "victim@example.org")
    assert squatter.get("/profile").status == 200
    assert verify(server, token=server.mail().token).status == 200
    assert squatter.get("/profile").outcome == (401, "SESSION_REVOKED")
    assert squatter.refresh().status == 401
    reasons = server.rows("SELECT revoke_reason FROM sessions WHERE user_id = ?", squatter.id)
    assert [row["revoke_reason"] for row in reasons] == ["address_verified"]


def test_OT13_verifying_again_ends_no_session(strict):
    register(strict)
    first = strict.mail()
    verify(strict, token=first.token)
    session = log_in(strict).data["accessToken"]
    strict.advance("1m")
    resend(strict)
    assert strict.client(token=session).get("/profile").status == 200
