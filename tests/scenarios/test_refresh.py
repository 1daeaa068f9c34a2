"""Refresh tokens: rotation that honest retries survive and thieves do not (B06, B07, X01, RT rows).

The four cases of "confirmed rotation" by the set clock. `d` is the session's generation less the token's.
"""

import collections

from support.concurrency import at_once
from support.people import PASSWORD

STRICT = {"tokens": {"refresh_grace": "0s", "unconfirmed_retry": "0s"}}


def rotated(person):
    """(old refresh token, new tokens) after one refresh; the person still holds the old ones."""
    answer = person.refresh()
    assert answer.status == 200, answer
    return person.refresh_token, answer.data


def use(server, tokens):
    """Shows an access token, which confirms its generation."""
    assert server.client(token=tokens["accessToken"]).get("/profile").status == 200


def is_alive(server, tokens):
    return server.client(token=tokens["accessToken"]).get("/profile").status == 200


def assert_dead(server, tokens):
    """Neither of these works any more."""
    assert server.client(token=tokens["accessToken"]).get("/profile").outcome == (401, "SESSION_REVOKED")
    answer = server.client().post("/auth/refresh", {"refreshToken": tokens["refreshToken"]})
    assert answer.outcome == (401, "INVALID_REFRESH_TOKEN")


def session_row(server, person):
    row, = server.rows("SELECT * FROM sessions WHERE id = ?", person.session["id"])
    return row


# ---------------------------------------------------------------- B06: what the token is

def test_B06_the_refresh_token_is_opaque_strong_and_lasts_seven_days(server):
    person = server.person()
    answer = server.client().post("/auth/login", {"email": person.email, "password": PASSWORD, "transport": "bearer"})
    token = answer.data["refreshToken"]
    assert token.startswith("ghr_") and token.count(".") == 0
    assert len(token) - len("ghr_") >= 86, "64 bytes are 86 characters of base64url"
    assert answer.data["refreshExpiresIn"] == 7 * 24 * 3600


def test_B06_a_refresh_token_dies_after_seven_days(server):
    early, late = server.person(), server.person()
    server.advance("6d")
    assert early.refresh().status == 200
    server.advance("1d")
    assert late.refresh().outcome == (401, "INVALID_REFRESH_TOKEN")
    assert server.events("TOKEN_REUSE_DETECTED") == [], "too late is no theft"


def test_B06_a_refresh_token_can_be_revoked(server):
    person = server.person()
    assert person.delete(f"/sessions/{person.session['id']}").status == 200
    assert person.refresh().outcome == (401, "INVALID_REFRESH_TOKEN")


def test_B06_RT01_nothing_in_the_store_yields_a_refresh_token(server):
    person = server.person()
    old, new = rotated(person)
    use(server, new)
    kept = server.stored_bytes()
    for token in (old, new["refreshToken"]):
        # The characters after the session's id and the generation carry the secret; any 12 of them would be a leak.
        secret = token[len("ghr_") + 28:]
        assert not any(secret[i:i + 12].encode() in kept for i in range(0, len(secret) - 12, 4))
    assert new["accessToken"].split(".")[2].encode() not in kept


def test_B06_RT01_two_sessions_of_one_user_have_unrelated_tokens(server):
    person = server.person()
    first = person.refresh_token
    second = person.log_in().refresh_token
    assert first[40:] != second[40:]
    assert person.refresh(first).status == 200
    assert person.refresh(second).status == 200
    assert len(server.rows("SELECT id FROM sessions WHERE user_id = ?", person.id)) == 2


# ---------------------------------------------------------------- B07: rotation and reuse

def test_B07_a_refresh_issues_a_new_pair_and_adds_no_row(server):
    person = server.person()
    old, new = rotated(person)
    assert new["refreshToken"] != old and new["accessToken"] != person.access_token
    assert new["tokenType"] == "Bearer" and new["expiresIn"] == 900
    assert len(server.rows("SELECT id FROM sessions WHERE user_id = ?", person.id)) == 1
    assert session_row(server, person)["generation"] == 2


def test_B07_a_reused_refresh_token_revokes_the_family(server):
    person, bystander = server.person(), server.person()
    old, new = rotated(person)
    use(server, new)
    server.advance("11s")
    assert person.refresh(old).outcome == (401, "REFRESH_TOKEN_REUSED")
    assert_dead(server, new)
    assert person.refresh(old).outcome == (401, "INVALID_REFRESH_TOKEN"), "a theft is told once"
    assert bystander.get("/profile").status == 200

    event, = server.events("TOKEN_REUSE_DETECTED")
    assert event["user"] == person.id and event["session"] == person.session["id"] and event["level"] == "warn"
    assert server.metrics().value("refresh_token_reuse_total") == 1


