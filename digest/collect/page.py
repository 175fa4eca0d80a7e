"""What one web page says of the article on it: JSON-LD first, then its meta tags, then what readers see."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from digest import phrases
from digest.collect import clean, dates, language, loose, markup, uwc
from digest.collect.identity import url_key
from digest.models import Article, Cover

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

    from digest.collect.request import Visit
    from digest.net import Response

_ARTICLE_TYPE = re.compile(r"\w*Article|\w*BlogPosting|Report")
_LARGEST_LD = 500_000


def article(response: Response, visit: Visit) -> Article | None:
    """The article of a page; None for a page that neither dates itself nor says that it is an article.

    Raises SourceError for a page that is built to exhaust its reader.
    """
    page = _read(response, visit)
    published, modified = _dates(page, visit)
    title = _title(page)
    if not title or not (published or page.linked or page.meta.get("og:type") == "article"):
        return None
    views = page.header.views if page.header else None
    return Article(
        source=visit.source.name,
        native_id=_own_id(page),
        url=page.url,
        url_key=url_key(page.url),
        title=title,
        lede=_lede(page),
        tags=_tags(page),
        published=published.at if published else None,
        day_only=published.day_only if published else False,
        modified=modified.at if modified else None,
        views=views,
        views_at=None if views is None else visit.request.now,
        cover=_cover(page),
        language=visit.source.language or _language(page) or visit.language,
        words=_words(page),
    )


class _Page(Struct, frozen=True):
    """A page taken apart."""

    url: str
    root: LexborHTMLParser
    scope: LexborNode | None
    """Where the article itself stands: other articles are shown around it."""
    linked: Mapping[str, Any]
    """Its JSON-LD (schema.org/Article); empty when there is none."""
    meta: Mapping[str, str]
    """`property` or `name`, in lower case -> content; the first of equal names wins."""
    keywords: tuple[str, ...]
    header: uwc.Page | None

    def of_scope(self, selector: str) -> Iterator[LexborNode]:
        """Nodes of the article; of the page without what stands around it, where no article is marked."""
        if self.scope is not None:
            yield from self.scope.css(selector)
        else:
            yield from (node for node in self.root.css(selector) if not _is_around(node))


def _read(response: Response, visit: Visit) -> _Page:
    root = markup.tree(response)
    metas = [(_attribute(m, "property") or _attribute(m, "name"), _attribute(m, "content")) for m in root.css("meta")]
    named = [(name.lower().strip(), content) for name, content in metas if name and content.strip()]
    return _Page(
        url=clean.url(response.url) or response.url,
        root=root,
        scope=_scope(root),
        linked=next(_linked(root), {}),
        meta=dict(reversed(named)),
        keywords=tuple(content for name, content in named if name == "article:tag"),
        header=_header(root, visit),
    )


def _scope(root: LexborHTMLParser) -> LexborNode | None:
    """The `article` or `main` around the first heading, else the page's only `article`."""
    heading = root.css_first("article h1") or root.css_first("main h1")
    if heading is not None:
        return next(node for node in _above(heading) if node.tag in ("article", "main"))
    marked = root.css("article")
    return marked[0] if len(marked) == 1 else None


def _above(node: LexborNode) -> Iterator[LexborNode]:
    """The nodes that hold this one, the nearest first."""
    parent = node.parent
    while parent is not None:
        yield parent
        parent = parent.parent


def _is_around(node: LexborNode) -> bool:
    return any(each.tag in ("aside", "footer", "nav") for each in _above(node))


def _attribute(node: LexborNode, name: str) -> str:
    return node.attributes.get(name) or ""


def _linked(root: LexborHTMLParser) -> Iterator[Mapping[str, Any]]:
    for script in root.css('script[type="application/ld+json"]'):
        written = script.text()
        try:
            found = json.loads(written, strict=False) if len(written) <= _LARGEST_LD else None
        except (ValueError, RecursionError):
            continue
        for top in [found, *loose.items(found)]:
            for each in (loose.mapping(top), *loose.objects(loose.mapping(top).get("@graph"))):
                kinds = [each.get("@type"), *loose.items(each.get("@type"))]
                if any(_ARTICLE_TYPE.fullmatch(loose.text(kind)) for kind in kinds):
                    yield each


def _header(root: LexborHTMLParser, visit: Visit) -> uwc.Page | None:
    """The UWC site's own, from the page's heading on: above it other dates may stand."""
    lines = markup.lines(root.body.html or "") if root.body else []
    heading = root.css_first("h1")
    title = clean.plain(heading.text()) if heading else ""
    start = lines.index(title) if title in lines else 0
    try:
        return uwc.page(lines[start:], visit.zone)
    except uwc.NoPage:
        return None


