"""The values that the stages pass to each other, and the words of the project.

Every datetime is aware and in UTC; a local time exists only where it is shown. Text is plain
and clean: `collect.clean` has removed markup, control characters and encoded words.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

# --- collect ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cover:
    """An article's picture. The credit stays with it, also where the picture is missing."""

    url: str | None
    """Absolute http(s) URL, or None for a credit whose picture the source does not give."""
    alt: str
    credit: str


@dataclass(frozen=True, slots=True)
class Article:
    """What a source published."""

    source: str
    """The source's name in config.toml."""
    native_id: str
    """The source's own stable id: post id, guid, file name."""
    url: str
    url_key: str
    """`collect.identity.url_key(url)`: equal for all spellings of one address."""
    title: str
    lede: str
    """The first paragraph or the excerpt, at most 1,000 characters."""
    tags: tuple[str, ...]
    """As the source spells them, without the `#`; a tag may hold a space ("UWC news")."""
    published: datetime | None
    """None when the source names no date that can be read."""
    day_only: bool = False
    """The source gives a day without a time: `published` is that day's local midnight."""
    modified: datetime | None = None
    views: int | None = None
    views_at: datetime | None = None
    """When `views` was read: the number is a snapshot."""
    cover: Cover | None = None
    language: str = "en"
    words: int = 0
    """Words of the whole article, 0 when the source gives only an excerpt."""
    first_seen: datetime | None = None
    """When the archive first held it; None for one that is not archived yet."""

    @property
    def id(self) -> str:
        """One string that names this article in files, reports and the store."""
        return f"{self.source}:{self.native_id}"


@dataclass(frozen=True, slots=True)
class SourceMemory:
    """What a source's server last said about its address. Void when the source has another `url` now."""

    url: str
    etag: str = ""
    last_modified: str = ""
    """These two as the server wrote them in its last whole answer, for `net.conditions`."""
    fetched_at: datetime | None = None
    """When that whole answer came."""
    gone_at: datetime | None = None
    """When the address answered 410: it is not asked again."""


@dataclass(frozen=True, slots=True)
class SourceReport:
    """What one source gave in one fetch. A failing source is not an empty one."""

    source: str
    articles: tuple[Article, ...] = ()
    problems: tuple[str, ...] = ()
    """Items that were left out, each with its place and what to do; the others are in `articles`."""
    failure: str | None = None
    """Why the source as a whole could not be read; None when it could."""
    complete_since: datetime | None = None
    """Every article that the source has published since then is in `articles`: one that the archive
    knows and this report lacks was taken down. None when the source cannot tell."""
    memory: SourceMemory | None = None
    """What to remember of its address."""
    unmodified: bool = False
    """The server says that nothing has changed, so there are no articles in the report."""


# --- compose ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Window:
    """Half-open: an article belongs to it when start <= published < end."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Slot:
    """One moment when an issue is due, and the window that this issue covers."""

    period: str
    """Unique per newsletter, from the local date: `2026-W47`, `2026-11-20` or `2026-11`."""
    window: Window
    due: datetime


@dataclass(frozen=True, slots=True)
class History:
    """What earlier issues of the newsletter say about the next one."""

    number: int = 0
    """The number of the last frozen issue, 0 before the first."""
    end: datetime | None = None
    """Where the last frozen issue's window ended; the next one starts there."""
    frozen_at: datetime | None = None
    """When that issue was frozen: what the archive first saw later, it could not take."""
    placed: Mapping[str, str] = field(default_factory=dict)
    """url_key and id of every article placed so far -> key of the issue that took it."""


@dataclass(frozen=True, slots=True)
class Theme:
    """A hashtag with a title and an order."""

    tag: str
    """With its `#`, as the editor spells it."""
    title: str
    intro: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """An article placed in an issue."""

    article: Article
    theme: Theme
    also_in: tuple[str, ...] = ()
    """Tags of the other themes that it carries, with overlap = "all"."""
    minutes: int = 0
    """Reading time of the article, rounded up; 0 when its length is not known."""


@dataclass(frozen=True, slots=True)
class Section:
    """A theme's stories, in order; `more` are those over the cap, shown as links."""

    theme: Theme
    stories: tuple[Story, ...]
    more: tuple[Story, ...] = ()


