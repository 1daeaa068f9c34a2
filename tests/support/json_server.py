"""json-server, an API that knows nothing of users (https://github.com/typicode/json-server), as a child process."""

import json
import socket
import subprocess
import time
from pathlib import Path

PROGRAM = Path(__file__).resolve().parents[1] / "node/node_modules/json-server/lib/cli/bin.js"

# The sample of its README, and a few records more so that lists are lists.
SAMPLE = {
    "posts": [{"id": 1, "title": "json-server", "author": "typicode"}, {"id": 2, "title": "second", "author": "ada"},
              {"id": 3, "title": "third", "author": "grace"}],
    "comments": [{"id": 1, "body": "some comment", "postId": 1}, {"id": 2, "body": "another", "postId": 1},
                 {"id": 3, "body": "elsewhere", "postId": 2}],
    "profile": {"name": "typicode"},
}


class JsonServer:
    def __init__(self, directory):
        directory.mkdir(parents=True)
        self.database = directory / "db.json"
        self.database.write_text(json.dumps(SAMPLE))

    def __enter__(self):
        with socket.socket() as probe:  # it cannot choose a port and tell it
            probe.bind(("127.0.0.1", 0))
            self.address = probe.getsockname()
        self.url = "http://%s:%d" % self.address
        self._process = subprocess.Popen(
            ["node", str(PROGRAM), "--quiet", "--host", self.address[0], "--port", str(self.address[1]), str(self.database)],
            cwd=self.database.parent, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self._wait()
        return self

    def _wait(self):
        deadline = time.monotonic() + 20
        while True:
            try:
                return socket.create_connection(self.address, timeout=1).close()
            except OSError:
                assert self._process.poll() is None, self._process.stderr.read().decode()
                assert time.monotonic() < deadline, "json-server does not come up"
                time.sleep(0.02)  # there is nothing to wait for but the port

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait(20)
        self._process.stderr.close()
