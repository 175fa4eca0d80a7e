"""How the issue lies in an inbox: from, subject and preheader, cut where each kind of client cuts. Pure."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

SUBJECT_GOOD = 60
PREHEADER_LEAST, PREHEADER_MOST = 40, 130


class Client(Struct, frozen=True):
    """One kind of list that mails lie in. Widths are those of usual screens; fonts are this machine's."""

    name: str
    width_px: int
    form: Literal["line", "stack"]
    """All on one line, as on a wide screen, or one below the other, as on a phone."""
    preheader_lines: int


CLIENTS = (
    Client("iPhone Mail", 390, "stack", 2),
    Client("Gmail on Android", 412, "stack", 1),
    Client("Small phone", 320, "stack", 1),
    Client("Outlook, list beside the mail", 350, "stack", 1),
    Client("Gmail on the web", 980, "line", 1),
)
