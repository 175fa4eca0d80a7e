"""Articles from a feed: RSS and Atom through feedparser, JSON Feed by our own code.

A WordPress feed answers "not modified" for posts that a late cron made public, so it is always
asked without conditions.
"""

from __future__ import annotations

import html
import io
import re
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import feedparser
from msgspec import Struct

from digest import phrases
from digest.collect import bounds, clean, dates, language, loose
from digest.collect.identity import url_key
from digest.collect.request import Visit
from digest.errors import SourceError
from digest.models import Article, Cover, SourceMemory, SourceReport
from digest.net import Response

MOST_ENTRIES = 500
"""A feed can be as long as its owner likes; parsing takes about 1 ms an entry."""
_MOST_PAGES = 10
_LARGEST_BYTES = 10 * 1024 * 1024
"""Of one page; no more than its first 500 entries are parsed, so this costs memory and not time."""
_PROTECTED = 'class="post-password-form"'
"""WordPress lists protected posts in its feed, with this instead of their text."""


class _Entry(Struct, frozen=True):
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


class _Page(Struct, frozen=True):
    """One answer of a feed that may have several."""

    url: str
    """Where it came from: relative addresses begin there."""
    entries: Sequence[_Entry]
    count: int
    """How many entries the answer had; not all were read."""
    problems: tuple[str, ...] = ()
    next_url: str | None = None


def read(visit: Visit) -> SourceReport:
    """The newest 500 entries of the feed, from as many pages as reach back to the request's start.

    Raises SourceError when it cannot be fetched or is no feed. What is wrong in one entry, or
    wrong in the feed and yet readable, is a problem of the report.
    """
    first = visit.get(str(visit.source.url), cap_bytes=_LARGEST_BYTES, headers=visit.conditions())
    if first.status == 304 and visit.memory:
        return SourceReport(visit.source.name, memory=visit.memory, unmodified=True)
    pages, problems, ended = _pages(_page(first.expect_ok()), visit)
    entries = [(entry, page.url) for page in pages for entry in page.entries][:MOST_ENTRIES]
    reused = _reused(entry for entry, _ in entries)
    articles: dict[str, Article] = {}
    for number, (entry, base) in enumerate(entries, 1):
        if _PROTECTED in entry.content:
            continue
        article = _article(entry, visit, base, reused)
        if article is None:
            problems.append(f"entry {number} has no link to a web page or no words; its author must add them")
        else:
            articles.setdefault(article.native_id, article)
    found = tuple(articles.values())
    since = None if problems else visit.request.start if ended else _complete_since(found)
    count = sum(page.count for page in pages)
    if count > MOST_ENTRIES and (since is None or since > visit.request.start):
        problems.append(f"the feed has {count} entries; only the first {MOST_ENTRIES} were read")
    return SourceReport(visit.source.name, found, tuple(problems), complete_since=since, memory=_memory(first, visit))


def _memory(response: Response, visit: Visit) -> SourceMemory | None:
    etag, modified = response.headers.get("etag", ""), response.headers.get("last-modified", "")
    return SourceMemory(str(visit.source.url), etag, modified, fetched_at=visit.request.now) if etag else None


def _reused(entries: Iterable[_Entry]) -> set[str]:
    """Ids that stand for several addresses: they name nothing. An entry that only stands twice keeps its own."""
    links = defaultdict(set)
    for entry in entries:
        links[clean.identifier(entry.id)].add(entry.link)
    return {each for each, places in links.items() if len(places) > 1}


def _complete_since(articles: Sequence[Article]) -> datetime | None:
    """Just after the oldest, of a feed that is sorted; another of that very moment may have dropped out."""
    moments = [article.published for article in articles]
    known = [each for each in moments if each]
    in_order = all(newer >= older for newer, older in pairwise(known))
    return known[-1] + datetime.resolution if known and in_order and len(known) == len(moments) else None


# --- pages -----------------------------------------------------------------------------------


def _pages(first: _Page, visit: Visit) -> tuple[list[_Page], list[str], bool]:
    """The pages, what is wrong with them, and whether the last one was the feed's end."""
    pages = [first]
    problems = [*pages[0].problems]
    asked = {pages[0].url}
    while len(pages) < _MOST_PAGES and not _far_enough(pages, visit):
        address = pages[-1].next_url
        if address is None or address in asked:
            return pages, problems, address is None and len(pages) > 1
        asked.add(address)
        try:
            response = visit.get(address, cap_bytes=_LARGEST_BYTES)
            if response.status == 404:  # how WordPress says that there is no such page
                return pages, problems, True
            page = _page(response.expect_ok())
        except SourceError as error:
            return pages, [*problems, f"older entries could not be read: {error}"], False
        if not page.entries:
            return pages, problems, True
        pages.append(page)
        problems += page.problems
    return pages, problems, False


def _far_enough(pages: Sequence[_Page], visit: Visit) -> bool:
    """A feed without dates has no reason to go on."""
    moments = [dates.parse(entry.published, visit.zone) for entry in pages[-1].entries]
    last = next((each.at for each in reversed(moments) if each), None)
    return last is None or last < visit.request.start or sum(len(page.entries) for page in pages) >= MOST_ENTRIES


def _page(response: Response) -> _Page:
    if response.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return _json_page(response)
    return _xml_page(response)


