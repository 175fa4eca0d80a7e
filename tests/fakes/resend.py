"""Resend on loopback."""

from __future__ import annotations

import base64
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from tests.fakes.base import TOKEN, WORD, Accepted, Answer, Call, Fake, Refusal, is_address

SANDBOX = "delivered@resend.dev"
SIGNING = "whsec_" + base64.b64encode(WORD.encode()).decode()


class ResendFake(Fake):
    """https://resend.com/docs/api-reference/emails/send-batch-emails: strict batches, keys that are remembered."""

    name = "resend"
    own: ClassVar = {"token": {"env": "T"}, "webhook": {"env": "W"}}
    secrets: ClassVar = {"token": TOKEN, "webhook": SIGNING}
    other_webhook = "whsec_b3RoZXI="
    events: ClassVar = {
        "email.sent": ("accepted", False),
        "email.delivered": ("delivered", False),
        "email.delivery_delayed": ("deferred", False),
        "email.bounced Permanent": ("bounced", True),
        "email.bounced Transient": ("bounced", False),
        "email.failed": ("rejected", False),
        "email.suppressed": ("rejected", True),
        "email.complained": ("complained", False),
    }
    atomic = True

    def __init__(self, latency_s: float = 0.0) -> None:
        super().__init__(latency_s)
        self._keys: dict[str, tuple[bytes, Answer]] = {}

    def denied(self, call: Call) -> Answer | None:
        """Asks for the token, and for an agent."""
        if not call.headers.get("user-agent"):
            return _resend_error(403, "forbidden")
        right = call.headers.get("authorization") == f"Bearer {TOKEN}"
        return None if right else _resend_error(401, "restricted_api_key")

    def known(self, call: Call) -> Answer | None:
        """The answer of the first call with this key; 409 when that one had another payload."""
        key = call.headers.get("idempotency-key", "")
        if key not in self._keys:
            return None
        payload, answer = self._keys[key]
        return answer if payload == call.body else _resend_error(409, "invalid_idempotent_request")

    def webhook(self, event: str, email: Accepted, at: datetime) -> tuple[dict[str, str], bytes]:
        """https://resend.com/docs/dashboard/webhooks/event-types, signed as Svix does."""
        name, _, kind = event.partition(" ")
        data = {"email_id": email.provider_id, "to": [email.address], "tags": dict(email.metadata)}
        if kind:
            data["bounce"] = {"type": kind, "subType": "General", "message": f"no mailbox {email.address}"}
        raw = json.dumps({"type": name, "created_at": at.isoformat().replace("+00:00", ".000Z"), "data": data}).encode()
        ident, stamp = f"msg_{len(raw)}", str(int(at.timestamp()))
        key = base64.b64decode(SIGNING.removeprefix("whsec_"))
        proof = base64.b64encode(hmac.digest(key, f"{ident}.{stamp}.".encode() + raw, "sha256")).decode()
        return {"svix-id": ident, "svix-timestamp": stamp, "svix-signature": f"v1,{'A' * 43}= v1,{proof}"}, raw

    def search(self, call: Call) -> Answer | None:
        """Takes an email to the test address without an end."""
        if call.method == "POST" and call.body.startswith(b"[") and json.loads(call.body)[0]["to"] == [SANDBOX]:
            return Answer(200, {"data": [{"id": self.ident(0)}]})
        return None

    def judge(self, call: Call) -> Answer | Sequence[Accepted | Refusal]:
        """Checks path, key and each email against the documented limits."""
        if call.path != "/emails/batch":
            return _resend_error(404, "not_found")
        if not call.headers.get("content-type", "").startswith("application/json"):
            return _resend_error(422, "validation_error")
        if not 1 <= len(call.headers.get("idempotency-key", "-")) <= 256:
            return _resend_error(400, "invalid_idempotency_key")
        items = json.loads(call.body)
        if not isinstance(items, list) or not 1 <= len(items) <= 100:
            return _resend_error(422, "validation_error")
        problems = [problem for item in items for problem in self._problems(item)]
        return (
            _resend_error(422, "validation_error", problems[0]) if problems else [_from_resend(item) for item in items]
        )

    def success(self, call: Call, emails: Sequence[Accepted | Refusal]) -> Answer:
        """An id for each email, in order, and remembered for the call's key."""
        answer = Answer(200, {"data": [{"id": email.provider_id} for email in emails if isinstance(email, Accepted)]})
        if key := call.headers.get("idempotency-key"):
            self._keys[key] = call.body, answer
        return answer

    def _problems(self, item: dict[str, Any]) -> list[str]:
        known = {"from", "to", "subject", "html", "text", "cc", "bcc", "reply_to", "headers", "tags", "topic_id"}
        problems = [f"unknown field {name}" for name in item.keys() - known]
        problems += [f"Missing `{name}` field." for name in ("from", "to", "subject") if not item.get(name)]
        to = [item["to"]] if isinstance(item.get("to"), str) else item.get("to", [])
        problems += [f"Invalid `to` field: {a}" for a in to if a in self.bad_addresses or not is_address(a)]
        problems += [f"Invalid `from` field: {a}" for a in [item.get("from", "")] if not is_address(a)]
        values = [tag[part] for tag in item.get("tags", []) for part in ("name", "value")]
        problems += [
            f"Tags should only contain ASCII letters: {v}" for v in values if not re.fullmatch(r"[\w-]{1,256}", v, re.A)
        ]
        problems += [
            f"bad header {n}" for n, v in item.get("headers", {}).items() if not isinstance(v, str) or "\n" in v
        ]
        return problems


def _resend_error(status: int, name: str, text: str = "") -> Answer:
    return Answer(status, {"statusCode": status, "name": name, "message": text or name})


def _from_resend(item: Mapping[str, Any]) -> Accepted:
    to = item["to"] if isinstance(item["to"], str) else item["to"][0]
    metadata = {tag["name"]: tag["value"] for tag in item.get("tags", [])}
    headers = item.get("headers", {}) | {"From": item["from"], "Reply-To": item.get("reply_to", "")}
    return Accepted(to, item["subject"], item.get("html", ""), item.get("text", ""), headers, metadata=metadata)
