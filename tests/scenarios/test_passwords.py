"""Passwords and registration (B01, PW rows)."""

import re

import pytest

from support.concurrency import at_once
from support.people import PASSWORD
from support.server import ADMIN_EMAIL, ADMIN_PASSWORD, Server

JSON_TYPE = [("Content-Type", "application/json")]


def register(server, password, email="n@example.org", **members):
    return server.client().post("/auth/register", {"email": email, "password": password, **members})


def log_in(server, password, email="n@example.org"):
    return server.client().post("/auth/login", {"email": email, "password": password})


def error_codes(answer, field="password"):
    return {error["code"] for error in answer.json["errors"] if error["field"] == field}


def users(server):
    return server.rows("SELECT * FROM users WHERE role <> 'admin'")


# ---------------------------------------------------------------- PW-01, PW-02: the policy

@pytest.mark.parametrize("minimum", [8, 10, 20])
def test_PW01_the_minimum_length_is_settable(start, minimum):
    server = start({"passwords": {"min_length": minimum}})
    letters = "qvzkxwjpgmbyhtuflorc"
    assert server.client().get("/auth/policy").data["password"]["minLength"] == minimum
    short = register(server, letters[:minimum - 1])
    assert short.status == 400 and "too_short" in error_codes(short)
    assert users(server) == []
    assert register(server, letters[:minimum]).status == 201


@pytest.mark.parametrize("minimum", [7, 0, -1, 129])
def test_PW01_below_eight_is_refused_at_start(tmp_path, minimum):
    text = Server({"passwords": {"min_length": minimum}}, directory=tmp_path / "g").refuses_to_start()
    assert "passwords.min_length" in text


def test_PW02_composition_rules_are_off_by_default(server):
    assert server.client().get("/auth/policy").data["password"]["require"] == []
    assert register(server, "kites fly over the lake").status == 201
    assert not [e for e in server.events("settings") if "passwords.require" in e["message"]]


def test_PW02_B01_composition_rules_can_be_asked_for_and_are_warned_of(start):
    server = start({"passwords": {"require": ["upper", "lower", "digit"]}, "admin": {"email": None}},
                   env={"GATEHOUSE_ADMIN_PASSWORD": None})
    warning, = [e for e in server.events("settings") if "passwords.require" in e["message"]]
    assert warning["level"] == "warn" and "63B" in warning["message"]
    for password, missing in (("kitesflyoverthelake7", "missing_upper"), ("KITESFLYOVERTHELAKE7", "missing_lower"),
                              ("KitesFlyOverTheLake", "missing_digit")):
        answer = register(server, password)
        assert answer.status == 400 and error_codes(answer) == {missing}
    answer = register(server, "???????????????")
    assert {"missing_upper", "missing_lower", "missing_digit"} <= error_codes(answer), "every wrong thing at once"
    assert register(server, "KitesFlyOverTheLake7").status == 201


def test_B01_a_bad_address_is_refused_and_the_account_begins_as_a_viewer(server):
    assert register(server, PASSWORD, email="nobody").status == 400
    answer = register(server, PASSWORD)
    assert answer.status == 201 and answer.header("Location") == f"/api/v1/users/{answer.data['user']['id']}"
    assert answer.data["user"]["role"] == "viewer" and answer.data["user"]["plan"] == "free"
    assert "accessToken" not in answer.data and not answer.set_cookies(), "registration does not log in"


def test_B01_registration_can_be_closed(start):
    server = start({"registration": {"enabled": False}})
    assert register(server, PASSWORD).status == 403
    assert server.client().get("/auth/policy").data["registration"]["enabled"] is False
    assert users(server) == []


# ---------------------------------------------------------------- PW-03, PW-04: as sent

