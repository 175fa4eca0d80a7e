"""From the sources to a checked email: collect, compose, render, check."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from digest import arrivals, check, collect, compose, config, render
from digest.compose import window
from digest.config import Overlay, Settings
from digest.models import Article, Email, Finding, History, Issue, Picture, Slot, SourceReport, Variants
from digest.pipeline import choosing, illustrating, proving
from digest.pipeline.job import Job

if TYPE_CHECKING:  # the store is slow to import and `build` can do without it
    from digest.store import Store


class Draft(Struct, frozen=True):
    """An issue as it would go out now."""

    slot: Slot
    issue: Issue
    email: Email
    findings: tuple[Finding, ...]
    reports: tuple[SourceReport, ...]
    proof: check.Proof
    """What the checks read: the raw email of one reader, its html as a page."""
    quiet: str = ""
    """Why it has too few stories for the schedule, empty when it has enough."""
    candidates: tuple[Article, ...] = ()
    """All that the issue has a verdict for, as their sources give them."""
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    """Address in the email -> file, for all that it shows of our own."""
    variants: Variants = field(default_factory=Variants)
    """For readers who chose some themes; made only of what is to be frozen."""

    @property
    def sha256(self) -> str:
        """The hash of all that would go out."""
        return self.variants.seal(self.email)


class Sketch(Struct, frozen=True):
    """An issue as it will look, before all its pictures have come and before it is checked. Nothing sends one."""

    shown: illustrating.Illustrated
    email: Email

    @property
    def issue(self) -> Issue:
        """With its pictures, or plates in their places."""
        return self.shown.issue


def key_of(settings: Settings, slot: Slot) -> str:
    """`weekly-2026-W47`"""
    return f"{settings.newsletter.key}-{slot.period}"


def open_slot(settings: Settings, now: datetime) -> Slot:
    """The slot whose window is open at `now`."""
    slots = window.upcoming(settings.schedule, settings.newsletter.zone, now, 3)
    return next(slot for slot in slots if slot.window.end > now)


def look(settings: Settings, store: Store | None, job: Job) -> tuple[SourceReport, ...]:
    """What every source gives for the window that is still open, and the look-back before it."""
    request = _request(settings, store, open_slot(settings, job.now), job.now)
    return collect.fetch_all(settings.sources, request, on_done=job.watch.fetched)


def gather(
    editions: Sequence[Settings], store: Store, job: Job, only: Collection[str] | None = None
) -> tuple[SourceReport, ...]:
    """Every source of every edition, or those named in `only`, into the archive, once.

    A feed that has not changed is not read again.
    """
    found: dict[str, SourceReport] = {}
    for settings in editions:
        request = replace(_request(settings, store, open_slot(settings, job.now), job.now), between_issues=True)
        wanted = [source for source in settings.sources if only is None or source.name in only]
        sources = [source for source in wanted if source.name not in found]
        reports = collect.fetch_all(sources, request, on_done=job.watch.fetched)
        _keep(store, reports, _news(settings, store, request, reports), job.now)
        found |= {report.source: report for report in reports}
    return tuple(found.values())


def build(settings: Settings, store: Store | None, slot: Slot, job: Job, themes: tuple[str, ...] = ()) -> Draft:
    """The issue of `slot` as its sources, the archive, config.toml and the overlay make it now.

    With `themes` as a reader gets it who chose these. Changes nothing, but that pictures are kept in
    the store. Raises UsageError for a theme that there is not.
    """
    proving.refuse_mistakes(settings)
    choosing.refuse_unknown(settings, themes)
    overlay = config.overlay(settings.folder, key_of(settings, slot))  # first: a mistake in it is told at once
    made_of = replace(material(settings, store, slot, job), themes=themes)
    return drafted(settings, store, made_of, overlay, job)


def make(settings: Settings, store: Store, slot: Slot, job: Job) -> Draft:
    """The same, to be frozen: its articles go into the archive, and those that no source names are looked for."""
    proving.refuse_mistakes(settings)
    overlay = config.overlay(settings.folder, key_of(settings, slot))
    made_of = material(settings, store, slot, job)
    _keep(store, made_of.reports, made_of.news, job.now)
    draft = drafted(settings, store, made_of, overlay, replace(job, pictures="again"))
    missing = collect.taken_down(made_of.news.unseen(draft.issue), settings.sources, made_of.request)
    if missing:
        store.articles.mark_gone(missing, job.now)
        draft = drafted(settings, store, replace(made_of, news=made_of.news.without(missing)), overlay, job)
    draft = examined(draft, proving.with_readers(draft.proof, settings, store, job.now), job)
    return choosing.varied(settings, store, draft, overlay, job)


def examined(draft: Draft, more: check.Proof, job: Job) -> Draft:
    """The draft judged by all that `more`, its proof with something added, may tell."""
    return replace(draft, proof=more, findings=check.accepted(check.findings(more), job.accept))


class Material(Struct, frozen=True):
    """What an issue is made of, but for the editor's hand."""

    slot: Slot
    request: collect.Request
    reports: tuple[SourceReport, ...]
    news: arrivals.News
    history: History
    themes: tuple[str, ...] = ()
    """What a reader has chosen, to see what they get; none: the whole issue."""


