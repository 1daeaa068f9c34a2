"""A browser whose refresh cookie is worth nothing any more is told to forget it (CK-04)."""

import pytest

NAMES = {"accessToken", "refreshToken", "csrfToken"}


def refreshed(browser, cookies=None):
    if cookies is not None:
        browser.cookies = dict(cookies)
    return browser.post("/auth/refresh")


def assert_forgets(answer, browser, login):
    cleared = answer.set_cookies()
    assert NAMES <= set(cleared)
    issued = login.set_cookies()
    for name, (value, attributes) in cleared.items():
        assert value == "" and attributes.pop("max-age") == "0"
        if name in issued:
            wanted = {key: text for key, text in issued[name][1].items() if key != "max-age"}
            assert attributes == wanted, "a browser keeps a cookie that is cleared with other attributes"
    assert not NAMES & set(browser.cookies)


@pytest.mark.parametrize("transport", ["hybrid", "cookie"])
def test_CK04_a_reused_refresh_cookie_is_cleared_with_its_attributes(start, transport):
    server = start({"tokens": {"refresh_grace": "0s", "unconfirmed_retry": "0s"}})
    browser = server.person().browser(transport)
    old = dict(browser.cookies)
    assert refreshed(browser).status == 200
    answer = refreshed(browser, old)
    assert answer.outcome == (401, "REFRESH_TOKEN_REUSED")
    assert_forgets(answer, browser, browser.login)


def test_CK04_a_refresh_cookie_of_an_ended_session_is_cleared(server):
    person = server.person()
    browser = person.browser("cookie")
    assert person.delete("/sessions?except=current").status == 200
    answer = refreshed(browser)
    assert answer.outcome == (401, "INVALID_REFRESH_TOKEN")
    assert_forgets(answer, browser, browser.login)


def test_CK04_a_refresh_cookie_that_was_never_ours_is_cleared(server):
    browser = server.person().browser("hybrid")
    browser.cookies["refreshToken"] = "ghr_nonsense"
    answer = refreshed(browser)
    assert answer.outcome == (401, "INVALID_REFRESH_TOKEN")
    assert_forgets(answer, browser, browser.login)


def test_CK04_what_another_site_sent_clears_nothing(server):
    browser = server.person().browser("hybrid")
    before = dict(browser.cookies)
    browser.csrf = None
    answer = refreshed(browser)
    assert answer.outcome == (403, "EBADCSRFTOKEN")
    assert not answer.set_cookies() and browser.cookies == before


def test_a_token_in_the_body_clears_no_cookies(server):
    person = server.person()
    assert person.delete("/sessions").status == 200
    answer = person.refresh()
    assert answer.outcome == (401, "INVALID_REFRESH_TOKEN")
    assert not answer.set_cookies()
