"""Plain HTTP for setting up, with the answer's bytes as they came."""

import json
import socket
from dataclasses import dataclass

from .process import BenchError


@dataclass
class Answer:
    status: int
    fields: list  # (name, value), in order
    body: bytes

    def json(self):
        return json.loads(self.body)


def exchange(port, request):
    """Sends bytes that end a request and reads one answer with a Content-Length."""
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(request)
        received = b""
        while b"\r\n\r\n" not in received:
            received += _some(connection)
        head, _, body = received.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        fields = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:]]
        length = int(next((value for name, value in fields if name.lower() == "content-length"), 0))
        while len(body) < length:
            body += _some(connection)
    return Answer(int(lines[0].split()[1]), fields, body)


def _some(connection):
    part = connection.recv(65536)
    if not part:
        raise BenchError("the server closed the connection before its answer was whole")
    return part


def request_bytes(method, path, port, *, token=None, body=None):
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "User-Agent: gatehouse_load",
             "Accept: application/json"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    payload = b""
    if body is not None:
        payload = json.dumps(body).encode()
        lines += ["Content-Type: application/json", f"Content-Length: {len(payload)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + payload


def call(port, method, path, *, token=None, body=None, expect=None):
    answer = exchange(port, request_bytes(method, path, port, token=token, body=body))
    if expect is not None and answer.status != expect:
        raise BenchError(f"{method} {path}: {answer.status} {answer.body[:300]!r}")
    return answer
