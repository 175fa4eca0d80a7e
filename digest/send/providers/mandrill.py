"""Mandrill (Mailchimp Transactional): one whole email in each call, for its places are not filled in headers.

Facts from https://mailchimp.com/developer/transactional/api/messages and its specification, read 2026-11-23: an
error may come with the status 500 whatever it is, so its name decides; `*|X|*` and `{{x}}` are not filled
where `merge` is off; the search finds a recipient's emails of the last days.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Generator, Mapping
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

import httpx
import orjson

from digest.config.providers import MandrillSettings
from digest.errors import ConfigError, Forged
from digest.models import Answer, Batch, Event, EventKind, InDoubt, Outcome, Refused, Settled, Stopped
from digest.send import addresses, calls, hooks, inert, outcomes, whole
from digest.send.message import Letter
from digest.send.providers.provider import Capabilities, Found, ascii_only

CAPABILITIES = Capabilities(
    largest_batch=1,
    asked_after=timedelta(minutes=15),
    refuses=ascii_only,
    needs=("Verify the sender's domain, and leave the automatic unsubscribe footer of Sending Defaults off.",),
)

_OPENING = re.compile(r"\*(?=\|)|\{(?=\{)")
_CLOCKS_DIFFER = timedelta(minutes=5)
_TAKEN = ("sent", "queued", "scheduled")
_NEEDS_A_PERSON = ("Invalid_Key", "PaymentRequired", "Unknown_Subaccount", "Unknown_Pool")
_NOT_THE_RECIPIENT = ("invalid-sender", "unsigned", "test-mode-limit")
"""Reasons to reject an email that hold for all others too."""
_KINDS: Mapping[str, tuple[EventKind, bool]] = {
    "send": ("accepted", False),
    "delivered": ("delivered", False),
    "deferral": ("deferred", False),
    "soft_bounce": ("bounced", False),
    "hard_bounce": ("bounced", True),
    "reject": ("rejected", False),
    "spam": ("complained", False),
    "unsub": ("unsubscribed", False),
}


class Api:
    """https://mailchimp.com/developer/transactional/api/messages/send-new-message, pure, for one issue's letter."""

    capabilities = CAPABILITIES

    def __init__(self, letter: Letter, own: MandrillSettings, secrets: Mapping[str, str]) -> None:
        self._base = own.base_url
        self._key = secrets["token"]
        self._subject = inert.text(_OPENING, letter.email.subject)
        self._email = whole.WholeEmail(letter, _email, _OPENING)

    def request(self, batch: Batch) -> httpx.Request:
        """POST /messages/send.json."""
        (delivery,) = batch.deliveries
        return self._post("messages/send.json", {"message": orjson.Fragment(self._email.of(batch, delivery))})

    def answer(self, batch: Batch, response: httpx.Response) -> Answer:
        """What became of the one email; the error's name, whatever the status."""
        if response.is_success:
            return _outcome(batch, response)
        name = hooks.word(outcomes.json_object(response), "name")
        if name in _NEEDS_A_PERSON:
            return Stopped(outcomes.said(response))
        if name == "ValidationError":
            return Refused(outcomes.said(response))
        return outcomes.by_status(response)

    def inquire(self, batch: Batch, started: datetime) -> Generator[httpx.Request, httpx.Response, Found]:
        """The recipient's emails since then with the issue's subject, and our metadata where they are shown."""
        (delivery,) = batch.deliveries
        address = addresses.on_the_wire(delivery.address)
        since = started - _CLOCKS_DIFFER
        asked = {"query": f'full_email:"{address}"', "date_from": f"{since:%Y-%m-%d}", "limit": 1000}
        response = yield self._post("messages/search.json", asked)
        found = outcomes.json_list(response)
        for item in found or ():
            its = hooks.word(item, "email").lower(), hooks.word(item, "subject")
            late = hooks.at(item.get("ts", 0)) >= since
            if its == (address.lower(), self._subject) and late and _ours(item, batch):
                return Found({delivery.number: hooks.word(item, "_id")})
        return Found(whole=found is not None)

    def trial(self) -> httpx.Request:
        """POST /users/info.json."""
        return self._post("users/info.json", {})

    def tried(self, response: httpx.Response) -> str | Stopped:
        """The name of the account."""
        name = hooks.word(outcomes.json_object(response), "username")
        if not name:
            return Stopped(f"{outcomes.said(response)} (a success, but not Mandrill's; is base_url right?)")
        return f'the key belongs to the account "{outcomes.brief(name)}"'

    def _post(self, path: str, body: Mapping[str, object]) -> httpx.Request:
        content = orjson.dumps({"key": self._key, **body})
        return httpx.Request("POST", f"{self._base}/{path}", headers=calls.JSON, content=content)


