"""Which candidates an issue may take: language, date, window, history and the editor, each with its reason."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct, field

from digest import phrases
from digest.compose.overlay import Hand
from digest.compose.rules import Rules
from digest.models import Article, History, Reason, Verdict, Window


class Past(Struct, frozen=True):
    """What happened to articles before this issue."""

    history: History
    gone: Mapping[str, str]
    """Article id -> why it counts as taken down."""


class Selection(Struct, frozen=True):
    """Every candidate once: it may be placed, the editor hides it, or it is left out."""

    chosen: tuple[Article, ...] = ()
    hidden: tuple[Article, ...] = ()
    left_out: tuple[Verdict, ...] = ()
    remarks: Mapping[str, str] = field(default_factory=dict)
    """Article id -> what its verdict must tell although it is chosen: late, held over, brought in."""
    late: Collection[str] = ()
    """Ids of the late arrivals among those chosen."""


def split(candidates: Sequence[Article], window: Window, past: Past, rules: Rules, hand: Hand) -> Selection:
    """Those that may be placed, and a verdict for each of the others."""
    gate = _Gate(window, past, rules)
    taken: dict[str, str] = {}
    if hand.moved:  # where two are one article and the editor moves one of them, that one is taken
        taken = {a.url_key: a.id for a in reversed(candidates) if a.id in hand.moved}
    seen: set[str] = set()
    chosen: list[Article] = []
    hidden: list[Article] = []
    left_out: list[Verdict] = []
    remarks: dict[str, str] = {}
    late: set[str] = set()
    for article in candidates:
        name, key = article.id, article.url_key
        if key in taken or name in seen or not gate.plainly_in(article, name):
            barred = _twin(article, taken, seen) or gate.barred(article, name)
            against = barred or gate.against(article, name)
            if against and (barred or name not in hand.moved):
                left_out.append(left(article, *against))
                continue
            if remark := gate.remark(article, name, against):
                remarks[name] = remark
            if not against and gate.late(article, name):
                late.add(name)
        seen.add(name)
        taken[key] = name
        (hidden if name in hand.hidden else chosen).append(article)
    return Selection(tuple(chosen), tuple(hidden), tuple(left_out), remarks, late)


def left(article: Article, reason: Reason, why: str, suggested: str | None = None) -> Verdict:
    """The verdict of an article that is not in the issue."""
    # By position: ten thousand at once, and names cost.
    return Verdict(article.id, article.title, article.url, False, reason, f"out: {why}", None, None, suggested)  # noqa: FBT003


_Refusal = tuple[Reason, str] | None


def _twin(article: Article, taken: Mapping[str, str], seen: set[str]) -> _Refusal:
    first = taken.get(article.url_key)
    if first is None or first == article.id:
        return ("duplicate", "its source lists it twice") if article.id in seen else None
    return "duplicate", f"it has the same address as {first}"


class _Gate:
    """The rules of one issue, with what is the same for every article worked out once."""

    def __init__(self, window: Window, past: Past, rules: Rules) -> None:
        self._start, self._end = window.start, window.end
        self._history, self._gone = past.history, past.gone
        self._history_knows_some = bool(past.gone or past.history.placed or past.history.rolled_over)
        self._language = rules.newsletter.language
        self._speaks: dict[str, bool] = {}
        self._late = rules.compose.late_arrivals
        self._oldest = window.start - timedelta(days=rules.compose.look_back_days)
        self._close = f"the close, {window.end.astimezone(rules.newsletter.zone):%a %d %b %H:%M}"

    def plainly_in(self, article: Article, name: str) -> bool:
        """The usual case, without a word: in the language and the window, and no issue has had it."""
        published = article.published
        speaks = self._speaks.get(article.language) or self._in_language(article)
        if not speaks or published is None or not self._start <= published < self._end:
            return False
        return not self._history_knows_some or not (self.barred(article, name) or self._rolled_over(article, name))

    def barred(self, article: Article, name: str) -> _Refusal:
        """What even the editor cannot overrule: it went out before, or it was taken down."""
        if key := _of(self._history.placed, article.url_key, name):
            return "sent-before", f"it was in issue {key}"
        if name in self._gone:
            return "unpublished", self._gone[name]
        return None

    def against(self, article: Article, name: str) -> _Refusal:
        """What speaks against an article that the editor may still bring in."""
        if not self._in_language(article):
            return "other-language", f'it is written in "{article.language}", the newsletter in "{self._language}"'
        if self._rolled_over(article, name):
            return None
        published = article.published
        if published is None:
            return "no-date", "its source gives no date that can be read"
        return None if self._start <= published < self._end else self._untimely(article, published)

    def remark(self, article: Article, name: str, against: _Refusal) -> str:
        """What an editor should know about an article that is in."""
        if against:
            return f"brought in by the editor ({against[1]})"
        if issue := self._rolled_over(article, name):
            return f"held over from {issue}, which was skipped"
        if article.published and self.late(article, name):
            return f"late arrival: published {phrases.span(self._start - article.published)} before the window began"
        return ""

    def late(self, article: Article, name: str) -> bool:
        """Whether it is older than the window, and no issue that was skipped had it."""
        return (
            article.published is not None and article.published < self._start and not self._rolled_over(article, name)
        )

    def _in_language(self, article: Article) -> bool:
        speaks = self._speaks.get(article.language)
        if speaks is None:
            speaks = article.language.split("-")[0] == self._language.split("-")[0]
            self._speaks[article.language] = speaks
        return speaks

    def _rolled_over(self, article: Article, name: str) -> str | None:
        return _of(self._history.rolled_over, article.url_key, name)

    def _untimely(self, article: Article, published: datetime) -> _Refusal:
        if published >= self._end:
            after = published - self._end
            when = (
                f"{phrases.span(after)} after {self._close}"
                if after
                else f"at {self._close}, where the next window begins"
            )
            return "outside-the-window", f"it was published {when}"
        before = f"it was published {phrases.span(self._start - published)} before the window began"
        if not self._unseen(article) or published < self._oldest:
            return "outside-the-window", before
        if self._late == "skip":
            return "late-arrival", f'{before} but first seen after the last issue, and late_arrivals = "skip"'
        return None

    def _unseen(self, article: Article) -> bool:
        """The last issue could not have taken it: nobody had seen it when that issue was frozen."""
        frozen_at = self._history.frozen_at
        return frozen_at is not None and (article.first_seen is None or article.first_seen > frozen_at)


def _of(issues: Mapping[str, str], key: str, name: str) -> str | None:
    return issues.get(key) or issues.get(name)
