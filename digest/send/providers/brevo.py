"""Brevo: one call with a version of the email for each recipient, taken as a whole or not at all.

Facts from https://developers.brevo.com (Send a transactional email, Idempotency for batch emails, Event activity)
and brevo-python 5.1.0, read 2026-11-23: a version has its own subject and bodies only where the call has
them too, and then its own; headers of a version are documented nowhere, though others send them; a key
lives for 30 minutes by one page and for 15 by another; what a repeated call is answered is not said.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Generator, Mapping
from datetime import datetime, timedelta
from email.header import Header

import httpx
import orjson

from digest.config.providers import BrevoSettings
from digest.models import Answer, Batch, Event, EventKind, InDoubt, Stopped
from digest.send import addresses, calls, hooks, inert, message, outcomes, whole
from digest.send.message import Letter
from digest.send.providers.provider import Capabilities, Found, ascii_only
from digest.splice import Page

CAPABILITIES = Capabilities(
    largest_batch=100,
    replay_within=timedelta(minutes=13),
    asked_after=timedelta(minutes=30),
    refuses=ascii_only,
    needs=(
        "Verify the sender's domain, and switch open and click tracking of transactional email off.",
        "Send one email to yourself first and look at its source: nobody has shown yet that Brevo leaves"
        " our List-Unsubscribe in place, and it adds one of its own by default.",
    ),
)

_OPENING = re.compile(r"\{(?=[{%#])")
_NAMESPACE = uuid.UUID("6f0a7d5e-1d0b-4c57-9a43-6c1f4b7a2f10")
_PAGE = 2500
_MOST_PAGES = 20
_NEEDS_A_PERSON = ("not_enough_credits", "permission_denied", "account_under_validation", "unauthorized")
_KINDS: Mapping[str, tuple[EventKind, bool]] = {
    "request": ("accepted", False),
    "delivered": ("delivered", False),
    "deferred": ("deferred", False),
    "soft_bounce": ("bounced", False),
    "hard_bounce": ("bounced", True),
    "invalid_email": ("bounced", True),
    "blocked": ("rejected", False),
    "error": ("rejected", False),
    "spam": ("complained", False),
    "complaint": ("complained", False),
    "unsubscribe": ("unsubscribed", False),
}


class Api:
    """https://developers.brevo.com/reference/send-transac-email as pure functions of one issue's letter."""

    capabilities = CAPABILITIES

    def __init__(self, letter: Letter, own: BrevoSettings, secrets: Mapping[str, str]) -> None:
        self._base = own.base_url
        self._headers = calls.JSON | {"api-key": secrets["token"], "Accept": "application/json"}
        sender = letter.sender
        self._alike = {
            "sender": _person(message.mailbox(sender.name, sender.address)),
            "replyTo": _person(sender.reply_to),
        } | _for_nobody(letter)
        self._version = whole.WholeEmail(letter, _version, _OPENING)

    def request(self, batch: Batch) -> httpx.Request:
        """POST /smtp/email, tagged with the issue and with the batch."""
        versions = [orjson.Fragment(self._version.of(batch, delivery)) for delivery in batch.deliveries]
        once = str(uuid.uuid5(_NAMESPACE, batch.key))
        body = self._alike | {
            "headers": {"idempotencyKey": once},
            "tags": [whole.tag(batch.issue_key), whole.tag(batch.key)],
            "messageVersions": versions,
        }
        return httpx.Request("POST", f"{self._base}/smtp/email", headers=self._headers, content=orjson.dumps(body))

    def answer(self, batch: Batch, response: httpx.Response) -> Answer:
        """An id for each version, in order."""
        said = outcomes.json_object(response)
        if response.is_success:
            return _accepted(batch, response)
        code = said.get("code")
        if code == "duplicate_request":
            return InDoubt(outcomes.said(response))
        if code in _NEEDS_A_PERSON:
            return Stopped(outcomes.said(response))
        return outcomes.by_status(response)

    def inquire(self, batch: Batch, started: datetime) -> Generator[httpx.Request, httpx.Response, Found]:
        """The requests among the events with the batch's tag, page by page."""
        del started  # the tag is this batch's alone
        numbers = addresses.numbers(batch)
        taken: dict[int, str] = {}
        for number in range(_MOST_PAGES):
            query = {"tags": whole.tag(batch.key), "event": "requests", "limit": _PAGE, "offset": number * _PAGE}
            page = httpx.URL(f"{self._base}/smtp/statistics/events", params=query)
            listed = outcomes.json_object((yield httpx.Request("GET", page, headers=self._headers))).get("events", [])
            if not isinstance(listed, list):
                return Found(taken, whole=False)
            for item in listed:
                if (delivery := numbers.get(hooks.word(item, "email").lower())) is not None:
                    taken[delivery] = hooks.word(item, "messageId")
            if len(listed) < _PAGE:
                return Found(taken)
        return Found(taken, whole=False)

    def trial(self) -> httpx.Request:
        """GET /account."""
        return httpx.Request("GET", f"{self._base}/account", headers=self._headers)

    def tried(self, response: httpx.Response) -> str | Stopped:
        """The name of the account."""
        said = outcomes.json_object(response)
        name = hooks.word(said, "companyName", "email")
        if not name:
            return Stopped(f"{outcomes.said(response)} (a success, but not Brevo's; is base_url right?)")
        return f'the key belongs to the account "{outcomes.brief(name)}"'


