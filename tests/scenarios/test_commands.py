"""The commands, beside a running server and without one (C09, KY-03, X08, config.md's "Commands")."""

import base64
import json
import sqlite3
import time

import pytest

from support.commands import run, run_on_terminal
from support.people import PASSWORD, Person
from support.server import ADMIN_EMAIL, Server
from support.waiting import wait_until

NOTICED_WITHIN = 1.0  # seconds; the server looks four times a second


def cli(server, *arguments, **kw):
    return run(*arguments, directory=server.directory, **kw)


def noticed(condition):
    """Seconds until the server notices; the command has ended before."""
    start = time.monotonic()
    wait_until(condition, patience=5)
    return time.monotonic() - start


def audit(server, action):
    return server.rows("SELECT * FROM audit_entries WHERE action = ? ORDER BY seq", action)


@pytest.fixture
def stopped(tmp_path):
    """A folder with settings in which no server ever ran."""
    server = Server(directory=tmp_path / "gatehouse")
    server.write_settings()
    return server


# ---------------------------------------------------------------- users

def test_C09_the_first_admin_is_made_before_the_server_ever_ran(stopped):
    done = cli(stopped, "user", "add", "boss@example.org", "--role", "admin", "--password-file", "-",
               stdin=PASSWORD + "\n")
    assert done.code == 0 and "boss@example.org (admin)" in done.out, done
    row, = stopped.rows("SELECT * FROM users")
    assert row["role"] == "admin" and row["password_hash"].startswith("$argon2id$")
    entry, = audit(stopped, "CREATE_USER")
    assert entry["entity_id"] == row["id"]
    stopped.start()
    try:
        boss = Person(stopped, "boss@example.org", PASSWORD).log_in()
        assert boss.get("/users").status == 200
        assert stopped.rows("SELECT COUNT(*) AS n FROM users") == [{"n": 1}], "no other admin is seeded"
    finally:
        stopped.stop()


def test_C09_a_user_added_beside_the_server_logs_in_at_once(server):
    (server.directory / "password").write_text(PASSWORD)
    done = cli(server, "user", "add", "ann@example.org", "--username", "ann", "--name", "Ann", "--plan", "paid",
               "--password-file", "password", "--json")
    assert done.code == 0, done
    user = done.json["user"]
    assert (user["role"], user["plan"], user["username"], user["emailVerified"]) == ("viewer", "paid", "ann", True)
    assert Person(server, "ann@example.org", PASSWORD).log_in().id == user["id"]


def test_C09_a_password_is_asked_for_on_a_terminal_and_not_shown(stopped):
    done = run_on_terminal("user", "add", "ann@example.org", directory=stopped.directory,
                           typed=[("Password: ", PASSWORD), ("Once more: ", PASSWORD)])
    assert done.code == 0, done
    assert PASSWORD not in done.err and PASSWORD not in done.out
    differs = run_on_terminal("user", "add", "bob@example.org", directory=stopped.directory,
                              typed=[("Password: ", PASSWORD), ("Once more: ", PASSWORD + "x")])
    assert differs.code == 1 and "differ" in differs.err
    assert [row["email"] for row in stopped.rows("SELECT email FROM users")] == ["ann@example.org"]


@pytest.mark.parametrize("arguments, stdin, says", [
    (["ann@example.org"], PASSWORD, "--password-file"),
    (["ann@example.org", "--password-file", "-"], "short\n", "password:"),
    (["ann@example.org", "--password-file", "-"], "", "no password"),
    (["nobody", "--password-file", "-"], PASSWORD, "email:"),
    (["ann@example.org", "--role", "king", "--password-file", "-"], PASSWORD, "role: One of viewer, editor, admin"),
    (["ann@example.org", "--password-file", "missing"], PASSWORD, "cannot be read"),
])
def test_C09_what_is_wrong_with_a_new_user_is_said_and_nothing_happens(stopped, arguments, stdin, says):
    done = cli(stopped, "user", "add", *arguments, stdin=stdin)
    assert done.code == 1 and says in done.err and done.out == "", done
    assert stopped.rows("SELECT * FROM users") == []
    assert audit(stopped, "CREATE_USER") == []


