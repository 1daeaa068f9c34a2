"""PX-01 to PX-12: what decides is what is sent on, and only our own word about who calls reaches the API."""

import itertools
import random
import re
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import unquote_to_bytes

import pytest

from support.upstream import json_answer, values
from support.wire import Closed, Wire, exchange

ROUTES = [("ANY /public/*", "public"), ("ANY /public", "public"), ("ANY /mine/*", "user"),
          ("ANY /admin/*", "admin"), ("ANY /admin", "admin")]

# ---------------------------------------------------------------- PX-01

SEPARATORS = ["/", "%2f", "%2F", "\\", "%5c", "%252f", "%255c", "//", "/./", "/%2e/", "/.%2f", ";/", "/;x/", "%3b/",
              "%00/", "%09/", "%20/", "%0a/", "%c0%af", "%e0%80%af", "%u2215", "\u2215", "%e2%88%95", "?/", "%3f/", "#/", "%23/"]
DOTS = ["..", "%2e%2e", ".%2e", "%2E.", "%252e%252e", "%25%32%65%25%32%65", "..;", "..%3b", "..%00", "%00..", ".%00.", "...",
        "....", "%c0%ae%c0%ae", "%e0%40%ae", "%uff0e%uff0e", "\uff0e\uff0e", "%ef%bc%8e%ef%bc%8e", "..%20", "..%0d"]

OTHERS = [
    "/public", "/public/", "/public//", "//public/x", "///public/x", "/Public/x", "/PUBLIC/x", "/%70ublic/x", "/public%2fx",
    "/public/%61dmin", "/publi%63/x", "/public/x%", "/public/x%2", "/public/x%zz", "/public/%", "/public/%%32%65",
    "/admin", "/Admin", "/ADMIN", "/%61dmin", "/%41dmin", "/admin%20", "/admin%09", "/admin%00", "/admin%0a", "/admin.",
    "/admin/", "/admin//", "/admin/.", "/admin/..", "/admin;x", "/admin;/x", "/admin%3bx", "/admin%2f", "/admin%5c", "/admin\\",
    "/./admin", "/%2e/admin", "//admin", "/\\admin", "/%5cadmin", "/%2fadmin", "/public/./x", "/public/.%2fx", "/admin?/../public/x",
    "/admin#/../public/x", "/admin%23/../public/x", "/admin%3f/../public/x", "/public?/../admin", "/public/x?a=/../../admin",
    "/public/x?%2e%2e%2fadmin", "/public/x??", "/public/x?a#b", "/public/x#/../../admin", "/public/..", "/public/../admin",
    "/public/%2e%2e", "/public/x/..", "/public/x/../../admin", "/public/.../admin", "/public/.a/admin", "/public/..a/admin",
    "/public/a../admin", "/public/a..b", "/public/ ", "/public/\t", "/public/\x7f", "/public/\x80", "/public/\xff",
    "/public/<x>", '/public/"x"', "/public/{x}", "/public/|x", "/public/^x", "/public/`x", "/public/[x]",
    "http://x/admin", "http://x//admin", "http://x/public/../admin", "http://admin/public/x", "http://x@y/public/x",
    "/public/%E2%80%AE", "/public/%C2%85", "/public/%7f", "/public/%1b", "/public/%ff", "/public/%c3%28", "/public/%ed%a0%80",
    "/public/%f5%80%80%80", "/public/%f0%82%82%ac", "/public/%26%3d", "/public/a%2Bb", "/public/a+b", "/public/%2B%2b",
    "/public/%3A%40", "/public/~%7E", "/public/%5B%5D", "/public/a%2Cb", "/public/@x:y=z", "/public/*", "/*", "*", "/:id", "/public/:id",
]


def raw_targets():
    deep = [f"/public{s}{d}{t}admin/secret" for s, d in itertools.product(SEPARATORS, DOTS) for t in ("/", s)]
    return list(dict.fromkeys(deep + OTHERS))


