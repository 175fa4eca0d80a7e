"""Articles from a folder: `.md` with YAML front matter, and `.txt` pages of the UWC site."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import yaml
from msgspec import Struct

from digest import phrases
from digest.collect import clean, dates, uwc
from digest.collect.identity import url_key
from digest.collect.request import Visit
from digest.errors import SourceError
from digest.models import Article, Cover, SourceReport

_LARGEST_BYTES = 1_000_000
_LONGEST_FRONT = 20_000
"""Characters of front matter; YAML is read at about 100 kB a second."""
_YOUNG_S = 2.0
_SECOND_LOOK_S = 0.5


class _FileError(Exception):
    """What is wrong in one file, at which line, and what to do."""

    def __init__(self, line: int, said: str) -> None:
        super().__init__(said)
        self.line = line


def read(visit: Visit) -> SourceReport:
    """All articles of the folder. A broken file is a problem of the report; the others are read.

    Raises SourceError when the folder itself cannot be read.
    """
    files = _files(visit.request.folder / str(visit.source.path))
    growing = _growing(files)
    articles, problems = [], []
    for file in files:
        try:
            articles.append(_article(file, visit, growing=file in growing))
        except _FileError as error:
            problems.append(f"{clean.plain(str(file))}:{error.line}: {error}")
    # A broken file may be one that the archive knows, and a share that is not mounted is empty.
    complete_since = datetime.min.replace(tzinfo=UTC) if articles and not problems else None
    return SourceReport(visit.source.name, tuple(articles), tuple(problems), complete_since=complete_since)


def _files(folder: Path) -> list[Path]:
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise SourceError(f"the folder {folder} cannot be read ({error.strerror}); check `path`") from error
    wanted = (each for each in entries if each.suffix.lower() in (".md", ".txt") and not each.name.startswith("."))
    return [each for each in wanted if each.is_file()]  # a pipe would be waited for without end


def _growing(files: Iterable[Path]) -> set[Path]:
    """Files that change while we look twice: half of an article must not be taken for the whole.

    Only what was written in the last two seconds, by the machine's own clock whatever time the
    run stands for, costs the second look.
    """
    now = time.time()
    young = {file: mark for file in files if (mark := _mark(file)) and 0 <= now - mark[0] < _YOUNG_S}
    if young:
        time.sleep(_SECOND_LOOK_S)
    return {file for file, mark in young.items() if _mark(file) != mark}


def _mark(file: Path) -> tuple[float, int] | None:
    """When it was written and its size; None for what is not there."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime, found.st_size


def _article(file: Path, visit: Visit, *, growing: bool) -> Article:
    if growing:
        raise _FileError(1, "is still being written; it is left for the next run")
    text = _text(file)
    name = clean.identifier(file.name)
    return _markdown(name, text, visit) if file.suffix == ".md" else _page(name, text, visit)


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > _LARGEST_BYTES:
            raise _FileError(1, "larger than 1 MB, so no article; take it out of the folder")
        return file.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except OSError as error:
        raise _FileError(1, f"cannot be read ({error.strerror}); check its permissions") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise _FileError(line, "not UTF-8; save the file as UTF-8") from error


# --- a page of the UWC site as text ----------------------------------------------------------


def _page(name: str, text: str, visit: Visit) -> Article:
    try:
        page = uwc.page([clean.plain(line) for line in text.splitlines()], visit.zone)
    except uwc.NoPage as error:
        raise _FileError(error.line, str(error)) from error
    url = visit.page_url(page.title)
    return Article(
        source=visit.source.name,
        native_id=name,
        url=url,
        url_key=url_key(url),
        title=phrases.short(page.title, clean.TITLE_LENGTH),
        lede=phrases.short(page.paragraphs[0], clean.LEDE_LENGTH),
        tags=page.tags,
        published=page.published.at,
        day_only=page.published.day_only,
        views=page.views,
        views_at=None if page.views is None else visit.request.now,
        cover=Cover(url=None, alt="", credit=page.credit) if page.credit else None,
        language=visit.language,
        words=sum(len(paragraph.split()) for paragraph in page.paragraphs),
    )


# --- Markdown with front matter --------------------------------------------------------------

_QUOTES = "put a value that begins with # or holds a colon into quotes"


class _Table(Struct, frozen=True):
    """A YAML mapping whose values stay as they are written: `no` is Norwegian and 2024 a title."""

    values: Mapping[str, yaml.Node]
    line: int

    @classmethod
    def of(cls, node: yaml.Node | None, line: int) -> _Table:
        if not isinstance(node, yaml.MappingNode):
            raise _FileError(line, "expected `key: value` lines; write at least `title:` and `date:`")
        named = ((key.value.lower(), value) for key, value in node.value if isinstance(key, yaml.ScalarNode))
        return cls(dict(named), line)

    def line_of(self, *keys: str) -> int:
        """The line of the first key that is there; the table's own when none is."""
        return next((_line(self.values[key]) for key in keys if key in self.values), self.line)

    def text(self, *keys: str) -> str:
        """The value of the first key that is there, cleaned; empty when none is."""
        key = next((key for key in keys if key in self.values), None)
        return "" if key is None else _scalar(key, self.values[key])

    def texts(self, key: str) -> list[str]:
        """The items of a list, or of text with commas."""
        node = self.values.get(key)
        if isinstance(node, yaml.SequenceNode):
            return [_scalar(key, item) for item in node.value]
        return self.text(key).split(",")


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 2  # marks count from 0, and the front matter begins below its `---`