def test_C09_a_taken_address_is_refused(server):
    done = cli(server, "user", "add", ADMIN_EMAIL.upper(), "--password-file", "-", stdin=PASSWORD)
    assert done.code == 1 and "already" in done.err
    assert len(server.rows("SELECT * FROM users")) == 1


def test_C09_disabling_ends_a_running_session_within_a_second(server):
    ann, bob = server.person(), server.person()
    assert ann.get("/profile").status == 200
    done = cli(server, "user", "disable", ann.email)
    assert done.code == 0 and "disabled" in done.out, done
    assert noticed(lambda: ann.get("/profile").status == 401) < NOTICED_WITHIN
    assert ann.get("/profile").code == "SESSION_REVOKED"
    assert ann.refresh().status == 401
    assert bob.get("/profile").status == 200, "nobody else is concerned"
    login = server.client().post("/auth/login", {"email": ann.email, "password": ann.password})
    assert login.code == "ACCOUNT_DISABLED"
    entry, = audit(server, "CHANGE_DISABLED")
    assert entry["entity_id"] == ann.id and json.loads(entry["metadata"])["sessionsEnded"] == 1
    assert cli(server, "user", "enable", ann.email).code == 0
    ann.log_in()


def test_C09_a_role_given_by_a_command_holds_within_a_second_and_logs_nobody_out(server):
    ann = server.person()
    assert ann.get("/users").status == 403
    assert cli(server, "user", "role", ann.id, "admin").code == 0
    assert noticed(lambda: ann.get("/users").status == 200) < NOTICED_WITHIN
    entry, = audit(server, "CHANGE_ROLE")
    assert json.loads(entry["metadata"])["was"] == "viewer"
    assert cli(server, "user", "role", ann.id, "viewer").code == 0
    assert noticed(lambda: ann.get("/users").status == 403) < NOTICED_WITHIN
    assert ann.get("/profile").status == 200


@pytest.mark.parametrize("arguments", [["role", ADMIN_EMAIL, "viewer"], ["disable", ADMIN_EMAIL]])
def test_C09_the_last_admin_stays_by_command_too(server, arguments):
    assert server.admin.get("/users").status == 200
    done = cli(server, "user", *arguments)
    assert done.code == 1 and "last admin" in done.err
    assert server.admin.get("/users").status == 200
    assert audit(server, "CHANGE_ROLE") == audit(server, "CHANGE_DISABLED") == []


def test_C09_an_unknown_user_or_role_is_said(server):
    for who in ("nobody@example.org", "nobody", "01890a5d-ac96-774b-bcce-b302099a8057"):
        done = cli(server, "user", "disable", who)
        assert done.code == 1 and who in done.err and "user list" in done.err
    done = cli(server, "user", "role", ADMIN_EMAIL, "king", "--json")
    assert done.code == 1 and done.json == {"ok": False, "error": "role: One of viewer, editor, admin"}


def test_C09_users_are_listed(server):
    people = [server.person() for _ in range(3)]
    done = cli(server, "user", "list", "--json")
    assert [user["email"] for user in done.json["users"]] == [ADMIN_EMAIL, *(person.email for person in people)]
    assert "password" not in done.out and "argon2" not in done.out
    text = cli(server, "user", "list", "--role", "admin")
    assert text.code == 0 and text.out.count("\n") == 1 and ADMIN_EMAIL in text.out
    assert cli(server, "user", "list", "--search", people[0].email[:12], "--json").json["users"][0]["id"] == people[0].id


# ---------------------------------------------------------------- keys

def jwks(server):
    return {key["kid"] for key in server.client().get("//.well-known/jwks.json").json["keys"]}


def test_KY03_keys_are_listed_and_hold_no_secret(server):
    server.person()
    done = cli(server, "keys", "list", "--json")
    assert done.code == 0
    assert sorted(key["state"] for key in done.json["keys"]) == ["active", "next"]
    assert {key["kid"] for key in done.json["keys"]} == jwks(server)
    assert "PRIVATE" not in done.out and "sealed" not in done.out
    assert cli(server, "keys", "list").out.count("\n") == 2


def claims_of(person):
    return json.loads(base64.urlsafe_b64decode(person.access_token.split(".")[0] + "=="))