def test_B07_after_a_theft_both_holders_log_in_again(server):
    person = server.person()
    old, new = rotated(person)
    use(server, new)
    server.advance("11s")
    person.refresh(old)
    person.log_in()
    assert person.get("/profile").status == 200 and person.refresh().status == 200
    assert_dead(server, new)


def test_B07_by_default_only_the_stolen_session_ends(server):
    person = server.person()
    elsewhere = server.client().post(
        "/auth/login", {"email": person.email, "password": PASSWORD, "transport": "bearer"}).data
    old, new = rotated(person)
    use(server, new)
    server.advance("11s")
    assert person.refresh(old).outcome == (401, "REFRESH_TOKEN_REUSED")
    assert is_alive(server, elsewhere)


def test_B07_E03_with_on_reuse_user_all_of_the_users_sessions_end(start):
    server = start({"tokens": {"on_reuse": "user"}})
    person, bystander = server.person(), server.person()
    elsewhere = server.client().post(
        "/auth/login", {"email": person.email, "password": PASSWORD, "transport": "bearer"}).data
    use(server, elsewhere)
    old, new = rotated(person)
    use(server, new)
    server.advance("11s")
    assert person.refresh(old).outcome == (401, "REFRESH_TOKEN_REUSED")
    assert_dead(server, new)
    assert_dead(server, elsewhere)
    assert bystander.get("/profile").status == 200


def test_B07_the_grandparent_is_a_reuse_even_at_once(server):
    person = server.person()
    old, new = rotated(person)
    newer = person.refresh(new["refreshToken"]).data
    assert person.refresh(old).outcome == (401, "REFRESH_TOKEN_REUSED")
    assert_dead(server, newer)


# ---------------------------------------------------------------- X01: retries

def test_X01_a_lost_answer_is_repeated_with_the_same_child(server):
    person = server.person()
    old, new = rotated(person)
    again = person.refresh(old)
    assert again.status == 200
    assert again.data["refreshToken"] == new["refreshToken"]
    assert session_row(server, person)["generation"] == 2, "a retry rotates nothing"
    assert is_alive(server, again.data) and is_alive(server, new)
    assert server.events("TOKEN_REUSE_DETECTED") == []


def test_X01_while_nobody_used_the_child_a_retry_works_for_a_day(server):
    person = server.person()
    old, new = rotated(person)
    server.advance("23h")
    again = person.refresh(old)
    assert again.status == 200 and again.data["refreshToken"] == new["refreshToken"]
    server.advance("2h")
    assert person.refresh(old).outcome == (401, "REFRESH_TOKEN_REUSED")
    assert person.refresh(new["refreshToken"]).outcome == (401, "INVALID_REFRESH_TOKEN")


def test_X01_the_window_of_unconfirmed_retries_is_settable(start):
    server = start({"tokens": {"unconfirmed_retry": "5m"}})
    person = server.person()
    old, new = rotated(person)
    server.advance("4m")
    assert person.refresh(old).data["refreshToken"] == new["refreshToken"]
    server.advance("2m")
    assert person.refresh(old).outcome == (401, "REFRESH_TOKEN_REUSED")


def test_X01_within_the_grace_a_retry_works_even_when_the_child_was_used(server):
    person = server.person()
    old, new = rotated(person)
    use(server, new)
    server.advance("5s")
    again = person.refresh(old)
    assert again.status == 200 and again.data["refreshToken"] == new["refreshToken"]
    assert is_alive(server, new)


def test_X01_retries_do_not_extend_the_grace(server):
    person = server.person()
    old, new = rotated(person)
    use(server, new)
    server.advance("6s")
    assert person.refresh(old).status == 200
    server.advance("6s")
    assert person.refresh(old).outcome == (401, "REFRESH_TOKEN_REUSED")
    assert_dead(server, new)


def test_X01_the_childs_access_token_confirms_it_on_a_proxied_route_too(start, upstream):
    server = start(upstream.settings(("GET /x", "user")))
    person = server.person()
    old, new = rotated(person)
    assert server.client(token=new["accessToken"]).get("//x").status == 200
    server.advance("11s")
    assert person.refresh(old).outcome == (401, "REFRESH_TOKEN_REUSED")


