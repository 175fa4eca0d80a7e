"""The html part: template, guard, engine."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from mjml import mjml2html

from digest.errors import RenderError
from digest.render import guard, lint, templates

NAME = "issue.mjml.j2"

_BYTE = re.compile(r" in root template at position (\d+):\d+$")
# mrml opens a new conditional comment for every cell where the reference engine goes on with the last.
_BETWEEN_CONDITIONS = re.compile(r"<!\[endif\]-->(?<!<!--<!\[endif\]-->)\s*<!--\[if mso \| IE\]>")
_LEFT_OVER = re.compile(r"</?mj[\w-]*")


def page(root: Path, values: Mapping[str, object]) -> str:
    """The html of `issue.mjml.j2` in the folder `root`, filled with `values`.

    Raises RenderError with the template's line, or, where the engine gives no place, saying so.
    """
    mjml = guard.legal(templates.fill(root, NAME, values))
    try:
        return compiled(mjml)
    except guard.MarkupError as fault:
        where = _place(root, values, fault.offset)
        there = f" at {_place(root, values, fault.other)}" if fault.other >= 0 else ""
        raise RenderError(f"{where}: {fault}{there}; mend it and run again") from fault


def compiled(mjml: str) -> str:
    """The html of a `guard.legal` document. Raises guard.MarkupError, with offset -1 when nobody knows the place."""
    pieces = guard.pieces(mjml)
    lint.check(pieces)
    return translated(pieces)


def translated(pieces: Sequence[str]) -> str:
    """The html of a document in which `lint.check` found nothing. Raises guard.MarkupError all the same."""
    try:
        html = engine("".join(guard.guarded(pieces)))
    except EngineError as stopped:
        offset = -1 if stopped.byte is None else guard.source_offset(pieces, stopped.byte)
        raise guard.MarkupError(str(stopped), offset) from stopped
    if left := _LEFT_OVER.search(html):
        places = [match.start() for match in re.finditer(re.escape(left[0]), "".join(pieces))]
        message = f"{left[0]}> is left in the html: the engine did not read it"
        raise guard.MarkupError(message, places[0] if len(places) == 1 else -1)
    return _BETWEEN_CONDITIONS.sub("", guard.decoded(html))


def _place(root: Path, values: Mapping[str, object], offset: int) -> str:
    place = templates.origin(root, NAME, values, offset) if offset >= 0 else None
    return place or f"{root / NAME} or one of its partials, on a line that is not known"


class EngineError(Exception):
    """The engine gave up, at `byte` of its UTF-8 input where it says so."""

    def __init__(self, message: str) -> None:
        found = _BYTE.search(message)
        self.byte = int(found[1]) if found else None
        super().__init__(f"the MJML engine stopped: {message[: found.start()] if found else message}")


def engine(source: str) -> str:
    """The engine's html of `source`, as it comes. Raises EngineError, for a panic too."""
    try:
        return mjml2html(source, fonts={})
    except (KeyboardInterrupt, SystemExit):
        raise
    # A panic in the engine's Rust is a BaseException with no class to import.
    except BaseException as error:
        raise EngineError(str(error)) from error
