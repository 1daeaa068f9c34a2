"""X14: one file is the whole server; and what a first start leaves behind (B09)."""

import shutil
import stat
import subprocess

import pytest

from support.people import PASSWORD
from support.server import BINARY, Server

PORTS = {"GATEHOUSE_SERVER_LISTEN": "127.0.0.1:0", "GATEHOUSE_SERVER_ADMIN_LISTEN": "127.0.0.1:0",
         "GATEHOUSE_ADMIN_PASSWORD": None}


class Bare(Server):
    """The binary alone in an empty folder: no settings file, no command line."""

    def __init__(self, directory):
        super().__init__(directory=directory, env=PORTS)
        self.binary = shutil.copy(BINARY, self.directory / "gatehouse")

    def write_settings(self):
        pass


@pytest.fixture
def bare(tmp_path):
    server = Bare(tmp_path / "empty").start()
    yield server
    server.stop()


def test_X14_the_binary_alone_answers_in_an_empty_folder(bare):
    assert {path.name for path in bare.directory.iterdir()} == {"gatehouse", "data", "control.sock"}
    client = bare.client()
    for path in ("//", "//healthz", "//readyz", "//.well-known/jwks.json", "/auth/policy", "//problems/token-expired"):
        assert client.get(path).status == 200, path
    assert client.post("/auth/register", {"email": "n@example.org", "password": PASSWORD}).status == 201
    weak = client.post("/auth/register", {"email": "m@example.org", "password": "Password123"})
    assert weak.status == 400 and weak.json["errors"][0]["code"] == "too_common", "its list is inside"
    assert bare.metrics().value("http_requests_total") >= 7


def test_X14_what_it_keeps_is_in_the_data_folder_and_private(bare):
    kept = {path.name for path in bare.data.iterdir()}
    assert {"gatehouse.db", "master.key"} <= kept
    assert kept <= {"gatehouse.db", "gatehouse.db-wal", "gatehouse.db-shm", "master.key"} | {
        name for name in kept if "lock" in name}
    assert stat.S_IMODE((bare.data / "master.key").stat().st_mode) == 0o600


def test_X14_it_needs_nothing_but_the_systems_libraries():
    listed = subprocess.run(["ldd", BINARY], capture_output=True, text=True, check=True).stdout
    assert "not found" not in listed
    for line in listed.splitlines():
        if "=>" in line:
            assert line.split("=>")[1].strip().startswith(("/lib", "/usr/lib")), line