def test_X01_the_parents_access_token_confirms_nothing(server):
    person = server.person()
    old, new = rotated(person)
    assert person.get("/profile").status == 200, "rotation does not shorten an access token that is still valid"
    server.advance("11s")
    assert person.refresh(old).data["refreshToken"] == new["refreshToken"]


def test_X01_a_refused_access_token_confirms_nothing(server):
    person = server.person()
    old, new = rotated(person)
    broken = new["accessToken"][:-4] + ("AAAA" if new["accessToken"][-4:] != "AAAA" else "BBBB")
    assert server.client(token=broken).get("/profile").outcome == (401, "INVALID_TOKEN")
    server.advance("11s")
    assert person.refresh(old).status == 200


def test_X01_a_confirmation_survives_a_restart(server):
    person = server.person()
    old, new = rotated(person)
    use(server, new)
    server.restart()
    server.advance("11s")
    assert person.refresh(old).outcome == (401, "REFRESH_TOKEN_REUSED")
    assert_dead(server, new)


def test_X01_a_retry_finds_the_same_child_after_a_crash(server):
    person = server.person()
    old, new = rotated(person)
    server.kill9()
    server.restart()
    assert person.refresh(old).data["refreshToken"] == new["refreshToken"]
    assert is_alive(server, new)


def test_X01_a_retry_after_the_childs_own_end_is_too_late_but_no_theft(start):
    server = start({"tokens": {"refresh_ttl": "1h"}})
    person = server.person()
    old, new = rotated(person)
    server.advance("61m")
    assert person.refresh(old).outcome == (401, "INVALID_REFRESH_TOKEN")
    assert server.events("TOKEN_REUSE_DETECTED") == []
    assert session_row(server, person)["revoked_at"] is None


def test_X01_a_token_newer_than_the_store_ends_the_session(server):
    """A restored backup has lost a rotation: which of two later tokens is the honest one can no longer be told."""
    person = server.person()
    server.stop()
    backup = (server.data / "gatehouse.db").read_bytes()
    server.start()
    old, new = rotated(person)
    server.stop()
    for name in ("gatehouse.db-wal", "gatehouse.db-shm"):
        (server.data / name).unlink(missing_ok=True)
    (server.data / "gatehouse.db").write_bytes(backup)
    server.start()
    assert person.refresh(new["refreshToken"]).outcome == (401, "REFRESH_TOKEN_REUSED")
    assert person.refresh(old).outcome == (401, "INVALID_REFRESH_TOKEN")


def test_X01_with_both_windows_at_zero_rotation_is_strict(start):
    server = start(STRICT)
    person = server.person()
    old, new = rotated(person)
    assert person.refresh(old).outcome == (401, "REFRESH_TOKEN_REUSED")
    assert_dead(server, new)


def test_X01_by_cookie_two_tabs_get_the_same_child(server):
    person = server.person()
    tab = server.client(jar=True)
    tab.post("/auth/login", {"email": person.email, "password": PASSWORD, "transport": "hybrid"})
    tab.csrf = tab.cookies["csrfToken"]
    second = server.client(jar=True)
    second.cookies.update(tab.cookies)
    second.csrf = tab.csrf
    assert tab.post("/auth/refresh").status == 200
    assert second.post("/auth/refresh").status == 200
    assert tab.cookies["refreshToken"] == second.cookies["refreshToken"]


# ---------------------------------------------------------------- RT rows

def test_RT02_every_use_rotates(server):
    person = server.person()
    seen = {person.refresh_token}
    for _ in range(10):
        person.take(person.refresh().data)
        assert person.refresh_token not in seen
        seen.add(person.refresh_token)
    assert session_row(server, person)["generation"] == 11


def test_RT03_all_of_64_simultaneous_refreshes_get_the_same_child(server):
    person = server.person()
    clients = [server.client() for _ in range(64)]
    body = {"refreshToken": person.refresh_token}
    answers = at_once(64, lambda i: clients[i].post("/auth/refresh", body))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.data["refreshToken"] for answer in answers}) == 1
    assert session_row(server, person)["generation"] == 2
    assert server.events("TOKEN_REUSE_DETECTED") == []


