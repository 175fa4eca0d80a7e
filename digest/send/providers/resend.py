"""Resend: up to 100 whole emails in one call, which is taken as a whole or not at all.

Facts from https://resend.com/docs/api-reference/emails/send-batch-emails and
https://resend.com/docs/dashboard/emails/idempotency-keys, read 2026-11-23: a key lives for 24 hours and
answers a repeated call with the same ids; a call without `x-batch-validation` is strict.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from datetime import timedelta

import httpx
import orjson

from digest import __version__
from digest.models import Answer, Batch, Delivery, InDoubt, Stopped
from digest.send import message, outcomes
from digest.send.message import Letter
from digest.send.providers.provider import Capabilities
from digest.splice import Page, for_html, for_text

_NEEDS_A_PERSON = ("daily_quota_exceeded", "monthly_quota_exceeded", "invalid_from_address", "invalid_idempotency_key")


class Resend:
    """https://resend.com/docs/api-reference as pure functions of one issue's letter."""

    capabilities = Capabilities(largest_batch=100, replay_within=timedelta(hours=23))

    def __init__(self, letter: Letter, token: str, base_url: str) -> None:
        self._url = f"{base_url}/emails/batch"
        self._headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "User-Agent": f"digest/{__version__}",
        }
        self._item = _item(letter)

    def request(self, batch: Batch) -> httpx.Request:
        """POST /emails/batch with the batch's key as the idempotency key."""
        issue = re.sub(r"[^A-Za-z0-9_-]", "-", batch.issue_key).encode()
        items = [self._item.splice({"issue": issue, **_values(delivery)}) for delivery in batch.deliveries]
        body = b"[%s]" % b",".join(items)
        return httpx.Request("POST", self._url, headers=self._headers | {"Idempotency-Key": batch.key}, content=body)

    def answer(self, batch: Batch, response: httpx.Response) -> Answer:
        """Strict batches are atomic: a success means all, and a refusal none."""
        if response.is_success:
            return self._accepted(batch, response)
        name = outcomes.json_object(response).get("name")
        if name in _NEEDS_A_PERSON:
            return Stopped(outcomes.said(response))
        if response.status_code == 409:
            # a call with this key came before: it is still under way, or it carried other bytes
            return InDoubt(outcomes.said(response))
        return outcomes.by_status(response)

    def _accepted(self, batch: Batch, response: httpx.Response) -> Answer:
        items = outcomes.json_object(response).get("data")
        if isinstance(items, list) and len(items) == len(batch.deliveries):
            return outcomes.accepted(batch, [str(item.get("id", "")) for item in items if isinstance(item, dict)])
        # with another number of ids nobody knows whose each is, but the call was taken as a whole
        return outcomes.unreadable(batch, response)


def _item(letter: Letter) -> Page:
    """The JSON of one email as one page: a field has another token where its value is escaped otherwise."""
    email, sender = letter.email, letter.sender
    in_html = {name: secrets.token_hex(16) for name in email.tokens}
    to, issue = secrets.token_hex(16), secrets.token_hex(16)
    html = email.html
    for name, token in email.tokens.items():
        html = html.replace(token, in_html[name])
    item = {
        "from": message.mailbox(sender.name, sender.address),
        "to": [to],
        "reply_to": sender.reply_to,
        "subject": email.subject,
        "headers": message.list_headers(sender, email.tokens["unsubscribe_url"]),
        "tags": [{"name": "issue", "value": issue}],
        "html": html,
        "text": email.text,
    }
    tokens = {**email.tokens, **{f"{name}_html": token for name, token in in_html.items()}, "to": to, "issue": issue}
    return Page(orjson.dumps(item).decode(), tokens)


def _values(delivery: Delivery) -> Mapping[str, bytes]:
    plain = {name: _inside_json(for_text(value)) for name, value in delivery.fields.items()}
    in_html = {f"{name}_html": _inside_json(for_html(value)) for name, value in delivery.fields.items()}
    return plain | in_html | {"to": _inside_json(delivery.address.encode())}


def _inside_json(text: bytes) -> bytes:
    return orjson.dumps(text.decode())[1:-1]
