"""The archive: what the sources published, and how the sources fare."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson
from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import ColumnElement, CompoundSelect, Connection, and_, func, select, union_all, update

from digest.models import Article, Cover, SourceMemory, SourceReport
from digest.store import saving
from digest.store.database import Database, chunks, insert
from digest.store.schema import article, article_change, source_health, source_memory


class Saved(Struct, frozen=True):
    """What became of the articles given to `Articles.save`; the three add up to their number."""

    new: int
    changed: int
    """Its content is another one, or it is back after it was taken down."""
    same: int
    """As it was; its views may be others."""


class Change(Struct, frozen=True):
    """One thing that became another in an article, as text for people."""

    at: datetime
    """When it was seen."""
    field: str
    """title, lede, tags, url, published or cover."""
    before: str
    after: str
    """Tags by comma, a date in ISO 8601 and UTC, a cover's address, alternative text and credit by dots;
    empty for none."""


class SourceHealth(Struct, frozen=True):
    """How fetching one source went."""

    source: str
    last_ok: datetime | None
    last_failure_at: datetime | None
    last_failure: str
    """What the last failure said; stays after the source is well again."""
    last_count: int
    """Articles in the last fetch that did not fail."""
    failures_in_a_row: int
    gone_at: datetime | None = None
    """When its server said that the address in `SourceMemory.url` is gone for good (410)."""


class Articles:
    """Articles by identity: source and native id, else the key of the url."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def save(self, articles: Sequence[Article], seen_at: datetime) -> Saved:
        """Adds and updates, and brings back what was gone.

        A known article keeps its id, its `first_seen`, and its views when none are given. What a
        reader would notice of a change is kept for `changes`.
        """
        with self._db.write() as connection:
            tally = saving.save(connection, articles, seen_at)
        return Saved(tally["new"], tally["changed"], tally["same"])

    def between(self, start: datetime, end: datetime) -> tuple[Article, ...]:
        """Published in [start, end), or undated and first seen then; newest first, without those that are gone."""
        with self._db.read() as connection:
            return _newest_first(_article(row) for row in connection.execute(_within(start, end, gone=False)))

    def gone(self, start: datetime, end: datetime) -> tuple[tuple[Article, datetime], ...]:
        """Those that `between` leaves out, in the same order, each with when it was marked as gone."""
        with self._db.read() as connection:
            rows = connection.execute(_within(start, end, gone=True)).all()
        since = {(row.source, row.native_id): row.gone_at for row in rows}
        return tuple((a, since[a.source, a.native_id]) for a in _newest_first(_article(row[:-1]) for row in rows))

    def mark_gone(self, ids: Iterable[str], at: datetime) -> None:
        """Their sources show these articles (`Article.id`) no more. One that is gone already keeps its time."""
        by_source: dict[str, list[str]] = {}
        for each in ids:
            source, _, native_id = each.partition(":")  # a source's name holds no colon
            by_source.setdefault(source, []).append(native_id)
        with self._db.write() as connection:
            for source, native_ids in by_source.items():
                for part in chunks(native_ids):
                    theirs = (article.c.source == source) & article.c.native_id.in_(part)
                    connection.execute(update(article).where(theirs, article.c.gone_at.is_(None)).values(gone_at=at))

    def gone_since(self, article_id: str) -> datetime | None:
        """When it was marked as gone; None when it is there, or was never seen."""
        with self._db.read() as connection:
            since: datetime | None = connection.scalar(select(article.c.gone_at).where(_is(article_id)))
        return since

    def changes(self, article_id: str) -> tuple[Change, ...]:
        """How its title, lede, tags, url, date and cover changed since it was first seen; oldest first."""
        c = article_change.c
        found = select(c.at, c.field, c.before, c.after).join(article).where(_is(article_id)).order_by(c.id)
        with self._db.read() as connection:
            return tuple(Change(*row) for row in connection.execute(found))

    def search(self, text: str, limit: int = 20) -> tuple[Article, ...]:
        """Those with this text in their id, address or title, in any case; newest first, also those that are gone.

        Reads the whole archive.
        """
        pattern = "%" + "".join(f"/{letter}" if letter in "/%_" else letter for letter in text) + "%"
        shown = article.c.source + ":" + article.c.native_id + "\n" + article.c.url + "\n" + article.c.title
        age = func.coalesce(article.c.published, article.c.first_seen).desc()
        found = select(*_COLUMNS).where(func.lower(shown).like(func.lower(pattern), escape="/"))
        with self._db.read() as connection:
            rows = connection.execute(found.order_by(age, article.c.id).limit(limit))
            return tuple(_article(row) for row in rows)

    def record_fetch(
        self,
        reports: Sequence[SourceReport],
        at: datetime,
    ) -> None:
        """Keeps how each source fared at `at`, and what its server said of its address.

        A report without a failure and without a memory makes a source not gone any more.
        """
        with self._db.write() as connection:
            for report in reports:
                _record(connection, report, at)
                _remember(connection, report, report.memory)

    def health(self) -> tuple[SourceHealth, ...]:
        """Every source that was ever fetched, by name."""
        known = source_health.outerjoin(source_memory, source_health.c.source == source_memory.c.source)
        columns = (*source_health.c, source_memory.c.gone_at)
        with self._db.read() as connection:
            rows = connection.execute(select(*columns).select_from(known).order_by(source_health.c.source))
            return tuple(SourceHealth(*row) for row in rows)

    def memories(self) -> dict[str, SourceMemory]:
        """Source -> what its server last said, of those whose server said something worth keeping."""
        with self._db.read() as connection:
            return {row.source: SourceMemory(*row[1:]) for row in connection.execute(select(source_memory))}


