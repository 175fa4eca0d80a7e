"""Providers that keep the list themselves, on loopback: campaigns that are drafts until they are started."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from tests.fakes.base import TOKEN, Answer, Call, Fake

Campaign = dict[str, Any]


class CampaignFake(Fake):
    """`campaigns` holds them, oldest first; `sends` the name of each as often as it was sent."""

    DRAFT: ClassVar[str] = "draft"

    def __init__(self, latency_s: float = 0.0) -> None:
        super().__init__(latency_s)
        self.campaigns: list[Campaign] = []
        self.sends: list[str] = []

    def search(self, call: Call) -> Answer | None:
        """Everything that can be asked for."""
        where = urlsplit(call.path)
        query = {name: values[0] for name, values in parse_qs(where.query).items()}
        body = json.loads(call.body or b"{}") or {}
        return self.exchange(call.method, where.path, query, body)

    def exchange(self, method: str, path: str, query: Mapping[str, str], body: Campaign) -> Answer:
        """The vendor's own."""
        raise NotImplementedError

    def made(self, **values: Any) -> Campaign:
        """A new draft."""
        self.campaigns.append({"id": len(self.campaigns) + 1, "status": self.DRAFT, "sent": 0, **values})
        return self.campaigns[-1]

    def by_id(self, path: str) -> Campaign:
        """The campaign that a path names."""
        found = re.search(r"ampaigns/(\w+)", path)
        assert found
        return next(each for each in self.campaigns if str(each["id"]) == found[1])

    def page(self, query: Mapping[str, str], size: str, first: int) -> list[Campaign]:
        """Newest first."""
        return self.campaigns[::-1][first : first + int(query[size])]


class MailchimpFake(CampaignFake):
    """https://mailchimp.com/developer/marketing/api/campaigns."""

    name = "mailchimp"
    own: ClassVar = {"token": {"env": "T"}, "audience": "a1"}
    DRAFT = "save"

    def denied(self, call: Call) -> Answer | None:
        """Asks for the key as the password of anybody."""
        right = "Basic " + base64.b64encode(f"digest:{TOKEN}".encode()).decode()
        wrong = call.headers.get("authorization") != right
        return Answer(401, {"title": "API Key Invalid", "status": 401, "detail": "wrong key"}) if wrong else None

    def exchange(self, method: str, path: str, query: Mapping[str, str], body: Campaign) -> Answer:
        """Create, change, list, show, send, schedule."""
        match method, path.removeprefix("/3.0/campaigns"):
            case "GET", "":
                found = self.page(query, "count", int(query["offset"]))
                return Answer(200, {"campaigns": [self._shown(each) for each in found]})
            case "POST", "":
                return Answer(200, self._shown(self.made(**body)))
        campaign = self.by_id(path)
        match method, path.rpartition("/")[2]:
            case "PATCH", _:
                campaign |= body
            case "PUT", "content":
                campaign["content"] = body
                return Answer(200, {})
            case "POST", "send" | "schedule" as action:
                if campaign["status"] != "save" or "content" not in campaign:
                    return Answer(400, {"title": "Bad Request", "detail": "Your Campaign is not ready to send."})
                campaign["status"] = "sending" if action == "send" else "schedule"
                campaign["at"] = body.get("schedule_time")
                self.sends.append(campaign["settings"]["title"])
                return Answer(204, "")
        return Answer(200, self._shown(campaign))

    def _shown(self, each: Campaign) -> Campaign:
        return {
            "id": str(each["id"]),
            "status": each["status"],
            "emails_sent": each["sent"],
            "settings": each["settings"],
        }


STATISTICS = (
    "uniqueClicks clickers complaints delivered softBounces hardBounces uniqueViews unsubscriptions viewed trackableViews"
).split()
OVERVIEW = {
    "type": "classic",
    "testSent": False,
    "header": "",
    "footer": "",
    "toField": "",
    "tag": "",
    "createdAt": "2026-11-20T14:00:00.000Z",
    "modifiedAt": "2026-11-20T14:00:00.000Z",
}
"""What Brevo shows of every campaign."""


