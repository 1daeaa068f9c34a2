"""B18: lists of leaked pairs, tried from one address and from many.

What an attack may cost is what the budgets say and nothing beyond: each test adds up what they allow and compares it
with the number of passwords that the server looked at. GATEHOUSE_STUFFING sets the length of the lists.
"""

import collections
import itertools
import os
import threading
from concurrent.futures import ThreadPoolExecutor

from support.client import Client
from support.people import PASSWORD, Person

TRIES = int(os.environ.get("GATEHOUSE_STUFFING", "2000"))  # 10,000 in the long run
MANY = max(50, TRIES // 20)  # addresses, each in a network of its own

TOO_MANY = (429, "TOO_MANY_LOGIN_ATTEMPTS")
WRONG = (401, "INVALID_CREDENTIALS")

# The lockout as it is by default. The limit on addresses is off (BASE), or it alone would stop the first attack.
DEFAULTS = {"account_failures": None, "network_failures": None, "spray_minimum": None}
SPRAY_MINIMUM = 50
ANY_NETWORK_WHEN_ALL_IS_SUSPECT = 5  # a twentieth of network_failures
AN_ACCOUNT_WHEN_SUSPECT = 5          # a quarter of account_failures


class Attack:
    """Tries pairs; remembers what came back, by address."""

    def __init__(self, server, addresses):
        self.server = server
        self.addresses = addresses
        self.outcomes = {address: [] for address in addresses}
        self.by_account = collections.defaultdict(list)

    def run(self, pairs, threads=8):
        work = list(zip(pairs, itertools.cycle(self.addresses)))

        def attempt(item):
            (email, password), address = item
            client = Client(self.server.address, source=address)
            answer = client.post("/auth/login", {"email": email, "password": password, "transport": "bearer"})
            client.close()
            self.outcomes[address].append(answer.outcome)
            self.by_account[email].append(answer.outcome)

        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(attempt, work))
        return self

    def count(self, outcome):
        return sum(outcomes.count(outcome) for outcomes in self.outcomes.values())


class Owner:
    """Logs in again and again on a device of theirs, while others try."""

    def __init__(self, server, person):
        self.server, self.person = server, person
        self.browser = person.browser("hybrid", source="127.250.0.1")
        self.answers = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self):
        # Never from the same place: it is the device that is known.
        for number in itertools.count():
            client = Client(self.server.address, source=f"127.251.{number % 250}.1")
            answer = client.post("/auth/login", {"email": self.person.email, "password": PASSWORD, "transport": "hybrid"},
                                 cookie=f"deviceId={self.browser.cookies['deviceId']}")
            client.close()
            self.answers.append(answer.outcome)
            if self._over.wait(0.05):
                return

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()


def begin(start):
    server = start({"lockout": DEFAULTS, "server": {"workers": 2}})
    victims = [Person(server, f"victim{i}@example.org", PASSWORD).register() for i in range(5)]
    return server, victims


