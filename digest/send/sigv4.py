"""Signs a request to Amazon Web Services, version 4."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import parse_qsl, quote, urlsplit

from msgspec import Struct


class Credentials(Struct, frozen=True):
    """Who calls which service, and where."""

    key_id: str
    secret: str
    region: str
    service: str
    session_token: str = ""


def signed(
    method: str, url: str, headers: Mapping[str, str], body: bytes, who: Credentials, now: datetime
) -> dict[str, str]:
    """These headers and those that prove the call, names in small letters.

    `url` is encoded as it goes out. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    """
    parts, stamp = urlsplit(url), f"{now:%Y%m%dT%H%M%SZ}"
    token = {"x-amz-security-token": who.session_token} if who.session_token else {}
    sent = {name.lower(): " ".join(value.split()) for name, value in headers.items()} | {"x-amz-date": stamp} | token
    covered = sorted((sent | {"host": parts.netloc}).items())
    names = ";".join(name for name, _ in covered)
    query = sorted(
        (quote(k, safe="-_.~"), quote(v, safe="-_.~")) for k, v in parse_qsl(parts.query, keep_blank_values=True)
    )
    request = [
        method,
        quote(parts.path or "/", safe="/-_.~"),  # encoded once more than it goes out, for every service but S3
        "&".join(f"{name}={value}" for name, value in query),
        *(f"{name}:{value}" for name, value in covered),
        "",
        names,
        hashlib.sha256(body).hexdigest(),
    ]
    steps = (stamp[:8], who.region, who.service, "aws4_request")
    text = ["AWS4-HMAC-SHA256", stamp, "/".join(steps), hashlib.sha256("\n".join(request).encode()).hexdigest()]
    key = f"AWS4{who.secret}".encode()
    for step in steps:
        key = hmac.digest(key, step.encode(), "sha256")
    signature = hmac.digest(key, "\n".join(text).encode(), "sha256").hex()
    credential = f"Credential={who.key_id}/{'/'.join(steps)}"
    return sent | {"authorization": f"AWS4-HMAC-SHA256 {credential}, SignedHeaders={names}, Signature={signature}"}
