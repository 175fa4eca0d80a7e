"""Kinds of values in config.toml: each says what it expected when it gets something else."""

from __future__ import annotations

import difflib
import re
import unicodedata
from datetime import time, timedelta
from email.utils import getaddresses, parseaddr
from functools import lru_cache
from ipaddress import ip_network
from typing import Annotated, Any
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

KEY = r"[a-z][a-z0-9-]{0,39}"
LANGUAGE = r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*"
UNSEEN = r"\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069"
"""Within a class of a pattern: controls, line ends, and what turns the direction of text."""
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def nearest(near: list[str]) -> str:
    """`; nearest known: "x"`, or nothing."""
    return f'; nearest known: "{near[0]}"' if near else ""


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())  # walks a folder of 600 files


def _zone(value: str) -> str:
    if value not in _zones():
        near = difflib.get_close_matches(value, _zones(), 1, 0.5)
        raise ValueError(f'expected a time zone such as "America/Toronto"{nearest(near)}')
    return value


def _web_address(value: str) -> str:
    if not re.fullmatch(rf"https?://[^/\s][^\s{UNSEEN}]*", value):
        raise ValueError('expected a web address that begins with "https://"')
    return value.rstrip("/")


def _mailbox(value: str) -> str:
    if len(getaddresses([value])) != 1 or not re.fullmatch(r"[^@\s<>,]+@[^@\s<>,]+\.[^@\s<>,]+", parseaddr(value)[1]):
        raise ValueError('expected an email address, as "desk@example.org" or "Desk <desk@example.org>"')
    return value


def _network(value: str) -> str:
    try:
        return str(ip_network(value))
    except ValueError as error:
        raise ValueError('expected an address or a network, as "10.0.0.0/8" or "127.0.0.1"') from error


def _tag(value: str) -> str:
    if not re.fullmatch(r"#[^#\s][^#]*", value):
        raise ValueError('expected one hashtag that begins with "#", as "#DefeatRussia"')
    return value


def _span(value: object) -> object:
    if isinstance(value, str) and (match := re.fullmatch(r"(\d{1,5})\s*([mhd])", value)):
        return timedelta(**{{"m": "minutes", "h": "hours", "d": "days"}[match[2]]: int(match[1])})
    if isinstance(value, timedelta):
        return value
    raise ValueError('expected a time span, as "90m", "3h" or "2d"')


def _long_enough(value: timedelta) -> timedelta:
    if value < timedelta(days=90):
        raise ValueError(
            'expected at least "90d": who has had the one issue of a month, and whom three in a row did not reach,'
            " is known by earlier deliveries, and providers report late"
        )
    return value


def _in_languages(value: object) -> object:
    """Judged here, for of a union pydantic tells what is wrong with each of its kinds."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and value and all(isinstance(text, str) and text for text in value.values()):
        wrong = next((key for key in value if not re.fullmatch(LANGUAGE, key)), None)
        if wrong is None:
            return value
        raise ValueError(f'"{wrong}" is no language code such as "en" or "uk"')
    raise ValueError('expected text in quotes, or one for each language as { en = "…", uk = "…" }')


def _like(pattern: str, expected: str) -> tuple[AfterValidator, Any]:
    """The annotations of a text that must match `pattern`; `expected` says so in words."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(f"expected {expected}")
        return value

    return AfterValidator(check), Field(json_schema_extra={"pattern": f"^{pattern}$"})


def line(at_most: int, at_least: int = 1) -> tuple[AfterValidator, Any]:
    """The annotations of a text without line breaks or any other character that nobody sees."""
    seen = r"(?=.*\S)" if at_least else ""
    return _like(rf"{seen}[^{UNSEEN}]{{{at_least},{at_most}}}", f"one line of text, at most {at_most} characters")


