"""The text part: its own template, wrapped, with every address whole."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path

from digest.render import filters, guard, templates

NAME = "issue.txt.j2"
WIDTH = filters.TEXT_WIDTH

_MARGIN = re.compile(r" *(?:\* |\d{1,3}\. )?")


def page(root: Path, values: Mapping[str, object]) -> str:
    """The text of `issue.txt.j2` in the folder `root`, filled with `values`, with LF ends.

    A line over 72 columns is wrapped at its spaces; a long web address stays whole. Control characters
    are left out, as they are in the html. Raises RenderError.
    """
    return wrapped(guard.legal(templates.fill(root, NAME, values, escape=False)))


def wrapped(text: str) -> str:
    """`text` at 72 columns, with at most one empty line in a row."""
    lines = "\n".join(line for long in text.strip().split("\n") for line in _lines(long.rstrip()))
    return re.sub(r"\n{3,}", "\n\n", lines) + "\n"


def _lines(line: str) -> Iterator[str]:
    if len(line) <= WIDTH:
        yield line
        return
    indent = " " * (len(line) - len(_MARGIN.sub("", line, count=1)))
    yield from textwrap.wrap(line, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
