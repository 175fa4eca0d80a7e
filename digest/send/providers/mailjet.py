"""Mailjet: up to 50 whole emails in one call, each answered by itself.

Facts from https://dev.mailjet.com/email/guides/send-api-v31 and its reference, read 2026-11-23: each message is
processed on its own, so that some may have been taken whatever the status says; List-Id may not be set, and
List-Unsubscribe is replaced by Mailjet's own. `[[var:x]]` is filled in every email, `{{var:x}}` only on request.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import datetime, timedelta

import httpx
import orjson

from digest.config.providers import MailjetSettings
from digest.models import Answer, Batch, Event, EventKind, InDoubt, NotSent, Outcome, Stopped
from digest.send import calls, hooks, message, outcomes, whole
from digest.send.message import Letter
from digest.send.providers.provider import Capabilities, Found, ascii_only

CAPABILITIES = Capabilities(
    largest_batch=50,
    largest_bytes=15_000_000,
    one_click="theirs",
    asked_after=timedelta(minutes=15),
    refuses=ascii_only,
    needs=(
        "Verify the sender's domain.",
        "Set up the webhook with the event unsub: readers leave at Mailjet, and only it tells us who.",
    ),
)

_OPENING = re.compile(r"\[(?=\[)|\{(?=[{%])")
_NO_HEADERS = ("List-ID",)
_NEEDS_A_PERSON = ("mj-0001", "mj-0015", "send-0006", "send-0007", "send-0008")
_KINDS: Mapping[str, EventKind] = {
    "sent": "delivered",
    "bounce": "bounced",
    "blocked": "rejected",
    "spam": "complained",
    "unsub": "unsubscribed",
}


class Api:
    """https://dev.mailjet.com/email/reference/send-emails as pure functions of one issue's letter."""

    capabilities = CAPABILITIES

    def __init__(self, letter: Letter, own: MailjetSettings, secrets: Mapping[str, str]) -> None:
        self._base = own.base_url
        self._headers = calls.JSON | calls.basic(secrets["key"], secrets["secret"])
        self._from = _person(message.mailbox(letter.sender.name, letter.sender.address))
        self._item = whole.WholeEmail(letter, _item, _OPENING)

    def request(self, batch: Batch) -> httpx.Request:
        """POST /v3.1/send."""
        emails = [orjson.Fragment(self._item.of(batch, delivery)) for delivery in batch.deliveries]
        return self._post({"Messages": emails})

    def answer(self, batch: Batch, response: httpx.Response) -> Answer:
        """An id or errors for each email, in order, whatever the status."""
        items = outcomes.json_object(response).get("Messages")
        if isinstance(items, list):
            return _each(batch, items)
        return outcomes.unreadable(batch, response) if response.is_success else outcomes.by_status(response)

    def inquire(self, batch: Batch, started: datetime) -> Generator[httpx.Request, httpx.Response, Found]:
        """One question for each email, by the id that we gave it."""
        del started
        taken: dict[int, str] = {}
        complete = True
        for delivery in batch.deliveries:
            query = {"CustomID": f"{whole.tag(batch.key)}.{delivery.number}"}
            page = httpx.URL(f"{self._base}/v3/REST/message", params=query)
            listed = outcomes.json_object((yield httpx.Request("GET", page, headers=self._headers))).get("Data")
            complete &= isinstance(listed, list)
            if isinstance(listed, list) and listed:
                taken[delivery.number] = hooks.word(listed[0], "ID")
        return Found(taken, whole=complete)

    def trial(self) -> httpx.Request:
        """An email in the sandbox mode: Mailjet checks it like any other, and sends nothing."""
        email = {
            "From": self._from,
            "To": [{"Email": self._from["Email"]}],
            "Subject": "A trial of the account",
            "TextPart": "It works.",
        }
        return self._post({"SandboxMode": True, "Messages": [email]})

    def tried(self, response: httpx.Response) -> str | Stopped:
        """Mailjet found nothing wrong, or what it found."""
        match outcomes.json_object(response).get("Messages"):
            case [{"Status": "success"}]:
                return f"the key may send as {self._from['Email']}; an email in sandbox mode was accepted"
            case _:
                return Stopped(outcomes.said(response))

    def _post(self, body: Mapping[str, object]) -> httpx.Request:
        return httpx.Request("POST", f"{self._base}/v3.1/send", headers=self._headers, content=orjson.dumps(body))


