"""The preflight of config and templates: what every week may bring is tried before it comes.

Invented articles, no network, nothing written: every theme, each source's needs, dates that are
hard, the longest headline, an empty theme, one story, no picture, sixty stories.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from digest import check, compose, render
from digest.compose import window
from digest.config import ComposeSettings, Overlay, Settings, SourceSettings
from digest.errors import ConfigError, DigestError
from digest.models import Article, Cover, Finding, History, Issue, Slot
from digest.pipeline import proving
from digest.pipeline.illustrating import Illustrated

_LONG = {
    "en": "Interparliamentary delegation, after eleven days of counterproposals, unanimously recommends"
    " disproportionately far-reaching countermeasures against misinformation",
    "uk": "Міжпарламентська делегація після одинадцяти днів перемовин одностайно рекомендує якнайшвидше запровадити"
    " найдалекосяжніші контрзаходи проти дезінформації",
}
_SHORT = {"en": "Choirs sing for a maternity ward", "uk": "Хори співають для пологового будинку"}
_LEDE = {
    "en": "Volunteers in three towns sang for six evenings, and what they collected pays for the roof of the ward.",
    "uk": "Волонтери трьох міст співали шість вечорів, і зібраного вистачить на дах для пологового відділення.",
}
_HARD_DATES = ((2028, 2, 29), (2026, 12, 31), (2027, 3, 14), (2027, 10, 31), (2027, 5, 1))
"""A leap day, a year's end, both changes of the clocks, a month's first day: the windows around them."""


class Trial(Struct, frozen=True):
    """One thing that was tried."""

    what: str
    findings: tuple[Finding, ...]
    """Errors, and a warning where the html gets too large; none when all is well."""


def trials(settings: Settings, now: datetime) -> Iterator[Trial]:
    """Each as soon as it is done. A template that fails is a finding, not an exception."""
    proving.refuse_mistakes(settings)
    for at, source in enumerate(settings.sources):
        yield Trial(f"source {source.name} ({source.kind})", tuple(_source(settings, at, source)))
    slot = window.latest_closed(settings.schedule, settings.newsletter.zone, now)
    for theme in settings.themes:
        yield _tried(settings, slot, f"theme {theme.tag}", [_article(settings, slot, theme.tag, n) for n in range(2)])
    for year, month, day in _HARD_DATES:
        moment = datetime(year, month, day, 12, tzinfo=UTC)
        around = window.upcoming(settings.schedule, settings.newsletter.zone, moment, 1)[0]
        articles = [_article(settings, around, theme.tag, n) for n, theme in enumerate(settings.themes)]
        yield _tried(settings, around, f"date {year}-{month:02}-{day:02}", articles)
    for what, week in _weeks(settings, slot):
        yield _tried(settings, slot, what, week)
    for file in sorted((settings.templates / "text").glob("*.ftl")):
        newsletter = settings.newsletter.model_copy(update={"language": file.stem})
        there = settings.model_copy(update={"newsletter": newsletter})
        one_each = [_article(there, slot, theme.tag, n) for n, theme in enumerate(settings.themes)]
        yield _tried(there, slot, f"language {file.stem}", one_each)


def _weeks(settings: Settings, slot: Slot) -> Iterator[tuple[str, Sequence[Article]]]:
    tags = [theme.tag for theme in settings.themes]
    one_each = [_article(settings, slot, tag, n) for n, tag in enumerate(tags)]
    long = _in(_LONG, settings)
    yield "the longest headline", [replace(a, title=f"{long} {n}") for n, a in enumerate(one_each)]
    yield "an empty theme", one_each[1:] or one_each
    yield "one story", one_each[:1]
    yield "no picture", [replace(a, cover=None) for a in one_each]
    yield "sixty stories", [_article(settings, slot, tags[n % len(tags)], n) for n in range(60)]


def _tried(settings: Settings, slot: Slot, what: str, articles: Sequence[Article]) -> Trial:
    # Without the rules that leave out what is too little: the templates are tried, not the week.
    themes = tuple(theme.model_copy(update={"at_least": None}) for theme in settings.themes)
    easy = settings.model_copy(update={"themes": themes})
    try:
        rules = compose.Rules(easy.newsletter, easy.themes, ComposeSettings(), Overlay())
        issue = compose.issue(articles, slot, History(), rules)
        email = render.email(issue, easy.newsletter, easy.brand, easy.templates)
        found = check.findings(proving.proof(easy, Illustrated(issue), email, slot.due), ("issue", "message"))
    except DigestError as error:
        return Trial(what, (Finding("template", "error", str(error), "mend it and try again"),))
    too_few = _missing(issue, articles)
    serious = tuple(f for f in found if f.severity == "error" or (f.check == "html-size" and f.severity == "warning"))
    return Trial(what, (*too_few, *serious))


def _missing(issue: Issue, articles: Sequence[Article]) -> tuple[Finding, ...]:
    if (placed := len(issue.stories)) == len(articles):
        return ()
    message = f"of {len(articles)} articles {len(articles) - placed} found no place"
    return (Finding("themes", "error", message, "`digest explain` says why; look at [[themes]]"),)


def _source(settings: Settings, at: int, source: SourceSettings) -> Iterator[Finding]:
    """What it needs on this machine: a folder that is there, secrets that can be read."""
    if source.kind == "folder" and source.path and not (settings.folder / source.path).is_dir():
        where = settings.place("sources", at, "path")
        yield Finding("source", "error", f"{where}: there is no folder {source.path}", "make it, or name another")
    for key in ("password", "key"):
        if secret := getattr(source, key):
            try:
                settings.reveal(secret, "sources", key)
            except ConfigError as error:
                yield Finding("source", "error", str(error), "set it and try again")


def _article(settings: Settings, slot: Slot, tag: str, number: int) -> Article:
    site = settings.newsletter.site_url
    cover = Cover(f"{site}/covers/{number}.jpg", _in(_SHORT, settings), "Example Agency")
    return Article(
        source="trial",
        native_id=f"{tag}-{number}",
        url=f"{site}/trial/{number}",
        url_key=f"trial/{tag}/{number}",
        title=f"{_in(_SHORT, settings)} {number}",
        lede=_in(_LEDE, settings),
        tags=(tag.removeprefix("#"),),
        published=slot.window.end - timedelta(hours=1 + number % 20),
        views=1_000 + number,
        views_at=slot.window.end,
        cover=cover,
        language=settings.newsletter.language,
        words=600,
    )


def _in(texts: dict[str, str], settings: Settings) -> str:
    return texts["uk" if settings.newsletter.language.partition("-")[0] == "uk" else "en"]
