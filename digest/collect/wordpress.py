"""Articles from a WordPress site, over its REST interface (developer.wordpress.org/rest-api).

The interface has traps that its pages do not name; where a line below looks odd, its comment says
what was measured on WordPress 6.1 and 6.5.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from msgspec import Struct
from msgspec.structs import replace

from digest import phrases
from digest.collect import clean, dates, language, loose
from digest.collect.identity import url_key
from digest.collect.request import Visit
from digest.config import tag_key
from digest.errors import SourceError
from digest.models import Article, Cover, SourceReport
from digest.net import Response

_PER_PAGE = 100  # 101 is answered with 400
_MOST_PAGES = 50
_READINGS = 3
_LIST_BYTES = 20_000_000
_TAGS = "post_tag"
_VIEWS = ("views", "post_views_count", "views_count")
"""Where counters keep their number: in `meta`, or in a field of the plugin's own."""
_LANGUAGE = ("lang", "wpml_current_locale")
"""Of Polylang and of WPML."""
# Without `_links`, `_fields` drops `_embedded`, where the names of the tags are.
_POST_FIELDS = ",".join(
    (
        "id,date_gmt,modified_gmt,link,title,excerpt,content,featured_media,_links.wp:term,_embedded",
        *_LANGUAGE,
        *_VIEWS,
        *(f"meta.{name}" for name in _VIEWS),
    )
)
_MEDIA_FIELDS = "id,source_url,alt_text,caption,media_details"


def read(visit: Visit) -> SourceReport:
    """The public posts of the time asked for; with `source.tags`, those that carry one of them.

    Raises SourceError when the site cannot be read, refuses the password, or does not know one of
    the tags.
    """
    site = _discover(visit)
    query = _period(visit)
    taxonomy = visit.source.taxonomy or _TAGS
    if visit.source.tags:
        route = _term_route(site, taxonomy)
        query[route] = ",".join(str(each) for tag in visit.source.tags for each in _term_ids(site, route, tag))
    elif taxonomy != _TAGS:
        _term_route(site, taxonomy)  # else a wrong name would give articles without tags
    posts, problems = _posts(site, query)
    public = [post for post in posts if not loose.mapping(post.get("content")).get("protected")]
    articles = [_article(post, visit) for post in public]
    broken = [post["id"] for post, article in zip(public, articles, strict=True) if article is None]
    problems += [f"post {each} has no link or no words; open it in WordPress and correct it" for each in broken]
    whole = not problems
    covers = _covers(site, public, problems)
    found = tuple(
        replace(article, cover=covers.get(_medium(post)))
        for post, article in zip(public, articles, strict=True)
        if article
    )
    return SourceReport(
        visit.source.name, found, tuple(problems), complete_since=visit.request.start if whole else None
    )


# --- the site --------------------------------------------------------------------------------


class _Site(Struct, frozen=True):
    visit: Visit
    root: str
    """`https://example.org/wp-json`, or `https://example.org/?rest_route=` without pretty addresses."""
    login: Mapping[str, str]
    """The header of an application password; empty without one."""

    def ask(self, route: str, **query: str | int) -> Response:
        """Its answer of any status."""
        joint = "&" if "?" in self.root else "?"
        address = f"{self.root}/wp/v2/{quote(route)}{joint}{urlencode(query)}"
        return self.visit.get(address, _LIST_BYTES, self.login)

    def rows(self, route: str, **query: str | int) -> list[Mapping[str, Any]]:
        """One page of a list. Raises SourceError with the site's own words when it refuses."""
        return _rows(self.ask(route, **query))


def _rows(response: Response) -> list[Mapping[str, Any]]:
    if response.status != 200:
        raise SourceError(_refusal(response))
    rows = response.json()
    if not isinstance(rows, list) or not all(isinstance(row, dict) and isinstance(row.get("id"), int) for row in rows):
        raise SourceError(f"{response.url.partition('?')[0]}: expected a list of WordPress objects; check `url`")
    return rows


def _refusal(response: Response) -> str:
    """What the site says about an answer that is not what was asked for."""
    said = loose.text(loose.mapping(_json(response)).get("message"))
    try:
        response.expect_ok()
    except SourceError as error:
        return f'{error} (in its words: "{phrases.short(clean.text(said), 120)}")' if said else str(error)
    return "the answer is not WordPress's"


def _json(response: Response) -> Any:
    try:
        return response.json()
    except SourceError:
        return None


def _discover(visit: Visit) -> _Site:
    """From the address of the site or of any of its pages."""
    login = _login(visit)
    first: Response | None = None
    for address in _addresses(visit):
        response = visit.get(address, headers=login)
        if "wp/v2" in loose.items(loose.mapping(_json(response)).get("namespaces")):
            site = _Site(visit, response.url.rstrip("/"), login)
            if login:
                _check_login(site)
            return site
        first = first or response
    said = _refusal(first) if first else ""
    raise SourceError(
        f"no open WordPress REST interface: {said}. Check `url`, or ask the site to open /wp-json/, "
        f'or read its feed instead: kind = "feed", url = "{visit.source.url}/feed/"'
    )


