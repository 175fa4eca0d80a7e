"""Mailgun on loopback."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email import message_from_bytes, policy
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.fakes.base import TOKEN, WORD, Accepted, Answer, Call, Fake, Refusal, is_address

DOMAIN = "mg.example.org"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


class MailgunFake(Fake):
    """https://documentation.mailgun.com, Batch Sending: multipart, and places that are filled per recipient."""

    name = "mailgun"
    own: ClassVar = {"token": {"env": "T"}, "webhook": {"env": "W"}, "domain": DOMAIN}
    atomic = True
    one_id = True
    signs = "time"
    secrets: ClassVar = {"token": TOKEN, "webhook": WORD}
    events: ClassVar = {
        "accepted": ("accepted", False),
        "delivered": ("delivered", False),
        "failed temporary": ("deferred", False),
        "failed permanent": ("bounced", True),
        "rejected": ("rejected", False),
        "complained": ("complained", False),
        "unsubscribed": ("unsubscribed", False),
    }

    def search(self, call: Call) -> Answer | None:
        """Accepted events by tag, two a page, and test mode, in which nothing is delivered."""
        where = urlsplit(call.path)
        if call.method == "POST" and fields(call).get("o:testmode") == ["yes"]:
            return Answer(200, {"id": self.ident(0), "message": "Queued. Thank you."})
        if not where.path.startswith(f"/v3/{DOMAIN}/events"):
            return None
        token = where.path.removeprefix(f"/v3/{DOMAIN}/events").removeprefix("/")
        query = base64.urlsafe_b64decode(token).decode() if token else where.query
        asked = {name: values[0] for name, values in parse_qs(query).items()}
        assert asked.keys() >= {"event", "tags", "begin", "ascending", "limit"}, asked
        of_tag = [email for email in self.accepted if asked["tags"] in email.tags]
        first = int(asked.get("p", 0))
        following = base64.urlsafe_b64encode(urlencode(asked | {"p": first + 2}).encode()).decode()
        items = [self._event("accepted", email, NOON) for email in of_tag[first : first + 2]]
        return Answer(200, {"items": items, "paging": {"next": f"{self.url}/v3/{DOMAIN}/events/{following}"}})

    def webhook(self, event: str, email: Accepted, at: datetime) -> tuple[dict[str, str], bytes]:
        """https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks: the signature stands in the body."""
        stamp, token = str(int(at.timestamp())), hashlib.sha256(f"{event}{email.address}{at}".encode()).hexdigest()[:50]
        signature = hmac.new(WORD.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
        proof = {"timestamp": stamp, "token": token, "signature": signature}
        body = {"signature": proof, "event-data": self._event(event, email, at)}
        return {"content-type": "application/json"}, json.dumps(body).encode()

    def _event(self, event: str, email: Accepted, at: datetime) -> dict[str, Any]:
        name, _, severity = event.partition(" ")
        said = {
            "id": hashlib.sha256(f"{event}{email.address}".encode()).hexdigest()[:22],
            "timestamp": at.timestamp(),
            "event": name,
            "recipient": email.address,
            "tags": list(email.tags),
            "user-variables": dict(email.metadata),
            "message": {
                "headers": {
                    "message-id": email.provider_id.strip("<>"),
                    "from": email.headers.get("From", ""),
                    "to": email.address,
                },
                "attachments": [],
                "size": len(email.html),
            },
        }
        if severity:
            said |= {"severity": severity, "reason": "bounce" if severity == "permanent" else "generic"}
            said["delivery-status"] = {"code": 550, "message": f"no such user {email.address}", "description": ""}
        return said

    def denied(self, call: Call) -> Answer | None:
        """Asks for the token as the password of `api`."""
        right = "Basic " + base64.b64encode(f"api:{TOKEN}".encode()).decode()
        return None if call.headers.get("authorization") == right else Answer(401, "Forbidden")

    def judge(self, call: Call) -> Answer | Sequence[Accepted | Refusal]:
        """Checks path, token, form and limits; one bad address refuses the whole call."""
        if call.path != f"/v3/{DOMAIN}/messages":
            return (
                Answer(200, "Mailgun Magnificent API")
                if call.path == "/"
                else Answer(404, {"message": "Domain not found"})
            )
        form = fields(call)
        recipients, variables = form.get("to", []), json.loads(form.get("recipient-variables", ["null"])[0])
        if problem := self._problem(form, recipients, variables):
            return Answer(400, {"message": problem})
        return [_from_mailgun(form, address, variables[address]) for address in recipients]

    def success(self, call: Call, emails: Sequence[Accepted | Refusal]) -> Answer:
        """One id for the whole call."""
        ids = [email.provider_id for email in emails if isinstance(email, Accepted)]
        return Answer(200, {"id": ids[0], "message": "Queued. Thank you."})

    def ident(self, number: int) -> str:
        """A Message-ID."""
        return f"<{number}.1@{DOMAIN}>"

    def _problem(self, form: Mapping[str, list[str]], recipients: list[str], variables: object) -> str | None:
        for name in ("from", "to", "subject"):
            if not form.get(name):
                return f"{name} parameter is missing"
        if not isinstance(variables, dict) or set(variables) != set(recipients) or len(recipients) > 1000:
            return "recipient-variables must name each recipient"
        if any(address in self.bad_addresses or not is_address(address) for address in recipients):
            return "to parameter is not a valid address. please check documentation"
        options = sum(len(n) + len(v) for n, vs in form.items() if n[:2] in ("o:", "h:", "v:") for v in vs)
        if options > 16 * 1024:
            return "Send options (parameters starting with o:, h:, or v:) are limited to 16KB total"
        return None


def fields(call: Call) -> dict[str, list[str]]:
    """A form's fields, each as often as it is given; none of another kind of body."""
    kind = call.headers.get("content-type", "")
    if not kind.startswith("multipart/form-data"):
        return {}
    parsed = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + call.body, policy=policy.HTTP)
    form: dict[str, list[str]] = {}
    for part in parsed.iter_parts():
        name = part.get_param("name", header="content-disposition")
        value = part.get_payload(decode=True)
        assert isinstance(value, bytes)
        form.setdefault(str(name), []).append(value.decode())
    return form


def _from_mailgun(form: Mapping[str, list[str]], address: str, variables: Mapping[str, str]) -> Accepted:
    def filled(value: str) -> str:
        return re.sub(r"%recipient\.([\w-]+)%", lambda match: str(variables.get(match[1], match[0])), value)

    headers = {name[2:]: filled(values[0]) for name, values in form.items() if name.startswith("h:")}
    metadata = {name[2:]: filled(values[0]) for name, values in form.items() if name.startswith("v:")}
    subject, html, text = (filled(form.get(name, [""])[0]) for name in ("subject", "html", "text"))
    return Accepted(
        address,
        subject,
        html,
        text,
        headers | {"From": form["from"][0]},
        tuple(form.get("o:tag", [])),
        metadata,
        form.get("o:tracking") != ["no"],
    )
