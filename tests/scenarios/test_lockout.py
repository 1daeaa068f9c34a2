"""B18, B03, BF-01 to BF-08, PW-09, SE-10, CK-01: guesses at passwords are few, and their victim is never locked out.

Networks are told apart by /24, so addresses of 127.0.0.0/8 stand for anybody in the world.
"""

import itertools
import os
import re
import statistics
import subprocess

import pytest

from support import ranks
from support.concurrency import at_once
from support.people import PASSWORD, Person
from support.server import NO_LIMITS
from support.waiting import wait_until

TIMING = os.environ.get("GATEHOUSE_TIMING") == "1"

TOO_MANY = (429, "TOO_MANY_LOGIN_ATTEMPTS")
WRONG = (401, "INVALID_CREDENTIALS")
GUESS = "wrong-wrong-wrong-1"

# Eight for an account, of which one network can have six.
FEW = {"lockout": {"account_failures": 8, "network_failures": 100, "spray_minimum": 1_000}}
OF_ONE_NETWORK = 8  # of which six count against the account

_networks = itertools.count(1)


def elsewhere():
    """An address in a network that nobody has used so far."""
    number = next(_networks)
    return f"127.{1 + number // 256}.{number % 256}.7"


def log_in(server, name, password=PASSWORD, source=None, **kw):
    member = "email" if "@" in name else "username"
    client = server.client(source=source or elsewhere())
    try:
        return client.post("/auth/login", {member: name, "password": password, "transport": "bearer"}, **kw)
    finally:
        client.close()


def fail(server, person, times, source):
    return [log_in(server, person.email, GUESS, source).outcome for _ in range(times)]


def register(server, **kw):
    return Person(server, kw.pop("email", f"u{next(_networks)}@example.org"), PASSWORD).register(**kw)


def checks(server):
    return server.metrics().value("password_checks_total")


def throttled(server):
    return server.rows("SELECT entity_id, outcome FROM audit_entries WHERE action = 'ACCOUNT_THROTTLED'")


def counted(server):
    return {row["subject"]: row["count"] for row in server.rows("SELECT subject, count FROM failures")}


# ---------------------------------------------------------------- what is refused, and how it looks

def test_B18_beyond_the_budget_nothing_is_compared_and_nothing_written(start):
    server = start(FEW)
    person = register(server)
    source = elsewhere()
    assert fail(server, person, OF_ONE_NETWORK, source) == [WRONG] * OF_ONE_NETWORK
    before = checks(server)
    assert before == OF_ONE_NETWORK
    assert log_in(server, person.email, PASSWORD, source).outcome == TOO_MANY, "the right one is not looked at either"
    rows, entries = counted(server), len(server.rows("SELECT seq FROM audit_entries"))
    assert {log_in(server, person.email, PASSWORD, source).outcome for _ in range(20)} == {TOO_MANY}
    assert checks(server) == before
    assert counted(server) == rows and len(server.rows("SELECT seq FROM audit_entries")) == entries
    assert server.metrics().value("logins_refused_early_total", budget="account_from_network") == 21


def test_B13_a_refusal_says_when_to_come_back_and_then_lets_through(start):
    server = start({**FEW, "lockout": {**FEW["lockout"], "account_window": "10m"}})
    person = register(server)
    source = elsewhere()
    fail(server, person, OF_ONE_NETWORK, source)
    server.advance("3m")
    refused = log_in(server, person.email, PASSWORD, source)
    assert refused.outcome == TOO_MANY
    wait = int(refused.header("Retry-After"))
    assert 415 <= wait <= 420
    assert refused.json["message"] == refused.json["title"] == "Too many login attempts. Try again in 7 minutes."
    server.advance(f"{wait - 15}s")
    assert log_in(server, person.email, PASSWORD, source).outcome == TOO_MANY
    server.advance("15s")
    assert log_in(server, person.email, PASSWORD, source).status == 200


