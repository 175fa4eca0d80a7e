"""Postmark: up to 500 whole emails in one call, each taken or refused by itself.

Facts from https://postmarkapp.com/developer/api/email-api, /developer/api/messages-api and
/developer/webhooks/webhooks-overview, read 2026-11-23: a batch answers 200 even when each of its
emails is refused; there is no idempotency key, but every email can be found by its metadata for 45
days; a broadcast stream writes its own unsubscribe header until support sets it to "Custom".
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from datetime import datetime, timedelta
from urllib.parse import quote

import httpx

from digest.config.providers import PostmarkSettings
from digest.models import Answer, Batch, Delivery, Event, EventKind, InDoubt, NotSent, Outcome, Stopped
from digest.send import addresses, calls, hooks, message, outcomes, whole
from digest.send.message import Letter
from digest.send.providers.provider import Capabilities, Found, ascii_only

CAPABILITIES = Capabilities(
    largest_batch=500,
    largest_bytes=50_000_000,
    asked_after=timedelta(minutes=10),
    refuses=ascii_only,
    needs=(
        "Verify the sender's domain or address.",
        "Ask Postmark's support to set the broadcast stream's unsubscribe handling to \"Custom\": until then it "
        "replaces one-click unsubscribe by Postmark's own.",
    ),
)

_WAITS = (100, 429)
"""ErrorCodes that pass: maintenance, and too many calls."""
_NEEDS_A_PERSON = (10, 14, 400, 401, 402, 403, 405, 409, 410, 412, 413, 1235, 1236)
"""ErrorCodes of token, sender, credits, account and stream; https://postmarkapp.com/developer/api/overview#error-codes."""
_A_PAGE = 500
_LAST_PLACE = 10_000
"""A search shows no message beyond this one."""
_BOUNCES: Mapping[str, EventKind] = {
    "HardBounce": "bounced",
    "SoftBounce": "bounced",
    "VirusNotification": "bounced",
    "Transient": "deferred",
    "DnsError": "deferred",
    "OpenRelayTest": "deferred",
    "BadEmailAddress": "rejected",
    "ManuallyDeactivated": "rejected",
    "Unconfirmed": "rejected",
    "Blocked": "rejected",
    "DMARCPolicy": "rejected",
    "SMTPApiError": "rejected",
    "TemplateRenderingFailed": "rejected",
    "SpamComplaint": "complained",
    "SpamNotification": "complained",
    "Unsubscribe": "unsubscribed",
    "ManualSuppression": "unsubscribed",
}
"""By the type of a bounce or the reason of a suppression; the others are automatic replies."""
_FOR_GOOD = ("HardBounce", "BadEmailAddress")


class Api:
    """https://postmarkapp.com/developer as pure functions of one issue's letter."""

    capabilities = CAPABILITIES

    def __init__(self, letter: Letter, own: PostmarkSettings, secrets: Mapping[str, str]) -> None:
        self._base, self._stream = own.base_url, own.stream
        self._headers = calls.JSON | {"X-Postmark-Server-Token": secrets["token"], "Accept": "application/json"}
        self._item = whole.WholeEmail(letter, self._shape)

    def request(self, batch: Batch) -> httpx.Request:
        """POST /email/batch, each email with its issue, batch and number as metadata."""
        body = b"[%s]" % b",".join(self._item.of(batch, delivery) for delivery in batch.deliveries)
        return httpx.Request("POST", f"{self._base}/email/batch", headers=self._headers, content=body)

    def answer(self, batch: Batch, response: httpx.Response) -> Answer:
        """One result for each email, in their order."""
        if not response.is_success:
            return _as_a_whole(response)
        results = outcomes.json_list(response)
        if results is None:
            return outcomes.unreadable(batch, response)
        if len(results) != len(batch.deliveries):
            return InDoubt(f"the answer names {len(results)} emails, and the batch has {len(batch.deliveries)}")
        pairs = list(zip(batch.deliveries, results, strict=True))
        if not all(_is_of(delivery, result) for delivery, result in pairs):
            return InDoubt("the answer names other recipients than the batch")
        return outcomes.of_each([_result(delivery, result) for delivery, result in pairs])

    def inquire(self, batch: Batch, started: datetime) -> Generator[httpx.Request, httpx.Response, Found]:
        """Every message with the batch's key in its metadata."""
        del started  # the key is the batch's alone, and Postmark's dates are those of the American East
        numbers = {delivery.number for delivery in batch.deliveries}
        taken: dict[int, str] = {}
        for first in range(0, _LAST_PLACE, _A_PAGE):
            query = {"count": str(_A_PAGE), "offset": str(first), "messagestream": self._stream}
            url = httpx.URL(f"{self._base}/messages/outbound", params=query | {"metadata_batch": whole.tag(batch.key)})
            said = outcomes.json_object((yield httpx.Request("GET", url, headers=self._headers)))
            found, total = said.get("Messages"), said.get("TotalCount")
            if not isinstance(found, list) or not isinstance(total, int):
                return Found(taken, whole=False)
            for item in hooks.items(found):
                number = hooks.number(hooks.part(item, "Metadata").get("number"))
                if number in numbers:
                    taken[number] = hooks.word(item, "MessageID")
            if first + len(found) >= total:
                return Found(taken)
        return Found(taken, whole=False)

    def trial(self) -> httpx.Request:
        """The stream, which also says who writes List-Unsubscribe."""
        return httpx.Request(
            "GET", f"{self._base}/message-streams/{quote(self._stream, safe='')}", headers=self._headers
        )

    def tried(self, response: httpx.Response) -> str | Stopped:
        """Stopped for a stream that replaces our one-click unsubscribe."""
        stream = outcomes.json_object(response)
        handling = hooks.part(stream, "SubscriptionManagementConfiguration").get("UnsubscribeHandlingType")
        if handling == "Postmark":
            return Stopped(
                f'the stream "{self._stream}" writes its own unsubscribe link and header: ask Postmark\'s support to '
                'set its unsubscribe handling to "Custom", then try again'
            )
        return f'the token may use the stream "{hooks.word(stream, "Name", "ID")}"'

    def _shape(self, parts: whole.Parts) -> dict[str, object]:
        sender = parts.letter.sender
        return {
            "From": message.mailbox(sender.name, sender.address),
            "To": parts.to,
            "ReplyTo": sender.reply_to,
            "Subject": parts.subject,
            "HtmlBody": parts.html,
            "TextBody": parts.text,
            "Headers": [{"Name": name, "Value": value} for name, value in parts.headers.items()],
            "MessageStream": self._stream,
            "Tag": parts.issue,
            "Metadata": {"issue": parts.issue, "batch": parts.batch, "number": parts.number},
            "TrackOpens": False,
            "TrackLinks": "None",
        }


