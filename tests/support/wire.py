"""A connection on which a test writes bytes as it likes and reads the answers one by one."""

import socket

from support.client import Answer


class Closed(Exception):
    """The server has closed the connection."""


class Wire:
    """`tls`: an ssl.SSLContext to speak TLS with."""

    def __init__(self, address, timeout=20.0, tls=None, source=None):
        self.socket = socket.create_connection(address, timeout=timeout, source_address=(source, 0) if source else None)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
        self._have = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def reset(self):
        """Ends the connection with RST instead of FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)
        return self

    def _more(self):
        try:
            piece = self.socket.recv(65536)
        except (ConnectionResetError, BrokenPipeError):
            piece = b""
        if not piece:
            raise Closed
        self._have += piece

    def _until(self, mark):
        while mark not in self._have:
            self._more()
        head, self._have = self._have.split(mark, 1)
        return head

    def _exactly(self, size):
        while len(self._have) < size:
            self._more()
        taken, self._have = self._have[:size], self._have[size:]
        return taken

    def answer(self, is_head=False):
        """The next answer, read as strictly as it is framed; Closed when there is none."""
        start, *lines = self._until(b"\r\n\r\n").split(b"\r\n")
        version, status, _ = start.split(b" ", 2)
        assert version == b"HTTP/1.1", start
        headers = []
        for line in lines:
            name, value = line.split(b": ", 1)
            assert b"\r" not in line and b"\n" not in line, line
            headers.append((name.decode("latin-1"), value.decode("latin-1")))
        answer = Answer(int(status), headers, b"")
        if answer.status // 100 == 1 or answer.status in (204, 304) or is_head:
            return answer
        if answer.header("Transfer-Encoding") == "chunked":
            while size := int(self._until(b"\r\n"), 16):
                answer.body += self._exactly(size)
                assert self._until(b"\r\n") == b""
            assert self._until(b"\r\n") == b""
        else:
            answer.body = self._exactly(int(answer.header("Content-Length")))
        return answer

    def is_over(self):
        """Reads on until the server closes; fails when it sends anything more."""
        try:
            while True:
                self._more()
        except Closed:
            assert self._have == b"", f"bytes after the last answer: {self._have[:200]!r}"
            return True


def exchange(address, data, **kw):
    """Sends the bytes on a new connection; all answers until the server closes it or has answered nothing more.

    `data` must make the server close: with "Connection: close" in the last request, or by being refused.
    """
    answers = []
    with Wire(address, **kw) as wire:
        wire.send(data)
        try:
            while True:
                answers.append(wire.answer())
        except Closed:
            assert wire._have == b"", f"half an answer: {wire._have[:200]!r}"
    return answers
