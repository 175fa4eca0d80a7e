"""What every room says in the same way: how long a time is, and a text that is too long."""

from __future__ import annotations

from datetime import timedelta


def span(delta: timedelta) -> str:
    """How long it is, whichever way: `90 seconds`, `3 minutes`, `2 hours 5 minutes`, `1 day 4 hours`, `12 days`."""
    seconds = int(abs(delta).total_seconds())
    minutes = seconds // 60
    hours, days = minutes // 60, minutes // 1440
    if minutes < 2:
        return _many(seconds, "second")
    if days >= 7:
        return _many(days, "day")
    smaller = (hours % 24, "hour") if days else (minutes % 60, "minute")
    larger = (days, "day") if days else (hours, "hour")
    return " ".join(_many(number, word) for number, word in (larger, smaller) if number)


def _many(number: int, word: str) -> str:
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def short(text: str, at_most: int) -> str:
    """The whole text if it has `at_most` characters, else its first whole words and `…`."""
    if len(text) <= at_most:
        return text
    return (text[:at_most].rpartition(" ")[0] or text[: at_most - 1]).rstrip(" ,;:-–—") + "…"
