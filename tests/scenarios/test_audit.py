"""The audit trail: what it tells, who may read it, and that it tells neither too much nor too little."""

import json
import re

import pytest
from support import audit
from support.concurrency import at_once
from support.people import PASSWORD

OBJECT = ["id", "seq", "action", "actor", "entity", "ip", "requestId", "metadata", "createdAt", "hash"]
HASH = re.compile(r"[0-9a-f]{64}")


def listed(server, query=""):
    answer = server.admin.get(f"/audit?limit=100{query}")
    assert answer.status == 200, answer
    return answer.data


def since(server, seq, action=None):
    """What came after `seq`, oldest first; without the admin's own logins."""
    found = [e for e in reversed(listed(server)) if e["seq"] > seq]
    return [e for e in found if action is None or e["action"] == action]


def newest(server):
    return listed(server)[0]["seq"]


def another_login(person):
    """The answer's data of one more bearer login; the person's own tokens stay."""
    answer = person.server.client().post(
        "/auth/login", {"email": person.email, "password": person.password, "transport": "bearer"})
    assert answer.status == 200, answer
    return answer.data


# ---- E07: what is told

def test_E07_an_entry_has_the_members_of_the_contract(server):
    person = server.person()
    entry = listed(server, f"&actor={person.id}&action=LOGIN")[0]
    assert list(entry) == OBJECT
    assert entry["actor"] == {"id": person.id, "email": person.email}
    assert entry["entity"] == {"type": "user", "id": person.id}
    assert entry["ip"] == "127.0.0.1" and HASH.fullmatch(entry["hash"])
    assert entry["metadata"] == {"detail": "password", "sessionId": person.session["id"]}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", entry["createdAt"])
    line, = [e for e in server.events("LOGIN") if e["user"] == person.id]
    assert line["requestId"] == entry["requestId"], "the log of the request is found by it"


def did(server, action):
    """Runs `action`; its answer, and the entries that it made."""
    before = newest(server)
    answer = action()
    return answer, since(server, before)


def test_E07_every_action_is_told_once_with_who_what_and_where(server):
    person = server.person()
    other = another_login(person)["session"]["id"]

    def wrong():
        return server.client().post("/auth/login", {"email": person.email, "password": "not-this-one-at-all"})

    def unknown():
        return server.client().post("/auth/login", {"email": "nobody@example.org", "password": PASSWORD})

    def entity(kind, of):
        return {"type": kind, "id": of}

    ended = another_login(person)
    steps = [
        (wrong, 401, "LOGIN_FAILED", None, entity("user", person.id), {"detail": "wrong_password"}),
        (unknown, 401, "LOGIN_FAILED", None, None, {"detail": "unknown_account"}),
        (lambda: server.client().post("/auth/logout", {"refreshToken": ended["refreshToken"]}), 200, "LOGOUT",
         person.id, entity("session", ended["session"]["id"]), {"detail": "logout", "userId": person.id}),
        (lambda: person.delete(f"/sessions/{other}"), 200, "REVOKE_SESSION", person.id, entity("session", other),
         {"detail": "by_user", "userId": person.id}),
        (lambda: server.admin.set_role(person, "editor"), 200, "CHANGE_ROLE", server.admin.id,
         entity("user", person.id), {"role": "editor", "was": "viewer"}),
        (lambda: server.admin.set_plan(person, "paid"), 200, "CHANGE_PLAN", server.admin.id,
         entity("user", person.id), {"plan": "paid", "was": "free"}),
        (lambda: server.admin.set_disabled(person, True), 200, "CHANGE_DISABLED", server.admin.id,
         entity("user", person.id), {"disabled": True, "sessionsEnded": 1}),
        (lambda: server.client().post("/auth/login", {"email": person.email, "password": PASSWORD}), 403,
         "LOGIN_FAILED", None, entity("user", person.id), {"detail": "ACCOUNT_DISABLED"}),
        (lambda: server.admin.set_disabled(person, False), 200, "CHANGE_DISABLED", server.admin.id,
         entity("user", person.id), {"disabled": False, "sessionsEnded": 0}),
    ]
    for action, status, name, actor, about, metadata in steps:
        answer, made = did(server, action)
        assert answer.status == status, (name, answer)
        assert [e["action"] for e in made] == [name]
        entry = made[0]
        assert (entry["actor"] and entry["actor"]["id"]) == actor, entry
        assert entry["entity"] == about and entry["metadata"] == metadata, entry
        assert entry["ip"] == "127.0.0.1" and entry["requestId"] == answer.request_id
    audit.assert_chain(server)


