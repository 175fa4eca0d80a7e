"""Amazon SES, API v2: one template for up to 50 recipients in one call, or one whole email.

Facts from https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendBulkEmail.html and
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html, read 2026-11-23: a bulk
call answers 200 and says of each entry what became of it; a place without a value loses the email without
a word, so every place always has one; there is no idempotency key, and what was taken cannot be searched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parseaddr
from typing import Any

import httpx
import orjson

from digest.config.providers import SesSettings
from digest.errors import ConfigError
from digest.models import Answer, Batch, Delivery, Event, EventKind, InDoubt, NotSent, Outcome, Refused, Stopped
from digest.send import addresses, calls, hooks, inert, message, outcomes, sigv4, sns, whole
from digest.send.message import Letter
from digest.send.providers.provider import Capabilities, ascii_only
from digest.splice import Page, for_html, for_text

CAPABILITIES = Capabilities(
    largest_batch=50,
    body="shared",
    refuses=ascii_only,
    needs=(
        "Verify the sender's domain, and have the account moved out of the sandbox.",
        "Make a configuration set that sends its events, rendering failures among them, to an SNS topic, and that "
        "tracks neither opens nor clicks; without one an email that SES loses stays accepted.",
    ),
)

_OPENING = re.compile(r"\{(?=\{)")
_PASSES = ("ACCOUNT_THROTTLED", "TRANSIENT_FAILURE")
_NEEDS_A_PERSON = (
    "MAIL_FROM_DOMAIN_NOT_VERIFIED", "CONFIGURATION_SET_NOT_FOUND", "CONFIGURATION_SET_DOES_NOT_EXIST",
    "TEMPLATE_NOT_FOUND", "TEMPLATE_DOES_NOT_EXIST", "ACCOUNT_SUSPENDED", "ACCOUNT_DAILY_QUOTA_EXCEEDED",
    "INVALID_SENDING_POOL_NAME", "ACCOUNT_SENDING_PAUSED", "CONFIGURATION_SET_SENDING_PAUSED",
)  # fmt: skip
"""The statuses of an entry that hold for all of them; those not named here refuse the one recipient."""
_STOPS = (
    "AccountSuspendedException",
    "SendingPausedException",
    "MailFromDomainNotVerifiedException",
    "LimitExceededException",
)
_KINDS: Mapping[str, tuple[EventKind, str]] = {
    "Send": ("accepted", "send"),
    "Delivery": ("delivered", "delivery"),
    "DeliveryDelay": ("deferred", "deliveryDelay"),
    "Bounce": ("bounced", "bounce"),
    "Reject": ("rejected", "reject"),
    "Rendering Failure": ("rejected", "failure"),
    "Complaint": ("complained", "complaint"),
    "Subscription": ("unsubscribed", "subscription"),
}
"""An event's name -> what it means to us, and where its details stand."""