# --- one field after the other ---------------------------------------------------------------


def _own_id(page: _Page) -> str:
    """WordPress's short link, which stays when the address changes with the title; else the address."""
    short = page.root.css_first("link[rel=shortlink]")
    written = clean.url(_attribute(short, "href"), page.url) if short else None
    return url_key(written if written and re.search(r"[?&]p=\d+", written) else page.url)


def _title(page: _Page) -> str:
    heading = page.root.css_first("h1")
    shown = phrases.short(clean.plain(heading.text()), clean.TITLE_LENGTH) if heading else ""
    return clean.title(loose.text(page.linked.get("headline"))) or shown or clean.title(page.meta.get("og:title", ""))


def _dates(page: _Page, visit: Visit) -> tuple[dates.Dated | None, dates.Dated | None]:
    """When it was published and when it was changed."""
    times = [_attribute(time, "datetime") for time in page.of_scope("time[datetime]")]
    first = [loose.text(page.linked.get("datePublished")), page.meta.get("article:published_time", ""), *times[:1]]
    last = [loose.text(page.linked.get("dateModified")), page.meta.get("article:modified_time", "")]
    published, modified = _first_date(first, visit), _first_date(last, visit)
    return published or (page.header.published if page.header else None), modified


def _first_date(written: list[str], visit: Visit) -> dates.Dated | None:
    return next(filter(None, (dates.parse(each, visit.zone) for each in written)), None)


def _tags(page: _Page) -> tuple[str, ...]:
    """From the first place that has any: what is said for readers comes before what is said for machines."""
    shown = [node.text() for node in page.of_scope("a[rel~=tag]")]
    written = page.linked.get("keywords")
    listed = [loose.text(each) for each in loose.items(written)] or loose.text(written).split(",")
    places = (shown, page.header.tags if page.header else (), page.keywords, listed)
    return next(filter(None, map(clean.tags, places)), ())


def _lede(page: _Page) -> str:
    content = page.scope.html or "" if page.scope else ""
    said = loose.text(page.linked.get("description")) or page.meta.get("og:description", "")
    if not said and page.header:
        return phrases.short(page.header.paragraphs[0], clean.LEDE_LENGTH)
    return clean.lede(said or page.meta.get("description", ""), content)


def _language(page: _Page) -> str:
    html = page.root.css_first("html")
    return (
        language.of_address(page.url)
        or language.of_code(loose.text(page.linked.get("inLanguage")))
        or language.of_code(_attribute(html, "lang") if html else "")
    )


def _words(page: _Page) -> int:
    counted = loose.number(page.linked.get("wordCount"))
    body = loose.text(page.linked.get("articleBody"))
    if page.header and page.scope is None:
        shown = " ".join(page.header.paragraphs)
    else:
        shown = " ".join(node.text() for node in page.of_scope("p"))
    return counted or len(body.split()) or len(shown.split())


def _cover(page: _Page) -> Cover | None:
    pictures = [(url, _attribute(node, "alt")) for node in page.of_scope("img") if (url := _picture(node, page.url))]
    written = [*_addresses(page.linked.get("image")), page.meta.get("og:image", "")]
    url = next((url for each in written if (url := clean.url(each, page.url))), None)
    url = url or (pictures[0][0] if pictures else None)
    caption = next(page.of_scope("figcaption"), None)
    credit = page.header.credit if page.header else ""
    credit = credit or (clean.credit(caption.text()) if caption and pictures else "")
    if url is None and not credit:
        return None
    alt = next((alt for picture, alt in pictures if picture == url), "") or page.meta.get("og:image:alt", "")
    return Cover(url, phrases.short(clean.plain(alt), 300), credit)


def _addresses(image: object) -> Iterator[str]:
    """schema.org allows an address, an ImageObject, and a list of either."""
    for each in [image, *loose.items(image)]:
        yield loose.text(each)
        yield loose.text(loose.mapping(each).get("url"))


def _picture(node: LexborNode, base: str) -> str | None:
    """Lazy pictures hold their address elsewhere; those of one pixel count readers."""
    if {_attribute(node, "width"), _attribute(node, "height")} & {"0", "1"}:
        return None
    written = (_attribute(node, name) for name in ("src", "data-src", "data-lazy-src"))
    return next((url for each in written if (url := clean.url(each, base))), None)
