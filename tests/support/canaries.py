"""Secrets that went over the wire, and the search for them where none may be (LG06, OT10).

Every client of a test server notes the passwords, tokens, codes and keys that it sends and receives. When the server
is stopped, nothing of them may stand in its log, its standard error, its audit trail or its metrics.
"""

import json
import re
import sqlite3

# Members of bodies, as http-api.md names them.
MEMBERS = {"password", "currentPassword", "newPassword", "token", "code", "accessToken", "refreshToken", "csrfToken",
           "restoreToken", "key"}
COOKIES = ("accessToken", "refreshToken", "csrfToken", "preSession", "deviceId")

# What writes secrets on purpose: mails where the settings ask for that, and the first administrator's link.
SPEAKING_EVENTS = {"mail", "mail_logged", "admin_setup", "set_up_admin"}

# What tests send in place of a secret and is none: ids, and single words.
NO_SECRET = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[A-Za-z]+")

SHORTEST = 12  # shorter text stands in a log by chance; one-time codes are searched for as whole words
MOST = 400     # of one server, spread over its life: searching must not take longer than the test


def _secrets_in(value):
    """(member, text) of everything secret in a JSON value."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in MEMBERS and isinstance(inner, str):
                yield name, inner
            else:
                yield from _secrets_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _secrets_in(inner)


def _parsed(body):
    try:
        return json.loads(body)
    except (ValueError, TypeError, RecursionError):  # what a test sends is not always JSON
        return None


class Canaries:
    def __init__(self):
        self._texts = {}  # in the order in which they were seen
        self._codes = {}

    def note(self, text):
        if isinstance(text, str) and len(text) >= SHORTEST and not NO_SECRET.fullmatch(text):
            self._texts[text] = None

    def note_code(self, text):
        if re.fullmatch(r"\d{6,10}", text or ""):
            self._codes[text] = None

    def note_body(self, body):
        for name, text in _secrets_in(_parsed(body)):
            self.note_code(text) if name == "code" else self.note(text)

    def note_fields(self, fields):
        """Of a request or an answer: [(name, value)]."""
        for name, value in fields:
            if not isinstance(name, str) or not isinstance(value, str):
                continue
            lower = name.lower()
            if lower == "authorization":
                self.note(value.partition(" ")[2])
            elif lower in ("x-api-key", "x-csrf-token"):
                self.note(value)
            elif lower in ("cookie", "set-cookie"):
                for pair in value.split(";"):
                    cookie, _, text = pair.strip().partition("=")
                    if cookie.removeprefix("__Host-") in COOKIES:
                        self.note(text)

    def _chosen(self):
        texts = list(self._texts)
        return texts if len(texts) <= MOST else texts[:: len(texts) // MOST + 1]

    def found_in(self, text, what):
        """Complaints; the secrets themselves are cut short in them."""
        found = [f"{what} holds {secret[:6]}… ({len(secret)} characters)" for secret in self._chosen()
                 if secret in text]
        if self._codes:
            words = set(re.findall(r"(?<![\w.:-])\d{6,10}(?![\w.:-])", text))
            found += [f"{what} holds a one-time code" for code in self._codes if f'"{code}"' in text and code in words]
        return found


def log_text(lines):
    """The log without the events that are there to tell a secret."""
    quiet = []
    for line in lines:
        if any(f'"event":"{event}"' in line for event in SPEAKING_EVENTS):
            continue
        quiet.append(line)
    return "".join(quiet)


def audit_text(path):
    """All of the audit trail as text; "" where there is none."""
    if not path.exists():
        return ""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20)
    try:
        return "\n".join(" ".join(str(column) for column in row)
                         for row in connection.execute("SELECT * FROM audit_entries"))
    except sqlite3.Error:  # a test that damages the store has other questions
        return ""
    finally:
        connection.close()