def _next_of_wordpress(url: str) -> str:
    """`?paged=2`, and so on: its feeds do not say that they have pages."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    number = loose.number(query.get("paged")) or 1
    return parts._replace(query=urlencode(query | {"paged": number + 1})).geturl()


# --- entries ---------------------------------------------------------------------------------


def _article(entry: _Entry, visit: Visit, base: str, reused: Container[str]) -> Article | None:
    url = clean.url(entry.link, base) or clean.url(entry.id)
    lede = clean.lede(entry.excerpt, entry.content)
    title = clean.title(entry.title) or phrases.short(lede, 80)
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
        language=visit.source.language
        or language.of_address(url)
        or language.of_code(entry.language)
        or visit.language,
        words=clean.words(entry.content or _full_text(entry.excerpt)),
    )


def _full_text(excerpt: str) -> str:
    """The excerpt, when the whole article stands in its place."""
    return excerpt if len(clean.text(excerpt)) > clean.LEDE_LENGTH else ""


# --- covers ----------------------------------------------------------------------------------


def _cover(entry: _Entry, base: str) -> Cover | None:
    """The feed's own picture, else the first of the text. The alt text is the text's, if it shows the same one."""
    shown = [(url, alt) for source, alt in _images(entry.content or entry.excerpt) if (url := clean.url(source, base))]
    own = [url for each in entry.images if (url := clean.url(each, base))]
    if not own and not shown:
        return None
    url = own[0] if own else shown[0][0]
    alt = next((alt for picture, alt in shown if picture == url), "")
    return Cover(url, phrases.short(clean.text(alt), 300), clean.credit(entry.credit))


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


def _xml_page(response: Response) -> _Page:
    body = _utf8(response)
    bare = body.lower()
    if b"<!doctype" in bare and b"<!entity" in bare:
        raise SourceError(
            "the feed defines XML entities, which is how feeds attack; ask its owner to remove the DOCTYPE"
        )
    body, count = bounds.feed(body, MOST_ENTRIES)
    headers = {"content-location": response.url, "content-type": "application/xml; charset=utf-8"}
    # BytesIO: feedparser opens bytes that look like the path of a local file.
    parsed = feedparser.parse(io.BytesIO(body), response_headers=headers, sanitize_html=False)
    if not parsed.get("version") and not parsed.entries:  # an empty body has no version at all
        what = "a web page" if b"<html" in bare or b"<!doctype html" in bare else "neither RSS, Atom nor JSON Feed"
        raise SourceError(f"{response.url}: this is {what}; look for the address of the site's feed, often /feed/")
    problems = []
    if parsed.bozo:
        said = phrases.short(clean.plain(str(parsed.bozo_exception)), 120)
        problems.append(
            f"the feed is not well-formed ({said}); {len(parsed.entries)} entries were read, some may be missing"
        )
    written = str(parsed.feed.get("language", ""))
    entries = [_xml_entry(each, written) for each in parsed.entries]
    return _Page(response.url, entries, count, tuple(problems), _xml_next(parsed.feed, response.url))


def _utf8(response: Response) -> bytes:
    """What will be parsed is what is judged: an odd encoding can hide tags from those who read bytes."""
    found: dict[str, Any] = {}
    headers = {"content-type": response.headers.get("content-type", "")}
    body = feedparser.encodings.convert_to_utf8(headers, response.body, found)
    if isinstance(found.get("bozo_exception"), feedparser.CharacterEncodingUnknown):
        raise SourceError(f"{response.url}: it is written in an encoding that it does not name; ask its owner")
    return bytes(body).replace(b"\0", b"")  # plain ASCII in UTF-16 is taken for UTF-8


def _xml_next(feed: Mapping[str, Any], url: str) -> str | None:
    """RFC 5005, section 3, or WordPress's own way."""
    links = (each.get("href", "") for each in feed.get("links", ()) if each.get("rel") == "next")
    named = clean.url(next(links, None), url)
    if named is None and "wordpress.org" in str(feed.get("generator", "")):
        return _next_of_wordpress(url)
    return named


def _xml_entry(entry: Mapping[str, Any], language: str) -> _Entry:
    known = dict(entry)  # feedparser's own mapping answers for `updated` with `published`, and warns
    media = [each for each in (*known.get("media_content", ()), *_enclosures(known)) if _is_image(each)]
    content: Mapping[str, Any] = next(iter(known.get("content", ())), {})
    return _Entry(
        id=known.get("id", ""),
        link=known.get("feedburner_origlink") or known.get("link", ""),
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


def _json_page(response: Response) -> _Page:
    """https://www.jsonfeed.org/version/1.1/, and 1.0"""
    feed = response.json()
    items = feed.get("items")
    if not re.fullmatch(r"https?://jsonfeed\.org/version/1(\.\d)?/?", _word(feed, "version")) or not isinstance(
        items, list
    ):
        raise SourceError(f"{response.url}: this is JSON, but no JSON Feed; look for the address of the site's feed")
    entries = [_json_entry(each, _word(feed, "language")) for each in loose.objects(items)]
    odd = len(items) - len(entries)
    said = f"{odd} items are no objects and were left out; the feed's owner must correct them"
    next_url = clean.url(_word(feed, "next_url"), response.url)
    return _Page(response.url, entries, len(entries), (said,) if odd else (), next_url)


def _json_entry(item: Mapping[str, Any], language: str) -> _Entry:
    return _Entry(
        id=_word(item, "id"),
        link=_word(item, "url", "external_url"),
        title=html.escape(_word(item, "title")),
        excerpt=html.escape(_word(item, "summary")),
        content=_word(item, "content_html") or html.escape(_word(item, "content_text")),
        tags=[str(each) for each in loose.items(item.get("tags"))],
        published=_word(item, "date_published"),
        modified=_word(item, "date_modified"),
        language=_word(item, "language") or language,
        images=[_word(item, "image"), _word(item, "banner_image")],
    )


def _word(item: Mapping[str, Any], *keys: str) -> str:
    """The first of the keys that holds text, or a number as some ids do."""
    values = (item.get(key) for key in keys)
    return next((str(each) for each in values if isinstance(each, str | int) and each and each is not True), "")