def test_B12_the_default_limit_of_five_by_address_stands_before_it(start):
    server = start({"limit": None, "lockout": {"account_failures": None, "network_failures": None, "spray_minimum": None}})
    person = register(server)
    source = elsewhere()
    assert fail(server, person, 6, source) == [WRONG] * 5 + [TOO_MANY]
    assert checks(server) == 5
    refused = log_in(server, person.email, GUESS, source)
    assert re.fullmatch(r"Too many login attempts\. Try again in 1[45] minutes\.", refused.json["message"])
    assert refused.header("X-RateLimit-Limit") == "5" and refused.header("X-RateLimit-Remaining") == "0"


def test_RL01_a_network_has_a_budget_over_all_accounts_and_others_have_theirs(start):
    server = start({"lockout": {"account_failures": 100, "network_failures": 6, "spray_minimum": 1_000}})
    outcomes = [log_in(server, f"nobody{i}@example.org", GUESS, f"127.77.1.{i + 1}").outcome for i in range(8)]
    assert outcomes == [WRONG] * 6 + [TOO_MANY] * 2, "a /24 counts as one"
    refused = log_in(server, "another@example.org", GUESS, "127.77.1.200")
    assert 0 < int(refused.header("Retry-After")) <= 900
    assert log_in(server, "another@example.org", GUESS, "127.77.2.1").outcome == WRONG
    assert server.client(source="127.77.1.9").get("/auth/policy").status == 200
    assert server.metrics().value("logins_refused_early_total", budget="network") == 3


@pytest.mark.parametrize("spellings", [
    ["2001:db8:1::1", "2001:db8:1:ffff::2", "2001:0db8:0001:0001:0:0:0:3", "2001:DB8:1::4"],  # a /48
    ["203.0.113.7", "::ffff:203.0.113.7", "::ffff:cb00:7107", "203.0.113.200"]])
def test_RL02_a_network_has_one_budget_however_its_addresses_are_written(start, spellings):
    server = start({"server": {"trusted_proxies": ["127.0.0.1/32"]},
                    "lockout": {"network_failures": 4, "spray_minimum": 1_000}})

    def guess(i, address):
        return log_in(server, f"nobody{i}@example.org", GUESS, "127.0.0.1", headers=[("X-Forwarded-For", address)]).outcome

    assert [guess(i, address) for i, address in enumerate(spellings)] == [WRONG] * 4
    assert {guess(10 + i, address) for i, address in enumerate(spellings)} == {TOO_MANY}
    assert guess(20, "2001:db8:2::1") == WRONG


# ---------------------------------------------------------------- BF-01, BF-02, B03: nothing tells accounts apart

def naked(answer):
    """Everything of an answer but what differs between any two requests."""
    headers = [(n, v) for n, v in answer.headers if n not in ("Date", "X-Request-Id")]
    return answer.status, headers, answer.body.replace(answer.request_id.encode(), b"ID")


def test_BF01_wrong_passwords_answer_the_same_bytes_whoever_is_asked(start):
    server = start({**FEW, "registration": {"verify_email": True}})
    plain, unverified, disabled = (register(server) for _ in range(3))
    server.admin.set_disabled(disabled)
    server.settings["registration"]["verify_email"] = False
    server.restart()
    deleted = server.person()
    assert deleted.delete("/auth/me").status == 200
    server.settings["registration"]["verify_email"] = True
    server.restart()
    names = [plain.email, unverified.email, disabled.email, deleted.email, "nobody@example.org", "No body", "x" * 254]
    answers = {naked(log_in(server, name, GUESS)).__repr__() for name in names}
    assert len(answers) == 1, answers


def test_BF01_refusals_answer_the_same_bytes_whoever_is_asked(start):
    server = start(FEW)
    plain, disabled = register(server), register(server)
    server.admin.set_disabled(disabled)
    answers = set()
    for name in (plain.email, disabled.email, "nobody@example.org", "nobody-else"):
        source = elsewhere()
        outcomes = [log_in(server, name, GUESS, source).outcome for _ in range(OF_ONE_NETWORK + 1)]
        assert outcomes == [WRONG] * OF_ONE_NETWORK + [TOO_MANY], name
        answer = log_in(server, name, GUESS, source)
        wait = int(answer.header("Retry-After"))
        assert 880 < wait <= 900
        answers.add(repr(naked(answer)).replace(str(wait), "WAIT"))
    assert len(answers) == 1, answers


