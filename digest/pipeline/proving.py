"""The proof of an issue for its checks: the very email of one reader, and what is known of links, DNS and readers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from digest import check
from digest.config import Settings
from digest.errors import ConfigError, DigestError
from digest.models import (
    OUTBOX,
    Delivery,
    Email,
    Finding,
    History,
    Issue,
    Link,
    Panel,
    Picture,
    Readership,
    SourceReport,
    Target,
)
from digest.pipeline import campaigns, figures
from digest.pipeline.illustrating import Illustrated

if TYPE_CHECKING:
    from digest.probe import Prober, Progress
    from digest.store import Store
    from digest.store.issues import IssueRecord

READER = "reader@example.org"
"""To whom the email of a proof goes. RFC 2606 reserves the name: no mail can reach it."""
_PROMISED = timedelta(days=60)
NO_PICTURES: Mapping[str, Picture] = MappingProxyType({})


def refuse_mistakes(settings: Settings) -> None:
    """Raises ConfigError for a check that `[check.lower]` names and that is not there, or cannot be lowered."""
    found = [f"{settings.place('check', 'lower', key)}: {wrong}" for key, wrong in check.mistakes(settings.check)]
    if found:
        raise ConfigError(found)


def fields(settings: Settings) -> Mapping[str, str]:
    """What stands in a proof's email in the places of a reader's own."""
    return {"name": "", "address": READER, "unsubscribe_url": f"{settings.newsletter.public_url}/u/preview"}


def message(
    settings: Settings, issue: Issue, email: Email, date: datetime, pictures: Mapping[str, Picture] = NO_PICTURES
) -> bytes:
    """The raw email that goes to `READER`; the `pictures` that it shows come along where no server has them."""
    from digest import send  # brings httpx
    from digest.send import message as raw

    along = pictures if settings.send.provider == OUTBOX else {}
    letter = send.Letter(email, settings.newsletter.from_, date, along)
    return raw.Frame(letter).build(issue.key, Delivery(1, READER, fields(settings)))


def proof(
    settings: Settings,
    shown: Illustrated,
    email: Email,
    due: datetime,
    *,
    reports: tuple[SourceReport, ...] = (),
    history: History | None = None,
) -> check.Proof:
    """All that the checks may read of an issue without asking anybody."""
    issue = shown.issue
    few = quiet(settings, issue)
    return check.Proof(
        issue=issue,
        email=email,
        newsletter=settings.newsletter,
        compose=settings.compose,
        limits=settings.check,
        reports=reports,
        message=message(settings, issue, email, due, shown.pictures),
        pictures=shown.findings,
        address=READER,
        unsubscribe_url=fields(settings)["unsubscribe_url"],
        sponsored=_sponsored(settings, issue),
        sent_at=due,
        placed=history.placed if history else {},
        quiet=(few, _WHEN_QUIET[settings.schedule.when_quiet]) if few else None,
    )


def _sponsored(settings: Settings, issue: Issue) -> str:
    """What stands above a sponsor's word in the language of an issue that has one."""
    from digest.render import words

    if not any(panel.kind == "sponsor" for panel in issue.panels):
        return ""
    return words.load(settings.templates, issue.language, settings.newsletter.zone)("sponsored")


def quiet(settings: Settings, issue: Issue) -> str:
    """Why this is a quiet issue, empty when it is none."""
    number, least = len(issue.stories), settings.schedule.min_stories
    if number >= least:
        return ""
    return f"{number} {'story' if number == 1 else 'stories'}, fewer than schedule.min_stories = {least}"


_WHEN_QUIET = {
    "hold": "it will be held until a person approves it or skips it",
    "skip": "it will be skipped, and its articles stand in the next issue",
    "send": "it goes out as it is",
}


def with_readers(given: check.Proof, settings: Settings, store: Store, now: datetime) -> check.Proof:
    """The proof, and who would get the issue now; where the provider keeps the list, nobody knows here."""
    if campaigns.chosen(settings):
        return given
    found = store.people.readership(settings.newsletter.key, given.issue.key, now - _PROMISED)
    return replace(given, readers=replace(found, provider=settings.send.provider, unheard=_overdue(found, now)))