def test_E07_registrations_and_deletions_are_told(server):
    before = newest(server)
    person = server.person()
    answer = person.delete("/auth/me")
    assert answer.status == 200
    made = since(server, before)
    assert [e["action"] for e in made] == ["CREATE_USER", "LOGIN", "DELETE_USER"]
    assert [e["entity"] for e in made] == [{"type": "user", "id": person.id}] * 3
    assert made[0]["actor"] is None and made[0]["metadata"] == {"role": "viewer", "detail": "registration"}
    assert made[2]["actor"] == {"id": person.id, "email": person.email}
    assert made[2]["metadata"]["sessionsEnded"] == 1
    seeded = listed(server, "&action=CREATE_USER")[-1]
    assert seeded["metadata"] == {"role": "admin", "detail": "settings"}
    assert seeded["actor"] is None and seeded["ip"] is None and seeded["requestId"] is None


def test_E07_several_sessions_that_end_together_are_one_entry_with_their_number(server):
    person = server.person()
    for _ in range(3):
        another_login(person)
    _, made = did(server, lambda: person.delete("/sessions?except=current"))
    assert [e["action"] for e in made] == ["REVOKE_SESSION"]
    assert made[0]["entity"] == {"type": "user", "id": person.id}
    assert made[0]["metadata"] == {"sessionsEnded": 3, "detail": "by_user"}
    _, made = did(server, lambda: person.delete("/sessions?except=current"))
    assert made == [], "nothing ended, nothing is told"


def test_E07_the_oldest_session_that_a_login_pushes_out_is_told(start):
    server = start({"sessions": {"max_per_user": 1}})
    person = server.person()
    server.admin.log_in()
    before = newest(server)
    oldest = person.session["id"]
    person.log_in()
    made = [e for e in since(server, before) if e["entity"]["id"] in (person.id, oldest)]
    assert [(e["action"], e["entity"]) for e in made] == [
        ("LOGIN", {"type": "user", "id": person.id}), ("REVOKE_SESSION", {"type": "session", "id": oldest})]
    assert made[1]["metadata"]["detail"] == "too_many"


def test_E07_a_rehash_at_login_is_told_once(start):
    server = start({"passwords": {"hash": "bcrypt"}})
    person = server.person()
    server.settings["passwords"] = {"hash": "argon2id"}
    server.restart()
    server.admin.log_in()
    person.log_in()
    person.log_in()
    told = [e for e in listed(server, "&action=REHASH_PASSWORD") if e["entity"]["id"] == person.id]
    assert len(told) == 1


def test_E07_refreshes_and_reads_make_no_entry(server):
    person = server.person()
    before = newest(server)
    person.take(person.refresh().data)
    assert person.get("/profile").status == person.get("/sessions").status == 200
    assert since(server, before) == []
    assert len(server.events("REFRESH")) == 0 or "auditEntry" not in server.events("REFRESH")[0]


def test_E07_what_is_refused_makes_no_entry(server):
    person, other = server.person(), server.person()
    before = newest(server)
    assert person.put(f"/users/{other.id}/role", {"role": "admin"}).status == 403
    assert person.delete(f"/sessions/{other.session['id']}").status == 404
    assert server.admin.put(f"/users/{server.admin.id}/role", {"role": "viewer"}).status == 409
    assert server.admin.put(f"/users/{other.id}/role", {"role": "king"}).status == 400
    assert server.client().post("/auth/register", {"email": other.email, "password": PASSWORD}).status == 409
    assert since(server, before) == []
    assert server.client().post("/auth/logout").status == 200, "of nobody"
    assert since(server, before) == []