def test_B03_only_the_right_password_tells_why_an_account_cannot_be_used_and_that_is_counted_too(start):
    server = start({**FEW, "registration": {"verify_email": True}})
    person = register(server)
    source = elsewhere()
    assert log_in(server, person.email, GUESS, source).outcome == WRONG
    told = [log_in(server, person.email, PASSWORD, source).outcome for _ in range(OF_ONE_NETWORK)]
    assert told == [(403, "EMAIL_NOT_VERIFIED")] * (OF_ONE_NETWORK - 1) + [TOO_MANY]


@pytest.mark.skipif(not TIMING, reason="a measurement: GATEHOUSE_TIMING=1")
@pytest.mark.parametrize("compared", ["wrong passwords", "refusals"])
def test_BF02_known_and_unknown_addresses_take_the_same_time(start, compared):
    server = start({"passwords": {"hash_threads": 1}})
    people = [register(server) for _ in range(10)]
    if compared == "refusals":
        server.settings["lockout"] = {"account_failures": 4, "network_failures": 1_000_000, "spray_minimum": 1_000_000}
        server.restart()
    client = server.client(source=elsewhere())

    def attempt(name):
        return client.post("/auth/login", {"email": name, "password": GUESS, "transport": "bearer"})

    def known(i):
        return attempt(people[i % 10].email)

    def unknown(i):
        return attempt(f"u{90_000 + i % 10}@example.org")

    for i in range(100):  # fills the budgets, or warms up
        known(i), unknown(i)
    first, second = ranks.alternating(1_000, known, unknown)
    result = ranks.compare(first, second)
    print(f"\n{compared}: medians {1e3 * result.medians[0]:.3f} and {1e3 * result.medians[1]:.3f} ms, "
          f"difference {100 * result.relative_difference:.2f} %, p = {result.p:.3f}, "
          f"spread {1e3 * statistics.pstdev(first):.3f} ms")
    assert known(0).outcome == unknown(0).outcome == (TOO_MANY if compared == "refusals" else WRONG)
    assert result.p > 0.01
    assert result.relative_difference < 0.05


# ---------------------------------------------------------------- BF-04, BF-05, BF-06: the count is right

def test_BF04_every_spelling_of_an_account_counts_as_that_account(start):
    server = start(FEW)
    person = register(server, email="Ada.Lovelace@Example.org", username="Ada")
    source = elsewhere()
    spellings = ["ada.lovelace@example.org", "ADA.LOVELACE@EXAMPLE.ORG", "Ada.Lovelace@Example.org", "ada", "ADA", "aDa",
                 "Ada", "adA"]
    assert [log_in(server, name, GUESS, source).outcome for name in spellings] == [WRONG] * OF_ONE_NETWORK
    assert {log_in(server, name, GUESS, source).outcome for name in spellings} == {TOO_MANY}
    accounts = {subject for subject in counted(server) if subject.startswith("password/account/")}
    assert accounts == {s for s in accounts if person.id in s}, "nothing was counted for anybody else"


@pytest.mark.parametrize("spelling", [" ada@example.org", "ada@example.org ", "ada@example.org\u200b",
                                      "\uff41da@example.org", "ada@example.org.", "ada+x@example.org"])
def test_BF04_what_only_looks_like_the_account_never_gets_at_it(start, spelling):
    server = start(FEW)
    register(server, email="ada@example.org")
    answer = log_in(server, spelling, PASSWORD)
    assert answer.status in (400, 401), answer


