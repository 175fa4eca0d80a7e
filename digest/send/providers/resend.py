"""Resend: up to 100 whole emails in one call, which is taken as a whole or not at all.

Facts from https://resend.com/docs/api-reference/emails/send-batch-emails and
https://resend.com/docs/dashboard/emails/idempotency-keys, read 2026-11-23: a key lives for 24 hours and
answers a repeated call with the same ids; a call without `x-batch-validation` is strict.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import httpx
import orjson

from digest.config.providers import ResendSettings
from digest.errors import ConfigError
from digest.models import Answer, Batch, Event, EventKind, InDoubt, Stopped
from digest.send import addresses, calls, hooks, message, outcomes, whole
from digest.send.message import Letter
from digest.send.providers.provider import Capabilities, ascii_only

CAPABILITIES = Capabilities(
    largest_batch=100,
    largest_bytes=40_000_000,
    replay_within=timedelta(hours=23),
    refuses=ascii_only,
    needs=("Verify the sender's domain, and leave open and click tracking switched off for it.",),
)

_NEEDS_A_PERSON = ("daily_quota_exceeded", "monthly_quota_exceeded", "invalid_from_address", "invalid_idempotency_key")
_KINDS: Mapping[str, EventKind] = {
    "email.sent": "accepted",
    "email.delivered": "delivered",
    "email.delivery_delayed": "deferred",
    "email.bounced": "bounced",
    "email.failed": "rejected",
    "email.suppressed": "rejected",
    "email.complained": "complained",
}
_SANDBOX = "delivered@resend.dev"
"""https://resend.com/docs/dashboard/emails/send-test-emails: taken like any other, and reaches nobody."""


class Api:
    """https://resend.com/docs/api-reference as pure functions of one issue's letter."""

    capabilities = CAPABILITIES

    def __init__(self, letter: Letter, own: ResendSettings, secrets: Mapping[str, str]) -> None:
        self._url = f"{own.base_url}/emails/batch"
        self._sender = letter.sender
        self._headers = calls.JSON | {"Authorization": f"Bearer {secrets['token']}"}
        self._item = whole.WholeEmail(letter, _item)

    def request(self, batch: Batch) -> httpx.Request:
        """POST /emails/batch with the batch's key as the idempotency key."""
        body = b"[%s]" % b",".join(self._item.of(batch, delivery) for delivery in batch.deliveries)
        return httpx.Request("POST", self._url, headers=self._headers | {"Idempotency-Key": batch.key}, content=body)

    def answer(self, batch: Batch, response: httpx.Response) -> Answer:
        """Strict batches are atomic: a success means all, and a refusal none."""
        if response.is_success:
            return _accepted(batch, response)
        name = outcomes.json_object(response).get("name")
        if name in _NEEDS_A_PERSON:
            return Stopped(outcomes.said(response))
        if response.status_code == 409:
            # a call with this key came before: it is still under way, or it carried other bytes
            return InDoubt(outcomes.said(response))
        return outcomes.by_status(response)

    def trial(self) -> httpx.Request:
        """One email to Resend's own test address: a token that may only send cannot ask for anything else."""
        sender = message.mailbox(self._sender.name, self._sender.address)
        body = [{"from": sender, "to": [_SANDBOX], "subject": "A trial of the account", "text": "It works."}]
        return httpx.Request("POST", self._url, headers=self._headers, content=orjson.dumps(body))

    def tried(self, response: httpx.Response) -> str:
        """Resend took it."""
        del response
        return f"the token may send as {self._sender.address}; an email to {_SANDBOX} was accepted"


class Hook:
    """https://resend.com/docs/dashboard/webhooks, signed as Svix does (https://docs.svix.com/receiving/verifying-payloads)."""

    def __init__(self, own: ResendSettings, secrets: Mapping[str, str]) -> None:
        del own
        secret = hooks.secret("resend", secrets, "it is the webhook's signing secret, whsec_…")
        try:
            self._key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except ValueError as error:
            raise ConfigError(["send.resend.webhook is no signing secret: copy it from Resend, whsec_…"]) from error

    def verify(self, headers: Mapping[str, str], raw: bytes, now: datetime, fetch: Callable[[str], bytes]) -> None:
        """One of the signatures over id, time and body; Svix signs every attempt anew, so none is old."""
        del fetch
        stamp = headers.get("svix-timestamp", "")
        body = f"{headers.get('svix-id', '')}.{stamp}.".encode() + raw
        expected = base64.b64encode(hmac.digest(self._key, body, "sha256")).decode()
        given = [mark.partition(",") for mark in headers.get("svix-signature", "").split()]
        signatures = [signature for version, _, signature in given if version == "v1"]
        hooks.one_of(signatures, expected)
        hooks.just_now(hooks.at(stamp), now)

    def events(self, raw: bytes) -> tuple[Event, ...]:
        """One event a call."""
        (call,) = hooks.items([hooks.parsed(raw)])
        kind, email = _KINDS.get(hooks.word(call, "type")), hooks.part(call, "data")
        if kind is None:
            return ()
        to, sent, bounce = email.get("to"), hooks.part(email, "tags"), hooks.part(email, "bounce")
        why = bounce or hooks.part(email, "failed") or hooks.part(email, "suppressed")
        return (
            Event(
                id=hooks.ident(call["type"], hooks.word(email, "email_id"), hooks.word(call, "created_at")),
                kind=kind,
                address=addresses.as_known(str(to[0])) if isinstance(to, list) and to else "",
                at=hooks.at_iso(call.get("created_at")),
                permanent=call["type"] == "email.suppressed" or bounce.get("type") == "Permanent",
                issue_key=hooks.word(sent, "issue"),
                number=hooks.number(sent.get("number")),
                provider_id=hooks.word(email, "email_id"),
                reason=hooks.reason(why, "message", "reason", "subType"),
            ),
        )


def _accepted(batch: Batch, response: httpx.Response) -> Answer:
    items = outcomes.json_object(response).get("data")
    if not isinstance(items, list):
        return outcomes.unreadable(batch, response)
    if len(items) != len(batch.deliveries):
        return InDoubt(f"the answer names {len(items)} emails, and the batch has {len(batch.deliveries)}")
    return outcomes.accepted(batch, [str(item.get("id", "")) if isinstance(item, dict) else "" for item in items])


def _item(parts: whole.Parts) -> dict[str, object]:
    sender = parts.letter.sender
    return {
        "from": message.mailbox(sender.name, sender.address),
        "to": [parts.to],
        "reply_to": sender.reply_to,
        "subject": parts.subject,
        "headers": parts.headers,
        "tags": [
            {"name": "issue", "value": parts.issue},
            {"name": "batch", "value": parts.batch},
            {"name": "number", "value": parts.number},
        ],
        "html": parts.html,
        "text": parts.text,
    }
