"""What happens when something goes wrong at the worst place: the tests' build has places where it can be ordered."""

import threading

from support.people import PASSWORD


def test_LG04_an_unexpected_exception_is_one_request_s_500(server):
    person = server.person()
    process = server.process.pid
    over = threading.Event()
    others = []

    def ordinary():
        client = server.client(token=person.access_token)
        while not over.is_set():
            others.append(client.get("/sessions").status)

    crowd = [threading.Thread(target=ordinary) for _ in range(4)]
    for one in crowd:
        one.start()
    for path in ("/profile", "/users"):  # answered from memory, and after waiting for the store
        server.order_fault("throw", "endpoint", path)
        failed = server.admin.get(path)
        assert failed.outcome == (500, "INTERNAL_ERROR")
        assert "ordered" not in failed.body.decode()
        assert server.admin.get(path).status == 200
        told = server.wait_for_event("request_failed", where=lambda entry: entry["requestId"] == failed.request_id)
        assert told["level"] == "error"
    over.set()
    for one in crowd:
        one.join()
    assert others and set(others) == {200}
    assert server.process.pid == process and server.process.poll() is None
    assert server.metrics().value("error_events_total", code="INTERNAL_ERROR") == 2


def test_F02_RT08_killed_between_commit_and_answer_the_retry_gets_the_same_successor(start):
    server = start()
    person = server.person()
    for _ in range(5):
        server.order_fault("crash", "answer", "/auth/refresh")
        try:
            answer = person.refresh()
        except Exception:  # the crash: no answer came
            answer = None
        assert answer is None
        server.process.wait(20)
        server.forget_crash()
        server.restart()
        assert server.rows("SELECT generation FROM sessions WHERE id = ?", person.session["id"])[0]["generation"] > 1
        again = [person.refresh() for _ in range(3)]
        assert [a.status for a in again] == [200, 200, 200]
        assert len({a.data["refreshToken"] for a in again}) == 1
        person.take(again[0].data)
        assert person.get("/profile").status == 200


def test_F02_a_registration_that_was_committed_and_not_answered_can_log_in(start):
    server = start()
    account = {"email": "ada@example.org", "password": PASSWORD}
    server.order_fault("crash", "answer", "/auth/register")
    try:
        server.client().post("/auth/register", account)
    except Exception:
        pass
    server.process.wait(20)
    server.forget_crash()
    server.restart()
    assert server.client().post("/auth/register", account).outcome == (409, "EMAIL_TAKEN")
    assert server.client().post("/auth/login", account).status == 200