def test_BF04_names_that_nobody_has_are_counted_without_being_kept(start):
    server = start(FEW)
    source = elsewhere()
    outcomes = [log_in(server, name, GUESS, source).outcome for name in ["secretly-typed@example.org"] * 10]
    assert outcomes == [WRONG] * OF_ONE_NETWORK + [TOO_MANY] * 2
    assert log_in(server, "another@example.org", GUESS, source).outcome == WRONG
    assert not [subject for subject in counted(server) if "secretly" in subject]
    assert b"secretly-typed" not in server.stored_bytes()


def test_BF05_the_count_survives_a_kill(start):
    server = start(FEW)
    person = register(server)
    sources = [elsewhere(), elsewhere()]
    assert fail(server, person, OF_ONE_NETWORK, sources[0]) == [WRONG] * OF_ONE_NETWORK
    assert fail(server, person, 1, sources[1]) == [WRONG]
    server.kill9()
    server.restart()
    assert log_in(server, person.email, GUESS, sources[1]).outcome == WRONG
    assert log_in(server, person.email, GUESS, sources[1]).outcome == TOO_MANY
    assert log_in(server, person.email, GUESS, sources[0]).outcome == TOO_MANY
    assert checks(server) == 1


def test_BF06_of_200_wrong_passwords_at_once_no_more_are_compared_than_the_account_allows(start):
    server = start({**FEW, "passwords": {"hash_queue": 300}})
    person = register(server)
    sources = [elsewhere() for _ in range(10)]
    outcomes = at_once(200, lambda i: log_in(server, person.email, GUESS, sources[i % 10]).outcome)
    assert set(outcomes) == {WRONG, TOO_MANY}
    assert outcomes.count(WRONG) == checks(server) == 8
    assert counted(server)[f"password/account/{person.id}"] == 8
    assert [row["entity_id"] for row in throttled(server)] == [person.id], "told once, though many were refused at once"


def test_BF06_right_passwords_at_once_cost_nothing(start):
    server = start(FEW)
    person = register(server)
    source = elsewhere()
    assert {a.status for a in at_once(5, lambda _: log_in(server, person.email, PASSWORD, source))} == {200}
    assert set(counted(server).values()) <= {0}
    assert fail(server, person, OF_ONE_NETWORK, elsewhere()) == [WRONG] * OF_ONE_NETWORK


def test_BF06_what_could_not_be_compared_is_not_counted(start):
    server = start({**FEW, "passwords": {"hash_threads": 1, "hash_queue": 1}})
    person = register(server)
    sources = [elsewhere() for _ in range(8)]
    outcomes = at_once(8, lambda i: log_in(server, person.email, GUESS, sources[i]).outcome)
    overloaded = outcomes.count((503, "OVERLOADED"))
    assert overloaded > 0
    assert counted(server)[f"password/account/{person.id}"] == 8 - overloaded


# ---------------------------------------------------------------- BF-07: the victim

def test_BF07_who_attacks_from_one_place_cannot_lock_the_owner_out_of_another(start):
    server = start({"lockout": {"account_failures": 20, "network_failures": 2_000, "spray_minimum": 10_000}})
    person = register(server)
    attacker = server.client(source=elsewhere())
    outcomes = [attacker.post("/auth/login", {"email": person.email, "password": f"{GUESS}{i}"}).outcome
                for i in range(1_000)]
    assert outcomes == [WRONG] * 20 + [TOO_MANY] * 980
    assert log_in(server, person.email, PASSWORD).status == 200, "from a place where the account never was"
    assert [row["entity_id"] for row in throttled(server)] == [person.id]


def besiege(server, person, networks=3):
    """From so many networks that the account's budget for strangers is used up."""
    for _ in range(networks):
        source = elsewhere()
        fail(server, person, OF_ONE_NETWORK, source)
    assert log_in(server, person.email, PASSWORD).outcome == TOO_MANY, "strangers are refused now"


