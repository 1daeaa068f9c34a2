"""Ways back to an account, as its owner goes them: by the mails that came to the mailbox."""

NEW_PASSWORD = "lanterns-drift-past-the-mill-4"
RESET = "reset-password"
NEW_DEVICE = "new-device"
CHANGED = "password-changed"

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"
SAFARI = ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
          "Version/18.1 Mobile/15E148 Safari/604.1")

BAD_TOKEN = (400, "INVALID_OR_EXPIRED_TOKEN")


def forgot(server, email, **kw):
    return server.client().post("/auth/forgot-password", {"email": email}, **kw)


def reset_mail(server, mailbox, email):
    """Asks for a reset and waits for its mail. Not twice within otp.resend_after."""
    before = len(mailbox.all(to=email, kind=RESET))
    assert forgot(server, email).status == 202
    return mailbox.wait_for(to=email, kind=RESET, count=before + 1)


def admin_reset_mail(server, mailbox, person):
    """The same, started by the administrator, who may do so as often as wanted."""
    before = len(mailbox.all(to=person.email, kind=RESET))
    assert server.admin.post(f"/users/{person.id}/reset-password").status == 202
    return mailbox.wait_for(to=person.email, kind=RESET, count=before + 1)


def reset(server, token, password=NEW_PASSWORD, **kw):
    return server.client().post("/auth/reset-password", {"token": token, "password": password}, **kw)


def log_in(server, person, password=None, *, agent=None, client=None, transport="bearer"):
    headers = [("User-Agent", agent)] if agent else []
    body = {"email": person.email, "password": password or person.password, "transport": transport}
    return (client or server.client()).post("/auth/login", body, headers=headers)


def audit(server, action, person):
    """The trail's entries of this action about this person, with their metadata as dicts."""
    import json
    rows = server.rows("SELECT * FROM audit_entries WHERE action = ? ORDER BY seq", action)
    return [{**row, "metadata": json.loads(row["metadata"])} for row in rows
            if person.id in (row["entity_id"], row["actor_id"]) or person.id in row["metadata"]]


def settle(server, mailbox, email):
    """Waits until everything asked for by address so far is looked at and sent: nothing may come after."""
    from support.waiting import wait_until
    wait_until(lambda: not server.rows("SELECT id FROM mail_requests"))
    server.wait_for_empty_outbox()
    return mailbox.all(to=email)