def _addresses(visit: Visit) -> Iterator[str]:
    """Where the interface may be, the likeliest first: each costs a request."""
    base = str(visit.source.url)
    yield f"{base}/wp-json/"
    yield f"{base}/?rest_route=/"
    named = _named(visit.get(base))
    if named:
        yield named
    site = urlsplit(base)
    if site.path:
        yield f"{site.scheme}://{site.netloc}/wp-json/"


def _named(page: Response) -> str | None:
    """The address that a page names itself, in a Link header or in its head.

    developer.wordpress.org/rest-api/using-the-rest-api/discovery
    """
    header = re.search(r"<([^<>]*)>[^<>]*https://api\.w\.org/", page.headers.get("link", ""))
    if header:
        return clean.url(header[1], page.url)
    tag = re.search(rb"<link\b[^<>]*https://api\.w\.org/[^<>]*>", page.body, re.IGNORECASE)
    href = re.search(rb"""href\s*=\s*["']?([^"'\s<>]+)""", tag[0], re.IGNORECASE) if tag else None
    return clean.url(clean.text(href[1].decode("ascii", "ignore")), page.url) if href else None


def _login(visit: Visit) -> dict[str, str]:
    """RFC 7617; developer.wordpress.org/rest-api/reference/application-passwords"""
    if visit.source.password is None:
        return {}
    pair = f"{visit.source.user}:{visit.secret(visit.source.password)}"
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode('ascii')}"}


def _check_login(site: _Site) -> None:
    """With a wrong password the public lists are still answered with 200; only the user's own page is not."""
    theirs, ours = (urlsplit(url).netloc.removeprefix("www.") for url in (site.root, str(site.visit.source.url)))
    if theirs != ours:
        raise SourceError(f"the REST interface is at {theirs}; the password goes there only if `url` says so")
    response = site.ask("users/me", _fields="id")
    if response.status != 200:
        raise SourceError(
            f'the site does not accept the user "{site.visit.source.user}" with this password: {_refusal(response)}. '
            "Make an application password in WordPress under Users > Profile, and set it as `password`"
        )


def _term_route(site: _Site, taxonomy: str) -> str:
    """The name of a taxonomy's list, which is also the parameter that chooses by it."""
    if taxonomy == _TAGS:
        return "tags"
    response = site.ask("taxonomies")
    known = loose.mapping(response.expect_ok().json())
    route = loose.text(loose.mapping(known.get(taxonomy)).get("rest_base"))
    if not route:
        names = phrases.short(clean.plain(", ".join(sorted(known))), 300)
        raise SourceError(f'the site has no taxonomy "{taxonomy}"; it shows {names}; correct `taxonomy`')
    return route


def _term_ids(site: _Site, route: str, tag: str) -> list[int]:
    """A name in `tags=` is an error, and an unknown parameter gives ALL posts: so ids, looked up first."""
    name = tag.removeprefix("#")
    fields: dict[str, str | int] = {"per_page": _PER_PAGE, "_fields": "id,name,slug"}
    found = site.rows(route, search=name, **fields) + site.rows(route, slug="-".join(name.lower().split()), **fields)
    spellings = {row["id"]: {tag_key(clean.text(str(row.get("name")))), tag_key(str(row.get("slug")))} for row in found}
    ids = [each for each, keys in spellings.items() if tag_key(tag) in keys]
    if not ids:
        raise SourceError(f'the site has no tag "{tag}"; correct it in `tags`, or take it out')
    return ids


def taxonomies(visit: Visit) -> tuple[str, ...]:
    """The site's groupings of posts beside tags, those that it made for itself first. Raises SourceError."""
    known = loose.mapping(_discover(visit).ask("taxonomies").expect_ok().json())
    of_posts = [name for name, each in known.items() if "post" in loose.items(loose.mapping(each).get("types"))]
    return tuple(sorted((name for name in of_posts if name not in (_TAGS, "post_format")), key="category".__eq__))


# --- posts -----------------------------------------------------------------------------------


def _period(visit: Visit) -> dict[str, str | int]:
    """Both ends are exclusive, in whole seconds, and in the SITE's zone unless they say Z."""
    after, before = visit.request.start - timedelta(seconds=1), visit.request.end
    period = {name: f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for name, at in (("after", after), ("before", before))}
    return {
        **period,
        "orderby": "date",
        "order": "asc",
        "per_page": _PER_PAGE,
        "_embed": "wp:term",
        "_fields": _POST_FIELDS,
    }


