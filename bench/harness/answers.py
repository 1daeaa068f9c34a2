"""Scenarios in which the server itself answers: Gatehouse's profile request against what others do with the same."""

from contextlib import ExitStack

from . import http, jwk, peers
from .gatehouse import PROFILE
from .postgres import Postgres
from .process import BenchError
from .report import http_row
from .setting import USERS

OURS = "signature (cached), session, role and two limits checked, the profile as JSON"


class Answers:
    """A Gatehouse with users, and the request files and the answer that peers get too."""

    def __init__(self, setting, stack, algorithm):
        self.setting, self.stack, self.algorithm = setting, stack, algorithm
        server = setting.gatehouse(name=f"gatehouse-{algorithm}", algorithm=algorithm)
        self.server = stack.enter_context(server)
        self.tokens = self.server.users(USERS)
        self.files = self.server.write_requests(self.tokens)
        self.answer = http.call(self.server.port, "GET", PROFILE, token=self.tokens[0], expect=200)

    def start(self, peer):
        return self.stack.enter_context(peer)

    def compare(self, peer, **load):
        """(our turns, the peer's turns)"""
        theirs = http.call(peer.port, "GET", PROFILE, token=self.tokens[0], expect=200)
        if theirs.json() != self.answer.json():
            raise BenchError(f"{peer.name} answers with another body")
        command = self.setting.load.command
        turns = self.setting.load.alternate({
            "gatehouse": (self.server, command(self.server.port, self.files, **load)),
            peer.name: (peer, command(peer.port, self.files, **load))})
        return turns["gatehouse"], turns[peer.name]


def constant(setting):
    with ExitStack() as stack:
        answers = Answers(setting, stack, "ES256")
        nginx = answers.start(peers.nginx("constant", setting.folder / "nginx", answer=answers.answer))
        note = f"ours: {OURS}; nginx checks nothing and sends the same headers and body from its settings"
        yield http_row("constant", "checked request / nginx `return 200`", ">= 1.0", note, *answers.compare(nginx))
        yield http_row("constant", "the same, 16 requests pipelined", "", note, *answers.compare(nginx, depth=16))


def auth_request(setting):
    with ExitStack() as stack:
        answers = Answers(setting, stack, "ES256")
        nginx = answers.start(peers.nginx("auth-request", setting.folder / "nginx", answer=answers.answer))
        note = ("nginx: `auth_request` to a constant 200 of its own, `limit_req`, the same answer from a cached file; "
                "no token is verified")
        yield http_row("auth-request", "checked request / nginx `auth_request` + `limit_req`", "", note,
                       *answers.compare(nginx))


def haproxy(setting):
    for algorithm, target in (("RS256", ">= 4"), ("ES256", "")):
        with ExitStack() as stack:
            answers = Answers(setting, stack, algorithm)
            checks = (algorithm, answers.server.public_key(answers.tokens[0]))
            folder = setting.folder / f"haproxy-{algorithm}"
            peer = answers.start(peers.haproxy(folder, checks=checks, answer=answers.answer))
            note = ("the same token; HAProxy verifies its signature every time, looks at its expiry and role, counts "
                    "one limit by address, and knows no sessions: a revoked one passes; Gatehouse remembers verified "
                    "tokens and checks the session")
            yield http_row("haproxy", f"checked request / HAProxy `jwt_verify` ({algorithm}) + stick table", target,
                           note, *answers.compare(peer))


def _node(setting, name, target, note):
    with ExitStack() as stack:
        code = peers.install_node_peer(name, setting.programs / "bench-peers")
        answers = Answers(setting, stack, "RS256")
        database = stack.enter_context(Postgres(setting.folder))
        database.add_sessions([jwk.claims_of(token) for token in answers.tokens])
        key = answers.server.public_key(answers.tokens[0])
        peer = answers.start(peers.node(name, code, setting.folder / name, public_key=key, answer=answers.answer,
                                        database_url=database.url))
        yield http_row(name, f"checked request / {note}", target,
                       "the same token (RS256) and body; theirs asks PostgreSQL for the session every time (its CPU "
                       "time, on the other core, is not counted), ours keeps sessions in memory and is told when one "
                       "is revoked",
                       *answers.compare(peer))


def express(setting):
    yield from _node(setting, "express", ">= 40", "Express 5, jsonwebtoken, express-rate-limit, helmet, pg")


def fastify(setting):
    yield from _node(setting, "fastify", ">= 12", "Fastify, @fastify/jwt, @fastify/rate-limit, @fastify/helmet, pg")
