"""Sources -> articles. Each source is visited by the adapter named after its kind, all side by side.

A failing source is not an empty one: its report says why, and the others go on.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import timedelta
from pathlib import Path

from msgspec.structs import replace

from digest.collect import sample
from digest.collect.recheck import taken_down
from digest.collect.request import Request, Visit
from digest.config import SourceSettings, tag_key
from digest.errors import SourceError, SourceGone
from digest.models import Article, SourceMemory, SourceReport, Subscriber

__all__ = ["AFTER_CLOSE", "Request", "fetch", "fetch_all", "pictures", "readers", "taken_down"]

_log = logging.getLogger(__name__)
_MOST_AT_ONCE = 32
AFTER_CLOSE = timedelta(days=7)
"""So long after a window's end an article is still told to be outside of it."""
_ASK_BY_TAG = ("wordpress", "ghost")
"""Kinds whose sites choose by tag; the articles of the others are chosen here."""


def fetch_all(
    sources: Iterable[SourceSettings], request: Request, *, on_done: Callable[[SourceReport], None]
) -> tuple[SourceReport, ...]:
    """One report per source, in the order given. `on_done` hears of each as soon as it is there."""
    asked = tuple(sources)
    with ThreadPoolExecutor(max_workers=max(1, min(len(asked), _MOST_AT_ONCE))) as pool:
        reports = [pool.submit(fetch, source, request) for source in asked]
        for done in as_completed(reports):
            on_done(done.result())
    return tuple(report.result() for report in reports)


def fetch(source: SourceSettings, request: Request) -> SourceReport:
    """What one source gave, within 30 s. Never raises for what is wrong outside: see `failure`."""
    visit = Visit.begun(source, request)
    if visit.memory and visit.memory.gone_at:
        said = f"its address is gone since {visit.memory.gone_at:%Y-%m-%d} (410); set its new url or take it out"
        return SourceReport(source.name, failure=said, memory=visit.memory)
    try:
        report = _adapter(visit)
    except SourceGone as error:
        memory = SourceMemory(str(source.url), gone_at=request.now)
        return SourceReport(source.name, failure=str(error), memory=memory)
    except SourceError as error:
        return SourceReport(source.name, failure=str(error))
    except Exception as error:  # the boundary of one source: the others go on
        _log.exception("source failed", extra={"source": source.name})
        said = f"{type(error).__name__}: {error}"
        return SourceReport(source.name, failure=f"a fault in digest ({said}); report it with the log")
    articles = tuple(each for each in report.articles if _asked_for(each, visit))
    since = report.complete_since
    return replace(report, articles=articles, complete_since=max(since, request.start) if since else None)


def pictures(sources: Iterable[SourceSettings]) -> dict[str, Path]:
    """Address -> file of the pictures that come with a source and are on no server."""
    return sample.pictures() if _has_sample(sources) else {}


def readers(sources: Iterable[SourceSettings]) -> tuple[Subscriber, ...]:
    """The invented people that come with the sample; no mail can ever reach them."""
    return sample.READERS if _has_sample(sources) else ()


def _has_sample(sources: Iterable[SourceSettings]) -> bool:
    return any(source.kind == "sample" for source in sources)


def _adapter(visit: Visit) -> SourceReport:
    adapter = importlib.import_module(f"digest.collect.{visit.source.kind}")
    report: SourceReport = adapter.read(visit)
    return report


def _asked_for(article: Article, visit: Visit) -> bool:
    wanted = () if visit.source.kind in _ASK_BY_TAG else visit.source.tags
    if wanted and not {tag_key(tag) for tag in wanted} & {tag_key(tag) for tag in article.tags}:
        return False
    # What came after the close is no candidate, but an editor asks why it is not in the issue.
    end = visit.request.end + AFTER_CLOSE
    return article.published is None or visit.request.start <= article.published < end
