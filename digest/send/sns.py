"""What Amazon SNS posts to a webhook: proven by its certificate, and the confirmation that it asks for."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from digest.errors import Forged
from digest.send import hooks

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    "UnsubscribeConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
"""https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message-verify-message-signature.html"""
_HOST = re.compile(r"sns\.[a-z0-9-]+\.amazonaws\.com(\.cn)?")
_CERTIFICATE = re.compile(r"/SimpleNotificationService-[0-9a-f]+\.pem")


def call(raw: bytes) -> Mapping[str, object]:
    """The posted JSON object. Raises Forged for anything else."""
    (found,) = hooks.items([hooks.parsed(raw)])
    return found


def verify(raw: bytes, topic: str, now: datetime, fetch: Callable[[str], bytes]) -> None:
    """Raises Forged unless the call comes from this topic, unchanged and not long ago.

    A subscription is confirmed once its call is proven.
    """
    said = call(raw)
    kind = hooks.word(said, "Type")
    if kind not in _SIGNED or hooks.word(said, "TopicArn") != topic:
        raise Forged(f"the webhook call is of another topic than {topic}")
    text = "".join(f"{key}\n{said[key]}\n" for key in _SIGNED[kind] if said.get(key) is not None)
    page = _amazons(hooks.word(said, "SigningCertURL"))
    if not _CERTIFICATE.fullmatch(urlsplit(page).path):
        raise Forged("the webhook call names a certificate that is not of SNS")
    _prove(fetch(page), now, hooks.word(said, "Signature"), text.encode(), hooks.word(said, "SignatureVersion"))
    hooks.fresh([hooks.at_iso(said.get("Timestamp"))], now)
    if kind == "SubscriptionConfirmation":
        fetch(_amazons(hooks.word(said, "SubscribeURL")))


def _amazons(url: str) -> str:
    """The address, when it is one of SNS over https without anything odd. Raises Forged for another."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Forged("the webhook call names no web address") from error
    if parts.scheme != "https" or port is not None or not _HOST.fullmatch(parts.netloc):
        raise Forged("the webhook call names an address that is not of SNS")
    return url


def _prove(certificate: bytes, now: datetime, signature: str, text: bytes, version: str) -> None:
    from cryptography.exceptions import InvalidSignature  # 40 ms, and only a webhook needs it
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA1, SHA256

    digests = {"1": SHA1(), "2": SHA256()}  # noqa: S303 -- SNS signs so unless the topic says otherwise
    try:
        raw = base64.b64decode(signature, validate=True)
        _key_of(certificate, now).verify(raw, text, PKCS1v15(), digests[version])
    except (InvalidSignature, ValueError, KeyError) as error:
        raise Forged("the webhook call does not prove that it comes from the provider") from error


def _key_of(certificate: bytes, now: datetime) -> RSAPublicKey:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.x509 import load_pem_x509_certificate

    found = load_pem_x509_certificate(certificate)
    key = found.public_key()
    if not found.not_valid_before_utc <= now <= found.not_valid_after_utc or not isinstance(key, RSAPublicKey):
        raise Forged("the webhook call is signed by a certificate that does not hold now")
    return key
