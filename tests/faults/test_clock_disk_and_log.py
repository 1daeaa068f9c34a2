"""F06, F15, F34: a full disk, a wall clock that jumps, and a log that nobody reads."""

import json
import os
import signal
import subprocess

import pytest

from support.server import Server
from support.waiting import wait_until
from support.wire import Wire


# ---------------------------------------------------------------- F15

def test_F15_after_400_days_all_is_over_and_it_works_on(start):
    server = start()
    person = server.person()
    server.advance("400d")
    assert person.get("/profile").status == 401
    assert person.refresh().outcome == (401, "INVALID_REFRESH_TOKEN")
    assert person.log_in().get("/profile").status == 200
    keys = server.client().get("//.well-known/jwks.json").json["keys"]
    assert keys and person.refresh().status == 200


@pytest.mark.parametrize("by", ["-1s", "-1h", "1s", "1h"])
def test_F15_a_wall_clock_that_is_set_logs_nobody_out(start, by):
    server = start()
    person = server.person()
    old = person.refresh_token
    person.take(person.refresh().data)
    server.step(by)
    answer = person.get("/profile")
    # An hour later the access token is over; set back, it may be from the future: a refresh is the cure for both.
    assert answer.outcome in ((200, None), (401, "TOKEN_EXPIRED"), (401, "INVALID_TOKEN")), answer
    refreshed = person.refresh()
    assert refreshed.status == 200, refreshed
    person.take(refreshed.data)
    assert person.get("/profile").status == 200
    # And nothing spent becomes good again.
    server.step("-1h")
    assert person.refresh(old).status == 401


def test_F15_small_steps_back_are_not_noticed(start):
    server = start()
    person = server.person()
    for _ in range(5):
        server.step("-1s")
        assert person.get("/profile").status == 200


def test_F15_deadlines_do_not_follow_the_wall_clock(start):
    server = start()
    with Wire(server.address) as wire:
        wire.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
        server.step("1h")
        server.step("-2h")
        assert wire.send(b"\r\n").answer().status == 200


# ---------------------------------------------------------------- F06

def test_F06_a_full_disk_refuses_writes_and_nothing_else(start, upstream):
    """A limit on the size of files stands for the disk: the same error, from the same calls."""
    server = start(upstream.settings(("ANY /mine/*", "user")))
    person = server.person()
    pid = str(server.process.pid)
    most = max(path.stat().st_size for path in server.data.iterdir())
    subprocess.run(["prlimit", "--pid", pid, f"--fsize={most + 32768}:unlimited"], check=True)
    refused, registered = None, []
    for number in range(400):
        account = {"email": f"n{number}@example.org", "password": "kites-fly-over-the-lake-7"}
        answer = server.client().post("/auth/register", account)
        if answer.status != 201:
            refused = answer
            break
        registered.append(account["email"])
    assert refused is not None and refused.outcome == (503, "STORE_UNAVAILABLE"), refused
    assert refused.header("Retry-After")
    # Reads go on, and who was logged in works on.
    assert person.get("/profile").status == 200 and person.get("//mine/x").status == 200
    assert server.client().get("//healthz").status == 200
    for _ in range(3):
        answer = person.refresh()
        assert answer.status in (200, 503), answer  # never another error: nobody is logged out for it
    subprocess.run(["prlimit", "--pid", pid, "--fsize=unlimited"], check=True)
    wait_until(lambda: server.client().post(
        "/auth/register", {"email": "later@example.org", "password": "kites-fly-over-the-lake-7"}).status in (201, 409))
    answer = person.refresh()
    assert answer.status == 200
    server.restart()
    rows = {row["email"] for row in server.rows("SELECT email FROM users")}
    assert set(registered) <= rows and "later@example.org" in rows
    assert person.refresh(answer.data["refreshToken"]).status == 200


# ---------------------------------------------------------------- F34

class Unread:
    """A server whose standard output is read only until it is ready, and then when the test says so."""

    def __init__(self, server):
        server.write_settings()
        self.server = server
        self.process = subprocess.Popen([server.binary], cwd=server.directory, env=server._environment(),
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        while True:
            entry = json.loads(self.process.stdout.readline())
            if entry["event"] == "ready":
                break
        split = [entry[name].rsplit(":", 1) for name in ("listen", "admin")]
        server.address, server.admin_address = [(host, int(port)) for host, port in split]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def load(self, count):
        get = b"GET /healthz?x HTTP/1.1\r\nHost: x\r\nUser-Agent: somebody\r\n\r\n"
        statuses = []
        with Wire(self.server.address) as wire:
            for _ in range(count // 100):
                wire.send(get * 100)
                statuses += [wire.answer().status for _ in range(100)]
        return statuses


@pytest.fixture
def unread(tmp_path):
    with Unread(Server(directory=tmp_path / "unread")) as made:
        yield made


def dropped(server):
    return server.metrics().value("log_lines_dropped_total")


def test_F34_a_log_that_nobody_reads_stops_no_request(unread):
    rounds = 0
    while dropped(unread.server) == 0:
        assert unread.load(5000) == [200] * 5000
        rounds += 1
        assert rounds < 40, "no line was ever dropped: where do they go?"
    lost = dropped(unread.server)
    assert unread.load(1000) == [200] * 1000
    assert dropped(unread.server) >= lost
    # It is read again: whole lines, and one that tells how many are missing.
    told = 0
    for line in unread.process.stdout:
        entry = json.loads(line)
        if entry["event"] == "log_lines_dropped":
            told += 1
            break
    assert told


def test_F34_a_log_that_nobody_reads_does_not_keep_it_from_ending(unread):
    while dropped(unread.server) == 0:
        unread.load(5000)
    os.kill(unread.process.pid, signal.SIGTERM)
    assert unread.process.wait(20) == 0


def test_F34_a_log_whose_reader_has_gone_stops_nothing(unread):
    unread.process.stdout.close()
    assert unread.load(2000) == [200] * 2000
    os.kill(unread.process.pid, signal.SIGTERM)
    assert unread.process.wait(20) == 0
