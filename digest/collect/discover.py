"""Finds out what kind of source a site is, the richest kind first, and writes its configuration."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import Struct

from digest import collect
from digest.collect import clean, markup, wordpress
from digest.collect.request import Request, Visit
from digest.config import NewsletterSettings, Secret, SourceSettings
from digest.errors import SourceError
from digest.models import SourceReport

if TYPE_CHECKING:
    from digest.net import Response

_SPANS = (30, 365)
"""Days that are looked at: the second when the first hold no article."""
_TITLES = 3
_FEEDS = ("/feed/", "/rss.xml", "/feed.xml", "/atom.xml", "/feed.json")
_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json")
_MOST_FEEDS = 5
_NO_TAG = "uncategorized"
_NAMES = {
    "wordpress": "a WordPress site with an open REST interface",
    "ghost": "a Ghost site",
    "feed": "a feed",
    "webpage": "a page that lists articles",
}
_GHOST_KEY = Secret(env="GHOST_KEY")
_NOBODY = NewsletterSettings(
    name="nobody",
    organisation="nobody",
    sender="nobody@example.org",
    postal_address="not known yet",
    contact="nobody@example.org",
    timezone="UTC",
    site_url="https://example.org",
    public_url="https://example.org",
)


class Discovered(Struct, frozen=True):
    """What a site is, and what it gives as such."""

    kind: str
    config: str
    """The `[[sources]]` table for config.toml."""
    says: str
    """One or two sentences for an editor."""
    titles: tuple[str, ...]
    """Of the newest articles, at most three."""
    tags: dict[str, int]
    """`#tag` -> articles, the most frequent first."""


def what(url: str, *, allow_private: bool = False, now: datetime | None = None) -> Discovered:
    """The best kind of source that the site of `url` can be read as; asks it about a dozen times.

    Raises SourceError, with what was tried, when it cannot be read as any.
    """
    address = url if re.match(r"https?://", url) else f"https://{url}"
    search = _Search(address.rstrip("/"), allow_private, now or datetime.now(UTC))
    failures: list[str] = []
    for source in search.candidates():
        found = search.tried(source)
        if found.failure is None and (found.articles or source.kind != "webpage"):
            return search.described(source, found)
        failures.append(f"as {source.kind}: {found.failure or 'no articles'}")
    raise SourceError(f"{url}: no source found. " + "; ".join(failures or ["its page names no feed"]))


class _Search(Struct):
    url: str
    allow_private: bool
    now: datetime
    key: str = ""
    """The public Content API key that Ghost writes into its pages."""

    def candidates(self) -> Iterator[SourceSettings]:
        """What the page may be, the richest first."""
        page = self._visit(self._source("webpage", self.url)).get(self.url).expect_ok()
        if _is_feed(page):
            yield self._source("feed", page.url)
            return
        parts = urlsplit(page.url)
        site, html = f"{parts.scheme}://{parts.netloc}", page.body.decode("utf-8", "replace")
        if re.search(r"wp-content/|wp-includes/|api\.w\.org|WordPress", html + page.headers.get("link", "")):
            yield self._source("wordpress", site)
            if site != self.url:
                yield self._source("wordpress", self.url)
        if re.search(r"""<meta name=["']generator["'] content=["']Ghost |data-ghost=""", html):
            key = re.search(r"""data-key=["']([0-9a-f]{26})["']""", html)
            self.key = key[1] if key else ""
            yield self._source("ghost", site, key=_GHOST_KEY)
        named = _feeds_of(page)
        yield from (self._source("feed", each) for each in named or [f"{site}{path}" for path in _FEEDS])
        yield self._source("webpage", self.url)

    def tried(self, source: SourceSettings) -> SourceReport:
        """What it gives now; a quiet site is looked at further back."""
        report = SourceReport(source.name)
        for days in _SPANS:
            report = collect.fetch(source, self._request(days))
            if report.failure or report.articles:
                break
        return report

    def described(self, source: SourceSettings, report: SourceReport) -> Discovered:
        source, report = self._with_tags(source, report)
        articles = sorted((a for a in report.articles if a.published), key=lambda a: str(a.published), reverse=True)
        says = f"{source.url} is {_NAMES[source.kind]}; articles read: {len(report.articles)}"
        if articles:
            says += f", the newest of {articles[0].published:%d %B %Y}"
        if source.kind == "ghost":
            says += ". Set GHOST_KEY: in Ghost, Settings > Integrations > Add custom integration, Content API key"
        if source.taxonomy:
            says += f'. Its hashtags are in "{source.taxonomy}"'
        if report.problems:
            says += f". Note: {report.problems[0]}"
        tags = Counter(f"#{tag}" for article in report.articles for tag in article.tags)
        titles = tuple(article.title for article in (articles or report.articles)[:_TITLES])
        return Discovered(source.kind, _config(source), says, titles, dict(tags.most_common()))

    def _with_tags(self, source: SourceSettings, report: SourceReport) -> tuple[SourceSettings, SourceReport]:
        """A WordPress whose posts carry no tags may keep its hashtags in another taxonomy."""
        if source.kind != "wordpress" or not report.articles or any(article.tags for article in report.articles):
            return source, report
        for taxonomy in wordpress.taxonomies(self._visit(source)):
            other = source.model_copy(update={"taxonomy": taxonomy})
            tried = self.tried(other)
            if any(tag.casefold() != _NO_TAG for article in tried.articles for tag in article.tags):
                return other, tried
        return source, report

    def _source(self, kind: str, url: str, **more: object) -> SourceSettings:
        name = re.sub(r"[:\s]", "-", urlsplit(url).netloc.removeprefix("www."))[:60]
        settings = {"name": name, "kind": kind, "url": url, "allow_private_addresses": self.allow_private, **more}
        return SourceSettings.model_validate(settings)

    def _request(self, days: int) -> Request:
        # Nobody's newsletter yet: no zone of its own, and no site whose robots.txt need not be asked.
        newsletter = _NOBODY.model_copy(update={"site_url": ""})
        start = self.now - timedelta(days=days)
        end = self.now + timedelta(days=1)
        return Request(start, end, self.now, Path(), newsletter, reveal=self._reveal)

    def _reveal(self, place: Secret) -> str:  # noqa: ARG002  there is one
        if not self.key:
            raise SourceError("its pages do not show the key that would be needed to look into it")
        return self.key

    def _visit(self, source: SourceSettings) -> Visit:
        return Visit.begun(source, self._request(_SPANS[0]))


def _is_feed(page: Response) -> bool:
    start = page.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1000]
    return start.startswith(b"{") or re.search(rb"<(?:rss|feed|rdf:RDF)[\s>]", start) is not None


def _feeds_of(page: Response) -> list[str]:
    """The feeds that the page names in its head, without those of comments."""
    links = markup.tree(page).css("link[rel~=alternate]")
    said = [{name: value or "" for name, value in link.attributes.items()} for link in links]
    feeds = [each for each in said if each.get("type") in _FEED_TYPES and "comment" not in str(each).lower()]
    return list(dict.fromkeys(url for each in feeds if (url := clean.url(each.get("href"), page.url))))[:_MOST_FEEDS]


def _config(source: SourceSettings) -> str:
    lines = {"name": source.name, "kind": source.kind, "url": source.url, "taxonomy": source.taxonomy}
    rows = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in lines.items() if value]
    if source.key:
        rows.append(f'key = {{ env = "{source.key.env}" }}')
    if source.allow_private_addresses:
        rows.append("allow_private_addresses = true")
    return "\n".join(["[[sources]]", *rows, ""])
