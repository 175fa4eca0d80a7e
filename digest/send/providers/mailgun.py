"""Mailgun: one email with places for up to 1,000 recipients, filled by Mailgun.

Facts from https://documentation.mailgun.com (Sending, Batch Sending), read 2026-11-23: `%recipient.x%` is
replaced in the subject, both bodies and the `h:` headers; without `recipient-variables` every
recipient would see all addresses; there is no idempotency key, so what is in doubt stays so.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping

import httpx
import orjson

from digest import __version__
from digest.config.providers import MailgunSettings
from digest.models import Answer, Batch, Delivery, InDoubt, NotSent, Settled, Stopped
from digest.send import message, outcomes
from digest.send.message import Letter
from digest.send.providers.provider import Capabilities
from digest.splice import Page, for_html, for_text

_OWN_SYNTAX = re.compile(r"%(?=recipient|unsubscribe|mailing_list|tag_unsubscribe)", re.IGNORECASE)
_NO_BREAK = "\u200c"
"""ZERO WIDTH NON-JOINER: shows as nothing, and keeps a `%` of the text from beginning a place."""


CAPABILITIES = Capabilities(largest_batch=1000, body="shared", largest_bytes=25_000_000, answers="call")


class Api:
    """https://documentation.mailgun.com/docs/mailgun/api-reference as pure functions of one issue's letter."""

    capabilities = CAPABILITIES

    def __init__(self, letter: Letter, own: MailgunSettings, secrets: Mapping[str, str]) -> None:
        self._url = f"{own.base_url}/v3/{own.domain}/messages"
        self._headers = {
            "Authorization": "Basic " + base64.b64encode(f"api:{secrets['token']}".encode()).decode(),
            "User-Agent": f"digest/{__version__}",
        }
        email, sender = letter.email, letter.sender
        html = Page(email.html, email.tokens, lambda piece: _inert_html(piece).encode())
        text = Page(email.text, email.tokens, lambda piece: _inert(piece).encode())
        self._html_fields = [name for name, field in email.tokens.items() if field in email.html]
        self._text_fields = [name for name, field in email.tokens.items() if field in email.text]
        for_list = message.list_headers(sender, "%recipient.unsubscribe_url%")
        self._alike = (
            ("from", message.mailbox(sender.name, sender.address).encode()),
            ("subject", _inert(email.subject).encode()),
            ("html", html.splice({name: b"%%recipient.%s_html%%" % name.encode() for name in email.tokens})),
            ("text", text.splice({name: b"%%recipient.%s%%" % name.encode() for name in email.tokens})),
            ("h:Reply-To", sender.reply_to.encode()),
            *((f"h:{name}", value.encode()) for name, value in for_list.items()),
            ("o:tracking", b"no"),
        )

    def request(self, batch: Batch) -> httpx.Request:
        """POST /v3/<domain>/messages, tagged with the issue and with the batch."""
        variables = {delivery.address: self._variables(delivery) for delivery in batch.deliveries}
        fields = [
            *self._alike,
            ("v:issue", batch.issue_key.encode()),
            ("o:tag", batch.issue_key.encode()),
            ("o:tag", batch.key.encode()),
            *(("to", delivery.address.encode()) for delivery in batch.deliveries),
            ("recipient-variables", orjson.dumps(variables)),
        ]
        # the hash of what it stands between cannot occur in it, and is the same for the same batch
        boundary = hashlib.sha256(b"".join(value for _, value in fields)).hexdigest()
        content = b"".join(_part(boundary, name, value) for name, value in fields) + f"--{boundary}--\r\n".encode()
        headers = self._headers | {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        return httpx.Request("POST", self._url, headers=headers, content=content)

    def answer(self, batch: Batch, response: httpx.Response) -> Answer:
        """One answer for the whole batch: a bad address among good ones refuses all of them."""
        if response.is_success:
            return _accepted(batch, response)
        answer = outcomes.by_status(response)
        if isinstance(answer, NotSent) and answer.retry_after_s is None:
            named = re.search(r"try again after (\d+) second", response.text)
            return NotSent(answer.reason, float(named[1]) if named else None)
        return answer

    def _variables(self, delivery: Delivery) -> Mapping[str, str]:
        """Two for each field, since a name stands differently in html and in plain text."""
        plain = {name: for_text(delivery.fields[name]).decode() for name in (*self._text_fields, "unsubscribe_url")}
        in_html = {f"{name}_html": for_html(delivery.fields[name]).decode() for name in self._html_fields}
        return {name: _inert(v) for name, v in plain.items()} | {name: _inert_html(v) for name, v in in_html.items()}


def _accepted(batch: Batch, response: httpx.Response) -> Settled | Stopped | InDoubt:
    if "Mailgun Magnificent API" in response.text:
        return Stopped("the address answers as Mailgun's welcome page: base_url or domain is wrong")
    one_for_all = outcomes.json_object(response).get("id")
    return outcomes.accepted(batch, [str(one_for_all)]) if one_for_all else outcomes.unreadable(batch, response)


def _inert(text: str) -> str:
    return _OWN_SYNTAX.sub(f"%{_NO_BREAK}", text)


def _inert_html(markup: str) -> str:
    return _OWN_SYNTAX.sub("&#37;", markup)


def _part(boundary: str, name: str, value: bytes) -> bytes:
    return f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value + b"\r\n"
