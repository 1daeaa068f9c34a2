"""GET /users and the sessions of others, as an administrator sees them (C07, E05, AZ-09, C12, C13, SE-08)."""

import base64
import json

import pytest

FIELDS = {"id", "email", "emailVerified", "username", "name", "role", "plan", "disabled", "createdAt", "updatedAt",
          "deletedAt"}
SESSION = {"id", "userId", "current", "createdAt", "lastSeenAt", "expiresAt", "ip", "userAgent", "device", "location",
           "method"}
REFUSED = (400, "VALIDATION_FAILED")


def ids(answer):
    assert answer.status == 200, answer
    return [user["id"] for user in answer.data]


# ---------------------------------------------------------------- C07: the list of users

def test_C07_the_list_is_for_admins_and_shows_the_contracts_fields_alone(server):
    person = server.person(role="editor")
    assert person.get("/users").outcome == (403, "INSUFFICIENT_PERMISSIONS")
    assert server.client().get("/users").outcome == (401, "AUTHENTICATION_REQUIRED")
    answer = server.admin.get("/users")
    assert answer.status == 200
    assert all(set(user) == FIELDS for user in answer.data)
    assert b"$argon2" not in answer.body and b"hash" not in answer.body
    assert answer.json["meta"] == {"page": 1, "limit": 20, "total": 2, "totalPages": 1}


def test_C07_search_role_and_deleted_narrow_it_together(server):
    ada = server.person(email="ada@math.example.org", username="countess", role="editor")
    bob = server.person(email="bob@math.example.org")
    gone = server.person(email="eve@math.example.org", role="editor")
    gone.delete("/auth/me")
    admin = server.admin
    assert set(ids(admin.get("/users?search=MATH.example"))) == {ada.id, bob.id}
    assert ids(admin.get("/users?search=COUNT")) == [ada.id]
    assert ids(admin.get("/users?role=editor")) == [ada.id]
    assert set(ids(admin.get("/users?role=editor&deleted=any"))) == {ada.id, gone.id}
    assert ids(admin.get("/users?role=editor&deleted=true&search=eve")) == [gone.id]
    assert ids(admin.get("/users?search=nobody")) == []
    assert admin.get("/users?search=math").json["meta"]["total"] == 2


@pytest.mark.parametrize("search", ["%25", "_", "a%25b", "%5C", "%27%20OR%201%3D1--", "%25%25%25%25%25", "*", "?"])
def test_C07_what_means_something_in_SQL_means_itself_in_a_search(server, search):
    server.person(email="ada@example.org")
    assert ids(server.admin.get(f"/users?search={search}")) == []


def test_C07_an_underscore_finds_an_underscore(server):
    person = server.person(email="a_b@example.org")
    server.person(email="axb@example.org")
    assert ids(server.admin.get("/users?search=a_b")) == [person.id]


def test_C07_the_list_is_newest_first_or_oldest_first(server):
    people = [server.admin] + [server.person() for _ in range(4)]
    in_order = [person.id for person in people]
    assert ids(server.admin.get("/users?sort=createdAt")) == in_order
    assert ids(server.admin.get("/users?sort=-createdAt")) == ids(server.admin.get("/users")) == in_order[::-1]


@pytest.mark.parametrize("sort", ["createdAt", "-createdAt"])
def test_C07_pages_and_cursors_walk_through_the_same_list(server, sort):
    people = [server.admin] + [server.person() for _ in range(6)]
    by_page, by_cursor = [], []
    for page in (1, 2, 3):
        answer = server.admin.get(f"/users?page={page}&limit=3&sort={sort}")
        assert answer.json["meta"] == {"page": page, "limit": 3, "total": 7, "totalPages": 3}
        by_page += ids(answer)
    cursor = ""
    while cursor is not None:
        answer = server.admin.get(f"/users?cursor={cursor}&limit=3&sort={sort}")
        assert set(answer.json["meta"]) == {"limit", "nextCursor"}, "what costs more at any depth is not counted"
        by_cursor += ids(answer)
        cursor = answer.json["meta"]["nextCursor"]
    assert by_page == by_cursor
    assert sorted(by_page) == sorted(person.id for person in people)
    assert ids(server.admin.get("/users?page=4&limit=3")) == []


