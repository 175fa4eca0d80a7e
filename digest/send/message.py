"""One email as RFC 5322 bytes, and the headers that every provider gets in the same words.

Header lines are written here and not by `email.message`: that one turns the long address of
`List-Unsubscribe` into an encoded word, which breaks one-click unsubscribe, and writes encoded
words longer than RFC 2047 allows. The bodies are encoded once per issue and spliced for each
delivery.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import format_datetime, parseaddr
from functools import lru_cache
from typing import TypeVar
from urllib.parse import quote

from msgspec import Struct
from msgspec.structs import replace

from digest.errors import DigestError
from digest.models import Delivery, Email, Picture, Sender
from digest.send import addresses
from digest.splice import Page, for_html, for_text

_LINE = 76
"""RFC 2047 section 2 and RFC 2045 section 6.7: a line with encoded words, and one of a body."""
_WORD_BYTES = 45
"""What one encoded word of 75 characters holds: 60 of base64 and 12 around them."""


class Letter(Struct, frozen=True):
    """What all recipients of an issue get alike."""

    email: Email
    sender: Sender
    date: datetime
    pictures: Mapping[str, Picture]
    """Address of a picture in the html -> its file, where it comes along because no server may have it."""
    automatic: bool = False
    """It answers what one person did, or tells an editor something, and is no mailing list's."""
    variant: Callable[[int], Email] | None = None
    """The email of another number than 0, for readers who chose some themes; slow, for it is read and checked."""

    def of(self, number: int) -> Letter:
        """The letter of this variant of the issue; 0 is the whole of it."""
        if number == 0 or self.variant is None:
            return self
        return replace(self, email=self.variant(number), variant=None)


_Made = TypeVar("_Made")
_AT_ONCE = 16
"""Variants that are kept ready: batches come by variant, and each takes a few pages of text."""


def by_variant(make: Callable[[Letter], _Made], letter: Letter) -> Callable[[int], _Made]:
    """What `make` makes of the letter of a variant, made once for as long as its batches follow one another."""
    return lru_cache(maxsize=_AT_ONCE)(lambda number: make(letter.of(number)))


def headers(letter: Letter, unsubscribe_url: str) -> dict[str, str]:
    """The headers that say what kind of email it is: a mailing list's, or one that a program wrote (RFC 3834)."""
    return {"Auto-Submitted": "auto-generated"} if letter.automatic else list_headers(letter.sender, unsubscribe_url)