def test_KY03_a_key_revoked_by_a_command_verifies_nothing_within_a_second(server):
    ann = server.person()
    kid = claims_of(ann)["kid"]
    done = cli(server, "keys", "revoke", kid, "--json")
    assert done.code == 0 and done.json["active"] != kid, done
    assert noticed(lambda: ann.get("/profile").status == 401) < NOTICED_WITHIN
    assert kid not in jwks(server) and done.json["active"] in jwks(server)
    refreshed = ann.refresh()
    assert refreshed.status == 200, "sessions go on with tokens of the next key"
    ann.take(refreshed.data)
    assert claims_of(ann)["kid"] == done.json["active"]
    assert ann.get("/profile").status == 200
    entry, = audit(server, "REVOKE_KEY")
    assert entry["entity_id"] == kid
    again = cli(server, "keys", "revoke", kid)
    assert again.code == 1 and "keys list" in again.err


def test_KY02_a_rotation_by_a_command_reaches_the_server_and_ends_no_token(server):
    ann = server.person()
    before = claims_of(ann)["kid"]
    early = cli(server, "keys", "rotate")
    assert early.code == 1, "the next key is not known to every verifier yet"
    assert jwks(server) >= {before}
    server.stop()
    age_the_next_key(server)
    server.start()
    done = cli(server, "keys", "rotate", "--json")
    assert done.code == 0 and done.json["active"] != before, done
    noticed(lambda: claims_of(ann.log_in())["kid"] == done.json["active"])
    assert before in jwks(server)


def age_the_next_key(server):
    store = sqlite3.connect(server.data / "gatehouse.db")
    with store:
        store.execute("UPDATE signing_keys SET created_at = created_at - 86400000")
    store.close()


def test_KY03_keys_that_are_files_are_said_to_be_none_of_the_commands(start, tmp_path):
    server = start()
    server.stop()
    server.settings["tokens"] = {"private_key": "signing.pem"}
    server.write_settings()
    for arguments in (["list"], ["rotate"], ["revoke", "kid"]):
        done = cli(server, "keys", *arguments)
        assert done.code == 1 and "tokens.private_key" in done.err


# ---------------------------------------------------------------- API keys

def with_key(server, key):
    return server.client().get("/profile", headers=[("X-API-Key", key)])


def test_AK04_a_key_made_by_a_command_works_and_one_revoked_does_not(server):
    ann = server.person(role="editor")
    made = cli(server, "apikey", "create", ann.email, "--name", "nightly", "--role", "viewer", "--expires", "90d",
               "--json")
    assert made.code == 0, made
    key, record = made.json["key"], made.json["apiKey"]
    assert (record["name"], record["role"]) == ("nightly", "viewer") and record["expiresAt"]
    assert with_key(server, key).status == 200
    listed = cli(server, "apikey", "list", ann.email, "--json")
    assert [one["id"] for one in listed.json["apiKeys"]] == [record["id"]]
    assert key not in listed.out and key.encode() not in server.stored_bytes()
    assert cli(server, "apikey", "revoke", ann.email, record["id"]).code == 0
    assert noticed(lambda: with_key(server, key).status == 401) < NOTICED_WITHIN
    assert [json.loads(e["metadata"]) is not None for e in audit(server, "REVOKE_API_KEY")] == [True]
    assert cli(server, "apikey", "revoke", ann.email, record["id"]).code == 1


def test_AK04_disabling_by_a_command_ends_keys_too(server):
    ann = server.person()
    key = cli(server, "apikey", "create", ann.email, "--name", "ci").out.strip()
    assert with_key(server, key).status == 200
    assert cli(server, "user", "disable", ann.email).code == 0
    assert noticed(lambda: with_key(server, key).status == 401) < NOTICED_WITHIN