class Hook:
    """https://mailchimp.com/developer/transactional/guides/track-respond-activity-webhooks: a form, signed."""

    def __init__(self, own: MandrillSettings, secrets: Mapping[str, str]) -> None:
        self._key = hooks.secret("mandrill", secrets, "the webhook's key")
        if own.webhook_url is None:
            raise ConfigError(
                ["send.mandrill.webhook_url is not set: it is part of the signature; write it as registered"]
            )
        self._url = own.webhook_url

    def verify(self, headers: Mapping[str, str], raw: bytes, now: datetime, fetch: Callable[[str], bytes]) -> None:
        """Raises Forged; the registered address and the whole form are signed."""
        del fetch
        signed = self._url + "".join(f"{name}{value}" for name, value in sorted(_form(raw).items()))
        expected = base64.b64encode(hmac.new(self._key.encode(), signed.encode(), hashlib.sha1).digest()).decode()
        hooks.same(headers.get("x-mandrill-signature", ""), expected)
        hooks.fresh((hooks.at(item.get("ts")) for item in _reported(raw)), now)

    def events(self, raw: bytes) -> tuple[Event, ...]:
        """One for each event that we know; a call that only tries the address has none."""
        return tuple(_event(item) for item in _reported(raw) if hooks.word(item, "event") in _KINDS)


def _email(parts: whole.Parts) -> dict[str, object]:
    sender = parts.letter.sender
    return {
        "from_email": sender.address,
        "from_name": inert.text(_OPENING, sender.name),
        "to": [{"email": parts.to, "type": "to"}],
        "subject": parts.subject,
        "headers": {**parts.headers, "Reply-To": sender.reply_to},
        "metadata": {"issue": parts.issue, "batch": parts.batch, "number": parts.number},
        "merge": False,
        "merge_language": "mailchimp",
        "track_opens": False,
        "track_clicks": False,
        "auto_text": False,
        "auto_html": False,
        "inline_css": False,
        "url_strip_qs": False,
        "html": parts.html,
        "text": parts.text,
    }


def _outcome(batch: Batch, response: httpx.Response) -> Answer:
    items = outcomes.json_list(response)
    if not items:
        return outcomes.unreadable(batch, response)
    (delivery,) = batch.deliveries
    status, reason = hooks.word(items[0], "status"), hooks.word(items[0], "reject_reason")
    if len(items) != 1 or hooks.word(items[0], "email").lower() != addresses.on_the_wire(delivery.address).lower():
        return InDoubt("the answer names another recipient")
    if status in _TAKEN:
        return Settled((Outcome(delivery.number, "accepted", hooks.word(items[0], "_id")),))
    if status in ("rejected", "invalid"):
        said = outcomes.brief(f"{status}: {reason or 'no reason given'}")
        return Stopped(said) if reason in _NOT_THE_RECIPIENT else Refused(said)
    return InDoubt(f"the answer says {outcomes.brief(status) or 'nothing'} of the email")


def _ours(item: Mapping[str, object], batch: Batch) -> bool:
    """Whether the metadata, where they are shown at all, are those of this batch."""
    about = hooks.part(item, "metadata")
    return not about or about.get("batch") == whole.tag(batch.key)


def _form(raw: bytes) -> dict[str, str]:
    try:
        return dict(parse_qsl(raw.decode(), keep_blank_values=True, strict_parsing=True, max_num_fields=20))
    except ValueError as error:
        raise Forged("the webhook call holds no form") from error


def _reported(raw: bytes) -> list[Mapping[str, object]]:
    return hooks.items(hooks.parsed(_form(raw).get("mandrill_events", "").encode()))


def _event(item: Mapping[str, object]) -> Event:
    kind, permanent = _KINDS[hooks.word(item, "event")]
    about, at = hooks.part(item, "msg"), hooks.at(item.get("ts"))
    ident = hooks.word(item, "_id")
    return Event(
        hooks.ident("mandrill", hooks.word(item, "event"), ident, at),
        kind,
        hooks.address(about, "email"),
        at,
        permanent,
        **hooks.metadata(hooks.part(about, "metadata")),
        provider_id=ident,
        reason=hooks.reason(about, "diag", "bounce_description", "state"),
    )
