"""Articles from a Ghost site, over its Content API (docs.ghost.org/content-api)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from msgspec import Struct

from digest import phrases
from digest.collect import clean, dates, language, loose
from digest.collect.identity import url_key
from digest.collect.request import Visit
from digest.config import tag_key
from digest.errors import SourceError
from digest.models import Article, Cover, SourceReport
from digest.net import Response

_PER_PAGE = 100  # more is answered with 100
_MOST_PAGES = 50
_READINGS = 3
_LIST_BYTES = 20_000_000
_VERSION = {"Accept-Version": "v5.0"}


def read(visit: Visit) -> SourceReport:
    """The public posts of the time asked for; with `source.tags`, those that carry one of them.

    Raises SourceError when the site cannot be read, refuses the key, or does not know one of the
    tags.
    """
    site = _Site(visit)
    chosen = _period(visit)
    if visit.source.tags:
        chosen += f"+tag:[{','.join(_slugs(site, visit.source.tags))}]"
    posts, problems = _posts(site, chosen)
    articles = [_article(post, visit) for post in posts]
    broken = [post["id"] for post, article in zip(posts, articles, strict=True) if article is None]
    problems += [f"post {each} has no address or no words; open it in Ghost and correct it" for each in broken]
    return SourceReport(
        visit.source.name,
        tuple(article for article in articles if article),
        tuple(problems),
        complete_since=None if problems else visit.request.start,
    )


class _Site(Struct, frozen=True):
    visit: Visit

    def page(self, what: str, **query: str | int) -> tuple[list[Mapping[str, Any]], Mapping[str, Any]]:
        """One page of `posts` or `tags`, and what it says of the others. Raises SourceError."""
        asked = urlencode({"key": self.visit.secret(self.visit.source.key), "limit": _PER_PAGE, **query})
        response = self.visit.get(f"{self.visit.source.url}/ghost/api/content/{what}/?{asked}", _LIST_BYTES, _VERSION)
        if response.status != 200:
            raise SourceError(_refusal(response))
        body = loose.mapping(response.json())
        rows = body.get(what)
        if not isinstance(rows, list) or not all(isinstance(row, dict) and loose.text(row.get("id")) for row in rows):
            raise SourceError(f"{self.visit.source.url}: this is not Ghost's Content API; check `url`")
        return rows, loose.mapping(loose.mapping(body.get("meta")).get("pagination"))


def _refusal(response: Response) -> str:
    """What the site says, and what the two codes mean that a wrong and a missing key bring."""
    try:
        response.expect_ok()
    except SourceError as error:
        refused = str(error)
    if response.status in (401, 403):
        return f"{refused.partition(': it wants')[0]}: it does not know this key; copy the Content API key from Ghost"
    return refused


def _period(visit: Visit) -> str:
    """In UTC without a `T`: on SQLite the moments are compared as text."""
    start, end = visit.request.start.astimezone(UTC), visit.request.end.astimezone(UTC) + timedelta(seconds=1)
    return f"published_at:>='{start:%Y-%m-%d %H:%M:%S}'+published_at:<'{end:%Y-%m-%d %H:%M:%S}'"


def _slugs(site: _Site, tags: Sequence[str]) -> list[str]:
    """Every spelling of each tag; an unknown slug would only give no posts."""
    known: list[Mapping[str, Any]] = []
    for number in range(1, _MOST_PAGES + 1):
        rows, pagination = site.page("tags", page=number)
        known += rows
        if number >= (loose.number(pagination.get("pages")) or 0):
            break
    found: list[str] = []
    for tag in tags:
        names = (row for row in known if tag_key(tag) in (tag_key(loose.text(row.get(k))) for k in ("name", "slug")))
        slugs = [loose.text(row.get("slug")) for row in names]
        if not slugs:
            raise SourceError(f'the site has no tag "{tag}"; correct it in `tags`, or take it out')
        found += slugs
    return found


# --- posts -----------------------------------------------------------------------------------


def _posts(site: _Site, chosen: str) -> tuple[list[Mapping[str, Any]], list[str]]:
    """Each post once. A list that changes between two of its pages can hide one, so it is read again."""
    for _ in range(_READINGS):
        posts, steady = _reading(site, chosen)
        if steady:
            return posts, []
    return posts, [f"the list of posts changed during each of {_READINGS} readings, one may be missing; run again"]


def _reading(site: _Site, chosen: str) -> tuple[list[Mapping[str, Any]], bool]:
    rows: list[Mapping[str, Any]] = []
    totals = set()
    for number in range(1, _MOST_PAGES + 1):
        read, pagination = site.page("posts", page=number, filter=chosen, include="tags", order="published_at asc")
        rows += read
        totals.add(pagination.get("total"))
        if number >= (loose.number(pagination.get("pages")) or 0):
            break
    else:
        raise SourceError(f"more than {_MOST_PAGES * _PER_PAGE} posts in the time asked for; lower `look_back_days`")
    posts = list({row["id"]: row for row in rows}.values())
    return posts, len(totals) == 1 and len(posts) == len(rows) and totals in ({len(posts)}, {None})


def _article(post: Mapping[str, Any], visit: Visit) -> Article | None:
    """Titles are plain text; what a post shows to members only is not given without them."""
    url = clean.url(loose.text(post.get("url")), visit.site)
    content = loose.text(post.get("html"))
    lede = _lede(post, content)
    title = phrases.short(clean.plain(loose.text(post.get("title"))), clean.TITLE_LENGTH) or phrases.short(lede, 80)
    if url is None or not title:
        return None
    return Article(
        source=visit.source.name,
        native_id=clean.identifier(post["id"]),
        url=url,
        url_key=url_key(url),
        title=title,
        lede=lede,
        tags=clean.tags(_escaped(loose.text(tag.get("name"))) for tag in loose.objects(post.get("tags"))),
        published=_moment(post.get("published_at")),
        modified=_moment(post.get("updated_at")),
        cover=_cover(post, url),
        language=visit.source.language or language.of_address(url) or visit.language,
        words=clean.words(content),
    )


def _lede(post: Mapping[str, Any], content: str) -> str:
    """The editors' own words; `excerpt` without them is the text's first 500 characters."""
    own = clean.plain(loose.text(post.get("custom_excerpt")))
    if own:
        return phrases.short(own, clean.LEDE_LENGTH)
    return clean.lede("", content) if content else clean.lede(_escaped(loose.text(post.get("excerpt"))))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _moment(written: object) -> datetime | None:
    dated = dates.parse(loose.text(written), UTC)
    return dated.at if dated else None


def _cover(post: Mapping[str, Any], base: str) -> Cover | None:
    url = clean.url(loose.text(post.get("feature_image")), base)
    if url is None:
        return None
    alt = phrases.short(clean.plain(loose.text(post.get("feature_image_alt"))), 300)
    return Cover(url, alt, clean.credit(loose.text(post.get("feature_image_caption"))))
