"""HT-01 to HT-08, HT-11: bytes that two readers could take for different requests.

Each variant is sent to an endpoint of our own and to a proxied route, with a second request behind it that must never be
answered, nor reach the API: that is what request smuggling is.
"""

import pytest

from support.wire import Closed, Wire, exchange

HOST = b"Host: x\r\n"
SMUGGLED = b"GET /open/smuggled HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

# What is framed doubtfully: (why, header lines, body). The refusal is 400, or 501 where the coding is only unknown.
FRAMINGS = [
    ("both", b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
    ("both, the other order", b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", b"0\r\n\r\n"),
    ("both, length zero", b"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
    ("two lengths", b"Content-Length: 5\r\nContent-Length: 6\r\n", b"helloX"),
    ("two equal lengths", b"Content-Length: 5\r\nContent-Length: 5\r\n", b"hello"),
    ("length list", b"Content-Length: 5, 5\r\n", b"hello"),
    ("length list of two", b"Content-Length: 5, 6\r\n", b"hello"),
    ("length with sign", b"Content-Length: +5\r\n", b"hello"),
    ("negative length", b"Content-Length: -1\r\n", b""),
    ("hex length", b"Content-Length: 0x5\r\n", b"hello"),
    ("length with exponent", b"Content-Length: 5e0\r\n", b"hello"),
    ("fractional length", b"Content-Length: 5.0\r\n", b"hello"),
    ("octal-looking length", b"Content-Length: 005\r\n", b"hello"),
    ("length with inner space", b"Content-Length: 1 0\r\n", b"hello"),
    ("length with letter", b"Content-Length: 5a\r\n", b"hello"),
    ("empty length", b"Content-Length: \r\n", b""),
    ("empty length, no space", b"Content-Length:\r\n", b""),
    ("overflowing length", b"Content-Length: 18446744073709551616\r\n", b"hello"),
    ("overflowing to five", b"Content-Length: 18446744073709551621\r\n", b"hello"),
    ("length of 40 digits", b"Content-Length: " + b"9" * 40 + b"\r\n", b"hello"),
    ("length in quotes", b'Content-Length: "5"\r\n', b"hello"),
    ("full-width digits", "Content-Length: ５\r\n".encode(), b"hello"),
    ("length after vertical tab", b"Content-Length: \x0b5\r\n", b"hello"),
    ("length after form feed", b"Content-Length: \x0c5\r\n", b"hello"),
    ("space before the colon of the length", b"Content-Length : 5\r\n", b"hello"),
    ("tab before the colon of the length", b"Content-Length\t: 5\r\n", b"hello"),
    ("space before the colon of the coding", b"Transfer-Encoding : chunked\r\n", b"0\r\n\r\n"),
    ("folded length", b"Content-Length:\r\n 5\r\n", b"hello"),
    ("folded coding", b"Transfer-Encoding:\r\n chunked\r\n", b"0\r\n\r\n"),
    ("folded coding by tab", b"Transfer-Encoding:\r\n\tchunked\r\n", b"0\r\n\r\n"),
    ("coding after a bare LF", b"X: y\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
    ("length after a bare CR", b"X: y\rContent-Length: 5\r\n", b"hello"),
    ("chunked, quoted", b'Transfer-Encoding: "chunked"\r\n', b"0\r\n\r\n"),
    ("xchunked", b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n"),
    ("chunkedx", b"Transfer-Encoding: chunkedx\r\n", b"0\r\n\r\n"),
    ("chunk", b"Transfer-Encoding: chunk\r\n", b"0\r\n\r\n"),
    ("identity", b"Transfer-Encoding: identity\r\n", b""),
    ("identity, chunked", b"Transfer-Encoding: identity, chunked\r\n", b"0\r\n\r\n"),
    ("chunked, identity", b"Transfer-Encoding: chunked, identity\r\n", b"0\r\n\r\n"),
    ("chunked twice", b"Transfer-Encoding: chunked, chunked\r\n", b"0\r\n\r\n"),
    ("chunked in two lines", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
    ("chunked, then gzip line", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n", b"0\r\n\r\n"),
    ("identity, then chunked line", b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
    ("gzip, chunked", b"Transfer-Encoding: gzip, chunked\r\n", b"0\r\n\r\n"),
    ("gzip alone", b"Transfer-Encoding: gzip\r\n", b""),
    ("chunked with parameter", b"Transfer-Encoding: chunked;q=1\r\n", b"0\r\n\r\n"),
    ("chunked with empty parameter", b"Transfer-Encoding: chunked;\r\n", b"0\r\n\r\n"),
    ("leading comma", b"Transfer-Encoding: ,chunked\r\n", b"0\r\n\r\n"),
    ("trailing comma", b"Transfer-Encoding: chunked,\r\n", b"0\r\n\r\n"),
    ("empty coding", b"Transfer-Encoding:\r\n", b"0\r\n\r\n"),
    ("coding after vertical tab", b"Transfer-Encoding: \x0bchunked\r\n", b"0\r\n\r\n"),
    ("coding after NUL", b"Transfer-Encoding: \x00chunked\r\n", b"0\r\n\r\n"),
    ("coding with NBSP", b"Transfer-Encoding: \xa0chunked\r\n", b"0\r\n\r\n"),
    ("coding and a header name with NUL", b"Transfer\x00-Encoding: chunked\r\n", b"0\r\n\r\n"),
    ("spelt with a space", b"Transfer Encoding: chunked\r\n", b"0\r\n\r\n"),
    ("leading space before the first field", b" Content-Length: 5\r\n", b"hello"),
]


def open_route(upstream):
    return upstream.settings(("ANY /open/*", "public"))


def request(target, fields, body=b"", method=b"POST", host=HOST):
    return method + b" " + target + b" HTTP/1.1\r\n" + host + fields + b"\r\n" + body


@pytest.fixture
def gateway(start, upstream):
    return start(open_route(upstream))


def assert_refused(server, data, statuses=(400,), why=""):
    """One answer with one of these statuses, then the end: nothing behind it is read as a request."""
    answers = exchange(server.address, data)
    assert [a.status for a in answers] in [[s] for s in statuses], f"{why}: {[a.status for a in answers]}"
    answer = answers[0]
    assert answer.header("Connection") == "close", why
    assert answer.header("Content-Type") == "application/problem+json", why
    assert answer.json["status"] == answer.status and answer.json["success"] is False, why


TARGETS = [b"/api/v1/auth/login", b"/open/x"]


@pytest.mark.parametrize("target", TARGETS, ids=["own", "proxied"])
def test_HT01_doubtful_framing_is_refused_and_nothing_is_smuggled(gateway, upstream, target):
    for why, fields, body in FRAMINGS:
        assert_refused(gateway, request(target, fields, body + SMUGGLED), (400, 501), why)
    assert upstream.count == 0
    assert gateway.client().get("//healthz").status == 200


def test_HT01_a_coding_that_is_unknown_is_501_and_one_that_is_malformed_400(gateway):
    unknown = request(b"/open/x", b"Transfer-Encoding: gzip, chunked\r\n", b"0\r\n\r\n")
    malformed = request(b"/open/x", b"Transfer-Encoding: chunked, chunked\r\n", b"0\r\n\r\n")
    assert_refused(gateway, unknown, (501,))
    assert_refused(gateway, malformed, (400,))


def test_HT01_a_coding_in_HTTP_1_0_is_refused(gateway, upstream):
    data = b"POST /open/x HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED
    assert_refused(gateway, data)
    assert upstream.count == 0


def test_HT01_spellings_that_everybody_reads_alike_pass(gateway, upstream):
    for fields, body in [
        (b"content-length:5\r\n", b"hello"),
        (b"CONTENT-LENGTH: \t5 \t\r\n", b"hello"),
        (b"transfer-encoding: CHUNKED\r\n", b"5\r\nhello\r\n0\r\n\r\n"),
        (b"Transfer-Encoding:\tchunked \r\n", b"5;a=b\r\nhello\r\n0\r\nTrailer: x\r\n\r\n"),
    ]:
        answers = exchange(gateway.address, request(b"/open/x", fields, body + SMUGGLED))
        assert [a.status for a in answers] == [200, 200], fields
        assert answers[0].json["body"] == "hello"
        assert answers[1].json["target"] == "/open/smuggled"


CHUNKS = [
    ("bare LF after the size", b"5\nhello\r\n0\r\n\r\n"),
    ("bare LF after the data", b"5\r\nhello\n0\r\n\r\n"),
    ("bare CR after the size", b"5\rhello\r\n0\r\n\r\n"),
    ("no line end after the data", b"5\r\nhello0\r\n\r\n"),
    ("data longer than told", b"5\r\nhelloo\r\n0\r\n\r\n"),
    ("data shorter than told", b"5\r\nhell\r\n0\r\n\r\n"),
    ("0x prefix", b"0x5\r\nhello\r\n0\r\n\r\n"),
    ("signed", b"+5\r\nhello\r\n0\r\n\r\n"),
    ("negative", b"-5\r\nhello\r\n0\r\n\r\n"),
    ("leading space", b" 5\r\nhello\r\n0\r\n\r\n"),
    ("trailing space", b"5 \r\nhello\r\n0\r\n\r\n"),
    ("trailing tab", b"5\t\r\nhello\r\n0\r\n\r\n"),
    ("underscore", b"1_0\r\nhello\r\n0\r\n\r\n"),
    ("no digits", b"\r\nhello\r\n0\r\n\r\n"),
    ("not hex", b"g\r\nhello\r\n0\r\n\r\n"),
    ("overflow of 64 bits", b"10000000000000005\r\nhello\r\n0\r\n\r\n"),
    ("a hundred digits", b"f" * 100 + b"\r\nhello\r\n0\r\n\r\n"),
    ("leading zeros without end", b"0" * 100 + b"5\r\nhello\r\n0\r\n\r\n"),
    ("LF in an extension", b"5;a\n\r\nhello\r\n0\r\n\r\n"),
    ("bare LF ends an extension", b"5;a=b\nhello\r\n0\r\n\r\n"),
    ("CR in an extension", b"5;a\rb\r\nhello\r\n0\r\n\r\n"),
    ("NUL in an extension", b"5;a\x00b\r\nhello\r\n0\r\n\r\n"),
    ("a long extension", b"5;" + b"a" * 20_000 + b"\r\nhello\r\n0\r\n\r\n"),
    ("bare LF at the end", b"0\r\n\n"),
    ("bare LF after the last chunk", b"0\n\r\n"),
    ("trailer without colon", b"0\r\nfoo\r\n\r\n"),
    ("trailer with bare LF", b"0\r\nA: b\n\r\n"),
    ("folded trailer", b"0\r\nA: b\r\n c\r\n\r\n"),
    ("trailer with a space in its name", b"0\r\nA : b\r\n\r\n"),
    ("trailer with NUL", b"0\r\nA: \x00\r\n\r\n"),
    ("trailers without end", b"0\r\n" + b"A: b\r\n" * 20_000 + b"\r\n"),
]


@pytest.mark.parametrize("target", TARGETS, ids=["own", "proxied"])
def test_HT02_chunks_are_read_to_the_letter(gateway, upstream, target):
    for why, body in CHUNKS:
        # What comes before the mistake may already be on its way to the API: the refusal breaks that request off.
        before = upstream.count
        answers = exchange(gateway.address, request(
            target, b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n", body + b"\r\n" + SMUGGLED))
        assert [a.status for a in answers] in ([400], [413]), f"{why}: {answers}"
        assert upstream.count == before, why


def test_HT02_a_chunk_of_four_gigabytes_is_no_short_one(gateway, upstream):
    """A size that is cut to 32 bits would end after five bytes."""
    with Wire(gateway.address) as wire:
        wire.send(request(b"/api/v1/auth/login", b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n",
                          b"100000005\r\nhello\r\n0\r\n\r\n" + SMUGGLED * 200))
        assert wire.answer().status == 413
        assert wire.is_over()
    assert upstream.count == 0


def test_HT02_trailers_are_no_headers(gateway, upstream):
    body = b"5\r\nhello\r\n0\r\nX-User-Id: root\r\nAuthorization: Bearer x\r\nContent-Length: 3\r\n\r\n"
    wire = Wire(gateway.address)
    assert wire.send(request(b"/open/x", b"Transfer-Encoding: chunked\r\nTrailer: X-User-Id\r\n", body)).answer().status == 200
    names = {name.lower() for name, _ in upstream.requests[0]["headers"]}
    assert not names & {"x-user-id", "authorization", "trailer", "content-length"}
    # The connection stays in step.
    assert wire.send(SMUGGLED).answer().json["target"] == "/open/smuggled"


HOSTS = [
    ("none", b""),
    ("empty", b"Host:\r\n"),
    ("blank", b"Host:  \r\n"),
    ("two", b"Host: x\r\nHost: y\r\n"),
    ("two equal", b"Host: x\r\nHost: x\r\n"),
    ("two, cases", b"Host: x\r\nhOST: y\r\n"),
    ("with path", b"Host: x/y\r\n"),
    ("with user", b"Host: a@x\r\n"),
    ("with space", b"Host: x y\r\n"),
    ("with comma", b"Host: x,y\r\n"),
    ("with backslash", b"Host: x\\y\r\n"),
    ("with scheme", b"Host: http://x\r\n"),
    ("with query", b"Host: x?y\r\n"),
    ("with fragment", b"Host: x#y\r\n"),
    ("with percent", b"Host: x%2fy\r\n"),
    ("with quote", b'Host: x"y\r\n'),
    ("with angle", b"Host: <x>\r\n"),
    ("with control", b"Host: x\x01\r\n"),
    ("with high bytes", b"Host: \xff\xfe\r\n"),
    ("port not a number", b"Host: x:http\r\n"),
    ("port too large", b"Host: x:65536\r\n"),
    ("port negative", b"Host: x:-1\r\n"),
    ("two ports", b"Host: x:80:80\r\n"),
    ("open bracket", b"Host: [::1\r\n"),
    ("bracket with a name", b"Host: [x]\r\n"),
    ("text after the bracket", b"Host: [::1]x\r\n"),
    ("too long", b"Host: " + b"x" * 300 + b"\r\n"),
]


@pytest.mark.parametrize("target", [b"/healthz", b"/open/x", b"http://x/open/x"], ids=["own", "proxied", "absolute"])
def test_HT03_exactly_one_good_Host(gateway, upstream, target):
    for why, host in HOSTS:
        assert_refused(gateway, request(target, b"", SMUGGLED, method=b"GET", host=host), why=why)
    assert upstream.count == 0
    for host in (b"x", b"X.Example", b"x:8080", b"127.0.0.1", b"[::1]:80", b"a-b_c.d"):
        data = request(target, b"Connection: close\r\n", method=b"GET", host=b"Host: " + host + b"\r\n")
        assert [a.status for a in exchange(gateway.address, data)] == [200], host


FIELDS = [
    ("space before the colon", b"X-A : b\r\n"),
    ("tab before the colon", b"X-A\t: b\r\n"),
    ("obs-fold with space", b"X-A: b\r\n c\r\n"),
    ("obs-fold with tab", b"X-A: b\r\n\tc\r\n"),
    ("fold of nothing", b"X-A: b\r\n \r\n"),
    ("NUL in a value", b"X-A: b\x00c\r\n"),
    ("bare CR in a value", b"X-A: b\rc\r\n"),
    ("bare LF in a value", b"X-A: b\nc\r\n"),
    ("bare LF ends a line", b"X-A: b\n"),
    ("CR CR LF", b"X-A: b\r\r\n"),
    ("escape in a value", b"X-A: \x1b[31m\r\n"),
    ("DEL in a value", b"X-A: \x7f\r\n"),
    ("empty name", b": b\r\n"),
    ("no colon", b"X-A\r\n"),
    ("a space in a name", b"X A: b\r\n"),
    ("NUL in a name", b"X\x00A: b\r\n"),
    ("parenthesis in a name", b"X(A): b\r\n"),
    ("slash in a name", b"X/A: b\r\n"),
    ("quote in a name", b'"X": b\r\n'),
    ("brackets in a name", b"X[A]: b\r\n"),
    ("at in a name", b"X@A: b\r\n"),
    ("equals in a name", b"X=A: b\r\n"),
    ("high bytes in a name", b"X-\xc3\xa9: b\r\n"),
    ("comma in a name", b"X,A: b\r\n"),
    ("backslash in a name", b"X\\A: b\r\n"),
    ("a leading space", b" X-A: b\r\n"),
    ("a leading tab", b"\tX-A: b\r\n"),
]


@pytest.mark.parametrize("target", [b"/healthz", b"/open/x"], ids=["own", "proxied"])
def test_HT04_fields_are_read_to_the_letter(gateway, upstream, target):
    for why, field in FIELDS:
        assert_refused(gateway, request(target, field, SMUGGLED, method=b"GET"), why=why)
    assert upstream.count == 0


LINES = [
    ("two spaces", b"GET  /open/x HTTP/1.1\r\n"),
    ("a tab", b"GET\t/open/x HTTP/1.1\r\n"),
    ("leading space", b" GET /open/x HTTP/1.1\r\n"),
    ("trailing space", b"GET /open/x HTTP/1.1 \r\n"),
    ("bare LF", b"GET /open/x HTTP/1.1\n"),
    ("no version", b"GET /open/x\r\n"),
    ("lower-case version", b"GET /open/x http/1.1\r\n"),
    ("version 1.10", b"GET /open/x HTTP/1.10\r\n"),
    ("version 1.", b"GET /open/x HTTP/1.\r\n"),
    ("version 01.1", b"GET /open/x HTTP/01.1\r\n"),
    ("version with text", b"GET /open/x HTTP/1.1x\r\n"),
    ("no target", b"GET HTTP/1.1\r\n"),
    ("relative target", b"GET open/x HTTP/1.1\r\n"),
    ("asterisk with GET", b"GET * HTTP/1.1\r\n"),
    ("authority with GET", b"GET x:80 HTTP/1.1\r\n"),
    ("another scheme", b"GET ftp://x/open/x HTTP/1.1\r\n"),
    ("scheme without authority", b"GET http:///open/x HTTP/1.1\r\n"),
    ("user in the authority", b"GET http://a@x/open/x HTTP/1.1\r\n"),
    ("NUL in the target", b"GET /open/\x00 HTTP/1.1\r\n"),
    ("high byte in the target", b"GET /open/\xe9 HTTP/1.1\r\n"),
    ("method with colon", b"GET: /open/x HTTP/1.1\r\n"),
    ("method of controls", b"G\x01T /open/x HTTP/1.1\r\n"),
    ("method too long", b"G" * 33 + b" /open/x HTTP/1.1\r\n"),
    ("an HTTP/2 preface", b"PRI * HTTP/2.0\r\n"),
    ("a TLS hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n"),
]


def test_HT04_request_lines_are_read_to_the_letter(gateway, upstream):
    for why, line in LINES:
        assert_refused(gateway, line + HOST + b"\r\n" + SMUGGLED, (400, 505), why)
    assert upstream.count == 0


def test_HT05_a_refused_request_with_a_body_is_not_followed_by_its_own_body(start, upstream):
    """The refusal comes before the body is read: its bytes must not become a request of their own."""
    server = start({**upstream.settings(("ANY /mine/*", "user"), ("ANY /open/*", "public")),
                    "server": {"body_limit": "1KiB"}})
    for target, status in [(b"/mine/x", 401), (b"/nowhere", 404), (b"/open/%2e%2e/x", 400), (b"/healthz", 405),
                           (b"/api/v1/auth/login", 413)]:
        body = SMUGGLED * 40
        data = request(target, b"Content-Length: %d\r\n" % len(body), body)
        assert_refused(server, data + SMUGGLED, (status,), target)
    assert upstream.count == 0


def test_HT05_a_refused_request_with_a_small_body_that_came_along_is_followed_by_the_next(start, upstream):
    """Where the body was read, the connection may go on, but only in step."""
    server = start(upstream.settings(("ANY /open/*", "public")))
    answers = exchange(server.address, request(b"/api/v1/auth/login", b"Content-Length: 5\r\n", b"hello") + SMUGGLED)
    assert answers[0].status == 415
    assert [a.json["target"] for a in answers[1:]] in ([], ["/open/smuggled"])


def test_HT05_a_body_that_never_comes_is_cut_after_the_deadline(start, upstream):
    server = start({**upstream.settings(("ANY /open/*", "public")), "server": {"body_timeout": "2s"}})
    for target in TARGETS:
        with Wire(server.address) as wire:
            wire.send(request(target, b"Content-Type: application/json\r\nContent-Length: 5\r\nExpect: 100-continue\r\n"))
            assert wire.answer().status == 100
            wire.send(b"hel")
            server.settle_log()
            # Until it has been noticed, each second of the server's time is one more that the body did not come.
            server.advance("3s")
            assert wire.answer().status == 408
            assert wire.is_over()


def test_HT06_an_absolute_target_decides_and_not_the_Host(gateway, upstream):
    for target in (b"http://other.example/open/x", b"HTTPS://other.example/open/x"):
        answers = exchange(gateway.address, request(target, b"Connection: close\r\n", method=b"GET"))
        assert [a.status for a in answers] == [200]
        received = upstream.requests[-1]
        assert received["target"] == "/open/x"
        assert ["X-Forwarded-Host", "other.example"] in received["headers"]
        assert [v for n, v in received["headers"] if n.lower() == "host"] == ["%s:%d" % upstream.address]
    assert exchange(gateway.address, request(b"http://other.example/healthz", b"Connection: close\r\n",
                                             method=b"GET"))[0].status == 200
    # The policy sees the path inside: no second interpretation of the whole target.
    assert exchange(gateway.address, request(b"http://x/nowhere", b"Connection: close\r\n", method=b"GET"))[0].status == 404


def test_HT06_CONNECT_and_TRACE_are_refused(gateway, upstream):
    assert_refused(gateway, b"CONNECT other.example:443 HTTP/1.1\r\nHost: other.example\r\n\r\n" + SMUGGLED, (405, 501))
    for target in (b"/healthz", b"/open/x"):
        answers = exchange(gateway.address, request(target, b"Connection: close\r\nX-Secret: s3cret\r\n", method=b"TRACE"))
        assert answers[0].status in (405, 501)
        assert b"s3cret" not in answers[0].body
    assert upstream.count == 0


def test_HT07_each_limit_holds_one_byte_beyond_it(start, upstream):
    server = start({**upstream.settings({"match": "ANY /open/*", "allow": "public", "body_limit": "2KiB"}),
                    "server": {"body_limit": "1KiB"}})

    def first(data):
        return exchange(server.address, data)[0].status

    def get(target, fields=b""):
        return first(request(target, b"Connection: close\r\n" + fields, method=b"GET"))

    fill = b"/open/" + b"a" * (16 * 1024 - 6)
    assert get(fill) == 200
    assert get(fill + b"a") == 414
    # With Host and Connection a hundred fields.
    assert get(b"/healthz", b"".join(b"A%d: b\r\n" % i for i in range(98))) == 200
    assert get(b"/healthz", b"".join(b"A%d: b\r\n" % i for i in range(99))) == 431
    assert get(b"/healthz", b"A: " + b"b" * 64 * 1024 + b"\r\n") == 431
    assert get(b"/healthz", b"".join(b"A%d: " % i + b"b" * 1000 + b"\r\n" for i in range(90))) == 431

    json_type = b"Content-Type: application/json\r\n"
    for target, limit, accepted in ((b"/api/v1/auth/login", 1024, 400), (b"/open/x", 2048, 200)):
        fits, over = b"[" * limit, limit + 1
        assert first(request(target, json_type + b"Connection: close\r\nContent-Length: %d\r\n" % limit, fits)) == accepted
        # Refused unread: no byte of the body is sent.
        assert first(request(target, json_type + b"Content-Length: %d\r\n" % over)) == 413
        assert first(request(target, json_type + b"Content-Length: 9223372036854775807\r\n")) == 413
        assert first(request(target, json_type + b"Transfer-Encoding: chunked\r\n",
                             b"%x\r\n" % over + b"[" * over + b"\r\n0\r\n\r\n")) == 413


def test_HT07_one_line_without_end_is_refused_while_it_comes(gateway):
    """Nobody has to send the end of a head for it to be refused: memory stays bounded."""
    for start_of_head, status in [(b"GET /" + b"a" * 200_000, 414), (b"G" * 200_000, 400),
                                  (b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"b" * 200_000, 431)]:
        with Wire(gateway.address) as wire:
            try:
                wire.send(start_of_head)
            except ConnectionError:
                pass
            assert wire.answer().status == status


UPGRADES = [
    b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
    b"Connection: Upgrade\r\nUpgrade: h2c\r\n",
    b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
    b"Connection: upgrade\r\nUpgrade: WebSocket, h2c\r\n",
    b"Connection: Upgrade\r\nUpgrade: TLS/1.0\r\n",
    b"Connection: keep-alive, Upgrade\r\nUpgrade: h2c\r\nUpgrade: websocket\r\n",
]


def test_HT08_no_upgrade_on_a_route_that_does_not_have_it(gateway, upstream):
    for fields in UPGRADES:
        with Wire(gateway.address) as wire:
            for target in (b"/healthz", b"/open/x"):
                answer = wire.send(request(target, fields, method=b"GET")).answer()
                assert answer.status == 200 and answer.header("Upgrade") is None, fields
        names = {name.lower() for name, _ in upstream.requests[-1]["headers"]}
        assert not names & {"upgrade", "http2-settings", "connection"}, fields


def test_HT08_an_upgrade_that_the_API_grants_unasked_is_no_tunnel(start, upstream):
    upstream.answer = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
    for websocket in (False, True):
        server = start(upstream.settings({"match": "ANY /open/*", "allow": "public", "websocket": websocket}))
        for fields in UPGRADES:
            # What the client sends behind it would go past the policy.
            answers = exchange(server.address, request(b"/open/x", fields, method=b"GET") + SMUGGLED)
            assert answers[0].status == 502, fields


CRLF = ["%0d%0aX-Evil:%20y", "%0aX-Evil:%20y", "%0dX-Evil:%20y", "%0D%0A%0D%0A<html>", "%E5%98%8A%E5%98%8DX-Evil:y",
        "%C4%8D%C4%8AX-Evil:y", "%u000aX-Evil:y", "%250d%250aX-Evil:y", "%c0%8aX-Evil:y", "%23%0aX-Evil:y"]


def test_HT11_no_answer_has_lines_that_the_client_wrote(gateway, upstream):
    places = [
        lambda t: (f"/{t}", {}), lambda t: (f"/open/{t}", {}), lambda t: (f"/healthz?x={t}", {}),
        lambda t: (f"/problems/{t}", {}), lambda t: (f"/api/v1/users/{t}", {}), lambda t: (f"/api/v1/{t}", {}),
        lambda t: ("/healthz", {"Origin": t}), lambda t: ("/healthz", {"X-Request-Id": t}),
        lambda t: ("/healthz", {"Access-Control-Request-Headers": t}),
        lambda t: ("/api/v1/auth/csrf-token", {"Cookie": f"preSession={t}; csrfToken={t}"}),
        lambda t: ("/healthz", {"Host": "x", "X-Forwarded-Host": t}),
    ]
    for text in CRLF:
        for place in places:
            target, fields = place(text)
            head = "".join(f"{n}: {v}\r\n" for n, v in {"Host": "x", "Connection": "close", **fields}.items())
            for method in ("GET", "OPTIONS"):
                # wire.answer() fails on lines that are no fields, exchange() on bytes behind the answer.
                for answer in exchange(gateway.address, f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode()):
                    assert not answer.all("X-Evil"), (method, target, fields)
                    assert answer.status < 500
    for request_ in upstream.requests:
        assert not any(name.lower() == "x-evil" for name, _ in request_["headers"])
    with Wire(gateway.address) as wire:
        with pytest.raises(Closed):
            wire.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\nOrigin: a\r\n\tb\r\n\r\n").answer()
            wire.answer()