Reason = Literal[
    "placed",
    "lead",
    "over-the-cap",
    "outside-the-window",
    "no-date",
    "no-theme",
    "sent-before",
    "late-arrival",
    "duplicate",
    "other-language",
    "unpublished",
]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why one candidate is in the issue or not."""

    article_id: str
    title: str
    url: str
    placed: bool
    reason: Reason
    why: str
    """One sentence for an editor, with the figures that decided."""
    section: str | None = None
    position: int | None = None
    """From 1, within the section; the lead is 0."""


@dataclass(frozen=True, slots=True)
class Issue:
    """One digest, composed: what a reader will see, and why."""

    key: str
    """Newsletter key and period: `weekly-2026-W47`."""
    newsletter: str
    period: str
    number: int
    window: Window
    language: str
    subject: str
    preheader: str
    lead: Story | None
    sections: tuple[Section, ...]
    verdicts: tuple[Verdict, ...]
    notes: tuple[str, ...] = ()
    """What the editor should know: a section emptied by the rule, a theme nobody uses."""

    @property
    def stories(self) -> tuple[Story, ...]:
        """All stories in reading order: the lead, each section's stories, then its links."""
        lead = (self.lead,) if self.lead else ()
        return lead + tuple(s for section in self.sections for s in section.stories + section.more)


# --- render and check ------------------------------------------------------------------------

FIELDS = ("name", "address", "unsubscribe_url")
"""The per-recipient places that a template may use."""


@dataclass(frozen=True, slots=True)
class Email:
    """An issue rendered once; each field stands in it as its token until a delivery is spliced."""

    subject: str
    preheader: str
    html: str
    text: str
    web: str
    """The web issue: the same stories as a page, without fields."""
    tokens: Mapping[str, str]
    """Field name -> the random token that stands for it in `html` and `text`."""

    @property
    def sha256(self) -> str:
        """The hash that an approval names: subject, preheader, html, text, web and tokens."""
        digest = hashlib.sha256()
        parts = [self.subject, self.preheader, self.html, self.text, self.web]
        for part in [*parts, *(f"{name}={self.tokens[name]}" for name in sorted(self.tokens))]:
            raw = part.encode()
            digest.update(b"%d:" % len(raw) + raw)
        return digest.hexdigest()


Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check saw: an error stops the send, a warning asks the editor, a note informs."""

    check: str
    """The check's short name, as in `html-size`."""
    severity: Severity
    message: str
    """What is wrong, and where."""
    cure: str
    """What to do about it."""


# --- audience and send -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A person who gets the newsletter, or who left it."""

    address: str
    name: str = ""
    origin: str = ""
    """How the address came in: a file's name, `added by hand`, `sample`."""
    state: Literal["active", "removed"] = "active"


@dataclass(frozen=True, slots=True)
class Sender:
    """From whom every email of a newsletter comes, and what its headers say."""

    name: str
    address: str
    reply_to: str
    list_id: str
    """RFC 2919, without the angle brackets: `weekly.example.org`."""
    contact: str
    """The address that also takes unsubscribe requests."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One email to one recipient of a frozen audience."""

    number: int
    """Place in the issue's audience, from 1."""
    address: str
    fields: Mapping[str, str]
    """Field name -> value, unescaped."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The deliveries of one provider call, claimed by this process."""

    issue_key: str
    seq: int
    attempt: int
    deliveries: tuple[Delivery, ...]
    key: str
    """Equal for equal recipients of the same batch: the idempotency key, and the provider's tag."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one delivery."""

    number: int
    state: Literal["accepted", "rejected", "suppressed"]
    provider_id: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Settled:
    """The provider answered for every delivery of the batch."""

    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class NotSent:
    """Provably nothing was taken: the batch may be tried again."""

    reason: str
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The call as a whole was refused over its content: one delivery alone is at fault, or all are."""

    reason: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """Nothing was taken and no call will be until a person acts: key, domain or account."""

    reason: str


@dataclass(frozen=True, slots=True)
class InDoubt:
    """It may have been taken, it may not."""

    reason: str


OUTBOX = "outbox"
"""The provider that only writes files, and so the only one that may reach the sample's readers."""

Answer = Settled | NotSent | Refused | Stopped | InDoubt
"""What one provider call came to."""


@dataclass(frozen=True, slots=True)
class Counts:
    """An issue's deliveries by outcome, counted from the rows; they add up to `audience`."""

    audience: int = 0
    pending: int = 0
    in_flight: int = 0
    accepted: int = 0
    rejected: int = 0
    suppressed: int = 0
    in_doubt: int = 0

    @property
    def finished(self) -> bool:
        """Nothing is left to send and nothing is unknown."""
        return self.audience > 0 and not (self.pending or self.in_flight or self.in_doubt)