@pytest.mark.parametrize("arguments, code, says", [
    (["create", ADMIN_EMAIL, "--name", "x", "--role", "king"], 1, "--role"),
    (["create", ADMIN_EMAIL, "--name", ""], 1, "--name"),
    (["create", ADMIN_EMAIL, "--name", "x", "--expires", "yesterday"], 1, "--expires"),
    (["create", ADMIN_EMAIL, "--name", "x", "--expires", "2020-01-01T00:00:00Z"], 1, "future"),
    (["create", ADMIN_EMAIL, "--name", "x", "--network", "everywhere"], 1, "--network"),
    (["create", ADMIN_EMAIL], 2, "--name"),
    (["create", "nobody@example.org", "--name", "x"], 1, "no user"),
    (["revoke", ADMIN_EMAIL, "ghk_abc"], 2, "id"),
    (["revoke", ADMIN_EMAIL, "01890a5d-ac96-774b-bcce-b302099a8057"], 1, "no such key"),
])
def test_AK04_what_is_wrong_with_a_key_is_said_and_nothing_happens(server, arguments, code, says):
    done = cli(server, "apikey", *arguments)
    assert done.code == code and says in done.err and done.out == "", done
    assert server.rows("SELECT * FROM api_keys") == []


def test_AZ04_a_command_makes_no_key_above_its_owner_either(server):
    ann = server.person()
    done = cli(server, "apikey", "create", ann.email, "--name", "x", "--role", "admin")
    assert done.code == 1 and "above its owner" in done.err
    assert server.rows("SELECT * FROM api_keys") == []


# ---------------------------------------------------------------- the audit trail

def test_X08_audit_verify_finds_a_row_that_was_changed_or_removed(server):
    server.person(role="editor")
    good = cli(server, "audit", "verify", "--json")
    assert good.code == 0 and good.json["ok"] is True and good.json["entries"] > 3
    last = good.json["last"]
    mark = f"{last['seq']}:{last['hash']}"
    assert cli(server, "audit", "verify", "--expect", mark).code == 0
    server.stop()
    store = sqlite3.connect(server.data / "gatehouse.db")
    with store:
        store.execute("UPDATE audit_entries SET actor_id = 'somebody' WHERE seq = 2")
    bad = cli(server, "audit", "verify", "--json")
    assert bad.code == 1 and bad.json["ok"] is False and bad.json["seq"] == 2
    assert "entry 2" in cli(server, "audit", "verify").out
    with store:
        store.execute("DELETE FROM audit_entries WHERE seq = 2")
    assert cli(server, "audit", "verify").code == 1
    store.close()


def test_X08_audit_verify_with_a_mark_finds_an_end_that_was_cut_off(server):
    server.person()
    last = cli(server, "audit", "verify", "--json").json["last"]
    before = server.rows("SELECT seq, hash FROM audit_entries WHERE seq = ?", last["seq"] - 1)[0]
    server.stop()
    store = sqlite3.connect(server.data / "gatehouse.db")
    with store:
        store.execute("DELETE FROM audit_entries WHERE seq = ?", (last["seq"],))
        store.execute("UPDATE audit_head SET seq = ?, hash = ?", (before["seq"], before["hash"]))
    store.close()
    assert cli(server, "audit", "verify").code == 0, "which nothing but a mark can show"
    assert cli(server, "audit", "verify", "--expect", f"{last['seq']}:{last['hash']}").code == 1
    assert cli(server, "audit", "verify", "--expect", "nonsense").code == 2


def test_X08_the_trail_is_exported_as_json_lines(server):
    server.person()
    done = cli(server, "audit", "export")
    entries = [json.loads(line) for line in done.out.splitlines()]
    assert done.code == 0
    assert [entry["seq"] for entry in entries] == list(range(1, len(entries) + 1))
    assert {"CREATE_USER", "LOGIN"} <= {entry["action"] for entry in entries}
    rest = cli(server, "audit", "export", "--after", entries[-2]["seq"])
    assert [json.loads(line)["seq"] for line in rest.out.splitlines()] == [entries[-1]["seq"]]


# ---------------------------------------------------------------- the store

def test_B04_migrate_makes_a_store_and_says_when_there_is_nothing_to_do(stopped):
    first = cli(stopped, "migrate", "--json")
    assert first.code == 0 and first.json["applied"] == first.json["version"] > 9
    again = cli(stopped, "migrate")
    assert again.code == 0 and "up to date" in again.out


def test_B04_commands_do_not_migrate_a_store_under_an_older_server(stopped):
    assert cli(stopped, "migrate").code == 0
    store = sqlite3.connect(stopped.data / "gatehouse.db")
    with store:
        store.execute("DELETE FROM schema_migrations WHERE version = (SELECT MAX(version) FROM schema_migrations)")
    store.close()
    done = cli(stopped, "user", "list")
    assert done.code == 1 and "gatehouse migrate" in done.err