def readings(path):
    """How servers behind a proxy are known to read a path: every combination of the liberties that they take."""
    steps = [
        lambda p: unquote_to_bytes(p.encode("latin-1")).decode("latin-1"),
        lambda p: p.replace("\\", "/"),
        lambda p: re.sub(r";[^/]*", "", p),
        lambda p: re.sub(r"/+", "/", p),
        lambda p: re.split(r"[?#\0]", p)[0],
        str.lower,
        _resolve_dots,
    ]
    seen = {path}
    todo = [path]
    while todo:
        now = todo.pop()
        for new in (step(now) for step in steps):
            if new not in seen:
                seen.add(new)
                todo.append(new)
    return seen


def _resolve_dots(path):
    out = []
    for segment in path.split("/"):
        if segment == "..":
            out = out[:-1] or [""]
        elif segment != ".":
            out.append(segment)
    return "/".join(out)


def test_the_readings_would_see_a_traversal():
    """A check that cannot fail is worthless: these are what the gateway must never send on."""
    for path in ("/public/../admin", "/public/%2e%2e/admin", "/public/%252e%252e/admin", "/public/..;/admin",
                 "/public\\..\\admin", "/public/..%2fadmin", "/public//../admin", "/public/x/%2e%2e%5c../admin"):
        assert any(reading.startswith("/admin") for reading in readings(path)), path


def test_PX01_the_path_that_decides_is_the_path_that_is_sent(start, upstream):
    server = start(upstream.settings(*ROUTES))
    targets = raw_targets()
    assert len(targets) > 800
    passed = 0
    for target in targets:
        before = upstream.count
        data = b"GET " + target.encode("utf-8") + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        answers = exchange(server.address, data)
        if not answers:
            pytest.fail(f"{target!r}: no answer")
        status = answers[0].status
        assert status in (200, 400, 401, 404), (target, status)
        if status != 200:
            assert upstream.count == before, target
            continue
        passed += 1
        assert upstream.count == before + 1, target
        sent = upstream.requests[-1]["target"]
        path, _, query = sent.partition("?")
        for reading in readings(path):
            assert reading.startswith("/public"), (target, sent, reading)
            assert not reading.startswith("/public.."), (target, sent, reading)
        asked_query = target.partition("?")[2]
        assert query == asked_query, (target, sent)
    assert passed > 25  # or this has tested nothing but refusals


def test_PX01_equal_spellings_are_sent_as_one(start, upstream):
    server = start(upstream.settings(*ROUTES))
    for spelt, sent in [("/public/%41%62%2D%5f%7e", "/public/Ab-_~"), ("/publi%63/x", "/public/x"),
                        ("/public/%c3%a9", "/public/%C3%A9"), ("/public/a%20b", "/public/a%20b"),
                        ("/public/x?a=%2e%2e%2f&b=c%20d", "/public/x?a=%2e%2e%2f&b=c%20d"),
                        ("/public/x?", "/public/x?"), ("/public/", None)]:
        answer = server.client().get("/" + spelt)
        assert answer.status == (200 if sent else 404), spelt
        if sent:
            assert answer.json["target"] == sent, spelt


def test_PX01_ambiguous_encodings_are_400_also_for_who_may_everything(start, upstream):
    server = start(upstream.settings(*ROUTES))
    for target in ("/public/a%2fb", "/public/a%5cb", "/public/a%00", "/public/a%3bb", "/public/a%25b", "/public/a%3fb",
                   "/public/a%23b", "/public/a\\b", "/public/%2e%2e/b", "/public/../b", "/public//b", "/public/a;b",
                   "/public/%0d%0a"):
        answer = server.admin.get("/" + target)
        assert answer.outcome == (400, "BAD_REQUEST") or answer.status == 400, target
    assert upstream.count == 0


# ---------------------------------------------------------------- PX-02, PX-12

