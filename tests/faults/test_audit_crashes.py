"""LG-09, X08: kill -9 at any instant, and the audit trail tells of what was changed: all of it, and nothing else."""

import collections
import itertools
import json
import os
import random
import threading
import time

from support import audit
from support.client import Client
from support.commands import run
from support.people import PASSWORD

KILLS = int(os.environ.get("GATEHOUSE_KILLS", "200"))
SECONDS = float(os.environ.get("GATEHOUSE_KILL_SECONDS", "25"))  # of the short run, whatever the machine
ROLES = ["viewer", "editor"]
PLANS = ["free", "paid", "enterprise"]


class Worker:
    """Does one thing after another until the server is killed. `answered` has {request id: (action, user)}."""

    def __init__(self):
        self.answered = {}
        self.asked = collections.Counter()  # by action, answered or not
        self.wrong = []

    def run(self, server):
        self.client = Client(server.address, timeout=10)
        try:
            while self.step():
                pass
        except Exception:  # the kill: half an answer is none
            return

    def ask(self, action, user, expected, call):
        self.asked[action] += 1
        answer = call()
        if answer.status != expected:
            self.wrong.append((action, answer))
            raise ConnectionError("not as expected")
        self.answered[answer.request_id] = (action, user)
        return answer


class Newcomers(Worker):
    """Registers, mistypes the password, logs in, and logs out, ends the session or deletes the account."""

    def __init__(self, name):
        super().__init__()
        self.numbers = (f"{name}{i}@example.org" for i in itertools.count())
        self.ways = itertools.cycle(["delete", "logout", "end", "stay"])
        self.finished = threading.Event()  # a whole life, in the present run of the server

    def step(self):
        account = {"email": next(self.numbers), "password": PASSWORD}
        made = self.ask("CREATE_USER", None, 201, lambda: self.client.post("/auth/register", account))
        user = made.data["user"]["id"]
        self.answered[made.request_id] = ("CREATE_USER", user)
        mistyped = {**account, "password": "not-this-one-at-all"}
        self.ask("LOGIN_FAILED", user, 401, lambda: self.client.post("/auth/login", mistyped))
        by_bearer = {**account, "transport": "bearer"}
        login = self.ask("LOGIN", user, 200, lambda: self.client.post("/auth/login", by_bearer))
        token, session = login.data["accessToken"], login.data["session"]["id"]
        way = next(self.ways)
        if way == "logout":
            self.ask("LOGOUT", user, 200, lambda: self.client.post("/auth/logout", token=token))
        elif way == "end":
            self.ask("REVOKE_SESSION", user, 200, lambda: self.client.delete(f"/sessions/{session}", token=token))
        elif way == "delete":
            self.ask("DELETE_USER", user, 200, lambda: self.client.delete("/auth/me", token=token))
        self.finished.set()
        return True


class Administrator(Worker):
    """Gives people other roles and plans, without ever hashing a password: most of the kills hit these."""

    def __init__(self, token, people, dice):
        super().__init__()
        self.token, self.people, self.dice = token, people, dice

    def step(self):
        person = self.dice.choice(self.people)
        what, values = self.dice.choice([("role", ROLES), ("plan", PLANS)])
        body = {what: self.dice.choice(values)}
        self.ask(f"CHANGE_{what.upper()}", person.id, 200,
                 lambda: self.client.put(f"/users/{person.id}/{what}", body, token=self.token))
        return True


class Verifier(Worker):
    """Uses up the links that were mailed before."""

    def __init__(self, links):
        super().__init__()
        self.links = links  # [(user, token)]
        self.used = 0

    def step(self):
        if self.used == len(self.links):
            return False
        user, token = self.links[self.used]
        self.used += 1  # one whose answer was lost may be used up or not: nobody tries it again
        self.ask("VERIFY_EMAIL", user, 200, lambda: self.client.post("/auth/verify", {"token": token}))
        return True


def mailed_links(server, count):
    """Accounts that are not verified, with the links that were mailed to them."""
    people = [server.client().post("/auth/register", {"email": f"mailed{i}@example.org", "password": PASSWORD}).data
              for i in range(count)]
    ids = {entry["user"]["email"]: entry["user"]["id"] for entry in people}
    for email in ids:
        server.client().post("/auth/verify/resend", {"email": email})
    newest = {mail.to: mail for mail in server.mails()}  # an older one is worth nothing
    return [(ids[email], mail.token) for email, mail in newest.items() if email in ids]


def kill_in_the_middle(server, workers, newcomers, dice):
    """Kills and restarts until the number or the time is reached; how often."""
    began, kills = time.monotonic(), 0
    while kills < KILLS and (KILLS > 200 or time.monotonic() - began < SECONDS):
        threads = [threading.Thread(target=worker.run, args=(server,)) for worker in workers]
        newcomers.finished.clear()
        for thread in threads:
            thread.start()
        if kills % 8 == 0:  # three passwords are hashed in between: how long that takes is the machine's
            newcomers.finished.wait(10)
        # Not to wait for anything: the instant of the kill is the dice's. Now and then late enough for passwords.
        time.sleep(dice.uniform(0.002, 0.05) if kills % 4 else dice.uniform(0.05, 0.3))
        server.kill9()
        for thread in threads:
            thread.join()
        kills += 1
        assert not [worker.wrong for worker in workers if worker.wrong]
        server.restart()
    return kills


