"""The real server as a child process, with a clock that the test sets."""

import copy
import json
import os
import re
import signal
import socket
import subprocess
import threading
from pathlib import Path

from support import canaries, database, metrics
from support.client import Client
from support.mails import Mail, described
from support.people import Admin, Person
from support.toml_text import toml_text
from support.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
BINARY = os.environ.get("GATEHOUSE_BINARY", str(ROOT / "build/release/gatehouse-test"))

# A sanitizer multiplies memory and time: bounds on them are asserted without it.
SANITIZED = os.environ.get("GATEHOUSE_SANITIZED") == "1"

ADMIN_EMAIL = "root@gatehouse.test"
ADMIN_PASSWORD = "correct-horse-battery-9"

PATIENCE = 20.0  # seconds for anything that should take milliseconds; a sanitizer build is slow

# One limit that no test reaches: any [[limit]] replaces the default set.
NO_LIMITS = [{"name": "wide", "on": ["all"], "key": "ip", "limit": 1_000_000, "window": "1m",
              "algorithm": "fixed-window"}]

# What a few hundred failed logins of a test must not set off; the lockout's own tests bring its settings.
PATIENT_LOCKOUT = {"account_failures": 10_000, "network_failures": 1_000_000, "spray_minimum": 1_000_000}

BASE = {
    "server": {"listen": ["127.0.0.1:0"], "admin_listen": "127.0.0.1:0", "workers": 2, "drain_timeout": "5s"},
    "registration": {"verify_email": False},
    "admin": {"email": ADMIN_EMAIL},
    "mail": {"transport": "dir:outbox"},  # one .eml for each mail: see Server.mails()
    "limit": NO_LIMITS,
    "lockout": PATIENT_LOCKOUT,
}

# What the sanitizers of clang write to stderr.
SANITIZER_REPORT = re.compile(r"(Address|Leak|Memory|Thread|UndefinedBehavior)Sanitizer|runtime error:")

_UNITS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


def milliseconds(duration):
    """ "15m" -> 900000, as durations are written in the settings."""
    number, unit = re.fullmatch(r"(\d+)(ms|s|m|h|d)", duration).groups()
    return int(number) * _UNITS[unit]


def merged(base, changes):
    """`base` with `changes`, table by table; a key set to None is left out."""
    result = copy.deepcopy(base)
    for name, value in (changes or {}).items():
        if isinstance(value, dict):
            value = {k: v for k, v in {**result.get(name, {}), **value}.items() if v is not None}
        result[name] = value
    return {name: value for name, value in result.items() if value is not None}


