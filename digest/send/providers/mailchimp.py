"""Mailchimp: an issue as a campaign to an audience that Mailchimp keeps.

Facts from https://mailchimp.com/developer/marketing/api/campaigns and mailchimp-marketing 3.0.80, read 2026-11-23:
campaigns cannot be asked for by their title, so they are listed, newest first; `*|X|*` is filled in the
subject and both bodies; a campaign is scheduled for a quarter of an hour; only a draft can be sent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from digest.config.providers import MailchimpSettings
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
        "Verify the sender's domain; readers join, leave and are counted at Mailchimp.",
        "Write your postal address there too: Mailchimp puts its own footer below an email without *|LIST:ADDRESS|*.",
    ),
)

_OPENING = re.compile(r"\*(?=\|)")
_PLACES = {"unsubscribe_url": b"*|UNSUB|*", "name": b"*|FNAME|*", "address": b"*|EMAIL|*"}
_PAGE = 500
_QUARTER = timedelta(minutes=15)
_STATES: Mapping[str, CampaignState] = {
    "save": "draft",
    "schedule": "scheduled",
    "sending": "sending",
    "sent": "sent",
}


class Campaigns:
    """https://mailchimp.com/developer/marketing/api/campaigns as pure functions of one issue."""

    def __init__(self, letter: Letter, own: MailchimpSettings, secrets: Mapping[str, str], name: str) -> None:
        centre = secrets["token"].rpartition("-")[2]
        self._audience, self._name = own.audience, name
        base = own.base_url or f"https://{centre}.api.mailchimp.com"
        self._api = calls.JsonApi(f"{base}/3.0", calls.JSON | calls.basic("digest", secrets["token"]))
        email, sender = letter.email, letter.sender
        html = Page(email.html, email.tokens, lambda piece: inert.html(_OPENING, piece).encode())
        text = Page(email.text, email.tokens, lambda piece: inert.text(_OPENING, piece).encode())
        self._about = {
            "recipients": {"list_id": own.audience},
            "settings": {
                "title": name,
                "subject_line": inert.text(_OPENING, email.subject),
                "preview_text": inert.text(_OPENING, email.preheader),
                "from_name": inert.text(_OPENING, sender.name),
                "reply_to": sender.address,
                "auto_footer": False,
                "inline_css": False,
            },
            "tracking": {"opens": False, "html_clicks": False, "text_clicks": False},
        }
        self._content = {"html": html.splice(_PLACES).decode(), "plain_text": text.splice(_PLACES).decode()}

    def find(self) -> Requests:
        """GET /campaigns of the audience, page by page."""
        for page in range(1000):
            query = {
                "list_id": self._audience,
                "sort_field": "create_time",
                "sort_dir": "DESC",
                "fields": "campaigns.id,campaigns.status,campaigns.emails_sent,campaigns.settings.title",
                "count": str(_PAGE),
                "offset": str(page * _PAGE),
            }
            listed = outcomes.json_object((yield self._api.call("GET", "campaigns", query=query))).get("campaigns")
            known = hooks.items(listed)
            for item in known:
                if hooks.word(hooks.part(item, "settings"), "title") == self._name:
                    return _campaign(item)
            if len(known) < _PAGE:
                break
        return Campaign("missing")

    def create(self) -> Requests:
        """POST /campaigns."""
        return _campaign(
            outcomes.json_object((yield self._api.call("POST", "campaigns", {"type": "regular"} | self._about)))
        )

    def fill(self, campaign: Campaign) -> Requests:
        """PATCH /campaigns/<id>, PUT /campaigns/<id>/content, and what they made of it."""
        yield self._api.call("PATCH", f"campaigns/{campaign.id}", self._about)
        yield self._api.call("PUT", f"campaigns/{campaign.id}/content", self._content)
        return _campaign(outcomes.json_object((yield self._api.call("GET", f"campaigns/{campaign.id}"))))

    def start(self, campaign: Campaign, at: datetime | None) -> Requests:
        """POST /campaigns/<id>/actions/send, or …/schedule for the next quarter of an hour."""
        actions = f"campaigns/{campaign.id}/actions"
        if at is None:
            yield self._api.call("POST", f"{actions}/send")
        else:
            yield self._api.call(
                "POST", f"{actions}/schedule", {"schedule_time": f"{_quarter(at):%Y-%m-%dT%H:%M:%S+00:00}"}
            )
        return _campaign(outcomes.json_object((yield self._api.call("GET", f"campaigns/{campaign.id}"))))


def _campaign(item: Mapping[str, object]) -> Campaign:
    status, sent = hooks.word(item, "status"), item.get("emails_sent")
    state = _STATES.get(status, "stopped")
    return Campaign(state, hooks.word(item, "id"), sent if isinstance(sent, int) else None, outcomes.brief(status))


def _quarter(at: datetime) -> datetime:
    """The moment itself, or the next quarter of an hour."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return epoch + -(-(at - epoch) // _QUARTER) * _QUARTER
