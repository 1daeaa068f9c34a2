"""What mails say and where they are not found; how they are sent is in faults/test_mail_server.py."""

import json

from support.people import PASSWORD

PUBLIC_URL = "https://accounts.gatehouse.test"
SETTINGS = {"server": {"public_url": PUBLIC_URL, "trusted_proxies": ["127.0.0.0/8"]},
            "registration": {"verify_email": True}}
FORGED = [("Host", "evil.test"), ("X-Forwarded-Host", "evil.test"), ("X-Forwarded-Proto", "http"),
          ("Forwarded", "host=evil.test;proto=http"), ("X-Original-Host", "evil.test"), ("Origin", PUBLIC_URL)]


def register(server, email, **kw):
    return server.client().post("/auth/register", {"email": email, "password": PASSWORD}, **kw)


def test_OT09_links_begin_with_public_url_whatever_the_request_says(start):
    server = start(SETTINGS)
    assert register(server, "ada@example.org", headers=FORGED).status == 201
    mail = server.mail(to="ada@example.org", kind="verify-email")
    assert mail.link.startswith(PUBLIC_URL + "/api/v1/auth/verify?token=")
    assert b"evil.test" not in mail.bytes and "evil.test" not in mail.html
    assert all(link.startswith(PUBLIC_URL) for link in mail.links)


def test_LG06_OT10_what_a_mail_holds_is_in_no_answer_log_audit_row_metric_or_store(start):
    server = start(SETTINGS)
    answer = register(server, "ada@example.org")
    mail = server.mail(to="ada@example.org", kind="verify-email")
    server.settle_log()
    seen = {"answer": answer.body + json.dumps(answer.headers).encode(), "log": server.transcript().encode(),
            "metrics": server.metrics().text.encode(), "store": server.stored_bytes(),
            "audit": json.dumps(server.rows("SELECT * FROM audit_entries")).encode()}
    for secret in (mail.token, mail.code):
        # A code is six digits: look for it as a word.
        found = [where for where, content in seen.items() if b'"' + secret.encode() + b'"' in content
                 or b"=" + secret.encode() in content or (len(secret) > 20 and secret.encode() in content)]
        assert found == []


def test_F14_registration_answers_while_the_mail_server_does_not(start, mailbox):
    server = start({**SETTINGS, "mail": mailbox.settings})
    quick = register(server, "first@example.org")
    mailbox.wait_for(to="first@example.org")
    mailbox.hold()
    connections = mailbox.connections
    slow = [register(server, f"user{i}@example.org") for i in range(5)]
    mailbox.wait_for_connections(connections + 1)
    assert [answer.status for answer in slow] == [201] * 5
    assert all(answer.json.keys() == quick.json.keys() and answer.json["message"] == quick.json["message"]
               for answer in slow)
    assert len(mailbox.all()) == 1
    mailbox.resume()
    for i in range(5):
        mail = mailbox.wait_for(to=f"user{i}@example.org", kind="verify-email")
        assert server.client().post("/auth/verify", {"token": mail.token}).status == 200
    mailbox.expect_none(server, to="evil@example.org")


def test_F14_a_mail_promised_before_a_kill_9_arrives_after_it(start, mailbox):
    server = start({**SETTINGS, "mail": mailbox.settings})
    mailbox.close()
    assert register(server, "ada@example.org").status == 201
    server.kill9()
    mailbox.open()
    server.start()
    server.advance("3m")
    mail = mailbox.wait_for(to="ada@example.org", kind="verify-email")
    assert mail.token
    server.wait_for_empty_outbox()
    assert len(mailbox.all()) == 1


def test_F14_a_registration_that_fails_promises_no_mail(start, mailbox):
    server = start({**SETTINGS, "mail": mailbox.settings})
    assert register(server, "ada@example.org").status == 201
    mailbox.wait_for(to="ada@example.org")
    assert register(server, "ada@example.org").status == 409
    assert register(server, "bob@example.org\r\nBcc: eve@example.org").status == 400
    assert register(server, "bob@example.org, eve@example.org").status == 400
    server.wait_for_empty_outbox()
    assert len(mailbox.all()) == 1


def test_links_and_codes_stand_unbroken_in_the_file_of_a_mail(start):
    """Developers open the file, and programs search it."""
    server = start({"registration": {"verify_email": True}})
    server.client().post("/auth/register", {"email": "ada@example.org", "password": PASSWORD})
    mail = server.mail(to="ada@example.org")
    path, = (server.directory / "outbox").glob("*.eml")
    text = path.read_text()
    assert text.count(mail.link) >= 2 and mail.code in text
    assert "Content-Transfer-Encoding: 7bit" in text and "quoted-printable" not in text
