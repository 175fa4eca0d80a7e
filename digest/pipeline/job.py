"""What a run is told before it begins: the moment, who asks, and who hears of what it comes to."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from threading import Event
from typing import TYPE_CHECKING, Literal, Protocol

from msgspec import Struct, field

from digest.models import Counts, Finding, SourceReport

if TYPE_CHECKING:
    from digest.compose import Change
    from digest.store.issues import IssueRecord

CLOCK = "the schedule"
"""Who decides when no person does."""


class Watch(Protocol):
    """Is told how long work goes on. The command line shows it, the schedule logs it."""

    def fetched(self, report: SourceReport) -> None:
        """One source has been read, or has failed."""
        ...

    def pictured(self, done: int, of: int) -> None:
        """So many of the issue's pictures have come, or have failed; not told of those that were there."""
        ...

    def varied(self, done: int, of: int) -> None:
        """So many of the issue's variants, for readers who chose some themes, are rendered and checked."""
        ...

    def sent(self, counts: Counts) -> None:
        """A batch has been settled."""
        ...


class Job(Struct, frozen=True):
    """How one run goes about it."""

    now: datetime
    watch: Watch
    accept: Collection[str] = ()
    """Checks that a person lets pass this time, of `check.ACCEPTABLE`."""
    by: str = CLOCK
    """Who asks for it; what a person freezes is not skipped for being quiet."""
    stop: Event = field(default_factory=Event)
    """Set it to end the sending after the batches that are under way."""
    pictures: Literal["kept", "again", "none"] = "kept"
    """Whether covers that could not be had a moment ago are asked for `again`; `none` is fetched where
    nobody looks at the email: they keep their sources' addresses."""
    on_frozen: Callable[[Frozen], None] = lambda _: None
    """Is told of an issue whose bytes have just been fixed, before anything else is done with it."""


class Frozen(Struct, frozen=True):
    """An issue whose bytes are fixed, or that was skipped for being quiet."""

    record: IssueRecord
    findings: tuple[Finding, ...]
    changes: tuple[Change, ...]
    """What is otherwise than in its form before; none for the first one."""
