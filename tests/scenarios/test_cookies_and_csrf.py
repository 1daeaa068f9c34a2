"""What browsers are given and asked for: cookies (CK rows, E01) and CSRF (E02, WB-01, WB-02)."""

import pytest

from support.people import PASSWORD

SECURE = {"server": {"public_url": "https://app.example"}}


# ---------------------------------------------------------------- CK-01: attributes

def every_cookie(browser, person):
    """(endpoint, {name: (value, attributes)}) of every answer that sets cookies."""
    yield "login", browser.login.set_cookies()
    yield "csrf-token", browser.get("/auth/csrf-token").set_cookies()
    yield "csrf-token before login", person.server.client(jar=True).get("/auth/csrf-token").set_cookies()
    yield "refresh", browser.post("/auth/refresh").set_cookies()
    browser.csrf = next(value for name, value in browser.cookies.items() if name.endswith("csrfToken"))
    yield "logout", browser.post("/auth/logout").set_cookies()


@pytest.mark.parametrize("same_site", ["Strict", "Lax"])
def test_CK01_E01_in_production_every_cookie_is_host_bound_and_secure(start, same_site):
    server = start({**SECURE, "cookies": {"same_site": same_site}})
    person = server.person()
    for where, cookies in every_cookie(person.browser("cookie"), person):
        assert cookies, where
        for name, (_, attributes) in cookies.items():
            assert name.startswith("__Host-"), (where, name)
            assert "secure" in attributes and attributes["path"] == "/" and attributes["samesite"] == same_site, (where, name)
            assert "domain" not in attributes
            assert ("httponly" in attributes) == (name != "__Host-csrfToken"), (where, name)


def test_CK01_on_loopback_without_TLS_cookies_work_without_secure(server):
    browser = server.person().browser("cookie")
    for name, (_, attributes) in browser.login.set_cookies().items():
        assert not name.startswith("__Host-") and "secure" not in attributes and attributes["samesite"] == "Strict"
    assert browser.get("/profile").status == 200


def test_CK01_with_the_prefix_the_bare_names_are_not_read(start):
    server = start(SECURE)
    person = server.person()
    browser = person.browser("cookie")
    for name in ("accessToken", "__Secure-accessToken", "__host-accessToken"):
        cookie = f"{name}={browser.cookies['__Host-accessToken']}"
        assert server.client().get("/profile", cookie=cookie).outcome == (401, "AUTHENTICATION_REQUIRED"), name
    assert browser.get("/profile").status == 200


def test_E01_the_two_tokens_have_lifetimes_of_their_own(start):
    server = start({"tokens": {"access_ttl": "5m", "refresh_ttl": "2d"}})
    cookies = server.person().browser("cookie").login.set_cookies()
    assert cookies["accessToken"][1]["max-age"] == "300"
    assert cookies["refreshToken"][1]["max-age"] == str(2 * 24 * 3600)


def test_E01_an_authorization_header_wins_over_cookies(server):
    person, other = server.person(), server.person()
    browser = person.browser("cookie")
    assert browser.get("/profile", token=other.access_token).data["user"]["id"] == other.id
    assert browser.get("/profile", token="x.y.z").outcome == (401, "INVALID_TOKEN"), "a bad one does not fall back"


# ---------------------------------------------------------------- CK-02, CK-03: what comes back

def test_CK02_two_cookies_of_one_name_are_refused_in_either_order(server):
    victim, attacker = server.person(), server.person()
    mine, theirs = victim.browser("cookie").cookies["accessToken"], attacker.browser("cookie").cookies["accessToken"]
    for first, second in ((mine, theirs), (theirs, mine), (mine, mine), (mine, ""), ("", mine), (mine, "x")):
        for cookies in (f"accessToken={first}; accessToken={second}", f"accessToken={first};accessToken={second}",
                        f"a=1; accessToken={first}; b=2; accessToken={second}"):
            assert server.client().get("/profile", cookie=cookies).status == 401, cookies[:40]
    headers = [("Cookie", f"accessToken={mine}"), ("Cookie", f"accessToken={theirs}")]
    assert server.client().get("/profile", headers=headers).status == 401


def test_CK02_two_refresh_cookies_rotate_neither(server):
    victim, attacker = server.person().browser("cookie"), server.person().browser("cookie")
    cookie = f"refreshToken={victim.cookies['refreshToken']}; refreshToken={attacker.cookies['refreshToken']}"
    for csrf in (victim.csrf, attacker.csrf):
        answer = server.client().post("/auth/refresh", cookie=cookie, headers=[("X-CSRF-Token", csrf)])
        assert answer.status in (400, 401) and not answer.set_cookies()
    assert {row["generation"] for row in server.rows("SELECT generation FROM sessions")} == {1}