# ---- both ways, each by the state itself and not by what a client remembers

def told(entries, action):
    return [entry for entry in entries if entry["action"] == action]


def assert_users_equal(server, entries):
    everybody = server.rows("SELECT * FROM users")
    made = [entry["entity_id"] for entry in told(entries, "CREATE_USER")]
    assert sorted(made) == sorted(user["id"] for user in everybody)
    users = [user for user in everybody if user["role"] != "admin"]  # nothing was done to the one from the settings
    gone = [entry["entity_id"] for entry in told(entries, "DELETE_USER")]
    assert sorted(gone) == sorted(user["id"] for user in users if user["deleted_at"])
    verified = [entry["entity_id"] for entry in told(entries, "VERIFY_EMAIL")]
    assert sorted(verified) == sorted(user["id"] for user in users if user["email_verified"])
    for what in ("role", "plan"):
        assert_history(users, what, told(entries, f"CHANGE_{what.upper()}"))


def assert_history(users, what, entries):
    """Each change begins where the one before ended, and the last one ends where the user is now."""
    now = {user["id"]: {"role": "viewer", "plan": "free"}[what] for user in users}
    for entry in entries:
        assert now[entry["entity_id"]] == entry["more"]["was"], entry
        now[entry["entity_id"]] = entry["more"][what]
    assert now == {user["id"]: user[what] for user in users}


def assert_sessions_equal(server, entries):
    sessions = server.rows("SELECT * FROM sessions")
    begun = [entry["more"]["sessionId"] for entry in told(entries, "LOGIN")]
    assert sorted(begun) == sorted(session["id"] for session in sessions)
    for action, reason in (("LOGOUT", "logout"), ("REVOKE_SESSION", "by_user")):
        ended = [entry["entity_id"] for entry in told(entries, action)]
        assert sorted(ended) == sorted(s["id"] for s in sessions if s["revoke_reason"] == reason)
    with_user = sum(entry["more"]["sessionsEnded"] for entry in told(entries, "DELETE_USER"))
    assert with_user == len([s for s in sessions if s["revoke_reason"] == "user_deleted"])


def assert_answers_are_told(workers, entries, before):
    """What was answered is there once; what is there beyond was asked for, and its answer lost.

    before: how many of each action there were already.
    """
    trail = collections.defaultdict(list)
    for entry in entries:
        trail[entry["request_id"]].append(entry)
    for worker in workers:
        for request, (action, user) in worker.answered.items():
            assert [entry["action"] for entry in trail[request]] == [action], request
            about = trail[request][0]
            assert user in (about["entity_id"], about["actor_id"])
    answered = collections.Counter(action for w in workers for action, _ in w.answered.values())
    asked = sum((worker.asked for worker in workers), collections.Counter())
    there = collections.Counter(entry["action"] for entry in entries)
    for action in asked:
        assert answered[action] <= there[action] <= asked[action] + before[action], action


def assert_log_is_a_witness(server, entries):
    """Every line that was written tells of an entry that is there; killed processes wrote fewer lines than entries."""
    hashes = {f"{entry['seq']}:{entry['hash']}": entry["action"] for entry in entries}
    whole = [json.loads(line) for line in server.lines if line.endswith("\n")]  # a kill may cut the last one of a run
    lines = [line for line in whole if "auditEntry" in line]
    assert lines and all(hashes[line["auditEntry"]] == line["event"] for line in lines)


def test_LG09_the_trail_equals_the_changes_after_kills_at_random(start):
    server = start({"server": {"admin_listen": ""}})
    dice = random.Random(20261122)
    people = [server.person() for _ in range(8)]
    verifier = Verifier(mailed_links(server, 24))
    assert len(verifier.links) == 24
    newcomers = Newcomers("a")
    workers = [newcomers, Newcomers("b"), verifier,
               *(Administrator(server.admin.access_token, people, dice) for _ in range(4))]
    before = collections.Counter(entry["action"] for entry in audit.entries(server))
    kills = kill_in_the_middle(server, workers, newcomers, dice)
    server.stop()
    entries = audit.entries(server)
    assert audit.assert_chain(server) == len(entries)
    verified = run("audit", "verify", "--json", directory=server.directory)
    assert verified.code == 0 and verified.json["entries"] == len(entries), verified
    assert_users_equal(server, entries)
    assert_sessions_equal(server, entries)
    assert_answers_are_told(workers, entries, before)
    assert_log_is_a_witness(server, entries)
    # Or it has tested nothing.
    counts = collections.Counter(entry["action"] for entry in entries)
    lost = sum(worker.asked.total() for worker in workers) - sum(len(worker.answered) for worker in workers)
    print(f"{kills} kills, {len(entries)} entries, {lost} answers lost, {dict(counts)}")
    assert kills >= min(KILLS, 8) and lost > 0 and counts["CHANGE_ROLE"] > kills
    for action in ("CREATE_USER", "LOGIN", "LOGIN_FAILED", "DELETE_USER", "VERIFY_EMAIL", "CHANGE_PLAN"):
        assert counts[action] > before[action], action
