"""The page behind the link of a mail, its script run in node."""

import pytest

from support.page import run_page
from support.people import PASSWORD


@pytest.fixture
def token(start):
    server = start({"registration": {"verify_email": True}})
    server.client().post("/auth/register", {"email": "ada@example.org", "password": PASSWORD})
    return server, server.mail().token


def is_verified(server):
    return bool(server.rows("SELECT email_verified FROM users WHERE email = 'ada@example.org'")[0]["email_verified"])


def test_B02_the_pages_button_verifies(token):
    server, secret = token
    opened = run_page(server, f"/auth/verify?token={secret}")
    assert opened.asks == [] and not is_verified(server), "opening it does nothing"
    assert secret not in opened.address, "and takes the token out of the address bar"
    clicked = run_page(server, f"/auth/verify?token={secret}", "click:go")
    assert clicked.asks == [("POST /api/v1/auth/verify", 200)]
    assert clicked.says[-1] == "Your address is confirmed. You can log in now."
    assert is_verified(server) and clicked.disabled == ["go"]
    again = run_page(server, f"/auth/verify?token={secret}", "click:go")
    assert again.asks == [("POST /api/v1/auth/verify", 400)] and "no longer valid" in again.says[-1]


def test_B02_a_link_without_its_token_says_so(token):
    server, _ = token
    opened = run_page(server, "/auth/verify")
    assert opened.disabled == ["go"] and "incomplete" in opened.says[-1]


def test_B02_the_page_brings_a_csrf_token_where_one_is_asked_for(start):
    server = start({"registration": {"verify_email": True}, "csrf": {"mode": "always"}})
    visitor = server.client(jar=True)
    visitor.csrf = visitor.get("/auth/csrf-token").data["csrfToken"]
    answer = visitor.post("/auth/register", {"email": "ada@example.org", "password": PASSWORD})
    assert answer.status == 201
    clicked = run_page(server, f"/auth/verify?token={server.mail().token}", "click:go")
    assert clicked.asks == [("POST /api/v1/auth/verify", 403), ("GET /api/v1/auth/csrf-token", 200),
                            ("POST /api/v1/auth/verify", 200)]
    assert is_verified(server)


def test_B02_the_page_says_when_a_limit_refuses_and_lets_one_try_again(start):
    tight = {"name": "tight", "on": ["POST {prefix}/auth/verify"], "key": "ip", "limit": 1, "window": "1m"}
    server = start({"limit": [tight]})
    assert server.client().post("/auth/verify", {"token": "x"}).status == 400
    clicked = run_page(server, "/auth/verify?token=x", "click:go")
    assert clicked.asks == [("POST /api/v1/auth/verify", 429)]
    assert clicked.says[-1].startswith("Too many requests. Try again in ") and clicked.disabled == []