@pytest.mark.parametrize("transport", ["hybrid", "cookie"])
def test_BF07_a_browser_that_has_logged_in_before_logs_in_all_along(start, transport):
    server = start(FEW)
    person = register(server)
    browser = person.browser(transport, source=elsewhere())
    assert browser.post("/auth/logout").status == 200
    device = browser.cookies["deviceId"]
    besiege(server, person)
    for _ in range(3):  # from a café, to which he has never been
        answer = log_in(server, person.email, PASSWORD, cookie=f"deviceId={device}")
        assert answer.status == 200, answer
        besiege(server, person)
    forged = device[:40] + ("B" if device[40] == "A" else "A") + device[41:]
    assert log_in(server, person.email, PASSWORD, cookie=f"deviceId={forged}").outcome == TOO_MANY


def test_BF07_a_known_device_has_a_budget_too(start):
    server = start(FEW)
    person = register(server)
    device = person.browser().cookies["deviceId"]
    cookie = f"deviceId={device}"
    outcomes = [log_in(server, person.email, GUESS, cookie=cookie).outcome for _ in range(9)]
    assert outcomes == [WRONG] * 8 + [TOO_MANY]
    assert log_in(server, person.email, PASSWORD, cookie=cookie).outcome == TOO_MANY
    assert log_in(server, person.email, PASSWORD).status == 200, "the device's failures are its own"
    assert server.metrics().value("logins_refused_early_total", budget="device") == 2


def test_BF07_a_session_makes_its_client_known(start):
    server = start(FEW)
    person = register(server)
    here = elsewhere()
    session = log_in(server, person.email, PASSWORD, here).data["accessToken"]
    besiege(server, person)
    assert log_in(server, person.email, PASSWORD, token=session).status == 200
    other = register(server)
    foreign = log_in(server, other.email, PASSWORD).data["accessToken"]
    assert log_in(server, person.email, PASSWORD, token=foreign).outcome == TOO_MANY


def test_BF07_an_address_with_a_session_is_known_until_that_ends(start):
    server = start(FEW)
    person = register(server)
    home = elsewhere()
    token = log_in(server, person.email, PASSWORD, home).data["accessToken"]
    besiege(server, person)
    again = log_in(server, person.email, PASSWORD, home)
    assert again.status == 200, "a client without cookies, from where it was before"
    neighbour = home.rsplit(".", 1)[0] + ".99"
    assert log_in(server, person.email, PASSWORD, neighbour).outcome == TOO_MANY, "the address alone, not its network"
    for one in (token, again.data["accessToken"]):
        assert server.client(token=one).post("/auth/logout").status == 200
    assert log_in(server, person.email, PASSWORD, home).outcome == TOO_MANY


def test_BF07_an_address_is_forgotten_after_thirty_days(start):
    server = start({**FEW, "sessions": {"idle_ttl": "60d"}, "tokens": {"refresh_ttl": "60d"}})
    person = register(server)
    home = elsewhere()
    assert log_in(server, person.email, PASSWORD, home).status == 200
    server.advance("31d")
    besiege(server, person)
    assert log_in(server, person.email, PASSWORD, home).outcome == TOO_MANY


def test_BF07_strangers_behind_a_known_address_share_one_budget_over_all_accounts(start):
    """An office behind one address: whoever sits in it cannot try every colleague's password twenty times."""
    server = start({"lockout": {"account_failures": 8, "network_failures": 10, "spray_minimum": 1_000}})
    office = elsewhere()
    colleagues = [register(server) for _ in range(6)]
    for colleague in colleagues:
        assert log_in(server, colleague.email, PASSWORD, office).status == 200
    outcomes = [log_in(server, colleagues[i % 6].email, GUESS, office).outcome for i in range(12)]
    assert outcomes == [WRONG] * 10 + [TOO_MANY] * 2


def code_by_mail(server, email, purpose, kind):
    assert server.client().post("/auth/otp/request", {"email": email, "purpose": purpose}).status == 202
    return server.mail(to=email, kind=kind).code