def _scalar(key: str, node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise _FileError(_line(node), f"`{key}`: expected one text; {_QUOTES}")
    if node.tag == "tag:yaml.org,2002:null":
        raise _FileError(
            _line(node), f"`{key}` is empty, perhaps because # begins a comment; {_QUOTES}, or take the key out"
        )
    return clean.plain(node.value)


def _markdown(name: str, text: str, visit: Visit) -> Article:
    front, body = _split(text)
    title = phrases.short(front.text("title"), clean.TITLE_LENGTH)
    if not title:
        raise _FileError(front.line_of("title"), "expected `title:` in the front matter; add it")
    published = _date(front, "date", visit)
    url = _url(front, "url", visit.site) or visit.page_url(title)
    views = _views(front)
    return Article(
        source=visit.source.name,
        native_id=name,
        url=url,
        url_key=url_key(url),
        title=title,
        lede=phrases.short(front.text("lede", "description", "summary") or _first_paragraph(body), clean.LEDE_LENGTH),
        tags=clean.tags(front.texts("tags")),
        published=published.at if published else None,
        day_only=published.day_only if published else False,
        views=views,
        views_at=None if views is None else visit.request.now,
        cover=_cover(front, url),
        language=_language(front) or visit.language,
        words=clean.words(body),
    )


def _split(text: str) -> tuple[_Table, str]:
    """Front matter and body."""
    match = re.match(r"---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*$(.*)", text, re.DOTALL | re.MULTILINE)
    if match is None or len(match[1]) > _LONGEST_FRONT:
        raise _FileError(1, "expected front matter: a line `---`, `title:` and `date:` lines, and a line `---`")
    try:
        node = yaml.compose(match[1], Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.context_mark or error.problem_mark  # where the list begins, not where its end was missed
        line = mark.line + 2 if mark else 1
        raise _FileError(line, f"not valid YAML: {error.problem}; {_QUOTES}") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise _FileError(
            1, "not valid YAML: a character or a depth that it does not allow; simplify the front matter"
        ) from error
    return _Table.of(node, 1), match[2]


def _date(front: _Table, key: str, visit: Visit) -> dates.Dated | None:
    written = front.text(key)
    dated = dates.parse(written, visit.zone)
    if written and dated is None:
        raise _FileError(
            front.line_of(key), f'`{key}`: cannot read "{written[:40]}"; write it as 2024-06-27 or 2024-06-27 18:00'
        )
    return dated


def _url(table: _Table, key: str, base: str) -> str | None:
    written = table.text(key)
    url = clean.url(written, base)
    if written and url is None:
        raise _FileError(table.line_of(key), f'`{key}`: "{written[:80]}" is no web address; begin it with https://')
    return url


def _views(front: _Table) -> int | None:
    written = front.text("views")
    if written and not re.fullmatch(r"[0-9]{1,10}", written):
        raise _FileError(front.line_of("views"), f'`views`: "{written[:40]}" is no number; write digits only')
    return int(written) if written else None


def _language(front: _Table) -> str:
    written = front.text("language", "lang")
    if written and not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", written):
        raise _FileError(
            front.line_of("language", "lang"),
            f'`language`: "{written[:40]}" is no language code; write one as en or uk',
        )
    return written


def _cover(front: _Table, base: str) -> Cover | None:
    node = front.values.get("cover")
    if not isinstance(node, yaml.MappingNode):
        url = _url(front, "cover", base)
        return Cover(url, alt="", credit="") if url else None
    table = _Table.of(node, _line(node))
    return Cover(
        _url(table, "url", base), alt=phrases.short(table.text("alt"), 300), credit=clean.credit(table.text("credit"))
    )


def _first_paragraph(body: str) -> str:
    blocks = (block.strip()[: clean.LEDE_LENGTH * 4] for block in re.split(r"\n\s*\n", body))
    return next(filter(None, (_unmarked(block) for block in blocks if not re.match(r"[#<>|`]|---|\* |- ", block))), "")


def _unmarked(block: str) -> str:
    """The words of a Markdown paragraph."""
    linked = re.sub(r"!\[[^\[\]]*\]\([^()]*\)", "", block)
    linked = re.sub(r"\[([^\[\]]*)\]\([^()]*\)", r"\1", linked)
    return clean.text(re.sub(r"(?<!\w)([*_]{1,3}|`)(\S[^*_`]*)\1(?!\w)", r"\2", linked))
