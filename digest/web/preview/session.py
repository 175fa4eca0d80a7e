"""What the editor has open: an issue with its articles at hand, made anew whenever a file changes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct, field
from msgspec.structs import replace

from digest import arrivals, config, pipeline
from digest.config import Overlay, Settings
from digest.errors import ConfigError, DigestError
from digest.models import Email, Finding, Issue, Picture, PictureMemory, Slot, SourceReport
from digest.web.preview import cases, watching

if TYPE_CHECKING:
    from digest.store import Store
    from digest.store.issues import IssueRecord


_SHOWN_EVERY_S = 0.5


class Choice(Struct, frozen=True):
    """Which issue is meant, in the words of the command line; `case` is one that `cases.label` knows."""

    edition: str = ""
    issue: str = ""
    as_of: str = ""
    case: str = ""


class Form(Struct, frozen=True):
    """One form of an issue: as it would be made now, or as it was frozen."""

    issue: Issue
    email: Email
    findings: tuple[Finding, ...]
    pictures: Mapping[str, Picture]
    """Address in the email -> file, for all that it shows of our own."""
    accepted: Mapping[Finding, str] = field(default_factory=dict)
    """Who let a warning pass; of frozen bytes alone."""
    lacks: str = ""
    """What is on its way: `12 pictures and the checks`. While there is anything the form is only to be looked at."""


class View(Struct, frozen=True):
    """All that the pages show of an issue."""

    choice: Choice
    settings: Settings
    slot: Slot
    now: datetime
    """The moment that it is, or is said to be."""
    made_of: pipeline.Material
    read_at: datetime
    """When the sources were read."""
    overlay: Overlay
    draft: Form
    frozen: Form | None
    record: IssueRecord | None

    @property
    def key(self) -> str:
        """`weekly-2026-W47`"""
        return self.draft.issue.key


Targets = Callable[[Choice, "Store | None"], tuple[Settings, Slot, datetime]]
"""The edition, the slot and the moment that a choice means. Raises DigestError."""


class Quiet:
    """Tells nobody how the work goes on: the page shows what comes of it."""

    def fetched(self, report: SourceReport) -> None:
        """A source has been read."""

    def pictured(self, done: int, of: int) -> None:
        """A picture has come."""

    def varied(self, done: int, of: int) -> None:
        """The preview makes no variants."""

    def sent(self, counts: object) -> None:
        """The preview sends nothing."""


class _Remembered(dict[str, PictureMemory]):
    """Pictures while there is no store: looking at an issue makes none, and each is made once all the same."""

    @property
    def pictures(self) -> _Remembered:
        return self

    def memories(self, keys: Sequence[str]) -> dict[str, PictureMemory]:
        return {key: self[key] for key in keys if key in self}

    def remember(self, memories: Iterable[PictureMemory]) -> None:
        self.update({each.key: each for each in memories})


class _Read(Struct):
    """What was read for one issue, and what of the settings it depends on."""

    made_of: pipeline.Material
    depends: tuple[object, ...]
    at: datetime
    folders: Mapping[str, Path]
    stale: set[str] = field(default_factory=set)
    """Names of the folder sources whose files have changed since."""


class _Making(NamedTuple):
    """What a form is made of."""

    settings: Settings
    made_of: pipeline.Material
    overlay: Overlay


class _Rest(NamedTuple):
    """What makes a draft whole."""

    making: _Making
    keeps: Store | _Remembered
    """Where its pictures are kept."""
    sketch: pipeline.Sketch


class _Kept(Struct):
    """The last good view of one choice, and what is wrong since."""

    view: View | None = None
    problems: tuple[str, ...] = ()
    version: int = -1
    rest: _Rest | None = None
    """What the draft of the view is made of, until it is whole."""
    fetching: bool = False
    """Whether the pictures that it lacks are being asked for."""
    stuck: str = ""
    """Why they cannot be kept; they are not asked for again before a file changes."""


class Session(Struct, eq=False):
    """Safe to use from several threads."""

    config_file: Path
    targets: Targets
    existing: Callable[[], Store | None]
    """The store if there is one now; it does not make one."""
    made: Callable[[], Store]
    """The store, made when it is not there: a decision needs one."""
    version: int = 0
    """Counts up with every change that may show."""
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _kept: dict[Choice, _Kept] = field(default_factory=dict)
    _read: dict[str, _Read] = field(default_factory=dict)
    _frozen: dict[str, Form] = field(default_factory=dict)
    _remembered: _Remembered = field(default_factory=_Remembered)
    _hearing: list[Callable[[], object]] = field(default_factory=list)
    _own: dict[Path, watching.Mark | None] = field(default_factory=dict)
    """What we have written -> how it was then."""

    def view(self, choice: Choice, *, at_once: bool = False) -> tuple[View | None, tuple[str, ...]]:
        """The issue as it is now; while something is wrong the last good view of it, and what is wrong.

        With `at_once` a draft will do that lacks something. Without, it is checked, or its pictures are
        asked for: when they have come there is another version.
        """
        with self._lock:
            kept = self._kept.setdefault(choice, _Kept())
            if kept.version != self.version:
                self._renew(kept, choice)
            if kept.rest and not at_once:
                self._complete(kept, kept.rest)
            return kept.view, kept.problems

    def last(self, choice: Choice) -> tuple[View | None, tuple[str, ...]]:
        """The view that was made last, even if something has changed since; there is news of that."""
        with self._lock:
            kept = self._kept.get(choice)
            return (kept.view, kept.problems) if kept and kept.view else self.view(choice, at_once=True)

    def _renew(self, kept: _Kept, choice: Choice) -> None:
        version = self.version
        try:
            (kept.view, kept.rest), kept.problems = self._made(choice), ()
        except ConfigError as error:
            kept.problems = tuple(error.problems)
        except DigestError as error:
            kept.problems = (str(error),)
        if kept.stuck:
            kept.problems = (*kept.problems, kept.stuck)
        kept.version = version

    def editions(self) -> tuple[Settings, ...]:
        """As config.toml names them; none while it is wrong."""
        with suppress(ConfigError):
            return config.editions(self.config_file)
        return ()

    def wrote(self, path: Path) -> None:
        """A change of our own: `noticed` passes over it."""
        with self._lock:
            self._own[path] = watching.mark(path)
            self.changed([path])

    def noticed(self, paths: Collection[Path]) -> None:
        """What a look at the files has found."""
        with self._lock:
            if news := [path for path in paths if path not in self._own or self._own[path] != watching.mark(path)]:
                self.changed(news)

    def changed(self, paths: Collection[Path] = ()) -> None:
        """Whatever is on screen is made anew; of the sources only folders in which one of `paths` lies."""
        with self._lock:
            for read in self._read.values():
                read.stale |= {name for name, at in read.folders.items() if any(p.is_relative_to(at) for p in paths)}
            self._counted_up()

    def read_again(self) -> None:
        """Every source is asked again when an issue is next looked at."""
        with self._lock:
            self._read.clear()
            self._counted_up()

    def _counted_up(self) -> None:
        for kept in self._kept.values():
            kept.stuck = ""
        self._tell()

    def _tell(self) -> None:
        self.version += 1
        for told in self._hearing:
            told()

    @contextmanager
    def hearing(self, told: Callable[[], object]) -> Iterator[None]:
        """As long as the block lasts `told` is called, in any thread, when there is another version."""
        with self._lock:
            self._hearing.append(told)
        try:
            yield
        finally:
            with self._lock:
                self._hearing.remove(told)

    def heard(self) -> bool:
        """Whether anybody waits for another version."""
        return bool(self._hearing)

    def watched(self) -> list[Path]:
        """The files and folders on which the open issues depend."""
        with self._lock:
            settings = [kept.view.settings for kept in self._kept.values() if kept.view]
        found = {self.config_file, self.config_file.parent / "issues", self.config_file.parent / "templates"}
        found |= {s.templates for s in settings}
        found |= {at for s in settings for _, at in _folders(s)}
        return sorted(found)

    def _made(self, choice: Choice) -> tuple[View, _Rest]:
        store = self.existing()
        if store and self._remembered:  # it was made by a decision
            store.pictures.remember(self._remembered.values())
            self._remembered.clear()
        settings, slot, now = self.targets(choice, store)
        key = pipeline.key_of(settings, slot)
        overlay = config.overlay(settings.folder, key)
        read = self._material(settings, store, slot, now)
        record = store.issues.get(key) if store else None
        shown = store and record and record.sha256 and not choice.case
        frozen = self._frozen_form(store, record) if store and record and shown else None
        making = _tried(choice.case, settings, read.made_of, overlay)
        keeps = store or self._remembered
        sketch = pipeline.sketched(making.settings, keeps, making.made_of, making.overlay)
        coming = sketch.shown.coming
        lacks = "the checks" if not coming else f"{coming} picture{'' if coming == 1 else 's'} and the checks"
        form = Form(sketch.issue, sketch.email, (), sketch.shown.pictures, lacks=lacks)
        view = View(choice, settings, slot, now, read.made_of, read.at, overlay, form, frozen, record)
        return view, _Rest(making, keeps, sketch)

    def _complete(self, kept: _Kept, rest: _Rest) -> None:
        """Has it checked, if its pictures are there; else has them fetched."""
        settings, made_of, _ = rest.making
        if not rest.sketch.shown.coming:
            draft = pipeline.judged(settings, made_of, rest.sketch, pipeline.Job(made_of.request.now, Quiet()))
            form = Form(draft.issue, draft.email, draft.findings, draft.pictures)
            kept.view, kept.rest = kept.view and replace(kept.view, draft=form), None
        elif not (kept.fetching or kept.stuck):
            kept.fetching = True
            threading.Thread(target=self._fetch, args=(rest, kept), daemon=True).start()

    def _fetch(self, rest: _Rest, kept: _Kept) -> None:
        """The pictures of one sketch; what has come is shown twice a second."""
        shown_at = time.monotonic()

        def came() -> None:
            nonlocal shown_at
            if time.monotonic() - shown_at > _SHOWN_EVERY_S:
                shown_at = time.monotonic()
                self.changed()

        stuck = "the pictures could not be had; the terminal says why"
        try:
            pipeline.fetch(rest.making.settings, rest.keeps, rest.making.made_of, rest.making.overlay, came)
            stuck = ""
        except DigestError as error:
            stuck = f"the pictures cannot be kept: {error}"
        finally:
            with self._lock:
                kept.fetching, kept.stuck = False, stuck
                self._tell()

    def _material(self, settings: Settings, store: Store | None, slot: Slot, now: datetime) -> _Read:
        """As it was read, unless the settings ask for something else; a folder that has changed is read again."""
        key = pipeline.key_of(settings, slot)
        home = settings.home
        depends = (settings.sources, slot, settings.compose.look_back_days, home.timezone, home.language, store is None)
        had = self._read.get(key)
        usable = had if had and had.depends == depends else None
        if usable and not usable.stale:
            return usable
        known = [r for r in usable.made_of.reports if r.source not in usable.stale] if usable else ()
        made_of = pipeline.material(settings, store, slot, pipeline.Job(now, Quiet()), known)
        self._read[key] = _Read(made_of, depends, datetime.now(UTC), dict(_folders(settings)))
        return self._read[key]

    def _frozen_form(self, store: Store, record: IssueRecord) -> Form:
        sha256 = str(record.sha256)
        if sha256 not in self._frozen:
            issue, email = store.issues.composed(record.id), store.issues.email(record.id)
            self._frozen[sha256] = Form(issue, email, (), store.pictures.shown(email.html, email.web))
        # What the checks said is kept with the bytes, and more may be added to it.
        noted = store.issues.findings(record.id)
        accepted = {each.finding: each.accepted_by for each in noted if each.accepted_by}
        return replace(self._frozen[sha256], findings=tuple(each.finding for each in noted), accepted=accepted)


def _tried(case: str, settings: Settings, made_of: pipeline.Material, overlay: Overlay) -> _Making:
    """For an odd shape the stories of the issue in that shape, without the editor's hand."""
    if not case:
        return _Making(settings, made_of, overlay)
    if case.startswith(cases.ONLY):
        return _Making(settings, replace(made_of, themes=(case.removeprefix(cases.ONLY),)), overlay)
    articles = cases.articles(case, pipeline.composed(settings, made_of, overlay).stories)
    news = arrivals.News(articles, {}, (), frozenset(a.url_key for a in articles))
    return _Making(cases.rules(case, settings), replace(made_of, news=news), Overlay())


def _folders(settings: Settings) -> Iterator[tuple[str, Path]]:
    for source in settings.sources:
        if source.kind == "folder" and source.path:
            yield source.name, (settings.folder / source.path).resolve()
