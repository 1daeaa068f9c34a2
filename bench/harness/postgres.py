"""A PostgreSQL cluster of our own in a temporary folder, on a loopback port."""

import os
import pwd
import shutil
import signal
import subprocess
import time
from pathlib import Path

from . import machine
from .process import BenchError, Server

SCHEMA = """
CREATE TABLE sessions (id text PRIMARY KEY, user_id text NOT NULL, role text NOT NULL,
                       revoked boolean NOT NULL, expires_at timestamptz NOT NULL);
INSERT INTO sessions SELECT 'other-' || n, 'user-' || n, 'viewer', false, now() + interval '1 day'
  FROM generate_series(1, 10000) n;
"""


def binaries():
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    path = found[-1] if found else shutil.which("initdb")
    if not path:
        raise BenchError("postgresql is not installed: scripts/install-packages.sh bench")
    return Path(path).resolve().parent


class Postgres(Server):
    """On the load's core: the peers that use it are measured without its CPU time."""

    def __init__(self, folder):
        # It refuses to run as root; the package brings a user for it.
        self.owner = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        self.data = Path(folder) / "postgres"
        self.data.mkdir(parents=True)
        if self.owner:
            os.chown(self.data, self.owner.pw_uid, self.owner.pw_gid)
        port = machine.free_port()
        self.url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        command = [binaries() / "postgres", "-D", self.data, "-p", port, "-c", "listen_addresses=127.0.0.1",
                   "-c", "unix_socket_directories="]
        super().__init__("postgres", command, port=port, log=Path(folder) / "postgres.log", cwd="/",
                         cores={machine.LOAD_CORE}, user=(self.owner.pw_uid, self.owner.pw_gid) if self.owner else None,
                         stop_signal=signal.SIGINT)

    def start(self):
        identity = {"user": self.owner.pw_uid, "group": self.owner.pw_gid, "extra_groups": []} if self.owner else {}
        subprocess.run([binaries() / "initdb", "-D", self.data, "-U", "postgres", "--auth=trust", "--no-sync"],
                       check=True, capture_output=True, cwd="/", timeout=120, **identity)
        super().start()
        self.wait_until_ready()
        self.run_sql(SCHEMA)

    def wait_until_ready(self):
        """Its port is open a moment before it takes anyone."""
        for _ in range(100):
            ask = [binaries() / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]
            if subprocess.run(ask, check=False).returncode == 0:
                return
            time.sleep(0.05)
        raise BenchError("postgres does not become ready: " + self.last_words())

    def add_sessions(self, claims):
        rows = ", ".join(f"('{c['sid']}', '{c['sub']}', '{c['role']}', false, now() + interval '1 day')"
                         for c in claims)
        self.run_sql(f"INSERT INTO sessions VALUES {rows}; ANALYZE sessions;")

    def run_sql(self, sql):
        done = subprocess.run([binaries() / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", self.url], input=sql,
                              capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0:
            raise BenchError(f"psql: {done.stderr.strip()}")
