"""RT-03, RT-06, RT-08: refreshes against each other, against the end of their session, and with answers that get lost."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.waiting import wait_until
from support.wire import Wire

STRICT = {"tokens": {"refresh_grace": "0s", "unconfirmed_retry": "0s"}}


def refresh_bytes(token):
    body = json.dumps({"refreshToken": token}).encode()
    return (b"POST /api/v1/auth/refresh HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
            % (len(body), body))


def refresh_at_once(server, pool, token, connections=32, each=8):
    """All answers of connections × each refreshes with one token, started together."""
    ready = threading.Barrier(connections)

    def ask(_number):
        with Wire(server.address) as wire:
            ready.wait()
            wire.send(refresh_bytes(token) * each)
            return [wire.answer() for _ in range(each)]

    return [answer for part in pool.map(ask, range(connections)) for answer in part]


def generation(server, person):
    (row,) = server.rows("SELECT generation FROM sessions WHERE id = $1", person.session["id"])
    return row["generation"]


def test_RT03_of_256_refreshes_at_once_all_get_the_one_successor(start):
    server = start()
    person = server.person()
    with ThreadPoolExecutor(32) as pool:
        for _ in range(6):
            before = generation(server, person)
            answers = refresh_at_once(server, pool, person.refresh_token)
            assert [a.status for a in answers] == [200] * 256
            successors = {a.data["refreshToken"] for a in answers}
            assert len(successors) == 1 and person.refresh_token not in successors
            assert generation(server, person) == before + 1
            person.take(answers[0].data)
    assert person.get("/profile").status == 200
    assert len(server.rows("SELECT id FROM sessions WHERE user_id = $1", person.id)) == 1


def test_RT03_strictly_one_wins_and_the_rest_is_a_theft(start):
    server = start(STRICT)
    with ThreadPoolExecutor(32) as pool:
        for _ in range(4):
            person = server.person()
            answers = refresh_at_once(server, pool, person.refresh_token)
            outcomes = [a.outcome for a in answers]
            assert outcomes.count((200, None)) == 1, outcomes
            assert set(outcomes) - {(200, None)} <= {(401, "REFRESH_TOKEN_REUSED"), (401, "INVALID_REFRESH_TOKEN")}
            assert (401, "REFRESH_TOKEN_REUSED") in outcomes
            winner = next(a for a in answers if a.status == 200).data
            # The winner may have been the thief: the whole session is gone.
            assert server.client(token=winner["accessToken"]).get("/profile").outcome == (401, "SESSION_REVOKED")
            assert person.refresh(winner["refreshToken"]).status == 401


ENDS = {
    "logout": lambda server, person: server.client(token=person.access_token).post("/auth/logout"),
    "delete session": lambda server, person: person.delete(f"/sessions/{person.session['id']}"),
    "disable": lambda server, person: server.admin.set_disabled(person),
    "delete user": lambda server, person: person.delete("/auth/me"),
}


@pytest.mark.parametrize("end", ENDS)
def test_RT06_no_token_of_a_refresh_in_flight_outlives_the_end_of_the_session(start, end):
    server = start()
    server.admin  # logged in beforehand: not part of the race
    ended = 0
    for _ in range(12):
        person = server.person()
        ready = threading.Barrier(5)

        def refreshes(_number, person=person, ready=ready):
            token, got = person.refresh_token, []
            with Wire(server.address) as wire:
                ready.wait()
                for _ in range(6):
                    answer = wire.send(refresh_bytes(token)).answer()
                    assert answer.status in (200, 401, 403), answer
                    if answer.status != 200:
                        break
                    got.append(answer.data)
                    token = answer.data["refreshToken"]
            return got

        with ThreadPoolExecutor(4) as pool:
            racing = [pool.submit(refreshes, number) for number in range(4)]
            ready.wait()
            answer = ENDS[end](server, person)
            # One of the four may fall two rotations behind: that is a reuse, and has ended the session first.
            assert answer.outcome in ((200, None), (401, "SESSION_REVOKED"), (404, "NOT_FOUND")), answer
            ended += answer.status == 200
            got = [tokens for one in racing for tokens in one.result()]
        for tokens in got:
            assert server.client(token=tokens["accessToken"]).get("/profile").outcome == (401, "SESSION_REVOKED")
        for token in {tokens["refreshToken"] for tokens in got} | {person.refresh_token}:
            assert person.refresh(token).status in (401, 403)
    assert ended > 0


def test_RT08_an_answer_that_got_lost_is_given_again(start):
    server = start()
    for _ in range(10):
        person = server.person()
        before = generation(server, person)
        wire = Wire(server.address).send(refresh_bytes(person.refresh_token))
        wait_until(lambda: generation(server, person) == before + 1)
        wire.reset()  # whether the answer was on its way or not: it was never read
        again, twice = person.refresh(), person.refresh()
        assert again.status == twice.status == 200
        assert again.data["refreshToken"] == twice.data["refreshToken"]
        assert generation(server, person) == before + 1
        assert person.refresh(again.data["refreshToken"]).status == 200
        assert server.client(token=again.data["accessToken"]).get("/profile").status == 200