class Hook:
    """https://developers.brevo.com/docs/transactional-webhooks: unsigned, so it carries a token that only we share."""

    def __init__(self, own: BrevoSettings, secrets: Mapping[str, str]) -> None:
        del own
        self._token = hooks.secret("brevo", secrets, "the token that the webhook carries")

    def verify(self, headers: Mapping[str, str], raw: bytes, now: datetime, fetch: Callable[[str], bytes]) -> None:
        """Raises Forged. A token proves who calls, and neither what is said nor when."""
        del raw, now, fetch
        scheme, _, given = headers.get("authorization", "").partition(" ")
        hooks.same(f"{scheme.lower()} {given.strip()}", f"bearer {self._token}")

    def events(self, raw: bytes) -> tuple[Event, ...]:
        """One event a call; one without an id of its own, so that equal words are one event."""
        parsed = hooks.parsed(raw)
        listed = hooks.items(parsed if isinstance(parsed, list) else [parsed])
        return tuple(_event(item) for item in listed if hooks.word(item, "event") in _KINDS)


def _version(parts: whole.Parts) -> dict[str, object]:
    about = {"issue": parts.issue, "batch": parts.batch, "number": parts.number}
    return {
        "to": [{"email": parts.to}],
        "headers": {**parts.headers, "X-List-Unsub": "disabled", "X-Mailin-custom": json.dumps(about)},
        "subject": parts.subject,
        "htmlContent": parts.html,
        "textContent": parts.text,
    }


def _for_nobody(letter: Letter) -> dict[str, object]:
    """What the call as a whole must have: the email as it would be without anybody's values."""
    email = letter.email
    leave = f"mailto:{letter.sender.contact}?subject=unsubscribe".encode()
    values = {name: leave if name == "unsubscribe_url" else b"" for name in email.tokens}
    html = Page(email.html, email.tokens, lambda piece: inert.html(_OPENING, piece).encode())
    text = Page(email.text, email.tokens, lambda piece: inert.text(_OPENING, piece).encode())
    return {
        "subject": inert.text(_OPENING, email.subject),
        "htmlContent": html.splice(values).decode(),
        "textContent": text.splice(values).decode(),
    }


def _person(mailbox: str) -> dict[str, str]:
    """Brevo drops a name that holds letters beyond ASCII and a comma or the like, but takes an encoded word."""
    found = message.person(mailbox)
    name = found.get("name", "")
    if not name.isascii() and message.quoted(name) != name:
        found["name"] = Header(name, "utf-8", maxlinelen=998).encode()
    return found


def _accepted(batch: Batch, response: httpx.Response) -> Answer:
    said = outcomes.json_object(response)
    ids = said.get("messageIds", [said["messageId"]] if "messageId" in said else None)
    if not isinstance(ids, list):
        return outcomes.unreadable(batch, response)
    if len(ids) != len(batch.deliveries):
        return InDoubt(f"the answer names {len(ids)} emails, and the batch has {len(batch.deliveries)}")
    return outcomes.accepted(batch, [str(each) for each in ids])


def _event(item: Mapping[str, object]) -> Event:
    name = hooks.word(item, "event")
    kind, permanent = _KINDS[name]
    try:
        about = hooks.part({"custom": json.loads(hooks.word(item, "X-Mailin-custom") or "{}")}, "custom")
    except (ValueError, RecursionError):  # from an email that something else sent
        about = {}
    at = hooks.at(hooks.word(item, "ts_epoch")[:-3] or item.get("ts_event"))  # the one is in milliseconds
    return Event(
        hooks.ident("brevo", name, hooks.word(item, "message-id"), hooks.word(item, "email"), at),
        kind,
        hooks.address(item, "email"),
        at,
        permanent,
        **hooks.metadata(about),
        provider_id=hooks.word(item, "message-id"),
        reason=hooks.reason(item, "reason"),
    )
