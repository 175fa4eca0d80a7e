"""Articles from web pages that have no feed: a page that lists them, and the page of each.

A link of the list is taken for an article's when it leads to another page of the same site, stands
neither in the navigation nor in a footer, side column or form, and has a path that names one page
and not a list (`/tag/…`, `/author/…`): with a slug of three words, a date or a number, or under a
text of four words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from protego import Protego

from digest.collect import clean, markup, page
from digest.collect.identity import url_key
from digest.collect.request import Visit
from digest.errors import SourceError
from digest.models import Article, SourceReport

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

    from digest.net import Response

MOST_PAGES = 60
_AT_ONCE = 4
_BATCH = 20
"""Pages after which it is asked whether the rest is older than what is wanted."""
_MOST_PROBLEMS = 5
_ROBOT = "digest"

_AROUND = ("nav", "footer", "aside", "form")
_LISTS = re.compile(
    r"/(?:tags?|categor(?:y|ies)|topics?|authors?|page|feed|search|login|register|donate|subscribe|contacts?|about(?:-us)?"
    r"|privacy(?:-policy)?|terms|wp-(?:content|admin|json|login\.php)|cdn-cgi)(?:/|$)",
    re.IGNORECASE,
)
_FILE = re.compile(r"\.(?!html?$|php$|aspx?$)[a-z0-9]{2,5}$", re.IGNORECASE)
_NAMES_ONE = re.compile(r"[^/]+[-_][^/]+[-_][^/]+$|/(?:19|20)\d\d/\d\d?/.*[^\d/]|\d{5,}|[?&](?:p|id)=\d+")


def read(visit: Visit) -> SourceReport:
    """The articles behind the list's first 60 links that look like one; one broken page stops no other.

    Raises SourceError when the list cannot be read, or nothing behind it.
    """
    start = str(visit.source.url)
    robots = _robots(visit)
    _refuse_disallowed(robots, start)
    links = [each for each in _links(visit.get(start, markup.MOST_BYTES).expect_ok()) if _allowed(robots, each)]
    if not links:
        raise SourceError(f"{start}: no links to articles found; give the page that lists the articles, or a feed")
    articles, problems, others = _read_all(links[:MOST_PAGES], visit)
    if not articles and problems:
        raise SourceError(f"{start}: none of the {len(links)} articles that it links to could be read: {problems[0]}")
    if others:
        problems.append(
            f"{len(others)} linked pages neither name a date nor say that they are articles, as {others[0]}; "
            "they were left out"
        )
    return SourceReport(visit.source.name, tuple(articles), tuple(problems))


def _read_all(links: Sequence[str], visit: Visit) -> tuple[list[Article], list[str], list[str]]:
    """The articles, what is wrong, and the pages that are none; the list is newest first, so it can end early."""
    found: dict[str, Article] = {}
    problems: list[str] = []
    others: list[str] = []
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for start in range(0, len(links), _BATCH):
            batch = links[start : start + _BATCH]
            answers = list(pool.map(lambda link: _article(link, visit), batch))
            problems += [each for each in answers if isinstance(each, str)]
            others += [link for link, each in zip(batch, answers, strict=True) if each is None]
            articles = [each for each in answers if isinstance(each, Article)]
            for article in articles:
                found.setdefault(article.native_id, article)
            if articles and all(each.published and each.published < visit.request.start for each in articles):
                break
    if len(problems) > _MOST_PROBLEMS:
        problems[_MOST_PROBLEMS:] = [f"{len(problems) - _MOST_PROBLEMS} more articles could not be read"]
    return list(found.values()), problems, others


def _article(link: str, visit: Visit) -> Article | str | None:
    """The article, what is wrong with its page, or None for a page that is no article's."""
    try:
        response = visit.get(link, markup.MOST_BYTES).expect_ok()
        if "html" not in response.headers.get("content-type", "html").lower():
            return None
        return page.article(response, visit)
    except SourceError as error:
        return str(error)


# --- the list --------------------------------------------------------------------------------


def _links(response: Response) -> list[str]:
    """Each once, in the order of the page."""
    texts: dict[str, str] = {}
    urls: dict[str, str] = {}
    for node in markup.tree(response).css("a[href]"):
        url = clean.url(node.attributes.get("href"), response.url)
        if url and not _is_around(node):
            key = url_key(url)
            urls.setdefault(key, url.partition("#")[0])
            texts[key] = max(texts.get(key, ""), clean.plain(node.text()), key=len)
    return [url for key, url in urls.items() if _looks_like_an_article(url, texts[key], response.url)]


def _is_around(node: LexborNode) -> bool:
    """In the navigation; a list may have a header of its own, so only one outside of it counts."""
    parent = node.parent
    while parent is not None and parent.tag not in ("article", "main"):
        if parent.tag in _AROUND:
            return True
        parent = parent.parent
    return False


def _looks_like_an_article(url: str, text: str, start: str) -> bool:
    here, there = urlsplit(start), urlsplit(url)
    if _host(url) != _host(start) or (there.path.rstrip("/"), there.query) == (here.path.rstrip("/"), here.query):
        return False
    above = here.path.rstrip("/").startswith(there.path.rstrip("/")) and not there.query
    if above or _LISTS.search(there.path) or _FILE.search(there.path):
        return False
    target = there._replace(scheme="", netloc="", path=there.path.rstrip("/"), fragment="").geturl()
    return bool(_NAMES_ONE.search(target)) or len(text.split()) >= 4


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


# --- robots.txt (RFC 9309) -------------------------------------------------------------------


def _robots(visit: Visit) -> Protego | None:
    """What the site allows; None where it need not be asked. Raises SourceError while it cannot say."""
    start = str(visit.source.url)
    if _host(start) == _host(visit.request.newsletter.site_url):
        return None
    parts = urlsplit(start)
    response = visit.get(f"{parts.scheme}://{parts.netloc}/robots.txt")
    if response.status == 429 or response.status >= 500:
        response.expect_ok()
    rules = response.body[:500_000].decode("utf-8", "replace") if response.status == 200 else ""
    return Protego.parse(rules)


def _allowed(robots: Protego | None, url: str) -> bool:
    return robots is None or robots.can_fetch(url, _ROBOT)


def _refuse_disallowed(robots: Protego | None, url: str) -> None:
    if not _allowed(robots, url):
        raise SourceError(f"{url}: the site's robots.txt does not allow programs here; ask its owner, or for a feed")
