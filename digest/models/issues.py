"""An issue and its email: what a reader will see, why, and what is wrong with it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct, field

from digest.models.articles import Article, Cover
from digest.models.blocks import Chart, Figure, Link, Occasion, Panel, Quote


class Window(Struct, frozen=True):
    """Half-open: an article belongs to it when start <= published < end."""

    start: datetime
    end: datetime


class Slot(Struct, frozen=True):
    """One moment when an issue is due, and the window that this issue covers."""

    period: str
    """Unique per newsletter, from the local date: `2026-W47`, `2026-11-20` or `2026-11`."""
    window: Window
    due: datetime


class History(Struct, frozen=True):
    """What earlier issues of the newsletter say about the next one."""

    number: int = 0
    """The number of the last frozen issue, 0 before the first."""
    end: datetime | None = None
    """Where the next window starts: where the last frozen issue's window ended that was not skipped;
    where the first issue's window began when none went out yet. None when there was no issue."""
    frozen_at: datetime | None = None
    """When that last issue was frozen: what the archive first saw later, it could not take."""
    placed: Mapping[str, str] = field(default_factory=dict)
    """url_key and id of the candidates that an issue has taken -> its key; a skipped issue takes none."""
    rolled_over: Mapping[str, str] = field(default_factory=dict)
    """url_key and id of the candidates that only a skipped issue had taken -> its key: they are due again."""


class Theme(Struct, frozen=True):
    """A hashtag with a title and an order."""

    tag: str
    """With its `#`, as the editor spells it."""
    title: str
    intro: str = ""


class Story(Struct, frozen=True):
    """An article placed in an issue."""

    article: Article
    theme: Theme
    also_in: tuple[str, ...] = ()
    """Tags of the other themes that it carries, with overlap = "all"."""
    minutes: int = 0
    """Reading time of the article, rounded up; 0 when its length is not known."""


class Section(Struct, frozen=True):
    """A theme's stories, in order; `more` are those over the cap, shown as links."""

    theme: Theme
    stories: tuple[Story, ...]
    more: tuple[Story, ...] = ()


class Correction(Struct, frozen=True):
    """What was wrong in an issue that went out; only its page on the web shows it."""

    at: datetime
    by: str
    text: str
    """One or two sentences for the reader: what was wrong, and what is right."""
    article_id: str = ""
    """The story that is corrected, empty when it concerns the issue as a whole."""
    title: str = ""
    """The story's right headline, empty when that stays."""
    lede: str = ""
    """The story's right summary, empty when that stays."""


Reason = Literal[
    "placed",
    "lead",
    "over-the-cap",
    "hidden",
    "below-the-minimum",
    "outside-the-window",
    "no-date",
    "no-theme",
    "sent-before",
    "late-arrival",
    "duplicate",
    "other-language",
    "unpublished",
]


class Verdict(Struct, frozen=True):
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
    suggested: str | None = None
    """Tag of the theme that its words suggest, for an article that no theme takes by its tags."""
    late: bool = False
    """It is in although its own week's issue has gone out: nobody had seen it then."""


class Issue(Struct, frozen=True):
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
    intro: str = ""
    """The editor's word to the reader, in Markdown."""
    links: tuple[Link, ...] = ()
    panels: tuple[Panel, ...] = ()
    desk_note: str = ""
    """From one editor to the others: no reader sees it."""
    corrections: tuple[Correction, ...] = ()
    """Oldest first; none while the issue has not gone out."""
    house_picture: Cover | None = None
    """Of the newsroom itself, made ready; there when the lead has no picture of its own."""
    figure: Figure | None = None
    chart: Chart | None = None
    quote: Quote | None = None
    events: tuple[Occasion, ...] = ()
    """The soonest first."""

    @property
    def stories(self) -> tuple[Story, ...]:
        """All stories in reading order: the lead, each section's stories, then its links."""
        lead = (self.lead,) if self.lead else ()
        return lead + tuple(s for section in self.sections for s in section.stories + section.more)


FIELDS = ("name", "address", "unsubscribe_url")
"""The per-recipient places that a template may use."""


class Email(Struct, frozen=True):
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


class Variants(Struct, frozen=True):
    """An issue for readers who want some of its themes only: rendered once for all who get the same stories."""

    emails: tuple[Email, ...] = ()
    """By number, from 1; 0 is the whole issue. Their page on the web is that of the whole issue."""
    served: Mapping[tuple[str, ...], int | None] = field(default_factory=dict)
    """A choice of themes -> the number of its variant; None: there is too little in it for them this time.
    Whose choice is not here gets the whole issue."""

    def seal(self, email: Email) -> str:
        """The hash that an approval names: of the whole issue, its variants, and who gets which."""
        return self.sealed(email.sha256, (each.sha256 for each in self.emails), self.served)

    @staticmethod
    def sealed(email: str, variants: Iterable[str], served: Mapping[tuple[str, ...], int | None]) -> str:
        """The same, of the hashes of the emails."""
        if not served:
            return email
        lines = [email, *variants, *(repr((themes, served[themes])) for themes in sorted(served))]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


Severity = Literal["error", "warning", "note"]


class Finding(Struct, frozen=True):
    """What a check saw: an error stops the send, a warning asks the editor, a note informs."""

    check: str
    """The check's short name, as in `html-size`."""
    severity: Severity
    message: str
    """What is wrong, and where."""
    cure: str
    """What to do about it."""
    place: str = ""
    """Where to look: an article's id, a header's name, a link; empty for the issue as a whole."""
