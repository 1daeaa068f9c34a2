"""An API behind the gateway that answers with what it received, byte for byte, and counts."""

import json
import socket
import threading


class EchoUpstream:
    """Answers every request with 200 and {"method", "target", "headers": [[name, value]…], "body"}.

    answer: replaces that; bytes, or a function of the received dict that returns bytes (a whole HTTP answer).
    requests: everything received so far, as such dicts.
    """

    def __init__(self, answer=None):
        self.answer = answer
        self.requests = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = self._listener.getsockname()
        self.url = "http://%s:%d" % self.address
        self._open = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        # shutdown, since closing alone does not wake a thread that waits in accept or recv.
        for each in [self._listener, *self._open]:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            each.close()

    @property
    def count(self):
        return len(self.requests)

    def settings(self, *routes, **upstream):
        """The tables [[upstream]] and [[route]]: settings(("GET /projects", "user"), {"match": …, "allow": …})."""
        tables = [r if isinstance(r, dict) else {"match": r[0], "allow": r[1]} for r in routes]
        return {"upstream": [{"name": "app", "targets": [self.url], **upstream}],
                "route": [{"to": "app", **table} for table in tables]}

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            with connection, connection.makefile("rb") as stream:
                while request := _read_request(stream):
                    self.requests.append(request)
                    connection.sendall(self._answer_to(request))
        except (OSError, ValueError):
            pass
        finally:
            self._open.discard(connection)

    def _answer_to(self, request):
        if callable(self.answer):
            return self.answer(request)
        return self.answer if self.answer is not None else json_answer(request)


def json_answer(value, status="200 OK", fields=()):
    body = json.dumps(value).encode()
    head = [f"HTTP/1.1 {status}", "Content-Type: application/json", f"Content-Length: {len(body)}", *fields]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def _read_request(stream):
    line = stream.readline()
    if not line:
        return None
    method, target, _ = line.decode("latin-1").split(" ", 2)
    headers = []
    while (field := stream.readline()) not in (b"\r\n", b""):
        name, value = field.decode("latin-1").rstrip("\r\n").split(":", 1)
        headers.append([name, value.strip()])
    return {"method": method, "target": target, "headers": headers, "body": _read_body(stream, headers)}


def _read_body(stream, headers):
    by_name = {name.lower(): value for name, value in headers}
    if by_name.get("transfer-encoding", "").lower() == "chunked":
        body = b""
        while size := int(stream.readline().split(b";")[0], 16):
            body += stream.read(size)
            stream.readline()
        while stream.readline() not in (b"\r\n", b""):
            pass
        return body.decode("latin-1")
    return stream.read(int(by_name.get("content-length", "0"))).decode("latin-1")


def values(request, name):
    """All values of one field in a received request."""
    return [value for key, value in request["headers"] if key.lower() == name.lower()]
