"""Postal, a mail server of one's own: one whole message in each call, as the bytes that we write.

Facts from https://github.com/postalserver/postal at 8ef8960 (legacy API, webhooks), read 2026-11-23: every answer
has the status 200, and its `status` decides; a raw message keeps its Message-ID and its headers as they are;
`X-Postal-Tag` becomes the message's tag, which every webhook names; `X-AMP: skip` leaves links and pictures alone;
webhooks are signed by RSA with SHA-1, and with SHA-256 by newer servers. There is no search.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import httpx
import orjson

from digest.config.providers import PostalSettings
from digest.errors import ConfigError, Forged
from digest.models import Answer, Batch, Event, EventKind, InDoubt, Outcome, Refused, Settled, Stopped
from digest.send import addresses, calls, hooks, message, outcomes, whole
from digest.send.message import Frame, Letter
from digest.send.providers.provider import Capabilities, ascii_only

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

CAPABILITIES = Capabilities(
    largest_batch=1,
    refuses=ascii_only,
    needs=("Verify the sender's domain on the mail server, and make a credential of the type API.",),
)

_NEEDS_A_PERSON = ("AccessDenied", "InvalidServerAPIKey", "ServerSuspended", "UnauthenticatedFromAddress")
_KINDS: Mapping[str, EventKind] = {
    "MessageSent": "delivered",
    "MessageDelayed": "deferred",
    "MessageDeliveryFailed": "bounced",
    "MessageBounced": "bounced",
    "MessageHeld": "rejected",
}
_NO_SUCH_MAILBOX = re.compile(r"\b5\.1\.\d\b")
"""RFC 3463 section 3.2: the address itself is wrong."""


class Api:
    """https://docs.postalserver.io/developer/api as pure functions of one issue's letter."""

    capabilities = CAPABILITIES

    def __init__(self, letter: Letter, own: PostalSettings, secrets: Mapping[str, str]) -> None:
        self._base = f"{own.base_url}/api/v1"
        self._sender = letter.sender
        self._headers = calls.JSON | {"X-Server-API-Key": secrets["token"]}
        self._frame = Frame(letter)

    def request(self, batch: Batch) -> httpx.Request:
        """POST /api/v1/send/raw."""
        (delivery,) = batch.deliveries
        tag = f"{whole.tag(batch.issue_key)}/{whole.tag(batch.key)}/{delivery.number}"
        ours = message.header("X-Postal-Tag", tag) + message.header("X-AMP", "skip")
        raw = ours + self._frame.build(batch.issue_key, delivery)
        to = addresses.on_the_wire(delivery.address)
        return self._post(
            "send/raw", {"rcpt_to": [to], "mail_from": self._sender.address, "data": base64.b64encode(raw).decode()}
        )

    def answer(self, batch: Batch, response: httpx.Response) -> Answer:
        """The id of the one message; an error's code, whatever the status."""
        if not response.is_success:
            return outcomes.by_status(response)
        (delivery,) = batch.deliveries
        match outcomes.json_object(response):
            case {"status": "success", "data": {"messages": dict(taken)}}:
                ids = {str(a).lower(): hooks.word(hooks.part(taken, a), "id") for a in taken}
                address = addresses.on_the_wire(delivery.address).lower()
                if address not in ids:
                    return InDoubt("the answer names another recipient")
                return Settled((Outcome(delivery.number, "accepted", ids[address]),))
            case {"status": "error" | "parameter-error" as status, "data": dict(error)}:
                code = hooks.word(error, "code")
                said = outcomes.brief(f"{code or status}: {hooks.word(error, 'message') or 'no reason given'}")
                return Stopped(said) if code in _NEEDS_A_PERSON else Refused(said)
        return outcomes.unreadable(batch, response)

    def trial(self) -> httpx.Request:
        """Asks for a message that there is not."""
        return self._post("messages/message", {"id": 0})

    def tried(self, response: httpx.Response) -> str | Stopped:
        """That it is not there, and so that the key is right."""
        code = hooks.word(hooks.part(outcomes.json_object(response), "data"), "code")
        if code == "MessageNotFound":
            return "the key belongs to a server of this Postal"
        return Stopped(outcomes.brief(code) or f"{outcomes.said(response)} (not Postal's; is base_url right?)")

    def _post(self, path: str, body: Mapping[str, object]) -> httpx.Request:
        return httpx.Request("POST", f"{self._base}/{path}", headers=self._headers, content=orjson.dumps(body))


class Hook:
    """https://docs.postalserver.io/developer/webhooks: signed by the server's key."""

    def __init__(self, own: PostalSettings, secrets: Mapping[str, str]) -> None:
        del own
        self._key = _public(hooks.secret("postal", secrets, "the public key of the mail server"))

    def verify(self, headers: Mapping[str, str], raw: bytes, now: datetime, fetch: Callable[[str], bytes]) -> None:
        """Raises Forged; a call is repeated for 36 minutes."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding

        del fetch
        newer = headers.get("x-postal-signature-256")
        given = newer or headers.get("x-postal-signature", "")
        try:
            proof = base64.b64decode("".join(given.split()), validate=True)
            method = hashes.SHA256() if newer else hashes.SHA1()  # noqa: S303  what older servers sign with
            self._key.verify(proof, raw, padding.PKCS1v15(), method)
        except (InvalidSignature, binascii.Error, ValueError) as error:
            raise Forged("the webhook call does not prove that it comes from the provider") from error
        hooks.fresh([hooks.at(_reported(raw).get("timestamp"))], now)

    def events(self, raw: bytes) -> tuple[Event, ...]:
        """One event a call; what concerns an incoming message is not ours."""
        call = _reported(raw)
        about = hooks.part(call, "payload")
        sent = hooks.part(about, "message") or hooks.part(about, "original_message")
        name = hooks.word(call, "event")
        if name not in _KINDS or hooks.word(sent, "direction") == "incoming":
            return ()
        issue, batch, number = [*hooks.word(sent, "tag").split("/"), "", "", ""][:3]
        reason = hooks.reason(about, "output", "details")
        return (
            Event(
                hooks.word(call, "uuid"),
                _KINDS[name],
                hooks.address(sent, "to"),
                hooks.at(call.get("timestamp")),
                permanent=name == "MessageDeliveryFailed" and bool(_NO_SUCH_MAILBOX.search(reason)),
                **hooks.metadata({"issue": issue, "batch": batch, "number": number}),
                provider_id=hooks.word(sent, "id"),
                reason=reason,
            ),
        )


def _public(text: str) -> RSAPublicKey:
    """A key in PEM, or only what stands between its first and last line, as in a DKIM record."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    inner = (
        re.sub(r"-----[A-Z ]+-----|\s", "", text).removeprefix("v=DKIM1;").removeprefix("t=s;h=sha256;p=").rstrip(";")
    )
    try:
        key = load_der_public_key(base64.b64decode(inner, validate=True))
    except (ValueError, binascii.Error) as error:
        raise ConfigError(["send.postal.webhook is no public key; `postal default-dkim-record` prints it"]) from error
    if not isinstance(key, RSAPublicKey):
        raise ConfigError(["send.postal.webhook is no RSA key; `postal default-dkim-record` prints the right one"])
    return key


def _reported(raw: bytes) -> Mapping[str, object]:
    (call,) = hooks.items([hooks.parsed(raw)])
    return call
