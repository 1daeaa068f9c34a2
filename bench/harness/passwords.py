"""Scenarios about hashing: its rate, and what a flood of logins does to everybody else."""

import re
import statistics
import subprocess
import threading

from . import http, machine
from .gatehouse import PASSWORD
from .load import median
from .process import BenchError
from .report import Row
from .setting import USERS

FLOODERS = 64
PROBES_A_SECOND = 1000


def hash_rates(setting, core):
    """Argon2id hashes a second of one core: (Gatehouse's, the packaged libargon2's)."""
    command = ["taskset", "-c", str(core), str(setting.program("bench/argon2_bench"))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    plain = re.search(r"libargon2\s+([\d.]+)", done.stdout)
    ours = re.search(r"Gatehouse\s+([\d.]+)", done.stdout)
    return float(ours.group(1)), float(plain.group(1))


def argon2(setting):
    ours, plain = hash_rates(setting, machine.SERVER_CORE)
    yield Row("argon2", "Argon2id, 19 MiB, 2 passes / libargon2 as packaged", "hashes/s", ours, plain, ours / plain,
              ">= 2.5", "the same parameters and tags; ours is libsodium's SIMD code in memory that is kept between "
              "hashes")


def _login_requests(setting, server, emails):
    files = []
    for i, email in enumerate(emails):
        files.append(setting.folder / f"login-{i}")
        files[-1].write_bytes(http.request_bytes("POST", "/api/v1/auth/login", server.port,
                                                 body={"email": email, "password": PASSWORD, "transport": "bearer"}))
    return files


class Flood:
    """Logins from 64 connections in the background, for as long as the block lasts and a little longer."""

    def __init__(self, load, server, files):
        self.load, self.server = load, server
        self.command = load.command(server.port, files, connections=FLOODERS, seconds=load.seconds + 1, core=None)

    def __enter__(self):
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        return self

    def _run(self):
        try:
            self.seen = self.load.run(self.command)
        except BenchError as error:
            self.seen = error

    def __exit__(self, *_):
        self.thread.join()
        if isinstance(self.seen, BenchError):
            raise self.seen


def login_flood(setting):
    """Nothing is pinned here: the worker, the hash pool (one thread less than cores) and the load share the machine."""
    with setting.gatehouse(pinned=False) as server:
        tokens = server.users(USERS)
        files = server.write_requests(tokens)
        logins = _login_requests(setting, server, [f"user{i}@bench.example" for i in range(USERS)])
        probe = setting.load.command(server.port, files, connections=8, rate=PROBES_A_SECOND, core=None)
        idle, flooded, rates = [], [], []
        for _ in range(setting.load.turns):
            idle.append(setting.load.turn(server, probe))
            with Flood(setting.load, server, logins) as flood:
                flooded.append(setting.load.turn(server, probe))
            if flood.seen["non_2xx"] or flooded[-1].non_2xx:
                raise BenchError(f"{flood.seen['non_2xx']} logins and {flooded[-1].non_2xx} probes were refused")
            rates.append(flood.seen["rate"])
    threads = max(1, len(machine.CORES) - 1)
    one_core, _ = hash_rates(setting, machine.LOAD_CORE)
    quiet, loud = median(idle, "p99_us"), median(flooded, "p99_us")
    yield Row("login-flood", "p99 of the profile request, during a login flood / idle", "µs", loud, quiet,
              loud / quiet, "<= 2",
              f"{PROBES_A_SECOND} requests/s on schedule beside {FLOODERS} clients that log in without pause; nothing "
              f"pinned, the load on the same {len(machine.CORES)} cores",
              {"p50_us": median(flooded, "p50_us"), "idle_p50_us": median(idle, "p50_us")})
    reached = statistics.median(rates)
    raw = one_core * threads
    yield Row("login-flood", "logins / raw hashes of the pool's cores", "1/s", reached, raw, reached / raw, ">= 0.95",
              f"a login also writes a session; the hash rate is that of {threads} thread(s) doing "
              "nothing else, by thread time", {"turns": rates})
