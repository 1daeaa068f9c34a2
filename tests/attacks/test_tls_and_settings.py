"""CF-01 to CF-07, WB-06, WB-07: the listener's TLS, the settings as an attack surface, and what must not be in a release."""

import os
import re
import signal
import ssl
import subprocess
import warnings
from pathlib import Path

import pytest

from support.certificates import context, serial_of, write_certificate
from support.server import BINARY, ROOT, Server
from support.wire import Closed, Wire, exchange

GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
V = ssl.TLSVersion


@pytest.fixture
def secure(start, tmp_path):
    """A TLS server, its certificate in `tmp_path`."""
    write_certificate(tmp_path)
    return start({"server": {"tls": {"cert": str(tmp_path / "cert.pem"), "key": str(tmp_path / "key.pem")},
                             "public_url": "https://localhost:8443"}})


def test_CF01_only_TLS_1_2_and_1_3_with_forward_secrecy_and_AEAD(secure):
    for version in (V.TLSv1_2, V.TLSv1_3):
        with Wire(secure.address, tls=context(version, version)) as wire:
            assert wire.send(GET).answer().status == 200
            assert wire.socket.version() == {V.TLSv1_2: "TLSv1.2", V.TLSv1_3: "TLSv1.3"}[version]
            name = wire.socket.cipher()[0]
            assert re.search(r"GCM|CHACHA20", name) and (name.startswith(("ECDHE", "TLS_"))), name
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that they are old is the point
        for version in (V.TLSv1, V.TLSv1_1):
            with pytest.raises((ssl.SSLError, ConnectionError)):
                Wire(secure.address, tls=context(version, version, "ALL:@SECLEVEL=0"))


WEAK = ["AES128-SHA", "AES256-SHA", "AES128-GCM-SHA256", "AES256-GCM-SHA384", "AES128-SHA256", "ECDHE-ECDSA-AES128-SHA",
        "ECDHE-ECDSA-AES256-SHA", "ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES256-SHA384", "DHE-RSA-AES128-GCM-SHA256",
        "ECDHE-ECDSA-AES128-CCM8", "AECDH-AES128-SHA", "ADH-AES128-GCM-SHA256", "NULL-SHA256", "ECDHE-ECDSA-NULL-SHA",
        "CAMELLIA128-SHA", "PSK-AES128-GCM-SHA256", "ECDHE-ECDSA-CAMELLIA128-SHA256", "ARIA128-GCM-SHA256"]


def test_CF01_weak_suites_are_refused(secure):
    offered = 0
    for suite in WEAK:
        try:
            weak = context(V.TLSv1_2, V.TLSv1_2, f"{suite}:@SECLEVEL=0")
        except ssl.SSLError:
            continue  # this client cannot even offer it
        offered += 1
        with pytest.raises((ssl.SSLError, ConnectionError)):
            Wire(secure.address, tls=weak)
    assert offered >= 8
    for good in ("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305"):
        with Wire(secure.address, tls=context(V.TLSv1_2, V.TLSv1_2, good)) as wire:
            assert wire.socket.cipher()[0] == good


def test_CF01_openssl_sees_no_compression_renegotiation_or_another_protocol(secure):
    def s_client(*arguments, text=b"Q\n"):
        done = subprocess.run(["openssl", "s_client", "-connect", "%s:%d" % secure.address, *arguments], input=text,
                              capture_output=True, timeout=20)
        return done.returncode, (done.stdout + done.stderr).decode("latin-1")

    code, text = s_client("-tls1_2", "-servername", "localhost")
    assert code == 0 and "Secure Renegotiation IS supported" in text and "Compression: NONE" in text
    _, text = s_client("-tls1_2", text=b"R\n")
    assert "RENEGOTIATING" in text and re.search(r"no renegotiation|handshake failure|no_renegotiation", text)
    code, text = s_client("-alpn", "h2")
    assert code != 0 and "no application protocol" in text
    code, text = s_client("-alpn", "h2,http/1.1")
    assert "ALPN protocol: http/1.1" in text


