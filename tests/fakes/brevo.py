"""Brevo on loopback: versions of one email, taken as a whole, and keys that are remembered."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime
from email.header import decode_header, make_header
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from tests.fakes.base import TOKEN, WORD, Accepted, Answer, Call, Fake, Refusal, is_address, mailbox

ACCOUNT = {
    "email": "desk@news.example.org",
    "firstName": "Ann",
    "lastName": "Example",
    "companyName": "Example News",
    "address": {"street": "Khreshchatyk 1", "city": "Kyiv", "zipCode": "01001", "country": "Ukraine"},
    "plan": [{"type": "free", "creditsType": "sendLimit", "credits": 300}],
    "relay": {"enabled": True, "data": {"userName": "desk@news.example.org", "relay": "smtp.example.org", "port": 587}},
}


class BrevoFake(Fake):
    """https://developers.brevo.com/reference/send-transac-email; a version's headers stay, as nobody has shown."""

    name = "brevo"
    own: ClassVar = {"token": {"env": "T"}, "webhook": {"env": "W"}}
    secrets: ClassVar = {"token": TOKEN, "webhook": WORD}
    atomic = True
    signs = "word"
    events: ClassVar = {
        "request": ("accepted", False),
        "delivered": ("delivered", False),
        "deferred": ("deferred", False),
        "soft_bounce": ("bounced", False),
        "hard_bounce": ("bounced", True),
        "invalid_email": ("bounced", True),
        "blocked": ("rejected", False),
        "error": ("rejected", False),
        "spam": ("complained", False),
        "unsubscribe": ("unsubscribed", False),
    }

    def __init__(self, latency_s: float = 0.0) -> None:
        super().__init__(latency_s)
        self._keys: dict[str, Answer] = {}

    def denied(self, call: Call) -> Answer | None:
        """Asks for the key."""
        wrong = call.headers.get("api-key") != TOKEN
        return Answer(401, {"code": "unauthorized", "message": "Key not found"}) if wrong else None

    def search(self, call: Call) -> Answer | None:
        """The account, and the requests with a tag."""
        where = urlsplit(call.path)
        if where.path == "/account":
            return Answer(200, ACCOUNT)
        if where.path != "/smtp/statistics/events":
            return None
        asked = {name: values[0] for name, values in parse_qs(where.query).items()}
        assert (asked["event"], int(asked["limit"])) == ("requests", 2500), asked
        found = [
            {
                "email": email.address,
                "date": "2026-11-20T14:00:00Z",
                "messageId": email.provider_id,
                "event": "requests",
            }
            for email in self.accepted
            if asked["tags"] in email.tags
        ]
        return Answer(200, {"events": found} if found else {})

    def known(self, call: Call) -> Answer | None:
        """The answer of the first call with this key."""
        return self._keys.get(json.loads(call.body).get("headers", {}).get("idempotencyKey", ""))

    def judge(self, call: Call) -> Answer | Sequence[Accepted | Refusal]:
        """Checks the call against the documented limits; one bad address refuses all."""
        if (call.method, call.path) != ("POST", "/smtp/email"):
            return Answer(404, {"code": "document_not_found", "message": "Not found"})
        body = json.loads(call.body)
        versions = body.get("messageVersions", [])
        problems = [f"{name} is missing" for name in ("sender", "subject", "htmlContent") if not body.get(name)]
        if not 1 <= len(versions) <= 1000:
            problems.append("messageVersions must hold 1 to 1000")
        for version in versions:
            (to,) = version["to"]
            if to["email"] in self.bad_addresses or not is_address(to["email"]):
                problems.append(f"email is not valid in to: {to['email']}")
        if not re.fullmatch(r"[0-9a-f-]{36}", body.get("headers", {}).get("idempotencyKey", "")):
            problems.append("idempotencyKey must be a uuid")
        if problems:
            return Answer(400, {"code": "invalid_parameter", "message": problems[0]})
        return [_from_brevo(body, version) for version in versions]

    def success(self, call: Call, emails: Sequence[Accepted | Refusal]) -> Answer:
        """An id for each version, in order, and remembered for the call's key."""
        ids = [email.provider_id for email in emails if isinstance(email, Accepted)]
        answer = Answer(201, {"messageId": ids[0]} if len(ids) == 1 else {"messageIds": ids})
        self._keys[json.loads(call.body)["headers"]["idempotencyKey"]] = answer
        return answer

    def ident(self, number: int) -> str:
        """A Message-ID."""
        return f"<20261120.{number}@smtp-relay.example.org>"

    def webhook(self, event: str, email: Accepted, at: datetime) -> tuple[dict[str, str], bytes]:
        """https://developers.brevo.com/docs/transactional-webhooks: one event a call."""
        said = {
            "event": event,
            "email": email.address,
            "message-id": email.provider_id,
            "ts_epoch": int(at.timestamp() * 1000),
            "ts_event": int(at.timestamp()),
            "tags": list(email.tags),
            "X-Mailin-custom": json.dumps(dict(email.metadata)),
        }
        if "bounce" in event:
            said["reason"] = f"550 no such user {email.address}"
        return {"authorization": f"Bearer {WORD}", "content-type": "application/json"}, json.dumps(said).encode()


def _from_brevo(body: dict[str, Any], version: dict[str, Any]) -> Accepted:
    headers = dict(version.get("headers", {}))
    about = json.loads(headers.pop("X-Mailin-custom", "{}"))
    assert headers.pop("X-List-Unsub") == "disabled"
    sender = {key: str(make_header(decode_header(value))) for key, value in body["sender"].items()}
    headers |= {"From": mailbox(sender), "Reply-To": mailbox(body["replyTo"])}
    subject, html, text = (version.get(name, body[name]) for name in ("subject", "htmlContent", "textContent"))
    subject, html, text = (_filled(part) for part in (subject, html, text))
    return Accepted(version["to"][0]["email"], subject, html, text, headers, tuple(body["tags"]), about)


def _filled(text: str) -> str:
    """Without params, whatever the template language finds is empty."""
    return re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", "", text)
