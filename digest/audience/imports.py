"""People out of a CSV file of any usual shape: each problem with its line."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from digest.audience import addresses, exports
from digest.config import ThemeSettings, tag_key
from digest.errors import DigestError
from digest.models import PersonState, Subscriber

_ADDRESS = re.compile(r"e-?mail|\bmail\b|e-?адрес|пошт|correo|courriel|мейл")
_NOT_ADDRESS = re.compile(r"status|type|format|count|sent|open|click|domain|date|time|статус|дата")
_NAMES = (
    ("name", "full name", "fullname", "display name", "ім'я", "ім'я та прізвище", "піб", "nom", "nombre", "nome"),
    ("first name", "firstname", "first_name", "fname", "given name", "ім'я", "prénom", "vorname"),
    ("last name", "lastname", "last_name", "lname", "surname", "family name", "прізвище", "nachname"),
)
_STATUS = ("status", "state", "unsubscribed", "subscription status", "email marketing", "статус", "стан")
_LANGUAGE = ("language", "lang", "locale", "мова", "sprache", "langue", "idioma")
_THEMES = ("themes", "theme", "topics", "interests", "tags", "теми", "тема", "themen", "thèmes", "temas")
_LEFT: dict[str, PersonState] = {
    **dict.fromkeys(("unsubscribed", "inactive", "removed", "opted out", "opt-out", "left"), "unsubscribed"),
    **dict.fromkeys(("yes", "true", "1", "відписаний", "відписався", "відписалася"), "unsubscribed"),
    **dict.fromkeys(("bounced", "cleaned", "hard bounce", "invalid", "undeliverable"), "bounced"),
    **dict.fromkeys(("complained", "complaint", "spam", "abuse"), "complained"),
}
_LONGEST_ROW = 50
"""Lines; a longer one begins with a quotation mark that nobody closed."""
_SAMPLE = 65_536
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_OLD_ENCODINGS = ["cp1251", "cp1252", "cp1250", "koi8_u", "mac_cyrillic"]


class Line(Struct, frozen=True):
    """A person, and the line of the file that names them."""

    number: int
    person: Subscriber


class File(Struct):
    """A file that is read line by line: `people` gives them, `problems` grows meanwhile."""

    name: str
    encoding: str
    unused: tuple[str, ...]
    """Head of every column that is not read."""
    lines: Iterator[Line]
    problems: list[str] = field(default_factory=list)
    strange: Counter[str] = field(default_factory=Counter)
    """Theme that the newsletter has not -> how many lines want it: they are read without it."""


def read(file: Path, themes: Sequence[ThemeSettings] = ()) -> File:
    """The people in a CSV file, with or without a head line, by `,`, `;`, `|` or tab, in any usual encoding.

    Of the newsletter's `themes` a column may say which a person wants, with `,`, `;` or `|` between them.

    Who is marked as having left, bounced or complained comes with that state, so that they are
    never written to. Raises DigestError for a file that is no such list; while its lines are read,
    too, for one that is broken further down.
    """
    text, encoding = _text(file)
    separator = re.match(r"sep=(.)\r?\n", text)  # Excel's own way to say it
    body = text[separator.end() :] if separator else text
    rows = _rows(body, separator[1] if separator else _delimiter(body), file, 1 if separator else 0)
    first = next(rows, None)
    if first is None:
        raise DigestError(f'{file}: is empty; give the list a head line with "email" and a line for each person')
    columns = _by_head(first[1])
    found = File(file.name, encoding, columns.unused if columns else (), iter(()))
    if columns is None:
        columns = _by_look(first[1], file)
        rows = _with(first, rows)
    known = {key: theme.tag for theme in themes for key in theme.keys}
    found.lines = _people(rows, columns, file, found, known)
    return found


class _Columns(Struct, frozen=True):
    """Where things stand in a row."""

    address: int
    names: tuple[int, ...] = ()
    status: int | None = None
    language: int | None = None
    themes: int | None = None
    unused: tuple[str, ...] = ()


_Row = tuple[int, list[str]]
"""Last line and cells of a row that is not blank."""


def _people(
    rows: Iterator[_Row], columns: _Columns, file: Path, found: File, known: Mapping[str, str]
) -> Iterator[Line]:
    for number, row in rows:
        try:
            person = _person(row, columns, file.name)
        except DigestError as error:
            found.problems.append(f"{file}:{number}: {error}")
            continue
        if columns.themes is not None and columns.themes < len(row) and row[columns.themes].strip():
            person = replace(person, themes=_chosen(exports.unguarded(row[columns.themes]), known, found.strange))
        yield Line(number, person)


def _chosen(cell: str, known: Mapping[str, str], strange: Counter[str]) -> tuple[str, ...]:
    wanted = [tag for part in re.split(r"[,;|\n]", cell) if (tag := part.strip())]
    strange.update(tag for tag in wanted if tag_key(tag) not in known)
    tags = {known[key] for tag in wanted if (key := tag_key(tag)) in known}
    return () if tags == set(known.values()) else tuple(tags)


def _person(row: list[str], columns: _Columns, origin: str) -> Subscriber:
    def cell(at: int | None) -> str:
        return row[at].strip() if at is not None and at < len(row) else ""

    name = " ".join(filter(None, map(cell, columns.names))) if columns.names else ""
    status = cell(columns.status).casefold()
    state = _LEFT.get(status, "active") if status else "active"
    language = cell(columns.language).replace("_", "-")
    known = language if re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", language) else ""
    return addresses.subscriber(
        exports.unguarded(cell(columns.address)), exports.unguarded(name), origin=origin, state=state, language=known
    )


def _rows(text: str, delimiter: str, file: Path, offset: int) -> Iterator[_Row]:
    reader, before = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 0
    try:
        for row in reader:
            if reader.line_num - before > _LONGEST_ROW:
                where = f"{file}:{before + offset + 1}"
                raise DigestError(f"{where}: a quotation mark begins here or below and is never closed; mend that line")
            before = reader.line_num
            if any(row) and any(cell.strip() for cell in row):
                yield reader.line_num + offset, row
    except csv.Error as error:
        raise DigestError(f"{file}:{reader.line_num + offset}: not a CSV file: {error}; mend that line") from error


def _with(first: _Row, rows: Iterator[_Row]) -> Iterator[_Row]:
    yield first
    yield from rows


def _text(file: Path) -> tuple[str, str]:
    """The whole file, and its encoding."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise DigestError(f"{file}: cannot be read: {error.strerror}") from error
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if raw.startswith(mark):
            return _decoded(file, raw, encoding)
    try:
        return raw.decode(), "utf-8"
    except UnicodeDecodeError as error:
        return _decoded(file, raw, _guess(raw, error.start))


