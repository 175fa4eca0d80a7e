"""What the editor has open: an issue with its articles at hand, made anew whenever a file changes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from digest import arrivals, config, pipeline
from digest.config import Overlay, Settings
from digest.errors import ConfigError, DigestError
from digest.models import Email, Finding, Issue, Picture, PictureMemory, Slot, SourceReport
from digest.web.preview import cases

if TYPE_CHECKING:
    from digest.store import Store
    from digest.store.issues import IssueRecord


@dataclass(frozen=True, slots=True)
class Choice:
    """Which issue is meant, in the words of the command line; `case` is one of `cases.CASES`."""

    edition: str = ""
    issue: str = ""
    as_of: str = ""
    case: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """One form of an issue: as it would be made now, or as it was frozen."""

    issue: Issue
    email: Email
    findings: tuple[Finding, ...]
    pictures: Mapping[str, Picture]
    """Address in the email -> file, for all that it shows of our own."""
    accepted: Mapping[Finding, str] = field(default_factory=dict)
    """Who let a warning pass; of frozen bytes alone."""


@dataclass(frozen=True, slots=True)
class View:
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


@dataclass
class _Read:
    """What was read for one issue, and what of the settings it depends on."""

    made_of: pipeline.Material
    depends: tuple[object, ...]
    at: datetime
    folders: Mapping[str, Path]
    stale: set[str] = field(default_factory=set)
    """Names of the folder sources whose files have changed since."""


@dataclass
class _Kept:
    """The last good view of one choice, and what is wrong since."""

    view: View | None = None
    problems: tuple[str, ...] = ()
    version: int = -1


@dataclass
class Session:
    """Safe to use from several threads."""

    config_file: Path
    targets: Targets
    existing: Callable[[], Store | None]
    """The store if there is one now; it does not make one."""
    made: Callable[[], Store]
    """The store, made when it is not there: a decision needs one."""
    version: int = 0
    """Counts up with every change that may show."""
    ended: threading.Event = field(default_factory=threading.Event)
    """Set when the preview is about to end: whoever waits for a change need not wait any longer."""
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _kept: dict[Choice, _Kept] = field(default_factory=dict)
    _read: dict[str, _Read] = field(default_factory=dict)
    _frozen: dict[str, Form] = field(default_factory=dict)
    _remembered: _Remembered = field(default_factory=_Remembered)

    def view(self, choice: Choice) -> tuple[View | None, tuple[str, ...]]:
        """The issue as it is now; while something is wrong the last good view of it, and what is wrong."""
        with self._lock:
            kept = self._kept.setdefault(choice, _Kept())
            if kept.version != self.version:
                version = self.version
                try:
                    kept.view, kept.problems = self._made(choice), ()
                except ConfigError as error:
                    kept.problems = tuple(error.problems)
                except DigestError as error:
                    kept.problems = (str(error),)
                kept.version = version
            return kept.view, kept.problems

    def editions(self) -> tuple[Settings, ...]:
        """As config.toml names them; none while it is wrong."""
        with suppress(ConfigError):
            return config.editions(self.config_file)
        return ()

    def changed(self, paths: Collection[Path] = ()) -> None:
        """Whatever is on screen is made anew; of the sources only folders in which one of `paths` lies."""
        with self._lock:
            for read in self._read.values():
                read.stale |= {name for name, at in read.folders.items() if any(p.is_relative_to(at) for p in paths)}
            self.version += 1

    def read_again(self) -> None:
        """Every source is asked again when an issue is next looked at."""
        with self._lock:
            self._read.clear()
            self.version += 1

    def watched(self) -> list[Path]:
        """The files and folders on which the open issues depend."""
        with self._lock:
            settings = [kept.view.settings for kept in self._kept.values() if kept.view]
        found = {self.config_file, self.config_file.parent / "issues", self.config_file.parent / "templates"}
        found |= {s.templates for s in settings}
        found |= {at for s in settings for _, at in _folders(s)}
        return sorted(found)

    def _made(self, choice: Choice) -> View:
        store = self.existing()
        settings, slot, now = self.targets(choice, store)
        key = pipeline.key_of(settings, slot)
        overlay = config.overlay(settings.folder, key)
        read = self._material(settings, store, slot, now)
        job = pipeline.Job(now, Quiet())
        draft = pipeline.drafted(settings, store or self._remembered, read.made_of, overlay, job)
        record = store.issues.get(key) if store else None
        frozen = self._frozen_form(store, record) if store and record and record.sha256 else None
        made_of = read.made_of
        if choice.case:
            draft = self._tried(choice.case, settings, made_of, draft, store)
            frozen = None
        form = Form(draft.issue, draft.email, draft.findings, draft.pictures)
        return View(choice, settings, slot, now, made_of, read.at, overlay, form, frozen, record)

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

    def _tried(
        self, case: str, settings: Settings, made_of: pipeline.Material, draft: pipeline.Draft, store: Store | None
    ) -> pipeline.Draft:
        """The issue in another shape, without the editor's hand."""
        articles = cases.articles(case, draft.issue.stories)
        news = arrivals.News(articles, {}, (), frozenset(a.url_key for a in articles))
        job = pipeline.Job(made_of.request.now, Quiet())
        rules, shaped = cases.rules(case, settings), replace(made_of, news=news)
        return pipeline.drafted(rules, store or self._remembered, shaped, Overlay(), job)


def _folders(settings: Settings) -> Iterator[tuple[str, Path]]:
    for source in settings.sources:
        if source.kind == "folder" and source.path:
            yield source.name, (settings.folder / source.path).resolve()
