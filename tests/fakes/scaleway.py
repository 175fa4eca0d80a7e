"""Scaleway Transactional Email on loopback."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from tests.fakes.base import TOKEN, Accepted, Answer, Call, Fake, Refusal, is_address, mailbox

PROJECT = "11111111-2222-4333-8444-555555555555"
PATH = "/transactional-email/v1alpha1/regions/fr-par"


class ScalewayFake(Fake):
    """https://www.scaleway.com/en/developers/api/transactional-email."""

    name = "scaleway"
    own: ClassVar = {"token": {"env": "T"}, "project_id": PROJECT}

    def denied(self, call: Call) -> Answer | None:
        """Asks for the token."""
        wrong = call.headers.get("x-auth-token") != TOKEN
        return Answer(401, {"type": "denied_authentication", "message": "authentication is denied"}) if wrong else None

    def search(self, call: Call) -> Answer | None:
        """The domains, and a recipient's emails."""
        where = urlsplit(call.path)
        if where.path == f"{PATH}/domains":
            return Answer(200, {"domains": [{"id": "d", "name": "news.example.org", "status": "checked"}]})
        if call.method != "GET" or where.path != f"{PATH}/emails":
            return None
        asked = {name: values[0] for name, values in parse_qs(where.query).items()}
        assert asked.keys() == {"project_id", "mail_to", "since", "page", "page_size"}, asked
        found = [email for email in self.accepted if email.address == asked["mail_to"]]
        return Answer(200, {"total_count": len(found), "emails": [_shown(email) for email in found]})

    def judge(self, call: Call) -> Answer | Sequence[Accepted | Refusal]:
        """Checks the email."""
        if (call.method, call.path) != ("POST", f"{PATH}/emails"):
            return Answer(404, {"type": "not_found", "message": "resource is not found"})
        email = json.loads(call.body)
        (to,) = email["to"]
        missing = [name for name in ("from", "subject", "text", "html") if not email.get(name)]
        if missing or email["project_id"] != PROJECT:
            return Answer(403, {"type": "permissions_denied", "message": "insufficient permissions"})
        if to["email"] in self.bad_addresses or not is_address(to["email"]):
            details = [{"argument_name": "to", "reason": "constraint", "help_message": "invalid address"}]
            return Answer(400, {"type": "invalid_arguments", "message": "invalid argument(s)", "details": details})
        return [_from_scaleway(email)]

    def success(self, call: Call, emails: Sequence[Accepted | Refusal]) -> Answer:
        """A list of one, as it is queued."""
        return Answer(200, {"emails": [_shown(email) for email in emails if isinstance(email, Accepted)]})


def _shown(email: Accepted) -> dict[str, Any]:
    return {
        "id": email.provider_id,
        "message_id": f"<{email.provider_id}@example.org>",
        "project_id": PROJECT,
        "mail_rcpt": email.address,
        "rcpt_type": "to",
        "subject": email.subject,
        "created_at": "2026-11-20T14:00:01Z",
        "status": "new",
    }


def _from_scaleway(email: dict[str, Any]) -> Accepted:
    headers = {header["key"]: header["value"] for header in email["additional_headers"]}
    about = {name: headers.pop(f"X-Digest-{name.capitalize()}") for name in ("issue", "batch", "number")}
    headers["From"] = mailbox(email["from"])
    return Accepted(email["to"][0]["email"], email["subject"], email["html"], email["text"], headers, metadata=about)
