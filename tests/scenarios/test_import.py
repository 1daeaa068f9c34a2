"""Users of other systems move in (X09)."""

import json
import subprocess
import sys
import threading

import pytest

from support import commands, foreign_hashes
from support.commands import run
from support.server import BINARY, SANITIZED, Server

PASSWORD = "pässword of old"  # too common for today's rules; it logs in all the same
FORMS = foreign_hashes.all_forms(PASSWORD)


def lines(records):
    return "".join(json.dumps(record) + "\n" for record in records)


def record(number, **more):
    return {"email": f"user{number}@example.org", "passwordHash": FORMS["django_pbkdf2_sha256"], **more}


def write(server, text, name="users.jsonl"):
    (server.directory / name).write_text(text)
    return name


def import_file(server, text, *more, name="users.jsonl", **kw):
    return run("user", "import", write(server, text, name), *more, directory=server.directory, **kw)


def log_in(server, email, password=PASSWORD):
    return server.client().post("/auth/login", {"email": email, "password": password, "transport": "bearer"})


def stored_hash(server, email):
    row, = server.rows("SELECT password_hash FROM users WHERE email = ?", email)
    return row["password_hash"]


def emails(server):
    return [row["email"] for row in server.rows("SELECT email FROM users WHERE role <> 'admin' ORDER BY email")]


# ---------------------------------------------------------------- every form

def test_X09_every_form_logs_in_with_the_old_password_and_is_rehashed(server):
    done = import_file(server, lines({"email": f"{name}@example.org", "passwordHash": value, "emailVerified": True}
                                     for name, value in FORMS.items()), "--json")
    assert done.code == 0, done
    assert done.json == {"problems": [], "ok": True, "records": len(FORMS), "imported": len(FORMS), "skipped": 0,
                         "mistakes": 0}
    for name in FORMS:
        email = f"{name}@example.org"
        before = stored_hash(server, email)
        for wrong in (PASSWORD + " ", PASSWORD[:-1], PASSWORD.upper()):
            assert log_in(server, email, wrong).code == "INVALID_CREDENTIALS", (name, wrong)
        assert stored_hash(server, email) == before, f"{name}: a wrong password changes nothing"
        assert log_in(server, email).status == 200, name
        assert stored_hash(server, email).startswith("$argon2id$v=19$m=19456,t=2,p=1$"), name
        assert log_in(server, email).status == 200, f"{name}: with the new hash"
        assert log_in(server, email, PASSWORD + " ").code == "INVALID_CREDENTIALS", name


def test_X09_PW10_imported_hashes_become_what_the_settings_ask_for(start):
    server = start({"passwords": {"hash": "bcrypt", "bcrypt.cost": None}})
    assert import_file(server, lines([record(1)])).code == 0
    assert log_in(server, "user1@example.org").status == 200
    assert stored_hash(server, "user1@example.org").startswith("$gh-bcrypt-sha256$2b$12$")


def test_X09_what_cannot_be_verified_is_refused_at_import_with_the_reason(server):
    good = FORMS["bcrypt_2b"]
    hashes = {
        "md5$salt$abcdef": "Not a form that is known",
        "password": "Not a form that is known",
        good[:-1]: "not spelt as it should be",
        good.replace("$04$", "$31$"): "more work or memory",
        "$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHQ$" + "A" * 43: "more work or memory",
        "scrypt$1073741824$seasalt$8$1$" + "A" * 86 + "==": "more work or memory",
        "pbkdf2_sha256$4294967295$seasalt$" + "A" * 43 + "=": "more work or memory",
        "$6$rounds=999999999$salt$" + "a" * 86: "more work or memory",
    }
    done = import_file(server, lines({"email": f"u{i}@example.org", "passwordHash": value}
                                     for i, value in enumerate(hashes)), "--json")
    assert done.code == 1
    assert done.json["imported"] == 0 and done.json["mistakes"] == len(hashes)
    for i, (value, reason) in enumerate(hashes.items()):
        problem = done.json["problems"][i]
        assert problem["line"] == i + 1 and reason in problem["message"], (value, problem)
        assert value == "password" or value not in done.out, "a hash is never printed"
    assert emails(server) == []


# ---------------------------------------------------------------- the file

def test_X09_csv_and_json_lines_give_the_same_users(start):
    server = start({"registration": {"verify_email": True}})
    csv = ("email,passwordHash,emailVerified,username,name,role,plan\r\n"
           f'a@example.org,{FORMS["sha256_crypt"]},true,ann,"Ann ""the"" B, C",editor,paid\r\n'
           f'b@example.org,"{FORMS["phc_scrypt"]}",,,,,\r\n')
    assert import_file(server, csv, name="users.csv").code == 0
    user = log_in(server, "a@example.org").data["user"]
    assert (user["username"], user["name"], user["role"], user["plan"]) == ("ann", 'Ann "the" B, C', "editor", "paid")
    assert user["emailVerified"] is True
    assert log_in(server, "b@example.org").code == "EMAIL_NOT_VERIFIED"
    again = import_file(server, lines([{"email": "A@example.org", "passwordHash": FORMS["bcrypt_2b"]}]))
    assert again.code == 0 and "line 1: skipped" in again.err
    assert server.client().post("/auth/login", {"username": "ann", "password": PASSWORD}).status == 200


def test_X09_mistakes_are_told_with_their_line_and_stop_nobody_else(server):
    text = (lines([record(1)]) + '{"email":\n' + lines([record(2, role="king"), record(3, admin=True)]) + "\n" +
            lines([record(4, email="nobody"), record(5)]))
    done = import_file(server, text)
    assert done.code == 1
    assert emails(server) == ["user1@example.org", "user5@example.org"]
    for line in (2, 3, 4, 6):
        assert f"line {line}: " in done.err, done
    assert "2 imported, 0 skipped, 4 with mistakes" in done.out


