"""An issue becomes an email: html, text and the page for the web. Pure: no clock, no network.

templates   finds and fills editors' templates      filters   what they may call
lint        mistakes in MJML, each with its place   tags      what MJML has, and where it may stand
guard       makes MJML safe for the engine          words     catalogue, dates, numbers
markup      the html                                plaintext the text
prose       the editor's Markdown                   fields    the tokens for what differs per recipient
notices     what editors are told
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec.structs import replace

from digest.config import BrandSettings, NewsletterSettings
from digest.models import Email, Issue
from digest.render import fields, markup, plaintext, words
from digest.render.notices import email as notice

__all__ = ["email", "notice", "variant", "web"]


def email(
    issue: Issue,
    newsletter: NewsletterSettings,
    brand: BrandSettings,
    templates: Path,
    *,
    tokens: Mapping[str, str] | None = None,
) -> Email:
    """The issue by the templates in the folder `templates`; the same bytes for the same tokens.

    `tokens` gives each of `models.FIELDS` the text that stands for it, fresh ones if None.
    Raises RenderError with the file, the line and what to do.
    """
    tokens = tokens or fields.new_tokens()
    page = web(issue, newsletter, brand, templates)
    fields.check_absent(tokens, page)
    return _email(issue, page, tokens, _values(issue, newsletter, brand, templates), templates)


def variant(issue: Issue, whole: Email, newsletter: NewsletterSettings, brand: BrandSettings, templates: Path) -> Email:
    """What some readers get of an issue, with the tokens and the page of `whole`. Raises RenderError."""
    return _email(issue, whole.web, whole.tokens, _values(issue, newsletter, brand, templates), templates)


def web(issue: Issue, newsletter: NewsletterSettings, brand: BrandSettings, templates: Path) -> str:
    """The issue as a page for the web, with its corrections. Raises RenderError as `email` does."""
    return markup.page(templates, {**_values(issue, newsletter, brand, templates), "web": True})


def shows_covers(templates: Path) -> bool:
    """Whether a template of this folder asks for the address of a cover; the briefing's do not."""
    return _asks_for(templates, "cover.url")


def shows_charts(templates: Path) -> bool:
    """Whether a template of this folder asks for the picture of a chart; the briefing's do not."""
    return _asks_for(templates, "chart.picture")


def number(issue: Issue, newsletter: NewsletterSettings, templates: Path) -> Callable[[float], str]:
    """Writes a number as the issue's language does: `1,234.5`, `1 234,5`."""
    return words.load(templates, issue.language, newsletter.zone).number


def _email(issue: Issue, page: str, tokens: Mapping[str, str], values: dict[str, object], templates: Path) -> Email:
    mailed = {**values, "issue": replace(issue, corrections=()), "web": False, "fields": tokens}
    return Email(
        subject=issue.subject,
        preheader=issue.preheader,
        html=markup.page(templates, mailed),
        text=plaintext.page(templates, mailed),
        web=page,
        tokens=dict(tokens),
    )


def _asks_for(templates: Path, name: str) -> bool:
    files = [*templates.glob("*.mjml.j2"), *templates.glob("partials/*.mjml.j2")]
    return any(name in file.read_text(encoding="utf-8", errors="replace") for file in files)


def _values(issue: Issue, newsletter: NewsletterSettings, brand: BrandSettings, templates: Path) -> dict[str, object]:
    return {
        "issue": issue,
        "newsletter": newsletter,
        "brand": brand,
        "say": words.load(templates, issue.language, newsletter.zone),
        "issue_url": f"{newsletter.public_url}/issues/{issue.key}",
    }
