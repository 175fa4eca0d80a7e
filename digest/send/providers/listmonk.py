"""listmonk: an issue as a campaign to lists in a listmonk of one's own.

Facts from https://github.com/knadh/listmonk at 911e0b7 (cmd/campaigns.go, models/campaigns.go), read 2026-11-23:
subject and bodies are templates of Go, and those of html lose every comment, Outlook's too; so each piece of
the frozen email goes out as a quoted text within `{{ Safe … }}`, which is written as it is. `x@TrackLink` is
replaced even there. Of the content type "visual" no template stands around the body (listmonk 5).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import parseaddr

import httpx

from digest.config.providers import ListmonkSettings
from digest.models import Campaign, CampaignState
from digest.send import calls, hooks, message, outcomes
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
        "Switch Settings > Privacy > Include List-Unsubscribe header on; readers join, leave and are counted there.",
        "Give the API user leave to manage campaigns and the lists.",
    ),
)

_IN_HTML = {
    "unsubscribe_url": b"{{ UnsubscribeURL . }}",
    "name": b"{{ .Subscriber.FirstName }}",
    "address": b"{{ .Subscriber.Email }}",
}
_IN_TEXT = {
    "unsubscribe_url": b"{{ Safe (UnsubscribeURL .) }}",
    "name": b"{{ Safe .Subscriber.FirstName }}",
    "address": b"{{ Safe .Subscriber.Email }}",
}
"""The text part is a template of html too, that would show an apostrophe as an entity."""
_PAGE = 100
_STATES: Mapping[str, CampaignState] = {
    "draft": "draft",
    "scheduled": "scheduled",
    "running": "sending",
    "finished": "sent",
}


class Campaigns:
    """https://listmonk.app/docs/apis/campaigns as pure functions of one issue."""

    def __init__(self, letter: Letter, own: ListmonkSettings, secrets: Mapping[str, str], name: str) -> None:
        self._name = name
        self._api = calls.JsonApi(f"{own.base_url}/api", calls.JSON | calls.basic(own.user, secrets["token"]))
        email, sender = letter.email, letter.sender
        html = Page(email.html, email.tokens, _safe).splice(_IN_HTML).decode()
        text = Page(email.text, email.tokens, _safe).splice(_IN_TEXT).decode()
        self._about: dict[str, object] = {
            "name": name,
            "subject": _quoted(email.subject) if re.search("{{|@TrackLink", email.subject) else email.subject,
            "lists": list(own.lists),
            "from_email": message.mailbox(sender.name, sender.address),
            "type": "regular",
            "content_type": "visual" if own.template is None else "html",
            "body": html,
            "altbody": text,
            "messenger": "email",
            "tags": ["digest"],
            "headers": [{"Reply-To": message.mailbox(*parseaddr(sender.reply_to))}],
        }
        if own.template is not None:
            self._about["template_id"] = own.template

    def find(self) -> Requests:
        """GET /api/campaigns, page by page."""
        for page in range(1, 1000):
            query = {
                "no_body": "true",
                "order_by": "created_at",
                "order": "DESC",
                "per_page": str(_PAGE),
                "page": str(page),
            }
            known = hooks.items(_inner((yield self._api.call("GET", "campaigns", query=query))).get("results"))
            for item in known:
                if hooks.word(item, "name") == self._name:
                    return _campaign(item)
            if len(known) < _PAGE:
                break
        return Campaign("missing")

    def create(self) -> Requests:
        """POST /api/campaigns: always a draft."""
        return _campaign(_inner((yield self._api.call("POST", "campaigns", self._about))))

    def fill(self, campaign: Campaign) -> Requests:
        """PUT /api/campaigns/<id>."""
        return _campaign(_inner((yield self._api.call("PUT", f"campaigns/{campaign.id}", self._about))))

    def start(self, campaign: Campaign, at: datetime | None) -> Requests:
        """PUT /api/campaigns/<id>/status: running, or scheduled once it has a time."""
        if at is not None:
            when = self._about | {"send_at": f"{at:%Y-%m-%dT%H:%M:%SZ}"}
            yield self._api.call("PUT", f"campaigns/{campaign.id}", when)
        status = {"status": "running" if at is None else "scheduled"}
        return _campaign(_inner((yield self._api.call("PUT", f"campaigns/{campaign.id}/status", status))))


def _inner(response: httpx.Response) -> Mapping[str, object]:
    return hooks.part(outcomes.json_object(response), "data")


def _campaign(item: Mapping[str, object]) -> Campaign:
    status, sent = hooks.word(item, "status"), item.get("sent")
    state = _STATES.get(status, "stopped")
    return Campaign(state, hooks.word(item, "id"), sent if isinstance(sent, int) else None, outcomes.brief(status))


def _safe(piece: str) -> bytes:
    return f"{{{{ Safe {_literal(piece)} }}}}".encode()


def _quoted(text: str) -> str:
    return f"{{{{ {_literal(text)} }}}}"


def _literal(text: str) -> str:
    """A string of Go in which neither a place nor a link to be tracked can be found."""
    quoted = json.dumps(text, ensure_ascii=False)
    return quoted.replace("{", "\\u007b").replace("}", "\\u007d").replace("@", "\\u0040")