def test_PX02_only_the_path_opens_a_route(start, upstream):
    server = start(upstream.settings(*ROUTES))
    client = server.client()
    for target in ("/admin?x=/public/", "/admin?/public/x", "/admin?next=%2fpublic%2fx", "/mine/x?public", "/mine/x?/public/x#"):
        assert client.get("/" + target).status in (400, 401), target
    for fields in ([("User-Agent", "kube-probe/1.29")], [("User-Agent", "ELB-HealthChecker/2.0")], [("X-Health", "1")],
                   [("X-Original-URL", "/public/x")], [("X-Rewrite-URL", "/public/x")], [("X-Forwarded-Uri", "/public/x")],
                   [("X-Forwarded-Path", "/public/x")], [("X-Forwarded-Prefix", "/public")], [("X-Original-Method", "OPTIONS")],
                   [("X-HTTP-Method-Override", "OPTIONS")], [("X-Forwarded-For", "127.0.0.1")], [("Referer", "http://127.0.0.1/")],
                   [("X-User-Role", "admin")], [("Origin", "http://127.0.0.1:8080")], [("Sec-Fetch-Site", "same-origin")]):
        for path in ("//admin", "//admin/x", "//mine/x"):
            assert client.get(path, headers=fields).outcome == (401, "AUTHENTICATION_REQUIRED"), (path, fields)
    assert upstream.count == 0


def test_PX12_rules_end_where_segments_end(start, upstream):
    server = start(upstream.settings(("ANY /public/*", "public"), ("ANY /admin", "admin"), ("ANY /p/:id/open", "public")))
    client = server.client()
    for path in ("/publicadmin", "/publicx/y", "/public..", "/public.", "/public-x", "/public", "/administrator", "/admin/x", "/admins",
                 "/adminx", "/admin.json", "/p/open", "/p/1/2/open", "/p/1/openx", "/p/1/open/x", "/p//open", "/xpublic/y"):
        assert client.get("/" + path).status in (400, 404), path
    assert client.get("//admin").status == 401
    assert client.get("//public/x").status == 200 and client.get("//p/1/open").status == 200
    assert upstream.count == 2


# ---------------------------------------------------------------- PX-03, PX-04, PX-09

IDENTITY = ["X-User-Id", "X-User-Role", "X-User-Plan", "X-Session-Id", "X-Forwarded-For", "X-Real-IP", "X-Request-Id"]


def spellings(name):
    yield from (name, name.lower(), name.upper(), name.swapcase(), name.replace("-", "_"), name.replace("-", "_", 1),
                name.lower().replace("-", "_"), name.upper().replace("-", "_"))


def as_cgi(name):
    """The variable that CGI, WSGI, Rack and PHP make of a field's name."""
    return re.sub(r"[^A-Z0-9]", "_", name.upper())


def test_PX03_identity_fields_of_the_client_are_gone_in_every_spelling(start, upstream):
    server = start(upstream.settings(*ROUTES))
    user = server.person()
    spelt = [(spelling, f"evil-{i}") for i, spelling in enumerate(s for name in IDENTITY for s in spellings(name))]
    assert len(spelt) >= 40
    for token in (None, user.access_token):
        for batch in ([pair] for pair in spelt):
            client = server.client(token=token)
            answer = client.get("//public/x", headers=batch + batch)
            assert answer.status == 200
            received = answer.json["headers"]
            assert not [value for _, value in received if "evil" in value], (batch, received)
            for name in IDENTITY:
                ours = [value for key, value in received if as_cgi(key) == as_cgi(name)]
                expected = 0 if token is None and name in IDENTITY[:4] else 1
                assert len(ours) == expected, (batch, name, ours)
    answer = user.get("//mine/x", headers=[("x_user_id", "evil"), ("X-USER-ROLE", "admin")])
    assert values(answer.json, "X-User-Id") == [user.id] and values(answer.json, "X-User-Role") == ["viewer"]


def test_PX03_other_characters_that_become_underscores_do_not_make_an_identity(start, upstream):
    """lighttpd and old Apaches turn every character that is neither letter nor digit into "_"."""
    server = start(upstream.settings(*ROUTES))
    for between in "!#$%&'*+.^`|~":
        name = f"X{between}User{between}Id"
        answer = server.client().get("//public/x", headers=[(name, "evil")])
        assert answer.status in (200, 400)
        if answer.status == 200:
            assert "evil" not in [value for _, value in answer.json["headers"]], name


