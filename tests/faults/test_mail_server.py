"""The mail server is away, slow, refuses, or goes in the middle: no mail is lost, none is sent twice without need."""

import pytest

from support.certificates import write_certificate
from support.mailbox import Mailbox
from support.outbox import promise
from support.waiting import wait_until

SECRETS = ("token=t", "123456")


def letter(number=0, to=None):
    return to or f"user{number}@example.org", "verify-email", {
        "link": f"https://gatehouse.test/auth/verify?token=t{number}", "code": "123456", "minutes": "5"}


def states(server):
    return [row["state"] for row in server.rows("SELECT state FROM outbox")]


def ids(mails):
    return sorted(mail.id for mail in mails)


def as_message_ids(row_ids):
    return sorted(f"<{row_id}@gatehouse.test>" for row_id in row_ids)


def assert_nothing_secret(server):
    text = server.transcript()
    assert not [secret for secret in SECRETS if secret in text]


def test_F14_a_mail_is_sent_once_and_forgotten(start, mailbox):
    server = start({"mail": mailbox.settings})
    promise(server, letter())
    mail = mailbox.wait_for(to="user0@example.org", kind="verify-email")
    assert (mail.link, mail.token, mail.code) == ("https://gatehouse.test/auth/verify?token=t0", "t0", "123456")
    assert mail.envelope_from == "no-reply@gatehouse.test" and mail.envelope_to == ["user0@example.org"]
    assert "123456" in mail.html and mail.subject == "Confirm your email address for Gatehouse Test"
    assert mail.headers["Auto-Submitted"] == "auto-generated"
    server.wait_for_empty_outbox()
    server.advance("25h")
    assert server.rows("SELECT * FROM outbox") == []
    assert len(mailbox.all()) == 1
    metrics = server.metrics()
    assert [metrics.value(f"mails_{name}") for name in ("sent_total", "failed_total", "dead_total")] == [1, 0, 0]


def test_F14_mails_wait_while_the_server_is_away_and_all_arrive_once_when_it_is_back(start, mailbox):
    server = start({"mail": mailbox.settings})
    mailbox.close()
    rows = promise(server, *(letter(i) for i in range(20)))
    server.wait_for_event("mail_server_away")
    wait_until(lambda: server.metrics().value("mails_waiting") == 20)
    mailbox.open()
    server.advance("1m")
    server.wait_for_empty_outbox()
    assert ids(mailbox.all()) == as_message_ids(rows)
    server.wait_for_event("mail_server_back")
    assert_nothing_secret(server)


@pytest.mark.parametrize("verb", ["RCPT", "DATA"])
def test_F14_a_mail_that_is_refused_for_good_is_tried_once_and_kept_as_dead(start, mailbox, verb):
    server = start({"mail": mailbox.settings})
    # What the server says is not ours to repeat: it may quote the mail.
    mailbox.answer = {verb: "554 5.7.1 https://gatehouse.test/auth/verify?token=t0 looks like spam"}
    promise(server, letter())
    dead = server.wait_for_event("mail_dead")
    assert dead["why"] == f"{verb} was answered with 554 5.7.1"
    assert states(server) == ["dead"]
    connections = mailbox.connections
    mailbox.answer = {}
    server.advance("2h")
    promise(server, letter(1))
    mailbox.wait_for(to="user1@example.org")
    assert mailbox.connections == connections + 1 and len(mailbox.all()) == 1
    assert server.metrics().value("mails_dead_total") == 1
    assert_nothing_secret(server)
    assert b"token=t0" not in server.stored_bytes()


@pytest.mark.parametrize("verb", ["RCPT", "DATA"])
def test_F14_a_mail_that_is_not_wanted_now_is_sent_later_and_holds_up_no_other(start, mailbox, verb):
    server = start({"mail": mailbox.settings})
    mailbox.answer = {verb: "451 4.7.1 greylisted"}
    promise(server, letter(0))
    server.wait_for_event("mail_put_off")
    mailbox.answer = {}
    promise(server, letter(1))
    mailbox.wait_for(to="user1@example.org")
    assert mailbox.all(to="user0@example.org") == []
    server.advance("5s")
    mailbox.wait_for(to="user0@example.org")
    server.wait_for_empty_outbox()
    assert len(mailbox.all()) == 2


