"""Every kind of credential in every place where another kind belongs (JW-08, AZ-07), and two at once (OA-02)."""

import base64
import os
import zlib

import pytest

INVALID = (401, "INVALID_TOKEN")


def well_formed(prefix):
    """A token that has everything but the server's knowledge of it: 32 random bytes and their CRC-32."""
    random = os.urandom(32)
    return prefix + base64.urlsafe_b64encode(random + zlib.crc32(random).to_bytes(4, "big")).decode()


class Holder:
    """Somebody with one of each kind, all of them good."""

    def __init__(self, server):
        self.server = server
        self.person = server.person()
        made = self.person.post("/api-keys", {"name": "matrix"})
        assert made.status == 201, made
        self.browser = self.person.browser("cookie")
        cookies = {name.removeprefix("__Host-"): value for name, value in self.browser.cookies.items()}
        self.names = {name.removeprefix("__Host-"): name for name in self.browser.cookies}
        anonymous = server.client(jar=True)
        self.kinds = {
            "access token": self.person.access_token,
            "access cookie": cookies["accessToken"],
            "refresh token": self.person.refresh_token,
            "refresh cookie": cookies["refreshToken"],
            "api key": made.data["key"],
            "csrf token": cookies["csrfToken"],
            "csrf token before login": anonymous.get("/auth/csrf-token").data["csrfToken"],
            "one-time token": well_formed("gho_"),
            "invented api key": well_formed("ghk_"),
            "session id": self.person.session["id"],
            "key id": made.data["apiKey"]["id"],
            "user id": self.person.id,
            "password": self.person.password,
        }

    def works(self):
        """Everything that was good before is good still."""
        kinds = self.kinds
        assert self.server.client(token=kinds["access token"]).get("/profile").status == 200
        assert self.server.client().get("/profile", headers=[("X-API-Key", kinds["api key"])]).status == 200
        assert self.browser.get("/profile").status == 200
        assert self.server.rows("SELECT 1 FROM sessions WHERE revoked_at IS NOT NULL") == []


@pytest.fixture
def holder(server):
    return Holder(server)


def test_JW08_only_an_access_token_is_one(holder):
    for kind, text in holder.kinds.items():
        outcome = holder.server.client(token=text).get("/profile").outcome
        assert outcome == ((200, None) if kind in ("access token", "access cookie") else INVALID), kind
    holder.works()


def test_JW08_only_an_access_token_is_an_access_cookie(holder):
    for kind, text in holder.kinds.items():
        outcome = holder.server.client().get("/profile", cookie=f"{holder.names['accessToken']}={text}").outcome
        assert outcome == ((200, None) if kind in ("access token", "access cookie") else INVALID), kind
    holder.works()


def test_JW08_only_an_api_key_is_one(holder):
    for kind, text in holder.kinds.items():
        outcome = holder.server.client().get("/profile", headers=[("X-API-Key", text)]).outcome
        assert outcome == ((200, None) if kind == "api key" else INVALID), kind
    holder.works()


def test_JW08_only_a_refresh_token_refreshes(holder):
    server = holder.server
    for kind, text in holder.kinds.items():
        if kind in ("refresh token", "refresh cookie"):
            continue
        by_body = server.client().post("/auth/refresh", {"refreshToken": text})
        assert by_body.outcome == (401, "INVALID_REFRESH_TOKEN"), kind
        cookie = f"{holder.names['refreshToken']}={text}"
        outcome = server.client().post("/auth/refresh", cookie=cookie,
                                       headers=[("X-CSRF-Token", holder.kinds["csrf token"])]).outcome
        assert outcome == (401, "INVALID_REFRESH_TOKEN"), kind
        header = [("X-API-Key", text), ("Authorization", f"Bearer {text}")]
        assert server.client().post("/auth/refresh", headers=header).outcome == (401, "AUTHENTICATION_REQUIRED"), kind
    assert server.events("TOKEN_REUSE_DETECTED") == []
    holder.works()
    assert holder.person.refresh().status == 200


def test_JW08_only_a_csrf_token_of_this_session_is_one(holder):
    browser, id = holder.browser, "01890000-0000-7000-8000-000000000000"
    assert browser.delete(f"/sessions/{id}").outcome == (404, "NOT_FOUND"), "the token is asked for before the resource"
    good, browser.csrf = browser.csrf, None
    for kind, text in {**holder.kinds, "nothing": "", "another's": Holder(holder.server).kinds["csrf token"]}.items():
        outcome = browser.delete(f"/sessions/{id}", headers=[("X-CSRF-Token", text)]).outcome
        assert outcome == ((404, "NOT_FOUND") if text == good else (403, "EBADCSRFTOKEN")), kind
    holder.works()


