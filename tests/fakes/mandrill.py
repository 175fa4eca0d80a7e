"""Mandrill on loopback."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import quote_plus

from tests.fakes.base import TOKEN, WORD, Accepted, Answer, Call, Fake, Refusal, is_address, mailbox

ADDRESS = "https://user:word@digest.example.org/hooks/mandrill"
NOON = datetime(2026, 11, 20, 14, 1, tzinfo=UTC)
ACCOUNT = {
    "username": "example-news",
    "created_at": "2026-01-01 10:00:00",
    "public_id": "aaabbbccc112233",
    "reputation": 80,
    "hourly_quota": 250,
    "backlog": 0,
    "stats": {key: {"sent": 0} for key in "today last_7_days last_30_days last_60_days last_90_days all_time".split()},
}
SHOWN = {
    "ts": int(NOON.timestamp()),
    "sender": "desk@news.example.org",
    "state": "sent",
    **dict.fromkeys(("opens", "clicks"), 0),
    **{name: [] for name in "tags opens_detail clicks_detail smtp_events resends".split()},
    **dict.fromkeys(("diag", "subaccount", "reject")),
}
"""What Mandrill shows of every email that it finds."""


class MandrillFake(Fake):
    """https://mailchimp.com/developer/transactional/api: the key stands in the body, errors come with 500."""

    name = "mandrill"
    own: ClassVar = {"token": {"env": "T"}, "webhook": {"env": "W"}, "webhook_url": ADDRESS}
    secrets: ClassVar = {"token": TOKEN, "webhook": WORD}
    events: ClassVar = {
        "send": ("accepted", False),
        "delivered": ("delivered", False),
        "deferral": ("deferred", False),
        "soft_bounce": ("bounced", False),
        "hard_bounce": ("bounced", True),
        "reject": ("rejected", False),
        "spam": ("complained", False),
        "unsub": ("unsubscribed", False),
    }

    def denied(self, call: Call) -> Answer | None:
        """Asks for the key."""
        wrong = json.loads(call.body).get("key") != TOKEN
        return _error(500, "Invalid_Key", "Invalid API key") if wrong else None

    def search(self, call: Call) -> Answer | None:
        """The account, and a recipient's emails."""
        if call.path == "/users/info.json":
            return Answer(200, ACCOUNT)
        if call.path != "/messages/search.json":
            return None
        asked = json.loads(call.body)
        assert asked.keys() == {"key", "query", "date_from", "limit"}, asked
        found = [e for e in self.accepted if asked["query"] == f'full_email:"{e.address}"']
        said = [
            {"_id": e.provider_id, "email": e.address, "subject": e.subject, "metadata": dict(e.metadata)}
            for e in found
        ]
        return Answer(200, [SHOWN | each for each in said])

    def judge(self, call: Call) -> Answer | Sequence[Accepted | Refusal]:
        """Checks the message against the specification."""
        if (call.method, call.path) != ("POST", "/messages/send.json"):
            return _error(404, "Unknown_Method", "no such method")
        message = json.loads(call.body)["message"]
        (to,) = message["to"]
        if not is_address(to["email"]):
            return _error(500, "ValidationError", "message.to.0.email is not valid")
        if len(json.dumps(message["metadata"])) > 200:
            return _error(500, "ValidationError", "metadata is limited to 200 bytes")
        if to["email"] in self.bad_addresses:
            return [Refusal(to["email"], "hard-bounce")]
        return [_from_mandrill(message, to["email"])]

    def success(self, call: Call, emails: Sequence[Accepted | Refusal]) -> Answer:
        """A list of one."""
        (email,) = emails
        if isinstance(email, Refusal):
            said = {"email": email.address, "status": "rejected", "reject_reason": email.reason, "_id": "0" * 32}
        else:
            said = {"email": email.address, "status": "sent", "reject_reason": None, "_id": email.provider_id}
        return Answer(200, [said])

    def ident(self, number: int) -> str:
        """An _id."""
        return f"{number:032x}"

    def webhook(self, event: str, email: Accepted, at: datetime) -> tuple[dict[str, str], bytes]:
        """https://mailchimp.com/developer/transactional/guides/track-respond-activity-webhooks: a signed form."""
        msg: dict[str, Any] = {"_id": email.provider_id, "email": email.address, "metadata": dict(email.metadata)}
        if "bounce" in event:
            msg["diag"] = f"smtp;550 5.1.1 {email.address} user unknown"
        said = json.dumps([{"event": event, "ts": int(at.timestamp()), "_id": email.provider_id, "msg": msg}])
        signed = f"{ADDRESS}mandrill_events{said}".encode()
        proof = base64.b64encode(hmac.digest(WORD.encode(), signed, hashlib.sha1)).decode()
        return {"x-mandrill-signature": proof}, f"mandrill_events={quote_plus(said)}".encode()


def _error(status: int, name: str, message: str) -> Answer:
    return Answer(status, {"status": "error", "code": -1, "name": name, "message": message})


def _from_mandrill(message: dict[str, Any], address: str) -> Accepted:
    assert message["merge"] is False
    sender = mailbox({"email": message["from_email"], "name": message["from_name"]})
    headers = {**message["headers"], "From": sender}
    tracked = message.get("track_opens") is not False or message.get("track_clicks") is not False
    parts = message["subject"], message["html"], message["text"]
    return Accepted(address, *parts, headers, metadata=message["metadata"], tracked=tracked)
