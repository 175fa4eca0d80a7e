"""Addresses out of a CSV file or a command line: checked, in one spelling, each problem with its line."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from email_validator import EmailNotValidError, validate_email

from digest.errors import DigestError
from digest.models import Subscriber

_ADDRESS_HEADS = ("email", "e-mail", "mail", "address", "email address", "e-mail address", "електронна пошта")
_NAME_HEADS = (("name",), ("full name",), ("first name", "last name"), ("first name",), ("імʼя",), ("ім'я",))
_STATUS_HEADS = ("status", "state", "unsubscribed", "статус")
_LEFT = ("unsubscribed", "bounced", "cleaned", "complained", "spam", "inactive", "removed", "yes", "true", "1")


@dataclass(frozen=True, slots=True)
class Rows:
    """What a file holds: people in file order, and what was wrong with the other lines."""

    people: tuple[Subscriber, ...]
    problems: tuple[str, ...]
    unused: tuple[str, ...] = ()
    """Head of every column that was not read."""


def read(file: Path) -> Rows:
    """The people in a CSV file with or without a head line, by `,`, `;` or tab, in UTF-8.

    An address that stands twice is taken once; one whose status says that it left, bounced or
    complained is a problem and left out. Raises DigestError for a file that is no such list.
    """
    people: dict[str, Subscriber] = {}
    problems: list[str] = []
    table = _table(file)
    for line, row in table.rows:
        try:
            person = _person(row, table.columns, file)
        except DigestError as error:
            problems.append(f"{file}:{line}: {error}")
        else:
            people.setdefault(person.address.casefold(), person)
    return Rows(tuple(people.values()), tuple(problems), table.columns.unused)


def subscriber(address: str, name: str = "", *, origin: str) -> Subscriber:
    """A person with a checked address. Raises DigestError that says what is wrong with it."""
    try:
        checked = validate_email(address.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise DigestError(f"{address.strip()[:80]!r} is no email address: {error}") from error
    shown = "".join(each for each in " ".join(name.split()) if each.isprintable())
    return Subscriber(checked.normalized, shown[:200], origin)


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where things stand in a row."""

    address: int
    names: tuple[int, ...] = ()
    statuses: tuple[int, ...] = ()
    unused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Table:
    columns: _Columns
    rows: tuple[tuple[int, list[str]], ...]
    """Last line and cells of each row that is not blank, without the head line."""


def _person(row: list[str], columns: _Columns, file: Path) -> Subscriber:
    def cells(places: tuple[int, ...]) -> list[str]:
        return [row[at].strip() for at in places if at < len(row)]

    address = row[columns.address] if columns.address < len(row) else ""
    for status in cells(columns.statuses):
        if status.casefold() in _LEFT:
            raise DigestError(f"{address.strip()[:80]!r} is marked as {status!r}, so it is left out")
    return subscriber(address, " ".join(cells(columns.names)), origin=file.name)


def _table(file: Path) -> _Table:
    text = _text(file)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    try:
        rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise DigestError(f"{file}:{reader.line_num}: not a CSV file: {error}") from error
    if not rows:
        raise DigestError(f'{file}: is empty; give the list a head line with "email" and a line for each person')
    columns = _columns_by_head(rows[0][1])
    return _Table(columns, tuple(rows[1:])) if columns else _Table(_columns_by_look(rows[0][1], file), tuple(rows))


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise DigestError(f"{file}:{line}: not UTF-8; save the list as CSV in UTF-8 and import it again") from error
    except OSError as error:
        raise DigestError(f"{file}: cannot be read: {error.strerror}") from error


def _delimiter(text: str) -> str:
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(",;\t", key=first.count)


def _columns_by_head(row: list[str]) -> _Columns | None:
    """By the head line; None when this row is none."""
    heads = [cell.strip().casefold() for cell in row]
    at = next((heads.index(head) for head in _ADDRESS_HEADS if head in heads), None)
    if at is None:
        return None
    names = next((tuple(map(heads.index, each)) for each in _NAME_HEADS if set(each) <= set(heads)), ())
    statuses = tuple(place for place, head in enumerate(heads) if head in _STATUS_HEADS)
    used = {at, *names, *statuses}
    return _Columns(at, names, statuses, tuple(cell for place, cell in enumerate(row) if place not in used))


def _columns_by_look(row: list[str], file: Path) -> _Columns:
    at = next((place for place, cell in enumerate(row) if "@" in cell), None)
    if at is None:
        raise DigestError(f'{file}:1: no column with addresses; give the list a head line with "email"')
    return _Columns(at, (1 - at,) if len(row) == 2 else ())