def test_F14_a_refused_sender_is_the_whole_servers_trouble_and_kills_no_mail(start, mailbox):
    server = start({"mail": mailbox.settings})
    mailbox.answer = {"MAIL": "550 5.7.1 sender not allowed"}
    promise(server, letter())
    assert server.wait_for_event("mail_server_away")["why"] == "MAIL was answered with 550 5.7.1"
    mailbox.answer = {}
    server.advance("1m")
    mailbox.wait_for(to="user0@example.org")


def test_F14_a_server_that_takes_a_mail_and_drops_the_connection_gets_it_again_with_the_same_id(start, mailbox):
    server = start({"mail": mailbox.settings})
    mailbox.drop_after_data = 1
    row, = promise(server, letter())
    server.wait_for_event("mail_put_off")
    server.advance("5s")
    mailbox.wait_for(count=2, to="user0@example.org")
    server.wait_for_empty_outbox()
    assert [mail.id for mail in mailbox.all()] == [f"<{row}@gatehouse.test>"] * 2


def test_F14_kill_9_while_mails_are_under_way_loses_none(start, mailbox):
    server = start({"mail": mailbox.settings})
    mailbox.hold()
    rows = promise(server, *(letter(i) for i in range(5)))
    mailbox.wait_for_connections(1)
    server.kill9()
    mailbox.close()
    mailbox.resume()
    mailbox.open()
    server.start()
    server.advance("3m")  # the lease of the one that was under way
    server.wait_for_empty_outbox()
    assert ids(mailbox.all()) == as_message_ids(rows)


def test_F14_the_end_of_the_server_does_not_wait_for_a_mail_that_can_be_sent_later(start, mailbox):
    server = start({"mail": mailbox.settings})
    mailbox.hold()
    rows = promise(server, letter(0), letter(1))
    mailbox.wait_for_connections(1)
    server.stop()
    mailbox.resume()
    assert mailbox.all() == []
    server.start()
    server.advance("3m")
    server.wait_for_empty_outbox()
    assert ids(mailbox.all()) == as_message_ids(rows)


def test_F14_two_servers_on_one_store_send_each_mail_once(start, mailbox):
    first = start({"mail": mailbox.settings})
    second = start({"mail": mailbox.settings, "store": {"url": f"sqlite:{first.data / 'gatehouse.db'}"}})
    rows = promise(first, *(letter(i) for i in range(40)))
    for server in (first, second):
        server.advance("1s")
    first.wait_for_empty_outbox()
    assert ids(mailbox.all()) == as_message_ids(rows)


def test_F14_a_users_password_is_given_and_a_wrong_one_keeps_the_mails(start, tmp_path):
    with Mailbox(users={"me@gatehouse.test": "s3cret-enough"}) as mailbox:
        mail = {**mailbox.settings, "transport": f"smtp://me%40gatehouse.test@127.0.0.1:{mailbox.port}"}
        server = start({"mail": mail}, env={"GATEHOUSE_MAIL_PASSWORD": "wrong-p4ssword"})
        promise(server, letter())
        assert "535" in server.wait_for_event("mail_server_away")["why"]
        server.stop()
        assert mailbox.all() == [] and states(server) == ["waiting"]
        server.env["GATEHOUSE_MAIL_PASSWORD"] = "s3cret-enough"
        server.start()
        server.advance("1m")
        mailbox.wait_for(to="user0@example.org")
        assert not [word for word in ("s3cret-enough", "wrong-p4ssword") if word in server.transcript()]


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_F14_mails_go_over_tls_to_a_server_whose_certificate_is_trusted(start, tmp_path, tls):
    write_certificate(tmp_path)
    with Mailbox(tls=tls, certificate=tmp_path) as mailbox:
        server = start({"mail": {**mailbox.settings, "tls_ca": str(tmp_path / "cert.pem")}})
        promise(server, letter())
        mailbox.wait_for(to="user0@example.org")


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_F14_no_mail_goes_to_a_server_whose_certificate_is_not_trusted(start, tmp_path, tls):
    (tmp_path / "other").mkdir()
    write_certificate(tmp_path)
    write_certificate(tmp_path / "other")
    with Mailbox(tls=tls, certificate=tmp_path) as mailbox:
        server = start({"mail": {**mailbox.settings, "tls_ca": str(tmp_path / "other/cert.pem")}})
        promise(server, letter())
        assert "certificate" in server.wait_for_event("mail_server_away")["why"]
        assert mailbox.all() == [] and states(server) == ["waiting"]


