"""Pictures made ready: as long as a frozen issue shows one it stays, under a name that its bytes gave it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, exists, select
from sqlalchemy import insert as plain_insert

from digest.models import Picture, PictureMemory, pictures_in
from digest.store.database import Database, chunks, insert
from digest.store.schema import frozen_picture, picture, picture_memory


class Pictures:
    """The files that emails show, and what their addresses gave."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def get(self, name: str) -> Picture | None:
        """The picture of this name."""
        return self.named([name]).get(name)

    def named(self, names: Iterable[str]) -> dict[str, Picture]:
        """Name -> picture, of those that are there."""
        found: dict[str, Picture] = {}
        with self._db.read() as connection:
            for part in chunks(sorted(set(names))):
                for row in connection.execute(select(picture).where(picture.c.name.in_(part))):
                    found[row.name] = _picture(row)
        return found

    def shown(self, *pages: str) -> dict[str, Picture]:
        """Address -> picture, of our own that html pages show and that are there."""
        names = {address: name for page in pages for address, name in pictures_in(page).items()}
        there = self.named(names.values())
        return {address: there[name] for address, name in names.items() if name in there}

    def memories(self, keys: Sequence[str]) -> dict[str, PictureMemory]:
        """`PictureMemory.key` -> what is known of it, of those that were asked before."""
        found: dict[str, PictureMemory] = {}
        known = select(picture_memory, picture).outerjoin(picture, picture.c.name == picture_memory.c.picture)
        with self._db.read() as connection:
            for part in chunks(keys):
                for row in connection.execute(known.where(picture_memory.c.key.in_(part))):
                    shown = _picture(row) if row.name else None
                    found[row.key] = PictureMemory(row.key, row.url, row.asked_at, shown, row.reason, row.etag)
        return found

    def remember(self, memories: Iterable[PictureMemory]) -> None:
        """Keeps the pictures, and what each address gave in place of what it gave before."""
        given = list(memories)
        pictures = {m.picture.name: _row(m.picture, m) for m in given if m.picture}
        if not given:
            return
        with self._db.write() as connection:
            if pictures:
                new = insert(connection, picture)
                # Locked by its new time: `forget` cannot take it away before its memory is written.
                again = new.on_conflict_do_update(index_elements=["name"], set_={"made_at": new.excluded.made_at})
                connection.execute(again, sorted(pictures.values(), key=lambda row: str(row["name"])))
            told = insert(connection, picture_memory)
            columns = ("url", "asked_at", "picture", "reason", "etag")
            newer = {column: told.excluded[column] for column in columns}
            statement = told.on_conflict_do_update(index_elements=["key"], set_=newer)
            connection.execute(statement, sorted(map(_memory, given), key=lambda row: str(row["key"])))

    def forget(self, before: datetime) -> int:
        """Removes what no draft has asked for since `before` and no frozen issue shows; how many pictures that were."""
        with self._db.write() as connection:
            connection.execute(delete(picture_memory).where(picture_memory.c.asked_at < before))
            wanted = exists().where(picture_memory.c.picture == picture.c.name)
            frozen = exists().where(frozen_picture.c.name == picture.c.name)
            return connection.execute(delete(picture).where(picture.c.made_at < before, ~wanted, ~frozen)).rowcount


def freeze(connection: Connection, issue_id: int, names: Iterable[str]) -> None:
    """Keeps the pictures of a frozen issue in place of those of its earlier form; part of `Issues.freeze`."""
    connection.execute(delete(frozen_picture).where(frozen_picture.c.issue_id == issue_id))
    for part in chunks(sorted(set(names))):
        # Locked, or on PostgreSQL `forget` could take one away in between.
        there = select(picture.c.name).where(picture.c.name.in_(part)).order_by(picture.c.name)
        kept = connection.scalars(there.with_for_update(key_share=True)).all()
        if kept:
            connection.execute(plain_insert(frozen_picture), [{"issue_id": issue_id, "name": name} for name in kept])


def _picture(row: Row[Any]) -> Picture:
    return Picture(row.content, row.type, row.width, row.height)


def _row(made: Picture, memory: PictureMemory) -> dict[str, object]:
    return {
        "name": made.name,
        "content": made.content,
        "type": made.type,
        "width": made.width,
        "height": made.height,
        "url": memory.url,
        "made_at": memory.asked_at,
    }


def _memory(given: PictureMemory) -> dict[str, object]:
    return {
        "key": given.key,
        "url": given.url,
        "asked_at": given.asked_at,
        "picture": given.picture.name if given.picture else None,
        "reason": given.reason,
        "etag": given.etag,
    }