def test_CF01_a_new_certificate_is_for_new_connections_and_the_old_go_on(secure, tmp_path):
    with Wire(secure.address, tls=context()) as old:
        assert old.send(GET).answer().status == 200
        before = serial_of(old.socket)
        after = write_certificate(tmp_path)
        assert secure.reload()["event"] == "reloaded"
        with Wire(secure.address, tls=context()) as new:
            assert serial_of(new.socket) == after != before
            assert new.send(GET).answer().status == 200
        assert old.send(GET).answer().status == 200
        # What cannot be used changes nothing: neither the certificate nor anything else.
        good = {name: (tmp_path / name).read_bytes() for name in ("cert.pem", "key.pem")}
        write_certificate(tmp_path)
        foreign_key = (tmp_path / "key.pem").read_bytes()
        write_certificate(tmp_path, passphrase=b"nobody types it")
        locked_key = (tmp_path / "key.pem").read_bytes()
        for name, content in (("cert.pem", b""), ("cert.pem", b"no certificate"), ("key.pem", b""), ("key.pem", foreign_key),
                              ("key.pem", locked_key), ("cert.pem", good["key.pem"]), ("cert.pem", good["cert.pem"][:300])):
            for each, text in {**good, name: content}.items():
                (tmp_path / each).write_bytes(text)
            refused = secure.reload()
            assert refused["event"] == "reload_refused" and "tls." in refused["why"], (name, refused)
            assert "PRIVATE KEY" not in secure.transcript()
            with Wire(secure.address, tls=context()) as still:
                assert serial_of(still.socket) == after
        assert old.send(GET).answer().status == 200


def test_CF01_a_certificate_without_its_key_is_refused_at_the_start(start, tmp_path):
    write_certificate(tmp_path)
    good = (tmp_path / "cert.pem").read_bytes()
    write_certificate(tmp_path)
    (tmp_path / "cert.pem").write_bytes(good)
    server = Server({"server": {"tls": {"cert": str(tmp_path / "cert.pem"), "key": str(tmp_path / "key.pem")},
                                "public_url": "https://localhost"}}, directory=tmp_path / "wrong")
    assert "tls." in server.refuses_to_start()


def test_CF02_a_TLS_port_speaks_nothing_else(secure):
    body = b'{"email":"a@example.org","password":"secret-secret-1"}'
    with Wire(secure.address) as wire:
        wire.send(b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                  % (len(body), body))
        with pytest.raises(Closed):
            while True:
                wire._more()
        assert not wire._have.startswith(b"HTTP/")
    assert not [e for e in secure.log() if e["event"] == "request"]


def test_CF02_a_reload_cannot_switch_TLS_off_or_on(start, tmp_path):
    write_certificate(tmp_path)
    tls = {"cert": str(tmp_path / "cert.pem"), "key": str(tmp_path / "key.pem")}
    for before, after in (({"tls": tls}, {"tls": {"cert": "", "key": ""}}), ({}, {"tls": tls})):
        server = start({"server": {"public_url": "https://localhost:1", **before}})
        server.settings["server"].update(after)
        assert server.reload()["event"] == "reload_refused"
        speaks_tls = bool(before)
        with Wire(server.address, tls=context() if speaks_tls else None) as wire:
            assert wire.send(GET).answer().status == 200


def test_WB07_HSTS_over_TLS_and_behind_a_trusted_TLS_proxy_alone(secure, start, upstream):
    def hsts(answer):
        return answer.header("Strict-Transport-Security")

    with Wire(secure.address, tls=context()) as wire:
        for target in (b"/healthz", b"/nowhere", b"/api/v1/profile"):
            value = hsts(wire.send(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % target).answer())
            assert int(re.search(r"max-age=(\d+)", value)[1]) >= 31_536_000 and "includeSubDomains" in value
    trusting = start({**upstream.settings(("ANY /open/*", "public")), "server": {"trusted_proxies": ["127.0.0.1/32"]}})
    plain = start(upstream.settings(("ANY /open/*", "public")))
    for path in ("//healthz", "//nowhere", "//open/x"):
        https = [("X-Forwarded-Proto", "https")]
        assert hsts(trusting.client().get(path, headers=https))
        assert hsts(trusting.client().get(path, headers=[("X-Forwarded-Proto", "http")])) is None
        assert hsts(plain.client().get(path, headers=https)) is None