def test_PX03_identity_in_trailers_is_gone(start, upstream):
    server = start(upstream.settings(*ROUTES))
    data = (b"POST /public/x HTTP/1.1\r\nHost: x\r\nConnection: close, X-User-Id\r\nTransfer-Encoding: chunked\r\n"
            b"Trailer: X-User-Id\r\n\r\n0\r\nX-User-Id: evil\r\nx_user_role: admin\r\n\r\n")
    assert exchange(server.address, data)[0].status == 200
    assert "evil" not in str(upstream.requests[-1]["headers"])


def test_PX04_a_Connection_list_cannot_delete_what_we_say(start, upstream):
    server = start(upstream.settings(*ROUTES))
    user = server.person()
    for listed in ("X-User-Id", "x-user-id, X-USER-ROLE, x-session-id", "close, X-Real-IP", "x_user_id, X_Forwarded_For",
                   "keep-alive,X-Forwarded-For,X-Forwarded-Proto,X-Forwarded-Host,X-Request-Id", "X-User-Plan , X-User-Plan"):
        answer = user.get("//mine/x", headers=[("Connection", listed)])
        assert answer.status == 200
        user.client.close()
        for name in IDENTITY + ["X-Forwarded-Proto", "X-Forwarded-Host"]:
            assert len(values(answer.json, name)) == 1, (listed, name)
        assert values(answer.json, "X-User-Id") == [user.id]
    # Nor smuggle in a hop-by-hop field or drop the Host.
    answer = user.get("//mine/x", headers=[
        ("Connection", "Host, Content-Length, X-Gone, TE"), ("X-Gone", "1"), ("TE", "trailers"), ("Keep-Alive", "timeout=9"),
        ("Proxy-Connection", "keep-alive"), ("Proxy-Authorization", "Basic eA=="), ("Trailer", "X"), ("Upgrade", "h2c")])
    assert answer.status == 200
    names = {name.lower() for name, _ in answer.json["headers"]}
    assert not names & {"x-gone", "te", "keep-alive", "proxy-connection", "proxy-authorization", "trailer", "upgrade", "connection"}
    assert "host" in names


def test_PX09_credentials_stay_here(start, upstream):
    server = start({**upstream.settings(*ROUTES), "server": {"trusted_proxies": ["127.0.0.1/32"]}})
    user = server.person()
    browser = server.client(jar=True)
    browser.post("/auth/login", {"email": user.email, "password": user.password, "transport": "cookie"})
    ours = {value for value in browser.cookies.values()} | {user.access_token, user.refresh_token}
    jar = "; ".join(f"{n}={v}" for n, v in browser.cookies.items())
    for cookie in (jar, f"theme=dark; {jar}", f"{jar}; theme=dark", f"theme=dark;{jar};a=b", jar.replace("=", " =")):
        for path in ("//public/x", "//mine/x"):
            answer = server.client().get(path, cookie=cookie, headers=[("X-CSRF-Token", browser.cookies.get("csrfToken", "x"))])
            if answer.status == 200:
                assert not any(secret in str(answer.json["headers"]) for secret in ours), cookie
                if "theme" in cookie:
                    assert "theme=dark" in values(answer.json, "Cookie")[0]
    answer = user.get("//mine/x", headers=[("X-API-Key", "ghk_x"), ("authorization", f"bearer {user.access_token}")])
    assert answer.status in (200, 401)
    for sent in upstream.requests:
        assert not any(secret in str(sent) for secret in ours)
        assert not values(sent, "Authorization") and not values(sent, "X-API-Key")


def test_PX09_credentials_go_where_the_route_says_so(start, upstream):
    server = start(upstream.settings({"match": "ANY /legacy/*", "allow": "user", "forward_credentials": True}))
    user = server.person()
    assert values(user.get("//legacy/x").json, "Authorization") == [f"Bearer {user.access_token}"]


# ---------------------------------------------------------------- PX-05

