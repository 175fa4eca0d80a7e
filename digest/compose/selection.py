"""Which candidates an issue may take: language, date, window and history, each with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from digest.config import ComposeSettings, NewsletterSettings
from digest.models import Article, History, Reason, Verdict, Window


@dataclass(frozen=True, slots=True)
class Past:
    """What happened to articles before this issue."""

    history: History
    gone: Mapping[str, str]
    """Article id -> why it counts as taken down."""


def split(
    candidates: Sequence[Article],
    window: Window,
    past: Past,
    newsletter: NewsletterSettings,
    rules: ComposeSettings,
) -> tuple[tuple[Article, ...], tuple[Verdict, ...]]:
    """Those that may be placed, and a verdict for each of the others."""
    chosen: dict[str, Article] = {}
    left_out: list[Verdict] = []
    for article in candidates:
        refusal = (
            _twin(article, chosen)
            or _other_language(article, newsletter)
            or _sent(article, past.history)
            or _unpublished(article, past.gone)
            or _untimely(article, window, past.history, newsletter, rules)
        )
        if refusal:
            left_out.append(left(article, *refusal))
        else:
            chosen[article.url_key] = article
    return tuple(chosen.values()), tuple(left_out)


def left(article: Article, reason: Reason, why: str) -> Verdict:
    """The verdict of an article that is not in the issue."""
    return Verdict(article.id, article.title, article.url, placed=False, reason=reason, why=f"out: {why}")


def span(delta: timedelta) -> str:
    """`3 h`, `2 d 4 h` or `5 min`: how far apart two moments are, for an editor."""
    minutes = int(abs(delta).total_seconds() // 60)
    days, hours = minutes // 1440, minutes % 1440 // 60
    parts = [f"{days} d"] if days else []
    parts += [f"{hours} h"] if hours else []
    return " ".join(parts) or f"{max(minutes, 1)} min"


_Refusal = tuple[Reason, str] | None


def _twin(article: Article, chosen: dict[str, Article]) -> _Refusal:
    first = chosen.get(article.url_key)
    return ("duplicate", f"the same address as {first.id}") if first else None


def _other_language(article: Article, newsletter: NewsletterSettings) -> _Refusal:
    if article.language.split("-")[0] == newsletter.language.split("-")[0]:
        return None
    return "other-language", f'written in "{article.language}", the newsletter is in "{newsletter.language}"'


def _sent(article: Article, history: History) -> _Refusal:
    key = history.placed.get(article.url_key) or history.placed.get(article.id)
    return ("sent-before", f"it was in issue {key}") if key else None


def _unpublished(article: Article, gone: Mapping[str, str]) -> _Refusal:
    return ("unpublished", gone[article.id]) if article.id in gone else None


def _untimely(
    article: Article, window: Window, history: History, newsletter: NewsletterSettings, rules: ComposeSettings
) -> _Refusal:
    if article.published is None:
        return "no-date", "its source gives no date that can be read"
    if article.published >= window.end:
        close = f"the close, {window.end.astimezone(newsletter.zone):%a %d %b %H:%M}"
        after = article.published - window.end
        when = f"{span(after)} after {close}" if after else f"at {close}, where the next window begins"
        return "outside-the-window", f"published {when}"
    if article.published >= window.start:
        return None
    before = span(window.start - article.published)
    if not _is_late(article, history) or window.start - article.published > timedelta(days=rules.look_back_days):
        return "outside-the-window", f"published {before} before the window began"
    if rules.late_arrivals == "skip":
        return (
            "late-arrival",
            f'published {before} before the window but first seen after the last issue; late_arrivals = "skip"',
        )
    return None


def _is_late(article: Article, history: History) -> bool:
    """The last issue could not have taken it: nobody had seen it when that issue was frozen."""
    if history.frozen_at is None:
        return False
    return article.first_seen is None or article.first_seen > history.frozen_at


def tags_of(articles: Iterable[Article]) -> list[str]:
    """Every tag that occurs, once, in order of first sight."""
    return list(dict.fromkeys(tag for article in articles for tag in article.tags))
