"""Twilio SendGrid: one email for up to 1,000 recipients, whose places SendGrid fills by words of our choice.

Facts from https://www.twilio.com/docs/sendgrid/api-reference/mail-send and
https://www.twilio.com/docs/sendgrid/for-developers/tracking-events, read 2026-11-23: an answer has one
id for the whole call, and one wrong address refuses it; there is no idempotency key; what was taken
can be searched by category where the account pays for that.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Generator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from typing import TYPE_CHECKING

import httpx
import orjson

from digest.config.providers import SendgridSettings
from digest.errors import ConfigError, Forged
from digest.models import Answer, Batch, Delivery, Event, EventKind, InDoubt, NotSent, Refused, Settled, Stopped
from digest.send import addresses, calls, hooks, inert, message, outcomes, whole
from digest.send.message import Letter
from digest.send.providers.provider import Capabilities, Found, ascii_only
from digest.splice import for_html, for_text

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

CAPABILITIES = Capabilities(
    largest_batch=1000,
    body="shared",
    largest_bytes=30_000_000,
    answers="call",
    asked_after=timedelta(minutes=30),
    refuses=ascii_only,
    needs=(
        "Authenticate the sender's domain.",
        "Buy the email activity history, or what is in doubt can only be settled by a person.",
    ),
)

_THEIR_SYNTAX = re.compile(r"<(?=%)")
"""`<%asm_group_unsubscribe_raw_url%>` and its like."""
_CLOCKS_DIFFER = timedelta(minutes=5)
_LOGGED = 1000
_KINDS: Mapping[str, EventKind] = {
    "processed": "accepted",
    "delivered": "delivered",
    "deferred": "deferred",
    "bounce": "bounced",
    "dropped": "rejected",
    "spamreport": "complained",
    "unsubscribe": "unsubscribed",
    "group_unsubscribe": "unsubscribed",
}
_DROPPED: Mapping[str, EventKind] = {"Unsubscribed Address": "unsubscribed", "Spam Reporting Address": "complained"}
"""What SendGrid knew of an address before: it did not try."""
_FOR_GOOD = ("Bounced Address", "Invalid")


class Api:
    """https://www.twilio.com/docs/sendgrid/api-reference/mail-send as pure functions of one issue's letter."""

    capabilities = CAPABILITIES

    def __init__(self, letter: Letter, own: SendgridSettings, secrets: Mapping[str, str]) -> None:
        self._base, self._letter = own.base_url, letter
        self._headers = calls.JSON | {"Authorization": f"Bearer {secrets['token']}"}
        email = letter.email
        self._in_html = {name: _other(token) for name, token in email.tokens.items() if token in email.html}
        self._in_text = {name: token for name, token in email.tokens.items() if token in email.text}
        html = inert.html(_THEIR_SYNTAX, email.html)
        for name, place in self._in_html.items():
            html = html.replace(email.tokens[name], place)
        self._alike = self._shape(
            inert.text(_THEIR_SYNTAX, email.subject),
            {"text/plain": inert.text(_THEIR_SYNTAX, email.text), "text/html": html},
        )

    def request(self, batch: Batch) -> httpx.Request:
        """POST /v3/mail/send; issue and batch are categories, and with the number custom arguments."""
        body = {
            **self._alike,
            "categories": [whole.tag(batch.issue_key), whole.tag(batch.key)],
            "personalizations": [self._personal(batch, delivery) for delivery in batch.deliveries],
        }
        return self._send(body)

    def answer(self, batch: Batch, response: httpx.Response) -> Answer:
        """One answer for the whole batch."""
        if response.is_success:
            return _accepted(batch, response)
        answer = outcomes.by_status(response)
        match answer:
            case Refused() | Stopped() | InDoubt():
                return type(answer)(_said(response))
            case NotSent():
                return NotSent(_said(response), answer.retry_after_s)
        return answer

    def inquire(self, batch: Batch, started: datetime) -> Generator[httpx.Request, httpx.Response, Found]:
        """Everyone in the logs with the batch's category; a search shows a thousand at most."""
        numbers = addresses.numbers(batch)
        since = f"{started.astimezone(UTC) - _CLOCKS_DIFFER:%Y-%m-%dT%H:%M:%SZ}"
        query = f"categories IN ('{whole.tag(batch.key)}') AND sg_message_id_created_at >= TIMESTAMP \"{since}\""
        asked = orjson.dumps({"query": query, "limit": _LOGGED})
        url = f"{self._base}/v3/logs"
        response = yield httpx.Request("POST", url, headers=self._headers, content=asked)
        found = outcomes.json_object(response).get("messages")
        if not isinstance(found, list):
            return Found(whole=False)
        taken = {
            numbers[address]: _short(hooks.word(item, "sg_message_id"))
            for item in hooks.items(found)
            if (address := hooks.word(item, "to_email").lower()) in numbers
        }
        return Found(taken, whole=len(found) < _LOGGED or len(taken) == len(numbers))

    def trial(self) -> httpx.Request:
        """An email in the sandbox: SendGrid judges it and forgets it."""
        body = self._shape("A trial of the account", {"text/plain": "It works."})
        people = [{"to": [{"email": self._letter.sender.address}]}]
        return self._send({**body, "personalizations": people, "mail_settings": {"sandbox_mode": {"enable": True}}})

    def tried(self, response: httpx.Response) -> str:
        """SendGrid found nothing wrong."""
        del response
        return f"the token may send as {self._letter.sender.address}; the sandbox took an email"

    def _shape(self, subject: str, content: Mapping[str, str]) -> dict[str, object]:
        sender = self._letter.sender
        to_name, reply_to = parseaddr(sender.reply_to)
        off = {"enable": False}
        tracking = {"click_tracking": off | {"enable_text": False}, "open_tracking": off, "subscription_tracking": off}
        return {
            "from": _person(sender.name, sender.address),
            "reply_to": _person(to_name, reply_to),
            "subject": subject,
            "content": [{"type": kind, "value": value} for kind, value in content.items()],
            "tracking_settings": tracking | {"ganalytics": off},
        }

    def _personal(self, batch: Batch, delivery: Delivery) -> dict[str, object]:
        """Address, headers and values of one recipient."""
        fields = delivery.fields
        text = {place: for_text(fields[name]).decode() for name, place in self._in_text.items()}
        html = {place: for_html(fields[name]).decode() for name, place in self._in_html.items()}
        return {
            "to": [{"email": addresses.on_the_wire(delivery.address)}],
            "headers": message.headers(self._letter, fields.get("unsubscribe_url", "")),
            "substitutions": {place: inert.text(_THEIR_SYNTAX, value) for place, value in (text | html).items()},
            "custom_args": {
                "issue": whole.tag(batch.issue_key),
                "batch": whole.tag(batch.key),
                "number": str(delivery.number),
            },
        }

    def _send(self, body: Mapping[str, object]) -> httpx.Request:
        content = orjson.dumps(body)
        return httpx.Request("POST", f"{self._base}/v3/mail/send", headers=self._headers, content=content)


