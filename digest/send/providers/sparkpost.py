"""SparkPost: one email with places for up to 1,000 recipients, filled by SparkPost.

Facts from https://developers.sparkpost.com/api (Transmissions, Events, Template language), read 2026-11-23: `{{{x}}}`
is filled as it is in the subject, both bodies and the headers; our List-Unsubscribe stays only where the
call is marked as transactional; a key lives for 24 hours and answers a repeated call as the first one;
how many recipients were rejected is told, and not which. `address` is SparkPost's own word, so that our
places begin with another.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Mapping
from datetime import datetime, timedelta
from email.utils import parseaddr

import httpx
import orjson

from digest.config.providers import SparkpostSettings
from digest.models import Answer, Batch, Delivery, Event, EventKind, InDoubt, Refused, Stopped
from digest.send import addresses, calls, hooks, inert, message, outcomes, whole
from digest.send.message import Letter
from digest.send.providers.provider import Capabilities, Found, ascii_only
from digest.splice import Page, for_html, for_text

CAPABILITIES = Capabilities(
    largest_batch=1000,
    body="shared",
    largest_bytes=20_000_000,
    answers="call",
    replay_within=timedelta(hours=23),
    asked_after=timedelta(minutes=15),
    refuses=ascii_only,
    needs=(
        "Verify the sender's domain. Emails go out as transactional, which alone leaves our List-Unsubscribe"
        " in place: SparkPost's suppressions of the kind non_transactional do not hold them back.",
    ),
)

_OPENING = re.compile(r"\{(?=\{)")
_CLOCKS_DIFFER = timedelta(minutes=5)
_LONGEST_CALL = timedelta(minutes=30)
_MOST_PAGES = 100
_REJECTIONS = ("policy_rejection", "generation_rejection", "generation_failure")
_BOUNCED = ("bounce", "out_of_band")
_KINDS: Mapping[str, EventKind] = {
    "injection": "accepted",
    "delivery": "delivered",
    "delay": "deferred",
    **dict.fromkeys(_BOUNCED, "bounced"),
    **dict.fromkeys(_REJECTIONS, "rejected"),
    "spam_complaint": "complained",
    "list_unsubscribe": "unsubscribed",
    "link_unsubscribe": "unsubscribed",
}
_NOT_BOUNCED = ("60", "80", "100")
"""Bounce classes of answers that a mailbox wrote by itself."""
_GONE = ("10", "30", "90")
"""Bounce classes of an address that is none, or of a reader who left."""


class Api:
    """https://developers.sparkpost.com/api/transmissions as pure functions of one issue's letter."""

    capabilities = CAPABILITIES

    def __init__(self, letter: Letter, own: SparkpostSettings, secrets: Mapping[str, str]) -> None:
        self._base = f"{own.base_url}/api/v1"
        self._headers = calls.JSON | {"Authorization": secrets["token"]}
        email, sender = letter.email, letter.sender
        html = Page(email.html, email.tokens, lambda piece: inert.html(_OPENING, piece).encode())
        text = Page(email.text, email.tokens, lambda piece: inert.text(_OPENING, piece).encode())
        self._html_fields, self._text_fields = html.fields, text.fields
        if not letter.automatic and "unsubscribe_url" not in self._text_fields:
            self._text_fields += ("unsubscribe_url",)
        content = {
            "from": {"email": sender.address, "name": inert.text(_OPENING, sender.name)},
            "reply_to": message.mailbox(*parseaddr(sender.reply_to)),
            "subject": inert.text(_OPENING, email.subject),
            "headers": message.headers(letter, "{{{its_unsubscribe_url}}}"),
            "html": html.splice({name: b"{{{its_%s_html}}}" % name.encode() for name in email.tokens}).decode(),
            "text": text.splice({name: b"{{{its_%s}}}" % name.encode() for name in email.tokens}).decode(),
        }
        self._content = orjson.Fragment(orjson.dumps(content))

    def request(self, batch: Batch) -> httpx.Request:
        """POST /transmissions with the batch's key as the idempotency key."""
        body = {
            "options": {"transactional": True, "open_tracking": False, "initial_open": False, "click_tracking": False},
            "campaign_id": _campaign(batch),
            "content": self._content,
            "recipients": [self._recipient(batch, delivery) for delivery in batch.deliveries],
        }
        headers = self._headers | {"Idempotency-Key": whole.tag(batch.key)}
        url = f"{self._base}/transmissions?num_rcpt_errors=3"
        return httpx.Request("POST", url, headers=headers, content=orjson.dumps(body))

    def answer(self, batch: Batch, response: httpx.Response) -> Answer:
        """One answer for the whole batch."""
        if response.is_success:
            return _accepted(batch, response)
        return _refused(response)

    def inquire(self, batch: Batch, started: datetime) -> Generator[httpx.Request, httpx.Response, Found]:
        """The injections and rejections of the issue's campaign around that time, page by page."""
        query = {
            "campaigns": _campaign(batch),
            "events": ",".join(["injection", *_REJECTIONS]),
            "from": f"{started - _CLOCKS_DIFFER:%Y-%m-%dT%H:%M:%SZ}",
            "to": f"{started + _LONGEST_CALL:%Y-%m-%dT%H:%M:%SZ}",
            "per_page": "10000",
            "cursor": "initial",
        }
        page = httpx.URL(f"{self._base}/events/message", params=query)
        taken: dict[int, str] = {}
        rejected: dict[int, str] = {}
        for _ in range(_MOST_PAGES):
            said = outcomes.json_object((yield httpx.Request("GET", page, headers=self._headers)))
            listed = said.get("results")
            if not isinstance(listed, list):
                return Found(taken, rejected, whole=False)
            for item in listed:
                about = hooks.part(item, "rcpt_meta")
                number = hooks.number(about.get("number"))
                if number is None or about.get("batch") != whole.tag(batch.key):
                    continue
                if item.get("type") == "injection":
                    taken[number] = hooks.word(item, "transmission_id")
                else:
                    rejected[number] = hooks.reason(item, "raw_reason", "reason", "type")
            following = hooks.word(hooks.part(said, "links"), "next")
            if not following:
                return Found(taken, {n: why for n, why in rejected.items() if n not in taken})
            page = page.join(following)
            if page.host != httpx.URL(self._base).host:
                break
        return Found(taken, rejected, whole=False)

    def trial(self) -> httpx.Request:
        """GET /account, which wants a key with the permission "Account: Read"."""
        return httpx.Request("GET", f"{self._base}/account", headers=self._headers)

    def tried(self, response: httpx.Response) -> str | Stopped:
        """The name of the account, unless it is suspended."""
        account = hooks.part(outcomes.json_object(response), "results")
        name, status = hooks.word(account, "company_name", "customer_id"), hooks.word(account, "status")
        if not account:
            return Stopped(f"{outcomes.said(response)} (a success, but not SparkPost's; is base_url right?)")
        if status not in ("", "active"):
            return Stopped(f'the account "{outcomes.brief(name)}" is {outcomes.brief(status)}')
        return f'the key belongs to the account "{outcomes.brief(name)}"'

    def _recipient(self, batch: Batch, delivery: Delivery) -> dict[str, object]:
        """Two values for each field, since a name stands differently in html and in plain text."""
        fields = delivery.fields
        plain = {f"its_{n}": inert.text(_OPENING, for_text(fields[n]).decode()) for n in self._text_fields}
        in_html = {f"its_{n}_html": inert.html(_OPENING, for_html(fields[n]).decode()) for n in self._html_fields}
        about = {"issue": whole.tag(batch.issue_key), "batch": whole.tag(batch.key), "number": str(delivery.number)}
        return {
            "address": {"email": addresses.on_the_wire(delivery.address)},
            "substitution_data": plain | in_html,
            "metadata": about,
        }


