"""Articles from a feed: RSS and Atom through feedparser, JSON Feed by our own code.

A WordPress feed answers "not modified" for posts that a late cron made public, so it is always
asked without conditions.
"""

from __future__ import annotations

import html
import io
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import feedparser

from digest.collect import clean, dates
from digest.collect.identity import url_key
from digest.collect.request import Visit
from digest.errors import SourceError
from digest.models import Article, Cover, SourceReport
from digest.net import Response

MOST_ENTRIES = 500
"""A feed can be as long as its owner likes; parsing takes about 1 ms an entry."""
_PROTECTED = 'class="post-password-form"'
"""WordPress lists protected posts in its feed, with this instead of their text."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry as the feed wrote it, whatever the feed's format: HTML where HTML is allowed."""

    id: str = ""
    link: str = ""
    title: str = ""
    excerpt: str = ""
    content: str = ""
    tags: Sequence[str] = ()
    published: str = ""
    modified: str = ""
    language: str = ""
    images: Sequence[str] = ()
    """Addresses that the feed calls the entry's picture, best first."""
    credit: str = ""


def read(visit: Visit) -> SourceReport:
    """The first 500 entries of the feed.

    Raises SourceError when it cannot be fetched or is no feed. What is wrong in one entry, or
    wrong in the feed and yet readable, is a problem of the report.
    """
    response = visit.get(str(visit.source.url)).expect_ok()
    if response.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        entries, problems = _json_entries(response)
    else:
        entries, problems = _xml_entries(response)
    if len(entries) > MOST_ENTRIES:
        problems.append(f"the feed has {len(entries)} entries; only the first {MOST_ENTRIES} were read")
    reused = {each for each, count in Counter(clean.identifier(entry.id) for entry in entries).items() if count > 1}
    articles: dict[str, Article] = {}
    for number, entry in enumerate(entries[:MOST_ENTRIES], 1):
        if _PROTECTED in entry.content:
            continue
        article = _article(entry, visit, response.url, reused)
        if article is None:
            problems.append(f"entry {number} has no link to a web page or no words; its author must add them")
        else:
            articles.setdefault(article.native_id, article)
    return SourceReport(visit.source.name, tuple(articles.values()), tuple(problems))


def _article(entry: _Entry, visit: Visit, base: str, reused: Iterable[str]) -> Article | None:
    url = clean.url(entry.link, base) or clean.url(entry.id)
    lede = clean.lede(entry.excerpt, entry.content)
    title = clean.title(entry.title) or clean.short(lede, 80)
    if url is None or not title:
        return None
    own_id = clean.identifier(entry.id)
    published = dates.parse(entry.published, visit.zone)
    modified = dates.parse(entry.modified, visit.zone)
    return Article(
        source=visit.source.name,
        native_id=url_key(url) if not own_id or own_id in reused else own_id,
        url=url,
        url_key=url_key(url),
        title=title,
        lede=lede,
        tags=clean.tags(entry.tags),
        published=published.at if published else None,
        day_only=published.day_only if published else False,
        modified=modified.at if modified else None,
        cover=_cover(entry, url),
        language=visit.source.language or _language(entry.language) or visit.language,
        words=clean.words(entry.content),
    )


def _language(written: str) -> str:
    """`en-US` is how programs say English: only the language itself counts."""
    match = re.match(r"([a-z]{2,3})(?![a-z])", written.strip().lower())
    return match[1] if match else ""


# --- covers ----------------------------------------------------------------------------------


def _cover(entry: _Entry, base: str) -> Cover | None:
    """The feed's own picture, else the first of the text. The alt text is the text's, if it shows the same one."""
    shown = [(url, alt) for source, alt in _images(entry.content or entry.excerpt) if (url := clean.url(source, base))]
    own = [url for each in entry.images if (url := clean.url(each, base))]
    if not own and not shown:
        return None
    url = own[0] if own else shown[0][0]
    alt = next((alt for picture, alt in shown if picture == url), "")
    return Cover(url, clean.short(clean.text(alt), 300), clean.credit(entry.credit))


def _images(markup: str) -> list[tuple[str, str]]:
    """Address and alt text of each picture; tracking pixels left out, lazy pictures found."""
    found = []
    for tag in re.findall(r"<img\b[^<>]{0,2000}>", markup, re.IGNORECASE):
        pairs = re.findall(r"""([\w-]+)\s*=\s*("[^"]*"|'[^']*'|[^\s"'<>]+)""", tag)
        attributes = {name.lower(): clean.text(value.strip("\"'")) for name, value in reversed(pairs)}
        sources = (attributes.get(name, "") for name in ("src", "data-src", "data-lazy-src"))
        source = next((each for each in sources if each and not each.startswith("data:")), None)
        if source and not {attributes.get("width"), attributes.get("height")} & {"0", "1"}:
            found.append((source, attributes.get("alt", "")))
    return found


