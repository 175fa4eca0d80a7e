"""The proof: an issue as it would reach one reader, with all that its checks may look at."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cached_property
from typing import Literal

from msgspec import Struct, field

from digest.check.mail import Part, read
from digest.check.page import Page
from digest.config import CheckSettings, ComposeSettings, NewsletterSettings
from digest.models import (
    Answered,
    Email,
    Finding,
    Issue,
    Link,
    OneClick,
    Panel,
    Readership,
    Records,
    Severity,
    SourceReport,
    SpamScore,
)


class Proof(Struct, frozen=True, dict=True):
    """What the checks read. Without `message` those of the raw email are not asked."""

    issue: Issue
    email: Email
    newsletter: NewsletterSettings
    compose: ComposeSettings = field(default_factory=ComposeSettings)
    limits: CheckSettings = field(default_factory=CheckSettings)
    reports: tuple[SourceReport, ...] = ()
    message: bytes = b""
    """The raw email of one reader, as it would go out."""
    address: str = ""
    """Of that reader."""
    unsubscribe_url: str = ""
    """Of that reader."""
    sent_at: datetime | None = None
    """When it is to go out."""
    placed: Mapping[str, str] = field(default_factory=dict)
    """Article id -> key of the earlier issue that took it."""
    readers: Readership | None = None
    """None when there is no store to ask."""
    sponsored: str = ""
    """How the issue's language marks a sponsor's word; empty when it has none."""
    quiet: tuple[str, str] | None = None
    """Why the issue is a quiet one, and what becomes of it."""
    pictures: tuple[Finding, ...] = ()
    """What was found while its pictures were made ready."""
    answers: tuple[Answered, ...] = ()
    """Of the servers that its links and pictures lead to, if they were asked."""
    records: Records | None = None
    """What the DNS says of the sender's domain, if it was asked."""
    one_click: OneClick | None = None
    """What the unsubscribe address of a test token did, if it was tried."""
    spam: SpamScore | None = None
    """What SpamAssassin says of the message, if it was asked."""

    @cached_property
    def mail(self) -> Part:
        """The message taken apart."""
        return read(self.message)

    @cached_property
    def leaves(self) -> tuple[Part, ...]:
        """Its parts that hold something."""
        return tuple(self.mail.leaves())

    @cached_property
    def html(self) -> str:
        """The html part; empty when there is none."""
        return next((part.text for part in self.leaves if part.kind == "text/html"), "")

    @cached_property
    def text(self) -> str:
        """The text part; empty when there is none."""
        return next((part.text for part in self.leaves if part.kind == "text/plain"), "")

    @cached_property
    def page(self) -> Page:
        """The html part as a page."""
        return Page(self.html)

    @cached_property
    def domain(self) -> str:
        """Of the sender's address."""
        return self.newsletter.from_.address.rpartition("@")[2].lower()

    @property
    def overlay(self) -> str:
        """The file where the editor changes this issue."""
        return f"issues/{self.issue.key}.toml"

    @property
    def blocks(self) -> tuple[Link | Panel, ...]:
        """What the editor added, with an address each."""
        return (*self.issue.links, *self.issue.panels)

    @cached_property
    def words(self) -> str:
        """What the articles and the editor wrote, as it stands in the issue."""
        own = [(s.article.title, s.article.lede) for s in self.issue.stories]
        blocks = [(b.title, b.text) for b in self.blocks]
        lines = [self.issue.subject, self.issue.preheader, self.issue.intro]
        return "\n".join([*lines, *(part for pair in (*own, *blocks) for part in pair)])


class Check(Struct, frozen=True):
    """One question that is asked of every issue."""

    id: str
    """`H01`: its family and its number."""
    name: str
    """`from-address`: what its findings are called."""
    severity: Severity
    """The worst that it says."""
    looks_at: str
    """One line for an editor: what it looks at, and what is good."""
    find: Callable[[Proof], Iterator[Finding]]
    reads: Literal["issue", "message", "readers", "network"] = "message"
    """The issue alone, the raw email of one reader, the list of readers, or what others answered."""
    firm: bool = False
    """No setting lowers it: the law, the mailbox providers or the promise to readers demand it."""


def some(names: list[str], most: int = 3) -> str:
    """The first few of a list, and a sign that there are more."""
    return "; ".join(names[:most]) + ("; …" if len(names) > most else "")


def host(url: str) -> str:
    """The host of a web address in lower case, without user, port and brackets; empty when it has none."""
    found = re.match(r"(?i)\s*[a-z][a-z0-9+.-]*://([^/?#\s]*)", url)
    if not found:
        return ""
    name = found[1].rpartition("@")[2]
    if name.startswith("["):
        return name[1:].partition("]")[0].lower()
    return name.partition(":")[0].lower().rstrip(".")


def related(one: str, other: str) -> bool:
    """Whether two hosts are one, or one stands below the other, or both below one registered name.

    Without a public suffix list: the last two labels are taken for the name, the last three where
    the second is a short one (`co.uk`, `gov.ua`).
    """
    return bool(one) and registered(one) == registered(other)


def registered(name: str) -> str:
    """The part of a host that somebody registered, by rule of thumb."""
    labels = name.lower().split(".")
    short = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL
    return ".".join(labels[-3:] if short else labels[-2:])


_SECOND_LEVEL = frozenset("co com org net gov edu ac in ne or go gob gouv gc k12 mil kiev kyiv lviv".split())
