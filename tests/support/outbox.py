"""Promises mails from outside, as another node of the same system would: a second implementation of the outbox's rows.

For tests of the sending itself; what a request makes the server promise is tested where the request is.
"""

import base64
import os
import sqlite3
import time

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def _b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _master(server):
    text = (server.data / "master.key").read_text().strip()
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _new_id(number):
    """A UUIDv7 whose order is that of the numbers."""
    milliseconds = int(time.time() * 1000)
    random = int.from_bytes(os.urandom(7), "big")
    value = (milliseconds << 80) | (7 << 76) | ((number & 0xFFF) << 64) | (2 << 62) | random
    text = f"{value:032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def promise(server, *letters):
    """Each letter is (to, kind, {variable: value}); their ids. One transaction."""
    key = HKDF(hashes.SHA256(), 32, None, b"outbox").derive(_master(server))
    rows = []
    for number, (to, kind, variables) in enumerate(letters):
        parts = [kind, to, *(text for pair in variables.items() for text in pair)]
        plain = b"".join(str(len(part.encode())).encode() + b":" + part.encode() for part in parts)
        row_id, nonce = _new_id(number), os.urandom(12)
        rows.append((row_id, _b64(nonce + AESGCM(key).encrypt(nonce, plain, row_id.encode()))))
    now = int(time.time() * 1000)
    with sqlite3.connect(server.data / "gatehouse.db", timeout=20) as connection:
        connection.executemany("INSERT INTO outbox (id, sealed, state, attempts, last_error, created_at, due_at, "
                               "leased_until) VALUES (?, ?, 'waiting', 0, '', ?, ?, 0)",
                               [(row_id, sealed, now, now) for row_id, sealed in rows])
    connection.close()
    return [row_id for row_id, _ in rows]