@pytest.mark.parametrize("arguments", [["user", "list"], ["user", "disable", "a@example.org"], ["keys", "list"],
                                       ["keys", "rotate"], ["audit", "verify"], ["audit", "export"]])
def test_commands_say_when_there_is_no_store_and_make_none(tmp_path, arguments):
    done = run(*arguments, directory=tmp_path)
    assert done.code == 1 and "there is no store" in done.err and "--config" in done.err
    assert list(tmp_path.iterdir()) == []


def test_commands_tell_of_mistakes_in_the_settings(tmp_path):
    (tmp_path / "gatehouse.toml").write_text("[server]\nlissten = 1\n")
    done = run("user", "list", directory=tmp_path)
    assert done.code == 1 and "server.lissten" in done.err


# ---------------------------------------------------------------- init

def test_init_writes_a_file_that_config_check_accepts_and_never_a_second_time(tmp_path):
    done = run("init", "--yes", directory=tmp_path)
    assert done.code == 0 and "gatehouse.toml" in done.out, done
    text = (tmp_path / "gatehouse.toml").read_text()
    assert text.count("#") > 8, "with comments"
    assert run("config", "check", directory=tmp_path).code == 0
    again = run("init", "--yes", "--listen", "127.0.0.1:9999", directory=tmp_path)
    assert again.code == 1 and "stays as it is" in again.err
    assert (tmp_path / "gatehouse.toml").read_text() == text


@pytest.mark.parametrize("more", [
    ["--upstream", ""],
    ["--admin-email", "root@example.org"],
    ["--listen", "0.0.0.0:8443", "--public-url", "https://api.example.org", "--upstream", "http://10.0.0.7:80"],
])
def test_every_file_that_init_writes_passes_config_check(tmp_path, more):
    assert run("init", "-y", *more, "--config", "other.toml", directory=tmp_path).code == 0
    assert run("--config", "other.toml", "config", "check", directory=tmp_path).code == 0


@pytest.mark.parametrize("more", [["--listen", "nowhere"], ["--public-url", "ftp://x"], ["--upstream", "x"],
                                  ["--upstream", 'http://a"\nb'], ["--admin-email", "nobody"]])
def test_init_writes_nothing_that_would_not_be_right(tmp_path, more):
    done = run("init", "--yes", *more, directory=tmp_path)
    assert done.code == 1 and "nothing was written" in done.err, done
    assert list(tmp_path.iterdir()) == []


def test_init_asks_on_a_terminal_and_nowhere_else(tmp_path):
    done = run_on_terminal("init", directory=tmp_path, typed=[
        ("listen on", "127.0.0.1:8181"), ("reach it", "http://127.0.0.1:8181"), ("protect", "none"),
        ("administrator", "boss@example.org")])
    assert done.code == 0, done
    text = (tmp_path / "gatehouse.toml").read_text()
    assert '"127.0.0.1:8181"' in text and '"boss@example.org"' in text and "[[upstream]]" not in text
    (tmp_path / "gatehouse.toml").unlink()
    assert run("init", directory=tmp_path).code == 2
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------- all of them

ALL = ["serve", "init", "migrate", "config check", "config show", "user add", "user list", "user role",
       "user disable", "user enable", "user import", "keys list", "keys rotate", "keys revoke", "apikey list",
       "apikey create", "apikey revoke", "audit verify", "audit export", "version"]


@pytest.mark.parametrize("command", ALL)
def test_every_command_has_help_with_an_example(tmp_path, command):
    done = run(*command.split(), "--help", directory=tmp_path)
    assert done.code == 0 and done.err == ""
    if not command.startswith(("serve", "config", "version")):
        assert f"Example:\n  gatehouse {command}" in done.out


@pytest.mark.parametrize("arguments", [["nonsense"], ["user"], ["user", "nonsense"], ["keys"], ["user", "list", "x"],
                                       ["audit", "export", "--after", "-1"], ["--nonsense"]])
def test_wrong_use_is_exit_code_2(tmp_path, arguments):
    done = run(*arguments, directory=tmp_path)
    assert done.code == 2 and done.err != "" and done.out == "", done
