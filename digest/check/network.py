"""What others answered: links, pictures, one click, SPF, DKIM, DMARC, spam (N01 to N05). Asks nobody."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from digest.check.proof import Check, Proof
from digest.models import Answered, Finding, Records, Severity

PICTURE_BYTES = 300_000
_MAY_BE_WELL = (401, 403, 405, 406, 408, 425, 429)
"""Answers that programs get and readers do not, or that pass by themselves."""
_MOST_LOOKUPS = 10
_RSA_HEADER_BYTES = 38


def links(proof: Proof) -> Iterator[Finding]:
    """An error for an address that is not there, a warning for one that cannot be judged."""
    answers = proof.answers
    if len(answers) > 2 and all(a.trouble == "network" for a in answers):
        message = f"none of {len(answers)} addresses answered: {answers[0].reason}"
        yield Finding("dead-link", "warning", message, "is this machine on the network?")
        return
    for answer in answers:
        yield from _link(answer)


def _link(answer: Answered) -> Iterator[Finding]:
    target = answer.target
    what = f'the {target.kind} of "{target.title[:60]}"'
    if answer.trouble in ("time-out", "too-large", "refused"):
        yield Finding("dead-link", "warning", f"{what}: {answer.reason}", "open it in a browser", target.place)
    elif answer.trouble:
        yield Finding("dead-link", "error", f"{what}: {answer.reason}", "mend the address at its source", target.place)
    elif answer.status in _MAY_BE_WELL or answer.status >= 500:
        message = f"{what} answered {answer.status}, perhaps to programs only: {target.url[:100]}"
        yield Finding("dead-link", "warning", message, "open it in a browser", target.place)
    elif not 200 <= answer.status < 300:
        message = f"{what} is not there ({answer.status}): {target.url[:100]}"
        yield Finding(
            "dead-link", "error", message, "mend the address at its source, or leave the story out", target.place
        )


def pictures(proof: Proof) -> Iterator[Finding]:
    """Of those that answered: an error for what is no picture, a warning for a heavy one."""
    for answer in proof.answers:
        if answer.target.kind == "picture" and 200 <= answer.status < 300:
            yield from _picture(answer)


def _picture(answer: Answered) -> Iterator[Finding]:
    target = answer.target
    if not answer.media.lower().startswith("image/"):
        message = (
            f'the picture of "{target.title[:60]}" is no picture but {answer.media or "nothing"}: {target.url[:100]}'
        )
        yield Finding("picture-weight", "error", message, "mend its address at the source", target.place)
    elif answer.size_bytes > PICTURE_BYTES:
        message = f'the picture of "{target.title[:60]}" has {answer.size_bytes:,} bytes; {PICTURE_BYTES:,} are enough'
        yield Finding(
            "picture-weight", "warning", message, "use a smaller one: 1200 pixels are wide enough", target.place
        )


def one_click(proof: Proof) -> Iterator[Finding]:
    """RFC 8058, section 3.2: a POST without cookies, redirects or a page in between; a GET changes nothing."""
    answer = proof.one_click
    if answer is None:
        return
    cure = "let the server take the POST itself, with 2xx and nothing else"
    if answer.trouble:
        yield Finding("one-click-answer", "error", f"the unsubscribe address does not answer: {answer.trouble}", cure)
        return
    if answer.redirected:
        yield Finding(
            "one-click-answer",
            "error",
            "the unsubscribe address redirects the POST: mailbox providers do not follow",
            cure,
        )
    elif not 200 <= answer.post_status < 300:
        yield Finding(
            "one-click-answer", "error", f"the unsubscribe address answered the POST with {answer.post_status}", cure
        )
    if answer.cookie:
        yield Finding("one-click-answer", "error", "the unsubscribe address sets a cookie", cure)
    if not 200 <= answer.get_status < 300:
        message = f"the unsubscribe address answered a GET with {answer.get_status}: readers who click see that"
        yield Finding("one-click-answer", "error", message, "show a page with one button")


def records(proof: Proof) -> Iterator[Finding]:
    """Google, Yahoo and Microsoft ask for all three; RFC 7208, 6376 and 7489 say how they look."""
    found = proof.records
    if found is None:
        return
    if found.trouble:
        message = f"the DNS could not be asked about {found.domain}: {found.trouble}"
        yield Finding("sender-records", "warning", message, "try again later")
        return
    yield from _spf(found)
    yield from _dmarc(found)
    yield from _dkim(found)


def _spf(found: Records) -> Iterator[Finding]:
    if found.spf is None:
        return
    if len(found.spf) != 1:
        message = f"{found.domain} has {len(found.spf)} SPF records; it must be one"
        yield Finding("sender-records", "error", message, "your provider tells what to write into the DNS")
    elif re.search(r"[\s]\+?all(?:\s|$)", found.spf[0]):
        message = f"the SPF record of {found.domain} lets everybody send in its name: {found.spf[0][:80]}"
        yield Finding("sender-records", "error", message, "end it with ~all or -all")
    if found.spf_lookups > _MOST_LOOKUPS:
        message = f"the SPF record of {found.domain} costs {found.spf_lookups} DNS queries; {_MOST_LOOKUPS} are allowed"
        yield Finding("sender-records", "error", message, "take out the includes that nobody needs")


def _dmarc(found: Records) -> Iterator[Finding]:
    if found.dmarc is None:
        return
    if len(found.dmarc) != 1:
        message = f"{found.domain} has {len(found.dmarc)} DMARC records; it must be one"
        yield Finding("sender-records", "error", message, 'write "v=DMARC1; p=none; rua=mailto:…" at _dmarc in the DNS')
    elif not (policy := re.search(r"(?i);\s*p\s*=\s*(none|quarantine|reject)", found.dmarc[0])):
        message = f"the DMARC record of {found.domain} has no policy: {found.dmarc[0][:80]}"
        yield Finding("sender-records", "error", message, "add p=none, or better p=quarantine")
    elif policy[1].lower() == "none":
        message = f"the DMARC policy of {found.domain} is p=none: enough for receivers, no help against forgers"
        yield Finding("sender-records", "note", message, "go to p=quarantine when the reports show nothing foreign")


def _dkim(found: Records) -> Iterator[Finding]:
    keys = {selector: key for selector, key in found.dkim.items() if key}
    if found.dkim and not keys and None not in found.dkim.values():
        names = ", ".join(found.dkim)
        message = f"{found.domain} has no DKIM key under {names}"
        yield Finding(
            "sender-records",
            "error",
            message,
            "name your provider's selector in check.dkim_selectors, or set the key up",
        )
    for selector, key in keys.items():
        bits = _bits(key)
        if bits is not None and bits < 1024:
            message = f"the DKIM key {selector} of {found.domain} has {bits} bits; receivers ask for 1,024 at least"
            yield Finding("sender-records", "error", message, "have your provider make one of 2,048 bits")
        elif bits is not None and bits < 2048:
            message = f"the DKIM key {selector} of {found.domain} has {bits} bits; 2,048 are advised"
            yield Finding("sender-records", "note", message, "have your provider make a longer one")


def _bits(key: str) -> int | None:
    """Of an RSA key, to the next 256, from the length of what is published; None for other kinds."""
    found = re.search(r"(?:^|;)\s*p\s*=\s*([A-Za-z0-9+/=\s]+)", key)
    if not found or re.search(r"k\s*=\s*ed25519", key):
        return None
    try:
        size = len(base64.b64decode(re.sub(r"\s", "", found[1]) + "=="))
    except binascii.Error:
        return 0
    return max(0, round((size - _RSA_HEADER_BYTES) * 8 / 256) * 256)


def spam(proof: Proof) -> Iterator[Finding]:
    """By the rules that need no network; mailbox providers have others of their own."""
    found = proof.spam
    if found is None:
        return
    if found.trouble:
        message = f"SpamAssassin could not be asked: {found.trouble}"
        yield Finding("spam-score", "warning", message, "install it, or leave --spam out")
        return
    severity: Severity = "note"
    if found.points >= found.limit / 2:
        severity = "error" if found.points >= found.limit else "warning"
    message = f"SpamAssassin gives it {found.points:.1f} points; from {found.limit:.1f} on it is spam"
    yield Finding("spam-score", severity, message, "; ".join(found.against) or "no rule counts against it")


CHECKS = (
    Check(
        "N01",
        "dead-link",
        "error",
        "every link and picture answers; unsubscribe addresses are never called",
        links,
        reads="network",
    ),
    Check("N04", "picture-weight", "error", "every picture is one, and under 300 kB", pictures, reads="network"),
    Check(
        "N02",
        "one-click-answer",
        "error",
        "one click unsubscribes: no redirect, cookie or page in between",
        one_click,
        reads="network",
    ),
    Check("N05", "spam-score", "error", "SpamAssassin finds nothing to object to (--spam)", spam, reads="network"),
    Check(
        "N03", "sender-records", "error", "SPF, DKIM and DMARC of your domain are in the DNS", records, reads="network"
    ),
)
