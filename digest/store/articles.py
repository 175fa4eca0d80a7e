"""The archive: what the sources published, and how the sources fare."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import ColumnElement, CompoundSelect, Connection, bindparam, func, select, union_all, update

from digest.models import Article, Cover, SourceMemory, SourceReport
from digest.store.database import Database, chunks, insert
from digest.store.schema import article, source_health, source_memory


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of the articles given to `Articles.save`; the three add up to their number."""

    new: int
    changed: int
    """Its content is another one, or it is back after it was taken down."""
    same: int
    """As it was; its views may be others."""


@dataclass(frozen=True, slots=True)
class SourceHealth:
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

        A known article keeps its id, its `first_seen`, and its views when none are given.
        """
        tally: Counter[str] = Counter()
        with self._db.write() as connection:
            for part in chunks(articles):
                tally.update(_save(connection, part, seen_at))
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

    def tags(self) -> dict[str, int]:
        """Tag, as the source spells it -> number of articles that carry it."""
        counts: Counter[str] = Counter()
        with self._db.read() as connection:
            for text, number in connection.execute(select(article.c.tags, func.count()).group_by(article.c.tags)):
                counts.update(dict.fromkeys(json.loads(text), number))
        return dict(counts)

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
_VIEWS = {"views", "views_at"}
_CONTENT = {c.name for c in article.c} - {"id", "source", "native_id", "first_seen"} - _VIEWS
_CHANGE = (
    update(article)
    .where(article.c.id == bindparam("row_id"))
    .values({name: bindparam(name) for name in _CONTENT | _VIEWS})
)


class _Known:
    """Rows of the archive that a chunk of articles may be, and those that it adds."""

    def __init__(self, rows: Iterable[dict[str, Any]]) -> None:
        self._by_identity: dict[tuple[str, str], dict[str, Any]] = {}
        self._by_url: dict[str, dict[str, Any]] = {}
        for row in rows:
            self.add(row)

    def add(self, row: dict[str, Any]) -> None:
        self._by_identity[row["source"], row["native_id"]] = row
        self._by_url.setdefault(row["url_key"], row)

    def find(self, item: Article) -> dict[str, Any] | None:
        same_url = self._by_url.get(item.url_key) if item.url_key else None
        return self._by_identity.get((item.source, item.native_id), same_url)


def _save(connection: Connection, part: Sequence[Article], seen_at: datetime) -> Counter[str]:
    known, tally = _known(connection, part), Counter[str]()
    added: list[dict[str, Any]] = []
    touched: dict[int, dict[str, Any]] = {}
    for item in part:
        values, row = _values(item), known.find(item)
        if row is None:
            row = {"source": item.source, "native_id": item.native_id, "first_seen": seen_at, **values}
            known.add(row)
            added.append(row)
            tally["new"] += 1
            continue
        if values["views"] is None:
            values = {name: value for name, value in values.items() if name not in _VIEWS}
        differs = {name for name, value in values.items() if row[name] != value}
        tally["changed" if differs & _CONTENT else "same"] += 1
        row.update(values)
        if differs and "id" in row:
            touched[row["id"]] = {"row_id": row["id"], **{name: row[name] for name in _CONTENT | _VIEWS}}
    if added:
        statement = insert(connection, article).on_conflict_do_nothing(index_elements=["source", "native_id"])
        connection.execute(statement, added)
    if touched:
        connection.execute(_CHANGE, list(touched.values()))
    return tally


def _known(connection: Connection, part: Sequence[Article]) -> _Known:
    conditions: list[ColumnElement[bool]] = [article.c.url_key.in_([a.url_key for a in part])]
    for source in {a.source for a in part}:
        ids = [a.native_id for a in part if a.source == source]
        conditions.append((article.c.source == source) & article.c.native_id.in_(ids))
    rows: dict[int, dict[str, Any]] = {}
    for condition in conditions:
        for row in connection.execute(select(article).where(condition)).mappings():
            rows.setdefault(row["id"], dict(row))
    return _Known(rows[row_id] for row_id in sorted(rows))


def _values(item: Article) -> dict[str, Any]:
    return {
        "url": item.url,
        "url_key": item.url_key,
        "title": item.title,
        "lede": item.lede,
        "tags": json.dumps(item.tags, ensure_ascii=False),
        "published": item.published,
        "day_only": item.day_only,
        "modified": item.modified,
        "views": item.views,
        "views_at": item.views_at,
        "cover": json.dumps(asdict(item.cover), ensure_ascii=False) if item.cover else None,
        "language": item.language,
        "words": item.words,
        "gone_at": None,
    }


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
