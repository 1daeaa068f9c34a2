"""The audit trail's chain computed a second time, from what docs/guide/audit.md says about it."""

import base64
import hashlib
import hmac
import json
import sqlite3

FIELDS = ("id", "action", "outcome", "actor_id", "entity_type", "entity_id", "ip", "request_id", "metadata")


def _hkdf(master, info):
    """RFC 5869 with SHA-256, no salt, one block."""
    extracted = hmac.new(bytes(32), master, hashlib.sha256).digest()
    return hmac.new(extracted, info + b"\x01", hashlib.sha256).digest()


def _key(server):
    text = (server.data / "master.key").read_text().strip()
    return _hkdf(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), b"audit-trail")


def _hash_of(key, row, before):
    message = b""
    for value in (before, row["seq"], row["created_at"], *(row[name] for name in FIELDS)):
        raw = str(value).encode()
        message += b"%d:" % len(raw) + raw
    return hmac.new(key, message, hashlib.sha256).hexdigest()


def entries(server):
    """All rows of the trail as they are stored, oldest first, with `metadata` read into `more`."""
    rows = server.rows("SELECT * FROM audit_entries ORDER BY seq")
    return [{**row, "more": json.loads(row["metadata"])} for row in rows]


def assert_chain(server):
    """Fails at the first entry that is not what the server wrote; gives how many there are."""
    key = _key(server)
    head = server.rows("SELECT * FROM audit_head")[0]
    rows = server.rows("SELECT * FROM audit_entries ORDER BY seq")
    before, seq = head["base_hash"], head["base_seq"]
    for row in rows:
        seq += 1
        assert row["seq"] == seq, f"entry {seq} is missing"
        assert row["hash"] == _hash_of(key, row, before), f"entry {seq} was changed"
        before = row["hash"]
    assert (head["seq"], head["hash"]) == (seq, before), "the head tells of another entry"
    return len(rows)


def tamper(server, sql, *parameters):
    """What somebody can do who may write to the database."""
    connection = sqlite3.connect(server.data / "gatehouse.db", timeout=20)
    try:
        with connection:
            connection.executescript(sql) if not parameters else connection.execute(sql, parameters)
    finally:
        connection.close()
