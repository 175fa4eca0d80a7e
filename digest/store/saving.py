"""How articles are merged into the archive, and what of a change is kept for people to read."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, select, update
from sqlalchemy import insert as plain_insert

from digest.models import Article, Cover
from digest.store.database import chunks, insert
from digest.store.schema import article, article_change

_VIEWS = {"views", "views_at"}
_CONTENT = {c.name for c in article.c} - {"id", "source", "native_id", "first_seen"} - _VIEWS
_TOLD = ("title", "lede", "tags", "url", "published", "cover")
_CHANGE = (
    update(article)
    .where(article.c.id == bindparam("row_id"))
    .values({name: bindparam(name) for name in _CONTENT | _VIEWS})
)


def save(connection: Connection, articles: Sequence[Article], seen_at: datetime) -> Counter[str]:
    """Adds and updates; says how many were new, changed and the same."""
    tally: Counter[str] = Counter()
    told = _Told()
    for part in chunks(articles):
        tally.update(_save_part(connection, part, seen_at, told))
    if rows := told.rows(seen_at):
        connection.execute(plain_insert(article_change), rows)
    return tally


class _Told:
    """What one call changes in articles that were there before it.

    From its start to its end: two sources that show one article in two ways change it to and
    fro in every call, and in the end not at all.
    """

    def __init__(self) -> None:
        self._new: set[tuple[str, str]] = set()
        self._ends: dict[int, tuple[dict[str, Any], dict[str, Any]]] = {}

    def added(self, row: dict[str, Any]) -> None:
        self._new.add((row["source"], row["native_id"]))

    def changed(self, row: dict[str, Any], values: dict[str, Any]) -> None:
        if (row["source"], row["native_id"]) not in self._new:
            before, _ = self._ends.get(row["id"], (row.copy(), values))
            self._ends[row["id"]] = before, values

    def rows(self, at: datetime) -> list[dict[str, Any]]:
        return [
            {
                "article_id": row_id,
                "at": at,
                "field": name,
                "before": _text(name, before[name]),
                "after": _text(name, after[name]),
            }
            for row_id, (before, after) in self._ends.items()
            for name in _TOLD
            if before[name] != after[name]
        ]


def _text(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name == "tags":
        return ", ".join(json.loads(value))
    if name == "cover":
        return " · ".join(filter(None, json.loads(value).values()))
    return value.isoformat() if name == "published" else str(value)


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


def _save_part(connection: Connection, part: Sequence[Article], seen_at: datetime, told: _Told) -> Counter[str]:
    known, tally = _known(connection, part), Counter[str]()
    added: list[dict[str, Any]] = []
    touched: dict[int, dict[str, Any]] = {}
    for item in part:
        values, row = _values(item), known.find(item)
        if row is None:
            row = {"source": item.source, "native_id": item.native_id, "first_seen": seen_at, **values}
            known.add(row)
            told.added(row)
            added.append(row)
            tally["new"] += 1
            continue
        if values["views"] is None:
            values = {name: value for name, value in values.items() if name not in _VIEWS}
        differs = {name for name, value in values.items() if row[name] != value}
        tally["changed" if differs & _CONTENT else "same"] += 1
        if not differs.isdisjoint(_TOLD):
            told.changed(row, values)
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
        "cover": _cover(item.cover) if item.cover else None,
        "language": item.language,
        "words": item.words,
        "gone_at": None,
    }


def _cover(cover: Cover) -> str:
    """What its source says of it: the size belongs to an issue."""
    return json.dumps({"url": cover.url, "alt": cover.alt, "credit": cover.credit}, ensure_ascii=False)
