"""MailerSend: one whole email in each call.

Its bulk call takes 500, but is answered before the emails are looked at: what it refuses then is told
nowhere but in a later question, so that "accepted" would be a guess.

Facts from https://developers.mailersend.com/api/v1/email.html, https://developers.mailersend.com/general and
mailersend 2.2.0, read 2026-11-23: a success is 202 with the id in a header; headers of one's own are for the plans
Professional and Enterprise; a recipient whom the account suppresses is named in a warning of a success;
408 is an error of theirs; `{{x}}` and `{$x}` are filled.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Mapping
from datetime import datetime, timedelta

import httpx

from digest.config.providers import MailersendSettings
from digest.models import Answer, Batch, Event, EventKind, InDoubt, NotSent, Outcome, Refused, Settled, Stopped
from digest.send import calls, hooks, message, outcomes, whole
from digest.send.message import Letter
from digest.send.providers.provider import Capabilities, Found, ascii_only

CAPABILITIES = Capabilities(
    largest_batch=1,
    asked_after=timedelta(minutes=15),
    refuses=ascii_only,
    needs=(
        "Use the plan Professional or Enterprise: on the others MailerSend takes no headers of ours,"
        " and one-click unsubscribe would be its own.",
        "Verify the sender's domain.",
    ),
)

_OPENING = re.compile(r"\{(?=[{%$#])")
_CLOCKS_DIFFER = timedelta(minutes=5)
_LONGEST_CALL = timedelta(minutes=15)
_NOT_THE_RECIPIENT = re.compile(r"from|headers|list_unsubscribe|reply_to")
"""What begins the name of a field that is wrong for all recipients."""
_KINDS: Mapping[str, tuple[EventKind, bool]] = {
    "activity.sent": ("accepted", False),
    "activity.delivered": ("delivered", False),
    "activity.deferred": ("deferred", False),
    "activity.soft_bounced": ("bounced", False),
    "activity.hard_bounced": ("bounced", True),
    "activity.spam_complaint": ("complained", False),
    "activity.unsubscribed": ("unsubscribed", False),
}


class Api:
    """https://developers.mailersend.com/api/v1/email.html as pure functions of one issue's letter."""

    capabilities = CAPABILITIES

    def __init__(self, letter: Letter, own: MailersendSettings, secrets: Mapping[str, str]) -> None:
        self._base = f"{own.base_url}/v1"
        self._domain = letter.sender.address.rpartition("@")[2].lower()
        self._headers = calls.JSON | {"Authorization": f"Bearer {secrets['token']}", "Accept": "application/json"}
        self._email = whole.WholeEmail(letter, _email, _OPENING)

    def request(self, batch: Batch) -> httpx.Request:
        """POST /v1/email."""
        (delivery,) = batch.deliveries
        content = self._email.of(batch, delivery)
        return httpx.Request("POST", f"{self._base}/email", headers=self._headers, content=content)

    def answer(self, batch: Batch, response: httpx.Response) -> Answer:
        """The id in a header, or a warning that the only recipient is suppressed."""
        if response.is_success:
            return _accepted(batch, response)
        if response.status_code == 408:
            return InDoubt(outcomes.said(response))
        if response.status_code == 421:
            return NotSent(outcomes.said(response), outcomes.retry_after_s(response))
        wrong = hooks.part(outcomes.json_object(response), "errors")
        if response.status_code == 422 and any(_NOT_THE_RECIPIENT.match(name) for name in wrong):
            return Stopped(outcomes.said(response))
        return outcomes.by_status(response)

    def inquire(self, batch: Batch, started: datetime) -> Generator[httpx.Request, httpx.Response, Found]:
        """The emails with the batch's tag, once the domain's id is known."""
        domain = _domain(outcomes.json_object((yield self.trial())), self._domain)
        if domain is None:
            return Found(whole=False)
        (delivery,) = batch.deliveries
        query = {
            "domain_id": hooks.word(domain, "id"),
            "date_from": int((started - _CLOCKS_DIFFER).timestamp()),
            "date_to": int((started + _LONGEST_CALL).timestamp()),
            "tag": whole.tag(batch.key),
        }
        page = httpx.URL(f"{self._base}/emails", params=query)
        listed = outcomes.json_object((yield httpx.Request("GET", page, headers=self._headers))).get("data")
        if not isinstance(listed, list):
            return Found(whole=False)
        for item in hooks.items(listed):
            if hooks.word(item, "status") == "rejected":
                return Found(rejected={delivery.number: hooks.reason(item, "suppression_reason", "status")})
            return Found({delivery.number: hooks.word(item, "message_id", "id")})
        return Found()

    def trial(self) -> httpx.Request:
        """GET /v1/domains."""
        return httpx.Request("GET", f"{self._base}/domains?limit=100", headers=self._headers)

    def tried(self, response: httpx.Response) -> str | Stopped:
        """Whether the sender's domain is there and verified."""
        domain = _domain(outcomes.json_object(response), self._domain)
        if domain is None:
            return Stopped(f"the account has no domain {self._domain}; add it there, or change newsletter.sender")
        if domain.get("is_verified") is False:
            return Stopped(f"the account's domain {self._domain} is not verified")
        return f"the token may send as {self._domain}"