def leaked_pairs(victims):
    """Mostly of people who have no account here; some who have, with passwords from elsewhere."""
    for number in itertools.count():
        if number % 20 == 0:
            yield victims[number // 20 % len(victims)].email, f"leaked-password-{number}"
        else:
            yield f"leaked{number}@example.org", f"leaked-password-{number}"


def suspicions(server):
    return [row["entity_id"] for row in server.rows(
        "SELECT entity_id FROM audit_entries WHERE action = 'SPRAYING_SUSPECTED' ORDER BY seq")]


def test_B18_stuffing_from_one_address_is_over_after_the_first_tries(start):
    server, victims = begin(start)
    owner = Owner(server, victims[0])
    before = server.metrics().value("password_checks_total")
    with owner:
        attack = Attack(server, ["127.66.6.6"]).run(itertools.islice(leaked_pairs(victims), TRIES))
    by_owner = len(owner.answers)
    assert set(owner.answers) == {(200, None)} and by_owner > 5, owner.answers
    looked_at = attack.count(WRONG)
    # Suspect from the 50th on, when more than a suspect network's budget is used up already.
    assert SPRAY_MINIMUM <= looked_at <= SPRAY_MINIMUM + 8, "as many as were on their way at that moment"
    assert attack.count(TOO_MANY) == TRIES - looked_at
    assert server.metrics().value("password_checks_total") - before == looked_at + by_owner
    assert sorted(suspicions(server)) == ["127.66.6.0/24", "any"]
    assert server.metrics().value("login_spraying_suspected_total") == 2
    assert server.metrics().value("logins_refused_early_total", budget="network") > 0.9 * (TRIES - looked_at)
    failed = server.rows("SELECT COUNT(*) AS n FROM audit_entries WHERE action = 'LOGIN_FAILED'")[0]["n"]
    assert failed == looked_at, "what is refused early writes nothing"


def test_B18_stuffing_from_many_addresses_gets_no_try_beyond_the_budgets(start):
    server, victims = begin(start)
    addresses = [f"127.{100 + i // 250}.{i % 250}.6" for i in range(MANY)]
    owner = Owner(server, victims[0])
    before = server.metrics().value("password_checks_total")
    with owner:
        attack = Attack(server, addresses).run(itertools.islice(leaked_pairs(victims), TRIES))
    assert set(owner.answers) == {(200, None)} and len(owner.answers) > 5, owner.answers
    looked_at = attack.count(WRONG)
    assert attack.count(TOO_MANY) == TRIES - looked_at
    assert server.metrics().value("password_checks_total") - before == looked_at + len(owner.answers)
    assert suspicions(server) == ["any"], "no network was conspicuous by itself"
    # Fewer than one in a thousand gets to a check beyond what its network may have.
    beyond = sum(max(0, outcomes.count(WRONG) - ANY_NETWORK_WHEN_ALL_IS_SUSPECT) for outcomes in attack.outcomes.values())
    assert beyond <= TRIES / 1000
    for victim in victims:  # of the first 50 tries a few went to each
        assert attack.by_account[victim.email].count(WRONG) <= AN_ACCOUNT_WHEN_SUSPECT
    print(f"\n{looked_at} of {TRIES} looked at, {beyond} beyond the budgets; {len(owner.answers)} logins of the owner")


def test_B18_one_account_guessed_at_from_many_addresses_is_told_of_once(start):
    server, victims = begin(start)
    victim = victims[0]
    addresses = [f"127.{110 + i // 250}.{i % 250}.6" for i in range(100)]
    owner = Owner(server, victim)
    with owner:
        attack = Attack(server, addresses).run((victim.email, f"guess-number-{i}") for i in range(500))
    assert set(owner.answers) == {(200, None)}
    assert attack.count(WRONG) == 20, "account_failures"
    throttled = server.rows("SELECT entity_id FROM audit_entries WHERE action = 'ACCOUNT_THROTTLED'")
    assert [row["entity_id"] for row in throttled] == [victim.id]
    server.advance("15m")
    Attack(server, addresses).run((victim.email, f"guess-number-{i}") for i in range(100))
    throttled = server.rows("SELECT entity_id FROM audit_entries WHERE action = 'ACCOUNT_THROTTLED'")
    assert len(throttled) == 2, "and once more in the next window"


def test_B18_the_owner_on_a_new_device_gets_in_while_others_are_attacked(start):
    """Spraying tightens what strangers may fail at; who does not fail does not notice."""
    server, victims = begin(start)
    addresses = [f"127.{120 + i // 250}.{i % 250}.6" for i in range(20)]
    Attack(server, addresses).run(itertools.islice(leaked_pairs(victims), 200))
    assert "any" in suspicions(server)
    bystander = Person(server, "bystander@example.org", PASSWORD).register()
    body = {"email": bystander.email, "password": PASSWORD, "transport": "bearer"}
    client = server.client(source="127.200.1.1")
    tries = [client.post("/auth/login", {**body, "password": "a typing mistake"}).outcome for _ in range(3)]
    assert tries == [WRONG] * 3
    assert server.client(source="127.200.2.1").post("/auth/login", body).status == 200


def test_B18_ordinary_mistakes_are_no_attack(start):
    server, victims = begin(start)
    for i in range(30):
        client = server.client(source=f"127.210.{i}.1")
        email = victims[i % 5].email
        if i % 3 == 0:
            assert client.post("/auth/login", {"email": email, "password": "a typing mistake"}).outcome == WRONG
        for _ in range(2):
            answer = client.post("/auth/login", {"email": email, "password": PASSWORD, "transport": "hybrid"})
            assert answer.status == 200
    assert suspicions(server) == [] and server.metrics().value("login_spraying_suspected_total") == 0


def test_B18_refused_tries_do_not_hold_up_the_others(start):
    """What an attack sends beyond its budgets costs reads; hashes are left to those who log in."""
    server, victims = begin(start)
    Attack(server, ["127.66.7.7"]).run(itertools.islice(leaked_pairs(victims), 120))
    commits = server.metrics().value("db_commits_total")
    refused = Attack(server, ["127.66.7.7"]).run(itertools.islice(leaked_pairs(victims), 1_000))
    assert refused.count(TOO_MANY) == 1_000
    # The periodic chores commit now and then; the tries do not.
    assert server.metrics().value("db_commits_total") - commits < 50
