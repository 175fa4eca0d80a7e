"""The archive: what the sources published, and how the sources fare."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, func, select, union_all, update

from digest.models import Article, Cover, SourceReport
from digest.store.database import Database, chunks, insert
from digest.store.schema import article, source_health


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of the articles given to `Articles.save`; the three add up to their number."""

    new: int
    changed: int
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


class Articles:
    """Articles by identity: source and native id, else the key of the url."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def save(self, articles: Sequence[Article], seen_at: datetime) -> Saved:
        """Adds and updates. A known article keeps its id, its `first_seen`, and its views when none are given."""
        tally: Counter[str] = Counter()
        with self._db.write() as connection:
            for part in chunks(articles):
                tally.update(_save(connection, part, seen_at))
        return Saved(tally["new"], tally["changed"], tally["same"])

    def between(self, start: datetime, end: datetime) -> tuple[Article, ...]:
        """Published in [start, end), or undated and first seen then; newest first."""
        dated = select(article).where(article.c.published >= start, article.c.published < end)
        undated = select(article).where(
            article.c.published.is_(None), article.c.first_seen >= start, article.c.first_seen < end
        )
        with self._db.read() as connection:
            found = [_article(row) for row in connection.execute(union_all(dated, undated))]
        found.sort(key=lambda a: a.id)
        return tuple(sorted(found, key=lambda a: a.published or a.first_seen or start, reverse=True))

    def tags(self) -> dict[str, int]:
        """Tag, as the source spells it -> number of articles that carry it."""
        counts: Counter[str] = Counter()
        with self._db.read() as connection:
            for text, number in connection.execute(select(article.c.tags, func.count()).group_by(article.c.tags)):
                counts.update(dict.fromkeys(json.loads(text), number))
        return dict(counts)

    def record_fetch(self, reports: Sequence[SourceReport], at: datetime) -> None:
        """Keeps how each source fared at `at`."""
        with self._db.write() as connection:
            for report in reports:
                _record(connection, report, at)

    def health(self) -> tuple[SourceHealth, ...]:
        """Every source that was ever fetched, by name."""
        with self._db.read() as connection:
            rows = connection.execute(select(source_health).order_by(source_health.c.source))
            return tuple(SourceHealth(*row) for row in rows)


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
    }


def _article(row: Row[Any]) -> Article:
    values = row._asdict()
    del values["id"]
    values["tags"] = tuple(json.loads(values["tags"]))
    values["cover"] = Cover(**json.loads(values["cover"])) if values["cover"] else None
    return Article(**values)


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
    later: dict[str, Any] = {"last_ok": at, "last_count": len(report.articles), "failures_in_a_row": 0}
    if failed:
        more = source_health.c.failures_in_a_row + 1
        later = {"last_failure_at": at, "last_failure": report.failure, "failures_in_a_row": more}
    statement = insert(connection, source_health).values(first)
    connection.execute(statement.on_conflict_do_update(index_elements=["source"], set_=later))
