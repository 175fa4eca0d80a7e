"""Mailpit on loopback."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

from tests.fakes.base import TOKEN, Accepted, Answer, Call, Fake, Refusal, is_address, mailbox

FORBIDDEN = {"to", "from", "cc", "bcc", "reply-to", "date", "subject", "content-type", "mime-version"}


class MailpitFake(Fake):
    """https://mailpit.axllent.org/docs/api-v1/: one email a call, behind a password."""

    name = "mailpit"
    own: ClassVar = {"user": "desk", "password": {"env": "P"}}
    secrets: ClassVar = {"password": TOKEN}

    def denied(self, call: Call) -> Answer | None:
        """Asks for user and password."""
        right = "Basic " + base64.b64encode(f"desk:{TOKEN}".encode()).decode()
        return None if call.headers.get("authorization") == right else Answer(401, "Unauthorised.\n")

    def search(self, call: Call) -> Answer | None:
        """Messages by tag, and what runs here."""
        where = urlsplit(call.path)
        if where.path == "/api/v1/info":
            return Answer(200, {"Version": "v1.27.0", "Messages": len(self.accepted)})
        if where.path != "/api/v1/search":
            return None
        query = re.fullmatch(r'tag:"([\w-]+)"', parse_qs(where.query)["query"][0])
        assert query
        found = [{"ID": email.provider_id} for email in self.accepted if query[1] in email.tags]
        return Answer(200, {"messages": found, "messages_count": len(found)})

    def judge(self, call: Call) -> Answer | Sequence[Accepted | Refusal]:
        """Checks addresses, headers and tags."""
        assert (call.method, call.path) == ("POST", "/api/v1/send")
        body = json.loads(call.body)
        (to,), (reply_to,) = body["To"], body["ReplyTo"]
        if to["Email"] in self.bad_addresses or not is_address(to["Email"]):
            return Answer(400, {"Error": f"invalid To address: {to['Email']}"})
        headers = body["Headers"]
        assert not [name for name in headers if name.lower() in FORBIDDEN]
        assert all(re.fullmatch(r"[a-zA-Z0-9\-\ \_\.@]{1,100}", tag) for tag in body["Tags"])
        metadata = {name: headers.pop(f"X-{name.title()}") for name in ("issue", "batch", "number")}
        headers |= {
            "From": mailbox(body["From"], name="Name", email="Email"),
            "Reply-To": mailbox(reply_to, name="Name", email="Email"),
        }
        content = body["Subject"], body["HTML"], body["Text"]
        return [Accepted(to["Email"], *content, headers, tuple(body["Tags"]), metadata)]

    def success(self, call: Call, emails: Sequence[Accepted | Refusal]) -> Answer:
        """Its id."""
        (email,) = emails
        assert isinstance(email, Accepted)
        return Answer(200, {"ID": email.provider_id})
