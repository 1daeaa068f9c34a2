"""X05: kill -9 at any instant loses nothing that was answered and logs nobody out."""

import itertools
import os
import random
import threading
import time

from support.client import Client

KILLS = int(os.environ.get("GATEHOUSE_KILLS", "200"))
SECONDS = float(os.environ.get("GATEHOUSE_KILL_SECONDS", "35"))  # of the short run, whatever the machine; a long one has no end
CLIENTS = 12


class Refresher:
    """Rotates its token as fast as it can. What it was told, and what it was not told, must both be true afterwards."""

    def __init__(self, person):
        self.token = person.refresh_token
        self.access_token = person.access_token
        self.successors = {}  # token -> all values ever given for it
        self.wrong = []
        self.rotations = 0

    def run(self, server):
        client = Client(server.address, timeout=10)
        try:
            while True:
                answer = client.post("/auth/refresh", {"refreshToken": self.token})
                if answer.status != 200:
                    self.wrong.append(answer)
                    return
                successor = answer.data["refreshToken"]
                self.successors.setdefault(self.token, set()).add(successor)
                self.token, self.access_token = successor, answer.data["accessToken"]
                self.rotations += 1
        except Exception:  # the kill: half an answer is none
            return


class Newcomers:
    """Registers, logs in and logs out; remembers what was acknowledged."""

    def __init__(self):
        self.numbers = itertools.count()
        self.registered = []
        self.ended = []
        self.wrong = []
        self.logged_out = threading.Event()  # once in the present run of the server

    def run(self, server):
        client = Client(server.address, timeout=10)
        try:
            while True:
                account = {"email": f"newcomer{next(self.numbers)}@example.org", "password": "kites-fly-over-the-lake-7"}
                answer = client.post("/auth/register", account)
                if answer.status != 201:
                    self.wrong.append(answer)
                    return
                self.registered.append(account["email"])
                tokens = client.post("/auth/login", {**account, "transport": "bearer"}).data
                if client.post("/auth/logout", token=tokens["accessToken"]).status == 200:
                    self.ended.append(tokens["refreshToken"])
                    self.logged_out.set()
        except Exception:  # the kill
            return


def test_X05_kill_9_in_the_middle_of_refreshes_loses_nothing_that_was_answered(start):
    server = start({"server": {"admin_listen": ""}, "log": {"level": "info"}})
    refreshers = [Refresher(server.person()) for _ in range(CLIENTS)]
    newcomers = Newcomers()
    dice = random.Random(20261121)
    began = time.monotonic()
    kills = 0
    while kills < KILLS and (KILLS > 200 or time.monotonic() - began < SECONDS):
        threads = [threading.Thread(target=each.run, args=(server,)) for each in [*refreshers, newcomers]]
        newcomers.logged_out.clear()
        for thread in threads:
            thread.start()
        if kills % 8 == 0:  # a registration and a login hash a password each: how long that takes is the machine's
            newcomers.logged_out.wait(10)
        time.sleep(dice.uniform(0.001, 0.06))  # not to wait for anything: the instant of the kill is the dice's
        server.kill9()
        for thread in threads:
            thread.join()
        kills += 1
        assert not newcomers.wrong and not any(each.wrong for each in refreshers), "somebody was logged out"
        server.restart()
    for each in refreshers:
        answer = server.client().post("/auth/refresh", {"refreshToken": each.token})
        assert answer.status == 200, answer
        assert server.client(token=answer.data["accessToken"]).get("/profile").status == 200
        assert server.client(token=each.access_token).get("/profile").status == 200
        assert [s for s in each.successors.values() if len(s) != 1] == [], "a token with two successors"
    rows = {row["email"] for row in server.rows("SELECT email FROM users")}
    assert set(newcomers.registered) <= rows
    for token in newcomers.ended:
        assert server.client().post("/auth/refresh", {"refreshToken": token}).status == 401
    assert len(server.rows("SELECT id FROM sessions WHERE user_id IN (SELECT id FROM users WHERE email LIKE 'user%')")) == CLIENTS
    # Or it has tested nothing.
    assert kills >= min(KILLS, 8) and sum(each.rotations for each in refreshers) > kills
    assert newcomers.ended
    print(f"{kills} kills, {sum(each.rotations for each in refreshers)} rotations, {len(newcomers.registered)} registrations")