def test_RT02_a_theft_is_one_entry_and_the_session_is_dead(server):
    person = server.person()
    stolen = person.refresh_token
    person.take(person.refresh().data)
    assert person.get("/profile").status == 200
    server.advance("11s")
    server.admin.log_in()
    before = newest(server)
    assert person.refresh(stolen).outcome == (401, "REFRESH_TOKEN_REUSED")
    assert person.refresh(stolen).outcome == (401, "INVALID_REFRESH_TOKEN")
    assert person.refresh().outcome == (401, "INVALID_REFRESH_TOKEN"), "the successor is dead too"
    made = since(server, before)
    assert [e["action"] for e in made] == ["TOKEN_REUSE_DETECTED"]
    assert made[0]["entity"] == {"type": "session", "id": person.session["id"]}
    assert made[0]["actor"] is None, "who it was nobody knows"
    assert made[0]["metadata"] == {"sessionsEnded": 1, "userId": person.id}
    assert [e["outcome"] for e in audit.entries(server) if e["action"] == "TOKEN_REUSE_DETECTED"] == ["failure"]


def test_RT02_a_theft_raced_by_many_is_one_entry(server):
    person = server.person()
    stolen = person.refresh_token
    person.take(person.refresh().data)
    assert person.get("/profile").status == 200
    server.advance("11s")
    answers = at_once(16, lambda i: person.refresh(stolen))
    codes = [answer.code for answer in answers]
    assert codes.count("REFRESH_TOKEN_REUSED") == 1 and codes.count("INVALID_REFRESH_TOKEN") == 15
    assert len([e for e in audit.entries(server) if e["action"] == "TOKEN_REUSE_DETECTED"]) == 1


# ---- E07: reading it

def test_E07_an_admin_filters_by_actor_action_entity_and_time(server):
    ada, bob = server.person(), server.person()
    server.admin.set_role(ada, "editor")
    assert {e["actor"]["id"] for e in listed(server, f"&actor={bob.id}")} == {bob.id}
    assert {e["action"] for e in listed(server, "&action=CHANGE_ROLE")} == {"CHANGE_ROLE"}
    about_ada = listed(server, f"&entity={ada.id}")
    assert [e["action"] for e in about_ada] == ["CHANGE_ROLE", "LOGIN", "CREATE_USER"]
    assert listed(server, f"&entity=user:{ada.id}") == about_ada
    assert listed(server, f"&entity=session:{ada.id}") == []
    assert {e["entity"]["type"] for e in listed(server, "&entity=user")} == {"user"}
    assert [e["action"] for e in listed(server, f"&entity={ada.id}&action=LOGIN&actor={ada.id}")] == ["LOGIN"]
    server.advance("1m")
    bob.log_in()
    server.admin.log_in()
    late = listed(server, f"&actor={bob.id}")[0]["createdAt"]
    assert [e["action"] for e in listed(server, f"&actor={bob.id}&from={late}")] == ["LOGIN"]
    assert late not in [e["createdAt"] for e in listed(server, f"&to={late}")], "`to` is not included"
    everything = listed(server)
    assert listed(server, f"&from={late}") + listed(server, f"&to={late}") == everything
    local = late.replace("Z", "+00:00").replace("+", "%2B")
    assert listed(server, f"&from={local}") == listed(server, f"&from={late}")