def test_CK02_CK03_odd_cookies_never_authenticate_and_never_break(server):
    token = server.person().browser("cookie").cookies["accessToken"]
    assert server.client().get("/profile", cookie=f" ; x ; accessToken={token} ; =y").status == 200, "the control"
    hostile = [f'accessToken="{token}"', f"accessToken = {token} x", f"accessToken={token},", f"accessToken%3D{token}",
               f"AccessToken={token}", f"accesstoken={token}", f"xaccessToken={token}", f"accessToken={token[:-1]}",
               f"accessToken={token}\\", f"accessToken=%22{token}%22", f"$Version=1; accessToken=\"{token}\"", "accessToken",
               "accessToken=", "=", ";", ";;;;", "=" * 3000, "a=b;" * 1500, "accessToken=null", "accessToken=undefined",
               f"a=\"; accessToken={token}x", "accessToken==", f"accessToken=;{token}", f"accessToken=\x7f{token}"]
    for cookie in hostile:
        answer = server.client().get("/profile", headers=[("Cookie", cookie)])
        assert answer.status in (400, 401, 431), cookie[:60]
    for raw in (b"accessToken=\xff\xfe", b"\x80=1; accessToken=" + token.encode()[:20], b"accessToken=\xc3\xa9"):
        assert server.client().get("/profile", headers=[("Cookie", raw)]).status in (400, 401)


def test_CK03_an_access_cookie_is_no_refresh_cookie(server):
    browser = server.person().browser("cookie")
    access, refresh = browser.cookies["accessToken"], browser.cookies["refreshToken"]
    assert server.client().get("/profile", cookie=f"accessToken={refresh}").outcome == (401, "INVALID_TOKEN")
    answer = server.client().post("/auth/refresh", cookie=f"refreshToken={access}", headers=[("X-CSRF-Token", browser.csrf)])
    assert answer.outcome == (401, "INVALID_REFRESH_TOKEN")


# ---------------------------------------------------------------- CK-04: clearing

@pytest.mark.parametrize("settings", [{}, SECURE, {"cookies": {"same_site": "Lax"}},
                                      {**SECURE, "cookies": {"domain": "app.example"}}])
def test_CK04_cookies_are_cleared_as_they_were_set(start, settings):
    server = start(settings)
    person = server.person()
    browser = person.browser("cookie") if "domain" not in settings.get("cookies", {}) else None
    if browser is None:
        browser = server.client(jar=True)
        browser.login = browser.post("/auth/login", {"email": person.email, "password": PASSWORD, "transport": "cookie"})
        browser.csrf = browser.cookies["csrfToken"]
    # All but the one by which the account knows this browser again: it gives access to nothing.
    placed = {name: cookie for name, cookie in browser.login.set_cookies().items() if "deviceId" not in name}
    cleared = browser.post("/auth/logout").set_cookies()
    assert set(placed) <= set(cleared)
    for name, (_, attributes) in placed.items():
        value, gone = cleared[name]
        assert value == "" and gone.pop("max-age") == "0"
        assert {k: v for k, v in attributes.items() if k != "max-age"} == gone, name


def test_CK04_deleting_oneself_clears_them_too(server):
    browser = server.person().browser("cookie")
    assert browser.delete("/auth/me").status == 200
    assert set(browser.cookies) <= {"deviceId"}


# ---------------------------------------------------------------- E02, WB-01: CSRF tokens

def changing_calls(person):
    return [("DELETE", "/sessions?except=current", None), ("PUT", f"/users/{person.id}/plan", {"plan": "paid"}),
            ("DELETE", "/auth/me", None), ("POST", "/auth/refresh", None), ("POST", "/auth/logout", None)]


def test_E02_WB01_by_cookie_every_change_needs_the_token(server):
    person = server.person()
    browser = person.browser("cookie")
    for method, path, body in changing_calls(person):
        for token in (None, "x", browser.csrf[:-1], browser.csrf + "A", browser.csrf.swapcase(), browser.cookies["accessToken"]):
            browser.csrf, good = token, browser.csrf
            assert browser.request(method, path, json=body).outcome == (403, "EBADCSRFTOKEN"), (method, path, token)
            browser.csrf = good
    assert browser.get("/profile").status == 200, "nothing of it happened"
    assert server.events("LOGOUT") == [] == server.events("DELETE_USER")
    assert server.rows("SELECT generation FROM sessions WHERE transport = 'cookie'") == [{"generation": 1}]


def test_E02_reading_needs_no_token(server):
    browser = server.person().browser("cookie")
    browser.csrf = None
    assert browser.get("/profile").status == 200 and browser.head("/sessions").status == 200


def test_E02_the_endpoint_gives_a_token_and_its_cookie(server):
    browser = server.person().browser("cookie")
    answer = browser.get("/auth/csrf-token")
    assert answer.set_cookies()["csrfToken"][0] == answer.data["csrfToken"]
    browser.csrf = answer.data["csrfToken"]
    assert browser.delete("/sessions?except=current").status == 200


def test_E02_bearer_calls_need_no_token(server):
    person = server.person()
    assert person.delete("/sessions?except=current").status == 200
    assert person.refresh().status == 200