def _overdue(readers: Readership, now: datetime) -> tuple[str, datetime] | None:
    """`readers.unheard`, where its provider could have reported and had a day for it."""
    from digest.send import providers

    if readers.unheard is None or now - readers.unheard[1] < figures.ALARM_AFTER:
        return None
    return readers.unheard if providers.reports(readers.unheard[0]) else None


class Ask(Struct, frozen=True):
    """What is asked of others, and of whom."""

    links: bool = False
    dns: bool = False
    one_click: str = ""
    """The unsubscribe address of a test token."""
    spam: bool = False


def asked(given: check.Proof, settings: Settings, ask: Ask, through: Prober, store: Store | None) -> check.Proof:
    """The proof with what was answered. Raises DigestError for a reader's unsubscribe address."""
    if ask.links:
        given = replace(given, answers=through.targets(targets(given.issue, settings)))
    if ask.dns:
        selectors = settings.check.dkim_selectors or _SELECTORS.get(settings.send.provider, ())
        given = replace(given, records=through.records(given.domain, selectors))
    if ask.one_click:
        _refuse_reader(ask.one_click, store)
        given = replace(given, one_click=through.one_click(ask.one_click))
    if ask.spam:
        given = replace(given, spam=through.spam(given.message))
    return given


_SELECTORS: Mapping[str, tuple[str, ...]] = {"resend": ("resend",), "mailgun": ("mx", "smtp", "k1", "pic", "mta")}
"""What the providers usually call their DKIM keys."""


def prober(settings: Settings, progress: Progress | None = None) -> Prober:
    """Who asks; also inside one's own network where a source is there."""
    from digest import probe  # brings httpx

    private = any(source.allow_private_addresses for source in settings.sources)
    return probe.Prober(allow_private=private, contact=settings.newsletter.from_.contact, progress=progress)


def targets(issue: Issue, settings: Settings) -> tuple[Target, ...]:
    """Every address that the issue leads to, once; no field of a reader, and no picture that we have ourselves."""
    ours = settings.newsletter.public_url
    found = [Target(s.article.url, "link", s.article.title, s.article.id) for s in issue.stories]
    blocks: tuple[Link | Panel, ...] = (*issue.links, *issue.panels)
    found += [Target(block.url, "link", block.title, block.url) for block in blocks]
    found += [
        Target(s.article.cover.url, "picture", s.article.title, s.article.id)
        for s in issue.stories
        if s.article.cover and s.article.cover.url and not s.article.cover.url.startswith(f"{ours}/")
    ]
    once = {(t.url, t.kind): t for t in found if not t.url.startswith((f"{ours}/u/", "mailto:"))}
    return tuple(once.values())


def _refuse_reader(url: str, store: Store | None) -> None:
    """One click unsubscribes whoever the token belongs to."""
    words = {word for part in (urlsplit(url).path, urlsplit(url).query) for word in _pieces(part)}
    if store and any(store.people.holds_link(word) for word in words):
        raise DigestError(
            "this is a reader's own unsubscribe address: calling it would unsubscribe them; use a test token"
        )


def _pieces(part: str) -> Collection[str]:
    return [piece for word in part.split("/") for piece in word.replace("&", "=").split("=") if len(piece) >= 8]


def findings_of_frozen(
    settings: Settings, store: Store, record: IssueRecord, ask: Ask, through: Prober
) -> tuple[Finding, ...]:
    """What others answer about an issue that is frozen, found now and kept beside what was found then."""
    issue, email = store.issues.composed(record.id), store.issues.email(record.id)
    shown = Illustrated(issue, store.pictures.shown(email.html, email.web))
    given = asked(proof(settings, shown, email, record.due), settings, ask, through, store)
    found = check.findings(given, {"network"})
    store.issues.add_findings(record.id, record.sha256 or "", found)
    return found
