"""Refreshes that are durable before they are answered, against what the disk allows."""

import json
import statistics
import subprocess

from .load import as_dicts, median
from .process import BenchError
from .report import Row

CLIENTS = 64
COMMITS, JOBS = "db_commits_total", "db_jobs_total"


def _disk(setting, rows):
    """Rows a second that bare SQLite updates durably, `rows` of them to a commit."""
    folder = setting.folder / "disk"
    folder.mkdir(exist_ok=True)
    command = [setting.program("bench/group_commit_bench"), folder, rows, setting.load.seconds]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=120, check=True)
    for file in folder.iterdir():
        file.unlink()
    return json.loads(done.stdout)["rows_per_second"]


class Batches:
    """How many refreshes shared a commit, from the server's metrics; None where it does not count them."""

    def __init__(self, server):
        self.server, self.before = server, self._read(server)

    @staticmethod
    def _read(server):
        return server.metric(COMMITS), server.metric(JOBS)

    def average(self):
        now = self._read(self.server)
        if None in now or now[0] == self.before[0]:
            return None
        return (now[1] - self.before[1]) / (now[0] - self.before[0])


def refreshes(setting):
    with setting.gatehouse(pinned=False) as server:
        tokens = [server.login(email)["refreshToken"] for email in server.register(CLIENTS)]
        file = setting.folder / "tokens"
        file.write_text("\n".join(tokens) + "\n")
        command = setting.load.command(server.port, [], connections=CLIENTS, rotate="/api/v1/auth/refresh", tokens=file)
        setting.load.run(command)
        batches, ours, fullest = Batches(server), [], []
        for _ in range(setting.load.turns):
            ours.append(setting.load.turn(server, command))
            fullest.append(_disk(setting, CLIENTS))
        batch = batches.average()
    if any(turn.non_2xx for turn in ours):
        raise BenchError("refreshes were refused")
    reached, allowed = median(ours, "rate"), statistics.median(fullest)
    detail = {"cpu_us": median(ours, "cpu_us"), "p99_us": median(ours, "p99_us"), "turns": as_dicts(ours)}
    yardstick = "bare SQLite (WAL, synchronous=FULL) doing one look-up and one update a row: no HTTP, no signing"
    if batch:
        rows = max(1, round(batch))
        same = statistics.median(_disk(setting, rows) for _ in range(setting.load.turns))
        yield Row("refreshes", f"durable refreshes / rows the disk commits in groups of the same size ({rows})", "1/s",
                  reached, same, reached / same, ">= 0.7", f"{yardstick}; {CLIENTS} clients, nothing pinned", detail)
    yield Row("refreshes", f"durable refreshes / rows the disk commits {CLIENTS} at a time", "1/s", reached, allowed,
              reached / allowed, "" if batch else ">= 0.7",
              f"{yardstick}; {CLIENTS} clients cannot fill such groups, for they do not all wait at once", detail)