class BrevoCampaignFake(CampaignFake):
    """https://developers.brevo.com/reference/create-email-campaign."""

    name = "brevo_campaign"
    own: ClassVar = {"token": {"env": "T"}, "lists": [7]}

    def denied(self, call: Call) -> Answer | None:
        """Asks for the key."""
        wrong = call.headers.get("api-key") != TOKEN
        return Answer(401, {"code": "unauthorized", "message": "Key not found"}) if wrong else None

    def exchange(self, method: str, path: str, query: Mapping[str, str], body: Campaign) -> Answer:
        """Create, change, list, show, send, schedule."""
        match method, path:
            case "GET", "/emailCampaigns":
                found = self.page(query, "limit", int(query["offset"]))
                shown = [self._shown(each) for each in found]
                return Answer(
                    200, {"count": len(self.campaigns), "campaigns": shown} if self.campaigns else {"count": 0}
                )
            case "POST", "/emailCampaigns":
                return Answer(201, {"id": self.made(**body)["id"]})
        campaign = self.by_id(path)
        if method == "GET":
            return Answer(200, self._shown(campaign))
        if campaign["status"] != "draft":
            return Answer(400, {"code": "campaign_sent", "message": "Campaign already sent"})
        campaign |= body
        if path.endswith("/sendNow") or "scheduledAt" in body:
            campaign["status"] = "queued"
            self.sends.append(campaign["name"])
        return Answer(204, "")

    def _shown(self, each: Campaign) -> Campaign:
        shown = {name: value for name, value in each.items() if name not in ("sent", "recipients")}
        lists = {"lists": each.get("recipients", {}).get("listIds", []), "exclusionLists": []}
        global_stats = dict.fromkeys(STATISTICS, 0) | {"sent": each["sent"]}
        statistics = {"globalStats": global_stats, "campaignStats": [], "mirrorClick": 0, "remaining": 0}
        by = {key: {} for key in ("linksStats", "statsByDomain", "statsByDevice", "statsByBrowser")}
        return OVERVIEW | shown | {"htmlContent": "", "recipients": lists, "statistics": statistics | by}


class ListmonkFake(CampaignFake):
    """https://listmonk.app/docs/apis/campaigns, as cmd/campaigns.go has it."""

    name = "listmonk"
    own: ClassVar = {"user": "digest", "token": {"env": "T"}, "lists": [3]}

    def denied(self, call: Call) -> Answer | None:
        """Asks for the API user's token."""
        right = "Basic " + base64.b64encode(f"digest:{TOKEN}".encode()).decode()
        return None if call.headers.get("authorization") == right else Answer(403, {"message": "invalid credentials"})

    def exchange(self, method: str, path: str, query: Mapping[str, str], body: Campaign) -> Answer:
        """Create, change, list, show, start, schedule."""
        match method, path:
            case "GET", "/api/campaigns":
                found = self.page(query, "per_page", (int(query["page"]) - 1) * int(query["per_page"]))
                return Answer(200, {"data": {"results": [*map(self._shown, found)], "total": len(self.campaigns)}})
            case "POST", "/api/campaigns":
                return Answer(200, {"data": self._shown(self.made(**body))})
        campaign = self.by_id(path)
        if path.endswith("/status"):
            if campaign["status"] not in ("draft", "paused") or (
                body["status"] == "scheduled" and not campaign.get("send_at")
            ):
                return Answer(400, {"message": "Only paused campaigns and drafts can be started"})
            campaign["status"] = body["status"]
            self.sends.append(campaign["name"])
        else:
            campaign |= body
        return Answer(200, {"data": self._shown(campaign)})

    def _shown(self, each: Campaign) -> Campaign:
        return each | {"lists": [{"id": number, "name": f"List {number}"} for number in each.get("lists", [])]}
