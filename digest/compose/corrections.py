"""An issue that went out, with what was wrong in it put right: for its page on the web alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from digest.compose import headline
from digest.compose.references import References
from digest.errors import DigestError
from digest.models import Correction, Issue, Story


def corrected(issue: Issue, corrections: Iterable[Correction]) -> Issue:
    """`issue` with these corrections, the oldest first; a later one of the same story wins.

    A correction names its story by id, address or whole title, and comes out with the id. A subject
    or preheader that was made from the stories is made anew. Raises DigestError for a story that is
    not in the issue.
    """
    references = References([story.article for story in issue.stories])
    named = tuple(_named(each, references, issue.key) for each in sorted(corrections, key=lambda each: each.at))
    by_story: dict[str, list[Correction]] = {}
    for each in named:
        by_story.setdefault(each.article_id, []).append(each)
    lead = _right(issue.lead, by_story) if issue.lead else None
    sections = tuple(
        replace(
            section,
            stories=tuple(_right(story, by_story) for story in section.stories),
            more=tuple(_right(story, by_story) for story in section.more),
        )
        for section in issue.sections
    )
    was, now = headline.lines(issue.lead, issue.sections, ""), headline.lines(lead, sections, "")
    subject = now[0] if issue.subject == was[0] else issue.subject
    preheader = now[1] if issue.preheader == was[1] else issue.preheader
    return replace(issue, subject=subject, preheader=preheader, lead=lead, sections=sections, corrections=named)


def _named(correction: Correction, references: References, key: str) -> Correction:
    if not correction.article_id:
        return correction
    found = references.find(correction.article_id)
    if len(found) == 1:
        return replace(correction, article_id=found[0].id)
    near = found[0] if found else references.nearest(correction.article_id)
    hint = f'; the nearest is {near.id} "{near.title}"' if near else ""
    raise DigestError(f"{correction.article_id!r} names no one story of {key}{hint}; write the story's id")


def _right(story: Story, corrections: Mapping[str, list[Correction]]) -> Story:
    article = story.article
    for each in corrections.get(article.id, ()):
        article = replace(article, title=each.title or article.title, lede=each.lede or article.lede)
    return story if article is story.article else replace(story, article=article)