def test_F14_a_server_elsewhere_that_offers_no_starttls_gets_no_mail_and_no_password(start):
    # 0.0.0.0 reaches this machine and is not loopback to the settings.
    with Mailbox(users={"me": "s3cret-enough"}, host="0.0.0.0") as mailbox:
        server = start({"mail": {"transport": f"smtp://me@0.0.0.0:{mailbox.port}"}},
                       env={"GATEHOUSE_MAIL_PASSWORD": "s3cret-enough"})
        promise(server, letter())
        server.wait_for_event("mail_server_away")
        assert mailbox.all() == [] and mailbox.logins == 0 and states(server) == ["waiting"]


def test_mails_lie_in_a_folder_for_their_owner_alone(start):
    server = start()
    promise(server, letter())
    mail = server.mail(to="user0@example.org")
    assert mail.code == "123456" and "123456" in mail.html
    files = list((server.directory / "outbox").iterdir())
    assert len(files) == 1 and files[0].stat().st_mode & 0o777 == 0o600
    assert (server.directory / "outbox").stat().st_mode & 0o777 == 0o700
    assert_nothing_secret(server)


def test_mails_wait_while_the_folder_cannot_be_written(start):
    server = start()
    (server.directory / "outbox").rmdir()
    promise(server, letter())
    server.wait_for_event("mail_server_away")
    (server.directory / "outbox").mkdir()
    server.advance("1m")
    assert server.mail(to="user0@example.org").code == "123456"


def test_the_log_transport_writes_mails_with_their_secrets_and_says_so_at_the_start(start):
    server = start({"mail": {"transport": "log"}})
    promise(server, letter())
    entry = server.wait_for_event("mail")
    assert entry["to"] == "user0@example.org" and "token=t0" in entry["text"] and "123456" in entry["text"]
    assert [e for e in server.log() if e["event"] == "settings" and "mail.transport" in e["message"]]


def test_a_wrong_template_is_refused_at_the_start_with_file_and_line(start, tmp_path):
    (tmp_path / "mails").mkdir()
    (tmp_path / "mails/verify-email.txt").write_text("Subject\n\nHello {{nmae}}\n")
    from support.server import Server
    server = Server({"mail": {"templates": str(tmp_path / "mails")}}, directory=tmp_path / "refusing")
    assert "verify-email.txt:3: {{nmae}} is unknown" in server.refuses_to_start()


def test_own_templates_are_used(start, mailbox, tmp_path):
    (tmp_path / "mails").mkdir()
    (tmp_path / "mails/verify-email.txt").write_text("Grüße von {{sender}}\n\n{{link}}\n{{code}}\n")
    server = start({"mail": {**mailbox.settings, "from": "Zoë <no-reply@gatehouse.test>",
                             "templates": str(tmp_path / "mails")}})
    promise(server, letter())
    mail = mailbox.wait_for(kind="verify-email")
    assert mail.subject == "Grüße von Zoë" and mail.headers["From"] == "Zoë <no-reply@gatehouse.test>"
    assert mail.text.splitlines() == ["https://gatehouse.test/auth/verify?token=t0", "123456"]
