"""Mailtrap: up to 500 whole emails in one call, each answered by itself.

Facts from https://github.com/mailtrap/mailtrap-openapi (transactional sending, email logs), read 2026-11-23: a
batch is answered with 200 whatever became of its emails; the properties of a request replace those of
`base`, headers too; the logs are asked at another host than the one that sends.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import datetime, timedelta

import httpx
import orjson

from digest.config.providers import MailtrapSettings
from digest.models import Answer, Batch, Event, EventKind, InDoubt, Outcome, Stopped
from digest.send import calls, hooks, message, outcomes, whole
from digest.send.message import Letter
from digest.send.providers.provider import Capabilities, Found, ascii_only

CAPABILITIES = Capabilities(
    largest_batch=500,
    largest_bytes=50_000_000,
    asked_after=timedelta(minutes=15),
    refuses=ascii_only,
    needs=(
        "Verify the sender's domain, and switch open and click tracking off in its settings.",
        "Send through the transactional stream: the bulk stream adds an unsubscribe link and headers of its own.",
    ),
)

_OPENING = re.compile(r"\{(?=\{)")
_CLOCKS_DIFFER = timedelta(minutes=5)
_LONGEST_CALL = timedelta(minutes=15)
_MOST_PAGES = 50
_KINDS: Mapping[str, tuple[EventKind, bool]] = {
    "delivery": ("delivered", False),
    "soft bounce": ("deferred", False),
    "suspension": ("deferred", False),
    "bounce": ("bounced", True),
    "reject": ("rejected", False),
    "spam": ("complained", False),
    "unsubscribe": ("unsubscribed", False),
}


class Api:
    """https://docs.mailtrap.io/developers as pure functions of one issue's letter."""

    capabilities = CAPABILITIES

    def __init__(self, letter: Letter, own: MailtrapSettings, secrets: Mapping[str, str]) -> None:
        self._own = own
        self._headers = calls.JSON | {"Authorization": f"Bearer {secrets['token']}"}
        sender = letter.sender
        self._domain = sender.address.rpartition("@")[2].lower()
        self._base = {
            "from": message.person(message.mailbox(sender.name, sender.address)),
            "reply_to": message.person(sender.reply_to),
        }
        self._item = whole.WholeEmail(letter, _item, _OPENING)

    def request(self, batch: Batch) -> httpx.Request:
        """POST /api/batch."""
        emails = [orjson.Fragment(self._item.of(batch, delivery)) for delivery in batch.deliveries]
        body = orjson.dumps({"base": self._base, "requests": emails})
        return httpx.Request("POST", f"{self._own.base_url}/api/batch", headers=self._headers, content=body)

    def answer(self, batch: Batch, response: httpx.Response) -> Answer:
        """An id or errors for each email, in order."""
        if not response.is_success:
            return outcomes.by_status(response)
        items = outcomes.json_object(response).get("responses")
        if not isinstance(items, list):
            return outcomes.unreadable(batch, response)
        return _each(batch, items)

    def inquire(self, batch: Batch, started: datetime) -> Generator[httpx.Request, httpx.Response, Found]:
        """The emails of the batch's category in the logs, newest first."""
        query = {
            "filters[category][operator]": "equal",
            "filters[category][value]": whole.tag(batch.key),
            "filters[sent_after]": f"{started - _CLOCKS_DIFFER:%Y-%m-%dT%H:%M:%SZ}",
            "filters[sent_before]": f"{started + _LONGEST_CALL:%Y-%m-%dT%H:%M:%SZ}",
        }
        taken: dict[int, str] = {}
        for _ in range(_MOST_PAGES):
            page = httpx.URL(f"{self._own.account_url}/api/email_logs", params=query)
            said = outcomes.json_object((yield httpx.Request("GET", page, headers=self._headers)))
            listed = said.get("messages")
            if not isinstance(listed, list):
                return Found(taken, whole=False)
            for item in listed:
                about = hooks.part(item, "custom_variables")
                number = hooks.number(about.get("number"))
                if number is not None and about.get("batch") == whole.tag(batch.key):
                    taken[number] = hooks.word(item, "message_id")
            if not (cursor := hooks.word(said, "next_page_cursor")):
                return Found(taken)
            query["search_after"] = cursor
        return Found(taken, whole=False)

    def trial(self) -> httpx.Request:
        """GET /api/domains."""
        return httpx.Request("GET", f"{self._own.account_url}/api/domains", headers=self._headers)

    def tried(self, response: httpx.Response) -> str | Stopped:
        """Whether the sender's domain is there and verified."""
        listed = outcomes.json_object(response).get("data")
        known = hooks.items(listed) if isinstance(listed, list) else []
        found = next((item for item in known if hooks.word(item, "domain_name").lower() == self._domain), None)
        if found is None:
            return Stopped(f"the account has no domain {self._domain}; add it there, or change newsletter.sender")
        if found.get("dns_verified") is False:
            return Stopped(f"the account's domain {self._domain} is not verified")
        return f"the token may send as {self._domain}"


