"""Which articles earlier issues took, and what the next issue has to know of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, Connection, Row, Select, Text, column, func, literal, or_, select, union_all

from digest.models import Article, History
from digest.store.schema import issue, placement


def history(connection: Connection, newsletter: str, before: datetime, candidates: Sequence[Article]) -> History:
    """See `Issues.history`. The cost grows with the candidates, hardly with what was ever sent."""
    earlier = (issue.c.newsletter == newsletter) & (issue.c.window_end <= before)
    columns = issue.c.id, issue.c.key, issue.c.state, issue.c.number, issue.c.window_end, issue.c.frozen_at
    newest_first = (
        select(*columns)
        .where(earlier, issue.c.sha256.is_not(None))
        .order_by(issue.c.window_end.desc(), issue.c.id.desc())
    )
    frozen = connection.execute(newest_first).all()
    stand = [row for row in frozen if row.state != "skipped"]
    skipped = [row for row in frozen if row.state == "skipped"]
    if stand:
        end, frozen_at = stand[0].window_end, stand[0].frozen_at
    else:
        end, frozen_at = connection.scalar(select(func.min(issue.c.window_start)).where(earlier)), None
    # The first issue that took an article counts; a skipped one only when no other took it.
    ranked = [*reversed(stand), *reversed(skipped)]
    taken = _taken(connection, ranked, candidates) if ranked else {}
    placed = {name: ranked[rank].key for name, rank in taken.items() if rank < len(stand)}
    return History(
        number=max((row.number for row in stand), default=0),
        end=end,
        frozen_at=frozen_at,
        placed=placed,
        rolled_over={name: ranked[rank].key for name, rank in taken.items() if name not in placed},
    )


def took(connection: Connection, article: Article) -> tuple[tuple[str, str], ...]:
    """See `Issues.took`."""
    same = [placement.c.article_id == article.id]
    if article.url_key:
        same.append(placement.c.url_key == article.url_key)
    found = select(issue.c.key, issue.c.state).where(issue.c.id.in_(select(placement.c.issue_id).where(or_(*same))))
    rows = connection.execute(found.order_by(issue.c.window_end, issue.c.id))
    return tuple((row.key, row.state) for row in rows)


def _taken(connection: Connection, ranked: Sequence[Row[Any]], candidates: Sequence[Article]) -> dict[str, int]:
    """url_key and id of the candidates that were taken -> the lowest rank of an issue that took them."""
    rank_of = {row.id: rank for rank, row in enumerate(ranked)}
    names = [(article.id, article.url_key or article.id) for article in candidates]
    by_name: dict[str, int] = {}
    ids = _having(connection, placement.c.article_id, [id_ for id_, _ in names])
    keys = _having(connection, placement.c.url_key, [key for _, key in names])
    for name, issue_id in connection.execute(union_all(ids, keys)).all():
        if issue_id in rank_of:
            by_name[name] = min(rank_of[issue_id], by_name.get(name, len(ranked)))
    taken: dict[str, int] = {}
    for pair in names:
        rank = min(by_name.get(name, len(ranked)) for name in pair)
        if rank < len(ranked):
            taken.update((name, min(rank, taken.get(name, rank))) for name in pair)
    return taken


def _having(connection: Connection, names_of: ColumnElement[str], names: Sequence[str]) -> Select[Any]:
    """Name and issue of the placements that have one of these names: one statement for thousands of them."""
    elements = func.json_each if connection.dialect.name == "sqlite" else func.json_array_elements_text
    given = elements(literal(names, JSON)).table_valued(column("value", Text), name="json_names")
    return select(names_of, placement.c.issue_id).where(names_of.in_(select(given.c.value)))
