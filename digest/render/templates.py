"""Editors' templates: found inside their folder, filled in, and every mistake named by file and line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path
from threading import Lock
from traceback import walk_tb
from types import TracebackType
from typing import Any

from jinja2 import (
    BaseLoader,
    Environment,
    StrictUndefined,
    Template,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
)
from jinja2.environment import TemplateModule
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.sandbox import ImmutableSandboxedEnvironment
from msgspec import Struct

from digest.errors import RenderError
from digest.render import filters, guard
from digest.render.compiled import Compiled

# What an expression in a template can raise; RenderError from our own filters passes as it is.
_FAULTS = (
    TemplateError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


def fill(root: Path, name: str, values: Mapping[str, object], *, escape: bool = True) -> str:
    """The template `name` of the folder `root` with `values` in it.

    With `escape` every value is escaped for html; the text part needs none. Raises RenderError
    with the file and the line of the first mistake.
    """
    return _filled(_environment(root.resolve(), escape=escape), root, name, values)


def origin(root: Path, name: str, values: Mapping[str, object], offset: int) -> str | None:
    """`templates/issue.mjml.j2:12`, the line that wrote the character at `offset` of `guard.legal(fill(…))`.

    The template runs once more with a mark before every line that it writes. None when the marks
    changed what it writes, for instance where it measures a text.
    """
    marked = _filled(_environment(root.resolve(), escape=True, marks=True), root, name, values)
    if _MARK.sub("", marked) != fill(root, name, values):
        return None
    place, position = None, 0
    pieces = _MARK.split(marked)
    for index in range(0, len(pieces), 3):
        position += len(guard.legal(pieces[index]))
        if position > offset or index + 1 == len(pieces):
            return place
        place = f"{root / pieces[index + 1]}:{pieces[index + 2]}"
    return place


_MARK = re.compile("\x02(.*?):(\\d+)\x03")


class _Marks(Extension):
    r"""Writes `\x02file:line\x03` before each line of plain template text."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        for token in stream:
            if token.type == "data":
                lines = token.value.split("\n")
                marked = [f"\x02{stream.name}:{token.lineno + at}\x03{line}" for at, line in enumerate(lines)]
                yield Token(token.lineno, "data", "\n".join(marked))
            else:
                yield token


class _Folder(BaseLoader):
    """Files under one folder; a link that leads out of it is not followed."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._read: dict[Path, bytes] = {}

    def changed(self) -> bool:
        """Whether a file is not what it was when it was read; then every file counts as not yet read."""
        try:
            # Bytes, not times: two saves within one tick of the file system's clock look alike.
            changed = any(file.read_bytes() != raw for file, raw in list(self._read.items()))
        except OSError:
            changed = True
        if changed:
            self._read.clear()
        return changed

    def get_source(self, _: Environment, template: str) -> tuple[str, str, None]:
        file = self.root / template
        target = file.resolve()
        if not target.is_relative_to(self.root) or not target.is_file():
            raise TemplateNotFound(template)
        raw = self._read[target] = target.read_bytes()
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            raise RenderError(f"{file}:{line}: not UTF-8; save the file as UTF-8 and run again") from error
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        return text, str(file), None


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's, with a shorter way to plain values: a third of a render went into asking whether they are safe."""

    def __init__(self, root: Path, *, escape: bool, marks: bool) -> None:
        self.folder = _Folder(root)
        self.lock = Lock()
        super().__init__(
            loader=self.folder,
            auto_reload=False,
            autoescape=escape,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=[_Marks] if marks else [],
            bytecode_cache=Compiled(f"sandbox escape={escape} marks={marks}"),
        )
        self.filters.update(filters.ALL)

    def current(self, name: str) -> Template:
        """The template `name` and all that it includes, as the files are now."""
        # Asked once per render; Jinja's own way asks again at each include, in every round of a loop.
        if self.folder.changed() and self.cache is not None:
            self.cache.clear()
        return self.get_template(name)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """`obj.attribute` as in a template."""
        kind: type = type(obj)
        if attribute in _fields(kind):
            return getattr(obj, attribute)
        if kind is dict and attribute in obj and attribute not in _OF_DICT:
            return obj[attribute]
        if kind is TemplateModule and attribute in vars(obj) and attribute[0] != "_":
            return vars(obj)[attribute]
        return super().getattr(obj, attribute)


_OF_DICT = frozenset(dir(dict))


@cache
def _fields(kind: type) -> frozenset[str]:
    """Names of what one of our values holds: never a method, and nothing private."""
    names = kind.__struct_fields__ if issubclass(kind, Struct) else ()
    return frozenset(name for name in names if not name.startswith("_"))


@lru_cache(maxsize=16)
def _environment(root: Path, *, escape: bool, marks: bool = False) -> _Sandbox:
    return _Sandbox(root, escape=escape, marks=marks)


def _filled(environment: _Sandbox, root: Path, name: str, values: Mapping[str, object]) -> str:
    try:
        # Of two previews at once neither may see half of a change.
        with environment.lock:
            return environment.current(name).render(values)
    except TemplateSyntaxError as error:
        raise RenderError(f"{root / (error.name or name)}:{error.lineno}: {error.message}; mend that line") from error
    except _FAULTS as error:
        place = _line(error.__traceback__, root.resolve())
        raise RenderError(f"{place or root / name}: {_said(error)}") from error


def _line(trace: TracebackType | None, root: Path) -> str | None:
    # Jinja gives the frames of a template its own file and lines.
    frames = [(frame.f_code.co_filename, line) for frame, line in walk_tb(trace)]
    return next((f"{file}:{line}" for file, line in reversed(frames) if Path(file).is_relative_to(root)), None)


def _said(error: Exception) -> str:
    if isinstance(error, TemplateNotFound):
        return f'the template "{error.name}" is not in the templates folder; put it there or mend its name'
    if isinstance(error, RecursionError):
        return "a template includes itself without end; take that include out"
    return f"{str(error) or type(error).__name__}; mend that line"