PEER = "127.0.0.1"
FORWARDED_FOR = [
    # (lines, who it is for the API) with 127.0.0.1 and 10.0.0.0/8 trusted
    ([], PEER), (["203.0.113.9"], "203.0.113.9"), (["1.2.3.4, 203.0.113.9"], "203.0.113.9"),
    (["203.0.113.9, 10.1.2.3"], "203.0.113.9"), (["1.2.3.4, 203.0.113.9, 10.1.2.3, 10.9.9.9"], "203.0.113.9"),
    (["1.2.3.4", "203.0.113.9"], "203.0.113.9"), (["203.0.113.9", "10.1.2.3"], "203.0.113.9"),
    (["10.0.0.1, 10.0.0.2"], "10.0.0.1"), (["a"], PEER), ([""], PEER), ([","], PEER), (["203.0.113.9,"], PEER),
    (["203.0.113.9, a"], PEER), (["a, 203.0.113.9"], "203.0.113.9"), (["203.0.113.9, a, 10.1.2.3"], "10.1.2.3"),
    (["203.0.113.9:4711"], "203.0.113.9"), (["2001:db8::1"], "2001:db8::1"), (["[2001:db8::1]:443"], "2001:db8::1"),
    (["::ffff:203.0.113.9"], "203.0.113.9"), (["0x7f.0.0.1"], PEER), (["010.0.0.1"], PEER), (["203.0.113.9%eth0"], PEER),
    (["unknown"], PEER), (["203.0.113.256"], PEER), (["203.0.113.9 , 10.1.2.3"], "203.0.113.9"),
    (['"203.0.113.9"'], PEER), (["127.0.0.1"], "127.0.0.1"), (["::1"], "::1"), (["203.0.113.9;10.1.1.1"], PEER),
]


def test_PX05_the_client_is_the_rightmost_hop_that_is_not_ours(start, upstream):
    server = start({**upstream.settings(*ROUTES), "server": {"trusted_proxies": ["127.0.0.1/32", "10.0.0.0/8"]}})
    for lines, expected in FORWARDED_FOR:
        answer = server.client().get("//public/x", headers=[("X-Forwarded-For", line) for line in lines])
        assert values(answer.json, "X-Forwarded-For") == [expected], lines
        assert values(answer.json, "X-Real-IP") == [expected], lines
    for name in ("Forwarded", "X-Real-IP", "True-Client-IP", "CF-Connecting-IP", "X-Client-IP", "X-Cluster-Client-IP"):
        answer = server.client().get("//public/x", headers=[(name, "for=203.0.113.9" if name == "Forwarded" else "203.0.113.9")])
        assert values(answer.json, "X-Forwarded-For") == [PEER], name


def test_PX05_nobody_is_trusted_unless_configured(start, upstream):
    server = start(upstream.settings(*ROUTES))
    for fields in ([("X-Forwarded-For", "203.0.113.9")], [("X-Forwarded-Proto", "https")], [("X-Request-Id", "mine-mine-mine")],
                   [("X-Forwarded-Host", "evil.example")]):
        answer = server.client().get("//public/x", headers=fields)
        assert values(answer.json, "X-Forwarded-For") == [PEER]
        assert values(answer.json, "X-Forwarded-Proto") == ["http"]
        assert values(answer.json, "X-Forwarded-Host") == ["%s:%d" % server.address]
        assert "mine" not in answer.request_id
        assert answer.header("Strict-Transport-Security") is None


# ---------------------------------------------------------------- PX-07

def test_PX07_a_damaged_store_is_not_served_from(start, upstream):
    server = start(upstream.settings(*ROUTES))
    user = server.person()
    assert user.get("//mine/x").status == 200
    (root,) = [row["rootpage"] for row in server.rows("SELECT rootpage FROM sqlite_master WHERE name = 'sessions'")]
    (size,) = [row["page_size"] for row in server.rows("PRAGMA page_size")]
    server.stop()  # nothing of the session is in memory afterwards, and the log is written back
    with open(server.data / "gatehouse.db", "r+b") as file:
        file.seek((root - 1) * size)
        file.write(random.Random(7).randbytes(size))
        size = file.seek(0, 2)
    complaint = server.refuses_to_start()
    assert "damaged" in complaint and "Traceback" not in complaint
    assert (server.data / "gatehouse.db").stat().st_size == size  # left as it was, for whoever repairs it


