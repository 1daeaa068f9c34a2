"""Gatehouse as the scenarios run it: its settings, its users, their tokens and the requests they send."""

from pathlib import Path

from . import http, jwk, machine
from .process import Server

PASSWORD = "Loud-Otter-Climbs-42-Ropes"
PROFILE = "/api/v1/profile"
# Two limits apply to each request that is measured: one for the user, one for the address. Both are far away.
LIMITS = """
[[limit]]
name = "authenticated"
on = ["authenticated"]
key = "user"
limit = 1000000000
window = "1m"

[[limit]]
name = "everybody"
on = ["all"]
key = "ip"
limit = 1000000000
window = "1m"
"""
ROUTE = """
[[upstream]]
name = "app"
targets = ["http://127.0.0.1:{upstream}"]

[[route]]
match = "GET /items/:id"
allow = ["viewer", "editor", "admin"]
to = "app"
"""
SETTINGS = """
[server]
listen = ["127.0.0.1:{port}"]
admin_listen = "127.0.0.1:{admin_port}"
public_url = "http://127.0.0.1:{port}"
workers = 1

[store]
url = "sqlite:{folder}/gatehouse.db"

[tokens]
algorithm = "{algorithm}"
rsa_bits = 2048
access_ttl = "1h"

[registration]
verify_email = false

[log]
level = "warn"
"""


class Gatehouse(Server):
    """`pinned`: on the server's core alone, as every peer is."""

    def __init__(self, binary, folder, *, algorithm="ES256", upstream=None, pinned=True):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        port, self.admin_port = machine.free_port(), machine.free_port()
        settings = SETTINGS.format(port=port, admin_port=self.admin_port, folder=self.folder, algorithm=algorithm)
        config = self.folder / "gatehouse.toml"
        config.write_text(settings + LIMITS + (ROUTE.format(upstream=upstream) if upstream else ""))
        super().__init__("gatehouse", [binary, "serve", "--config", config], port=port, log=self.folder / "log",
                         cores={machine.SERVER_CORE} if pinned else None, cwd=self.folder)

    def register(self, count):
        """`count` users with nothing but a password; their addresses."""
        emails = [f"user{i}@bench.example" for i in range(count)]
        for email in emails:
            http.call(self.port, "POST", "/api/v1/auth/register", body={"email": email, "password": PASSWORD},
                      expect=201)
        return emails

    def login(self, email):
        body = {"email": email, "password": PASSWORD, "transport": "bearer"}
        return http.call(self.port, "POST", "/api/v1/auth/login", body=body, expect=200).json()["data"]

    def users(self, count):
        return [self.login(email)["accessToken"] for email in self.register(count)]

    def write_requests(self, tokens, path=PROFILE):
        """A file for each token, with the same bytes for every server that is compared."""
        files = []
        for i, token in enumerate(tokens):
            files.append(self.folder / f"request-{path.strip('/').replace('/', '-')}-{i}")
            files[-1].write_bytes(http.request_bytes("GET", path, self.port, token=token))
        return files

    def public_key(self, token):
        """A PEM file with the key that signed the token; the next one is published beside it."""
        wanted = jwk.header_of(token)["kid"]
        keys = http.call(self.port, "GET", "/.well-known/jwks.json", expect=200).json()["keys"]
        path = self.folder / "public.pem"
        path.write_text(jwk.to_pem(next(key for key in keys if key["kid"] == wanted)))
        return path

    def metric(self, name):
        """The sum over a metric's labels; None when there is no such metric."""
        lines = http.call(self.admin_port, "GET", "/metrics", expect=200).body.decode().splitlines()
        values = [float(line.rsplit(" ", 1)[1]) for line in lines
                  if line.startswith((name + " ", name + "{"))]
        return sum(values) if values else None
