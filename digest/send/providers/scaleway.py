"""Scaleway Transactional Email: one whole email in each call.

Facts from https://www.scaleway.com/en/developers/api/transactional-email, read 2026-11-23: there is no call for
several emails, none is repeated under a key, and none shows our headers again, so that an email is known by
its recipient and its subject. Its events come through a topic, whose signature is not documented: there is no hook.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from datetime import datetime, timedelta

import httpx

from digest.config.providers import ScalewaySettings
from digest.models import Answer, Batch, InDoubt, NotSent, Outcome, Settled, Stopped
from digest.send import addresses, calls, hooks, message, outcomes, whole
from digest.send.message import Letter
from digest.send.providers.provider import Capabilities, Found, ascii_only

CAPABILITIES = Capabilities(
    largest_batch=1,
    asked_after=timedelta(minutes=15),
    refuses=ascii_only,
    needs=("Verify the sender's domain in the same project and region.",),
)

_CLOCKS_DIFFER = timedelta(minutes=5)
_PAGE = 100
_MOST_PAGES = 5


class Api:
    """https://www.scaleway.com/en/developers/api/transactional-email as pure functions of one issue's letter."""

    capabilities = CAPABILITIES

    def __init__(self, letter: Letter, own: ScalewaySettings, secrets: Mapping[str, str]) -> None:
        self._base = f"{own.base_url}/transactional-email/v1alpha1/regions/{own.region}"
        self._project = own.project_id
        self._subject = letter.email.subject
        self._domain = letter.sender.address.rpartition("@")[2].lower()
        self._headers = calls.JSON | {"X-Auth-Token": secrets["token"]}
        self._email = whole.WholeEmail(letter, self._shape)

    def request(self, batch: Batch) -> httpx.Request:
        """POST /emails."""
        (delivery,) = batch.deliveries
        content = self._email.of(batch, delivery)
        return httpx.Request("POST", f"{self._base}/emails", headers=self._headers, content=content)

    def answer(self, batch: Batch, response: httpx.Response) -> Answer:
        """The email as Scaleway queued it."""
        said = outcomes.json_object(response)
        if not response.is_success:
            waits = said.get("type") == "transient_state"
            return NotSent(outcomes.said(response)) if waits else outcomes.by_status(response)
        (delivery,) = batch.deliveries
        match said.get("emails"):
            case [{"id": str(ident), "mail_rcpt": str(address)}] if _same(address, delivery.address):
                return Settled((Outcome(delivery.number, "accepted", ident),))
            case [{"id": _}, *_]:
                return InDoubt("the answer names another recipient")
        return outcomes.unreadable(batch, response)

    def inquire(self, batch: Batch, started: datetime) -> Generator[httpx.Request, httpx.Response, Found]:
        """The recipient's emails since then with the issue's subject."""
        (delivery,) = batch.deliveries
        for number in range(1, _MOST_PAGES + 1):
            query = {
                "project_id": self._project,
                "mail_to": addresses.on_the_wire(delivery.address),
                "since": f"{started - _CLOCKS_DIFFER:%Y-%m-%dT%H:%M:%SZ}",
                "page": number,
                "page_size": _PAGE,
            }
            page = httpx.URL(f"{self._base}/emails", params=query)
            listed = outcomes.json_object((yield httpx.Request("GET", page, headers=self._headers))).get("emails")
            if not isinstance(listed, list):
                return Found(whole=False)
            for item in hooks.items(listed):
                if hooks.word(item, "subject") == self._subject and _same(
                    hooks.word(item, "mail_rcpt"), delivery.address
                ):
                    return Found({delivery.number: hooks.word(item, "id")})
            if len(listed) < _PAGE:
                return Found()
        return Found(whole=False)

    def trial(self) -> httpx.Request:
        """GET /domains."""
        page = httpx.URL(f"{self._base}/domains", params={"project_id": self._project, "page_size": _PAGE})
        return httpx.Request("GET", page, headers=self._headers)

    def tried(self, response: httpx.Response) -> str | Stopped:
        """Whether the sender's domain is there and checked."""
        listed = outcomes.json_object(response).get("domains")
        known = hooks.items(listed) if isinstance(listed, list) else []
        status = next((hooks.word(d, "status") for d in known if hooks.word(d, "name").lower() == self._domain), None)
        if status is None:
            return Stopped(f"the project has no domain {self._domain}; add it there, or change newsletter.sender")
        if status != "checked":
            return Stopped(f"the project's domain {self._domain} is {outcomes.brief(status)}")
        return f"the token may send as {self._domain}"

    def _shape(self, parts: whole.Parts) -> dict[str, object]:
        sender = parts.letter.sender
        about = {"X-Digest-Issue": parts.issue, "X-Digest-Batch": parts.batch, "X-Digest-Number": parts.number}
        headers = {**parts.headers, "Reply-To": sender.reply_to, **about}
        return {
            "project_id": self._project,
            "from": message.person(message.mailbox(sender.name, sender.address)),
            "to": [{"email": parts.to}],
            "subject": parts.subject,
            "additional_headers": [{"key": name, "value": value} for name, value in headers.items()],
            "html": parts.html,
            "text": parts.text,
        }


def _same(named: str, address: str) -> bool:
    return named.lower() == addresses.on_the_wire(address).lower()