class Server:
    """Use the `start` fixture rather than this class, so that the server is stopped and its end checked.

    settings: changes to BASE; {"limit": None} leaves the limits to the server's defaults.
    text: a whole settings file instead.  env: more environment.  arguments: the command line.
    """

    def __init__(self, settings=None, *, directory, text=None, env=None, arguments=(), binary=None):
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.settings = merged(BASE, settings)
        self.text = text
        self.env = {"GATEHOUSE_ADMIN_PASSWORD": ADMIN_PASSWORD, **(env or {})}
        self.env = {name: value for name, value in self.env.items() if value is not None}
        self.arguments = list(arguments)
        self.binary = binary or BINARY
        self.process = None
        self.address = self.admin_address = None  # (host, port)
        self.lines = []   # of standard output, over all runs
        self.errors = []  # of standard error
        self.canaries = canaries.Canaries()
        self._advanced = 0
        self._changed = threading.Condition()
        self._readers = []
        self._admin = None
        self._clients = []

    # ---- its life

    @property
    def prefix(self):
        return self.settings.get("server", {}).get("prefix", "/api/v1")

    @property
    def data(self):
        return self.directory / "data"

    @property
    def control_path(self):
        # Relative, since the path of a unix socket has 107 bytes at most.
        return "control.sock"

    def write_settings(self):
        text = self.text if self.text is not None else toml_text(self.settings)
        (self.directory / "gatehouse.toml").write_text(text)

    def _environment(self):
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GATEHOUSE_")}
        return {**kept, "GATEHOUSE_TEST_CONTROL": self.control_path, **self.env}

    def spawn(self):
        """Starts the process without waiting for anything."""
        self.write_settings()
        (self.directory / self.control_path).unlink(missing_ok=True)
        self.process = subprocess.Popen([self.binary, *self.arguments], cwd=self.directory, env=self._environment(),
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self._readers = [self._read(self.process.stdout, self.lines), self._read(self.process.stderr, self.errors)]
        return self

    def start(self):
        """Starts the process and waits until it says that it is ready."""
        before = len(self.lines)
        self.spawn()
        ready = self.wait_for_event("ready", since=before)
        self.address = _address(ready["listen"])
        self.admin_address = _address(ready["admin"]) if ready.get("admin") else None
        if self._advanced:  # the clock begins anew with each process
            self._control(f"advance {self._advanced}")
        return self

    def refuses_to_start(self):
        """For settings that must be refused: the whole of standard error. Fails when the server comes up."""
        self.spawn()
        code = self.process.wait(PATIENCE)
        self._join_readers()
        assert code == 1, f"exit code {code}, expected 1\n{self.transcript()}"
        self.process = None
        self._check_no_sanitizer_report()
        return "".join(self.errors)

    def stop(self):
        """SIGTERM; asserts a clean end. Does nothing when it does not run."""
        if self.process is None:
            return
        self._look_for_canaries_in_metrics()
        for client in self._clients:  # the server would wait a little for them to notice that it goes
            client.close()
        self.process.send_signal(signal.SIGTERM)
        code = self._wait()
        assert code == 0, f"gatehouse ended with {code}\n{self.transcript()}"
        self._check_no_sanitizer_report()
        self._look_for_canaries()

    def kill9(self):
        self.process.kill()
        self._wait()
        self._check_no_sanitizer_report()

    def forget_crash(self):
        """After a crash that the test has ordered: it is no failure, and the server can be started again."""
        assert self._wait() == -signal.SIGABRT
        self._check_no_sanitizer_report()

    def restart(self):
        """On the same port and data. After kill9() or stop(), or stops it first."""
        self.stop()
        if self.text is None:
            self.settings["server"]["listen"] = ["%s:%d" % self.address]
        return self.start()

    def reload(self):
        """SIGHUP with the settings as they now are; the log entry that tells the outcome."""
        before = len(self.lines)
        self.write_settings()
        self.process.send_signal(signal.SIGHUP)
        return self.wait_for_event("reloaded", "reload_refused", since=before)

    def _wait(self):
        try:
            code = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = f"SIGKILL after {PATIENCE} s"
        self._join_readers()
        self.process = None
        return code

    def _join_readers(self):
        for reader in self._readers:
            reader.join(PATIENCE)

    def _look_for_canaries_in_metrics(self):
        if self.admin_address is None:
            return
        try:
            text = metrics.fetch(self.admin_address).text
        except (OSError, AssertionError):  # a test that leaves no connection free asks other questions
            return
        found = self.canaries.found_in(text, "the metrics")
        assert not found, found

    def _look_for_canaries(self):
        """LG06: nothing secret that went over the wire stands where others read."""
        found = self.canaries.found_in(canaries.log_text(self.lines), "the log")
        found += self.canaries.found_in("".join(self.errors), "standard error")
        found += self.canaries.found_in(canaries.audit_text(self.data / "gatehouse.db"), "the audit trail")
        assert not found, found

    def _check_no_sanitizer_report(self):
        text = "".join(self.errors)
        assert not SANITIZER_REPORT.search(text), f"a sanitizer complains:\n{text}"

    # ---- the clock

    def advance(self, duration):
        """Lets the server's time pass: "15m", or milliseconds. Returns when all timers that came due have run."""
        by = milliseconds(duration) if isinstance(duration, str) else int(duration)
        self._advanced += by
        self._control(f"advance {by}")

    def step(self, duration):
        """Sets the server's wall clock by so much, "-1h" or "1h", while no time passes. Undone by a restart."""
        sign = -1 if duration.startswith("-") else 1
        self._control(f"step {sign * milliseconds(duration.lstrip('-'))}")

    def order_fault(self, what, place, path):
        """Once: "throw" or "crash" when a request for `path` passes that place: "endpoint" or "answer"."""
        self._control(f"{what} {place} {path[1:] if path.startswith('//') else self.prefix + path}")

    def _control(self, line):
        # A relative path would be ours and not the server's: reach the socket through a descriptor of its folder.
        folder = os.open(self.directory, os.O_PATH)
        try:
            with socket.socket(socket.AF_UNIX) as control:
                control.settimeout(PATIENCE)
                control.connect(f"/proc/self/fd/{folder}/{self.control_path}")
                control.sendall(line.encode() + b"\n")
                assert control.recv(16) == b"ok\n"
        finally:
            os.close(folder)

    # ---- its log

    def _read(self, stream, into):
        def run():
            for raw in stream:
                with self._changed:
                    into.append(raw.decode("utf-8", "replace"))
                    self._changed.notify_all()
            with self._changed:
                self._changed.notify_all()

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return thread

    def log(self, since=0):
        """The log so far as dicts. Everything that is not JSON is a failure."""
        with self._changed:
            return [json.loads(line) for line in self.lines[since:]]

    def wait_for_event(self, *events, since=0, where=lambda entry: True):
        """The first entry of one of these events from line `since` on; waits until it comes."""
        def found():
            hits = (e for e in self.log(since) if e.get("event") in events and where(e))
            return next(hits, None)

        with self._changed:
            self._changed.wait_for(lambda: found() or self.process.poll() is not None, PATIENCE)
            entry = found()
        assert entry is not None, f"no {events} in the log\n{self.transcript()}"
        return entry

    def events(self, action):
        """Log entries of one event, once everything that was asked before is written."""
        self.settle_log()
        return [entry for entry in self.log() if entry.get("event") == action]

    def settle_log(self):
        """Waits until all that was logged so far has arrived.

        Each thread of the server has a buffer and they are written in turns, so one later line proves nothing about
        the buffers that come earlier in a turn; a second one from the same thread, in a later turn, does.
        """
        client = self.client()
        for _ in range(2):
            marker = client.get("//healthz").request_id
            self.wait_for_event("request", where=lambda entry: entry["id"] == marker)

    def transcript(self):
        with self._changed:
            return "".join(self.lines) + "".join(self.errors)

    # ---- talking to it

    def client(self, **kw):
        """A new connection of somebody unknown; see Client."""
        self._clients.append(Client(self.address, self.prefix, **kw))
        self._clients[-1].canaries = self.canaries
        return self._clients[-1]

    @property
    def admin(self):
        """The administrator that the settings seed, logged in."""
        if self._admin is None:
            self._admin = Admin(self, ADMIN_EMAIL, ADMIN_PASSWORD).log_in()
        return self._admin

    def person(self, role=None, plan=None, **kw):
        """A new user, registered and logged in (bearer transport)."""
        return Person.new(self, role=role, plan=plan, **kw)

    def metrics(self):
        return metrics.fetch(self.admin_address)

    # ---- mails of a server with BASE's transport; with a Mailbox (support/mailbox.py) they arrive there

    def wait_for_empty_outbox(self):
        """Waits until all mails that were asked for or promised so far are sent or given up."""
        waiting = ("SELECT (SELECT COUNT(*) FROM mail_requests) + (SELECT COUNT(*) FROM outbox WHERE state = 'waiting') "
                   "AS n")
        wait_until(lambda: self.rows(waiting) == [{"n": 0}])

    def mails(self, **which):
        """All mails so far that match `to`, `kind` and `subject` (a part of it), oldest first; none is on its way."""
        self.wait_for_empty_outbox()
        files = sorted((self.directory / "outbox").glob("*.eml"))  # named by ids that count up with the time
        return [mail for mail in (Mail(path.read_bytes()) for path in files) if mail.matches(**which)]

    def mail(self, **which):
        """The newest mail that matches; fails when there is none."""
        found = self.mails(**which)
        assert found, f"no mail with {described(**which)}; there are {self.mails()}"
        return found[-1]

    # ---- looking at what it keeps

    def rows(self, sql, *parameters):
        return database.rows(self.data / "gatehouse.db", sql, *parameters)

    def stored_bytes(self):
        """All bytes of the data folder: the database, its write-ahead log, key files."""
        return b"".join(path.read_bytes() for path in sorted(self.data.rglob("*")) if path.is_file())


def _address(text):
    host, port = text.rsplit(":", 1)
    return host.strip("[]"), int(port)
