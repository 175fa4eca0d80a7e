"""Mailpit: catches every email on this machine and shows it, for trying things out.

Facts from https://mailpit.axllent.org/docs/api-v1/, read 2026-11-23: one email a call; headers of its own
(To, From, Cc, Bcc, Reply-To, Date, Subject, Content-Type, Mime-Version) cannot be set, others can.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from datetime import datetime, timedelta
from email.utils import parseaddr

import httpx

from digest.config.providers import MailpitSettings
from digest.models import Answer, Batch
from digest.send import calls, hooks, outcomes, whole
from digest.send.message import Letter
from digest.send.providers.provider import Capabilities, Found

CAPABILITIES = Capabilities(
    largest_batch=1,
    asked_after=timedelta(),
    needs=("Nobody gets these emails: look at them in Mailpit's own pages.",),
)


class Api:
    """https://mailpit.axllent.org/docs/api-v1/ as pure functions of one issue's letter."""

    capabilities = CAPABILITIES

    def __init__(self, letter: Letter, own: MailpitSettings, secrets: Mapping[str, str]) -> None:
        self._base = own.base_url
        self._headers = calls.JSON | (calls.basic(own.user, secrets["password"]) if own.user else {})
        self._item = whole.WholeEmail(letter, _item)

    def request(self, batch: Batch) -> httpx.Request:
        """POST /api/v1/send for the only delivery of the batch."""
        (delivery,) = batch.deliveries
        body = self._item.of(batch, delivery)
        return httpx.Request("POST", f"{self._base}/api/v1/send", headers=self._headers, content=body)

    def answer(self, batch: Batch, response: httpx.Response) -> Answer:
        """Caught, or what is wrong with the call."""
        if not response.is_success:
            return outcomes.by_status(response)
        ident = outcomes.json_object(response).get("ID")
        return outcomes.accepted(batch, [str(ident)]) if ident else outcomes.unreadable(batch, response)

    def inquire(self, batch: Batch, started: datetime) -> Generator[httpx.Request, httpx.Response, Found]:
        """The email with the batch's tag, the newest where it was caught twice."""
        del started
        (delivery,) = batch.deliveries
        url = httpx.URL(f"{self._base}/api/v1/search", params={"query": f'tag:"{whole.tag(batch.key)}"', "limit": "1"})
        said = outcomes.json_object((yield httpx.Request("GET", url, headers=self._headers)))
        found = said.get("messages")
        if not isinstance(found, list):
            return Found(whole=False)
        return Found({delivery.number: hooks.word(hooks.items(found)[0], "ID")} if found else {})

    def trial(self) -> httpx.Request:
        """What runs there."""
        return httpx.Request("GET", f"{self._base}/api/v1/info", headers=self._headers)

    def tried(self, response: httpx.Response) -> str:
        """Its version."""
        version = hooks.word(outcomes.json_object(response), "Version")
        return f"Mailpit {version} catches what is sent; read it at {self._base}".replace("  ", " ")


def _item(parts: whole.Parts) -> dict[str, object]:
    sender = parts.letter.sender
    reply_name, reply_to = parseaddr(sender.reply_to)
    ours = {"X-Issue": parts.issue, "X-Batch": parts.batch, "X-Number": parts.number}
    return {
        "From": {"Name": sender.name, "Email": sender.address},
        "To": [{"Email": parts.to}],
        "ReplyTo": [{"Name": reply_name, "Email": reply_to}],
        "Subject": parts.subject,
        "HTML": parts.html,
        "Text": parts.text,
        "Headers": {**parts.headers, **ours},
        "Tags": [parts.issue, parts.batch],
    }