def material(
    settings: Settings, store: Store | None, slot: Slot, job: Job, known: Sequence[SourceReport] = ()
) -> Material:
    """The sources' and the archive's articles for `slot`, and what earlier issues took of them.

    A source that `known` has a report of is not asked again.
    """
    request = _request(settings, store, slot, job.now)
    had = {report.source: report for report in known}
    asked = [source for source in settings.sources if source.name not in had]
    fresh = collect.fetch_all(asked, request, on_done=job.watch.fetched)
    by_source = had | {report.source: report for report in fresh}
    reports = tuple(by_source[source.name] for source in settings.sources)
    news = _news(settings, store, request, reports)
    return Material(slot, request, reports, news, _history(settings, store, slot, news.articles))


def composed(settings: Settings, made_of: Material, overlay: Overlay) -> Issue:
    """The issue that these make. Raises ConfigError for an overlay that does not fit the articles."""
    rules = compose.Rules(settings.newsletter, settings.themes, settings.compose, overlay)
    issue = compose.issue(made_of.news.articles, made_of.slot, made_of.history, rules, made_of.news.gone)
    issue = compose.chosen(issue, made_of.themes, rules)
    return replace(issue, notes=(*issue.notes, *arrivals.told(made_of.news.changes, issue)))


def drafted(
    settings: Settings, store: illustrating.Keeps | None, made_of: Material, overlay: Overlay, job: Job
) -> Draft:
    """The issue that these make, rendered and checked: no source is asked. Raises ConfigError and RenderError."""
    shown = _illustrated(settings, store, composed(settings, made_of, overlay), job)
    return judged(settings, made_of, _rendered(settings, shown), job)


def sketched(settings: Settings, store: illustrating.Keeps, made_of: Material, overlay: Overlay) -> Sketch:
    """The same at once: no server is asked for a picture, and no check. Raises as `drafted` does."""
    plain, at = composed(settings, made_of, overlay), datetime.now(UTC)
    shown = illustrating.Illustrated(plain)
    if render.shows_covers(settings.templates):
        shown = illustrating.at_hand(settings, store, plain, at)
    return _rendered(settings, _charted(settings, store, shown, at))


def fetch(
    settings: Settings, store: illustrating.Keeps, made_of: Material, overlay: Overlay, came: Callable[[], None]
) -> None:
    """The pictures that a sketch lacks, from their servers into the store; `came` is called after each."""
    if render.shows_covers(settings.templates):
        illustrating.fetch(settings, store, composed(settings, made_of, overlay), datetime.now(UTC), came)


def judged(settings: Settings, made_of: Material, sketch: Sketch, job: Job) -> Draft:
    """The sketch, whose pictures have come, with what the checks find."""
    shown, email = sketch.shown, sketch.email
    issue, pictures = shown.issue, shown.pictures
    due, quiet = made_of.slot.due, proving.quiet(settings, issue)
    given = proving.proof(settings, shown, email, due, reports=made_of.reports, history=made_of.history)
    findings = check.accepted(check.findings(given), job.accept)
    articles = made_of.news.articles
    return Draft(made_of.slot, issue, email, findings, made_of.reports, given, quiet, articles, pictures)


def _illustrated(
    settings: Settings, store: illustrating.Keeps | None, issue: Issue, job: Job
) -> illustrating.Illustrated:
    shown = illustrating.Illustrated(issue)
    if job.pictures == "none":
        return shown
    # The real time, whatever moment the job pretends: a server was asked when it was asked.
    at = datetime.now(UTC)
    if render.shows_covers(settings.templates):
        shown = illustrating.illustrated(settings, store, issue, job.watch, at, again=job.pictures == "again")
    return _charted(settings, store, shown, at)


def _charted(
    settings: Settings, store: illustrating.Keeps | None, shown: illustrating.Illustrated, at: datetime
) -> illustrating.Illustrated:
    return illustrating.charted(settings, store, shown, at) if render.shows_charts(settings.templates) else shown


def _rendered(settings: Settings, shown: illustrating.Illustrated) -> Sketch:
    return Sketch(shown, render.email(shown.issue, settings.newsletter, settings.brand, settings.templates))


def _keep(store: Store, reports: tuple[SourceReport, ...], news: arrivals.News, now: datetime) -> None:
    store.articles.save([a for report in reports for a in report.articles], now)
    store.articles.mark_gone(news.gone, now)
    store.articles.record_fetch(reports, now)


def _news(
    settings: Settings, store: Store | None, request: collect.Request, reports: tuple[SourceReport, ...]
) -> arrivals.News:
    """Of this edition's own sources: the archive holds those of all."""
    if store is None:
        return arrivals.compare((), reports, request.end)
    ours = {source.name for source in settings.sources}
    end = request.end + collect.AFTER_CLOSE
    gone = [(a, since) for a, since in store.articles.gone(request.start, end) if a.source in ours]
    shown = [a for a in store.articles.between(request.start, end) if a.source in ours]
    return arrivals.compare((*shown, *(a for a, _ in gone)), reports, request.end, {a.id: since for a, since in gone})


def _history(settings: Settings, store: Store | None, slot: Slot, candidates: Sequence[Article] = ()) -> History:
    """Of the issues before this one: its own frozen form must not push its articles out."""
    if store is None:
        return History()
    return store.issues.history(settings.newsletter.key, slot.window.end - timedelta.resolution, candidates)


def _request(settings: Settings, store: Store | None, slot: Slot, now: datetime) -> collect.Request:
    """From the look-back before the issue's window to its end."""
    window_ = compose.joined(slot.window, _history(settings, store, slot))
    return collect.Request(
        start=window_.start - timedelta(days=settings.compose.look_back_days),
        end=window_.end,
        now=now,
        folder=settings.folder,
        newsletter=settings.home,
        memories=store.articles.memories() if store else {},
        reveal=settings.reveal,
    )
