"""Fixtures for every test that drives the real server: `start`, `server`, `upstream` and `mailbox`."""

import pytest

from support.mailbox import Mailbox
from support.server import Server
from support.upstream import EchoUpstream

_failed = pytest.StashKey()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    if outcome.get_result().failed:
        item.stash[_failed] = True


@pytest.fixture
def start(request, tmp_path):
    """start(settings=None, **kw) -> Server: up and ready. All are stopped after the test, and must have ended well."""
    servers = []

    def begin(settings=None, **kw):
        server = Server(settings, directory=tmp_path / f"gatehouse{len(servers)}", **kw)
        servers.append(server)
        return server.start()

    yield begin
    complaints = []
    for server in servers:
        try:
            server.stop()
        except AssertionError as failure:
            complaints.append(str(failure))
    if complaints or request.node.stash.get(_failed, False):
        for server in servers:
            print(f"---- log of the server in {server.directory}\n{server.transcript()}")
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def server(start):
    """A server with the settings of most tests: mails in a folder, limits that nobody reaches, a seeded admin."""
    return start()


@pytest.fixture
def upstream():
    """An API behind the gateway that tells what it received."""
    with EchoUpstream() as echo:
        yield echo


@pytest.fixture
def mailbox():
    """An SMTP server that keeps what it is sent: start({"mail": mailbox.settings})."""
    with Mailbox() as box:
        yield box