def test_JW08_no_other_kind_logs_in_or_out(holder):
    server = holder.server
    for kind, text in holder.kinds.items():
        if kind in ("refresh token", "refresh cookie", "access token", "access cookie"):
            continue
        assert server.client().post("/auth/logout", {"refreshToken": text}).status == 200, "whatever is sent"
        assert server.client().post("/auth/logout", token=text).status == 200
        assert server.client().post("/auth/logout", headers=[("X-API-Key", text)]).status == 200
        if kind != "password":
            login = server.client().post("/auth/login", {"email": holder.person.email, "password": text})
            assert login.outcome == (401, "INVALID_CREDENTIALS"), kind
    holder.works()


# ---------------------------------------------------------------- OA-02: one credential per request

def credentials(holder):
    """Every way of showing who one is, as the fields of a request."""
    return {"header": ("Authorization", f"Bearer {holder.kinds['access token']}"),
            "cookie": ("Cookie", f"{holder.names['accessToken']}={holder.kinds['access cookie']}"),
            "key": ("X-API-Key", holder.kinds["api key"])}


def test_OA02_a_key_beside_another_credential_is_refused(holder):
    ways = credentials(holder)
    key = ways["key"]
    for other in (ways["header"], ways["cookie"], key, ("Authorization", "Bearer x"), ("Authorization", "Basic dTpw"),
                  ("Authorization", ""), ("X-API-Key", ""), ("X-API-Key", "x"), ("x-api-key", holder.kinds["api key"]),
                  ("Cookie", f"{holder.names['accessToken']}=x")):
        for pair in ([key, other], [other, key]):
            assert holder.server.client().get("/profile", headers=pair).outcome == INVALID, pair
    every = list(ways.values())
    assert holder.server.client().get("/profile", headers=every).outcome == INVALID
    holder.works()


def test_OA02_each_alone_is_good_and_other_cookies_are_no_credential(holder):
    ways = credentials(holder)
    for way in ways.values():
        assert holder.server.client().get("/profile", headers=[way]).status == 200
    for cookie in ("theme=dark", f"{holder.names['refreshToken']}={holder.kinds['refresh cookie']}",
                   f"{holder.names['csrfToken']}={holder.kinds['csrf token']}"):
        pair = [ways["key"], ("Cookie", cookie)]
        assert holder.server.client().get("/profile", headers=pair).status == 200, cookie


def test_OA02_two_of_one_kind_are_refused(holder):
    ways = credentials(holder)
    for name in ("header", "key"):
        assert holder.server.client().get("/profile", headers=[ways[name], ways[name]]).outcome == INVALID, name
    name, value = ways["cookie"]
    assert holder.server.client().get("/profile", headers=[(name, f"{value}; {value}")]).outcome == INVALID


def test_OA02_the_header_wins_over_the_cookie_and_never_falls_back_to_it(holder):
    ways = credentials(holder)
    assert holder.server.client().get("/profile", headers=[ways["header"], ways["cookie"]]).status == 200
    bad = [("Authorization", "Bearer x"), ways["cookie"]]
    assert holder.server.client().get("/profile", headers=bad).outcome == INVALID


def test_OA02_a_refused_pair_reaches_no_upstream_and_changes_nothing(start, upstream):
    server = start(upstream.settings(("ANY /any", "user")))
    holder = Holder(server)
    ways = credentials(holder)
    for pair in ([ways["key"], ways["header"]], [ways["key"], ways["cookie"]], [ways["key"], ways["key"]]):
        assert server.client().post("//any", headers=pair, body="x").outcome == INVALID
    assert upstream.count == 0
    assert server.client().get("//any", headers=[ways["key"]]).status == 200 and upstream.count == 1


def test_OA02_no_credential_is_taken_from_the_url(holder):
    for kind, text in holder.kinds.items():
        for name in ("access_token", "token", "api_key", "accessToken", "authorization", "X-API-Key"):
            path = f"/profile?{name}={text}"
            assert holder.server.client().get(path).outcome == (401, "AUTHENTICATION_REQUIRED"), (kind, name)
