"""Articles from a WordPress site, over its REST interface (developer.wordpress.org/rest-api).

The interface has traps that its pages do not name; where a line below looks odd, its comment says
what was measured on WordPress 6.1 and 6.5.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from digest.collect import clean, dates
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
# Without `_links`, `_fields` drops `_embedded`, where the names of the tags are.
_POST_FIELDS = "id,date_gmt,modified_gmt,link,title,excerpt,content,featured_media,meta.views,_links.wp:term,_embedded"
_MEDIA_FIELDS = "id,source_url,alt_text,caption,media_details"


def read(visit: Visit) -> SourceReport:
    """The public posts of the time asked for; with `source.tags`, those that carry one of them.

    Raises SourceError when the site cannot be read, or does not know one of the tags.
    """
    site = _discover(visit)
    query = _period(visit)
    if visit.source.tags:
        query["tags"] = ",".join(str(each) for tag in visit.source.tags for each in _tag_ids(site, tag))
    posts, problems = _posts(site, query)
    public = [post for post in posts if not _object(post.get("content")).get("protected")]
    covers = _covers(site, public, problems)
    articles = [_article(post, covers, visit) for post in public]
    broken = [post["id"] for post, article in zip(public, articles, strict=True) if article is None]
    problems += [f"post {each} has no link or no words; open it in WordPress and correct it" for each in broken]
    return SourceReport(visit.source.name, tuple(article for article in articles if article), tuple(problems))


# --- the site --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Site:
    visit: Visit
    root: str
    """`https://example.org/wp-json`, or `https://example.org/?rest_route=` without pretty addresses."""

    def ask(self, route: str, **query: str | int) -> Response:
        """Its answer of any status."""
        joint = "&" if "?" in self.root else "?"
        return self.visit.get(f"{self.root}/wp/v2/{route}{joint}{urlencode(query)}", _LIST_BYTES)

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
    said = _text(_object(_json(response)).get("message"))
    try:
        response.expect_ok()
    except SourceError as error:
        return f'{error} (in its words: "{clean.short(clean.text(said), 120)}")' if said else str(error)
    return "the answer is not WordPress's"


def _json(response: Response) -> Any:
    try:
        return response.json()
    except SourceError:
        return None


def _discover(visit: Visit) -> _Site:
    base = str(visit.source.url)
    answers = []
    for address in (f"{base}/wp-json/", f"{base}/?rest_route=/"):
        response = visit.get(address)
        namespaces = _object(_json(response)).get("namespaces")
        if isinstance(namespaces, list) and "wp/v2" in namespaces:
            return _Site(visit, response.url.rstrip("/"))
        answers.append(response)
    raise SourceError(
        f"no open WordPress REST interface: {_refusal(answers[0])}. Check `url`, or ask the site to open /wp-json/, "
        f'or read its feed instead: kind = "feed", url = "{base}/feed/"'
    )


def _tag_ids(site: _Site, tag: str) -> list[int]:
    """A name in `tags=` is an error, and an unknown parameter gives ALL posts: so ids, looked up first."""
    name = tag.removeprefix("#")
    fields: dict[str, str | int] = {"per_page": _PER_PAGE, "_fields": "id,name,slug"}
    found = site.rows("tags", search=name, **fields) + site.rows("tags", slug="-".join(name.lower().split()), **fields)
    spellings = {row["id"]: {tag_key(clean.text(str(row.get("name")))), tag_key(str(row.get("slug")))} for row in found}
    ids = [each for each, keys in spellings.items() if tag_key(tag) in keys]
    if not ids:
        raise SourceError(f'the site has no tag "{tag}"; correct it in `tags`, or take it out')
    return ids


# --- posts -----------------------------------------------------------------------------------


def _period(visit: Visit) -> dict[str, str | int]:
    """Both ends are exclusive, in whole seconds, and in the SITE's zone unless they say Z."""
    after, before = visit.request.start - timedelta(seconds=1), visit.request.end + timedelta(seconds=1)
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
        response = site.ask("posts", page=page, **query)
        if page > 1 and response.status == 400:  # the page is gone: a post was taken back meanwhile
            return _once(rows), False
        read = _rows(response)
        rows += read
        totals.add(response.headers.get("x-wp-total"))
        pages = _number(response.headers.get("x-wp-totalpages"))
        if (pages is None and len(read) < _PER_PAGE) or (pages is not None and page >= pages):
            break
    else:
        raise SourceError(f"more than {_MOST_PAGES * _PER_PAGE} posts in the time asked for; lower `look_back_days`")
    posts = _once(rows)
    return posts, len(totals) == 1 and len(posts) == len(rows)


def _once(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return list({row["id"]: row for row in rows}.values())


def _article(post: Mapping[str, Any], covers: Mapping[int, Cover], visit: Visit) -> Article | None:
    url = clean.url(_text(post.get("link")), visit.site)
    lede = clean.lede(_rendered(post.get("excerpt")), _rendered(post.get("content")))
    title = clean.title(_rendered(post.get("title"))) or clean.short(lede, 80)
    if url is None or not title:
        return None
    views = _number(_object(post.get("meta")).get("views"))  # only where the theme shows its counter
    return Article(
        source=visit.source.name,
        native_id=clean.identifier(str(post["id"])),
        url=url,
        url_key=url_key(url),
        title=title,
        lede=lede,
        tags=clean.tags(_tag_names(post)),
        published=_moment(post.get("date_gmt")),
        modified=_moment(post.get("modified_gmt")),
        views=views,
        views_at=None if views is None else visit.request.now,
        cover=covers.get(_number(post.get("featured_media")) or 0),
        language=visit.language,
        words=clean.words(_rendered(post.get("content"))),
    )


def _moment(written: object) -> datetime | None:
    """The `_gmt` fields are in UTC without saying so; the others are in a zone that the site does not name."""
    dated = dates.parse(f"{_text(written)}Z", UTC)
    return dated.at if dated else None


def _tag_names(post: Mapping[str, Any]) -> Iterator[str]:
    groups = _object(post.get("_embedded")).get("wp:term")
    for group in groups if isinstance(groups, list) else []:
        for term in group if isinstance(group, list) else []:
            if _object(term).get("taxonomy") == "post_tag":
                yield _text(term.get("name"))


# --- covers ----------------------------------------------------------------------------------


def _covers(site: _Site, posts: Sequence[Mapping[str, Any]], problems: list[str]) -> dict[int, Cover]:
    """By media id. Not through `_embed`: for a deleted picture that holds the site's whole index, 168 kB a post."""
    ids = sorted({each for post in posts if (each := _number(post.get("featured_media")))})
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
    sizes = _object(_object(row.get("media_details")).get("sizes"))
    large = _object(sizes.get("large")).get("source_url")
    return Cover(
        url=clean.url(_text(large), base) or clean.url(_text(row.get("source_url")), base),
        alt=clean.short(clean.text(_text(row.get("alt_text"))), 300),
        credit=clean.credit(_rendered(row.get("caption"))),
    )


# --- JSON that others wrote ------------------------------------------------------------------


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: object) -> int | None:
    """A count or an id, also where it stands as text."""
    return int(str(value)) if re.fullmatch(r"[0-9]{1,12}", str(value)) else None


def _rendered(value: object) -> str:
    """HTML, as the site shows it."""
    return _text(_object(value).get("rendered"))
