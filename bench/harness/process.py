"""Servers as processes: started on given cores, asked for their CPU time and memory, ended by pid."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
START_TIMEOUT = 20
STOP_TIMEOUT = 10


class BenchError(Exception):
    """Something needed for a measurement did not work; its text says what."""


def children_of(pid):
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(child) for child in task.read_text().split()]
        except OSError:
            continue
    return found


def tree(pid):
    found = [pid]
    for child in children_of(pid):
        found += tree(child)
    return found


class Server:
    def __init__(self, name, command, *, port, log, cores=None, env=None, cwd=None, user=None,
                 stop_signal=signal.SIGTERM):
        self.name, self.command, self.port, self.log = name, [str(word) for word in command], port, Path(log)
        self.cores, self.env, self.cwd, self.user, self.stop_signal = cores, env, cwd, user, stop_signal
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def launch(self):
        identity = {"user": self.user[0], "group": self.user[1], "extra_groups": []} if self.user else {}
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.cwd,
                env={**os.environ, **(self.env or {})},
                preexec_fn=(lambda: os.sched_setaffinity(0, self.cores)) if self.cores else None, **identity)

    def start(self):
        self.launch()
        try:
            self.wait_for_port()
        except BenchError:
            self.stop()
            raise

    def wait_for_port(self):
        end = time.monotonic() + START_TIMEOUT
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise BenchError(f"{self.name} ended at its start: {self.last_words()}")
            try:
                socket.create_connection(("127.0.0.1", self.port), 0.2).close()
                return
            except OSError:
                time.sleep(0.01)
        raise BenchError(f"{self.name} does not listen: {self.last_words()}")

    def last_words(self):
        return " | ".join(self.log.read_text(errors="replace").strip().splitlines()[-5:])

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(self.stop_signal)
        try:
            self.process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            for pid in reversed(tree(self.process.pid)):
                os.kill(pid, signal.SIGKILL)
            self.process.wait()

    def cpu_seconds(self):
        """User and system time of all its threads and child processes so far."""
        return sum(self._cpu_of(pid) for pid in tree(self.process.pid))

    @staticmethod
    def _cpu_of(pid):
        # After the command's name, which may hold spaces and parentheses: utime and stime are fields 14 and 15.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def rss_kib(self):
        """Counted page by page: VmRSS in /proc/PID/status lags behind by what each thread has not added up yet."""
        total = 0
        for pid in tree(self.process.pid):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Rss:"):
                    total += int(line.split()[1])
        return total
