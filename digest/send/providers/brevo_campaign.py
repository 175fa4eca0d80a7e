"""Brevo campaigns: an issue as a campaign to lists that Brevo keeps.

Facts from https://developers.brevo.com/reference/create-email-campaign and brevo-python 5.1.0, read 2026-11-23:
campaigns cannot be asked for by their name, so they are listed, newest first; the text part is Brevo's own;
`{{ x }}` is filled in the subject and the html, and words such as `[UNSUBSCRIBE]` by the older language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

import httpx

from digest.config.providers import BrevoCampaignSettings
from digest.models import Campaign, CampaignState
from digest.send import calls, hooks, inert, outcomes
from digest.send.campaigns import Requests
from digest.send.message import Letter
from digest.send.providers.provider import Capabilities
from digest.splice import Page

CAPABILITIES = Capabilities(
    largest_batch=0,
    body="shared",
    one_click="theirs",
    answers="call",
    needs=(
        "Verify the sender's domain; readers join, leave and are counted at Brevo.",
        "Switch open and click tracking of campaigns off. Brevo makes the text part of a campaign by itself.",
    ),
)

_OPENING = re.compile(r"\{(?=[{%#])|\[(?=[A-Z_]+\])")
_PLACES = {
    "unsubscribe_url": b"{{ unsubscribe }}",
    "name": b"{{ contact.FIRSTNAME }}",
    "address": b"{{ contact.EMAIL }}",
}
_PAGE = 50
_STATES: Mapping[str, CampaignState] = {
    "draft": "draft",
    "queued": "scheduled",
    "in_process": "sending",
    "in_review": "sending",
    "sent": "sent",
}


class Campaigns:
    """https://developers.brevo.com/reference/create-email-campaign as pure functions of one issue."""

    def __init__(self, letter: Letter, own: BrevoCampaignSettings, secrets: Mapping[str, str], name: str) -> None:
        self._name = name
        headers = calls.JSON | {"api-key": secrets["token"], "Accept": "application/json"}
        self._api = calls.JsonApi(own.base_url, headers)
        email, sender = letter.email, letter.sender
        html = Page(email.html, email.tokens, lambda piece: inert.html(_OPENING, piece).encode())
        self._about = {
            "name": name,
            "subject": inert.text(_OPENING, email.subject),
            "previewText": inert.text(_OPENING, email.preheader),
            "sender": {"name": sender.name, "email": sender.address},
            "replyTo": sender.reply_to,
            "htmlContent": html.splice(_PLACES).decode(),
            "recipients": {"listIds": list(own.lists)},
            "inlineImageActivation": False,
            "mirrorActive": False,
        }

    def find(self) -> Requests:
        """GET /emailCampaigns, page by page."""
        for page in range(1000):
            query = {
                "type": "classic",
                "sort": "desc",
                "excludeHtmlContent": "true",
                "statistics": "globalStats",
                "limit": str(_PAGE),
                "offset": str(page * _PAGE),
            }
            said = outcomes.json_object((yield self._api.call("GET", "emailCampaigns", query=query)))
            known = hooks.items(said.get("campaigns", []))
            for item in known:
                if hooks.word(item, "name") == self._name:
                    return _campaign(item)
            if len(known) < _PAGE:
                break
        return Campaign("missing")

    def create(self) -> Requests:
        """POST /emailCampaigns."""
        said = outcomes.json_object((yield self._api.call("POST", "emailCampaigns", self._about)))
        return Campaign("draft", hooks.word(said, "id"), said="draft")

    def fill(self, campaign: Campaign) -> Requests:
        """PUT /emailCampaigns/<id>, and what it made of it."""
        yield self._api.call("PUT", f"emailCampaigns/{campaign.id}", self._about)
        return _campaign(outcomes.json_object((yield self._shown(campaign))))

    def start(self, campaign: Campaign, at: datetime | None) -> Requests:
        """POST /emailCampaigns/<id>/sendNow, or a time for it."""
        if at is None:
            yield self._api.call("POST", f"emailCampaigns/{campaign.id}/sendNow")
        else:
            when = {"scheduledAt": f"{at:%Y-%m-%dT%H:%M:%S.000Z}"}
            yield self._api.call("PUT", f"emailCampaigns/{campaign.id}", when)
        return _campaign(outcomes.json_object((yield self._shown(campaign))))

    def _shown(self, campaign: Campaign) -> httpx.Request:
        query = {"excludeHtmlContent": "true", "statistics": "globalStats"}
        return self._api.call("GET", f"emailCampaigns/{campaign.id}", query=query)


def _campaign(item: Mapping[str, object]) -> Campaign:
    status = hooks.word(item, "status")
    sent = hooks.part(hooks.part(item, "statistics"), "globalStats").get("sent")
    state = _STATES.get(status, "stopped")
    return Campaign(state, hooks.word(item, "id"), sent if isinstance(sent, int) else None, outcomes.brief(status))