def long_password(length):
    words = "quartz-violin-meadow-"
    return (words * (length // len(words) + 1))[:length - 2] + "+7"


@pytest.mark.parametrize("length", [64, 72, 73, 80, 128, 1024])
@pytest.mark.parametrize("hash", ["argon2id", "bcrypt"])
def test_PW03_long_passwords_count_in_full(start, hash, length):
    server = start({"passwords": {"hash": hash, "bcrypt": {"cost": 10}}})
    password = long_password(length)
    assert register(server, password).status == 201
    assert log_in(server, password).status == 200
    assert log_in(server, password[:-1]).status == 401
    assert log_in(server, password[:-1] + "8").status == 401
    assert log_in(server, password[:72] if length > 72 else password[:40]).status == 401


def test_PW03_above_1024_bytes_is_400_and_never_cut(server):
    answer = register(server, long_password(1025))
    assert answer.outcome == (400, "VALIDATION_FAILED") and users(server) == []
    assert register(server, "é" * 513).status == 400, "bytes, not characters"
    assert register(server, long_password(1024)).status == 201
    assert log_in(server, long_password(1025)).status in (400, 401)


@pytest.mark.parametrize("hash", ["argon2id", "bcrypt"])
def test_PW04_a_password_is_verified_exactly_as_sent(start, hash):
    server = start({"passwords": {"hash": hash, "bcrypt": {"cost": 10}}})
    password = " Kites\0fly over the lake \t"
    assert register(server, password).status == 201
    assert log_in(server, password).status == 200
    for other in (password.strip(), password.lower(), password.upper(), " Kites", password.replace("\0", ""),
                  password.replace("\0fly", "\0FLY"), password.rstrip(), password.replace("  ", " "), password + " ",
                  password.replace("\0", " ")):
        assert other == password or log_in(server, other).status == 401, repr(other)


# ---------------------------------------------------------------- PW-05: Unicode

def test_PW05_one_normal_form_for_setting_and_for_asking(server):
    composed, decomposed = "caf\u00e9 \u00fcber alle T\u00e4ler", "cafe\u0301 u\u0308ber alle Ta\u0308ler"
    assert composed != decomposed
    assert register(server, decomposed).status == 201
    assert log_in(server, composed).status == 200 and log_in(server, decomposed).status == 200
    assert log_in(server, "cafe uber alle Taler").status == 401
    assert register(server, composed, email="m@example.org").status == 201
    assert log_in(server, decomposed, email="m@example.org").status == 200


def test_PW05_compatibility_characters_stay_what_they_are(server):
    """NFC, not NFKC: a ligature is not its letters."""
    assert register(server, "\ufb01ne weather in the valley").status == 201
    assert log_in(server, "fine weather in the valley").status == 401


def test_PW05_length_is_counted_in_code_points(start):
    server = start({"passwords": {"min_length": 15}})
    emoji = "\U0001F98A\U0001F333\U0001F6B2\U0001F4D7\U0001F9CA\U0001F511\U0001F30A\U0001F9ED\U0001F3BB\U0001F36F" \
            "\U0001F9F6\U0001F941\U0001F9C2\U0001FAB6\U0001F6F6"
    assert len(emoji) == 15 and len(emoji.encode()) == 60
    short = register(server, emoji[:14])
    assert short.status == 400 and "too_short" in error_codes(short), "14 of them are 56 bytes"
    assert register(server, emoji).status == 201
    assert log_in(server, emoji).status == 200


def test_PW05_bytes_that_are_no_UTF8_are_refused(server):
    body = b'{"email": "n@example.org", "password": "kites fly \xff over"}'
    assert server.client().post("/auth/register", body=body, headers=JSON_TYPE).status == 400
    assert users(server) == []


# ---------------------------------------------------------------- PW-06, PW-07

@pytest.mark.parametrize("password", ["Password123", "Summer2026!", "qwertyuiop", "1234567890", "iloveyou123", "P@ssw0rd123",
                                      "Welcome2026", "letmein12345", "Football2025!", "adminadmin1"])
def test_PW06_common_passwords_and_their_variants_are_refused(server, password):
    answer = register(server, password)
    assert answer.status == 400 and "too_common" in error_codes(answer)


@pytest.mark.parametrize("password", ["bartholomew2026Aa1", "Gatehouse-2026-x1", "BARTHOLOMEW+55x", "moonraker_2026aa"])
def test_PW07_words_from_the_context_are_refused(server, password):
    answer = register(server, password, email="bartholomew@example.org", username="moonraker")
    assert answer.status == 400 and "contains_context" in error_codes(answer)
    assert users(server) == []


# ---------------------------------------------------------------- PW-10, PW-11: the hash

def hash_of(server, email="n@example.org"):
    row, = server.rows("SELECT password_hash FROM users WHERE email = ?", email)
    return row["password_hash"]


def test_PW10_the_default_is_argon2id_with_the_recommended_cost(server):
    register(server, PASSWORD)
    match = re.fullmatch(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)", hash_of(server))
    memory, passes, lanes = (int(match[i]) for i in (1, 2, 3))
    assert memory >= 19 * 1024 and passes >= 2 and lanes == 1
    assert len(match[4]) >= 22, "a salt of 16 bytes at least"
    assert len(match[5]) >= 43, "32 bytes"


def test_PW10_B01_bcrypt_at_cost_12_can_be_chosen(start):
    server = start({"passwords": {"hash": "bcrypt", "bcrypt": {"cost": 12}}})
    register(server, PASSWORD)
    assert "$2b$12$" in hash_of(server) or "r=12" in hash_of(server), hash_of(server)
    assert log_in(server, PASSWORD).status == 200


def test_PW10_a_raised_cost_changes_the_hash_at_the_next_login(server):
    register(server, PASSWORD)
    before = hash_of(server)
    server.settings["passwords"] = {"argon2id": {"memory": "20MiB", "passes": 3, "lanes": 1}}
    server.restart()
    assert hash_of(server) == before, "not by the restart"
    assert log_in(server, "not-the-password-1").status == 401
    assert hash_of(server) == before, "not by a failed login"
    assert log_in(server, PASSWORD).status == 200
    after = hash_of(server)
    assert after.startswith("$argon2id$v=19$m=20480,t=3,p=1$")
    assert log_in(server, PASSWORD).status == 200
    assert hash_of(server) == after, "once"


def test_PW10_hashes_of_the_other_kind_still_work_after_a_change(start):
    server = start({"passwords": {"hash": "bcrypt", "bcrypt": {"cost": 10}}})
    register(server, PASSWORD)
    server.settings["passwords"] = {"hash": "argon2id"}
    server.restart()
    assert log_in(server, PASSWORD).status == 200
    assert hash_of(server).startswith("$argon2id$")
    assert log_in(server, PASSWORD).status == 200


@pytest.mark.parametrize("cost", [{"memory": "8MiB", "passes": 2, "lanes": 1}, {"memory": "18MiB", "passes": 2, "lanes": 1},
                                  {"memory": "45MiB", "passes": 1, "lanes": 1}])
def test_PW10_a_cost_that_is_too_low_is_refused_at_start(tmp_path, cost):
    text = Server({"passwords": {"argon2id": cost}}, directory=tmp_path / "g").refuses_to_start()
    assert "passwords.argon2id" in text


def test_PW11_one_password_of_two_users_has_two_hashes(server):
    for i in range(4):
        register(server, PASSWORD, email=f"n{i}@example.org")
    hashes = [row["password_hash"] for row in users(server)]
    assert len(set(hashes)) == 4 and len({h.split("$")[4] for h in hashes}) == 4


# ---------------------------------------------------------------- PW-14: no default account

def test_PW14_a_fresh_server_has_no_account(start):
    server = start({"admin": {"email": None}}, env={"GATEHOUSE_ADMIN_PASSWORD": None})
    assert server.rows("SELECT id FROM users") == []
    for name in ("admin", "root", "administrator", "gatehouse"):
        for password in (name, "admin", "password", "changeme", "", "admin123"):
            for body in ({"username": name, "password": password}, {"email": f"{name}@localhost", "password": password}):
                assert server.client().post("/auth/login", body).status in (400, 401)
    assert len(server.events("no_admin")) == 1, "and it says how to make one"


def test_PW14_the_seeded_admin_is_made_once(server):
    server.settings["admin"]["email"] = "second@gatehouse.test"
    server.env["GATEHOUSE_ADMIN_PASSWORD"] = "another-password-of-9"
    server.restart()
    assert log_in(server, "another-password-of-9", email="second@gatehouse.test").status == 401
    assert log_in(server, "another-password-of-9", email=ADMIN_EMAIL).status == 401
    assert log_in(server, ADMIN_PASSWORD, email=ADMIN_EMAIL).status == 200
    assert len(server.rows("SELECT id FROM users")) == 1


@pytest.mark.parametrize("password", ["qzjxk", "Password123"])
def test_PW14_a_weak_password_for_the_admin_stops_the_start(tmp_path, password):
    server = Server(directory=tmp_path / "g", env={"GATEHOUSE_ADMIN_PASSWORD": password})
    text = server.refuses_to_start()
    assert text and password not in text


# ---------------------------------------------------------------- PW-15, PW-16, PW-17

def test_PW15_privileged_members_are_refused(server):
    for extra in ({"role": "admin"}, {"emailVerified": True}, {"email_verified": True}, {"id": "1"}, {"tenant": "x"},
                  {"createdAt": "2020-01-01T00:00:00.000Z"}, {"plan": "enterprise"}, {"disabled": False},
                  {"passwordHash": "x"}):
        answer = register(server, PASSWORD, **extra)
        assert answer.outcome == (400, "VALIDATION_FAILED"), extra
        assert error_codes(answer, next(iter(extra))), extra
    assert users(server) == []


BAD_ADDRESSES = [
    "", "a", "@", "a@", "@b.example", "a@b", "a@@b.example", "a@x@y.example", "a@b.example,c@d.example", "a b@c.example",
    "a@b .example", "a\r\nBcc: z@z.example", "a@b.example\n", "\ta@b.example", "a@b.example\0", "a@[127.0.0.1]", "a@127.0.0.1",
    "<a@b.example>", "Ada <a@b.example>", "a@-b.example", "a@b-.example", "a@b..example", ".a@b.example", "a.@b.example",
    "a..b@c.example", '"a b"@c.example', "a@b.example;c@d.example", "a" * 65 + "@b.example", "a@" + "b" * 64 + ".example",
    "a@" + ".".join(["b" * 60] * 5), "\u0131@b.example", "\uff41@b.example", "\u0430dmin@b.example", "a@b\u3002example",
    "a@b_c.example",
]


def test_PW16_only_one_plain_address_is_an_address(server):
    client = server.client()
    for email in BAD_ADDRESSES:
        answer = client.post("/auth/register", {"email": email, "password": PASSWORD})
        assert answer.outcome == (400, "VALIDATION_FAILED") and error_codes(answer, "email"), repr(email)
    assert users(server) == []
    for email in ("a.b+tag@sub.c-d.example", "o'neil@b.example", "1@b.example", "a" * 64 + "@b.example"):
        assert client.post("/auth/register", {"email": email, "password": PASSWORD}).status == 201, email


def test_PW16_one_account_for_all_spellings(server):
    assert register(server, PASSWORD, email="Ada@Example.org").status == 201
    for email in ("ada@example.org", "ADA@EXAMPLE.ORG", "aDa@eXample.orG"):
        assert register(server, PASSWORD, email=email).outcome == (409, "EMAIL_TAKEN")
        assert log_in(server, PASSWORD, email=email).status == 200
    assert [row["email"] for row in users(server)] == ["Ada@Example.org"]


def test_PW16_a_deleted_accounts_address_is_not_free(server):
    person = server.person()
    person.delete("/auth/me")
    assert register(server, PASSWORD, email=person.email).status == 409


def test_PW16_with_addresses_hidden_everybody_gets_the_same_answer(start):
    server = start({"registration": {"reveal_existing": False}})
    new = register(server, PASSWORD)
    taken = register(server, PASSWORD)
    other_password = register(server, "another-kite-of-the-lake")
    for answer in (new, taken, other_password):
        assert answer.status == 202 and answer.json["message"] == "Check your email"
    assert new.body == taken.body == other_password.body
    assert [n for n, _ in new.headers] == [n for n, _ in taken.headers]
    assert len(users(server)) == 1
    assert log_in(server, PASSWORD).status == 200, "and the second one changed nothing"


def test_PW17_of_32_simultaneous_registrations_one_wins(server):
    clients = [server.client() for _ in range(32)]
    spellings = ["n@example.org", "N@example.org", "n@EXAMPLE.org", "N@Example.Org"]
    answers = at_once(32, lambda i: clients[i].post(
        "/auth/register", {"email": spellings[i % 4], "password": PASSWORD}))
    outcomes = [answer.outcome for answer in answers]
    assert outcomes.count((201, None)) == 1 and outcomes.count((409, "EMAIL_TAKEN")) == 31
    assert len(users(server)) == 1
    assert [e["detail"] for e in server.events("CREATE_USER")] == ["settings", "registration"], "the admin, and one"


def test_PW17_usernames_are_raced_for_likewise(server):
    clients = [server.client() for _ in range(16)]
    answers = at_once(16, lambda i: clients[i].post(
        "/auth/register", {"email": f"n{i}@example.org", "password": PASSWORD, "username": "Ada" if i % 2 else "ada"}))
    outcomes = [answer.outcome for answer in answers]
    assert outcomes.count((201, None)) == 1 and outcomes.count((409, "USERNAME_TAKEN")) == 15
    assert len(users(server)) == 1


# ---------------------------------------------------------------- PW-08: no expiry

def test_PW08_a_password_does_not_expire(server):
    person = server.person()
    server.advance("400d")
    answer = server.client().post("/auth/login", {"email": person.email, "password": PASSWORD, "transport": "bearer"})
    assert answer.status == 200
    assert server.client(token=answer.data["accessToken"]).get("/profile").status == 200
