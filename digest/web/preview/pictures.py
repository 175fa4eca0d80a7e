"""The pictures of the email: our own from the draft, others fetched by us, and no private address is asked for one."""

from __future__ import annotations

import html
import threading
from collections import OrderedDict
from collections.abc import Sequence

from msgspec import Struct, field

from digest.errors import DigestError, SourceError
from digest.web.preview.session import Form

_SHOWN = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp", "image/avif"})
"""No SVG: it can hold a script, and no mail client shows one."""
_MOST_KEPT = 200
_DEADLINE_S = 10.0
_CAP_BYTES = 8_000_000


class Picture(Struct, frozen=True):
    """Bytes that a browser may show as an image and as nothing else."""

    kind: str
    content: bytes


class Pictures(Struct, eq=False):
    """Keeps what was fetched, the newest 200. Safe to use from several threads."""

    _kept: OrderedDict[str, Picture] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, address: str, forms: Sequence[Form]) -> Picture:
        """The picture at `address`, which one of `forms` must show. Raises DigestError."""
        for form in forms:
            if ours := form.pictures.get(address):
                return Picture(ours.type, ours.content)
        written = html.escape(address)
        if not any(written in form.email.html or written in form.email.web for form in forms):
            raise DigestError("no email that is open shows this picture")
        with self._lock:
            kept = self._kept.get(address)
        return kept or self._keep(address, _fetched(address))

    def _keep(self, address: str, picture: Picture) -> Picture:
        with self._lock:
            self._kept[address] = picture
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return picture


def _fetched(address: str) -> Picture:
    from digest import net  # httpx: only who has pictures on a server pays for it

    answer = net.get(address, deadline_s=_DEADLINE_S, cap_bytes=_CAP_BYTES).expect_ok()
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _SHOWN:
        raise SourceError(f"{net.shown(address)}: {kind or 'no type'} is no picture that mail clients show")
    return Picture(kind, answer.body)
