"""JSON that others wrote: each value in the type that is wanted, or an empty one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any


def mapping(value: object) -> Mapping[str, Any]:
    """The object, or an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """The list, or an empty one."""
    return value if isinstance(value, list) else []


def objects(value: object) -> Iterator[Mapping[str, Any]]:
    """The objects of a list; what else stands in it is left out."""
    return (each for each in items(value) if isinstance(each, dict))


def text(value: object) -> str:
    """The text, or an empty one."""
    return value if isinstance(value, str) else ""


def number(value: object) -> int | None:
    """A count or an id, also where it stands as text."""
    return int(str(value)) if re.fullmatch(r"[0-9]{1,12}", str(value)) else None