def test_WB06_a_preflight_with_a_huge_list_is_answered_without_permission(start):
    server = start({"cors": {"origins": ["https://app.example"]}})

    def preflight(wanted):
        return server.client().options("/profile", headers=[
            ("Origin", "https://app.example"), ("Access-Control-Request-Method", "GET"), ("Access-Control-Request-Headers", wanted)])

    assert preflight("x-a, content-type").header("Access-Control-Allow-Headers") == "x-a, content-type"
    for wanted in ("a," * 20_000, "," * 50_000, "x" * 1025, "a\x01".replace("\x01", "("), "x-a: y", "x\"a", "*/*"):
        answer = preflight(wanted)
        assert answer.status in (204, 431) and answer.header("Access-Control-Allow-Headers") is None
    (answer,) = exchange(server.address, b"OPTIONS /x HTTP/1.1\r\nHost: x\r\nOrigin: https://app.example\r\n"
                         b"Access-Control-Request-Method: GET\r\nAccess-Control-Request-Headers: " + b"a," * 500_000 + b"\r\n\r\n")
    assert answer.status == 431


# ---------------------------------------------------------------- CF-04, CF-05

ROUTE = '[[upstream]]\nname = "app"\ntargets = ["http://127.0.0.1:1"]\n[[route]]\n'
MISTAKES = [
    ('[server]\nlisten_on = ["127.0.0.1:0"]', "listen_on"), ("[server]\nworkers = \"two\"", "workers"),
    ('[servers]\nlisten = ["127.0.0.1:0"]', "servers"), ('[server]\nbody_limit = 10', "body_limit"),
    ('[server]\nbody_limit = "10 apples"', "body_limit"), ('[server]\ntrusted_proxies = ["0.0.0.0/33"]', "trusted_proxies"),
    ('[server]\ntrusted_proxies = ["proxy.example"]', "trusted_proxies"), ('[server]\npublic_url = "javascript:x"', "public_url"),
    ('[server]\nprefix = "api"', "prefix"), ('[passwords]\nmin_length = 7', "min_length"),
    ('[passwords]\nargon2id = { memory = "1KiB", passes = 1, lanes = 1 }', "argon2id"), ('[passwords]\nhash = "md5"', "hash"),
    ('[tokens]\nalgorithm = "none"', "algorithm"), ('[tokens]\nalgorithm = "HS256"', "algorithm"),
    ('[tokens]\naccess_ttl = "15"', "access_ttl"), ('[tokens]\naccess_ttl = "-1m"', "access_ttl"), ('[tokens]\nrsa_bits = 1024', "rsa_bits"),
    ('[cors]\norigins = ["*"]', "origins"), ('[cors]\norigins = ["null"]', "origins"), ('[cors]\norigins = ["https://a.example/"]', "origins"),
    ('[cookies]\nsame_site = "None"', "same_site"), ('[roles]\nnames = ["viewer"]', "roles"),
    ('[registration]\ndefault_role = "root"', "default_role"), ('[registration]\ndefault_role = "admin"', "default_role"),
    ('[[limit]]\nname = "x"\non = ["all"]\nkey = "ip"\nlimit = 0\nwindow = "1m"', "limit"),
    ('[[limit]]\nname = "x"\non = ["all"]\nkey = "adress"\nlimit = 1\nwindow = "1m"', "key"),
    ('[[limit]]\nname = "x"\non = ["POST {prefix}/auth/logn/../x"]\nkey = "ip"\nlimit = 1\nwindow = "1m"', "on"),
    (ROUTE + 'match = "GET /x"\nto = "app"', "allow"), (ROUTE + 'match = "GET /x"\nallow = []\nto = "app"', "allow"),
    (ROUTE + 'match = "GET /x"\nallow = "everyone"\nto = "app"', "allow"), (ROUTE + 'match = "GET /x"\nallow = "user"\nto = "ap"', "to"),
    (ROUTE + 'match = "get /x"\nallow = "user"\nto = "app"', "match"), (ROUTE + 'match = "GET x"\nallow = "user"\nto = "app"', "match"),
    (ROUTE + 'match = "GET /a/../x"\nallow = "user"\nto = "app"', "match"), (ROUTE + 'match = "GET /x%2fy"\nallow = "user"\nto = "app"', "match"),
    (ROUTE + 'match = "GET /*/x"\nallow = "user"\nto = "app"', "match"), (ROUTE + 'match = "GET /x"\nallow = "owner:id"\nto = "app"', "allow"),
    ('[server\nlisten = 1', "gatehouse.toml"), ('[log]\nlevel = "loud"', "level"), ('[csrf]\nmode = "off"', "csrf"),
    ('[server]\nworkers = 1\nworkers = 2', "workers"), ('[store]\nurl = "mysql://x"', "url"),
]