def test_C07_a_new_user_does_not_shift_a_walk_by_cursor(server):
    for _ in range(3):
        server.person()
    first = server.admin.get("/users?cursor=&limit=2")
    server.person()
    second = server.admin.get(f"/users?cursor={first.json['meta']['nextCursor']}&limit=2")
    assert not set(ids(first)) & set(ids(second)) and len(ids(second)) == 2


@pytest.mark.parametrize("query", [
    "page=0", "page=-1", "page=1.5", "page=x", "page=", "page=1000001", "page=99999999999999999999", "limit=0",
    "limit=101", "limit=", "limit=ten", "sort=email", "sort=", "sort=--createdAt", "sort=createdat", "role=king",
    "deleted=yes", "deleted=TRUE", "page=1&cursor=", "page=1&page=2", "unknown=1", "Search=x", "limit=5&limit=5",
    "search=%zz", "search=%00", "search=%ff", "search=" + "x" * 255, "role=", "deleted="])
def test_C12_bad_parameters_are_refused(server, query):
    answer = server.admin.get("/users?" + query)
    assert answer.outcome == REFUSED, query
    assert answer.json["errors"]


def test_E06_every_bad_parameter_is_named_at_once(server):
    answer = server.admin.get("/users?page=0&limit=101&sort=email&role=king&deleted=yes")
    assert answer.outcome == REFUSED
    assert sorted(error["field"] for error in answer.json["errors"]) == ["deleted", "limit", "page", "role", "sort"]


def test_C12_each_bound_is_reached(server):
    for query in ("limit=100", "limit=1", "page=1000000", "search=" + "x" * 254):
        assert server.admin.get("/users?" + query).status == 200, query


@pytest.mark.parametrize("cursor", [
    "x", "1", "null", "0", "-1", "' OR '1'='1", "%27%3B%20DROP%20TABLE%20users--", "00000000-0000-0000-0000",
    base64.urlsafe_b64encode(json.dumps({"id": "x", "sql": "1 OR 1=1"}).encode()).decode(), "%00", "a" * 5000,
    "00000000-0000-7000-8000-00000000000G", "{00000000-0000-7000-8000-000000000000}"])
def test_AZ09_a_cursor_that_is_none_is_refused(server, cursor):
    for path in ("/users", "/sessions", f"/users/{server.admin.id}/sessions"):
        answer = server.admin.get(f"{path}?cursor={cursor.replace(' ', '%20')}")
        assert answer.status in (400, 414), (path, answer)


def test_AZ09_anothers_cursor_shows_nothing_that_is_not_ones_own(server):
    person, other = server.person(), server.person()
    for _ in range(3):
        person.log_in()
    theirs = other.session["id"]
    last = "ffffffff-ffff-7fff-bfff-ffffffffffff"
    for cursor in (theirs, last, person.id, "00000000-0000-7000-8000-000000000000"):
        answer = person.get(f"/sessions?cursor={cursor}")
        assert all(session["userId"] == person.id for session in answer.data)
        assert person.get(f"/users?cursor={cursor}").status == 403


# ---------------------------------------------------------------- SE-08, C13: the sessions of others