Zone = Annotated[str, AfterValidator(_zone)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
Mailbox = Annotated[str, AfterValidator(_mailbox)]
Network = Annotated[str, AfterValidator(_network)]
Tag = Annotated[str, AfterValidator(_tag)]
Span = Annotated[timedelta, BeforeValidator(_span)]
Retention = Annotated[Span, AfterValidator(_long_enough)]
Colour = Annotated[str, *_like(r"#[0-9A-Fa-f]{6}", 'a colour as "#0057B7"')]
Name = Annotated[str, *line(200)]
Language = Annotated[str, *_like(LANGUAGE, 'a language code as "en" or "uk"')]
Key = Annotated[str, *_like(KEY, "small letters, digits and hyphens, at most 40")]
SourceName = Annotated[str, *_like(r"[^:\s][^:]{0,59}", "a name of at most 60 characters without a colon")]
Domain = Annotated[str, *_like(r"[A-Za-z0-9.-]+\.[A-Za-z]{2,}", 'a domain as "mg.example.org"')]
Keyword = Annotated[str, *_like(r"\S(.{0,58}\S)?", "a word or a few, at most 60 characters")]
InLanguages = Annotated[str | dict[Language, str], BeforeValidator(_in_languages)]
"""One text for every language, or a table with one each: `{ en = "…", uk = "…" }`."""
StoreUrl = Annotated[
    str, *_like(r"sqlite:///.+|postgresql://.+", '"sqlite:///FILE" or "postgresql://USER@HOST/DATABASE"')
]


class Table(BaseModel):
    """A table of config.toml: no unknown keys, no silent conversions, frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def table_in(annotation: Any) -> type[Table] | None:
    """The table that a field holds: itself, or one as each of its items."""
    if isinstance(annotation, type) and issubclass(annotation, Table):
        return annotation
    return next(filter(None, (table_in(argument) for argument in getattr(annotation, "__args__", ()))), None)


class Moment(Table):
    """A place in a period by the wall clock: `Thu 18:00`, `18:00` (a day) or `1 18:00` (a month)."""

    day: int | None
    """Monday is 0 in a week; 1 to 28 in a month; None in a day."""
    at: time


def _moment(value: object) -> object:
    if isinstance(value, Moment):
        return value
    match = re.fullmatch(r"(?:([A-Za-z]{3})[a-z]*\s+|(\d{1,2})\s+)?([01]?\d|2[0-3]):([0-5]\d)", str(value))
    if match is None or (match[1] and match[1].lower() not in DAYS) or (match[2] and not 1 <= int(match[2]) <= 28):
        raise ValueError('expected "Thu 18:00" for a week, "18:00" for a day, "1 18:00" (day 1 to 28) for a month')
    day = DAYS.index(match[1].lower()) if match[1] else int(match[2]) if match[2] else None
    return Moment(day=day, at=time(int(match[3]), int(match[4])))


At = Annotated[Moment, BeforeValidator(_moment)]


class Secret(Table):
    """Where a secret is found; its value is read by `Settings.reveal` when it is needed."""

    env: str | None = None
    file: str | None = None

    @model_validator(mode="after")
    def _one(self) -> Secret:
        if (self.env is None) == (self.file is None):
            raise ValueError('expected { env = "NAME" } or { file = "PATH" }')
        return self


def _secret(value: object) -> object:
    if isinstance(value, str):
        raise ValueError('a secret never stands in the file: write { env = "NAME" } or { file = "PATH" }')  # noqa: TRY004  pydantic collects ValueErrors
    return value


SecretPlace = Annotated[Secret, BeforeValidator(_secret)]


def in_language(text: InLanguages, language: str) -> str:
    """`text` in `language`, or in its main language: `uk` serves `uk-UA`. Empty when it is in others only."""
    if isinstance(text, str):
        return text
    return text.get(language) or text.get(language.partition("-")[0], "")


@lru_cache(maxsize=4096)
def tag_key(tag: str) -> str:
    """Equal for all spellings of one hashtag: `#UWC news`, `uwc-news` and `UWCNews`."""
    return re.sub(r"[\s_\-#]+", "", unicodedata.normalize("NFKC", tag)).casefold()
