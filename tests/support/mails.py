"""A mail as the tests see it, whether it came by SMTP or lies in a folder."""

import email
import email.policy
import re
from urllib.parse import parse_qs, urlsplit

_LINK = re.compile(r"https?://\S+")
_CODE = re.compile(r"^[ \t]*(\d{6,10})[ \t]*$", re.MULTILINE)


class Mail:
    def __init__(self, content, envelope_from=None, envelope_to=()):
        self.bytes = content
        self.envelope_from = envelope_from
        self.envelope_to = list(envelope_to)
        self.headers = email.message_from_bytes(content, policy=email.policy.default)

    def _part(self, kind):
        part = self.headers.get_body((kind,))
        return part.get_content().replace("\r\n", "\n") if part is not None else None

    @property
    def to(self):
        return str(self.headers["To"])

    @property
    def subject(self):
        return str(self.headers["Subject"])

    @property
    def kind(self):
        """ "verify-email" and so on."""
        return str(self.headers["X-Gatehouse-Kind"])

    @property
    def id(self):
        return str(self.headers["Message-ID"])

    @property
    def text(self):
        return self._part("plain")

    @property
    def html(self):
        return self._part("html")

    @property
    def links(self):
        return _LINK.findall(self.text.partition("\n--\n")[0])

    @property
    def link(self):
        """The link on a line of its own; fails when there is none, or more than one."""
        own = [line.strip() for line in self.text.splitlines() if _LINK.fullmatch(line.strip())]
        assert len(own) == 1, f"not one link in\n{self.text}"
        return own[0]

    @property
    def token(self):
        """The link's parameter `token`."""
        return parse_qs(urlsplit(self.link).query)["token"][0]

    @property
    def code(self):
        """The code on a line of its own; fails when there is none."""
        found = _CODE.search(self.text)
        assert found, f"no code in\n{self.text}"
        return found[1]

    def matches(self, to=None, kind=None, subject=None):
        return ((to is None or self.to.lower() == to.lower()) and (kind is None or self.kind == kind)
                and (subject is None or subject in self.subject))

    def __repr__(self):
        return f"<Mail {self.kind} to {self.to}: {self.subject}>"


def described(to=None, kind=None, subject=None):
    return ", ".join(f"{name} {value}" for name, value in (("to", to), ("kind", kind), ("subject", subject)) if value)
