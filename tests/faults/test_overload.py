"""X06, F16, F18, F21, PW-12: more than there is room for. Nothing spins, nothing starves, and it is over when it is over."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from support.server import BINARY, SANITIZED
from support.waiting import wait_until
from support.wire import Closed, Wire

WRONG = {"email": "nobody@example.org", "password": "wrong-wrong-wrong-1"}


def test_X06_a_login_flood_beyond_the_queue_is_503_and_others_are_served(start):
    """PW-12 too: never more hashes at once than there are threads for."""
    server = start({"passwords": {"hash_threads": 1, "hash_queue": 8}})
    person = server.person()
    before = server.metrics().value("process_resident_memory_bytes")
    over = threading.Event()
    most_running = 0

    def ordinary():
        client = server.client(token=person.access_token)
        served = 0
        while not over.is_set():
            assert client.get("/profile").status == 200
            assert person.refresh().status == 200
            served += 1
        return served

    with ThreadPoolExecutor(42) as pool:
        others = [pool.submit(ordinary) for _ in range(2)]
        flood = [pool.submit(lambda: server.client().post("/auth/login", WRONG)) for _ in range(400)]
        while not all(one.done() for one in flood):
            now = server.metrics()
            most_running = max(most_running, now.value("hash_pool_running"))
            assert now.value("hash_pool_queued") <= 9
        over.set()
        answers = [one.result() for one in flood]
        assert all(one.result() > 0 for one in others)
    assert {a.outcome for a in answers} == {(401, "INVALID_CREDENTIALS"), (503, "OVERLOADED")}
    assert all(int(a.header("Retry-After")) > 0 for a in answers if a.status == 503)
    assert most_running <= 1
    # One arena of 19 MiB, whatever the flood.
    assert SANITIZED or server.metrics().value("process_resident_memory_bytes") - before < 64 * 1024 * 1024
    assert person.refresh().status == 200 and server.person().get("/profile").status == 200


def processor_seconds(process):
    fields = open(f"/proc/{process.pid}/stat").read().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_F18_out_of_descriptors_it_neither_spins_nor_stays_deaf(start):
    server = start(binary="/usr/bin/prlimit", arguments=["--nofile=80:80", BINARY])
    held = []
    for _ in range(300):
        held.append(Wire(server.address))
    # A reading of what a second costs, not a wait for anything: each connection that is turned away was told so at once.
    before, began = processor_seconds(server.process), time.monotonic()
    while time.monotonic() - began < 1.0:
        time.sleep(0.1)
    assert processor_seconds(server.process) - before < 0.5, "it spins"
    for wire in held:
        wire.close()

    def answers():
        try:
            return server.client().get("//healthz").status == 200
        except (OSError, ValueError):
            return False

    wait_until(lambda: all(answers() for _ in range(10)))
    assert server.person().get("/profile").status == 200


def test_F16_connections_beyond_the_bound_are_closed_at_once(start):
    server = start({"server": {"max_connections": 20}})
    held = [Wire(server.address).send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n") for _ in range(20)]
    assert [wire.answer().status for wire in held] == [200] * 20
    for _ in range(5):
        assert Wire(server.address).is_over()
    held.pop().close()
    wait_until(lambda: _is_served(server))
    for wire in held:  # who was there is not disturbed
        assert wire.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").answer().status == 200


def _is_served(server):
    with Wire(server.address) as wire:
        try:
            return wire.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").answer().status == 200
        except (Closed, OSError):
            return False


def test_F21_oversized_and_compressed_bodies_cost_no_memory(start, upstream):
    server = start(upstream.settings(("ANY /open/*", "public")))
    before = server.metrics().value("process_resident_memory_bytes")
    client = server.client()
    for coding in ("gzip", "deflate", "br", "zstd", "compress", "gzip, gzip", "identity, gzip", "x-gzip"):
        answer = client.post("/auth/login", body=b"\x1f\x8b" + b"\0" * 500, headers=[
            ("Content-Type", "application/json"), ("Content-Encoding", coding)])
        assert answer.outcome == (415, "UNSUPPORTED_MEDIA_TYPE"), coding
    for _ in range(200):
        with Wire(server.address) as wire:
            wire.send(b"POST /open/x HTTP/1.1\r\nHost: x\r\nContent-Length: 10485760\r\n\r\n" + b"x" * 100_000)
            wire.reset()
        with Wire(server.address) as wire:
            wire.send(b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n")
            assert wire.answer().status == 413
    assert SANITIZED or server.metrics().value("process_resident_memory_bytes") - before < 32 * 1024 * 1024
    wait_until(lambda: server.metrics().value("http_connections") <= 2)
