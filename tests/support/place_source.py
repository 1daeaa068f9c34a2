"""A server that answers as MaxMind's downloads do, or hands out any file, and can be told to misbehave.

As of 2026 (https://dev.maxmind.com/geoip/updating-databases/): basic authentication with account id and licence key, a
redirect to a presigned address of another host, and beside each archive its SHA-256.
"""

import base64
import gzip
import hashlib
import io
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ACCOUNT = "123456:abcdef_licence_key"
EDITION = "GeoLite2-City"


def tar_gz(database, name=f"{EDITION}_20261120/{EDITION}.mmdb"):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for path, content in ((name.rpartition("/")[0] + "/LICENSE.txt", b"licence"), (name, database)):
            entry = tarfile.TarInfo(path)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


class _Server:
    def __init__(self, answer):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                status, headers, body = answer(self.path, self.headers)
                self.send_response(status)
                for field in (*headers.items(), ("Content-Length", str(len(body)))):
                    self.send_header(*field)
                self.end_headers()
                try:
                    self.wfile.write(body)
                except OSError:
                    pass  # the client had enough

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = "http://127.0.0.1:%d" % self.http.server_address[1]
        self._thread = threading.Thread(target=self.http.serve_forever, daemon=True)
        self._thread.start()

    def close(self):
        self.http.shutdown()
        self.http.server_close()
        self._thread.join()


class PlaceSource:
    """`offer(database)` puts a new one up. Downloads are at `url`; MaxMind's at maxmind_settings."""

    def __init__(self):
        self.paths = []          # that were asked for, in order
        self.login_elsewhere = None  # the Authorization that the presigned address saw
        self.redirect_to = None  # instead of the presigned address
        self.hold = threading.Event()  # cleared: the archive is not answered
        self.hold.set()
        self.waiting = threading.Event()  # somebody waits for it

    def __enter__(self):
        self._storage = _Server(self._store)
        self._front = _Server(self._answer)
        self.url = self._front.url
        return self

    def __exit__(self, *_):
        self.hold.set()
        self._front.close()
        self._storage.close()

    @property
    def maxmind(self):
        """Settings for a server that has the right licence key."""
        return {"settings": {"geo": {"source": "maxmind", "download_url": self.url}},
                "env": {"GATEHOUSE_GEO_LICENCE_KEY": ACCOUNT}}

    def offer(self, database=None, *, archive=None, digest=None):
        self.database = database
        self.archive = archive if archive is not None else tar_gz(database)
        self.digest = digest or hashlib.sha256(self.archive).hexdigest()
        return self

    def _answer(self, path, headers):
        self.paths.append(path)
        base = f"/geoip/databases/{EDITION}/download?suffix=tar.gz"
        if path in (base, base + ".sha256"):
            wanted = "Basic " + base64.b64encode(ACCOUNT.encode()).decode()
            if headers["Authorization"] != wanted:
                return 401, {}, b"Invalid license key"
            if path.endswith(".sha256"):
                return 200, {}, f"{self.digest}  {EDITION}_20261120.tar.gz\n".encode()
            return 302, {"Location": self.redirect_to or f"{self._storage.url}/presigned?signature=x"}, b""
        files = {"/places.mmdb": self.database, "/places.mmdb.gz": gzip.compress(self.database or b""),
                 "/places.tar.gz": self.archive}
        if path in files:
            return 200, {}, files[path]
        if path == "/places.tar.gz.sha256":
            return 200, {}, (self.digest + "\n").encode()
        return 404, {}, b"<html>not here</html>"

    def _store(self, path, headers):
        self.paths.append(path)
        self.login_elsewhere = headers["Authorization"]
        self.waiting.set()
        self.hold.wait(60)
        return 200, {}, self.archive
