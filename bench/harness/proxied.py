"""Scenarios in which an nginx behind the server answers with a small JSON."""

from contextlib import ExitStack

from . import http, machine, peers
from .report import http_row
from .setting import USERS

PATH = "/items/42"
WHERE = "the upstream shares a core with the load"
CHECKED = "ours: token, session, role and two limits checked, identity headers set"


def _measure(setting, stack, algorithm, make_peers):
    upstream = stack.enter_context(peers.nginx("upstream", setting.folder / "upstream", core=machine.LOAD_CORE))
    server = stack.enter_context(setting.gatehouse(algorithm=algorithm, upstream=upstream.port))
    tokens = server.users(USERS)
    files = server.write_requests(tokens, PATH)
    contenders = {"gatehouse": server}
    for name, peer in make_peers(server, upstream, tokens[0]).items():
        contenders[name] = stack.enter_context(peer)
    for contender in contenders.values():
        http.call(contender.port, "GET", PATH, token=tokens[0], expect=200)
    return setting.load.alternate({name: (contender, setting.load.command(contender.port, files))
                                   for name, contender in contenders.items()})


def proxied(setting):
    def plain(_server, upstream, _token):
        return {"haproxy": peers.haproxy(setting.folder / "haproxy", upstream=upstream.port),
                "nginx": peers.nginx("proxy", setting.folder / "nginx", upstream=upstream.port)}
    with ExitStack() as stack:
        turns = _measure(setting, stack, "ES256", plain)
        yield http_row("proxied", "checked and proxied / plain HAProxy", ">= 1.0",
                       f"{CHECKED}; HAProxy checks nothing; {WHERE}", turns["gatehouse"], turns["haproxy"])
        yield http_row("proxied", "checked and proxied / plain nginx `proxy_pass`", "",
                       f"{CHECKED}; nginx checks nothing; {WHERE}; to reach 1.0 would be the stretch",
                       turns["gatehouse"], turns["nginx"])


def proxied_jwt(setting):
    def checking(server, upstream, token):
        checks = ("RS256", server.public_key(token))
        return {"haproxy": peers.haproxy(setting.folder / "haproxy", checks=checks, upstream=upstream.port)}
    with ExitStack() as stack:
        turns = _measure(setting, stack, "RS256", checking)
        yield http_row("proxied-jwt", "checked and proxied / HAProxy `jwt_verify` (RS256) + stick table", ">= 2.5",
                       f"{CHECKED}; HAProxy verifies the same token every time and knows no sessions; {WHERE}",
                       turns["gatehouse"], turns["haproxy"])