def config_check(tmp_path, text, env=None):
    (tmp_path / "gatehouse.toml").write_text(text)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GATEHOUSE_")}
    return subprocess.run([BINARY, "config", "check"], cwd=tmp_path, env={**kept, **(env or {})}, capture_output=True, text=True, timeout=60)


def test_CF04_every_mistake_in_the_settings_is_refused_and_named(tmp_path):
    accepted = []
    for text, key in MISTAKES:
        done = config_check(tmp_path, text)
        if done.returncode == 0:
            accepted.append(text)
            continue
        assert done.returncode == 1, (text, done)
        assert key in done.stderr, (text, done.stderr)
    assert accepted == []
    assert config_check(tmp_path, "").returncode == 0


def test_CF04_nine_limits_on_one_route_are_refused(start, tmp_path):
    """One question to the limiter has room for eight: a ninth must not be written past the end."""
    def limits(count):
        return [{"name": f"l{i}", "on": ["all"], "key": "ip", "limit": 100, "window": "1m"} for i in range(count)]

    server = start({"limit": limits(8)})
    assert server.client().get("/auth/policy").status == 200
    server.settings["limit"] = limits(9)
    refused = server.reload()
    assert refused["event"] == "reload_refused" and "limit" in refused["why"]
    assert server.client().get("/auth/policy").status == 200
    assert "more than 8 limits" in Server({"limit": limits(9)}, directory=tmp_path / "nine").refuses_to_start()


def test_CF05_secrets_are_not_in_what_the_process_shows(start, tmp_path):
    secret = "cF05-canary-password-77"
    server = start(env={"GATEHOUSE_ADMIN_PASSWORD": secret})
    proc = Path(f"/proc/{server.process.pid}")
    assert secret.encode() not in (proc / "cmdline").read_bytes()
    assert (server.data / "master.key").stat().st_mode & 0o077 == 0
    shown = subprocess.run([BINARY, "config", "show"], cwd=server.directory, capture_output=True, text=True, timeout=60,
                           env={"PATH": os.environ["PATH"], "GATEHOUSE_ADMIN_PASSWORD": secret, "GATEHOUSE_MASTER_KEY": "A" * 43})
    assert shown.returncode == 0 and secret not in shown.stdout + shown.stderr and "A" * 43 not in shown.stdout
    wrong = config_check(tmp_path, "", {"GATEHOUSE_MASTER_KEY": "canary-of-wrong-length"})
    assert wrong.returncode == 1 and "canary" not in wrong.stderr + wrong.stdout
    assert secret not in server.metrics().text and secret not in server.transcript()


# ---------------------------------------------------------------- CF-07

RELEASE = Path(os.environ.get("GATEHOUSE_RELEASE_BINARY", ROOT / "build/release/gatehouse"))
HOOKS = [b"GATEHOUSE_TEST_CONTROL", b"OffsetClock", b"advance ", b"serve_control", b"ManualClock"]


@pytest.mark.skipif(not RELEASE.exists(), reason="no release binary was built")
def test_CF07_the_release_has_none_of_the_test_hooks():
    release = RELEASE.read_bytes()
    assert [hook for hook in HOOKS if hook in release] == []
    assert HOOKS[0] in Path(BINARY).read_bytes()  # or the names above are wrong
    symbols = subprocess.run(["nm", "-C", RELEASE], capture_output=True, text=True, timeout=60).stdout
    assert not re.search(r"OffsetClock|ManualClock|open_control|OrderedFault", symbols)


@pytest.mark.skipif(not RELEASE.exists(), reason="no release binary was built")
def test_CF07_the_release_does_not_listen_to_tests(start):
    server = start(binary=str(RELEASE))
    assert not (server.directory / server.control_path).exists()
    for path in ("//debug", "//debug/pprof", "//test", "//control", "//advance", "//metrics", "//actuator", "//_status"):
        assert server.client().get(path).status == 404


def test_CF07_signals_that_nobody_asked_for_end_nothing_quietly(start):
    server = start()
    server.process.send_signal(signal.SIGPIPE)
    assert server.client().get("//healthz").status == 200
