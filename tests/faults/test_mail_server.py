"""The mail server is away, slow, refuses, or goes in the middle: no mail is lost, and none is sent twice without need."""

from support.outbox import promise


def letter(number=0, **variables):
    return f"user{number}@example.org", "verify-email", {
        "link": f"https://gatehouse.test/auth/verify?token=t{number}", "code": "123456", "minutes": "5", **variables}


def test_F14_a_mail_is_sent(start, mailbox):
    server = start({"mail": mailbox.settings})
    promise(server, letter())
    mail = mailbox.wait_for(to="user0@example.org", kind="verify-email")
    assert (mail.link, mail.token, mail.code) == ("https://gatehouse.test/auth/verify?token=t0", "t0", "123456")
    assert mail.envelope_from == "no-reply@gatehouse.test" and mail.envelope_to == ["user0@example.org"]
    server.wait_for_empty_outbox()
    assert server.rows("SELECT * FROM outbox") == []
    assert len(mailbox.all()) == 1


def test_F14_mails_wait_while_the_server_is_away(start, mailbox):
    server = start({"mail": mailbox.settings})
    mailbox.close()
    ids = promise(server, *(letter(i) for i in range(20)))
    server.wait_for_event("mail_server_away")
    mailbox.open()
    server.advance("1m")
    server.advance("1m")
    for i in range(20):
        mailbox.wait_for(to=f"user{i}@example.org")
    server.wait_for_empty_outbox()
    assert sorted(mail.id for mail in mailbox.all()) == sorted(f"<{row_id}@gatehouse.test>" for row_id in ids)


def test_mails_lie_in_a_folder(start):
    server = start()
    promise(server, letter())
    mail = server.mail(to="user0@example.org")
    assert mail.code == "123456" and "123456" in mail.html
