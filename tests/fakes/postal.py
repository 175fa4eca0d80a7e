"""Postal on loopback: every answer has the status 200."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, ClassVar, cast

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.fakes.base import TOKEN, Accepted, Answer, Call, Fake, Refusal, is_address

_KEY, _OTHER = (rsa.generate_private_key(65537, 1024) for _ in range(2))


def public_key(key: rsa.RSAPrivateKey) -> str:
    """In PEM."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


class PostalFake(Fake):
    """https://docs.postalserver.io/developer/api, as app/controllers/legacy_api has it."""

    name = "postal"
    own: ClassVar = {"token": {"env": "T"}, "webhook": {"env": "W"}}
    secrets: ClassVar = {"token": TOKEN, "webhook": public_key(_KEY)}
    other_webhook = public_key(_OTHER)
    events: ClassVar = {
        "MessageSent": ("delivered", False),
        "MessageDelayed": ("deferred", False),
        "MessageDeliveryFailed": ("bounced", True),
        "MessageBounced": ("bounced", False),
        "MessageHeld": ("rejected", False),
    }

    def denied(self, call: Call) -> Answer | None:
        """Asks for the key."""
        wrong = call.headers.get("x-server-api-key") != TOKEN
        return _error("InvalidServerAPIKey", "The API token provided was not valid.") if wrong else None

    def search(self, call: Call) -> Answer | None:
        """One message by its id."""
        if call.path != "/api/v1/messages/message":
            return None
        return _error("MessageNotFound", "No message found matching provided ID")

    def judge(self, call: Call) -> Answer | Sequence[Accepted | Refusal]:
        """Reads the message."""
        if (call.method, call.path) != ("POST", "/api/v1/send/raw"):
            return Answer(404, "<h1>Not Found")
        body = json.loads(call.body)
        (address,) = body["rcpt_to"]
        if body["mail_from"] != "desk@news.example.org":
            return _error("UnauthenticatedFromAddress", "not authorised")
        if address in self.bad_addresses or not is_address(address):
            return Answer(200, {"status": "parameter-error", "time": 0.1, "data": {"message": "`rcpt_to` is invalid"}})
        return [_from_raw(base64.b64decode(body["data"], validate=True), address)]

    def success(self, call: Call, emails: Sequence[Accepted | Refusal]) -> Answer:
        """Ids by address."""
        taken = {e.address: {"id": int(e.provider_id), "token": "t"} for e in emails if isinstance(e, Accepted)}
        return Answer(
            200, {"status": "success", "time": 0.1, "flags": {}, "data": {"message_id": "m", "messages": taken}}
        )

    def ident(self, number: int) -> str:
        """A message's number."""
        return str(7000 + number)

    def webhook(self, event: str, email: Accepted, at: datetime) -> tuple[dict[str, str], bytes]:
        """https://docs.postalserver.io/developer/webhooks: signed with SHA-1, as every server does."""
        message = {
            "id": email.provider_id,
            "token": "t",
            "direction": "outgoing",
            "to": email.address,
            "tag": "/".join(email.metadata[name] for name in ("issue", "batch", "number")),
        }
        payload: dict[str, Any] = {"original_message" if event == "MessageBounced" else "message": message}
        if event == "MessageDeliveryFailed":
            payload |= {"status": "HardFail", "output": f"550 5.1.1 <{email.address}> unknown"}
        ident = f"{event}-{email.address}"
        raw = json.dumps({"event": event, "timestamp": at.timestamp(), "payload": payload, "uuid": ident}).encode()
        return {"x-postal-signature": base64.b64encode(signature(raw, hashes.SHA1())).decode()}, raw


def signature(raw: bytes, method: hashes.HashAlgorithm) -> bytes:
    """By the server's key."""
    return _KEY.sign(raw, padding.PKCS1v15(), method)


def _error(code: str, message: str) -> Answer:
    return Answer(200, {"status": "error", "time": 0.1, "flags": {}, "data": {"message": message, "code": code}})


def _from_raw(raw: bytes, address: str) -> Accepted:
    message = cast(EmailMessage, message_from_bytes(raw, policy=policy.default.clone(utf8=True)))
    headers = {name: str(value) for name, value in message.items()}
    issue, batch, number = headers.pop("X-Postal-Tag").split("/")
    tracked = headers.pop("X-AMP", "") != "skip"
    about = {"issue": issue, "batch": batch, "number": number}
    parts = {part.get_content_type(): part.get_content() for part in message.walk() if not part.is_multipart()}
    return Accepted(
        address,
        headers["Subject"],
        parts["text/html"].replace("\r\n", "\n"),
        parts["text/plain"].replace("\r\n", "\n"),
        headers,
        metadata=about,
        tracked=tracked,
    )