class Hook:
    """https://dev.mailjet.com/email/guides/webhooks: unsigned, so its address has a user and a password."""

    def __init__(self, own: MailjetSettings, secrets: Mapping[str, str]) -> None:
        del own
        self._word = hooks.secret("mailjet", secrets, "the user:password in the webhook's address")

    def verify(self, headers: Mapping[str, str], raw: bytes, now: datetime, fetch: Callable[[str], bytes]) -> None:
        """Raises Forged. A password proves who calls, and neither what is said nor when."""
        del raw, now, fetch
        hooks.basic(headers, self._word)

    def events(self, raw: bytes) -> tuple[Event, ...]:
        """One event, or a group of them; none has an id of its own, so that equal words are one event."""
        parsed = hooks.parsed(raw)
        listed = hooks.items(parsed if isinstance(parsed, list) else [parsed])
        return tuple(_event(item) for item in listed if hooks.word(item, "event") in _KINDS)


def _item(parts: whole.Parts) -> dict[str, object]:
    sender = parts.letter.sender
    return {
        "From": _person(message.mailbox(sender.name, sender.address)),
        "To": [{"Email": parts.to}],
        "ReplyTo": _person(sender.reply_to),
        "Subject": parts.subject,
        "Headers": {name: value for name, value in parts.headers.items() if name not in _NO_HEADERS},
        "CustomID": f"{parts.batch}.{parts.number}",
        "EventPayload": json.dumps({"issue": parts.issue, "batch": parts.batch, "number": parts.number}),
        "CustomCampaign": parts.issue,
        "TrackOpens": "disabled",
        "TrackClicks": "disabled",
        "HTMLPart": parts.html,
        "TextPart": parts.text,
    }


def _person(mailbox: str) -> dict[str, str]:
    return {key.capitalize(): value for key, value in message.person(mailbox).items()}


def _each(batch: Batch, items: Sequence[object]) -> Answer:
    if len(items) != len(batch.deliveries):
        return InDoubt(f"the answer names {len(items)} emails, and the batch has {len(batch.deliveries)}")
    pairs = zip(batch.deliveries, items, strict=True)
    return outcomes.of_each([_outcome(delivery.number, item) for delivery, item in pairs])


def _outcome(number: int, item: object) -> Outcome | NotSent | Stopped | InDoubt:
    match item:
        case {"Status": "success", "To": [{"MessageID": ident}, *_]}:
            return Outcome(number, "accepted", str(ident))
        case {"Status": "success"}:
            return Outcome(number, "accepted")
        case {"Status": "error", "Errors": [dict(error), *_]}:
            return _error(number, error)
    return InDoubt("the answer names an email without saying what became of it")


def _error(number: int, error: Mapping[str, object]) -> Outcome | NotSent | Stopped | InDoubt:
    code, status = hooks.word(error, "ErrorCode"), error.get("StatusCode")
    reason = outcomes.brief(f"{code} {hooks.word(error, 'ErrorMessage')}")
    if code in _NEEDS_A_PERSON:
        return Stopped(reason)
    if status == 429:
        return NotSent(reason)
    if isinstance(status, int) and status >= 500:
        return InDoubt(reason)
    return Outcome(number, "rejected", reason=reason)


def _event(item: Mapping[str, object]) -> Event:
    name, at = hooks.word(item, "event"), hooks.at(item.get("time"))
    try:
        about = hooks.part({"payload": json.loads(hooks.word(item, "Payload") or "{}")}, "payload")
    except (ValueError, RecursionError):  # from an email that something else sent
        about = {}
    waits = hooks.word(item, "error") == "greylisted" and not item.get("hard_bounce")
    return Event(
        hooks.ident("mailjet", name, hooks.word(item, "MessageID"), hooks.word(item, "email"), at),
        "deferred" if waits else _KINDS[name],
        hooks.address(item, "email"),
        at,
        permanent=name in ("bounce", "blocked") and item.get("hard_bounce") is True,
        **hooks.metadata(about),
        provider_id=hooks.word(item, "MessageID"),
        reason=hooks.reason(item, "smtp_reply", "comment", "error"),
    )
