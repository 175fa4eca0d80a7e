"""Mailjet on loopback: it puts its own unsubscribe link into the headers."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from tests.fakes.base import TOKEN, WORD, Accepted, Answer, Call, Fake, Refusal, is_address, mailbox

_FORBIDDEN = {
    "from",
    "sender",
    "subject",
    "to",
    "cc",
    "bcc",
    "return-path",
    "list-id",
    "date",
    "message-id",
    "x-mailer",
}


class MailjetFake(Fake):
    """https://dev.mailjet.com/email/guides/send-api-v31: each message is processed on its own."""

    name = "mailjet"
    own: ClassVar = {
        "key": {"env": "K"},
        "secret": {"env": "T"},
        "webhook": {"env": "W"},
        "unsubscribe": "theirs",
    }
    secrets: ClassVar = {"key": "a-key", "secret": TOKEN, "webhook": f"hook:{WORD}"}
    signs = "word"
    events: ClassVar = {
        "sent": ("delivered", False),
        "bounce hard": ("bounced", True),
        "bounce soft": ("bounced", False),
        "blocked": ("rejected", False),
        "spam": ("complained", False),
        "unsub": ("unsubscribed", False),
    }

    def denied(self, call: Call) -> Answer | None:
        """Asks for key and secret."""
        right = "Basic " + base64.b64encode(f"a-key:{TOKEN}".encode()).decode()
        if call.headers.get("authorization") == right:
            return None
        return Answer(
            401, {"ErrorCode": "mj-0015", "StatusCode": 401, "ErrorMessage": "API key authentication failure"}
        )

    def search(self, call: Call) -> Answer | None:
        """A message by the id that we gave it, and the sandbox mode, in which nothing is sent."""
        where = urlsplit(call.path)
        if call.method == "POST" and json.loads(call.body).get("SandboxMode"):
            return Answer(200, {"Messages": [{"Status": "success", "To": [{"MessageID": 0}]}]})
        if where.path != "/v3/REST/message":
            return None
        (custom,) = parse_qs(where.query)["CustomID"]
        found = [{"ID": int(email.provider_id)} for email in self.accepted if custom in email.tags]
        return Answer(200, {"Count": len(found), "Data": found, "Total": len(found)})

    def judge(self, call: Call) -> Answer | Sequence[Accepted | Refusal]:
        """Checks the number of messages, then each by itself."""
        if (call.method, call.path) != ("POST", "/v3.1/send"):
            return Answer(404, {"ErrorCode": "mj-0014", "StatusCode": 404, "ErrorMessage": "Not found"})
        messages = json.loads(call.body)["Messages"]
        if not 1 <= len(messages) <= 50:
            return Answer(400, {"ErrorCode": "mj-0008", "StatusCode": 400, "ErrorMessage": "Too many elements"})
        return [self._judged(message) for message in messages]

    def success(self, call: Call, emails: Sequence[Accepted | Refusal]) -> Answer:
        """An item for each message; the status is that of the worst."""
        items = [_item(email) for email in emails]
        return Answer(400 if any(isinstance(email, Refusal) for email in emails) else 200, {"Messages": items})

    def ident(self, number: int) -> str:
        """A MessageID."""
        return str(456000000000001 + number)

    def webhook(self, event: str, email: Accepted, at: datetime) -> tuple[dict[str, str], bytes]:
        """https://dev.mailjet.com/email/guides/webhooks: one event, or a list of them."""
        name, _, kind = event.partition(" ")
        said: dict[str, Any] = {
            "event": name,
            "time": int(at.timestamp()),
            "MessageID": email.provider_id,
            "email": email.address,
            "Payload": json.dumps(dict(email.metadata)),
        }
        if kind:
            said |= {"hard_bounce": kind == "hard", "error": "user unknown", "comment": f"no mailbox {email.address}"}
        proof = base64.b64encode(f"hook:{WORD}".encode()).decode()
        return {"authorization": f"Basic {proof}"}, json.dumps([said] if kind == "hard" else said).encode()

    def _judged(self, message: Mapping[str, Any]) -> Accepted | Refusal:
        (to,) = message["To"]
        if forbidden := [name for name in message["Headers"] if name.lower() in _FORBIDDEN]:
            return Refusal(to["Email"], f"send-0011 {forbidden[0]}")
        if to["Email"] in self.bad_addresses or not is_address(to["Email"]):
            return Refusal(to["Email"], "mj-0013")
        theirs = {"List-Unsubscribe": "<https://x.mjt.example.org/unsub2>", "List-Unsubscribe-Post": "x"}
        headers = {
            **message["Headers"],
            "From": mailbox(message["From"], name="Name", email="Email"),
            "Reply-To": mailbox(message["ReplyTo"], name="Name", email="Email"),
        }
        if "List-Unsubscribe" in headers:
            headers |= theirs
        about = json.loads(message["EventPayload"])
        tracked = (message.get("TrackOpens"), message.get("TrackClicks")) != ("disabled", "disabled")
        # `[[var:x]]` is filled on the fly, and without variables by nothing
        parts = (re.sub(r"\[\[.*?\]\]", "", message[part]) for part in ("Subject", "HTMLPart", "TextPart"))
        return Accepted(to["Email"], *parts, headers, (message["CustomID"],), about, tracked)


def _item(email: Accepted | Refusal) -> dict[str, Any]:
    if isinstance(email, Accepted):
        to = {"Email": email.address, "MessageUUID": "u", "MessageID": int(email.provider_id), "MessageHref": "h"}
        return {"Status": "success", "CustomID": email.tags[0], "To": [to]}
    error = {"ErrorIdentifier": "i", "ErrorCode": email.reason, "StatusCode": 400, "ErrorMessage": "invalid"}
    return {"Status": "error", "Errors": [error]}