def test_BF07_a_code_by_mail_lets_the_owner_in_on_a_new_device_and_makes_it_known(start):
    server = start(FEW)
    person = register(server)
    code = code_by_mail(server, person.email, "verify", "verify-code")
    body = {"email": person.email, "code": code, "purpose": "verify"}
    assert server.client().post("/auth/otp/verify", body).status == 200
    besiege(server, person)
    browser = server.client(jar=True, source=elsewhere())
    code = code_by_mail(server, person.email, "login", "login-code")
    body = {"email": person.email, "code": code, "purpose": "login", "transport": "hybrid"}
    assert browser.post("/auth/otp/verify", body).status == 200
    besiege(server, person)
    assert log_in(server, person.email, PASSWORD, cookie=f"deviceId={browser.cookies['deviceId']}").status == 200


def test_BF07_the_account_wide_budget_comes_back_by_itself(start):
    server = start(FEW)
    person = register(server)
    besiege(server, person)
    server.advance("15m")
    assert log_in(server, person.email, PASSWORD).status == 200


# ---------------------------------------------------------------- BF-08, BF-10, PW-09

def test_BF08_an_account_disabled_while_its_password_is_compared_gets_nothing(start):
    slow = {"hash_threads": 1, "argon2id": {"memory": "19MiB", "passes": 40, "lanes": 1}}
    server = start({**FEW, "passwords": slow})
    person = register(server)
    server.admin  # logged in before the queue fills
    answers = at_once(2, lambda i: log_in(server, person.email) if i == 0 else server.admin.set_disabled(person))
    assert answers[1].status == 200
    assert answers[0].outcome in ((403, "ACCOUNT_DISABLED"), (200, None))
    if answers[0].status == 200:  # it was the first of the two: then it has ended with the others
        assert server.client(token=answers[0].data["accessToken"]).get("/profile").outcome == (401, "SESSION_REVOKED")
    assert not server.rows("SELECT 1 FROM sessions WHERE user_id = ? AND revoked_at IS NULL", person.id)


def test_BF08_a_disabled_account_gets_no_tokens_by_any_grant(start):
    server = start(FEW)
    person = server.person()
    browser = person.browser("hybrid")
    server.admin.set_disabled(person)
    assert log_in(server, person.email).outcome == (403, "ACCOUNT_DISABLED")
    assert person.refresh().status == 401
    assert browser.post("/auth/refresh").status == 401
    assert person.get("/profile").status == 401
    assert not server.rows("SELECT 1 FROM sessions WHERE user_id = ? AND revoked_at IS NULL", person.id)


def test_BF08_being_throttled_ends_no_session_and_gives_none(start):
    server = start(FEW)
    person = server.person()
    besiege(server, person)
    assert person.get("/profile").status == 200 and person.refresh().status == 200
    sessions = len(server.rows("SELECT id FROM sessions"))
    assert log_in(server, person.email).outcome == TOO_MANY
    assert len(server.rows("SELECT id FROM sessions")) == sessions


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "True-Client-IP", "CF-Connecting-IP",
                                    "X-Client-IP", "X-Originating-IP", "Client-IP"])
def test_BF10_claimed_addresses_count_as_the_peer(start, header):
    server = start({"lockout": {"network_failures": 5, "account_failures": 100, "spray_minimum": 1_000}})
    source = elsewhere()

    def guess(i):
        value = f"for=198.51.{i}.1" if header == "Forwarded" else f"198.51.{i}.1"
        return log_in(server, f"nobody{i}@example.org", GUESS, source, headers=[(header, value)]).outcome

    assert [guess(i) for i in range(7)] == [WRONG] * 5 + [TOO_MANY] * 2


# ---------------------------------------------------------------- the device's cookie

def test_CK01_the_device_cookie_is_as_well_guarded_as_the_others(start):
    server = start({"cookies": {"secure": True}})
    person = register(server)
    client = server.client(jar=True)
    login = client.post("/auth/login", {"email": person.email, "password": PASSWORD, "transport": "hybrid"})
    value, attributes = login.set_cookies()["__Host-deviceId"]
    assert attributes == {"path": "/", "secure": "", "httponly": "", "samesite": "Strict", "max-age": str(365 * 86_400)}
    assert person.id.replace("-", "") not in value and value not in login.body.decode()
    assert "__Host-deviceId" not in client.post(
        "/auth/logout", headers=[("X-CSRF-Token", client.cookies["__Host-csrfToken"])]).set_cookies()