class Hook:
    """https://developers.mailersend.com/api/v1/webhooks.html: HMAC-SHA256 over the body."""

    def __init__(self, own: MailersendSettings, secrets: Mapping[str, str]) -> None:
        del own
        self._key = hooks.secret("mailersend", secrets, "the webhook's signing secret")

    def verify(self, headers: Mapping[str, str], raw: bytes, now: datetime, fetch: Callable[[str], bytes]) -> None:
        """Raises Forged."""
        del fetch
        hooks.signed(headers.get("signature", ""), self._key, raw)
        hooks.fresh([hooks.at_iso(hooks.word(_reported(raw), "created_at"))], now)

    def events(self, raw: bytes) -> tuple[Event, ...]:
        """One event a call."""
        call = _reported(raw)
        return (_event(call),) if hooks.word(call, "type") in _KINDS else ()


def _email(parts: whole.Parts) -> dict[str, object]:
    sender = parts.letter.sender
    headers = dict(parts.headers)
    leave = headers.pop("List-Unsubscribe", None)
    email: dict[str, object] = {
        "from": message.person(message.mailbox(sender.name, sender.address)),
        "reply_to": message.person(sender.reply_to),
        "to": [{"email": parts.to}],
        "subject": parts.subject,
        "headers": [{"name": name, "value": value} for name, value in headers.items()],
        "tags": [parts.issue, parts.batch, parts.number],
        "settings": {"track_clicks": False, "track_opens": False, "track_content": False},
        "html": parts.html,
        "text": parts.text,
    }
    return email if leave is None else email | {"list_unsubscribe": leave}


def _accepted(batch: Batch, response: httpx.Response) -> Answer:
    (delivery,) = batch.deliveries
    ident = response.headers.get("x-message-id", "")
    if ident:
        return Settled((Outcome(delivery.number, "accepted", ident),))
    match outcomes.json_object(response).get("warnings"):
        case [{"type": "ALL_SUPPRESSED", "recipients": [{"reasons": [*reasons]}, *_]}, *_]:
            return Refused(outcomes.brief(f"suppressed: {', '.join(map(str, reasons))}"))
        case [{"type": "ALL_SUPPRESSED"}, *_]:
            return Refused("suppressed")
    return outcomes.unreadable(batch, response)


def _domain(said: Mapping[str, object], name: str) -> Mapping[str, object] | None:
    listed = said.get("data")
    known = [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
    return next((item for item in known if hooks.word(item, "name").lower() == name), None)


def _reported(raw: bytes) -> Mapping[str, object]:
    (call,) = hooks.items([hooks.parsed(raw)])
    return call


def _event(call: Mapping[str, object]) -> Event:
    kind, permanent = _KINDS[hooks.word(call, "type")]
    activity = hooks.part(call, "data")
    email = hooks.part(activity, "email")
    tags = email.get("tags")
    issue, batch, number = map(str, tags) if isinstance(tags, list) and len(tags) == 3 else ("", "", "")
    return Event(
        hooks.word(activity, "id"),
        kind,
        hooks.address(hooks.part(email, "recipient"), "email"),
        hooks.at_iso(hooks.word(activity, "created_at") or call.get("created_at")),
        permanent,
        **hooks.metadata({"issue": issue, "batch": batch, "number": number}),
        provider_id=hooks.word(hooks.part(email, "message"), "id"),
        reason=hooks.reason(hooks.part(activity, "morph"), "readable_reason", "reason"),
    )
