"""Users of the server under test."""

import itertools
import uuid

PASSWORD = "kites-fly-over-the-lake-7"

_numbers = itertools.count(1)


class Person:
    """A user with a bearer session. `post`, `get` and so on speak with the access token."""

    def __init__(self, server, email, password):
        self.server = server
        self.email = email
        self.password = password
        self.id = None
        self.session = None
        self.access_token = None
        self.refresh_token = None
        self.client = server.client()

    @classmethod
    def new(cls, server, *, email=None, password=PASSWORD, role=None, plan=None, **members):
        person = cls(server, email or f"user{next(_numbers)}-{uuid.uuid4().hex[:8]}@example.org", password)
        person.register(**members)
        if role is not None:
            server.admin.set_role(person, role)
        if plan is not None:
            server.admin.set_plan(person, plan)
        return person.log_in()

    def register(self, **members):
        answer = self.client.post("/auth/register", {"email": self.email, "password": self.password, **members})
        assert answer.status == 201, answer
        self.id = answer.data["user"]["id"]
        return self

    def log_in(self):
        answer = self.server.client().post(
            "/auth/login", {"email": self.email, "password": self.password, "transport": "bearer"})
        assert answer.status == 200, answer
        self.take(answer.data)
        self.id = answer.data["user"]["id"]
        self.session = answer.data["session"]
        return self

    def browser(self, transport="cookie", **kw):
        """A client with a cookie jar that has logged in so and sends the CSRF token; `login` is the answer."""
        browser = self.server.client(jar=True, **kw)
        browser.login = browser.post(
            "/auth/login", {"email": self.email, "password": self.password, "transport": transport})
        assert browser.login.status == 200, browser.login
        browser.csrf = browser.login.set_cookies()["csrfToken" if "csrfToken" in browser.cookies
                                                   else "__Host-csrfToken"][0]
        return browser

    def take(self, tokens):
        self.access_token = tokens["accessToken"]
        self.refresh_token = tokens["refreshToken"]
        self.client.token = self.access_token

    def refresh(self, token=None):
        """One refresh by body; the answer. The person's tokens stay as they are: see take()."""
        return self.server.client().post("/auth/refresh", {"refreshToken": token or self.refresh_token})

    def __getattr__(self, name):
        if name in ("get", "head", "options", "post", "put", "patch", "delete", "request"):
            return getattr(self.client, name)
        raise AttributeError(name)


class Admin(Person):
    def set_role(self, person, role):
        return self._put(person, "role", role)

    def set_plan(self, person, plan):
        return self._put(person, "plan", plan)

    def set_disabled(self, person, disabled=True):
        return self._put(person, "disabled", disabled)

    def _put(self, person, what, value):
        answer = self.put(f"/users/{person.id}/{what}", {what: value})
        assert answer.status == 200, answer
        return answer
