"""What sources publish, and how fetching them went."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct


class Cover(Struct, frozen=True):
    """An article's picture. The credit stays with it, also where the picture is missing."""

    url: str | None
    """Absolute http(s) URL, or None for a credit whose picture the source does not give."""
    alt: str
    credit: str
    width: int = 0
    """What it takes up in the email, in pixels of the page; 0 until it is made ready for one."""
    height: int = 0


class Article(Struct, frozen=True):
    """What a source published."""

    source: str
    """The source's name in config.toml."""
    native_id: str
    """The source's own stable id: post id, guid, file name."""
    url: str
    url_key: str
    """`collect.identity.url_key(url)`: equal for all spellings of one address."""
    title: str
    lede: str
    """The first paragraph or the excerpt, at most 1,000 characters."""
    tags: tuple[str, ...]
    """As the source spells them, without the `#`; a tag may hold a space ("UWC news")."""
    published: datetime | None
    """None when the source names no date that can be read."""
    day_only: bool = False
    """The source gives a day without a time: `published` is that day's local midnight."""
    modified: datetime | None = None
    views: int | None = None
    views_at: datetime | None = None
    """When `views` was read: the number is a snapshot."""
    cover: Cover | None = None
    language: str = "en"
    words: int = 0
    """Words of the whole article, 0 when the source gives only an excerpt."""
    first_seen: datetime | None = None
    """When the archive first held it; None for one that is not archived yet."""

    @property
    def id(self) -> str:
        """One string that names this article in files, reports and the store."""
        return f"{self.source}:{self.native_id}"


class SourceMemory(Struct, frozen=True):
    """What a source's server last said about its address. Void when the source has another `url` now."""

    url: str
    etag: str = ""
    last_modified: str = ""
    """These two as the server wrote them in its last whole answer, for `net.conditions`."""
    fetched_at: datetime | None = None
    """When that whole answer came."""
    gone_at: datetime | None = None
    """When the address answered 410: it is not asked again."""


class SourceReport(Struct, frozen=True):
    """What one source gave in one fetch. A failing source is not an empty one."""

    source: str
    articles: tuple[Article, ...] = ()
    problems: tuple[str, ...] = ()
    """Items that were left out, each with its place and what to do; the others are in `articles`."""
    failure: str | None = None
    """Why the source as a whole could not be read; None when it could."""
    complete_since: datetime | None = None
    """Every article that the source has published since then is in `articles`: one that the archive
    knows and this report lacks was taken down. None when the source cannot tell."""
    memory: SourceMemory | None = None
    """What to remember of its address."""
    unmodified: bool = False
    """The server says that nothing has changed, so there are no articles in the report."""