class Hook:
    """https://docs.mailtrap.io/email-api-smtp/advanced/webhooks: HMAC-SHA256 over the body."""

    def __init__(self, own: MailtrapSettings, secrets: Mapping[str, str]) -> None:
        del own
        self._key = hooks.secret("mailtrap", secrets, "the webhook's signing secret")

    def verify(self, headers: Mapping[str, str], raw: bytes, now: datetime, fetch: Callable[[str], bytes]) -> None:
        """Raises Forged; a call is repeated for 200 minutes and its events are at most four days old."""
        del fetch
        hooks.signed(headers.get("mailtrap-signature", ""), self._key, raw)
        hooks.fresh((hooks.at(item.get("timestamp")) for item in _reported(raw)), now)

    def events(self, raw: bytes) -> tuple[Event, ...]:
        """One for each event that we know."""
        return tuple(_event(item) for item in _reported(raw) if hooks.word(item, "event") in _KINDS)


def _item(parts: whole.Parts) -> dict[str, object]:
    return {
        "to": [{"email": parts.to}],
        "subject": parts.subject,
        "headers": parts.headers,
        "category": parts.batch,
        "custom_variables": {"issue": parts.issue, "batch": parts.batch, "number": parts.number},
        "html": parts.html,
        "text": parts.text,
    }


def _each(batch: Batch, items: Sequence[object]) -> Answer:
    if len(items) != len(batch.deliveries):
        return InDoubt(f"the answer names {len(items)} emails, and the batch has {len(batch.deliveries)}")
    pairs = zip(batch.deliveries, items, strict=True)
    return outcomes.of_each([_outcome(delivery.number, item) for delivery, item in pairs])


def _outcome(number: int, item: object) -> Outcome:
    if isinstance(item, dict) and item.get("success") is True:
        ids = item.get("message_ids")
        return Outcome(number, "accepted", str(ids[0]) if isinstance(ids, list) and ids else "")
    errors = item.get("errors") if isinstance(item, dict) else None
    words = "; ".join(map(str, errors)) if isinstance(errors, list) else ""
    return Outcome(number, "rejected", reason=outcomes.brief(words or "refused without a reason"))


def _reported(raw: bytes) -> list[Mapping[str, object]]:
    parsed = hooks.parsed(raw)
    return hooks.items(parsed.get("events") if isinstance(parsed, dict) else None)


def _event(item: Mapping[str, object]) -> Event:
    kind, permanent = _KINDS[hooks.word(item, "event")]
    about = hooks.part(item, "custom_variables")
    return Event(
        hooks.word(item, "event_id"),
        kind,
        hooks.address(item, "email"),
        hooks.at(item.get("timestamp")),
        permanent,
        **hooks.metadata(about),
        provider_id=hooks.word(item, "message_id"),
        reason=hooks.reason(item, "response", "reason", "bounce_category"),
    )
