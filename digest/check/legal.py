"""What the law and the mailbox providers demand of every copy (S13 to S16, S28, S31)."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from digest.check.proof import Check, Proof, host
from digest.models import Finding

_CLIP_BYTES = 102_400


def unsubscribe(proof: Proof) -> Iterator[Finding]:
    """Each reader's own unsubscribe address must stand in both parts, as a link in the html.

    CASL s. 6(2)(c), CAN-SPAM 16 CFR 316.5, Google's sender guidelines (support.google.com/mail/answer/81126).
    """
    email = proof.email
    token = email.tokens.get("unsubscribe_url")
    cure = "put {{ fields.unsubscribe_url }} into the footer of the template"
    for part, present in (
        ("html", token and re.search(rf'<a\s[^>]*href="{re.escape(token)}"', email.html)),
        ("text", token and token in email.text),
    ):
        if not present:
            yield Finding("unsubscribe", "error", f"the {part} part has no unsubscribe link", cure)
    if not proof.message or not proof.unsubscribe_url:
        return
    shown = [link for link in proof.page.links if link.get("href") == proof.unsubscribe_url]
    if shown and not any(not link.hidden and link.text for link in shown):
        yield Finding("unsubscribe", "error", "no reader can see the unsubscribe link of the html", cure)
    at = proof.html.encode().find(html.escape(proof.unsubscribe_url).encode())
    if at >= _CLIP_BYTES:
        yield Finding("unsubscribe", "error", "the unsubscribe link stands where Gmail cuts the email off", cure)


def organisation(proof: Proof) -> Iterator[Finding]:
    """Who sends it and where they can be written to, in both parts: CASL s. 6(2)(a), CAN-SPAM 7704(a)(5)."""
    for key in ("organisation", "postal_address"):
        wanted = _plain(getattr(proof.newsletter, key))
        for part, text in (("html", _words(proof.email.html)), ("text", proof.email.text)):
            if wanted not in _plain(text):
                message = f"the {part} part does not show newsletter.{key}"
                yield Finding("sender-identity", "error", message, f"put {{{{ newsletter.{key} }}}} into the template")


def contact(proof: Proof) -> Iterator[Finding]:
    """CASL wants a telephone number, an address or a page where people answer, beside the postal address."""
    for part, text in (("html", proof.html), ("text", proof.text)):
        if proof.newsletter.from_.contact not in text:
            message = f"the {part} part does not say where to write to"
            yield Finding("contact", "error", message, "put {{ newsletter.from_.contact }} into the template", part)


def online(proof: Proof) -> Iterator[Finding]:
    """For those whose mail program shows it badly."""
    ours = host(proof.newsletter.public_url)
    if not any(host(a.get("href")) == ours and a.get("href") != proof.unsubscribe_url for a in proof.page.links):
        message = "the html has no link to the issue on the web"
        yield Finding("online-version", "warning", message, "put {{ issue_url }} into the template")


def reason(proof: Proof) -> Iterator[Finding]:
    """Who does not remember that they subscribed presses "spam" instead of "unsubscribe"."""
    if proof.address and not any(proof.address in part for part in (proof.page.seen, proof.text)):
        message = "the email does not say to which address it was sent, and why"
        cure = 'put {{ say("why-you-get-this", …) }} into the footer of the template'
        yield Finding("why-you-get-this", "warning", message, cure)


def sponsor(proof: Proof) -> Iterator[Finding]:
    """Who paid must be told from who reports: Directive 2005/29/EC annex I no. 11, and 16 CFR 255.5."""
    for panel in proof.issue.panels:
        if panel.kind != "sponsor" or not proof.sponsored:
            continue
        label, title = (re.escape(_plain(words).casefold()) for words in (proof.sponsored, panel.title))
        for part, text in (
            ("html", _words(proof.email.html)),
            ("text", proof.email.text.replace("=", "")),
            ("web issue", _words(proof.email.web)),
        ):
            if not re.search(f"{label}.{{0,40}}{title}", _plain(text).casefold()):
                message = f'the {part} does not say "{proof.sponsored}" above "{panel.title[:60]}"'
                yield Finding("sponsor-mark", "error", message, 'put {{ say("sponsored") }} above it in the template')


def _words(markup: str) -> str:
    body = re.sub(r"(?s)<(style|head|title)\b.*?</\1>|<!--.*?-->", " ", markup)
    return html.unescape(re.sub(r"<[^>]+>", " ", body))


def _plain(text: str) -> str:
    """Compared without white space and commas: an address may be set over several lines."""
    return re.sub(r"[\s,]+", "", text)


CHECKS = (
    Check(
        "S13",
        "unsubscribe",
        "error",
        "a link to unsubscribe that every reader sees, in both parts",
        unsubscribe,
        reads="issue",
        firm=True,
    ),
    Check(
        "S14",
        "sender-identity",
        "error",
        "who sends it, and the postal address, in both parts",
        organisation,
        reads="issue",
        firm=True,
    ),
    Check("S28", "contact", "error", "an address where readers can write to, in both parts", contact),
    Check("S15", "online-version", "warning", "a link to the issue on the web", online),
    Check(
        "S31",
        "sponsor-mark",
        "error",
        "a sponsor's word is marked as one, in all parts",
        sponsor,
        reads="issue",
        firm=True,
    ),
    Check("S16", "why-you-get-this", "warning", "why and at which address the reader gets it", reason),
)
