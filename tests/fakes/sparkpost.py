"""SparkPost on loopback: one email with places, and keys that are remembered."""

from __future__ import annotations

import base64
import hashlib
import html as entities
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from tests.fakes.base import TOKEN, WORD, Accepted, Answer, Call, Fake, Refusal, is_address, mailbox


class SparkpostFake(Fake):
    """https://developers.sparkpost.com/api/transmissions."""

    name = "sparkpost"
    own: ClassVar = {"token": {"env": "T"}, "webhook": {"env": "W"}}
    secrets: ClassVar = {"token": TOKEN, "webhook": f"hook:{WORD}"}
    atomic = True
    one_id = True
    signs = "word"
    events: ClassVar = {
        "injection": ("accepted", False),
        "delivery": ("delivered", False),
        "delay": ("deferred", False),
        "bounce 10": ("bounced", True),
        "bounce 22": ("bounced", False),
        "bounce 90": ("unsubscribed", True),
        "out_of_band 30": ("bounced", True),
        "policy_rejection": ("rejected", False),
        "generation_rejection": ("rejected", False),
        "generation_failure": ("rejected", False),
        "spam_complaint": ("complained", False),
        "list_unsubscribe": ("unsubscribed", False),
        "link_unsubscribe": ("unsubscribed", False),
    }

    def __init__(self, latency_s: float = 0.0) -> None:
        super().__init__(latency_s)
        self._keys: dict[str, tuple[bytes, Answer]] = {}

    def denied(self, call: Call) -> Answer | None:
        """Asks for the key."""
        wrong = call.headers.get("authorization") != TOKEN
        return _error(401, "Unauthorized.", "401") if wrong else None

    def search(self, call: Call) -> Answer | None:
        """The account, and events by campaign, two a page."""
        where = urlsplit(call.path)
        if where.path == "/api/v1/account":
            return Answer(200, {"results": {"company_name": "Example News", "status": "active"}})
        if where.path != "/api/v1/events/message":
            return None
        asked = {name: values[0] for name, values in parse_qs(where.query).items()}
        assert asked.keys() >= {"campaigns", "events", "from", "to", "per_page", "cursor"}, asked
        found = [email for email in self.accepted if asked["campaigns"] in email.tags]
        first = 0 if asked["cursor"] == "initial" else int(asked["cursor"])
        results = [
            {"type": "injection", "rcpt_to": e.address, "rcpt_meta": dict(e.metadata), "transmission_id": e.provider_id}
            for e in found[first : first + 2]
        ]
        query = f"campaigns={asked['campaigns']}&events=injection&from=x&to=x&per_page=2&cursor={first + 2}"
        links = {"next": f"/api/v1/events/message?{query}"} if first + 2 < len(found) else {}
        return Answer(200, {"results": results, "total_count": len(found), "links": links})

    def known(self, call: Call) -> Answer | None:
        """The answer of the first call with this key; 409 when that one had another payload."""
        key = call.headers.get("idempotency-key", "")
        if key not in self._keys:
            return None
        payload, answer = self._keys[key]
        if payload != call.body:
            return _error(409, "Idempotency key was used with another payload", "1600")
        return Answer(answer.status, answer.body, {"X-Idempotent-Replayed": "true"})

    def judge(self, call: Call) -> Answer | Sequence[Accepted | Refusal]:
        """Checks the call against the documented limits."""
        if (call.method, urlsplit(call.path).path) != ("POST", "/api/v1/transmissions"):
            return _error(404, "Not found", "404")
        if not re.fullmatch(r"[A-Za-z0-9._-]{1,255}", call.headers.get("idempotency-key", "-")):
            return _error(400, "Invalid Idempotency-Key", "1602")
        body = json.loads(call.body)
        problems = [f"unknown {n}" for n in body.keys() - {"options", "campaign_id", "content", "recipients"}]
        problems += [
            f"content.{n} is required" for n in ("from", "subject", "html", "text") if not body["content"].get(n)
        ]
        addresses = [recipient["address"]["email"] for recipient in body["recipients"]]
        problems += [f"Invalid email {a}" for a in addresses if a in self.bad_addresses or not is_address(a)]
        problems += ["campaign_id is too long"] * (len(body["campaign_id"].encode()) > 64)
        if problems:
            return _error(422, problems[0], "1300")
        return [_from_sparkpost(body, recipient) for recipient in body["recipients"]]

    def success(self, call: Call, emails: Sequence[Accepted | Refusal]) -> Answer:
        """One id, and how many; remembered for the call's key."""
        (ident,) = {email.provider_id for email in emails if isinstance(email, Accepted)}
        results = {"id": ident, "total_accepted_recipients": len(emails), "total_rejected_recipients": 0}
        answer = Answer(200, {"results": results})
        if key := call.headers.get("idempotency-key"):
            self._keys[key] = call.body, answer
        return answer

    def ident(self, number: int) -> str:
        """A transmission's id."""
        return str(11668787484950529 + number)

    def webhook(self, event: str, email: Accepted, at: datetime) -> tuple[dict[str, str], bytes]:
        """https://developers.sparkpost.com/api/webhooks: a list of events, with a ping at its end."""
        name, _, bounce = event.partition(" ")
        said = {
            "type": name,
            "event_id": str(int(hashlib.sha256(f"{event}{email.address}".encode()).hexdigest()[:14], 16)),
            "timestamp": str(int(at.timestamp())),
            "rcpt_to": email.address.lower(),
            "raw_rcpt_to": email.address,
            "rcpt_meta": dict(email.metadata),
            "transmission_id": email.provider_id,
        }
        if bounce:
            said |= {"bounce_class": bounce, "raw_reason": f"550 5.1.1 {email.address}: no such user"}
        group = "unsubscribe_event" if "unsubscribe" in name else "message_event"
        proof = base64.b64encode(f"hook:{WORD}".encode()).decode()
        return {"authorization": f"Basic {proof}"}, json.dumps([{"msys": {group: said}}, {"msys": {}}]).encode()


def _error(status: int, message: str, code: str) -> Answer:
    return Answer(status, {"errors": [{"message": message, "code": code}]})


def _from_sparkpost(body: Mapping[str, Any], recipient: Mapping[str, Any]) -> Accepted:
    content, values = body["content"], {**recipient["substitution_data"], "address": recipient["address"]}

    def filled(text: str, *, escape: bool = False) -> str:
        def value(match: re.Match[str]) -> str:
            found = str(values.get((match[1] or match[2]).strip(), ""))
            return found if match[1] or not escape else entities.escape(found)

        return re.sub(r"\{\{\{(.*?)\}\}\}|\{\{(.*?)\}\}", value, text)

    headers = {name: filled(text) for name, text in content["headers"].items()}
    if not body["options"]["transactional"]:
        headers |= {"List-Unsubscribe": "<mailto:unsubscribe@unsub.example.org>", "List-Unsubscribe-Post": ""}
    headers |= {"From": mailbox(content["from"]), "Reply-To": content["reply_to"]}
    return Accepted(
        recipient["address"]["email"],
        filled(content["subject"]),
        filled(content["html"], escape=True),
        filled(content["text"]),
        headers,
        (body["campaign_id"],),
        recipient["metadata"],
        tracked=body["options"].get("open_tracking", True) or body["options"].get("click_tracking", True),
    )
