"""New signing keys while everything runs (KY-02, KY-03, B05, B09)."""

import re
import sqlite3
import threading
import time
from email.utils import parsedate_to_datetime

from support.jwt import claims_of, header_of, verify
from support.server import SANITIZED
from support.waiting import wait_until

EVERY_HOUR = {"tokens": {"key_rotation": "1h"}}
# A step of the clock must not end requests that are on their way.
PATIENT = {"server": {"header_timeout": "10m", "body_timeout": "1h", "idle_timeout": "1h"}}


def at(answer):
    """When the server gave it, by its own clock, in seconds."""
    return parsedate_to_datetime(answer.header("Date")).timestamp()


def published(server):
    return {key["kid"]: key for key in server.client().get("//.well-known/jwks.json").json["keys"]}


class CachingVerifier:
    """Keeps the published keys as long as the answer allows, and never asks earlier for one that it misses.

    That is the least that other services do: whoever asks again for an unknown key only hides a mistake.
    """

    def __init__(self, server):
        self._client = server.client()
        self._lock = threading.Lock()
        self._keys, self._good_until = {}, 0
        self.fetched = 0

    def verify(self, token, now):
        with self._lock:
            if now >= self._good_until:
                self._fetch()
            key = self._keys.get(header_of(token)["kid"])
        assert key is not None, f"{header_of(token)['kid']} is not among the keys that may be kept"
        verify(token, key)

    def _fetch(self):
        answer = self._client.get("//.well-known/jwks.json")
        max_age = int(re.search(r"max-age=(\d+)", answer.header("Cache-Control"))[1])
        assert max_age > 0
        self._keys = {key["kid"]: key for key in answer.json["keys"]}
        self._good_until = at(answer) + max_age
        self.fetched += 1


class Caller:
    """Refreshes, has the token verified elsewhere, uses it, over and over; keeps an old one until it dies."""

    def __init__(self, server, verifier):
        self.person = server.person()
        self.verifier = verifier
        self.rounds, self.kids, self.failure = 0, set(), None
        self._kept = self.person.access_token
        self._connection = server.client()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        try:
            while not self._stop.is_set():
                self._round()
                self.rounds += 1
        except BaseException as failure:  # told by the test
            self.failure = failure

    def _round(self):
        answer = self._connection.post("/auth/refresh", {"refreshToken": self.person.refresh_token})
        assert answer.status == 200, answer
        self.person.take(answer.data)
        token = self.person.access_token
        self.kids.add(header_of(token)["kid"])
        self.verifier.verify(token, at(answer))
        used = self._connection.get("/profile", token=token)
        assert used.status == 200, used
        if claims_of(self._kept)["exp"] > at(used):
            self.verifier.verify(self._kept, at(used))
        else:
            self._kept = token

    def stop(self):
        self._stop.set()
        self._thread.join()


def everybody_goes_round(callers):
    before = [caller.rounds for caller in callers]
    wait_until(lambda: any(c.failure for c in callers) or all(c.rounds > n for c, n in zip(callers, before)))
    for caller in callers:
        if caller.failure is not None:
            raise caller.failure