def test_SE08_an_admin_lists_and_ends_anybodys_sessions(server):
    person = server.person()
    browser = person.browser("cookie")
    other = server.person()
    answer = server.admin.get(f"/users/{person.id}/sessions")
    assert {session["id"] for session in answer.data} == {person.session["id"], browser.login.data["session"]["id"]}
    for session in answer.data:
        assert set(session) == SESSION
        assert session["userId"] == person.id and session["current"] is False
    assert answer.json["meta"] == {"page": 1, "limit": 20, "total": 2, "totalPages": 1}
    for secret in (person.refresh_token, person.access_token, browser.cookies["refreshToken"]):
        assert secret.encode() not in answer.body
    assert b"seed" not in answer.body and b"ghr_" not in answer.body

    assert server.admin.delete(f"/users/{person.id}/sessions").status == 200
    assert person.get("/profile").outcome == (401, "SESSION_REVOKED")
    assert person.refresh().outcome == (401, "INVALID_REFRESH_TOKEN")
    assert browser.get("/profile").outcome == (401, "SESSION_REVOKED")
    assert other.get("/profile").status == 200 and server.admin.get("/profile").status == 200
    assert server.admin.get(f"/users/{person.id}/sessions").data == []
    assert person.log_in(), "the account is not closed"
    entry, = server.rows("SELECT * FROM audit_entries WHERE action = 'REVOKE_SESSION'")
    assert (entry["actor_id"], entry["entity_id"]) == (server.admin.id, person.id)


def test_SE08_the_own_session_of_an_admin_is_marked(server):
    server.admin.browser("hybrid")
    current = [session["current"] for session in server.admin.get(f"/users/{server.admin.id}/sessions").data]
    assert sorted(current) == [False, True]


def test_SE08_others_sessions_are_for_admins_alone(server):
    person, other = server.person(), server.person(role="editor")
    for path in (person.id, other.id, "00000000-0000-7000-8000-000000000000", "x"):
        for method in ("GET", "DELETE"):
            answer = other.request(method, f"/users/{path}/sessions")
            assert answer.outcome == (403, "INSUFFICIENT_PERMISSIONS"), "one's own are at /sessions"
    assert person.get("/profile").status == 200
    for path in ("00000000-0000-7000-8000-000000000000", "x"):
        for method in ("GET", "DELETE"):
            assert server.admin.request(method, f"/users/{path}/sessions").outcome == (404, "NOT_FOUND")
    assert server.admin.delete(f"/users/{person.id}/sessions?except=current").outcome == REFUSED
    assert person.get("/profile").status == 200


def test_SE08_the_sessions_of_others_are_paged(server):
    person = server.person()
    for _ in range(4):
        person.log_in()
    first = server.admin.get(f"/users/{person.id}/sessions?cursor=&limit=3")
    rest = server.admin.get(f"/users/{person.id}/sessions?cursor={first.json['meta']['nextCursor']}&limit=3")
    assert len(first.data) == 3 and len(rest.data) == 2 and rest.json["meta"]["nextCursor"] is None
    assert server.admin.get(f"/users/{person.id}/sessions?limit=101").outcome == REFUSED


@pytest.mark.parametrize("most", [1, 3])
def test_C13_the_oldest_session_goes_when_there_are_too_many(start, most):
    server = start({"sessions": {"max_per_user": most}})
    people = [server.person() for _ in range(2)]
    mine = [server.person(), people[0]][1]
    logins = [server.client().post("/auth/login", {"email": mine.email, "password": mine.password,
                                                   "transport": "bearer"}).data for _ in range(most + 2)]
    for i, login in enumerate(logins):
        lives = i >= 2
        assert (server.client(token=login["accessToken"]).get("/profile").status == 200) == lives
        assert (server.client().post("/auth/refresh", {"refreshToken": login["refreshToken"]}).status == 200) == lives
    assert mine.get("/profile").status == 401, "the very first one"
    assert len(server.admin.get(f"/users/{mine.id}/sessions").data) == most
    assert people[1].get("/profile").status == 200, "everybody has the own number"


def test_C06_the_profile_tells_the_session_with_its_device(server):
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
    person = server.person()
    login = server.client().post("/auth/login", {"email": person.email, "password": person.password,
                                                 "transport": "bearer"}, headers=[("User-Agent", agent)]).data
    session = server.client(token=login["accessToken"]).get("/profile").data["session"]
    assert set(session) == SESSION
    assert session["current"] is True and session["ip"] == "127.0.0.1" and session["userAgent"] == agent
    assert (session["device"]["browser"], session["device"]["os"]) == ("Firefox", "Linux")
    assert session["method"] == "password" and session["location"] is None