def test_E02_proxied_changes_need_it_as_well(start, upstream):
    server = start(upstream.settings(("POST /x", "user"), ("GET /x", "user")))
    browser = server.person().browser("cookie")
    good, browser.csrf = browser.csrf, None
    assert browser.post("//x").outcome == (403, "EBADCSRFTOKEN")
    assert upstream.count == 0
    assert browser.get("//x").status == 200
    browser.csrf = good
    assert browser.post("//x").status == 200


def test_WB01_the_token_is_bound_to_its_session(server):
    person = server.person()
    first, second, stranger = person.browser("cookie"), person.browser("cookie"), server.person().browser("cookie")
    before_login = server.client(jar=True).get("/auth/csrf-token").data["csrfToken"]
    for foreign in (second.csrf, stranger.csrf, before_login):
        good, first.csrf = first.csrf, foreign
        assert first.delete("/sessions?except=current").outcome == (403, "EBADCSRFTOKEN")
        first.csrf = good
    old = first.csrf
    first.post("/auth/logout")
    again = person.browser("cookie")
    again.csrf = old
    assert again.delete("/sessions?except=current").outcome == (403, "EBADCSRFTOKEN"), "replayed after a new login"
    assert second.get("/profile").status == 200


def test_WB01_a_cookie_that_repeats_the_header_proves_nothing(server):
    """The plain double-submit scheme would take any pair that agrees; a sibling domain can set such a cookie."""
    browser = server.person().browser("cookie")
    browser.cookies["csrfToken"] = browser.csrf = "A" * 64
    assert browser.delete("/sessions?except=current").outcome == (403, "EBADCSRFTOKEN")


def test_WB01_with_mode_always_login_and_register_need_one_too(start):
    server = start({"csrf": {"mode": "always"}})
    form = server.client(jar=True)
    body = {"email": "n@example.org", "password": PASSWORD}
    assert form.post("/auth/register", body).outcome == (403, "EBADCSRFTOKEN")
    form.csrf = form.get("/auth/csrf-token").data["csrfToken"]
    assert form.post("/auth/register", body).status == 201
    other = server.client(jar=True)
    other.get("/auth/csrf-token")
    other.csrf = form.csrf
    assert other.post("/auth/login", body).outcome == (403, "EBADCSRFTOKEN"), "bound to the form's own cookie"
    assert form.post("/auth/login", body).status == 200


# ---------------------------------------------------------------- WB-02: Origin

OWN = "http://127.0.0.1:8080"  # public_url
FOREIGN = ["null", "https://evil.example", OWN + ".evil.example", "http://127.0.0.1:80800", "http://127.0.0.1",
           "https://127.0.0.1:8080", OWN + "/", "HTTP://127.0.0.1:8080", "http://127.0.0.1:8081", "http://localhost:8080",
           OWN + " " + OWN, "", "http://evil@127.0.0.1:8080"]


def test_WB02_a_foreign_origin_is_refused_even_with_the_right_token(server):
    person = server.person()
    browser = person.browser("cookie")
    for origin in FOREIGN:
        answer = browser.delete("/sessions?except=current", headers=[("Origin", origin)])
        assert answer.outcome == (403, "EBADCSRFTOKEN"), origin
    assert browser.delete("/sessions?except=current", headers=[("Origin", OWN)]).status == 200
    assert browser.delete("/sessions?except=current").status == 200, "none at all is fine with a valid token"


def test_WB02_a_listed_origin_may_change(start):
    server = start({"cors": {"origins": ["https://spa.example"]}})
    browser = server.person().browser("cookie")
    headers = [("Origin", "https://spa.example")]
    assert browser.delete("/sessions?except=current", headers=headers).status == 200
    browser.csrf = None
    assert browser.delete("/sessions?except=current", headers=headers).outcome == (403, "EBADCSRFTOKEN")


@pytest.mark.parametrize("path", ["/auth/refresh", "/auth/logout"])
def test_WB02_refresh_and_logout_by_cookie_check_the_origin_too(server, path):
    browser = server.person().browser("cookie")
    for origin in ("https://evil.example", "null"):
        answer = browser.post(path, headers=[("Origin", origin)])
        assert answer.outcome == (403, "EBADCSRFTOKEN"), origin
        assert not answer.set_cookies()
    assert browser.get("/profile").status == 200
    assert server.rows("SELECT generation FROM sessions WHERE transport = 'cookie'") == [{"generation": 1}]
    assert browser.post(path, headers=[("Origin", OWN)]).status == 200


@pytest.mark.parametrize("transport", ["cookie", "hybrid"])
def test_WB02_a_foreign_page_cannot_log_its_visitor_in(server, transport):
    """Login CSRF: the visitor would work in the attacker's account."""
    person = server.person()
    body = {"email": person.email, "password": PASSWORD, "transport": transport}
    answer = server.client().post("/auth/login", body, headers=[("Origin", "https://evil.example")])
    assert answer.outcome == (403, "EBADCSRFTOKEN") and not answer.set_cookies()
    assert server.client().post("/auth/login", body, headers=[("Origin", OWN)]).status == 200
    bearer = {**body, "transport": "bearer"}
    assert server.client().post("/auth/login", bearer, headers=[("Origin", "https://evil.example")]).status == 200
