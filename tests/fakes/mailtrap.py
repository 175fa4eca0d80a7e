"""Mailtrap on loopback, the account's host and the one that sends in one."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from tests.fakes.base import TOKEN, WORD, Accepted, Answer, Call, Fake, Refusal, is_address, mailbox


class MailtrapFake(Fake):
    """https://github.com/mailtrap/mailtrap-openapi: a batch is answered with 200, each email by itself."""

    name = "mailtrap"
    own: ClassVar = {"token": {"env": "T"}, "webhook": {"env": "W"}}
    secrets: ClassVar = {"token": TOKEN, "webhook": WORD}
    events: ClassVar = {
        "delivery": ("delivered", False),
        "soft bounce": ("deferred", False),
        "bounce": ("bounced", True),
        "suspension": ("deferred", False),
        "reject": ("rejected", False),
        "spam": ("complained", False),
        "unsubscribe": ("unsubscribed", False),
    }

    def denied(self, call: Call) -> Answer | None:
        """Asks for the token, and for an agent, without which the edge may block a call."""
        if call.headers.get("authorization") != f"Bearer {TOKEN}":
            return Answer(401, {"success": False, "errors": ["Unauthorized"]})
        return None if call.headers.get("user-agent") else Answer(403, "blocked")

    def search(self, call: Call) -> Answer | None:
        """The account's domains, and the logs by category, two a page."""
        where = urlsplit(call.path)
        if where.path == "/api/domains":
            return Answer(200, {"data": [{"id": 1, "domain_name": "news.example.org", "dns_verified": True}]})
        if where.path != "/api/email_logs":
            return None
        asked = {name: values[0] for name, values in parse_qs(where.query).items()}
        assert (asked["filters[category][operator]"], asked["filters[sent_after]"][-1]) == ("equal", "Z"), asked
        found = [email for email in self.accepted if email.tags == (asked["filters[category][value]"],)]
        first = next((n + 1 for n, e in enumerate(found) if e.provider_id == asked.get("search_after")), 0)
        page = [
            {
                "message_id": email.provider_id,
                "status": "enqueued",
                "to": email.address,
                "category": email.tags[0],
                "custom_variables": dict(email.metadata),
            }
            for email in found[first : first + 2]
        ]
        following = page[-1]["message_id"] if first + 2 < len(found) else None
        return Answer(200, {"messages": page, "total_count": len(found), "next_page_cursor": following})

    def judge(self, call: Call) -> Answer | Sequence[Accepted | Refusal]:
        """Checks the batch against the specification's limits."""
        if (call.method, call.path) != ("POST", "/api/batch"):
            return Answer(404, {"errors": ["Not found"]})
        body = json.loads(call.body)
        requests = body.get("requests", [])
        if not 1 <= len(requests) <= 500 or len(call.body) > 50_000_000:
            return Answer(400, {"success": False, "errors": ["'requests' must hold 1 to 500 messages"]})
        return [self._judged({**body.get("base", {}), **each}) for each in requests]

    def success(self, call: Call, emails: Sequence[Accepted | Refusal]) -> Answer:
        """200, whatever became of each."""
        items = [
            {"success": True, "message_ids": [email.provider_id]}
            if isinstance(email, Accepted)
            else {"success": False, "errors": [email.reason]}
            for email in emails
        ]
        return Answer(200, {"success": True, "responses": items})

    def webhook(self, event: str, email: Accepted, at: datetime) -> tuple[dict[str, str], bytes]:
        """https://docs.mailtrap.io/email-api-smtp/advanced/webhooks: a list of events, signed as a whole."""
        said = {
            "event": event,
            "message_id": email.provider_id,
            "sending_stream": "transactional",
            "email": email.address,
            "timestamp": int(at.timestamp()),
            "event_id": hashlib.sha256(f"{event}{email.address}".encode()).hexdigest()[:32],
            "category": "c",
            "custom_variables": dict(email.metadata),
        }
        if "bounce" in event:
            said |= {"response": f"550 no such user {email.address}", "response_code": 550}
        raw = json.dumps({"events": [said]}).encode()
        return {"mailtrap-signature": hmac.new(WORD.encode(), raw, hashlib.sha256).hexdigest()}, raw

    def _judged(self, email: Mapping[str, Any]) -> Accepted | Refusal:
        (to,) = email["to"]
        address = to["email"]
        known = {"from", "reply_to", "to", "subject", "headers", "category", "custom_variables", "html", "text"}
        problems = [f"unknown property '{name}'" for name in email.keys() - known]
        problems += [f"'{name}' is required" for name in ("from", "to", "subject", "text") if not email.get(name)]
        if address in self.bad_addresses or not is_address(address):
            problems.append(f"'to' address {address} is invalid")
        if len(email.get("category", "")) > 255:
            problems.append("'category' is too long")
        if not all(isinstance(value, str) for value in email["custom_variables"].values()):
            problems.append("'custom_variables' must be strings")
        if problems:
            return Refusal(address, problems[0])
        headers = {**email["headers"], "From": mailbox(email["from"]), "Reply-To": mailbox(email["reply_to"])}
        about = email["custom_variables"]
        return Accepted(address, email["subject"], email["html"], email["text"], headers, (email["category"],), about)
