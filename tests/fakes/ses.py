"""Amazon SES v2 and the SNS topic of its events on loopback."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.header import decode_header, make_header
from email.utils import parseaddr
from functools import cache
from typing import Any, ClassVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from digest.send import sigv4
from tests.fakes.base import TOKEN, Accepted, Answer, Call, Fake, Refusal, is_address, mailbox

KEY_ID, REGION = "AKIAEXAMPLEFORTESTS", "eu-central-1"
TOPIC = f"arn:aws:sns:{REGION}:123456789012:digest-events"
CERTIFICATE = f"https://sns.{REGION}.amazonaws.com/SimpleNotificationService-0123abcd.pem"
CONFIRM = f"https://sns.{REGION}.amazonaws.com/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=abc"
SINGLE, BULK = "/v2/email/outbound-emails", "/v2/email/outbound-bulk-emails"
_BLACK = "Email address is on the suppression list"


@cache
def key_pair(name: str) -> tuple[rsa.RSAPrivateKey, bytes]:
    """A key of this name with its certificate, valid around the time of the tests."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    common = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder(common, common, key.public_key(), 1, start, start + timedelta(days=730))
    return key, made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


class SesFake(Fake):
    """https://docs.aws.amazon.com/ses/latest/APIReference-V2: bulk calls by template, single ones as they are."""

    name = "ses"
    own: ClassVar = {
        "region": REGION,
        "key_id": {"env": "K"},
        "secret": {"env": "S"},
        "configuration_set": "digest",
        "topic": TOPIC,
    }
    secrets: ClassVar = {"key_id": KEY_ID, "secret": TOKEN}
    unproven: ClassVar = {"topic": None}
    version = "1"
    """Of SNS signatures."""
    account: ClassVar[dict[str, object]] = {
        "SendingEnabled": True,
        "ProductionAccessEnabled": True,
        "SendQuota": {"Max24HourSend": 50000.0, "MaxSendRate": 14.0, "SentLast24Hours": 0.0},
    }
    events: ClassVar = {
        "Send": ("accepted", False),
        "Delivery": ("delivered", False),
        "DeliveryDelay": ("deferred", False),
        "Bounce Permanent": ("bounced", True),
        "Bounce Transient": ("bounced", False),
        "Reject": ("rejected", False),
        "Rendering Failure": ("rejected", False),
        "Complaint": ("complained", False),
        "Subscription": ("unsubscribed", False),
    }

    def __init__(self, latency_s: float = 0.0) -> None:
        super().__init__(latency_s)
        self.statuses: dict[str, str] = {}
        """Address -> what a bulk call says of it instead of SUCCESS."""
        self.visited: list[str] = []
        """The pages that a webhook fetched."""

    def denied(self, call: Call) -> Answer | None:
        """Signs the call anew and compares."""
        who = sigv4.Credentials(KEY_ID, TOKEN, REGION, "ses")
        moment = datetime.strptime(call.headers.get("x-amz-date", "20000101T000000Z"), "%Y%m%dT%H%M%SZ").replace(
            tzinfo=UTC
        )
        kind = {"content-type": call.headers["content-type"]} if call.body else {}
        right = sigv4.signed(call.method, f"{self.url}{call.path}", kind, call.body, who, moment)
        if call.headers.get("authorization") == right["authorization"]:
            return None
        return _error(403, "SignatureDoesNotMatch", "The request signature we calculated does not match")

    def search(self, call: Call) -> Answer | None:
        """The account."""
        return Answer(200, self.account) if (call.method, call.path) == ("GET", "/v2/email/account") else None

    def judge(self, call: Call) -> Answer | Sequence[Accepted | Refusal]:
        """Checks the call, then each entry."""
        body = json.loads(call.body)
        assert body["ConfigurationSetName"] == "digest"
        assert body["FromEmailAddress"].isascii()
        if call.path == SINGLE:
            simple, (address,) = body["Content"]["Simple"], body["Destination"]["ToAddresses"]
            if address in self.bad_addresses or not _takes(address):
                return _error(400, "MessageRejected", f"{_BLACK}: {address}")
            parts = simple["Subject"], simple["Body"]["Html"], simple["Body"]["Text"]
            texts = tuple(part["Data"] for part in parts)
            return [_accepted(body, address, texts, simple["Headers"], body["EmailTags"])]
        assert call.path == BULK, call.path
        if not 1 <= len(body["BulkEmailEntries"]) <= 50:
            return _error(400, "BadRequestException", "Too many entries")
        return [self._judged(body, entry) for entry in body["BulkEmailEntries"]]

    def success(self, call: Call, emails: Sequence[Accepted | Refusal]) -> Answer:
        """A status for each entry of a bulk call, 200 whatever they are."""
        if call.path == SINGLE and isinstance(emails[0], Accepted):
            return Answer(200, {"MessageId": emails[0].provider_id})
        return Answer(200, {"BulkEmailEntryResults": [_entry(email) for email in emails]})

    def ident(self, number: int) -> str:
        """As SES writes it."""
        return f"010701890{number:06d}-000000"

    def page(self, url: str) -> bytes:
        """The certificate, or the confirmation of a subscription."""
        self.visited.append(url)
        return key_pair("sns.amazonaws.com")[1] if url == CERTIFICATE else b"<ConfirmSubscriptionResponse/>"

    def webhook(self, event: str, email: Accepted, at: datetime) -> tuple[dict[str, str], bytes]:
        """https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html within an SNS notification."""
        message = json.dumps(_inner(event, email, at))
        ident = f"22b80b92-{len(message):012d}-{email.provider_id}"
        return self.notification(at, Type="Notification", MessageId=ident, Message=message)

    def notification(
        self, at: datetime, signer: str = "sns.amazonaws.com", **said: str
    ) -> tuple[dict[str, str], bytes]:
        """A signed call of the topic."""
        said = {"TopicArn": TOPIC, "Timestamp": f"{at:%Y-%m-%dT%H:%M:%S}.000Z"} | said
        text = "".join(f"{key}\n{said[key]}\n" for key in sorted(said))
        digest = hashes.SHA1() if self.version == "1" else hashes.SHA256()
        signature = key_pair(signer)[0].sign(text.encode(), padding.PKCS1v15(), digest)
        proof = {"SignatureVersion": self.version, "Signature": base64.b64encode(signature).decode()}
        body = {**said, **proof, "SigningCertURL": CERTIFICATE}
        return {"x-amz-sns-message-type": said["Type"]}, json.dumps(body).encode()

    def forged(self, headers: dict[str, str], raw: bytes) -> tuple[dict[str, str], bytes]:
        """Signed by a key of one's own."""
        said = json.loads(raw)
        at = datetime.fromisoformat(said["Timestamp"])
        names = ("Type", "MessageId", "Message", "TopicArn")
        return self.notification(at, "somebody.example", **{name: said[name] for name in names})

    def _judged(self, body: dict[str, Any], entry: dict[str, Any]) -> Accepted | Refusal:
        (address,) = entry["Destination"]["ToAddresses"]
        if address in self.bad_addresses or not _takes(address):
            return Refusal(address, f"MESSAGE_REJECTED {_BLACK}: {address}")
        if address in self.statuses:
            return Refusal(address, f"{self.statuses[address]} as the test says")
        template = body["DefaultContent"]["Template"]["TemplateContent"]
        values = json.loads(entry["ReplacementEmailContent"]["ReplacementTemplate"]["ReplacementTemplateData"])
        texts = tuple(_rendered(template[part], values) for part in ("Subject", "Html", "Text"))
        return _accepted(body, address, texts, entry["ReplacementHeaders"], entry["ReplacementTags"])