def test_CK01_bearers_and_foreign_pages_get_no_device_cookie(start):
    server = start()
    person = register(server)
    foreign = [("Origin", "https://evil.example")]
    assert not log_in(server, person.email).set_cookies()
    assert not log_in(server, person.email, headers=foreign).set_cookies()
    body = {"email": person.email, "password": PASSWORD, "transport": "cookie"}
    answer = server.client().post("/auth/login", body, headers=foreign)
    assert answer.outcome == (403, "EBADCSRFTOKEN") and not answer.set_cookies()
    assert not server.client().post("/auth/login", {**body, "password": GUESS}).set_cookies()


def test_CK02_a_device_cookie_that_comes_twice_is_worth_nothing(start):
    server = start(FEW)
    person = register(server)
    device = person.browser(source=elsewhere()).cookies["deviceId"]
    besiege(server, person)
    cookie = f"deviceId={device}"
    assert log_in(server, person.email, PASSWORD, cookie=f"{cookie}; deviceId=x").outcome == TOO_MANY
    assert log_in(server, person.email, PASSWORD, cookie=f"deviceId=x; {cookie}").outcome == TOO_MANY
    assert log_in(server, person.email, PASSWORD, cookie=cookie).status == 200, "the control"


def test_SE10_a_device_cookie_is_worthless_for_another_user(start):
    server = start(FEW)
    victim, attacker = register(server), register(server)
    cookie = f"deviceId={attacker.browser(source=elsewhere()).cookies['deviceId']}"
    besiege(server, victim)
    assert log_in(server, victim.email, PASSWORD, cookie=cookie).outcome == TOO_MANY


def test_SE10_a_device_cookie_of_an_account_that_was_purged_is_worthless_for_its_successor(start):
    server = start(FEW)
    first = register(server, email="recycled@example.org")
    cookie = f"deviceId={first.browser(source=elsewhere()).cookies['deviceId']}"
    answer = server.admin.delete(f"/users/{first.id}?purge=true")
    if answer.status == 405:
        pytest.skip("this server cannot purge yet")
    assert answer.status == 200
    second = register(server, email="recycled@example.org")
    assert second.id != first.id
    besiege(server, second)
    assert log_in(server, second.email, PASSWORD, cookie=cookie).outcome == TOO_MANY


def test_a_device_keeps_its_name_from_login_to_login(start):
    """So that its failures stay counted; and its year begins anew."""
    server = start(FEW)
    person = register(server)
    browser = person.browser("cookie")
    first = browser.cookies["deviceId"]
    server.advance("300d")
    login = browser.post("/auth/login", {"email": person.email, "password": PASSWORD, "transport": "cookie"})
    second = login.set_cookies()["deviceId"][0]
    assert second != first and second[:20] == first[:20]
    server.advance("300d")
    besiege(server, person)
    assert log_in(server, person.email, PASSWORD, cookie=f"deviceId={first}").outcome == TOO_MANY
    assert log_in(server, person.email, PASSWORD, cookie=f"deviceId={second}").status == 200


# ---------------------------------------------------------------- the store

def test_RL05_no_limit_and_no_budget_is_passed_while_the_store_is_away(start):
    """Counting failures needs the store; where it cannot be asked, no password is compared."""
    server = start({**FEW, "limit": NO_LIMITS})
    person = server.person()
    before = checks(server)
    pid = str(server.process.pid)
    subprocess.run(["prlimit", "--pid", pid, "--fsize=1:unlimited"], check=True)  # stands for a full disk
    try:
        outcomes = {log_in(server, person.email, GUESS).outcome for _ in range(3)}
    finally:
        subprocess.run(["prlimit", "--pid", pid, "--fsize=unlimited"], check=True)
    assert outcomes == {(503, "STORE_UNAVAILABLE")}, outcomes
    assert checks(server) == before
    wait_until(lambda: log_in(server, person.email).status == 200)