def test_KY02_many_rotations_under_load_fail_no_verification(start):
    server = start({**EVERY_HOUR, **PATIENT})
    verifier = CachingVerifier(server)
    callers = [Caller(server, verifier) for _ in range(3)]
    try:
        for _ in range(8 * 60 // 4):
            server.advance("4m")
            everybody_goes_round(callers)
    finally:
        for caller in callers:
            caller.stop()
    rotations = len(server.events("ROTATE_KEY"))
    assert rotations >= 7
    kids = set.union(*(caller.kids for caller in callers))
    assert len(kids) == rotations + 1, "each of them signed"
    assert verifier.fetched <= 8 * 60 // 5 + 1, "and was verified with keys that were kept"
    assert len(published(server)) <= 3, "active, next, and at most one that retires"


def test_KY02_a_key_is_published_long_before_it_signs(start):
    server = start(EVERY_HOUR)
    person = server.person()
    first = header_of(person.access_token)["kid"]
    early = published(server)
    assert first in early and len(early) == 2
    server.advance("61m")
    answer = person.refresh()
    person.take(answer.data)
    second = header_of(person.access_token)["kid"]
    assert second != first and second in early
    assert set(published(server)) > {first, second}
    assert [row["state"] for row in server.rows("SELECT state FROM signing_keys WHERE id = ?", first)] == ["retiring"]


def test_KY02_the_old_key_stays_until_its_last_token_is_dead_and_then_goes(start):
    server = start(EVERY_HOUR)
    server.advance("59m")
    person = server.person()
    first = header_of(person.access_token)["kid"]
    server.advance("2m")
    assert server.events("ROTATE_KEY") and first in published(server)
    server.advance("12m")
    assert person.get("/profile").status == 200, "14 of its 15 minutes"
    server.advance("2m")
    assert person.get("/profile").outcome == (401, "TOKEN_EXPIRED"), "and not INVALID_TOKEN: the key is there"
    server.advance("3m")
    assert first not in published(server)
    assert server.rows("SELECT 1 FROM signing_keys WHERE id = ?", first) == []
    assert person.get("/profile").outcome == (401, "INVALID_TOKEN")
    assert person.refresh().status == 200, "a refresh token depends on no signing key"


def test_KY02_every_rotation_stands_in_the_audit_trail(start):
    server = start(EVERY_HOUR)
    server.advance("61m")
    entries = server.rows("SELECT * FROM audit_entries WHERE action = 'ROTATE_KEY'")
    assert len(entries) == 1 and entries[0]["entity_id"] in published(server)


def test_KY02_a_restart_in_the_middle_goes_on_with_the_same_keys(start):
    server = start(EVERY_HOUR)
    server.advance("61m")
    person = server.person()
    before = published(server)
    server.restart()
    assert published(server) == before
    assert person.get("/profile").status == 200
    server.kill9()
    server.restart()
    assert published(server) == before
    assert len(server.rows("SELECT 1 FROM signing_keys WHERE state = 'active'")) == 1


# ---------------------------------------------------------------- KY-03: in an emergency

def revoke_elsewhere(server, kid):
    """What another process does to the store when it revokes the active key."""
    connection = sqlite3.connect(server.data / "gatehouse.db", timeout=20)
    with connection:
        connection.execute("DELETE FROM signing_keys WHERE id = ?", [kid])
        connection.execute("UPDATE signing_keys SET state = 'active', activated_at = created_at WHERE state = 'next'")
        connection.execute("UPDATE change_head SET seq = seq + 1")
        connection.execute("INSERT INTO changes SELECT seq, 'signing_keys', '', 0 FROM change_head")
    connection.close()


def test_KY03_tokens_of_a_revoked_key_are_refused_at_once_and_sessions_go_on(server):
    person, browser = server.person(), server.person().browser("cookie")
    stolen = person.access_token
    kid = header_of(stolen)["kid"]
    for _ in range(20):  # every worker has the token among those that it has verified
        assert server.client(token=stolen).get("/profile").status == 200
    next_kid, = set(published(server)) - {kid}
    revoke_elsewhere(server, kid)
    server.advance("1s")
    for _ in range(20):
        assert server.client(token=stolen).get("/profile").outcome == (401, "INVALID_TOKEN")
    assert browser.get("/profile").outcome == (401, "INVALID_TOKEN")
    keys = published(server)
    assert kid not in keys and next_kid in keys and len(keys) == 2, "and a new next one is published"
    person.take(person.refresh().data)
    assert header_of(person.access_token)["kid"] == next_kid
    assert person.get("/profile").status == 200, "nobody has to log in again"
    server.restart()
    assert kid not in published(server)
    assert server.client(token=stolen).get("/profile").outcome == (401, "INVALID_TOKEN")


def test_KY03_within_a_second_of_the_real_clock(server):
    person = server.person()
    kid = header_of(person.access_token)["kid"]
    begun = time.monotonic()
    revoke_elsewhere(server, kid)
    wait_until(lambda: person.get("/profile").status == 401)
    assert time.monotonic() - begun < (1 if not SANITIZED else 10) + 1, "the bound, and a machine that is busy"
