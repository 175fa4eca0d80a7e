"""The raw message as a whole: lines, parts, letters, weight, and its text part (M01 to M06)."""

from __future__ import annotations

import html as entities
import re
from collections.abc import Iterator

from digest.check.proof import Check, Proof, some
from digest.models import Finding

_PROGRAM = "the message was not built as it should be: update digest, or tell its developers"
_TEMPLATE = "mend templates/issue.txt.j2"
_MOST_BYTES = 2_000_000
_MOJIBAKE = re.compile(
    # UTF-8 read as Latin-1 or Windows-1252: Cyrillic, Western letters, quotation marks …
    "(?:[ÐÑ][\u0080-\u00bf\u0152-\u0178\u2013-\u2122]){2}"
    "|(?<=[a-z])Ã[\u0080-\u00bf\u0192]|Ã[\u0080-\u00bf\u0192](?=[a-z])"
    "|â(?:€|\u0080)[\u0080-\u00bf\u0152-\u0178\u02c6\u02dc\u2013-\u2122]"
    # … and Cyrillic read as Windows-1251. Without the Ukrainian letters: СІРІ is a word.
    "|(?:[РС][\u0400\u0402\u0403\u0405\u0408-\u040f\u0450\u0452\u0453\u0455\u0458-\u045f°±µ‚„†‡‰‹›•™¬®]){2}"
)
_SIGNATURE = re.compile(r"(?m)^-- $")
_TAG = re.compile(r"</?(?:a|b|i|p|br|div|span|td|tr|table|strong|em|img|h[1-6]|ul|li|mj-\w+)\b[^<>]*>", re.IGNORECASE)


def lines(proof: Proof) -> Iterator[Finding]:
    """RFC 5322, section 2.1.1."""
    if (at := _too_long(proof.message)) is not None:
        line = proof.message[at : proof.message.find(b"\n", at)]
        message = f"a line of the message has {len(line):,} octets; 998 are allowed"
        yield Finding("message-lines", "error", message, _PROGRAM)
    whole = proof.message.count(b"\r\n")
    if not proof.message.count(b"\n") == proof.message.count(b"\r") == whole:
        message = "lines of the message end with LF or CR alone: DKIM signatures break on the way"
        yield Finding("message-lines", "warning", message, _PROGRAM)


def _too_long(raw: bytes) -> int | None:
    """Where a line of more than 998 octets begins; looks at one place in a thousand."""
    at = 0
    while len(raw) - at > 1000:
        end = raw.rfind(b"\n", at, at + 1000)
        if end < 0:
            return at
        at = end + 1
    return None


def structure(proof: Proof) -> Iterator[Finding]:
    """RFC 2046, section 5.1.4: the last alternative is the best."""
    kinds = [part.kind for part in proof.leaves]
    shown = [kind for kind in kinds if kind in ("text/plain", "text/html")]
    if proof.mail.kind != "multipart/alternative" or shown != ["text/plain", "text/html"]:
        built = f"{proof.mail.kind} of {', '.join(kinds) or 'nothing'}"
        message = f"the message is {built}; it must be multipart/alternative, text first, html last"
        yield Finding("alternatives", "error", message, _PROGRAM, "Content-Type")


def letters(proof: Proof) -> Iterator[Finding]:
    """Wrongly read letters are the first thing that a reader sees, in every language but English."""
    for name, text in (("html", proof.html), ("text", proof.text)):
        if "\ufffd" in text:
            at = text.index("\ufffd")
            message = f'the {name} holds letters that could not be read: "{_around(text, at)}"'
            yield Finding("mojibake", "error", message, "retitle the article at its source, or leave it out", name)
    found = [*_MOJIBAKE.finditer(proof.words)]
    if found:
        place = next(
            (s.article.id for s in proof.issue.stories if _MOJIBAKE.search(f"{s.article.title} {s.article.lede}")), ""
        )
        message = f'letters were read wrongly somewhere on the way: "{_around(proof.words, found[0].start())}"'
        cure = "mend the text at its source, or retitle the story in " + proof.overlay
        yield Finding("mojibake", "error", message, cure, place)
    charsets = {p.value("Content-Type").lower() for p in proof.leaves if p.kind.startswith("text/")}
    if proof.message and any("utf-8" not in kind for kind in charsets):
        yield Finding("mojibake", "error", "a part does not say that it is UTF-8", _PROGRAM, "Content-Type")


def weight(proof: Proof) -> Iterator[Finding]:
    """Attachments make receivers suspicious; pictures that the html shows are none."""
    attached = [
        p.kind for p in proof.leaves
        if "attachment" in p.value("Content-Disposition").lower() or not p.kind.startswith(("text/", "image/"))
    ]  # fmt: skip
    if attached:
        message = f"the message has an attachment: {some(attached)}"
        yield Finding("weight", "warning", message, "put it on the web and link it")
    if (size := len(proof.message)) > _MOST_BYTES:
        message = f"the message has {size:,} bytes; over {_MOST_BYTES:,} many receivers are slow or refuse it"
        yield Finding("weight", "warning", message, "put the pictures on a server")


def text_part(proof: Proof) -> Iterator[Finding]:
    """What is read aloud, on a watch, and by every filter."""
    text = proof.text
    if len(text.split()) < 10:
        yield Finding("text-part", "error", "there is no text part to speak of", _TEMPLATE, "text")
        return
    if proof.unsubscribe_url and proof.unsubscribe_url not in text:
        yield Finding("text-part", "error", "the text part has no unsubscribe address", _TEMPLATE, "text")
    addresses = {link.get("href") for link in proof.page.links}
    web = {a for a in addresses if a.startswith("http") and "#" not in a}
    missing = sorted(address for address in web if address not in text)
    if len(missing) * 10 > len(web):
        message = f"the text part lacks {len(missing)} of the {len(web)} links of the html: {some(missing, 2)}"
        yield Finding("text-part", "warning", message, _TEMPLATE, "text")
    own = entities.unescape(proof.words)
    tags = [tag for tag in _TAG.findall(text) if tag not in own]
    if tags:
        yield Finding("text-part", "error", f"the text part holds html: {some(tags)}", _TEMPLATE, "text")
    if _SIGNATURE.search(text):
        message = 'a line "-- " makes what follows it a signature: mail programs grey it out, the way out too'
        yield Finding("text-part", "warning", message, _TEMPLATE, "text")


def _around(text: str, at: int) -> str:
    return " ".join(text[max(0, at - 20) : at + 20].split())


CHECKS = (
    Check("M01", "message-lines", "error", "no line is longer than mail servers take; lines end as they must", lines),
    Check("M02", "alternatives", "error", "a text part first, the html last, and no other order", structure),
    Check("M03", "mojibake", "error", "letters that were read wrongly (ÐŸ for П), or could not be read", letters),
    Check("M05", "weight", "warning", "no attachments; the whole message under two megabytes", weight),
    Check("M06", "text-part", "error", "the text part has the links, the way out, and no html", text_part),
)
