"""B17: a real API, json-server as npm delivers it, behind Gatehouse with nothing but a policy file.

Two of them run with the same data: one behind Gatehouse, one asked directly. Whatever Gatehouse lets pass must be
answered exactly as the twin answers it; what it refuses must not have reached the API, or the twins would differ.
"""

from pathlib import Path

import pytest

from support.client import Client
from support.json_server import JsonServer

POLICY = (Path(__file__).parent / "json_server.toml").read_text()

ROLES = ("anonymous", "viewer", "editor", "admin")
OPEN, READ, WRITE, ADMIN = ROLES, ROLES[1:], ROLES[2:], ROLES[3:]

# Method, path, body, and who may. In this order, for all of them: the later calls see what the earlier ones did.
ENDPOINTS = [
    ("GET", "/posts", None, READ),
    ("GET", "/posts/1", None, READ),
    ("GET", "/posts?author=ada&_sort=id&_order=desc&_limit=5", None, READ),
    ("GET", "/posts/99", None, READ),  # the API's own 404
    ("POST", "/posts", {"title": "new — ünïcode", "author": "ada"}, WRITE),
    ("PUT", "/posts/2", {"title": "replaced", "author": "ada"}, WRITE),
    ("PATCH", "/posts/3", {"title": "patched"}, WRITE),
    ("GET", "/posts/1/comments", None, READ),
    ("POST", "/posts/1/comments", {"body": "nested"}, WRITE),
    ("GET", "/comments", None, READ),
    ("GET", "/comments/1", None, READ),
    ("GET", "/comments?postId=1&q=some", None, READ),
    ("POST", "/comments", {"body": "flat", "postId": 2}, WRITE),
    ("PUT", "/comments/2", {"body": "replaced", "postId": 1}, WRITE),
    ("PATCH", "/comments/3", {"body": "patched"}, WRITE),
    ("GET", "/profile", None, OPEN),
    ("POST", "/profile", {"name": "posted"}, WRITE),
    ("PUT", "/profile", {"name": "put"}, WRITE),
    ("PATCH", "/profile", {"town": "patched"}, WRITE),
    ("DELETE", "/comments/1", None, ADMIN),
    ("DELETE", "/posts/2", None, ADMIN),
    ("GET", "/db", None, ADMIN),
]


@pytest.fixture
def server(start, tmp_path):
    with JsonServer(tmp_path / "behind") as behind:
        yield start(text=POLICY.replace("http://127.0.0.1:3000", behind.url))


@pytest.fixture
def direct(tmp_path):
    """A client of the twin, which is asked without Gatehouse."""
    with JsonServer(tmp_path / "direct") as twin:
        yield Client(twin.address)


@pytest.fixture
def callers(server):
    return {"anonymous": server.client(), "viewer": server.person(), "editor": server.person(role="editor"),
            "admin": server.admin}


def what_matters(answer):
    return answer.status, answer.header("Content-Type"), answer.header("X-Total-Count"), answer.body


def test_B17_json_server_behind_gatehouse_answers_as_it_does_alone(direct, callers):
    assert len({(method, path.split("?")[0]) for method, path, _, _ in ENDPOINTS}) >= 15
    for method, path, body, may in ENDPOINTS:
        for role, caller in callers.items():
            answer = caller.request(method, f"/{path}", json=body)
            if role not in may:
                refusal = (401, "AUTHENTICATION_REQUIRED") if role == "anonymous" else (403, "INSUFFICIENT_PERMISSIONS")
                assert answer.outcome == refusal, (role, method, path)
                continue
            expected = direct.request(method, f"/{path}", json=body)
            assert what_matters(answer) == what_matters(expected), (role, method, path)
    # Everything that was refused left no trace: the two databases are one.
    assert callers["admin"].get("//db").json == direct.get("//db").json


def test_B17_HEAD_OPTIONS_and_conditional_requests_pass_as_well(direct, callers):
    viewer = callers["viewer"]
    head = viewer.head("//posts")
    assert head.status == 200 and head.body == b""
    assert head.header("Content-Length") == direct.head("//posts").header("Content-Length")
    etag = viewer.get("//posts").header("ETag")
    assert etag == direct.get("//posts").header("ETag")
    assert viewer.get("//posts", headers=[("If-None-Match", etag)]).status == 304
    assert callers["anonymous"].get("//posts", headers=[("If-None-Match", etag)]).status == 401


def test_B17_what_the_policy_does_not_name_stays_closed(direct, callers):
    closed = [("GET", "/"), ("DELETE", "/posts"), ("GET", "/posts/1/"), ("GET", "/posts/1/comments/1"), ("GET", "/POSTS"),
              ("DELETE", "/profile"), ("PUT", "/db"), ("GET", "/__rules"), ("GET", "/comments/1/x")]
    for method, path in closed:
        answer = callers["admin"].request(method, f"/{path}")
        if path == "/":
            assert answer.json["message"] == "OK", "ours, not the API's home page"
        else:
            assert answer.outcome == (404, "NOT_FOUND"), (method, path)
    assert callers["admin"].get("//db").json == direct.get("//db").json


SPELLINGS = ["/db/", "//db", "/./db", "/posts/../db", "/posts/%2e%2e/db", "/posts/..%2fdb", "/%64b", "/db?x", "/profile/../db",
             "/profile/%2e%2e/db", "/profile;/../db", "/posts/1/../../db", "/db%00", "/db%2f", "\\db", "/profile\\..\\db",
             "/profile%5c..%5cdb", "/%2564b"]


def test_B17_no_spelling_of_a_closed_path_is_open(callers):
    for path in SPELLINGS:
        for role in ("anonymous", "viewer", "editor"):
            answer = callers[role].request("GET", f"/{path}")
            assert answer.status in (400, 401, 403, 404), (role, path)
            assert b"some comment" not in answer.body


def test_B17_a_revoked_session_is_locked_out_of_the_api_at_once(callers):
    editor = callers["editor"]
    assert editor.post("//posts", {"title": "before"}).status == 201
    editor.post("/auth/logout")
    assert editor.post("//posts", {"title": "after"}).outcome == (401, "SESSION_REVOKED")
    assert not any(post["title"] == "after" for post in callers["viewer"].get("//posts").json)
