"""Addresses out of a CSV file or a command line: checked, in one spelling, each problem with its line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from email_validator import EmailNotValidError, validate_email

from digest.errors import DigestError
from digest.models import Subscriber

_ADDRESS_HEADS = ("email", "e-mail", "mail", "address", "email address", "e-mail address", "електронна пошта")
_NAME_HEADS = ("name", "full name", "first name", "імʼя", "ім'я")


@dataclass(frozen=True, slots=True)
class Rows:
    """What a file holds: people in file order, and what was wrong with the other lines."""

    people: tuple[Subscriber, ...]
    problems: tuple[str, ...]


def read(file: Path) -> Rows:
    """The people in a CSV file with or without a head line, by `,`, `;` or tab, in UTF-8.

    An address that stands twice is taken once. Raises DigestError for a file that is no such list.
    """
    people: dict[str, Subscriber] = {}
    problems: list[str] = []
    for line, address, name in _cells(file):
        try:
            person = subscriber(address, name, origin=file.name)
        except DigestError as error:
            problems.append(f"{file}:{line}: {error}")
        else:
            people.setdefault(person.address.casefold(), person)
    return Rows(tuple(people.values()), tuple(problems))


def subscriber(address: str, name: str = "", *, origin: str) -> Subscriber:
    """A person with a checked address. Raises DigestError that says what is wrong with it."""
    try:
        checked = validate_email(address.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise DigestError(f"{address.strip()[:80]!r} is no email address: {error}") from error
    return Subscriber(checked.normalized, " ".join(name.split())[:200], origin)


def _cells(file: Path) -> Iterator[tuple[int, str, str]]:
    """Line number, address and name of every row that is not blank."""
    text = _text(file)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    columns: tuple[int, int | None] | None = None
    try:
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if columns is None:
                columns, is_head = _columns(row, file)
                if is_head:
                    continue
            at, named = columns
            name = row[named] if named is not None and named < len(row) else ""
            yield reader.line_num, row[at] if at < len(row) else "", name
    except csv.Error as error:
        raise DigestError(f"{file}:{reader.line_num}: not a CSV file: {error}") from error


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


def _columns(row: list[str], file: Path) -> tuple[tuple[int, int | None], bool]:
    """Where address and name stand, and whether this first row is a head line."""
    heads = [cell.strip().casefold() for cell in row]
    at = next((heads.index(head) for head in _ADDRESS_HEADS if head in heads), None)
    if at is not None:
        return (at, next((heads.index(head) for head in _NAME_HEADS if head in heads), None)), True
    at = next((place for place, cell in enumerate(row) if "@" in cell), None)
    if at is None:
        raise DigestError(f'{file}:1: no column with addresses; give the list a head line with "email"')
    return (at, 1 - at if len(row) == 2 else None), False
