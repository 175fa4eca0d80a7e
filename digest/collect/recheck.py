"""Is an article still there? Asked before an issue is frozen, of those that no source has just named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from digest.collect.request import Request
from digest.config import SourceSettings
from digest.errors import SourceError
from digest.models import Article

_GONE = (401, 404, 410)
"""WordPress answers 404 for the page of a trashed post and 401 for that of an unpublished one."""
_AT_ONCE = 8
_DEADLINE_S = 10.0


def taken_down(articles: Sequence[Article], sources: Iterable[SourceSettings], request: Request) -> dict[str, str]:
    """Article id -> why it counts as taken down. No answer is no proof: such an article stays."""
    private = {s.name for s in sources if s.allow_private_addresses}
    local = {s.name for s in sources if s.kind in ("folder", "sample")}  # their pages are elsewhere, or nowhere
    asked = [a for a in articles if a.source not in local]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = pool.map(lambda a: _status(a, a.source in private, request), asked)
        return {a.id: f"its page answers {status}" for a, status in zip(asked, answers, strict=True) if status in _GONE}


def _status(article: Article, private: bool, request: Request) -> int:  # noqa: FBT001  a fact, not an option
    from digest import net

    try:
        contact = request.newsletter.site_url
        return net.get(article.url, allow_private=private, contact=contact, deadline_s=_DEADLINE_S).status
    except SourceError:
        return 0
