"""Tables as text, alike from both engines: the form of PostgreSQL's COPY, rows in the order of their primary key.

It is what a table is copied by, and compared by: equal bytes are equal rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    LargeBinary,
    Table,
    Text,
    case,
    cast,
    func,
    literal_column,
    select,
)

PAGE = 5_000
"""Rows that are in memory at once."""
_MARKS = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\b": "\\b", "\f": "\\f", "\v": "\\v"}
_ESCAPES = str.maketrans(_MARKS)
_ESCAPED = {escaped: mark for mark, escaped in _MARKS.items()}
NOTHING = r"\N"


def pages(connection: Connection, table: Table, *, after: int = 0) -> Iterator[list[bytes]]:
    """All rows after so many, each one line that ends with a line feed, by `PAGE`. Reads in constant memory."""
    return (_from_server if connection.dialect.name == "postgresql" else _from_file)(connection, table, after)


def append(connection: Connection, table: Table, lines: Iterable[Sequence[bytes]]) -> None:
    """Adds rows in the form that `pages` gives, whatever their order."""
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "postgresql":
        with driver.cursor() as cursor, cursor.copy(f"copy {_named(table)} from stdin") as copy:
            for page in lines:
                copy.write(b"".join(page))
        return
    readers = [_reader(column) for column in table.columns]
    places = ", ".join("?" * len(readers))
    for page in lines:
        rows = [
            [read(field) for read, field in zip(readers, line[:-1].decode().split("\t"), strict=True)] for line in page
        ]
        driver.executemany(f"insert into {_named(table)} values ({places})", rows)  # noqa: S608  names of our own


def _from_server(connection: Connection, table: Table, after: int) -> Iterator[list[bytes]]:
    # By bytes, as SQLite orders: another order of letters would be another order of rows.
    keys = ", ".join(f'"{c.name}" collate "C"' if isinstance(c.type, Text) else f'"{c.name}"' for c in _key(table))
    query = f"copy (select {_columns(table)} from {table.name} order by {keys} offset {after}) to stdout"  # noqa: S608  our own names
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(query) as copy:
        while page := [bytes(line) for line in islice(copy, PAGE)]:
            yield page


def _from_file(connection: Connection, table: Table, after: int) -> Iterator[list[bytes]]:
    statement = select(*(_as_text(column) for column in table.columns)).order_by(*_key(table)).offset(after)
    cursor = connection.execute(statement).cursor
    while rows := cursor.fetchmany(PAGE):
        lines = map("\t".join, zip(*map(_escaped, zip(*rows, strict=True)), strict=True))
        yield [f"{line}\n".encode() for line in lines]


def _as_text(column: Column[Any]) -> ColumnElement[Any]:
    """As PostgreSQL writes such a value."""
    if isinstance(column.type, Boolean):
        return case((column.is_(None), None), (column, "t"), else_="f")
    if isinstance(column.type, LargeBinary):
        return literal_column("'\\x'").concat(func.lower(func.hex(column)))
    return column if isinstance(column.type, Text) else cast(column, Text)


def _escaped(values: Sequence[str | None]) -> Sequence[str]:
    """One column of a page. Looked through as a whole first: hardly any text has what is to be escaped."""
    texts = [value for value in values if value is not None] if None in values else values
    together = "".join(texts)  # type: ignore[arg-type]
    if any(mark in together for mark in _MARKS):
        values = [value and value.translate(_ESCAPES) for value in values]
    if texts is values:
        return values  # type: ignore[return-value]
    return [NOTHING if value is None else value for value in values]


def _reader(column: Column[Any]) -> Callable[[str], object]:
    def read(field: str) -> object:
        if field == NOTHING:
            return None
        if isinstance(column.type, Boolean):
            return field == "t"
        if isinstance(column.type, LargeBinary):
            return bytes.fromhex(field.removeprefix("\\\\x"))
        if isinstance(column.type, Text):
            return re.sub(r"\\.", lambda mark: _ESCAPED[mark[0]], field) if "\\" in field else field
        return int(field)

    return read


def _key(table: Table) -> Sequence[Column[Any]]:
    return tuple(table.primary_key.columns)


def _named(table: Table) -> str:
    return f"{table.name} ({_columns(table)})"


def _columns(table: Table) -> str:
    return ", ".join(f'"{column.name}"' for column in table.columns)