class Hook:
    """https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features."""

    def __init__(self, own: SendgridSettings, secrets: Mapping[str, str]) -> None:
        del own
        self._key = hooks.secret("sendgrid", secrets, "it is the verification key of the signed event webhook")
        try:
            _public_key(self._key)
        except ValueError as error:
            raise ConfigError(["send.sendgrid.webhook is no verification key: copy it from SendGrid"]) from error

    def verify(self, headers: Mapping[str, str], raw: bytes, now: datetime, fetch: Callable[[str], bytes]) -> None:
        """By the signature over time and body (ECDSA, P-256, SHA-256)."""
        from cryptography.exceptions import InvalidSignature  # 40 ms, and only a webhook needs it
        from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
        from cryptography.hazmat.primitives.hashes import SHA256

        del fetch
        stamp = headers.get("x-twilio-email-event-webhook-timestamp", "")
        try:
            signature = base64.b64decode(headers.get("x-twilio-email-event-webhook-signature", ""), validate=True)
            _public_key(self._key).verify(signature, stamp.encode() + raw, ECDSA(SHA256()))
        except (InvalidSignature, ValueError) as error:
            raise Forged("the webhook call does not prove that it comes from the provider") from error
        hooks.fresh([hooks.at(stamp)], now)

    def events(self, raw: bytes) -> tuple[Event, ...]:
        """Several events a call."""
        return tuple(event for item in hooks.items(hooks.parsed(raw)) if (event := _event(item)))


def _person(name: str, address: str) -> dict[str, str]:
    return {"email": address, "name": name} if name else {"email": address}


def _other(token: str) -> str:
    """A second word for the same place, for html escapes a value otherwise; neither is a part of the other."""
    return hashlib.sha256(token.encode()).hexdigest()[:32]


def _accepted(batch: Batch, response: httpx.Response) -> Settled | InDoubt:
    """202 without a body; any other success is not the API's."""
    if ident := response.headers.get("x-message-id"):
        return outcomes.accepted(batch, [ident])
    if response.status_code == 202 and not response.content:
        return outcomes.accepted(batch)
    return outcomes.unreadable(batch, response)


def _said(response: httpx.Response) -> str:
    """SendGrid's errors with the fields that they are about: `personalizations.3.to.0.email: …`."""
    errors = outcomes.json_object(response).get("errors")
    listed = [item for item in errors if isinstance(item, dict)] if isinstance(errors, list) else []
    words = [": ".join(filter(None, (hooks.word(e, "field"), hooks.word(e, "message")))) for e in listed]
    return outcomes.brief(f"{response.status_code} {'; '.join(words)}") if words else outcomes.said(response)


def _public_key(base64_der: str) -> EllipticCurvePublicKey:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    key = load_der_public_key(base64.b64decode(base64_der, validate=True))
    if not isinstance(key, EllipticCurvePublicKey):
        raise ValueError("another kind of key")  # noqa: TRY004 -- as the loader says that it is no key
    return key


def _event(item: Mapping[str, object]) -> Event | None:
    name, reason, status = hooks.word(item, "event"), hooks.word(item, "reason"), hooks.word(item, "status")
    kind = _DROPPED.get(reason, "rejected") if name == "dropped" else _KINDS.get(name)
    if kind is None:
        return None
    at, address, ident = (
        hooks.at(item.get("timestamp")),
        hooks.address(item, "email"),
        hooks.word(item, "sg_message_id"),
    )
    bounced = name == "bounce" and item.get("type") != "blocked" and status.startswith("5")
    return Event(
        id=hooks.ident(name, ident, address, at.timestamp()),
        kind=kind,
        address=address,
        at=at,
        permanent=bounced or (name == "dropped" and reason in _FOR_GOOD),
        issue_key=hooks.word(item, "issue"),
        number=hooks.number(item.get("number")),
        provider_id=_short(ident),
        reason=hooks.reason(item, "reason", "response"),
    )


def _short(sg_message_id: str) -> str:
    """The id that the call was answered with; the events put the way through SendGrid behind it."""
    return re.split(r"\.(?:filter|recvd)", sg_message_id, maxsplit=1)[0]
