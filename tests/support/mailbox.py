"""A real SMTP server in a thread that keeps what it is sent, and can be told to misbehave.

    def test_x(start, mailbox):
        server = start({"mail": mailbox.settings})
        …
        mail = mailbox.wait_for(to="ada@example.org", kind="verify-email")
        mail.link, mail.code, mail.token, mail.text, mail.html
"""

import asyncio
import socket
import ssl
import threading

from aiosmtpd.smtp import SMTP, AuthResult

from support.mails import Mail, described

PATIENCE = 20.0


class Mailbox:
    """Use it as a context manager, or the fixture `mailbox`.

    tls: None, "starttls" or "implicit", with cert.pem and key.pem of `certificate` (a folder).
    users: {name: password}, which makes AUTH compulsory.  port: 0 lets the system choose.
    """

    def __init__(self, *, tls=None, certificate=None, users=None, port=0, host="127.0.0.1"):
        self.tls = tls
        self.users = users
        self.host = host
        self.port = port
        self._certificate = certificate
        self._changed = threading.Condition()
        self._mails = []
        self.connections = 0
        self.logins = 0  # tries, right or wrong
        # What goes wrong, settable at any time; each is called with (verb, address or content) in the server's thread.
        self.answer = {}  # {"RCPT": "550 5.1.1 nobody", "DATA": "451 later", "MAIL": …}: instead of "250"
        self.drop_after_data = 0  # takes that many mails and closes the connection without an answer
        self._held = threading.Event()
        self._held.set()

    # ---- its life

    def __enter__(self):
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.open()
        return self

    def __exit__(self, *_):
        self.resume()
        self.close()
        self._call(self._end_tasks())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()

    async def _end_tasks(self):
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def open(self):
        """Listens, on the same port as before when it was closed."""
        self._call(self._open())

    def close(self):
        """Stops listening and drops all connections: the server is away."""
        self._call(self._close())

    def _call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(PATIENCE)

    async def _open(self):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((self.host, self.port))
        self.port = listener.getsockname()[1]
        self._transports = set()
        context = self._context()
        self._server = await self._loop.create_server(
            self._session, sock=listener, ssl=context if self.tls == "implicit" else None)

    async def _close(self):
        if self._server is None:
            return
        self._server.close()
        self._server = None
        for transport in list(self._transports):
            transport.abort()

    def _context(self):
        if self.tls is None:
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._certificate / "cert.pem", self._certificate / "key.pem")
        return context

    def _session(self):
        mailbox = self

        class Session(SMTP):
            def connection_made(self, transport):
                mailbox.connections += 1
                mailbox._transports.add(transport)
                super().connection_made(transport)

            def connection_lost(self, error):
                mailbox._transports.discard(self.transport)
                super().connection_lost(error)

        return Session(self, loop=self._loop, hostname="mail.test", enable_SMTPUTF8=True, timeout=60,
                       tls_context=self._context() if self.tls == "starttls" else None,
                       require_starttls=self.tls == "starttls", auth_required=self.users is not None,
                       auth_require_tls=False, authenticator=self._authenticate if self.users is not None else None)

    # ---- what the settings of a server say

    @property
    def url(self):
        """Without a user."""
        return f"{'smtps' if self.tls == 'implicit' else 'smtp'}://{self.host}:{self.port}"

    @property
    def settings(self):
        """The table [mail] of a server that sends here."""
        return {"transport": self.url, "from": "Gatehouse Test <no-reply@gatehouse.test>"}

    # ---- its rules (called by aiosmtpd)

    def _authenticate(self, server, session, envelope, mechanism, data):
        self.logins += 1
        given = (data.login.decode(), data.password.decode())
        return AuthResult(success=given in self.users.items(), handled=False)

    async def _may_answer(self):
        while not self._held.is_set():
            await asyncio.sleep(0.005)  # held by the test

    async def handle_MAIL(self, server, session, envelope, address, options):
        await self._may_answer()
        if "MAIL" in self.answer:
            return self.answer["MAIL"]
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if "RCPT" in self.answer:
            return self.answer["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if "DATA" in self.answer:
            return self.answer["DATA"]
        with self._changed:
            self._mails.append(Mail(envelope.original_content, envelope.mail_from, envelope.rcpt_tos))
            self._changed.notify_all()
        if self.drop_after_data > 0:
            self.drop_after_data -= 1
            server.transport.abort()
        await self._may_answer()
        return "250 OK"

    def hold(self):
        """From now on it does not answer MAIL, nor a mail that it has taken."""
        self._held.clear()

    def resume(self):
        self._held.set()

    # ---- what has come

    def all(self, **which):
        """The mails so far that match `to`, `kind` and `subject` (a part of it)."""
        with self._changed:
            return [mail for mail in self._mails if mail.matches(**which)]

    def wait_for(self, *, count=1, **which):
        """The `count`-th mail that matches; waits until it has come."""
        with self._changed:
            self._changed.wait_for(lambda: len(self.all(**which)) >= count, PATIENCE)
            found = self.all(**which)
        assert len(found) >= count, f"{len(found)} of {count} mails with {described(**which)}; there are {self._mails}"
        return found[count - 1]

    def wait_for_connections(self, count):
        from support.waiting import wait_until
        wait_until(lambda: self.connections >= count)

    def expect_none(self, server, **which):
        """Nothing that matches has come, nor is it on its way: waits until the server's outbox is empty."""
        server.wait_for_empty_outbox()
        assert self.all(**which) == [], f"there should be no mail with {described(**which)}"
