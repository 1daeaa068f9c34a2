"""OT-03: of any number of parallel uses of one link, one wins (resets and "this was not me").

GATEHOUSE_RACE_ROUNDS=100 for the long run.
"""

import os

import pytest

from support import recovery
from support.concurrency import at_once
from support.people import PASSWORD
from support.recovery import NEW_DEVICE, RESET, log_in

ROUNDS = int(os.environ.get("GATEHOUSE_RACE_ROUNDS", "10"))
PARALLEL = 64


@pytest.fixture
def server(start, mailbox):
    # Each loser may have been hashed too before the winner committed: room for all of them.
    return start({"mail": mailbox.settings, "passwords": {"hash_queue": 4 * PARALLEL}})


def test_OT03_of_64_resets_with_one_token_one_wins(server, mailbox):
    person = server.person()
    for number in range(ROUNDS):
        token = recovery.admin_reset_mail(server, mailbox, person).token
        clients = [server.client() for _ in range(PARALLEL)]
        passwords = [f"lanterns-drift-{number}-past-mill-{i}" for i in range(PARALLEL)]
        answers = at_once(PARALLEL, lambda i: clients[i].post("/auth/reset-password",
                                                              {"token": token, "password": passwords[i]}))
        winners = [i for i, answer in enumerate(answers) if answer.status == 200]
        assert len(winners) == 1, [answer.outcome for answer in answers]
        assert {answer.outcome for i, answer in enumerate(answers) if i != winners[0]} == {recovery.BAD_TOKEN}
        assert log_in(server, person, passwords[winners[0]]).status == 200
        for client in clients:
            client.close()
    assert len(recovery.audit(server, "RESET_PASSWORD", person)) == ROUNDS
    server.wait_for_empty_outbox()
    assert len(mailbox.all(to=person.email, kind=recovery.CHANGED)) == ROUNDS


def test_OT03_of_64_uses_of_a_not_me_link_one_wins(server, mailbox):
    for _ in range(ROUNDS):
        person = server.person()
        assert log_in(server, person, PASSWORD, agent=recovery.SAFARI).status == 200
        token = mailbox.wait_for(to=person.email, kind=NEW_DEVICE).token
        clients = [server.client() for _ in range(PARALLEL)]
        answers = at_once(PARALLEL, lambda i: clients[i].post("/auth/not-me", {"token": token}))
        outcomes = [answer.outcome for answer in answers]
        assert outcomes.count((200, None)) == 1 and outcomes.count(recovery.BAD_TOKEN) == PARALLEL - 1, outcomes
        server.wait_for_empty_outbox()
        assert len(mailbox.all(to=person.email, kind=RESET)) == 1
        assert len(recovery.audit(server, "START_PASSWORD_RESET", person)) == 1
        for client in clients:
            client.close()
