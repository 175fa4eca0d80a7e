"""What an email says besides its articles: a message catalogue, and dates and numbers by Babel.

The catalogue of a language is `templates/text/<language>.ftl` (https://projectfluent.org).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError, dates
from fluent.runtime import FluentBundle, FluentResource
from fluent.syntax import ast

from digest.errors import RenderError
from digest.models import Window


@dataclass(frozen=True, slots=True)
class Words:
    """One language's catalogue and ways to write; called with a message's name it gives the message."""

    zone: ZoneInfo
    """The newsletter's: every date that is shown is a day there."""
    locale: Locale
    file: Path
    bundle: FluentBundle

    def __call__(self, name: str, **values: str | int) -> str:
        """The message `name` with `values` in it, plurals right.

        Raises RenderError when the catalogue lacks it. English is no way out: a lone English
        line in a Ukrainian email would be seen by its readers first.
        """
        if not self.bundle.has_message(name) or (pattern := self.bundle.get_message(name).value) is None:
            raise RenderError(f'{self.file}: the message "{name}" is missing; add a line "{name} = …"')
        text, problems = self.bundle.format_pattern(pattern, values)
        if problems:
            raise RenderError(
                f'{self.file}: the message "{name}" cannot be filled in: {problems[0]}; mend that message'
            )
        return _spaced(str(text))

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`, as html's `dir` takes it."""
        return self.locale.text_direction

    def day(self, moment: datetime) -> str:
        """The day in the newsletter's zone: `27 June 2024`, `27 червня 2024 р.`"""
        return self._long(moment.astimezone(self.zone).date())

    def span(self, window: Window) -> str:
        """The days that the window touches: `20 to 27 June 2024`."""
        first = window.start.astimezone(self.zone).date()
        last = (window.end - timedelta(microseconds=1)).astimezone(self.zone).date()
        if first == last:
            return self._long(first)
        if first.year != last.year:
            return self("dates", form="years", first=self._long(first), last=self._long(last))
        if first.month != last.month:
            day_and_month = dates.format_skeleton("MMMMd", first, locale=self.locale)
            return self("dates", form="months", first=day_and_month, last=self._long(last))
        return self("dates", form="days", first=str(first.day), last=self._long(last))

    def _long(self, day: date) -> str:
        return _spaced(dates.format_date(day, "long", locale=self.locale))


def load(templates: Path, language: str, zone: ZoneInfo) -> Words:
    """The words of `language`: of `text/pt-BR.ftl`, else of `text/pt.ftl`.

    Raises RenderError when neither is there, when it is not UTF-8, or at its first wrong line.
    """
    names = dict.fromkeys((language, language.partition("-")[0]))
    files = [templates / "text" / f"{name}.ftl" for name in names]
    file = next((file for file in files if file.is_file()), None)
    if file is None:
        raise RenderError(f'{files[0]}: not found; copy en.ftl to it and translate its messages into "{language}"')
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise RenderError(f"{file}: cannot be read as UTF-8: {error}; save it again as UTF-8") from error
    return Words(zone, _locale(file, language), file, _bundle(file, text, language))


def _spaced(text: str) -> str:
    # CLDR's narrow no-break space is a box in mail clients whose font lacks it.
    return text.replace("\u202f", "\u00a0")


def _locale(file: Path, language: str) -> Locale:
    # CLDR's plain "en" is American, "June 27, 2024"; world English writes the day first.
    spelled = "en_001" if language == "en" else language.replace("-", "_")
    try:
        return Locale.parse(spelled)
    except (UnknownLocaleError, ValueError) as error:
        raise RenderError(
            f'{file}: no way to write dates in "{language}" is known; set newsletter.language to another'
        ) from error


@lru_cache(maxsize=16)
def _bundle(file: Path, text: str, language: str) -> FluentBundle:
    resource = FluentResource(text)
    for entry in resource.body:
        if isinstance(entry, ast.Junk):
            start = entry.span.start if entry.span else 0
            line = text.count("\n", 0, start) + 1
            raise RenderError(f'{file}:{line}: not a message; write "name = text"')
    # Isolating marks around values are for mixed directions and show as boxes in some mail clients.
    bundle = FluentBundle([language], use_isolating=False)
    bundle.add_resource(resource)
    return bundle
