"""Turns: the generator against one server, and what both of them had to show for it."""

import json
import statistics
import subprocess
from dataclasses import asdict, dataclass

from . import machine
from .process import BenchError


@dataclass
class Turn:
    rate: float  # answers a second
    cpu_us: float  # the server's CPU time for one
    p50_us: float
    p99_us: float
    p999_us: float
    non_2xx: int
    requests: int


class Load:
    def __init__(self, binary, turns, seconds):
        self.binary, self.turns, self.seconds = str(binary), turns, seconds

    def command(self, port, files, *, connections=64, seconds=None, core=machine.LOAD_CORE, **more):
        words = [self.binary, "--port", port, "--connections", connections, "--seconds", seconds or self.seconds]
        for file in files:
            words += ["--request", file]
        if core is not None:
            words += ["--cpu", core]
        for name, value in more.items():
            words += [f"--{name}", value]
        return [str(word) for word in words]

    def run(self, command):
        done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
        if done.returncode != 0:
            raise BenchError(f"{' '.join(command[:3])}: {done.stderr.splitlines()[0]}")
        return json.loads(done.stdout.splitlines()[0])

    def turn(self, server, command):
        before = server.cpu_seconds()
        seen = self.run(command)
        cpu = server.cpu_seconds() - before
        return Turn(seen["rate"], cpu * 1e6 / max(1, seen["requests"]), seen["p50_us"], seen["p99_us"],
                    seen["p999_us"], seen["non_2xx"], seen["requests"])

    def alternate(self, contenders):
        """{name: (server, command)} → {name: [Turn, …]}: a short turn each to warm up, then A B A B …"""
        for _, command in contenders.values():
            warm = list(command)
            warm[warm.index("--seconds") + 1] = str(min(2.0, self.seconds))
            self.run(warm)
        turns = {name: [] for name in contenders}
        for _ in range(self.turns):
            for name, (server, command) in contenders.items():
                turns[name].append(self.turn(server, command))
        for name, those in turns.items():
            refused = sum(turn.non_2xx for turn in those)
            if refused:
                raise BenchError(f"{name} refused {refused} requests of {sum(turn.requests for turn in those)}")
        return turns


def median(turns, figure):
    return statistics.median(getattr(turn, figure) for turn in turns)


def as_dicts(turns):
    return [asdict(turn) for turn in turns]