def _decoded(file: Path, raw: bytes, encoding: str) -> tuple[str, str]:
    try:
        return raw.decode(encoding), encoding.removesuffix("-sig")
    except (UnicodeDecodeError, LookupError) as error:
        said = "save the list as CSV in UTF-8 and import it again"
        raise DigestError(f"{file}: cannot be read as {encoding}; {said}") from error


def _guess(raw: bytes, at: int) -> str:
    """The encoding of text that is not UTF-8, judged by what stands around its first strange byte."""
    from charset_normalizer import from_bytes  # 60 ms that only such a file has to pay

    start = max(0, at - _SAMPLE // 4)
    best = from_bytes(raw[start : start + _SAMPLE], cp_isolation=_OLD_ENCODINGS).best()
    return best.encoding if best else "utf-8"


def _delimiter(text: str) -> str:
    """The one that cuts the first lines into the same number of cells, and into most."""
    lines = [line for line in text[:_SAMPLE].splitlines() if line.strip()][:20]

    def fit(delimiter: str) -> tuple[int, int]:
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter)]
        common = max(set(widths), key=widths.count, default=0)
        return (widths.count(common) if common > 1 else 0, common)

    return max(",;\t|", key=fit)


def _by_head(row: Sequence[str]) -> _Columns | None:
    """By the head line; None when this row is none."""
    heads = [re.sub("[ʼ’`]", "'", cell).strip().casefold() for cell in row]
    if any("@" in head for head in heads):
        return None
    candidates = [at for at, head in enumerate(heads) if _ADDRESS.search(head) and not _NOT_ADDRESS.search(head)]
    if not candidates:
        candidates = [at for at, head in enumerate(heads) if head in ("address", "адреса")]
    if not candidates:
        return None

    def place(known: Sequence[str]) -> int | None:
        return next((heads.index(each) for each in known if each in heads), None)

    whole, given, family = map(place, _NAMES)
    parts = (given, family) if given is not None or family is not None else (whole,)
    names = tuple(at for at in ((whole,) if whole is not None and family is None else parts) if at is not None)
    status, language, themes = place(_STATUS), place(_LANGUAGE), place(_THEMES)
    used = {candidates[0], *names, status, language, themes}
    unused = tuple(cell.strip() for at, cell in enumerate(row) if at not in used and cell.strip())
    return _Columns(candidates[0], names, status, language, themes, unused)


def _by_look(row: Sequence[str], file: Path) -> _Columns:
    at = next((place for place, cell in enumerate(row) if "@" in cell), None)
    if at is None:
        raise DigestError(f'{file}:1: no column with addresses; give the list a head line with "email"')
    return _Columns(at, (1 - at,) if len(row) == 2 else ())