class Hook:
    """https://postmarkapp.com/developer/webhooks/webhooks-overview: no signature, so a password in the address."""

    def __init__(self, own: PostmarkSettings, secrets: Mapping[str, str]) -> None:
        del own
        what = "it is the user:password that stands in the webhook's address"
        self._password = hooks.secret("postmark", secrets, what)

    def verify(self, headers: Mapping[str, str], raw: bytes, now: datetime, fetch: Callable[[str], bytes]) -> None:
        """By the password alone."""
        del raw, now, fetch
        hooks.basic(headers, self._password)

    def events(self, raw: bytes) -> tuple[Event, ...]:
        """One event a call; none for opens, clicks, automatic replies and who subscribes again."""
        (call,) = hooks.items([hooks.parsed(raw)])
        name, kind, detail = _kind(call)
        if kind is None:
            return ()
        when = hooks.word(call, "DeliveredAt", "BouncedAt", "ChangedAt")
        address, sent = hooks.address(call, "Email", "Recipient"), hooks.part(call, "Metadata")
        return (
            Event(
                id=hooks.ident(name, detail, hooks.word(call, "MessageID"), address, when),
                kind=kind,
                address=address,
                at=hooks.at_iso(when),
                permanent=detail in _FOR_GOOD,
                issue_key=hooks.word(sent, "issue"),
                number=hooks.number(sent.get("number")),
                provider_id=hooks.word(call, "MessageID"),
                reason=hooks.reason(call, "Details", "Description", "SuppressionReason"),
            ),
        )


def _as_a_whole(response: httpx.Response) -> Answer:
    """A refused call: the ErrorCode tells more than the status, which shares its numbers but not their meaning."""
    body = outcomes.json_object(response)
    said = outcomes.brief(f"{response.status_code} {body.get('ErrorCode', '')} {body.get('Message', response.text)}")
    if body.get("ErrorCode") in _WAITS:
        return NotSent(said, outcomes.retry_after_s(response))
    if body.get("ErrorCode") in _NEEDS_A_PERSON:
        return Stopped(said)
    return outcomes.by_status(response)


def _is_of(delivery: Delivery, result: Mapping[str, object]) -> bool:
    """Whether a result is of this recipient; a refused one may name nobody."""
    named = hooks.word(result, "To").lower()
    return named in ("", addresses.on_the_wire(delivery.address).lower())


def _result(delivery: Delivery, result: Mapping[str, object]) -> Outcome | NotSent | Stopped:
    code, said = result.get("ErrorCode"), f"{result.get('ErrorCode')} {result.get('Message')}"
    if code == 0:
        return Outcome(delivery.number, "accepted", hooks.word(result, "MessageID"))
    if code in _WAITS:
        return NotSent(outcomes.brief(said))
    if code in _NEEDS_A_PERSON:
        return Stopped(outcomes.brief(said))
    return Outcome(delivery.number, "rejected", reason=said)


def _kind(call: Mapping[str, object]) -> tuple[str, EventKind | None, str]:
    """The record's type, what it means to us, and the type of its bounce or suppression."""
    name = hooks.word(call, "RecordType")
    if name == "Delivery":
        return name, "delivered", ""
    if name in ("Bounce", "SpamComplaint"):
        detail = hooks.word(call, "Type")
        return name, "complained" if name == "SpamComplaint" else _BOUNCES.get(detail), detail
    if name == "SubscriptionChange" and call.get("SuppressSending"):
        detail = hooks.word(call, "SuppressionReason")
        return name, _BOUNCES.get(detail), detail
    return name, None, ""
