"""X07, F24, F29: the process is told to end, or to read its settings again, while it is at work."""

import signal
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.waiting import wait_until
from support.wire import Closed, Wire

GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


def test_X07_a_drain_fails_no_request_of_clients_that_honour_close(start):
    server = start()
    failures, served, told = [], [], []
    running = threading.Barrier(9)

    def client():
        count = 0
        first_round = True
        while True:
            try:
                wire = Wire(server.address)
            except OSError:
                break  # it listens no more
            fresh = True
            with wire:
                while True:
                    try:
                        answer = wire.send(GET).answer()
                    except (Closed, OSError) as failure:
                        # A connection that the kernel took and nobody here ever saw: refused, in effect.
                        if not fresh:
                            failures.append(failure)
                            return
                        break
                    fresh = False
                    count += 1
                    if answer.status != 200:
                        failures.append(answer)
                    if first_round and count == 50:
                        first_round = False
                        running.wait()
                    if answer.header("Connection") == "close":
                        told.append(1)
                        break
        served.append(count)

    threads = [threading.Thread(target=client) for _ in range(8)]
    for thread in threads:
        thread.start()
    running.wait()
    server.process.send_signal(signal.SIGTERM)
    for thread in threads:
        thread.join(30)
    assert failures == [] and len(served) == 8 and told
    server.stop()  # ended well: code 0


def test_X07_what_is_under_way_is_answered_before_the_end(start, upstream):
    server = start(upstream.settings(("ANY /open/*", "public")))
    go_on, asked = threading.Event(), threading.Event()

    def slowly(_request):
        asked.set()
        go_on.wait(20)
        return b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone"

    upstream.answer = slowly
    busy, idle = Wire(server.address), Wire(server.address)
    assert idle.send(GET).answer().status == 200
    busy.send(b"GET /open/x HTTP/1.1\r\nHost: x\r\n\r\n")
    assert asked.wait(20)
    server.process.send_signal(signal.SIGTERM)
    server.wait_for_event("draining")
    wait_until(lambda: _is_refused(server))
    answer = idle.send(b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n").answer()
    assert answer.status == 503 and answer.header("Connection") == "close" and answer.header("Retry-After")
    go_on.set()
    answer = busy.answer()
    assert (answer.status, answer.body, answer.header("Connection")) == (200, b"done", "close")
    server.stop()


def _is_refused(server):
    try:
        socket.create_connection(server.address, timeout=5).close()
        return False
    except ConnectionRefusedError:
        return True


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_F24_a_second_signal_ends_it_without_waiting(start, upstream, second):
    server = start({**upstream.settings(("ANY /open/*", "public")), "server": {"drain_timeout": "10m"}})
    asked, never = threading.Event(), threading.Event()

    def hangs(_request):
        asked.set()
        never.wait(30)
        return b""

    upstream.answer = hangs
    wire = Wire(server.address).send(b"GET /open/x HTTP/1.1\r\nHost: x\r\n\r\n")
    assert asked.wait(20)
    server.process.send_signal(signal.SIGINT)
    server.wait_for_event("draining")
    server.process.send_signal(second)
    assert server.process.wait(20) == 0
    assert wire.is_over()
    never.set()
    server.stop()


def test_F24_the_drain_ends_at_its_timeout(start, upstream):
    server = start({**upstream.settings(("ANY /open/*", "public")), "server": {"drain_timeout": "1s"}})
    asked, never = threading.Event(), threading.Event()

    def hangs(_request):
        asked.set()
        never.wait(30)
        return b""

    upstream.answer = hangs
    wire = Wire(server.address).send(b"GET /open/x HTTP/1.1\r\nHost: x\r\n\r\n")
    assert asked.wait(20)
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(20) == 0
    assert wire.is_over()
    never.set()
    server.stop()


def policy(upstream, allow, **more):
    return {**upstream.settings(("GET /open/*", allow)), **more}


def test_X07_a_reload_is_all_or_nothing(start, upstream):
    server = start(policy(upstream, "user"))
    client = server.client()
    assert client.get("//open/x").status == 401
    good = dict(server.settings)
    broken = [
        {"limit": [{"name": "x", "on": ["all"], "key": "ip", "limit": 0, "window": "1m"}]},
        {"server": {**good["server"], "nonsense": 1}},
        {"cors": {"origins": ["*"]}},
        {"upstream": [{"name": "app", "targets": ["http://no-such-host.invalid:80"]}]},
        {"upstream": [{"name": "app", "targets": [upstream.url]}, {"name": "gone", "targets": ["http://no-such-host.invalid:80"]}]},
    ]
    for change in broken:
        # What is good in the same file must not take effect either.
        server.settings = {**good, **{"route": [{"match": "GET /open/*", "allow": "public", "to": "app"}]}, **change}
        refused = server.reload()
        assert (refused["event"], refused["level"]) == ("reload_refused", "error") and refused["why"], change
        for _ in range(8):  # both workers
            assert server.client().get("//open/x").status == 401, change
    server.text = "[server\nlisten = "
    assert server.reload()["event"] == "reload_refused"
    server.text = None
    (server.directory / "gatehouse.toml").unlink()
    server.settings = {**good, "route": [{"match": "GET /open/*", "allow": "public", "to": "app"}]}
    assert server.reload()["event"] == "reloaded"
    wait_until(lambda: all(server.client().get("//open/x").status == 200 for _ in range(8)))


def test_X07_fifty_reloads_under_load_change_only_what_they_say(start, upstream):
    server = start(policy(upstream, "public"))
    person = server.person()
    before = server.metrics().value("process_open_fds")
    over = threading.Event()

    def asks():
        seen = {}
        with Wire(server.address) as wire:
            while not over.is_set():
                status = wire.send(b"GET /open/x HTTP/1.1\r\nHost: x\r\n\r\n").answer().status
                seen[status] = seen.get(status, 0) + 1
                profile = wire.send(b"GET /api/v1/profile HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n"
                                    % person.access_token.encode()).answer().status
                assert profile == 200
        return seen

    with ThreadPoolExecutor(4) as pool:
        asking = [pool.submit(asks) for _ in range(4)]
        try:
            for number in range(50):
                server.settings["route"] = [{"match": "GET /open/*", "to": "app", "allow": "user" if number % 2 else "public"}]
                assert server.reload()["event"] == "reloaded"
        finally:
            over.set()
        seen = [one.result() for one in asking]
    assert all(set(one) <= {200, 401} for one in seen), seen
    assert sum(one.get(200, 0) for one in seen) and sum(one.get(401, 0) for one in seen)
    # Pools of the old settings are gone, and with them their connections.
    wait_until(lambda: server.metrics().value("process_open_fds") <= before + 8)


def test_X07_counts_outlive_a_reload(start):
    """Otherwise a reload would give every attacker a fresh budget."""
    limit = {"name": "open", "on": ["GET {prefix}/auth/policy"], "key": "ip", "limit": 3, "window": "15m"}
    server = start({"limit": [limit]})
    assert [server.client().get("/auth/policy").status for _ in range(4)] == [200, 200, 200, 429]
    server.settings["limit"] = [{**limit, "limit": 4}]
    assert server.reload()["event"] == "reloaded"
    wait_until(lambda: server.client().get("/auth/policy").status in (200, 429))
    assert [server.client().get("/auth/policy").status for _ in range(3)].count(200) <= 1
