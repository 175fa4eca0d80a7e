"""Whether an audience is the one to be expected: counted, capped, compared with the issue before."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from digest.config import SendSettings
from digest.errors import AttentionNeeded

if TYPE_CHECKING:
    from digest.store.ledger import Guard

_MOST_CHANGE = 0.3
_FEW = 10
"""People more or less of whom no list is another one."""


def guard(settings: SendSettings, key: str, refuses: Callable[[str], str] | None, accept: Collection[str]) -> Guard:
    """What the ledger asks when it freezes the audience of the issue `key`."""
    from digest.store.ledger import Guard

    def judge(size: int, before: tuple[str, int] | None) -> None:
        refuse_many(settings.at_most, key, size)
        if "audience" not in accept:
            refuse_change(key, size, before)

    return Guard(refuses, judge)


def refuse_many(at_most: int | None, key: str, size: int) -> None:
    """Raises AttentionNeeded for more people than the settings allow."""
    if at_most is not None and size > at_most:
        cure = f"look at the list (`digest subscribers list`), or set send.at_most = {size}"
        raise AttentionNeeded(
            f"{key} was not sent: {size:,} people would get it, send.at_most is {at_most:,}\n  {cure}"
        )


def refuse_change(key: str, size: int, before: tuple[str, int] | None) -> None:
    """Raises AttentionNeeded when the audience is 30 % larger or smaller than that of the issue before."""
    if before is None:
        return
    earlier, number = before
    change = (size - number) / number
    if abs(change) <= _MOST_CHANGE or abs(size - number) <= _FEW:
        return
    more = f"{abs(change):.0%} {'more' if change > 0 else 'fewer'} than the {number:,} of {earlier}"
    cure = f"look at the list (`digest subscribers list`); if it is right: digest send {key} --accept audience"
    raise AttentionNeeded(f"{key} was not sent: {size:,} people would get it, {more}\n  {cure}")