# --- RSS and Atom ----------------------------------------------------------------------------


def _xml_entries(response: Response) -> tuple[list[_Entry], list[str]]:
    bare = response.body.replace(b"\0", b"").lower()  # UTF-16 hides nothing
    if b"<!doctype" in bare and b"<!entity" in bare:
        raise SourceError(
            "the feed defines XML entities, which is how feeds attack; ask its owner to remove the DOCTYPE"
        )
    headers = {"content-location": response.url, "content-type": response.headers.get("content-type", "")}
    # BytesIO: feedparser opens bytes that look like the path of a local file.
    parsed = feedparser.parse(io.BytesIO(response.body), response_headers=headers, sanitize_html=False)
    if not parsed.get("version") and not parsed.entries:  # an empty body has no version at all
        what = "a web page" if b"<html" in bare or b"<!doctype html" in bare else "neither RSS, Atom nor JSON Feed"
        raise SourceError(f"{response.url}: this is {what}; look for the address of the site's feed, often /feed/")
    problems = []
    if parsed.bozo and not isinstance(
        parsed.bozo_exception, feedparser.CharacterEncodingOverride | feedparser.NonXMLContentType
    ):
        said = clean.short(clean.plain(str(parsed.bozo_exception)), 120)
        problems.append(
            f"the feed is not well-formed ({said}); {len(parsed.entries)} entries were read, some may be missing"
        )
    language = str(parsed.feed.get("language", ""))
    return [_xml_entry(each, language) for each in parsed.entries], problems


def _xml_entry(entry: Mapping[str, Any], language: str) -> _Entry:
    known = dict(entry)  # feedparser's own mapping answers for `updated` with `published`, and warns
    media = [each for each in (*known.get("media_content", ()), *_enclosures(known)) if _is_image(each)]
    content: Mapping[str, Any] = next(iter(known.get("content", ())), {})
    return _Entry(
        id=known.get("id", ""),
        link=known.get("link", ""),
        title=_markup(known.get("title_detail", {})),
        excerpt=known.get("summary", ""),
        content=_markup(content),
        tags=[each.get("term") or each.get("label") or "" for each in known.get("tags", ())],
        published=known.get("published") or known.get("updated", ""),
        modified=known.get("updated", ""),
        language=language,
        images=[each.get("url") or each.get("href", "") for each in (*media, *known.get("media_thumbnail", ()))],
        credit=next((each.get("content", "") for each in known.get("media_credit", ())), ""),
    )


def _markup(detail: Mapping[str, Any]) -> str:
    """Text as HTML: a title of type text may speak of `<b>`."""
    value = str(detail.get("value", ""))
    return html.escape(value, quote=False) if detail.get("type") == "text/plain" else value


def _enclosures(entry: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [each for each in entry.get("links", ()) if each.get("rel") == "enclosure"]


def _is_image(media: Mapping[str, Any]) -> bool:
    named = media.get("medium") or media.get("type")
    if named:
        return str(named).startswith("image")
    return re.search(r"\.(jpe?g|png|gif)($|\?)", media.get("url", ""), re.IGNORECASE) is not None


# --- JSON Feed -------------------------------------------------------------------------------


def _json_entries(response: Response) -> tuple[list[_Entry], list[str]]:
    """https://www.jsonfeed.org/version/1.1/, and 1.0"""
    feed = response.json()
    items = feed.get("items")
    if not re.fullmatch(r"https?://jsonfeed\.org/version/1(\.\d)?/?", _word(feed, "version")) or not isinstance(
        items, list
    ):
        raise SourceError(f"{response.url}: this is JSON, but no JSON Feed; look for the address of the site's feed")
    entries = [_json_entry(each, _word(feed, "language")) for each in items if isinstance(each, dict)]
    odd = len(items) - len(entries)
    return entries, [f"{odd} items are no objects and were left out; the feed's owner must correct them"] if odd else []


def _json_entry(item: Mapping[str, Any], language: str) -> _Entry:
    tags = item.get("tags")
    return _Entry(
        id=_word(item, "id"),
        link=_word(item, "url", "external_url"),
        title=html.escape(_word(item, "title")),
        excerpt=html.escape(_word(item, "summary")),
        content=_word(item, "content_html") or html.escape(_word(item, "content_text")),
        tags=[str(each) for each in tags] if isinstance(tags, list) else [],
        published=_word(item, "date_published"),
        modified=_word(item, "date_modified"),
        language=_word(item, "language") or language,
        images=[_word(item, "image"), _word(item, "banner_image")],
    )


def _word(item: Mapping[str, Any], *keys: str) -> str:
    """The first of the keys that holds text, or a number as some ids do."""
    values = (item.get(key) for key in keys)
    return next((str(each) for each in values if isinstance(each, str | int) and each and each is not True), "")
