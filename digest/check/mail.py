"""The raw message taken apart: headers as they stand in the bytes, parts with their bodies decoded.

Not by `email.message`: that one repairs what it reads, and hides just the faults that are looked for.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from collections.abc import Iterator
from email.header import decode_header, make_header

from msgspec import Struct

_DEEPEST = 5


class Header(Struct, frozen=True):
    """One header."""

    name: str
    """As it is written."""
    raw: bytes
    """What follows the colon, with its line breaks."""

    @property
    def value(self) -> str:
        """Unfolded, encoded words as they are."""
        return re.sub(rb"\r?\n(?=[ \t])", b"", self.raw).decode("utf-8", "replace").strip()

    @property
    def decoded(self) -> str:
        """Unfolded, encoded words read."""
        try:
            return str(make_header(decode_header(self.value)))
        except (UnicodeError, LookupError, binascii.Error, ValueError):
            return self.value


class Part(Struct, frozen=True):
    """A message, or one part of it."""

    headers: tuple[Header, ...]
    raw: bytes
    """Its body as it stands in the message."""
    parts: tuple[Part, ...]
    kind: str
    """`text/html`, in lower case."""

    def all(self, name: str) -> tuple[Header, ...]:
        """Every header of this name, whatever its case."""
        return tuple(header for header in self.headers if header.name.lower() == name.lower())

    def one(self, name: str) -> Header | None:
        """The first header of this name."""
        return next(iter(self.all(name)), None)

    def value(self, name: str) -> str:
        """Of the first header of this name; empty when there is none."""
        header = self.one(name)
        return header.value if header else ""

    def leaves(self) -> Iterator[Part]:
        """The parts that hold something, in their order."""
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.leaves()

    @property
    def body(self) -> bytes:
        """With its transfer encoding taken off."""
        encoding = self.value("Content-Transfer-Encoding").lower()
        if encoding == "quoted-printable":
            return quopri.decodestring(self.raw)
        if encoding == "base64":
            try:
                return base64.b64decode(self.raw, validate=False)
            except binascii.Error:
                return b""
        return self.raw

    @property
    def text(self) -> str:
        """The body in Unicode, its lines ended by LF; what cannot be read shows as U+FFFD."""
        charset = re.search(r'charset="?([\w.:-]+)', self.value("Content-Type"), re.IGNORECASE)
        try:
            read = self.body.decode(charset[1] if charset else "utf-8", "replace")
        except LookupError:
            read = self.body.decode("utf-8", "replace")
        return read.replace("\r\n", "\n")


def read(raw: bytes, depth: int = 0) -> Part:
    """The message, or one part of it."""
    head, _, body = _halves(raw)
    lines = re.split(rb"\r?\n(?![ \t])", head)
    found = (line.partition(b":") for line in lines if line.strip())
    headers = tuple(Header(name.decode("utf-8", "replace").strip(), value) for name, _, value in found)
    whole = Part(headers, body, (), "")
    kind = whole.value("Content-Type") or "text/plain"
    boundary = re.search(r'boundary=(?:"([^"]+)"|([^\s;]+))', kind, re.IGNORECASE)
    parts: tuple[Part, ...] = ()
    if boundary and kind.lower().startswith("multipart/") and depth < _DEEPEST:
        pieces = (b"\n" + body).split(b"\n--" + (boundary[1] or boundary[2]).encode())
        parts = tuple(read(_inner(piece), depth + 1) for piece in pieces[1:] if not piece.startswith(b"--"))
    return Part(headers, body, parts, kind.partition(";")[0].strip().lower())


def _inner(piece: bytes) -> bytes:
    """A part without the rest of its boundary's line, and without the line break that belongs to the next one."""
    return piece.partition(b"\n")[2].removesuffix(b"\r")


def _halves(raw: bytes) -> tuple[bytes, bytes, bytes]:
    if raw.startswith((b"\r\n", b"\n")):
        return b"", b"", raw.lstrip(b"\r\n")
    end = re.search(rb"\r?\n\r?\n", raw)
    return (raw[: end.start()], end[0], raw[end.end() :]) if end else (raw, b"", b"")
