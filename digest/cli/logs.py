"""Log lines of what runs unattended: for eyes on a terminal, as JSON everywhere else; no address stands in them."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from digest.models import Counts, SourceReport

log = logging.getLogger("digest.schedule")

_ADDRESS = re.compile(r"[^\s@<>\"'=:/]+@(?=[\w-]+\.)")
_QUIET = ("apscheduler", "alembic", "httpx", "httpcore", "procrastinate")


def begin() -> None:
    """From now on every log record goes to the error stream, one line each, with its fields."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _without_addresses,
    ]
    looked_at = sys.stderr.isatty()
    last: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if looked_at else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last]
    )
    stream = logging.StreamHandler(sys.stderr)
    stream.setFormatter(formatter)
    logging.basicConfig(level=logging.INFO, handlers=[stream], force=True)
    for library in _QUIET:
        logging.getLogger(library).setLevel(logging.WARNING)


class Watch:
    """Progress as log events: a failing source, and each tenth of an audience."""

    def __init__(self) -> None:
        self._tenth = 0

    def fetched(self, report: SourceReport) -> None:
        """One event for each source."""
        fields = {"source": report.source, "articles": len(report.articles), "left_out": len(report.problems)}
        if report.failure:
            log.warning("source failed", extra={**fields, "failure": report.failure})
        else:
            log.info("source read", extra=fields)

    def pictured(self, done: int, of: int) -> None:
        """One event when all are ready."""
        if done == of:
            log.info("pictures ready", extra={"pictures": of})

    def varied(self, done: int, of: int) -> None:
        """One event when all are ready."""
        if done == of:
            log.info("variants ready", extra={"variants": of})

    def sent(self, counts: Counts) -> None:
        """One event for each tenth of the audience."""
        done = counts.accepted + counts.rejected + counts.suppressed
        tenth = done * 10 // max(counts.audience, 1)
        if tenth != self._tenth:
            self._tenth = tenth
            log.info("settled", extra={"done": done, "audience": counts.audience, "in_doubt": counts.in_doubt})


def _without_addresses(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: _ADDRESS.sub("…@", value) if isinstance(value, str) else value for key, value in event.items()}