def test_X09_strict_imports_nothing_unless_all_of_it_is_right(server):
    bad = lines([record(1), record(2, role="king")])
    done = import_file(server, bad, "--strict")
    assert done.code == 1 and "nothing was imported" in done.err and "line 2: role" in done.err
    assert emails(server) == []
    twice = lines([record(1), record(2), record(1)])
    done = import_file(server, twice, "--strict")
    assert done.code == 1 and "line 3: " in done.err
    assert emails(server) == []
    assert server.rows("SELECT * FROM audit_entries WHERE action = 'IMPORT_USERS'") == []
    assert import_file(server, lines([record(1), record(2)]), "--strict").code == 0
    assert emails(server) == ["user1@example.org", "user2@example.org"]


def test_X09_an_import_can_be_repeated_and_changes_nobody(server):
    text = lines([record(1), record(2)])
    assert import_file(server, text).code == 0
    assert log_in(server, "user1@example.org").status == 200
    before = server.rows("SELECT * FROM users ORDER BY id")
    changed = lines([record(1, role="admin"), record(2, passwordHash=FORMS["bcrypt_2b"])])
    done = import_file(server, changed, "--json")
    assert done.code == 0 and done.json["skipped"] == 2 and done.json["imported"] == 0
    assert server.rows("SELECT * FROM users ORDER BY id") == before


def test_X09_each_batch_is_audited_without_anything_personal(server):
    assert import_file(server, lines(record(i) for i in range(501))).code == 0
    entries = server.rows("SELECT * FROM audit_entries WHERE action = 'IMPORT_USERS' ORDER BY seq")
    assert [json.loads(entry["metadata"])["imported"] for entry in entries] == [500, 1]
    assert not any("@" in entry["metadata"] for entry in entries)
    assert run("audit", "verify", directory=server.directory).code == 0


def test_X09_the_file_may_come_from_standard_input(server):
    done = run("user", "import", "-", "--format", "jsonl", directory=server.directory, stdin=lines([record(1)]))
    assert done.code == 0, done
    assert emails(server) == ["user1@example.org"]


@pytest.mark.parametrize("arguments, code, says", [
    (["users"], 2, "--format"),
    (["-", "--format", "jsonl", "--strict"], 2, "twice"),
    (["users.jsonl", "--format", "xml"], 2, ""),
    (["missing.jsonl"], 1, "cannot be read"),
    ([], 2, ""),
])
def test_X09_wrong_use_says_what_is_wrong(server, arguments, code, says):
    done = run("user", "import", *arguments, directory=server.directory)
    assert done.code == code and says in done.err, done


def test_X09_a_header_that_is_none_imports_nothing(server):
    done = import_file(server, f'a@example.org,{FORMS["bcrypt_2b"]}\n', name="users.csv")
    assert done.code == 1 and "header" in done.err
    assert emails(server) == []


# ---------------------------------------------------------------- size

# In a small process of its own: what a process is said to have used at most begins with what its parent had.
MEASURED = """
import os, sys
_, status, usage = os.wait4(os.spawnv(os.P_NOWAIT, sys.argv[1], sys.argv[1:]), 0)
open("most_memory", "w").write(str(usage.ru_maxrss))
sys.exit(os.waitstatus_to_exitcode(status))
"""


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_X09_100_000_users_move_in_without_being_held_in_memory(tmp_path, form):
    server = Server(directory=tmp_path / "gatehouse")
    server.write_settings()
    hashed = FORMS["django_pbkdf2_sha256"]
    count = 5_000 if SANITIZED else 100_000
    with open(server.directory / f"users.{form}", "w") as file:
        if form == "csv":
            file.write("email,passwordHash\n")
        for i in range(count):
            file.write(f"user{i}@example.org,{hashed}\n" if form == "csv" else json.dumps(record(i)) + "\n")
    done = subprocess.run([sys.executable, "-c", MEASURED, BINARY, "user", "import", f"users.{form}"],
                          cwd=server.directory, env=commands.environment(), capture_output=True, text=True, timeout=300)
    out, err = done.stdout, done.stderr
    assert done.returncode == 0, err
    assert f"{count} imported, 0 skipped, 0 with mistakes" in out
    most = int((server.directory / "most_memory").read_text())
    assert server.rows("SELECT COUNT(*) AS n FROM users") == [{"n": count}]
    if not SANITIZED:
        assert most < 48 * 1024, f"{most} KiB at most, and the file has 13 MB"
        assert err.count("Importing: ") == count // 10_000, "without a terminal a line now and then"
        assert "\x1b" not in err and "\r" not in err


def test_X09_a_terminal_shows_progress_in_one_line(tmp_path):
    server = Server(directory=tmp_path / "gatehouse")
    server.write_settings()
    write(server, lines(record(i) for i in range(1_500)))
    done = commands.run_on_terminal("user", "import", "users.jsonl", directory=server.directory, typed=[])
    assert done.code == 0, done
    assert "1000 imported" in done.err and "\n" not in done.err, "it changes in place"
    assert done.err.endswith("\r\x1b[K"), "and nothing of it is left behind"


def test_X09_a_server_beside_the_import_goes_on_serving(server):
    person = server.person()
    write(server, lines(record(i) for i in range(20_000)))
    outcome = []
    importing = threading.Thread(
        target=lambda: outcome.append(run("user", "import", "users.jsonl", directory=server.directory, timeout=120)))
    importing.start()
    answers = []
    while importing.is_alive():
        answers.append(log_in(server, person.email, person.password).status)
    importing.join()
    assert outcome[0].code == 0, outcome
    assert set(answers) == {200}, answers
    assert log_in(server, "user19999@example.org").status == 200
