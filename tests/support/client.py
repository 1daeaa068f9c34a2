"""A small HTTP client that changes nothing of what it is told to send.

Paths are written as in the contract: "/auth/login" stands below the server's prefix, "//healthz" at the root.
"""

import http.client
import json as json_module
import select
import socket


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers  # list of (name, value), as they came
        self.body = body

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name):
        """The one value of this field, or None; a field that comes twice fails."""
        values = self.all(name)
        assert len(values) <= 1, f"{name} came {len(values)} times: {values}"
        return values[0] if values else None

    @property
    def json(self):
        return json_module.loads(self.body)

    @property
    def data(self):
        return self.json["data"]

    @property
    def code(self):
        """The error's code; None on success."""
        return self.json.get("code") if self.status >= 400 else None

    @property
    def outcome(self):
        """(401, "TOKEN_EXPIRED"), to compare in one line."""
        return self.status, self.code

    @property
    def request_id(self):
        return self.header("X-Request-Id")

    def set_cookies(self):
        """{name: (value, {attribute in lower case: value or ""})}"""
        cookies = {}
        for line in self.all("Set-Cookie"):
            pair, *attributes = [part.strip() for part in line.split(";")]
            name, value = pair.split("=", 1)
            assert name not in cookies, f"the cookie {name} is set twice"
            split = [attribute.partition("=") for attribute in attributes]
            cookies[name] = value, {key.lower(): text for key, _, text in split}
        return cookies

    def __repr__(self):
        return f"<Answer {self.status} {self.body[:300]!r}>"


class Client:
    """One connection. `token` goes along as bearer; with `jar=True` cookies are kept and sent back as a browser does.

    source: the address to come from, any of 127.0.0.0/8.
    """

    def __init__(self, address, prefix="/api/v1", *, token=None, jar=False, source=None, timeout=20.0):
        self.address = address
        self.prefix = prefix
        self.token = token
        self.cookies = {} if jar else None
        self.csrf = None  # sent as X-CSRF-Token when set
        self.canaries = None  # where the secrets are noted that go through here
        self._connection = http.client.HTTPConnection(*address, timeout=timeout,
                                                      source_address=(source, 0) if source else None)

    def target(self, path):
        return path[1:] if path.startswith("//") else self.prefix + path

    def request(self, method, path, *, json=None, body=None, headers=(), token=None, cookie=None):
        """`json` becomes the body with its content type; `body` goes as it is. `cookie` replaces the jar."""
        content = body
        fields = list(headers)
        if json is not None:
            content = json_module.dumps(json).encode()
            fields.append(("Content-Type", "application/json"))
        if isinstance(content, str):
            content = content.encode()
        bearer = token if token is not None else self.token
        if bearer:
            fields.append(("Authorization", f"Bearer {bearer}"))
        if cookie is None and self.cookies:
            cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if cookie:
            fields.append(("Cookie", cookie))
        if self.csrf:
            fields.append(("X-CSRF-Token", self.csrf))
        return self._exchange(method, self.target(path), fields, content)

    def _open_connection(self):
        # The server ends idle connections, which a test's advance() brings about; http.client then opens a new one.
        socket_now = self._connection.sock
        if socket_now is not None and select.select([socket_now], [], [], 0)[0]:
            self._connection.close()
        return self._connection

    def _exchange(self, method, target, fields, content):
        names = {name.lower() for name, _ in fields}
        connection = self._open_connection()
        connection.putrequest(method, target, skip_host="host" in names, skip_accept_encoding=True)
        for name, value in fields:
            connection.putheader(name, value)
        if content is not None or method in ("POST", "PUT", "PATCH"):
            if not names & {"content-length", "transfer-encoding"}:
                connection.putheader("Content-Length", str(len(content or b"")))
        connection.endheaders(content)
        response = connection.getresponse()
        answer = Answer(response.status, response.getheaders(), response.read())
        if self.canaries is not None:
            for carried, body in ((fields, content), (answer.headers, answer.body)):
                self.canaries.note_fields(carried)
                self.canaries.note_body(body)
        self._keep_cookies(answer)
        return answer

    def _keep_cookies(self, answer):
        if self.cookies is None:
            return
        for name, (value, attributes) in answer.set_cookies().items():
            if attributes.get("max-age") == "0":
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value

    def get(self, path, **kw):
        return self.request("GET", path, **kw)

    def head(self, path, **kw):
        return self.request("HEAD", path, **kw)

    def options(self, path, **kw):
        return self.request("OPTIONS", path, **kw)

    def post(self, path, json=None, **kw):
        return self.request("POST", path, json=json, **kw)

    def put(self, path, json=None, **kw):
        return self.request("PUT", path, json=json, **kw)

    def patch(self, path, json=None, **kw):
        return self.request("PATCH", path, json=json, **kw)

    def delete(self, path, **kw):
        return self.request("DELETE", path, **kw)

    def close(self):
        self._connection.close()


def raw(address, data, timeout=20.0, half_close=False):
    """Sends these bytes and returns everything until the server closes the connection.

    A server that keeps the connection open fails the test after `timeout`: send "Connection: close", or half_close.
    """
    with socket.create_connection(address, timeout=timeout) as connection:
        connection.sendall(data)
        if half_close:
            connection.shutdown(socket.SHUT_WR)
        received = bytearray()
        while True:
            try:
                piece = connection.recv(65536)
            except ConnectionResetError:
                break
            if not piece:
                break
            received += piece
    return bytes(received)


def raw_status(address, data, **kw):
    """The status of the first answer to these bytes; None when there was none."""
    answer = raw(address, data, **kw)
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.") else None