def _takes(address: str) -> bool:
    return is_address(address) and address.isascii()


def _rendered(template: str, values: Mapping[str, str]) -> str:
    """Single pass; a tag that is no plain place would fail the whole email in silence."""
    return re.sub(r"\{\{(.*?)\}\}", lambda match: values[match[1]], template)


def _accepted(
    body: dict[str, Any],
    address: str,
    texts: tuple[str, ...],
    headers: list[dict[str, str]],
    tags: list[dict[str, str]],
) -> Accepted:
    subject, html, text = texts
    assert len(headers) <= 15
    for header in headers:
        assert re.fullmatch(r"[!-9;-@A-~]{1,126}", header["Name"])
        assert re.fullmatch(r"[ -~]{1,870}", header["Value"])
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,256}", value) for tag in tags for value in tag.values())
    (reply_to,) = body["ReplyToAddresses"]
    name, sender = parseaddr(body["FromEmailAddress"])
    shown = {"name": str(make_header(decode_header(name))), "email": sender}
    named = {header["Name"]: header["Value"] for header in headers} | {"From": mailbox(shown), "Reply-To": reply_to}
    return Accepted(address, subject, html, text, named, metadata={tag["Name"]: tag["Value"] for tag in tags})


def _entry(email: Accepted | Refusal) -> dict[str, str]:
    if isinstance(email, Accepted):
        return {"Status": "SUCCESS", "MessageId": email.provider_id}
    status, _, said = email.reason.partition(" ")
    return {"Status": status, "Error": said}


def _error(status: int, kind: str, said: str) -> Answer:
    return Answer(status, {"message": said}, {"x-amzn-errortype": f"{kind}:http://internal.amazon.com/coral/"})


def _inner(event: str, email: Accepted, at: datetime) -> dict[str, object]:
    name, _, kind = ("Rendering Failure", "", "") if event == "Rendering Failure" else event.partition(" ")
    when = f"{at:%Y-%m-%dT%H:%M:%S}.000Z"
    places = {"DeliveryDelay": "deliveryDelay", "Rendering Failure": "failure"}
    place = places.get(name, name.lower())
    details: dict[str, dict[str, object]] = {
        "bounce": {
            "bounceType": kind,
            "bouncedRecipients": [{"emailAddress": email.address, "diagnosticCode": "smtp; 550"}],
        },
        "complaint": {"complainedRecipients": [{"emailAddress": email.address}]},
        "deliveryDelay": {"delayedRecipients": [{"emailAddress": email.address}]},
        "failure": {"errorMessage": "Attribute 'x' is not present in the rendering data.", "templateName": "t"},
        "reject": {"reason": "Bad content"},
        "subscription": {"newTopicPreferences": {"unsubscribeAll": True}},
    }
    mail = {
        "timestamp": when,
        "messageId": email.provider_id,
        "destination": [email.address],
        "tags": {name: [value] for name, value in email.metadata.items()} | {"ses:configuration-set": ["digest"]},
    }
    return {"eventType": name, "mail": mail, place: details.get(place, {}) | {"timestamp": when}}