class Hook:
    """https://developers.sparkpost.com/api/webhooks: unsigned, so it has a user and a password of its own."""

    def __init__(self, own: SparkpostSettings, secrets: Mapping[str, str]) -> None:
        del own
        self._word = hooks.secret("sparkpost", secrets, "the user:password of the webhook's basic authentication")

    def verify(self, headers: Mapping[str, str], raw: bytes, now: datetime, fetch: Callable[[str], bytes]) -> None:
        """Raises Forged. A password proves who calls, and neither what is said nor when."""
        del raw, now, fetch
        hooks.basic(headers, self._word)

    def events(self, raw: bytes) -> tuple[Event, ...]:
        """One for each event that we know; a call that only tries the address has none."""
        told = [said for item in hooks.items(hooks.parsed(raw)) for said in hooks.part(item, "msys").values()]
        return tuple(event for said in told if isinstance(said, dict) and (event := _event(said)))


def _campaign(batch: Batch) -> str:
    return whole.tag(batch.issue_key)[:64]


def _accepted(batch: Batch, response: httpx.Response) -> Answer:
    results = hooks.part(outcomes.json_object(response), "results")
    taken, rejected = results.get("total_accepted_recipients"), results.get("total_rejected_recipients")
    if not isinstance(taken, int) or not isinstance(rejected, int):
        return outcomes.unreadable(batch, response)
    if (taken, rejected) == (len(batch.deliveries), 0):
        return outcomes.accepted(batch, [hooks.word(results, "id")])
    if taken == 0 and rejected == len(batch.deliveries):
        return Refused(outcomes.said(response))
    return InDoubt(f"{taken} of {len(batch.deliveries)} were accepted and {rejected} rejected, but not said which")


def _refused(response: httpx.Response) -> Answer:
    errors = outcomes.json_object(response).get("errors")
    code = hooks.word(errors[0], "code") if isinstance(errors, list) and errors and isinstance(errors[0], dict) else ""
    said = outcomes.said(response)
    if code in ("1602", "7001") or (response.status_code == 420 and re.search("daily|monthly|sandbox", said, re.I)):
        return Stopped(said)
    return outcomes.by_status(response)


def _event(said: Mapping[str, object]) -> Event | None:
    name, bounce = hooks.word(said, "type"), hooks.word(said, "bounce_class")
    kind = _KINDS.get(name)
    if kind is None or (name in _BOUNCED and bounce in _NOT_BOUNCED):
        return None
    return Event(
        hooks.word(said, "event_id"),
        "unsubscribed" if name in _BOUNCED and bounce == "90" else kind,
        addresses.as_known(hooks.word(said, "raw_rcpt_to", "rcpt_to")),
        hooks.at(said.get("timestamp")),
        permanent=name in _BOUNCED and bounce in _GONE,
        **hooks.metadata(hooks.part(said, "rcpt_meta")),
        provider_id=hooks.word(said, "transmission_id"),
        reason=hooks.reason(said, "raw_reason", "reason"),
    )
