"""Where a finding points: the story or the field that it is about, so that a click leads there. Pure."""

from __future__ import annotations

from msgspec import Struct

from digest.models import Finding, Issue

_FIELDS = {"subject": "field-subject", "preheader": "field-preheader", "intro": "field-intro"}
_VIEWS = {"html-size": "size", "unsubscribe": "links", "not-shown": "email", "link": "links"}


class Place(Struct, frozen=True):
    """What to show; each is empty where it does not apply."""

    story: str = ""
    """Id of an article."""
    field: str = ""
    """Id of a field of the page."""
    view: str = ""


def of(finding: Finding, issue: Issue) -> Place:
    """The story that the finding names by its place or its headline, else the field or the view that it is about."""
    if any(story.article.id == finding.place for story in issue.stories):
        return Place(story=finding.place)
    named = [s.article for s in issue.stories if s.article.title[:80] in finding.message]
    if named:
        return Place(story=max(named, key=lambda article: len(article.title)).id)
    field = next((name for check, name in _FIELDS.items() if finding.check.startswith(check)), "")
    if field:
        return Place(field=field)
    return Place(view=next((view for check, view in _VIEWS.items() if check in finding.check), ""))
