"""What differs: between the issue now and its frozen form, and between it and the issue before."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from digest import compose, render
from digest.models import Issue
from digest.web.preview.session import View

if TYPE_CHECKING:
    from digest.store import Store


class Since(Struct, frozen=True):
    """The frozen form against the one that would be made now."""

    changes: tuple[compose.Change, ...]
    email_differs: bool
    text: tuple[str, ...]
    """The text part as lines of a unified diff, without its head."""


class Fact(Struct, frozen=True):
    """One figure of two issues."""

    what: str
    before: str
    now: str


class Last(Struct, frozen=True):
    """The issue that was frozen before this one, beside it."""

    key: str
    facts: tuple[Fact, ...]
    again: tuple[str, ...]
    """Titles that stood in it, too."""


def since_frozen(view: View) -> Since | None:
    """None while it is not frozen."""
    if view.frozen is None:
        return None
    before, now = view.frozen, view.draft
    settings = view.settings
    email = render.email(now.issue, settings.newsletter, settings.brand, settings.templates, tokens=before.email.tokens)
    lines = difflib.unified_diff(before.email.text.splitlines(), email.text.splitlines(), lineterm="", n=2)
    changes = compose.changes(before.issue, now.issue)
    return Since(changes, before.email.sha256 != email.sha256, tuple(lines)[2:])


def with_last(view: View, store: Store | None) -> Last | None:
    """None when no issue was frozen before this one."""
    if store is None:
        return None
    records = store.issues.all(view.settings.newsletter.key)
    record = next((r for r in records if r.sha256 and r.state != "skipped" and r.due < view.slot.due), None)
    if record is None:
        return None
    last, email = store.issues.composed(record.id), store.issues.email(record.id)
    issue = view.draft.issue
    had = {story.article.url_key for story in last.stories}
    facts = tuple(_facts(last, issue, (len(email.html.encode()), len(view.draft.email.html.encode()))))
    return Last(record.key, facts, tuple(s.article.title for s in issue.stories if s.article.url_key in had))


def _facts(last: Issue, now: Issue, sizes: tuple[int, int]) -> Iterator[Fact]:
    yield Fact("Subject", last.subject, now.subject)
    yield Fact("Preheader", last.preheader, now.preheader)
    yield Fact("Lead", last.lead.article.title if last.lead else "none", now.lead.article.title if now.lead else "none")
    yield Fact("Stories", str(len(last.stories)), str(len(now.stories)))
    old, new = _counts(last), _counts(now)
    for tag in dict.fromkeys((*new, *old)):
        yield Fact(tag, str(old.get(tag, 0)), str(new.get(tag, 0)))
    yield Fact("With a picture", str(_pictures(last)), str(_pictures(now)))
    yield Fact("Bytes of html", f"{sizes[0]:,}", f"{sizes[1]:,}")


def _counts(issue: Issue) -> dict[str, int]:
    return {section.theme.tag: len(section.stories) + len(section.more) for section in issue.sections}


def _pictures(issue: Issue) -> int:
    return sum(bool(story.article.cover and story.article.cover.url) for story in issue.stories)