def test_RT03_strict_rotation_has_exactly_one_winner(start):
    server = start(STRICT)
    person = server.person()
    clients = [server.client() for _ in range(32)]
    body = {"refreshToken": person.refresh_token}
    answers = at_once(32, lambda i: clients[i].post("/auth/refresh", body))
    outcomes = collections.Counter(answer.outcome for answer in answers)
    assert outcomes == {(200, None): 1, (401, "REFRESH_TOKEN_REUSED"): 1, (401, "INVALID_REFRESH_TOKEN"): 30}
    winner, = [answer.data for answer in answers if answer.status == 200]
    assert_dead(server, winner)


def test_RT04_detection_does_not_depend_on_the_clock(server):
    person = server.person()
    spent = []
    for _ in range(20):  # all within one second
        spent.append(person.refresh_token)
        person.take(person.refresh().data)
    assert person.refresh(spent[0]).outcome == (401, "REFRESH_TOKEN_REUSED")
    assert person.refresh().outcome == (401, "INVALID_REFRESH_TOKEN")


def test_RT04_each_spent_ancestor_is_recognised(server):
    for back in (2, 3, 7):
        person = server.person()
        spent = []
        for _ in range(8):
            spent.append(person.refresh_token)
            person.take(person.refresh().data)
        assert person.refresh(spent[-back]).outcome == (401, "REFRESH_TOKEN_REUSED"), back


def test_RT05_detection_survives_a_crash(server):
    person = server.person()
    first = person.refresh_token
    person.take(person.refresh().data)
    person.take(person.refresh().data)
    server.kill9()
    server.restart()
    assert person.refresh(first).outcome == (401, "REFRESH_TOKEN_REUSED")
    assert person.refresh().outcome == (401, "INVALID_REFRESH_TOKEN")
    server.kill9()
    server.restart()
    assert person.refresh().outcome == (401, "INVALID_REFRESH_TOKEN"), "the revocation was committed"
    assert person.get("/profile").outcome == (401, "SESSION_REVOKED")


def test_RT09_refreshing_never_extends_the_absolute_lifetime(start):
    server = start({"sessions": {"idle_ttl": "1d", "absolute_ttl": "2d"}})
    person = server.person()
    for hour in range(12, 48, 12):
        server.advance("12h")
        answer = person.refresh()
        assert answer.status == 200, f"after {hour} h"
        person.take(answer.data)
        assert answer.data["refreshExpiresIn"] <= (48 - hour) * 3600
    server.advance("12h")
    assert person.refresh().outcome == (401, "INVALID_REFRESH_TOKEN")
    assert person.get("/profile").status == 401


def test_RT09_an_idle_family_dies(start):
    server = start({"sessions": {"idle_ttl": "1d", "absolute_ttl": "30d"}})
    person = server.person()
    server.advance("23h")
    person.take(person.refresh().data)
    server.advance("23h")
    person.take(person.refresh().data)
    server.advance("25h")
    assert person.refresh().outcome == (401, "INVALID_REFRESH_TOKEN")


def test_RT11_answers_with_tokens_are_never_stored(server):
    person = server.person()
    assert person.refresh().header("Cache-Control") == "no-store"
    assert person.refresh("ghr_x").header("Cache-Control") == "no-store"
    login = server.client().post("/auth/login", {"email": person.email, "password": PASSWORD})
    assert login.header("Cache-Control") == "no-store"


def test_SE11_only_the_whole_exact_refresh_token_works(server):
    person = server.person()
    good = person.refresh_token
    flipped = good[:60] + ("A" if good[60] != "A" else "B") + good[61:]
    for bad in [good[:-1], good[:50], good[4:], good + "A", good + "=", " " + good, good.swapcase(), good.upper(),
                flipped, "ghr_", "null"]:
        assert person.refresh(bad).outcome == (401, "INVALID_REFRESH_TOKEN"), bad
    assert person.refresh(good + "\0").status in (400, 401)
    assert session_row(server, person)["generation"] == 1
    assert person.refresh(good).status == 200


def test_C12_refresh_refuses_what_is_no_refresh_token(server):
    client = server.client()
    assert client.post("/auth/refresh").outcome == (401, "AUTHENTICATION_REQUIRED")
    for value in (True, None, 7, [], {}):
        assert client.post("/auth/refresh", {"refreshToken": value}).status in (400, 401), value
    assert client.post("/auth/refresh", {"refreshToken": "x" * 2000}).status in (400, 401)
    assert client.post("/auth/refresh", {"token": "x"}).outcome == (400, "VALIDATION_FAILED")
