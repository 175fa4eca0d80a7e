"""MailerSend on loopback, on a plan that takes headers."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from tests.fakes.base import TOKEN, WORD, Accepted, Answer, Call, Fake, Refusal, is_address, mailbox


class MailersendFake(Fake):
    """https://developers.mailersend.com/api/v1/email.html: 202 with the id in a header."""

    name = "mailersend"
    own: ClassVar = {"token": {"env": "T"}, "webhook": {"env": "W"}}
    secrets: ClassVar = {"token": TOKEN, "webhook": WORD}
    events: ClassVar = {
        "activity.sent": ("accepted", False),
        "activity.delivered": ("delivered", False),
        "activity.deferred": ("deferred", False),
        "activity.soft_bounced": ("bounced", False),
        "activity.hard_bounced": ("bounced", True),
        "activity.spam_complaint": ("complained", False),
        "activity.unsubscribed": ("unsubscribed", False),
    }

    def denied(self, call: Call) -> Answer | None:
        """Asks for the token."""
        wrong = call.headers.get("authorization") != f"Bearer {TOKEN}"
        return Answer(401, {"message": "Unauthenticated."}) if wrong else None

    def search(self, call: Call) -> Answer | None:
        """The domains, and emails by tag."""
        where = urlsplit(call.path)
        if where.path == "/v1/domains":
            return Answer(200, {"data": [{"id": "dom1", "name": "news.example.org", "is_verified": True}]})
        if where.path != "/v1/emails":
            return None
        asked = {name: values[0] for name, values in parse_qs(where.query).items()}
        assert asked.keys() == {"domain_id", "date_from", "date_to", "tag"}, asked
        found = [email for email in self.accepted if asked["tag"] in email.tags]
        return Answer(200, {"data": [{"id": e.provider_id, "status": "sent", "tags": list(e.tags)} for e in found]})

    def judge(self, call: Call) -> Answer | Sequence[Accepted | Refusal]:
        """Checks the email against the documented limits."""
        if (call.method, call.path) != ("POST", "/v1/email"):
            return Answer(404, {"message": "Resource not found."})
        email = json.loads(call.body)
        wrong = {name: ["is required."] for name in ("from", "to", "subject", "text") if not email.get(name)}
        (to,) = email["to"]
        if not is_address(to["email"]):
            wrong["to.0.email"] = ["The to.0.email must be a valid email address."]
        if len(email["tags"]) > 5:
            wrong["tags"] = ["The tags may not have more than 5 items."]
        if wrong:
            return Answer(422, {"message": "The given data was invalid.", "errors": wrong})
        return [Refusal(to["email"], "hard_bounced") if to["email"] in self.bad_addresses else _from_mailersend(email)]

    def success(self, call: Call, emails: Sequence[Accepted | Refusal]) -> Answer:
        """Nothing but a header, or a warning that nobody gets it."""
        (email,) = emails
        if isinstance(email, Accepted):
            return Answer(202, "", {"X-Message-Id": email.provider_id})
        person = {"email": email.address, "name": None, "reasons": [email.reason]}
        warning = {"type": "ALL_SUPPRESSED", "message": "All suppressed.", "recipients": [person]}
        return Answer(202, {"message": "There are some warnings for your request.", "warnings": [warning]})

    def ident(self, number: int) -> str:
        """A message id."""
        return f"{number:024x}"

    def webhook(self, event: str, email: Accepted, at: datetime) -> tuple[dict[str, str], bytes]:
        """https://developers.mailersend.com/api/v1/webhooks.html: one event a call."""
        ident = hashlib.sha256(f"{event}{email.address}".encode()).hexdigest()[:24]
        moment = at.isoformat().replace("+00:00", ".000000Z")
        about: dict[str, Any] = {
            "message": {"id": email.provider_id},
            "recipient": {"email": email.address},
            "tags": [email.metadata[name] for name in ("issue", "batch", "number")],
        }
        data = {"id": ident, "type": event.removeprefix("activity."), "created_at": moment, "email": about}
        if "bounce" in event:
            data["morph"] = {"object": "recipient_bounce", "reason": f"no mailbox {email.address}"}
        raw = json.dumps({"type": event, "created_at": moment, "data": data}).encode()
        return {"signature": hmac.new(WORD.encode(), raw, hashlib.sha256).hexdigest()}, raw


def _from_mailersend(email: dict[str, Any]) -> Accepted:
    headers = {header["name"]: header["value"] for header in email["headers"]}
    if "list_unsubscribe" in email:
        headers["List-Unsubscribe"] = email["list_unsubscribe"]
    headers |= {"From": mailbox(email["from"]), "Reply-To": mailbox(email["reply_to"])}
    about = dict(zip(("issue", "batch", "number"), email["tags"], strict=True))
    tracked = any(email.get("settings", {}).get(f"track_{what}", True) for what in ("opens", "clicks", "content"))
    subject, html, text = (
        re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\{\$\w+\}", "", email[n]) for n in ("subject", "html", "text")
    )
    return Accepted(email["to"][0]["email"], subject, html, text, headers, tuple(email["tags"]), about, tracked)
