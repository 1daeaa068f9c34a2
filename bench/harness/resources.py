"""Time to start, and memory: idle, and for connections that are open and say nothing."""

import json
import statistics
import subprocess
import time

from . import http, machine
from .process import BenchError
from .report import figure_row
from .setting import USERS

STARTS = 7
CONNECTIONS = 10_000


def _start_ms(server):
    """From the fork to the first 200 of /readyz."""
    begin = time.monotonic()
    server.launch()
    while time.monotonic() < begin + 20:
        try:
            if http.call(server.port, "GET", "/readyz").status == 200:
                return (time.monotonic() - begin) * 1000
        except OSError:
            time.sleep(0.0005)
    server.stop()
    raise TimeoutError("the server does not become ready: " + server.last_words())


def resources(setting):
    server = setting.gatehouse()
    with server:
        files = server.write_requests(server.users(USERS))
    starts, memory = [], []
    for _ in range(STARTS):
        starts.append(_start_ms(server))
        time.sleep(0.5)
        memory.append(server.rss_kib() / 1024)
        server.stop()
    yield figure_row("resources", "start to ready, on an existing database", "ms", statistics.median(starts), "<= 100",
                     f"from fork to the first 200 of /readyz, median of {STARTS}", turns=starts)
    yield figure_row("resources", "idle memory (RSS)", "MiB", statistics.median(memory), "<= 30",
                     "half a second after the start, one worker", turns=memory)
    with server:
        yield _connections(setting, server, files)


def _connections(setting, server, files):
    """`files` are of sessions from before the last start: a login now would leave the memory of its hash behind."""
    count = min(CONNECTIONS, machine.raise_file_limit() - 1000)
    # What the first requests allocate for good is not the connections'.
    setting.load.run(setting.load.command(server.port, files, connections=64, seconds=0.5))
    before = server.rss_kib()
    command = setting.load.command(server.port, files, connections=count, seconds=60, count=count) + ["--hold"]
    holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        seen = json.loads(holder.stdout.readline())
        time.sleep(1)
        each = (server.rss_kib() - before) / count
    finally:
        rest, _ = holder.communicate(timeout=30)
    still = json.loads(rest)["open"]
    if still < count or seen["non_2xx"]:
        raise BenchError(f"of {count} connections {still} were still open, {seen['non_2xx']} requests were refused")
    return figure_row("resources", f"memory of an idle kept connection, at {count:,}", "KiB", each, "<= 12",
                      "RSS over what it was before, each connection having made one checked request; all were still "
                      "open at the end; the kernel's memory for the sockets is not in it", rss_before_kib=before)