class Api:
    """https://docs.aws.amazon.com/ses/latest/APIReference-V2 as functions of one issue's letter and the clock."""

    capabilities = CAPABILITIES

    def __init__(
        self,
        letter: Letter,
        own: SesSettings,
        secrets: Mapping[str, str],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`clock` is what a call is signed with: a signature holds for a few minutes."""
        self._letter, self._clock = letter, clock
        self._base = own.base_url or f"https://email.{own.region}.amazonaws.com{_suffix(own.region)}"
        self._who = sigv4.Credentials(
            secrets["key_id"], secrets["secret"], own.region, "ses", secrets.get("session_token", "")
        )
        sender = letter.sender
        name, reply_to = parseaddr(sender.reply_to)
        self._alike: dict[str, object] = {
            "FromEmailAddress": message.encoded_mailbox("From", sender.name, sender.address),
            "ReplyToAddresses": [message.encoded_mailbox("Reply-To", name, reply_to)],
        }
        if own.configuration_set:
            self._alike["ConfigurationSetName"] = own.configuration_set
        self._one = whole.WholeEmail(letter, self._single)
        self._template = _template(letter)

    def request(self, batch: Batch) -> httpx.Request:
        """The bulk call, or the single one for a batch of one."""
        if len(batch.deliveries) == 1:
            return self._signed("POST", "/v2/email/outbound-emails", self._one.of(batch, batch.deliveries[0]))
        entries = [self._entry(batch, delivery) for delivery in batch.deliveries]
        body = self._alike | {"DefaultContent": {"Template": self._template}, "BulkEmailEntries": entries}
        return self._signed("POST", "/v2/email/outbound-bulk-emails", orjson.dumps(body))

    def answer(self, batch: Batch, response: httpx.Response) -> Answer:
        """What became of each entry, or of the one email."""
        if not response.is_success:
            return _as_a_whole(response)
        said = outcomes.json_object(response)
        if len(batch.deliveries) == 1:
            ident = said.get("MessageId")
            return outcomes.accepted(batch, [str(ident)]) if ident else outcomes.unreadable(batch, response)
        results = said.get("BulkEmailEntryResults")
        if not isinstance(results, list):
            return outcomes.unreadable(batch, response)
        if len(results) != len(batch.deliveries):
            return InDoubt(f"the answer names {len(results)} emails, and the batch has {len(batch.deliveries)}")
        pairs = zip(batch.deliveries, results, strict=True)
        return outcomes.of_each([_result(delivery, result) for delivery, result in pairs])

    def trial(self) -> httpx.Request:
        """The account, with what it may send."""
        return self._signed("GET", "/v2/email/account", b"")

    def tried(self, response: httpx.Response) -> str | Stopped:
        """Stopped while the account may not send, or only to addresses of its own."""
        account = outcomes.json_object(response)
        if account.get("SendingEnabled") is not True:
            return Stopped("the account may not send: see its dashboard at Amazon SES")
        if account.get("ProductionAccessEnabled") is not True:
            return Stopped(
                "the account is in the sandbox and reaches nobody but verified addresses: ask for production"
            )
        quota = hooks.part(account, "SendQuota")
        return f"the account may send {quota.get('Max24HourSend')} emails a day and {quota.get('MaxSendRate')} a second"

    def _single(self, parts: whole.Parts) -> dict[str, object]:
        body = {"Text": _content(parts.text), "Html": _content(parts.html)}
        simple = {"Subject": _content(parts.subject), "Body": body, "Headers": _pairs(parts.headers)}
        tags = {"issue": parts.issue, "batch": parts.batch, "number": parts.number}
        return self._alike | {
            "Destination": {"ToAddresses": [parts.to]},
            "Content": {"Simple": simple},
            "EmailTags": _pairs(tags),
        }

    def _entry(self, batch: Batch, delivery: Delivery) -> dict[str, object]:
        """Address, values, headers and tags of one recipient."""
        tags = {"issue": whole.tag(batch.issue_key), "batch": whole.tag(batch.key), "number": str(delivery.number)}
        values = {name: inert.text(_OPENING, for_text(value).decode()) for name, value in delivery.fields.items()}
        in_html = {f"{n}_html": inert.html(_OPENING, for_html(v).decode()) for n, v in delivery.fields.items()}
        content = {"ReplacementTemplateData": orjson.dumps(values | in_html).decode()}
        return {
            "Destination": {"ToAddresses": [addresses.on_the_wire(delivery.address)]},
            "ReplacementEmailContent": {"ReplacementTemplate": content},
            "ReplacementHeaders": _pairs(message.headers(self._letter, delivery.fields.get("unsubscribe_url", ""))),
            "ReplacementTags": _pairs(tags),
        }

    def _signed(self, method: str, path: str, body: bytes) -> httpx.Request:
        kind = {"content-type": "application/json"} if body else {}
        url = f"{self._base}{path}"
        headers = sigv4.signed(method, url, kind, body, self._who, self._clock())
        return httpx.Request(method, url, headers=headers | calls.AGENT, content=body)


class Hook:
    """https://docs.aws.amazon.com/sns/latest/dg/sns-http-https-endpoint-as-subscriber.html."""

    def __init__(self, own: SesSettings, secrets: Mapping[str, str]) -> None:
        del secrets
        if not own.topic:
            raise ConfigError(["send.ses.topic is not set: write the ARN of the SNS topic of the events and run again"])
        self._topic = own.topic

    def verify(self, headers: Mapping[str, str], raw: bytes, now: datetime, fetch: Callable[[str], bytes]) -> None:
        """By the topic and Amazon's signature; the topic's subscription is confirmed on the way."""
        del headers
        sns.verify(raw, self._topic, now, fetch)

    def events(self, raw: bytes) -> tuple[Event, ...]:
        """One event for each recipient that a notification names."""
        call = sns.call(raw)
        if call.get("Type") != "Notification":
            return ()
        said = hooks.items([hooks.parsed(hooks.word(call, "Message").encode())])[0]
        name = hooks.word(said, "eventType", "notificationType")
        if name not in _KINDS or (name == "Subscription" and not _leaves(said)):
            return ()
        ident = hooks.word(call, "MessageId")
        people = _people(said, _KINDS[name][1])
        return tuple(_event(said, name, f"{ident}/{n}" if n else ident, person) for n, person in enumerate(people))


def _suffix(region: str) -> str:
    return ".cn" if region.startswith("cn-") else ""


def _template(letter: Letter) -> dict[str, object]:
    """The letter with `{{name}}` in the places of what differs."""
    email = letter.email
    # a brace of the text before a place would become a third one of it
    opening = re.compile(
        "|".join([_OPENING.pattern, *(rf"\{{(?={re.escape(token)})" for token in email.tokens.values())])
    )
    subject, text = inert.text(_OPENING, email.subject), inert.text(opening, email.text)
    places = {name: b"{{%s}}" % name.encode() for name in email.tokens}
    in_html = {name: b"{{%s_html}}" % name.encode() for name in email.tokens}
    content = {
        "Subject": subject,
        "Text": Page(text, email.tokens).splice(places).decode(),
        "Html": Page(inert.html(opening, email.html), email.tokens).splice(in_html).decode(),
    }
    return {"TemplateContent": content, "TemplateData": "{}"}


def _content(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}


def _pairs(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in values.items()]


def _as_a_whole(response: httpx.Response) -> Answer:
    """A refused call: its type tells more than its status."""
    body = outcomes.json_object(response)
    kind = response.headers.get("x-amzn-errortype", hooks.word(body, "__type")).partition(":")[0].rpartition("#")[2]
    said = outcomes.brief(f"{response.status_code} {kind} {hooks.word(body, 'message', 'Message')}")
    if kind == "ThrottlingException" and "daily" in said.lower():
        return Stopped(said)
    if kind in ("ThrottlingException", "TooManyRequestsException"):
        return NotSent(said, outcomes.retry_after_s(response))
    if kind in _STOPS:
        return Stopped(said)
    answer = outcomes.by_status(response)
    return type(answer)(said) if kind and isinstance(answer, Stopped | Refused | InDoubt) else answer


def _result(delivery: Delivery, result: object) -> Outcome | NotSent | Stopped:
    entry: Mapping[str, Any] = result if isinstance(result, dict) else {}
    status, said = hooks.word(entry, "Status"), f"{entry.get('Status')} {hooks.word(entry, 'Error')}"
    if status == "SUCCESS":
        return Outcome(delivery.number, "accepted", hooks.word(entry, "MessageId"))
    if status in _PASSES:
        return NotSent(outcomes.brief(said))
    if status in _NEEDS_A_PERSON:
        return Stopped(outcomes.brief(said))
    return Outcome(delivery.number, "rejected", reason=said)


def _leaves(said: Mapping[str, object]) -> bool:
    return hooks.part(hooks.part(said, "subscription"), "newTopicPreferences").get("unsubscribeAll") is True


def _people(said: Mapping[str, object], where: str) -> list[Mapping[str, object]]:
    """The recipients of an event with what it says of each, or those of the email."""
    detail = hooks.part(said, where)
    named = [detail.get(key) for key in ("bouncedRecipients", "complainedRecipients", "delayedRecipients")]
    for people in named:
        if people:
            return hooks.items(people)
    to = hooks.part(said, "mail").get("destination")
    return [{"emailAddress": address} for address in to] if isinstance(to, list) else []


def _event(said: Mapping[str, object], name: str, ident: str, person: Mapping[str, object]) -> Event:
    kind, where = _KINDS[name]
    mail, detail = hooks.part(said, "mail"), hooks.part(said, where)
    tags = {key: str(value[0]) for key, value in hooks.part(mail, "tags").items() if isinstance(value, list) and value}
    return Event(
        id=ident,
        kind=kind,
        address=hooks.address(person, "emailAddress"),
        at=hooks.at_iso(detail.get("timestamp") or mail.get("timestamp")),
        permanent=detail.get("bounceType") == "Permanent",
        issue_key=tags.get("issue", ""),
        number=hooks.number(tags.get("number")),
        provider_id=hooks.word(mail, "messageId"),
        reason=hooks.reason({**detail, **person}, "diagnosticCode", "errorMessage", "reason", "smtpResponse"),
    )