def _posts(site: _Site, query: Mapping[str, str | int]) -> tuple[list[Mapping[str, Any]], list[str]]:
    """Each post once. A list that changes between two of its pages can hide one, so it is read again."""
    for _ in range(_READINGS):
        posts, steady = _reading(site, query)
        if steady:
            return posts, []
    return posts, [f"the list of posts changed during each of {_READINGS} readings, one may be missing; run again"]


def _reading(site: _Site, query: Mapping[str, str | int]) -> tuple[list[Mapping[str, Any]], bool]:
    rows: list[Mapping[str, Any]] = []
    totals = set()
    for page in range(1, _MOST_PAGES + 1):
        response = site.ask(site.visit.source.type or "posts", page=page, **query)
        if page > 1 and response.status == 400:  # the page is gone: a post was taken back meanwhile
            return _once(rows), False
        read = _rows(response)
        rows += read
        totals.add(response.headers.get("x-wp-total"))
        pages = loose.number(response.headers.get("x-wp-totalpages"))
        if (pages is None and len(read) < _PER_PAGE) or (pages is not None and page >= pages):
            break
    else:
        raise SourceError(f"more than {_MOST_PAGES * _PER_PAGE} posts in the time asked for; lower `look_back_days`")
    posts = _once(rows)
    return posts, len(totals) == 1 and len(posts) == len(rows)


def _once(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return list({row["id"]: row for row in rows}.values())


def _article(post: Mapping[str, Any], visit: Visit) -> Article | None:
    """All but its cover."""
    url = clean.url(loose.text(post.get("link")), visit.site)
    lede = clean.lede(_rendered(post.get("excerpt")), _rendered(post.get("content")))
    title = clean.title(_rendered(post.get("title"))) or phrases.short(lede, 80)
    if url is None or not title:
        return None
    views = _views(post)
    return Article(
        source=visit.source.name,
        native_id=clean.identifier(str(post["id"])),
        url=url,
        url_key=url_key(url),
        title=title,
        lede=lede,
        tags=clean.tags(_tag_names(post, visit.source.taxonomy or _TAGS)),
        published=_moment(post.get("date_gmt")),
        modified=_moment(post.get("modified_gmt")),
        views=views,
        views_at=None if views is None else visit.request.now,
        language=visit.source.language or _language(post) or language.of_address(url) or visit.language,
        words=clean.words(_rendered(post.get("content"))),
    )


def _moment(written: object) -> datetime | None:
    """The `_gmt` fields are in UTC without saying so; the others are in a zone that the site does not name."""
    dated = dates.parse(f"{loose.text(written)}Z", UTC)
    return dated.at if dated else None


def _views(post: Mapping[str, Any]) -> int | None:
    """Only where the theme or a plugin shows its counter."""
    meta = loose.mapping(post.get("meta"))
    numbers = (loose.number(place.get(name)) for name in _VIEWS for place in (meta, post))
    return next((each for each in numbers if each is not None), None)


def _language(post: Mapping[str, Any]) -> str:
    codes = (language.of_code(loose.text(post.get(name))) for name in _LANGUAGE)
    return next(filter(None, codes), "")


def _tag_names(post: Mapping[str, Any], taxonomy: str) -> Iterator[str]:
    for group in loose.items(loose.mapping(post.get("_embedded")).get("wp:term")):
        for term in loose.objects(group):
            if term.get("taxonomy") == taxonomy:
                yield loose.text(term.get("name"))


# --- covers ----------------------------------------------------------------------------------


def _covers(site: _Site, posts: Sequence[Mapping[str, Any]], problems: list[str]) -> dict[int, Cover]:
    """By media id. Not through `_embed`: for a deleted picture that holds the site's whole index, 168 kB a post."""
    ids = sorted({each for post in posts if (each := _medium(post))})
    found: dict[int, Cover] = {}
    try:
        for start in range(0, len(ids), _PER_PAGE):
            include = ",".join(map(str, ids[start : start + _PER_PAGE]))
            for row in site.rows("media", include=include, per_page=_PER_PAGE, _fields=_MEDIA_FIELDS):
                found[row["id"]] = _cover(row, site.visit.site)
    except SourceError as error:
        problems.append(f"covers are missing: {error}")
    return found


def _cover(row: Mapping[str, Any], base: str) -> Cover:
    """In WordPress's own large size, 1024 pixels, when there is one: originals can take megabytes."""
    sizes = loose.mapping(loose.mapping(row.get("media_details")).get("sizes"))
    large = loose.mapping(sizes.get("large")).get("source_url")
    return Cover(
        url=clean.url(loose.text(large), base) or clean.url(loose.text(row.get("source_url")), base),
        alt=phrases.short(clean.text(loose.text(row.get("alt_text"))), 300),
        credit=clean.credit(_rendered(row.get("caption"))),
    )


def _medium(post: Mapping[str, Any]) -> int:
    return loose.number(post.get("featured_media")) or 0


def _rendered(value: object) -> str:
    """HTML, as the site shows it."""
    return loose.text(loose.mapping(value).get("rendered"))