def list_headers(sender: Sender, unsubscribe_url: str) -> dict[str, str]:
    """What makes it a mailing list's email, with one-click unsubscribe (RFC 2919, RFC 2369, RFC 8058)."""
    contact = quote(sender.contact, safe="@")
    return {
        "List-ID": _list_id(sender),
        "List-Unsubscribe": f"<{unsubscribe_url}>, <mailto:{contact}?subject=unsubscribe>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def message_id(sender: Sender, issue_key: str, number: int) -> str:
    """Of one delivery, always the same, without its angle brackets (RFC 5322 section 3.6.4)."""
    name = hashlib.sha256(f"{issue_key}/{number}".encode()).hexdigest()[:32]
    return f"{name}@{sender.address.rpartition('@')[2]}"


def mailbox(name: str, address: str) -> str:
    """`Name <address>` in Unicode, for an API that encodes it itself."""
    return f"{quoted(name)} <{address}>" if name else address


def person(text: str) -> dict[str, str]:
    """`Name <address>` as the object that many an API wants; without a name where there is none."""
    name, address = parseaddr(text)
    return {"email": address, "name": name} if name else {"email": address}


def quoted(phrase: str) -> str:
    """A display name, in quotation marks where RFC 5322 section 3.2.3 wants them."""
    if re.fullmatch(r"[^\x00-\x1f()<>\[\]:;@\\,.\"]*", phrase):
        return phrase
    escaped = re.sub(r'(["\\])', r"\\\1", phrase)
    return f'"{escaped}"'


class Frame:
    """The message of one issue without its recipient: encoded once, filled for every delivery."""

    def __init__(self, letter: Letter) -> None:
        self._letter, self._sender = letter, letter.sender
        self._text = Page(letter.email.text, letter.email.tokens, quoted_printable)
        self._html = Page(letter.email.html, letter.email.tokens, quoted_printable)
        shown = [url for url in letter.pictures if html.escape(url) in letter.email.html]
        self._pictures = [_picture(url, letter.pictures[url]) for url in shown]
        self._boundary = hashlib.sha256(letter.email.sha256.encode()).hexdigest()[:32]
        self._fixed = b"".join(
            (
                header("From", encoded_mailbox("From", letter.sender.name, letter.sender.address)),
                header("Reply-To", encoded_mailbox("Reply-To", *parseaddr(letter.sender.reply_to))),
                header("Subject", _unstructured("Subject", letter.email.subject)),
                header("Date", format_datetime(letter.date)),
                header("MIME-Version", "1.0"),
                header("Content-Type", f'multipart/alternative; boundary="{self._boundary}"'),
            )
        )

    def build(self, issue_key: str, delivery: Delivery) -> bytes:
        """The whole message, lines ended by CRLF; the same bytes for the same delivery."""
        kind = headers(self._letter, delivery.fields.get("unsubscribe_url", ""))
        return b"".join(
            (
                header("To", addresses.on_the_wire(delivery.address)),
                header("Message-ID", f"<{message_id(self._sender, issue_key, delivery.number)}>"),
                *(header(name, value) for name, value in kind.items()),
                self._fixed,
                b"\r\n",
                _multipart(self._boundary, self._parts(delivery)),
            )
        )

    def _parts(self, delivery: Delivery) -> list[bytes]:
        plain = _spliced(self._text, {name: for_text(value) for name, value in delivery.fields.items()})
        page = _spliced(self._html, {name: for_html(value) for name, value in delivery.fields.items()})
        parts = [_part("text/plain; charset=utf-8", plain), _part("text/html; charset=utf-8", page)]
        if self._pictures:
            inner = f"r{self._boundary}"
            kind = header("Content-Type", f'multipart/related; type="text/html"; boundary="{inner}"')
            parts[1] = kind + b"\r\n" + _multipart(inner, [parts[1], *self._pictures])
        return parts


def header(name: str, value: str) -> bytes:
    """One header, folded at its spaces; UTF-8 where an address is not ASCII (RFC 6532).

    Raises DigestError for a line break or a NUL in the value: it would begin another header.
    """
    _refuse_breaks(name, value)
    lines = [f"{name}:"]
    for word in re.findall(r" *[^ ]+", f" {value.strip()}"):
        if len(lines[-1]) + len(word) > _LINE and lines[-1] != f"{name}:":
            lines.append("")
        lines[-1] += word
    return "\r\n".join(lines).encode() + b"\r\n"


def _refuse_breaks(header_name: str, value: str) -> None:
    if re.search(r"[\r\n\x00]", value):
        raise DigestError(f"the header {header_name} would hold a line break: {value[:60]!r}; remove it and run again")


def quoted_printable(text: str) -> bytes:
    """Lines of at most 75 characters (RFC 2045 section 6.7), so that a soft break still fits behind the last."""
    return b"\r\n".join(_soft_broken(line) for line in re.split(rb"\r?\n", text.encode()))


def _soft_broken(line: bytes) -> bytes:
    plain = re.sub(rb"[^\t -<>-~]|[\t ]$", lambda match: b"=%02X" % match[0][0], line)
    lines = []
    while len(plain) >= _LINE:
        end = _LINE - 1
        escape = plain.find(b"=", end - 2, end)
        end = escape if escape >= 0 else end
        lines.append(plain[:end])
        plain = plain[end:]
    return b"=\r\n".join([*lines, plain])


def _spliced(page: Page, values: Mapping[str, bytes]) -> bytes:
    """The page with each value between soft breaks: a value moves no line of the fixed text."""
    inserted = {name: b"=\r\n" + quoted_printable(value.decode()) + b"=\r\n" for name, value in values.items()}
    return page.splice(inserted).removesuffix(b"=\r\n")


def _part(kind: str, body: bytes) -> bytes:
    return header("Content-Type", kind) + header("Content-Transfer-Encoding", "quoted-printable") + b"\r\n" + body


def _multipart(boundary: str, parts: list[bytes]) -> bytes:
    mark = boundary.encode()
    return b"".join(b"--%s\r\n%s\r\n" % (mark, part) for part in parts) + b"--%s--\r\n" % mark


def _picture(url: str, picture: Picture) -> bytes:
    """A part that stands for `url` (RFC 2557): the html keeps the address that it has."""
    heads = (
        header("Content-Type", picture.type),
        header("Content-Transfer-Encoding", "base64"),
        header("Content-ID", f"<{hashlib.sha256(url.encode()).hexdigest()[:32]}@pictures.invalid>"),
        header("Content-Location", url),
        header("Content-Disposition", "inline"),
    )
    return b"".join(heads) + b"\r\n" + base64.encodebytes(picture.content).replace(b"\n", b"\r\n")


def _list_id(sender: Sender) -> str:
    """With the name only where it is plain ASCII: readers of this header compare its raw value."""
    plain = sender.name.isascii() and sender.name.isprintable()
    return f"{quoted(sender.name)} <{sender.list_id}>" if plain else f"<{sender.list_id}>"


def encoded_mailbox(header_name: str, name: str, address: str) -> str:
    """`Name <address>` with the name in ASCII (RFC 2047), as it stands in this header."""
    words = _unstructured(header_name, name)
    return mailbox(name, address) if words == name else f"{words} <{address}>"


def _unstructured(header_name: str, text: str) -> str:
    """Plain ASCII as it is, anything else as encoded words (RFC 2047) that each hold whole characters."""
    _refuse_breaks(header_name, text)
    if text.isascii() and text.isprintable() and "=?" not in text:
        return text
    room = (_LINE - len(header_name) - len(": ") - len("=?utf-8?b??=")) // 4 * 3
    words, held = [], b""
    for character in text.strip():
        raw = character.encode()
        if len(held) + len(raw) > room:
            words.append(held)
            held, room = b"", _WORD_BYTES
        held += raw
    return " ".join(f"=?utf-8?b?{base64.b64encode(word).decode()}?=" for word in [*words, held])