def test_E07_it_is_read_newest_first_by_page_and_by_cursor(server):
    for _ in range(5):
        server.person()
    everything = listed(server)
    seqs = [e["seq"] for e in everything]
    assert seqs == list(range(len(seqs), 0, -1)), "no gaps"
    page = server.admin.get("/audit?page=2&limit=4")
    assert page.data == everything[4:8]
    assert page.json["meta"] == {"page": 2, "limit": 4, "total": len(seqs), "totalPages": -(-len(seqs) // 4)}
    read, cursor = [], ""
    while cursor is not None:
        answer = server.admin.get(f"/audit?cursor={cursor}&limit=4")
        assert set(answer.json["meta"]) == {"limit", "nextCursor"}
        read += answer.data
        cursor = answer.json["meta"]["nextCursor"]
    assert read == everything
    assert listed(server, "&sort=createdAt") == everything[::-1]
    assert server.admin.get("/audit?sort=createdAt&cursor=3&limit=2").data == everything[::-1][3:5]
    assert server.admin.get("/audit").json["meta"]["limit"] == 20


def test_E07_of_a_purged_user_the_entries_stay_without_the_address(server):
    person = server.person()
    audit.tamper(server, "DELETE FROM sessions WHERE user_id = ?", person.id)
    audit.tamper(server, "DELETE FROM users WHERE id = ?", person.id)
    entry = listed(server, f"&actor={person.id}")[0]
    assert entry["actor"] == {"id": person.id, "email": None}
    assert person.email not in json.dumps(audit.entries(server)), "it never stood in the trail itself"


@pytest.mark.parametrize("query, fields", [
    ("actor=me", ["actor"]),
    ("actor=", ["actor"]),
    ("action=login", ["action"]),
    ("action=", ["action"]),
    ("entity=", ["entity"]),
    ("entity=user:", ["entity"]),
    ("entity=%27%3B--", ["entity"]),
    ("entity=user:a:b", ["entity"]),
    ("entity=" + "a" * 129, ["entity"]),
    ("entity=" + "a" * 33 + ":b", ["entity"]),
    ("from=yesterday", ["from"]),
    ("from=2026-11-20", ["from"]),
    ("to=2026-02-30T00:00:00Z", ["to"]),
    ("from=2026-11-21T00:00:00Z&to=2026-11-20T00:00:00Z", ["to"]),
    ("limit=0", ["limit"]), ("limit=101", ["limit"]), ("page=0", ["page"]), ("page=1000001", ["page"]),
    ("cursor=x", ["cursor"]), ("cursor=0", ["cursor"]), ("cursor=9223372036854775808", ["cursor"]),
    ("cursor=1&page=1", ["cursor"]),
    ("sort=seq", ["sort"]),
    ("actor=1&actor=2", ["actor", "actor"]),
    ("colour=red", ["colour"]),
    ("colour=red&actor=me&action=x&entity=&from=x&to=y&limit=x&sort=x&page=x&cursor=x",
     ["colour", "limit", "sort", "page", "cursor", "cursor", "actor", "action", "entity", "from", "to"]),
])
def test_E07_wrong_parameters_are_named_every_one(server, query, fields):
    answer = server.admin.get(f"/audit?{query}")
    assert answer.outcome == (400, "VALIDATION_FAILED")
    assert sorted(error["field"] for error in answer.json["errors"]) == sorted(fields)


def test_E07_the_longest_entity_is_taken(server):
    assert listed(server, "&entity=" + "a" * 128) == []
    assert listed(server, "&entity=" + "a" * 32 + ":" + "b" * 128) == []
    assert listed(server, "&cursor=9223372036854775807") != []


def test_E07_only_an_admin_reads_it(server):
    person = server.person(role="editor")
    assert server.client().get("/audit").outcome == (401, "AUTHENTICATION_REQUIRED")
    assert person.get("/audit?limit=0").outcome == (403, "INSUFFICIENT_PERMISSIONS"), "before the query is looked at"
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert server.admin.request(method, "/audit").outcome == (405, "METHOD_NOT_ALLOWED")
    assert server.admin.head("/audit").status == 200


def test_D03_the_admin_allowlist_covers_the_audit_trail(start):
    server = start({"server": {"admin_allow": ["127.0.0.2/32"]}})
    listening = server.client(source="127.0.0.2", token=server.admin.access_token)
    assert listening.get("/audit").status == 200
    elsewhere = server.client(source="127.0.0.3", token=server.admin.access_token)
    refused = elsewhere.get("/audit")
    assert refused.outcome == (403, "ADDRESS_NOT_ALLOWED")
    assert "hash" not in refused.json
    person = server.client(source="127.0.0.2", token=server.person().access_token)
    assert person.get("/audit").outcome == (403, "INSUFFICIENT_PERMISSIONS"), "the right address is no role"


# ---- LG-05: the matrix of events, log and trail

def test_LG05_every_event_tells_who_what_when_where_and_the_outcome_in_log_and_trail(server):
    person = server.person(role="editor")
    other = another_login(person)["session"]["id"]
    denied = person.get("/users")
    assert denied.outcome == (403, "INSUFFICIENT_PERMISSIONS")
    server.client().post("/auth/login", {"email": person.email, "password": "not-this-one-at-all"})
    person.delete(f"/sessions/{other}")
    stolen = person.refresh_token
    person.take(person.refresh().data)
    person.get("/profile")
    server.advance("11s")
    person.refresh(stolen)
    server.admin.log_in()
    server.admin.set_plan(person, "paid")
    server.admin.set_disabled(person, True)
    server.reload()
    server.advance("91d")  # past tokens.key_rotation
    server.admin.log_in()
    wanted = {  # action -> is there an actor, an entity's type, the outcome
        "CREATE_USER": (False, "user", "success"), "LOGIN": (True, "user", "success"),
        "LOGIN_FAILED": (False, "user", "failure"), "REVOKE_SESSION": (True, "session", "success"),
        "TOKEN_REUSE_DETECTED": (False, "session", "failure"), "CHANGE_ROLE": (True, "user", "success"),
        "CHANGE_PLAN": (True, "user", "success"), "CHANGE_DISABLED": (True, "user", "success"),
        "RELOAD_SETTINGS": (False, "settings", "success"), "ROTATE_KEY": (False, "signing_key", "success"),
    }
    server.settle_log()
    lines = {line["auditEntry"]: line for line in server.log() if "auditEntry" in line}
    trail = audit.entries(server)
    assert {entry["action"] for entry in trail} == set(wanted)
    assert len(lines) == len(trail), "each entry is told once in the log, and nothing else is"
    for entry in trail:
        actor, kind, outcome = wanted[entry["action"]]
        assert (entry["actor_id"] != "", entry["entity_type"], entry["outcome"]) == (actor, kind, outcome), entry
        line = lines[f"{entry['seq']}:{entry['hash']}"]
        assert (line["event"], line["message"], line["actor"]) == (entry["action"], outcome, entry["actor_id"])
        assert line["time"].endswith("Z") and entry["created_at"] > 0
        by_itself = entry["action"] in ("RELOAD_SETTINGS", "ROTATE_KEY") or entry["more"].get("detail") == "settings"
        assert (line["ip"], line["requestId"]) == (entry["ip"], entry["request_id"])
        assert (entry["ip"] == "") == by_itself == (entry["request_id"] == "")
    refusal, = [e for e in server.events("request") if e["id"] == denied.request_id]
    assert (refusal["status"], refusal["code"], refusal["user"]) == (403, "INSUFFICIENT_PERMISSIONS", person.id)
    assert refusal["client"] == "127.0.0.1" and refusal["path"] == "/api/v1/users" and refusal["method"] == "GET"


# ---- LG-07: nothing that a client sends can break a row or a line

def test_LG07_hostile_text_stays_text_in_the_trail_and_its_log_lines(server):
    hostile = "\x1b[31m\"}\r\n{\"event\":\"LOGIN\"}\u2028\u202e\x7f"
    client = server.client()
    for agent in (b"\x1b[2J\"} evil", b"caf\xe9 \xff\xfe", b"'); DROP TABLE audit_entries; --"):
        client.post("/auth/login", {"email": "nobody@example.org", "password": PASSWORD},
                    headers=[("User-Agent", agent)])
    client.post("/auth/login", {"email": hostile, "password": hostile})
    client.post("/auth/login", {"username": hostile, "password": hostile})
    client.post("/auth/login", {"email": "a'--@example.org", "password": "x"},
                headers=[("X-Request-Id", "x\"}{"), ("X-Forwarded-For", "\"}{")])
    person = server.person(name="'); DROP TABLE users; -- <b>\u202e")
    server.admin.put(f"/users/{person.id}/role", {"role": hostile})
    server.admin.put("/users/%22%7D%0d%0a/role", {"role": "editor"})
    answer = server.admin.get("/audit?limit=100")
    assert answer.status == 200 and answer.data
    for entry in answer.data:
        assert set(entry["metadata"]) <= {"detail", "sessionId", "role", "was", "userId"}
    for row in audit.entries(server):
        assert all(" " <= c <= "~" for c in row["metadata"] + row["ip"] + row["request_id"]), row
    for entry in server.log():  # each line is one JSON object, or this raises
        assert "\x1b" not in json.dumps(entry, ensure_ascii=False)
    audit.assert_chain(server)


# ---- LG-08, X08: what was done to it shows

def test_LG08_the_chain_is_what_the_guide_says_and_a_changed_row_breaks_it_there(server):
    for _ in range(3):
        server.person()
    count = audit.assert_chain(server)
    assert count >= 7
    audit.tamper(server, "UPDATE audit_entries SET actor_id = 'x' WHERE seq = 4")
    with pytest.raises(AssertionError, match="entry 4 was changed"):
        audit.assert_chain(server)


def test_LG08_entries_are_chained_in_order_however_many_write_at_once(server):
    clients = [server.client() for _ in range(24)]
    at_once(24, lambda i: clients[i].post("/auth/login", {"email": f"n{i}@example.org", "password": "wrong-one-1"}))
    count = audit.assert_chain(server)
    told = [e for e in audit.entries(server) if e["action"] == "LOGIN_FAILED"]
    assert len(told) == 24 and len({e["request_id"] for e in told}) == 24
    assert count == 25, "and the admin that the settings made"


def test_LG08_old_entries_go_and_the_rest_still_holds_together(start):
    server = start({"audit": {"keep": "30d"}})
    person = server.person()
    server.advance("20d")
    person.log_in()
    kept = audit.entries(server)[-1]
    everything = len(audit.entries(server))
    server.advance("9d")
    assert len(audit.entries(server)) == everything, "not a day too early"
    server.advance("2d")
    left = audit.entries(server)
    assert left and left[0]["seq"] > 1 and left[0]["created_at"] >= kept["created_at"]
    assert kept["id"] in [e["id"] for e in left]
    audit.assert_chain(server)
    server.admin.log_in()
    audit.assert_chain(server)
    assert [e["seq"] for e in listed(server)][-1] == left[0]["seq"]


def test_LG08_evidence_that_was_made_old_is_not_removed(start):
    server = start({"audit": {"keep": "30d"}})
    server.person()
    count = len(audit.entries(server))
    audit.tamper(server, "UPDATE audit_entries SET created_at = 1000")
    server.advance("2s")
    complaint = server.wait_for_event("maintenance")
    assert complaint["chore"] == "audit.purge" and "audit verify" in complaint["why"]
    assert len(audit.entries(server)) == count


# ---- F33: what cannot be audited is not done

FULL = "CREATE TRIGGER full BEFORE INSERT ON audit_entries BEGIN SELECT RAISE(ABORT, 'no room'); END"


def test_F33_a_change_that_cannot_be_audited_is_refused(server):
    person, admin = server.person(), server.admin
    browser = person.browser("hybrid")
    before = server.rows("SELECT * FROM users ORDER BY id"), server.rows("SELECT * FROM sessions ORDER BY id")
    count = len(audit.entries(server))
    audit.tamper(server, FULL)
    server.settle_log()
    told = len([line for line in server.log() if "auditEntry" in line])
    refused = [
        admin.put(f"/users/{person.id}/role", {"role": "admin"}),
        admin.put(f"/users/{person.id}/plan", {"plan": "paid"}),
        admin.put(f"/users/{person.id}/disabled", {"disabled": True}),
        person.delete("/auth/me"),
        person.delete("/sessions?except=current"),
        person.delete(f"/sessions/{browser.login.data['session']['id']}"),
        server.client().post("/auth/register", {"email": "new@example.org", "password": PASSWORD}),
        server.client().post("/auth/login", {"email": person.email, "password": PASSWORD}),
        server.client().post("/auth/login", {"email": person.email, "password": "not-this-one-at-all"}),
        server.client().post("/auth/login", {"email": "nobody@example.org", "password": PASSWORD}),
        server.client().post("/auth/logout", token=person.access_token),
    ]
    assert {answer.status for answer in refused} == {500}
    assert refused[8].json["code"] == refused[9].json["code"], "known and unknown accounts alike"
    assert server.reload()["event"] == "reload_refused"
    after = server.rows("SELECT * FROM users ORDER BY id"), server.rows("SELECT * FROM sessions ORDER BY id")
    assert before[0] == after[0]
    assert [(s["id"], s["revoked_at"]) for s in before[1]] == [(s["id"], s["revoked_at"]) for s in after[1]]
    assert len(audit.entries(server)) == count
    server.settle_log()
    assert len([line for line in server.log() if "auditEntry" in line]) == told, "nor told in the log"
    assert person.get("/profile").status == 200, "what changes nothing goes on"
    audit.tamper(server, "DROP TRIGGER full")
    server.admin.set_plan(person, "paid")
    audit.assert_chain(server)


def test_F33_a_stolen_token_gets_nothing_when_the_theft_cannot_be_audited(server):
    person = server.person()
    stolen = person.refresh_token
    person.take(person.refresh().data)
    assert person.get("/profile").status == 200
    server.advance("11s")
    audit.tamper(server, FULL)
    answer = person.refresh(stolen)
    assert answer.status == 500 and "refreshToken" not in answer.json
    audit.tamper(server, "DROP TRIGGER full")
    assert person.refresh(stolen).outcome == (401, "REFRESH_TOKEN_REUSED")
