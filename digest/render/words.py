"""What an email says besides its articles: a message catalogue, and dates and numbers by Babel.

The catalogue of a language is `templates/text/<language>.ftl` (https://projectfluent.org).
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError, dates, numbers
from fluent.runtime import FluentBundle, FluentResource
from fluent.syntax import ast
from msgspec import Struct

from digest.errors import RenderError
from digest.models import Window

# Which country's dates a language without one has. CLDR's own "en" is American, "June 27, 2024"; world
# English writes the day first. Four of five who speak Portuguese live in Brazil, and CLDR takes it so.
_PLAIN = {"en": "en_001", "pt": "pt_BR"}
# "1er juin", "1º de junho": CLDR has a plain 1 there, newspapers do not. Portugal writes "1 de junho".
_FIRST_OF_MONTH = {"fr": "1er", "pt_BR": "1º"}


class Words(Struct, frozen=True):
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
        return _message(self.file, self.bundle, name, tuple(values.items()))

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`, as html's `dir` takes it."""
        return self.locale.text_direction

    @property
    def start(self) -> str:
        """The side on which a line begins: `left`, in a language like Arabic `right`."""
        return "right" if self.direction == "rtl" else "left"

    @property
    def end(self) -> str:
        """The side on which a line ends: `right`, in a language like Arabic `left`."""
        return "left" if self.direction == "rtl" else "right"

    def direction_of(self, language: str) -> str:
        """`ltr` or `rtl` for a text in `language`, whatever the issue is in; `ltr` for one that nobody knows."""
        try:
            return Locale.parse(language, sep="-").text_direction
        except (UnknownLocaleError, ValueError):
            return "ltr"

    def day(self, moment: datetime) -> str:
        """The day in the newsletter's zone: `27 June 2024`, `27 червня 2024 р.`"""
        return self._long(moment.astimezone(self.zone).date())

    def short_day(self, day: date) -> str:
        """A day to keep, with its weekday and without the year: `Sat, 28 Nov`, `сб, 28 лист.`"""
        return self._written(dates.format_skeleton("MMMEd", day, locale=self.locale))

    def number(self, value: float) -> str:
        """As the language writes it: `1,234.5`, `1 234,5`."""
        return _spaced(numbers.format_decimal(value, locale=self.locale))

    def span(self, window: Window) -> str:
        """The days that the window touches: `20 to 27 June 2024`."""
        first = window.start.astimezone(self.zone).date()
        last = (window.end - timedelta(microseconds=1)).astimezone(self.zone).date()
        if first == last:
            return self._long(first)
        form = self._form(first, last)
        if form == "days":
            begin = self._written(str(first.day))
        elif form == "months":
            begin = self._written(dates.format_skeleton("MMMMd", first, locale=self.locale))
        else:
            begin = self._long(first)
        return self("dates", form=form, first=begin, last=self._long(last))

    def _form(self, first: date, last: date) -> str:
        # What two days share is left out of the first one, where the language writes it at the end.
        written = str(self.locale.date_formats["long"])
        if first.year != last.year or written.startswith("y"):
            return "years"
        return "months" if first.month != last.month or not written.startswith("d") else "days"

    def _long(self, day: date) -> str:
        return self._written(_long_date(day, self.locale))

    def _written(self, day: str) -> str:
        first = _FIRST_OF_MONTH.get(str(self.locale)) or _FIRST_OF_MONTH.get(self.locale.language, "1")
        return re.sub(r"^1\b", first, _spaced(day))


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


# html, text and web page say the same, and so does the next preview: half of a render went into saying it anew.
@lru_cache(maxsize=2048)
def _message(file: Path, bundle: FluentBundle, name: str, values: tuple[tuple[str, str | int], ...]) -> str:
    if not bundle.has_message(name) or (pattern := bundle.get_message(name).value) is None:
        raise RenderError(f'{file}: the message "{name}" is missing; add a line "{name} = …"')
    text, problems = bundle.format_pattern(pattern, dict(values))
    if problems:
        raise RenderError(f'{file}: the message "{name}" cannot be filled in: {problems[0]}; mend that message')
    return _spaced(str(text))


@lru_cache(maxsize=256)
def _long_date(day: date, locale: Locale) -> str:
    return dates.format_date(day, "long", locale=locale)


def _spaced(text: str) -> str:
    # CLDR's narrow no-break space is a box in mail clients whose font lacks it.
    return text.replace("\u202f", "\u00a0")


def _locale(file: Path, language: str) -> Locale:
    try:
        return Locale.parse(_PLAIN.get(language) or language.replace("-", "_"))
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
