"""SendGrid on loopback."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from tests.fakes.base import TOKEN, Accepted, Answer, Call, Fake, Refusal, is_address, mailbox

FORBIDDEN = (
    "x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding", "to", "from",
    "subject", "reply-to", "cc", "bcc",
)  # fmt: skip
_KEY, _OTHER = (ec.derive_private_key(number, ec.SECP256R1()) for number in (4711, 4712))


def _public(key: ec.EllipticCurvePrivateKey) -> str:
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    return base64.b64encode(key.public_key().public_bytes(serialization.Encoding.DER, spki)).decode()


class SendgridFake(Fake):
    """https://www.twilio.com/docs/sendgrid/api-reference/mail-send: one call, one id, words replaced per recipient."""

    name = "sendgrid"
    own: ClassVar = {"token": {"env": "T"}, "webhook": {"env": "W"}}
    secrets: ClassVar = {"token": TOKEN, "webhook": _public(_KEY)}
    other_webhook = _public(_OTHER)
    atomic = True
    one_id = True
    events: ClassVar = {
        "processed": ("accepted", False),
        "delivered": ("delivered", False),
        "deferred": ("deferred", False),
        "bounce bounce": ("bounced", True),
        "bounce blocked": ("bounced", False),
        "dropped Bounced Address": ("rejected", True),
        "dropped Spam Content": ("rejected", False),
        "dropped Unsubscribed Address": ("unsubscribed", False),
        "spamreport": ("complained", False),
        "unsubscribe": ("unsubscribed", False),
    }

    def denied(self, call: Call) -> Answer | None:
        """Asks for the token."""
        right = call.headers.get("authorization") == f"Bearer {TOKEN}"
        return None if right else _error(401, "The provided authorization grant is invalid, expired, or revoked")

    def search(self, call: Call) -> Answer | None:
        """The logs by category, and the sandbox."""
        asked = json.loads(call.body)
        if asked.get("mail_settings") == {"sandbox_mode": {"enable": True}}:
            judged = self.judge(call)
            return judged if isinstance(judged, Answer) else Answer(200, "")
        if call.path != "/v3/logs":
            return None
        query = re.fullmatch(
            r"categories IN \('([\w-]+)'\) AND sg_message_id_created_at >= TIMESTAMP \"[\d-]+T[\d:]+Z\"", asked["query"]
        )
        assert query, asked
        found = [email for email in self.accepted if query[1] in email.tags][: asked["limit"]]
        said = [
            {
                "from_email": "desk@news.example.org",
                "to_email": e.address,
                "subject": e.subject,
                "sg_message_id": f"{e.provider_id}.recvd-1-2",
                "sg_message_id_created_at": "2026-11-20T14:00:00Z",
                "status": "delivered",
            }
            for e in found
        ]
        return Answer(200, {"messages": said})

    def judge(self, call: Call) -> Answer | Sequence[Accepted | Refusal]:
        """Checks the request, then every recipient; one wrong address refuses all."""
        if call.path != "/v3/mail/send":
            return _error(404, "not found")
        body = json.loads(call.body)
        people = body["personalizations"]
        addresses = [to["email"] for person in people for to in person["to"]]
        if not 1 <= len(people) <= 1000 or len({a.lower() for a in addresses}) != len(addresses):
            return _error(400, "an address may stand in a request once", "personalizations")
        for n, address in enumerate(addresses):
            if address in self.bad_addresses or not is_address(address):
                return _error(400, "Does not contain a valid address.", f"personalizations.{n}.to.0.email")
        if [part["type"] for part in body["content"]] not in (["text/plain", "text/html"], ["text/plain"]):
            return _error(400, "text/plain stands first", "content")
        return [self._filled(body, person) for person in people]

    def success(self, call: Call, emails: Sequence[Accepted | Refusal]) -> Answer:
        """202 without a body, and one id in a header."""
        (ident,) = {email.provider_id for email in emails if isinstance(email, Accepted)}
        return Answer(202, "", {"X-Message-Id": ident})

    def ident(self, number: int) -> str:
        """As in `X-Message-Id`."""
        return f"ZvLq3{number:017d}"

    def webhook(self, event: str, email: Accepted, at: datetime) -> tuple[dict[str, str], bytes]:
        """https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event; the body ends in CRLF."""
        name, _, detail = event.partition(" ")
        item = {
            "email": email.address,
            "timestamp": int(at.timestamp()),
            "event": name,
            "sg_event_id": base64.b64encode(f"{event}{email.address}".encode()).decode(),
            "sg_message_id": f"{email.provider_id}.recvd-7b6f-1.0",
            **email.metadata,
        }
        if name == "bounce":
            item |= {"type": detail, "status": "5.1.1", "reason": f"550 {email.address} is unknown"}
        elif detail:
            item["reason"] = detail
        raw, stamp = json.dumps([item]).encode() + b"\r\n", str(int(at.timestamp()))
        signature = _KEY.sign(stamp.encode() + raw, ec.ECDSA(SHA256(), deterministic_signing=True))
        proof = base64.b64encode(signature).decode()
        prefix = "x-twilio-email-event-webhook-"
        return {f"{prefix}signature": proof, f"{prefix}timestamp": stamp}, raw

    def _filled(self, body: dict[str, Any], person: dict[str, Any]) -> Accepted:
        words = person.get("substitutions", {})
        assert sum(len(f"{key}{value}".encode()) for key, value in words.items()) < 10_000
        assert len(json.dumps(person.get("custom_args", {}))) < 10_000

        def filled(text: str) -> str:
            text = re.sub("|".join(map(re.escape, words)) or r"(?!)", lambda match: str(words[match[0]]), text)
            return re.sub("<%.*?%>", "FILLED", text)

        headers = body.get("headers", {}) | person.get("headers", {})
        assert not [name for name in headers if name.lower() in FORBIDDEN]
        headers |= {"From": mailbox(body["from"]), "Reply-To": mailbox(body["reply_to"])}
        content = {part["type"]: filled(part["value"]) for part in body["content"]}
        tracking = body.get("tracking_settings", {})
        names = ("click_tracking", "open_tracking", "subscription_tracking")
        return Accepted(
            person["to"][0]["email"],
            filled(body["subject"]),
            content.get("text/html", ""),
            content["text/plain"],
            headers,
            tuple(body.get("categories", [])),
            person.get("custom_args", {}),
            any(tracking.get(name, {}).get("enable", True) for name in names),
        )


def _error(status: int, said: str, field: str | None = None) -> Answer:
    return Answer(status, {"errors": [{"message": said, "field": field, "help": None}]})
