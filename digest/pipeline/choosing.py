"""The variants of an issue for readers who chose some of its themes, rendered once for all who get the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from digest import check, compose, render
from digest.config import Overlay, Settings, tag_key
from digest.errors import UsageError
from digest.models import Finding, Issue, Variants
from digest.pipeline import campaigns, proving
from digest.pipeline.job import Job

if TYPE_CHECKING:
    from digest.pipeline.making import Draft
    from digest.store import Store

Themes = tuple[str, ...]


def varied(settings: Settings, store: Store, draft: Draft, overlay: Overlay, job: Job) -> Draft:
    """The draft with what each choice that its readers have made gets of it; an error in one stops all.

    Where the provider keeps the list, nobody's choice is known here.
    """
    choices = () if campaigns.chosen(settings) else store.people.choices(settings.newsletter.key)
    rules = compose.Rules(settings.newsletter, settings.themes, settings.compose, overlay)
    issues: dict[tuple[object, ...], Issue] = {}
    served: dict[Themes, int | None] = {}
    for themes in choices:
        issue = compose.chosen(draft.issue, themes, rules)
        if issue is draft.issue:
            continue
        if len(issue.stories) < settings.audience.at_least:
            served[themes] = None
        else:
            stories = _stories(issue)
            issues.setdefault(stories, issue)
            served[themes] = list(issues).index(stories) + 1
    emails, findings = [], list(draft.findings)
    for number, issue in enumerate(issues.values(), 1):
        whose = next(themes for themes, its in served.items() if its == number)
        email = render.variant(issue, draft.email, settings.newsletter, settings.brand, settings.templates)
        message = proving.message(settings, issue, email, draft.slot.due, draft.pictures)
        found = check.findings(replace(draft.proof, issue=issue, email=email, message=message))
        findings += _errors(check.accepted(found, job.accept), draft.findings, whose)
        emails.append(email)
        job.watch.varied(number, len(issues))
    return replace(draft, findings=tuple(findings), variants=Variants(tuple(emails), served))


def refuse_unknown(settings: Settings, themes: Themes) -> None:
    """Raises UsageError for a theme that config.toml has not."""
    known = {key for theme in settings.themes for key in theme.keys}
    strange = [tag for tag in themes if tag_key(tag) not in known]
    if strange:
        there = ", ".join(theme.tag for theme in settings.themes)
        raise UsageError(f"there is no theme {', '.join(strange)}; choose of: {there}")


def _stories(issue: Issue) -> tuple[object, ...]:
    """What a reader sees of the articles: equal for variants that are one."""
    lead = issue.lead.article.id if issue.lead else None
    return lead, *(
        (section.theme.tag, *(s.article.id for s in section.stories), None, *(s.article.id for s in section.more))
        for section in issue.sections
    )


def _errors(found: Sequence[Finding], whole: Sequence[Finding], themes: Themes) -> Iterator[Finding]:
    """What only this variant has; of warnings and notes the whole issue tells enough."""
    for finding in found:
        if finding.severity == "error" and finding not in whole:
            yield replace(finding, message=f"for readers who chose {', '.join(themes)}: {finding.message}")
