"""Mailgun: one email with places for up to 1,000 recipients, filled by Mailgun.

Facts from https://documentation.mailgun.com (Sending, Batch Sending), read 2026-11-23: `%recipient.x%` is
replaced in the subject, both bodies and the `h:` headers; without `recipient-variables` every
recipient would see all addresses; there is no idempotency key, so what is in doubt stays so.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Generator, Mapping
from datetime import datetime, timedelta

import httpx
import orjson

from digest.config.providers import MailgunSettings
from digest.models import Answer, Batch, Delivery, Event, EventKind, InDoubt, NotSent, Settled, Stopped
from digest.send import addresses, calls, hooks, inert, message, outcomes
from digest.send.message import Letter
from digest.send.providers.provider import Capabilities, Found
from digest.splice import Page, for_html, for_text, stands_anywhere

_OWN_SYNTAX = re.compile(r"%(?=recipient|unsubscribe|mailing_list|tag_unsubscribe)", re.IGNORECASE)
_CLOCKS_DIFFER = timedelta(minutes=5)
_MOST_PAGES = 50
_KINDS: Mapping[str, EventKind] = {
    "accepted": "accepted",
    "delivered": "delivered",
    "rejected": "rejected",
    "complained": "complained",
    "unsubscribed": "unsubscribed",
    "temporary": "deferred",
    "permanent": "bounced",
    "suppress-complaint": "complained",
    "suppress-unsubscribe": "unsubscribed",
}
"""By the event, of a failure by its severity, of one that Mailgun did not try by its reason."""

CAPABILITIES = Capabilities(
    largest_batch=1000,
    body="shared",
    largest_bytes=25_000_000,
    answers="call",
    asked_after=timedelta(minutes=40),
    needs=(
        "Verify the sender's domain.",
        "Switch off unsubscribe tracking for the domain, which would replace List-Unsubscribe.",
    ),
)


class Api:
    """https://documentation.mailgun.com/docs/mailgun/api-reference as pure functions of one issue's letter."""

    capabilities = CAPABILITIES

    def __init__(self, letter: Letter, own: MailgunSettings, secrets: Mapping[str, str]) -> None:
        self._base = f"{own.base_url}/v3/{own.domain}"
        self._headers = calls.AGENT | calls.basic("api", secrets["token"])
        email, sender = letter.email, letter.sender
        html = Page(email.html, email.tokens, lambda piece: inert.html(_OWN_SYNTAX, piece).encode())
        text = Page(email.text, email.tokens, lambda piece: inert.text(_OWN_SYNTAX, piece).encode())
        self._html_fields = [name for name, field in email.tokens.items() if field in email.html]
        self._text_fields = [name for name, field in email.tokens.items() if field in email.text]
        self._sender = sender
        kind = message.headers(letter, "%recipient.unsubscribe_url%")
        if not letter.automatic and "unsubscribe_url" not in self._text_fields:
            self._text_fields.append("unsubscribe_url")
        self._alike = (
            ("from", message.mailbox(sender.name, sender.address).encode()),
            ("subject", inert.text(_OWN_SYNTAX, email.subject).encode()),
            ("html", html.splice({name: b"%%recipient.%s_html%%" % name.encode() for name in email.tokens})),
            ("text", text.splice({name: b"%%recipient.%s%%" % name.encode() for name in email.tokens})),
            ("h:Reply-To", sender.reply_to.encode()),
            *((f"h:{name}", value.encode()) for name, value in kind.items()),
            ("o:tracking", b"no"),
            ("v:number", b"%recipient.number%"),
        )

    def request(self, batch: Batch) -> httpx.Request:
        """POST /v3/<domain>/messages, tagged with the issue and with the batch."""
        people = {addresses.on_the_wire(delivery.address): delivery for delivery in batch.deliveries}
        variables = {address: self._variables(delivery) for address, delivery in people.items()}
        return self._form(
            *self._alike,
            ("v:issue", batch.issue_key.encode()),
            ("v:batch", batch.key.encode()),
            ("o:tag", batch.issue_key.encode()),
            ("o:tag", batch.key.encode()),
            *(("to", address.encode()) for address in people),
            ("recipient-variables", orjson.dumps(variables)),
        )

    def answer(self, batch: Batch, response: httpx.Response) -> Answer:
        """One answer for the whole batch: a bad address among good ones refuses all of them."""
        if response.is_success:
            return _accepted(batch, response)
        answer = outcomes.by_status(response)
        if isinstance(answer, NotSent) and answer.retry_after_s is None:
            named = re.search(r"try again after (\d+) second", response.text)
            return NotSent(answer.reason, float(named[1]) if named else None)
        return answer

    def inquire(self, batch: Batch, started: datetime) -> Generator[httpx.Request, httpx.Response, Found]:
        """The accepted among the events with the batch's tag, page by page."""
        numbers = addresses.numbers(batch)
        begin = int((started - _CLOCKS_DIFFER).timestamp())
        query = {"event": "accepted", "tags": batch.key, "begin": str(begin), "ascending": "yes", "limit": "300"}
        page = httpx.URL(f"{self._base}/events", params=query)
        taken: dict[int, str] = {}
        for _ in range(_MOST_PAGES):
            said = outcomes.json_object((yield httpx.Request("GET", page, headers=self._headers)))
            items = said.get("items")
            if not isinstance(items, list) or not items:
                return Found(taken, whole=items == [])
            for item in items:
                if (number := numbers.get(hooks.word(item, "recipient").lower())) is not None:
                    taken[number] = _message_id(item)
            page = httpx.URL(hooks.word(hooks.part(said, "paging"), "next"))
            if not str(page).startswith(f"{self._base}/events"):
                break
        return Found(taken, whole=False)

    def trial(self) -> httpx.Request:
        """An email in test mode: Mailgun takes and bills it, and delivers it to nobody."""
        sender = self._sender
        return self._form(
            ("from", message.mailbox(sender.name, sender.address).encode()),
            ("to", sender.address.encode()),
            ("subject", b"A trial of the account"),
            ("text", b"It works."),
            ("o:testmode", b"yes"),
        )

    def tried(self, response: httpx.Response) -> str | Stopped:
        """Mailgun took it, unless something else answered."""
        if not outcomes.json_object(response).get("id"):
            return Stopped(f"{outcomes.said(response)} (a success, but not Mailgun's; is base_url right?)")
        return f"the token may send as {self._sender.address}; an email in test mode was accepted"

    def _variables(self, delivery: Delivery) -> Mapping[str, str]:
        """Two for each field, since a name stands differently in html and in plain text."""
        found = {"number": str(delivery.number)}
        for name, value in delivery.fields.items():
            if stands_anywhere(value) and "%" not in value:  # as nearly always
                text = markup = value
            else:
                text = inert.text(_OWN_SYNTAX, for_text(value).decode())
                markup = inert.html(_OWN_SYNTAX, for_html(value).decode())
            if name in self._text_fields:
                found[name] = text
            if name in self._html_fields:
                found[f"{name}_html"] = markup
        return found

    def _form(self, *fields: tuple[str, bytes]) -> httpx.Request:
        # the hash of what it stands between cannot occur in it, and is the same for the same batch
        boundary = hashlib.sha256(b"".join(value for _, value in fields)).hexdigest()
        content = b"".join(_part(boundary, name, value) for name, value in fields) + f"--{boundary}--\r\n".encode()
        headers = self._headers | {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        return httpx.Request("POST", f"{self._base}/messages", headers=headers, content=content)


def _accepted(batch: Batch, response: httpx.Response) -> Settled | Stopped | InDoubt:
    if "Mailgun Magnificent API" in response.text:
        return Stopped("the address answers as Mailgun's welcome page: base_url or domain is wrong")
    one_for_all = outcomes.json_object(response).get("id")
    return outcomes.accepted(batch, [str(one_for_all)]) if one_for_all else outcomes.unreadable(batch, response)


class Hook:
    """https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks, signed within the body."""

    def __init__(self, own: MailgunSettings, secrets: Mapping[str, str]) -> None:
        del own
        self._key = hooks.secret("mailgun", secrets, "it is the account's webhook signing key")

    def verify(self, headers: Mapping[str, str], raw: bytes, now: datetime, fetch: Callable[[str], bytes]) -> None:
        """By the signature of time and token.

        It does not cover what happened, so the event must be as old as the signature says at most,
        and Mailgun's own id tells a replay.
        """
        del headers, fetch
        proof = hooks.part(_call(raw), "signature")
        stamp, token = hooks.word(proof, "timestamp"), hooks.word(proof, "token")
        hooks.signed(hooks.word(proof, "signature"), self._key, f"{stamp}{token}".encode())
        hooks.fresh([hooks.at(stamp)], now)

    def events(self, raw: bytes) -> tuple[Event, ...]:
        """One event a call."""
        event = hooks.part(_call(raw), "event-data")
        reason, severity = hooks.word(event, "reason"), hooks.word(event, "severity")
        name = hooks.word(event, "event")
        kind = _KINDS.get(reason, _KINDS.get(severity)) if name == "failed" else _KINDS.get(name)
        if kind is None:
            return ()
        sent = hooks.part(event, "user-variables")
        status = hooks.part(event, "delivery-status")
        return (
            Event(
                id=hooks.ident(hooks.word(event, "id"), hooks.word(event, "timestamp")),
                kind=kind,
                address=hooks.address(event, "recipient"),
                at=hooks.at(event.get("timestamp")),
                permanent=kind == "bounced" and reason in ("bounce", "suppress-bounce"),
                issue_key=hooks.word(sent, "issue"),
                number=hooks.number(sent.get("number")),
                provider_id=_message_id(event),
                reason=hooks.reason(status, "message", "description") or reason,
            ),
        )


def _call(raw: bytes) -> Mapping[str, object]:
    (call,) = hooks.items([hooks.parsed(raw)])
    return call


def _message_id(event: Mapping[str, object]) -> str:
    """As the answer to the call had it."""
    found = hooks.word(hooks.part(hooks.part(event, "message"), "headers"), "message-id").strip("<>")
    return f"<{found}>" if found else ""


def _part(boundary: str, name: str, value: bytes) -> bytes:
    return f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value + b"\r\n"
