"""Which article an editor means: by its id, its address or its whole title."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from functools import cached_property
from urllib.parse import parse_qsl, unquote

from digest.models import Article


class References:
    """Finds articles; each index is made when it is first needed."""

    def __init__(self, articles: Sequence[Article]) -> None:
        self._articles = articles

    def find(self, reference: str) -> tuple[Article, ...]:
        """Those that `reference` names: one, or none, or several that a title or a short address fits."""
        if article := self._by_id.get(reference):
            return (article,)
        found = _asked_for(reference, self._by_address.get(_place(reference), []))
        found = found or self._by_title.get(_folded(reference), [])
        one_each: dict[str, Article] = {}
        for article in found:
            one_each.setdefault(article.url_key, article)  # two of one address are one article
        return tuple(one_each.values())

    def nearest(self, reference: str) -> Article | None:
        """The article whose id, address or title is most like `reference`, None when none is like it."""
        names = {**self._by_title, **self._by_address, **{_folded(name): [a] for name, a in self._by_id.items()}}
        wanted = _place(reference) if "/" in reference else _folded(reference)
        near = difflib.get_close_matches(wanted, names, 1, 0.5)
        return names[near[0]][0] if near else None

    @cached_property
    def _by_id(self) -> dict[str, Article]:
        return {a.id: a for a in self._articles}

    @cached_property
    def _by_address(self) -> dict[str, list[Article]]:
        index: dict[str, list[Article]] = {}
        for article in self._articles:
            place = _place(article.url_key)
            index.setdefault(place, []).append(article)
            if article.url_key not in article.url and (shown := _place(article.url)) != place:
                index.setdefault(shown, []).append(article)
        return index

    @cached_property
    def _by_title(self) -> dict[str, list[Article]]:
        index: dict[str, list[Article]] = {}
        for article in self._articles:
            index.setdefault(article.title.casefold(), []).append(article)
        return index


def _place(address: str) -> str:
    """Host and path alone, as people tell addresses apart."""
    bare = address.strip().partition("#")[0].partition("?")[0].casefold()
    bare = bare.removeprefix("https://").removeprefix("http://").removeprefix("www.").rstrip("/")
    return unquote(bare) if "%" in bare else bare


def _asked_for(address: str, found: list[Article]) -> list[Article]:
    """Of articles at one place those whose whole query `address` has: `?p=12` tells them apart, `?utm_source=…` not."""
    asked = _query(address)
    fits = [a for a in found if _query(a.url_key) <= asked]
    most = max((len(_query(a.url_key)) for a in fits), default=0)
    return [a for a in fits if len(_query(a.url_key)) == most] or found


def _query(address: str) -> set[tuple[str, str]]:
    return set(parse_qsl(address.partition("?")[2].partition("#")[0], keep_blank_values=True))


def _folded(title: str) -> str:
    return " ".join(title.split()).casefold()