def test_PX07_an_API_that_is_away_is_502_and_back_by_itself(start, upstream):
    server = start(upstream.settings(*ROUTES))

    def hang_up(_request):
        raise OSError

    upstream.answer = hang_up
    client = server.client()
    assert client.get("//public/x").outcome == (502, "BAD_GATEWAY")
    assert client.get("//mine/x").status == 401
    upstream.answer = None
    assert client.get("//public/x").status == 200


# ---------------------------------------------------------------- PX-10

BAD_ANSWERS = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 5x\r\n\r\nhello",
    b"HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nhello",
    b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nX: a\x00b\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n",
    b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n",
    b"ICY 200 OK\r\n\r\n",
    b"hello\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 5000 + b"\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n" * 100,
]


def test_PX10_an_answer_with_doubtful_framing_is_502_and_never_someone_elses(start, upstream):
    server = start(upstream.settings(*ROUTES))
    for bad in BAD_ANSWERS:
        upstream.answer = lambda request, bad=bad: bad if request["target"] == "/public/bad" else json_answer(request)
        # One pool for the worker: the next request must not read what is left of the bad answer.
        with Wire(server.address) as wire:
            wire.send(b"GET /public/bad HTTP/1.1\r\nHost: x\r\n\r\n")
            try:
                assert wire.answer().status == 502, bad[:80]
            except (Closed, ValueError):
                pass  # broken off in the middle: it cannot look complete
        for number in range(3):
            answer = server.client().get(f"//public/good{number}")
            assert answer.status == 200 and answer.json["target"] == f"/public/good{number}", bad[:80]


LEFTOVERS = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nstolen",
    b"HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nstolen",
    b"HTTP/1.1 304 Not Modified\r\nContent-Length: 6\r\n\r\nstolen",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nstolen",
]


def test_PX10_what_an_API_sends_too_much_is_nobodys_answer(start, upstream):
    server = start({**upstream.settings(*ROUTES), "server": {"workers": 1}})
    for bad in LEFTOVERS:
        upstream.answer = lambda request, bad=bad: bad if request["target"] == "/public/bad" else json_answer(request)
        with Wire(server.address) as wire:
            assert wire.send(b"GET /public/bad HTTP/1.1\r\nHost: x\r\n\r\n").answer().status in (200, 204, 304)
            for number in range(3):
                answer = wire.send(b"GET /public/good HTTP/1.1\r\nHost: x\r\n\r\n").answer()
                assert answer.status in (200, 502) and b"stolen" not in answer.body, bad
    # HEAD: a body would be the next one's answer.
    upstream.answer = lambda request: (b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nstolen" if request["method"] == "HEAD"
                                       else json_answer(request))
    with Wire(server.address) as wire:
        for _ in range(3):
            wire.send(b"HEAD /public/x HTTP/1.1\r\nHost: x\r\n\r\n").answer(is_head=True)
            answer = wire.send(b"GET /public/good HTTP/1.1\r\nHost: x\r\n\r\n").answer()
            assert answer.status in (200, 502) and b"stolen" not in answer.body


def test_PX10_everybody_gets_the_own_answer(start, upstream):
    """Interleaved users over a small pool, some of whom hang up in the middle; each answer carries its asker's tag."""
    server = start(upstream.settings(*ROUTES, max_connections=4))

    def user(number):
        with Wire(server.address) as wire:
            for i in range(50):
                tag = f"u{number}-{i}"
                get = f"GET /public/{tag} HTTP/1.1\r\nHost: x\r\nX-Tag: {tag}\r\n\r\n".encode()
                if (number + i) % 7 == 0:
                    with Wire(server.address) as leaving:
                        leaving.send(get)
                        leaving.reset()
                answer = wire.send(get).answer()
                assert answer.status == 200, answer
                assert answer.json["target"] == f"/public/{tag}" and values(answer.json, "X-Tag") == [tag]
        return 50

    with ThreadPoolExecutor(40) as pool:
        assert sum(pool.map(user, range(40))) == 2000