_COLUMNS = tuple(c for c in article.c if c.name not in ("id", "gone_at"))
"""In the order of Article's fields: built by position, a week of 5,000 articles takes half the time."""
_TAGS, _COVER = _COLUMNS.index(article.c.tags), _COLUMNS.index(article.c.cover)


def _is(article_id: str) -> ColumnElement[bool]:
    source, _, native_id = article_id.partition(":")  # a source's name holds no colon
    return and_(article.c.source == source, article.c.native_id == native_id)


def _within(start: datetime, end: datetime, *, gone: bool) -> CompoundSelect[Any]:
    """A query each for the dated and the undated: together they would read the whole index."""
    shown = select(*_COLUMNS, article.c.gone_at) if gone else select(*_COLUMNS)
    shown = shown.where(article.c.gone_at.is_not(None) if gone else article.c.gone_at.is_(None))
    return union_all(
        shown.where(article.c.published >= start, article.c.published < end),
        shown.where(article.c.published.is_(None), article.c.first_seen >= start, article.c.first_seen < end),
    )


def _newest_first(articles: Iterable[Article]) -> tuple[Article, ...]:
    by_id = sorted(articles, key=lambda a: a.id)
    never = datetime.min.replace(tzinfo=UTC)
    return tuple(sorted(by_id, key=lambda a: a.published or a.first_seen or never, reverse=True))


def _article(row: Sequence[Any]) -> Article:
    values = list(row)
    values[_TAGS] = _tags(values[_TAGS])
    values[_COVER] = Cover(**orjson.loads(values[_COVER])) if values[_COVER] else None
    return Article(*values)


@lru_cache(maxsize=10_000)
def _tags(text: str) -> tuple[str, ...]:
    return tuple(orjson.loads(text))


def _record(connection: Connection, report: SourceReport, at: datetime) -> None:
    failed = report.failure is not None
    first = {
        "source": report.source,
        "last_ok": None if failed else at,
        "last_failure_at": at if failed else None,
        "last_failure": report.failure or "",
        "last_count": len(report.articles),
        "failures_in_a_row": int(failed),
    }
    later: dict[str, Any] = {"last_ok": at, "failures_in_a_row": 0}
    if failed:
        more = source_health.c.failures_in_a_row + 1
        later = {"last_failure_at": at, "last_failure": report.failure, "failures_in_a_row": more}
    elif not report.unmodified:
        later["last_count"] = len(report.articles)
    statement = insert(connection, source_health).values(first)
    connection.execute(statement.on_conflict_do_update(index_elements=["source"], set_=later))


def _remember(connection: Connection, report: SourceReport, memory: SourceMemory | None) -> None:
    if memory:
        values = asdict(memory)
        statement = insert(connection, source_memory).values(source=report.source, **values)
        connection.execute(statement.on_conflict_do_update(index_elements=["source"], set_=values))
    elif report.failure is None:
        ours = source_memory.c.source == report.source
        connection.execute(update(source_memory).where(ours).values(gone_at=None))
