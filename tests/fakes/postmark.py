"""Postmark on loopback."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from tests.fakes.base import TOKEN, Accepted, Answer, Call, Fake, Refusal

PASSWORD = "postmark:a-password-for-tests"
ADDRESS = re.compile(r"[a-z0-9.!#$%&'`*+\-/=^_{}|~]+@[a-z0-9-]+(\.[a-z0-9-]+)+", re.IGNORECASE)
"""https://postmarkapp.com/support/article/1180-what-does-errorcode-300-mean"""


class PostmarkFake(Fake):
    """https://postmarkapp.com/developer/api/email-api: each email of a batch by itself, found again by its metadata."""

    name = "postmark"
    own: ClassVar = {"token": {"env": "T"}, "webhook": {"env": "W"}}
    secrets: ClassVar = {"token": TOKEN, "webhook": PASSWORD}
    signs = "word"
    handling = "Custom"
    """Who handles unsubscribing in the broadcast stream."""
    events: ClassVar = {
        "Delivery": ("delivered", False),
        "Bounce HardBounce": ("bounced", True),
        "Bounce SoftBounce": ("bounced", False),
        "Bounce Transient": ("deferred", False),
        "Bounce BadEmailAddress": ("rejected", True),
        "Bounce Blocked": ("rejected", False),
        "Bounce SpamNotification": ("complained", False),
        "SpamComplaint SpamComplaint": ("complained", False),
        "SubscriptionChange ManualSuppression": ("unsubscribed", False),
        "SubscriptionChange HardBounce": ("bounced", True),
        "SubscriptionChange SpamComplaint": ("complained", False),
    }

    def denied(self, call: Call) -> Answer | None:
        """Asks for the server's token."""
        right = call.headers.get("x-postmark-server-token") == TOKEN
        return None if right else _error(401, 10, "No Account or Server API tokens were supplied in the HTTP headers.")

    def search(self, call: Call) -> Answer | None:
        """Messages by metadata, and the stream."""
        where = urlsplit(call.path)
        if where.path == "/message-streams/broadcast":
            configuration = {"UnsubscribeHandlingType": self.handling}
            stream = {"ID": "broadcast", "Name": "Broadcasts", "SubscriptionManagementConfiguration": configuration}
            return Answer(200, stream)
        if where.path != "/messages/outbound":
            return None
        asked = {name: values[0] for name, values in parse_qs(where.query).items()}
        assert asked.keys() == {"count", "offset", "messagestream", "metadata_batch"}, asked
        assert int(asked["count"]) <= 500
        found = [e for e in self.accepted if e.metadata["batch"] == asked["metadata_batch"]]
        page = found[int(asked["offset"]) :][: int(asked["count"])]
        messages = [{"MessageID": e.provider_id, "Recipients": [e.address], "Metadata": dict(e.metadata)} for e in page]
        return Answer(200, {"TotalCount": len(found), "Messages": messages})

    def judge(self, call: Call) -> Answer | Sequence[Accepted | Refusal]:
        """Checks the batch, then each email."""
        if call.path != "/email/batch":
            return Answer(404, "")
        items = json.loads(call.body)
        if not isinstance(items, list):
            return _error(422, 403, "Incompatible JSON")
        if len(items) > 500:
            return _error(422, 410, "Too many batch messages")
        return [self._judged(item) for item in items]

    def success(self, call: Call, emails: Sequence[Accepted | Refusal]) -> Answer:
        """200, whatever became of each."""
        return Answer(200, [_result(email) for email in emails])

    def webhook(self, event: str, email: Accepted, at: datetime) -> tuple[dict[str, str], bytes]:
        """https://postmarkapp.com/developer/webhooks/webhooks-overview."""
        name, _, detail = event.partition(" ")
        when = at.isoformat().replace("+00:00", "Z")
        body: dict[str, Any] = {"RecordType": name, "MessageID": email.provider_id, "Metadata": dict(email.metadata)}
        if name == "SubscriptionChange":
            body |= {
                "Recipient": email.address,
                "ChangedAt": when,
                "SuppressSending": True,
                "SuppressionReason": detail,
            }
        elif name == "Delivery":
            body |= {"Recipient": email.address, "DeliveredAt": when, "Details": "250 2.0.0 OK"}
        else:
            body |= {"Email": email.address, "BouncedAt": when, "Type": detail, "Details": f"550 {email.address}"}
        secret = base64.b64encode(PASSWORD.encode()).decode()
        return {"authorization": f"Basic {secret}"}, json.dumps(body).encode()

    def _judged(self, item: dict[str, Any]) -> Accepted | Refusal:
        known = {
            "From", "To", "ReplyTo", "Subject", "HtmlBody", "TextBody", "Headers", "MessageStream", "Tag", "Metadata",
            "TrackOpens", "TrackLinks",
        }  # fmt: skip
        assert item.keys() <= known, item.keys() - known
        assert all(len(k) <= 20 and isinstance(v, str) and len(v) <= 80 for k, v in item["Metadata"].items())
        if not ADDRESS.fullmatch(item["To"]):
            return Refusal(item["To"], f"300 Invalid 'To' address: '{item['To']}'.")
        if item["To"] in self.bad_addresses:
            return Refusal(item["To"], f"406 You tried to send to inactive recipients: {item['To']}.")
        headers = {header["Name"]: header["Value"] for header in item["Headers"]}
        headers |= {"From": item["From"], "Reply-To": item["ReplyTo"]}
        tracked = bool(item.get("TrackOpens", True)) or item.get("TrackLinks") != "None"
        content = item["Subject"], item["HtmlBody"], item["TextBody"]
        return Accepted(item["To"], *content, headers, (item["Tag"],), item["Metadata"], tracked)


def _result(email: Accepted | Refusal) -> dict[str, object]:
    if isinstance(email, Refusal):
        code, _, said = email.reason.partition(" ")
        return {"ErrorCode": int(code), "Message": said}
    when = "2026-11-20T09:00:00.1-05:00"
    return {"To": email.address, "SubmittedAt": when, "MessageID": email.provider_id, "ErrorCode": 0, "Message": "OK"}


def _error(status: int, code: int, said: str) -> Answer:
    return Answer(status, {"ErrorCode": code, "Message": said})
