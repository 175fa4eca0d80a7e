"""The headers of the raw message, each with what it is for and what would be wrong with it. Pure."""

from __future__ import annotations

import re
from email.header import decode_header, make_header

from msgspec import Struct

_NOTES = {
    "to": "One recipient per message: nobody sees another's address.",
    "message-id": "Unique to this delivery, made from the issue and the recipient's number; sent again it is the same.",
    "list-id": "Names the list, so that readers and filters can sort by it (RFC 2919).",
    "list-unsubscribe": "The way out for the mail program's own button; the address is the recipient's (RFC 2369).",
    "list-unsubscribe-post": "Makes that button work with one click and no page (RFC 8058); Gmail asks for it.",
    "from": "What the inbox shows first.",
    "reply-to": "Where an answer goes.",
    "subject": "What the inbox shows next; not ASCII is written as encoded words (RFC 2047).",
    "date": "When the issue is due, or when it is sent.",
    "mime-version": "",
    "content-type": "The text part stands first, the html last: programs show the last that they can (RFC 2046).",
}
_LONGEST = 998
"""Octets of a line (RFC 5322 section 2.1.1)."""
_USUAL = 78


class Header(Struct, frozen=True):
    """One header of the message."""

    name: str
    raw: str
    """As it is sent, folds included."""
    says: str
    """Decoded, where that is not what stands there already; else empty."""
    note: str
    problem: str
    """What a receiver would object to; else empty."""


def noted(message: bytes) -> tuple[Header, ...]:
    """The headers of `message` in their order."""
    head = message.partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
    found = re.split(r"\r\n(?![ \t])", head)
    return tuple(_header(*(line.partition(":")[::2])) for line in found)


def body(message: bytes) -> str:
    """All that follows the headers, as it is sent."""
    return message.partition(b"\r\n\r\n")[2].decode("utf-8", "replace").replace("\r\n", "\n")


def _header(name: str, raw: str) -> Header:
    value = raw.strip()
    plain = re.sub(r"\r\n(?=[ \t])", "", value)
    says = str(make_header(decode_header(plain))) if "=?" in plain else ""
    return Header(name, value.replace("\r\n", "\n"), says, _NOTES.get(name.lower(), ""), _problem(name, raw))


def _problem(name: str, raw: str) -> str:
    longest = max(len(line.encode()) for line in f"{name}:{raw}".split("\r\n"))
    if longest > _LONGEST:
        return f"a line of {longest} bytes; receivers cut at {_LONGEST}"
    if "=?" in raw and name.lower().startswith(("list-", "message-id")):
        return "an encoded word: one-click unsubscribe does not read it"
    if longest > _USUAL and not name.lower().startswith("list-"):
        return f"a line of {longest} bytes; {_USUAL} is usual"
    return ""
