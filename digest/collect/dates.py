"""The dates that sources write, read strictly: a wrong date is worse than none."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from msgspec import Struct

_YEARS = range(1990, 2101)

# RFC 822 (5.1) and the names that European and North American sites write. Names that stand for
# several zones (IST, and CST in China) are left out or mean what the RFC says.
_ZONE_HOURS = {
    "UT UTC GMT Z WET": 0,
    "WEST BST CET": 1,
    "CEST EET": 2,
    "EEST MSK TRT": 3,
    "AEST": 10,
    "AEDT": 11,
    "NZST": 12,
    "NZDT": 13,
    "NDT": -2.5,
    "ADT": -3,
    "NST": -3.5,
    "AST EDT": -4,
    "EST CDT": -5,
    "CST MDT": -6,
    "MST PDT": -7,
    "PST AKDT": -8,
    "AKST": -9,
    "HST": -10,
}
_ZONES = {name: timezone(timedelta(hours=hours)) for names, hours in _ZONE_HOURS.items() for name in names.split()}
_ENGLISH = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FULL = "january february march april may june july august september october november december"
_UKRAINIAN = "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня"
_MONTHS = {
    **{name: number for number, name in enumerate(_ENGLISH, 1)},
    **{name: number for number, name in enumerate(_FULL.split(), 1)},
    **{name: number for number, name in enumerate(_UKRAINIAN.split(), 1)},
    "sept": 9,
}

_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d))?"
_RFC = re.compile(
    r"(?:[a-z]{2,9}\.?,?\s+)?(?P<day>\d{1,2})[\s-]+(?P<month>[a-z]{3,9})\.?[\s-]+(?P<year>\d{4}|\d\d)\s+" + _CLOCK
    + r"\s*(?P<zone>[a-z]{1,4}|(?:utc|gmt)?[+-]\d\d:?\d\d)?",
    re.IGNORECASE,
)  # fmt: skip
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?P<clock>[T ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?\s*(Z|[+-]\d\d(:?\d\d)?)?)?", re.I)
_DAY = re.compile(
    r"(?:(?P<month>[^\W\d_]{3,10})\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?"
    r"|(?P<day2>\d{1,2})(?:st|nd|rd|th)?\s+(?P<month2>[^\W\d_]{3,10})\.?,?)\s*(?P<year>\d{4})",
    re.IGNORECASE,
)


class Dated(Struct, frozen=True):
    """A moment in UTC, and how exact it is."""

    at: datetime
    day_only: bool = False
    """The source named a day: `at` is that day's midnight in the source's zone."""


def parse(written: str | None, zone: tzinfo) -> Dated | None:
    """What `written` says, or None when it cannot be read with certainty; never raises.

    Reads RFC 822 with numeric or well-known named zones, ISO 8601, and days as `June 27,2024` or
    `27 червня 2024`. A time without a zone is in `zone`. Years from 1990 to 2100.
    """
    text = " ".join(written.split()) if written and len(written) <= 100 else ""
    try:
        dated = _rfc(text, zone) or _iso(text, zone) or _day(text, zone)
        return Dated(dated.at.astimezone(UTC), dated.day_only) if dated and dated.at.year in _YEARS else None
    except (ValueError, OverflowError):
        return None


def _rfc(text: str, zone: tzinfo) -> Dated | None:
    match = _RFC.fullmatch(text)
    month = _MONTHS.get(match["month"].lower()) if match else None
    if match is None or month is None:
        return None
    year = int(match["year"])
    if year < 100:
        year += 2000 if year < 50 else 1900  # RFC 5322, section 4.3
    clock = (int(match["hour"]), int(match["minute"]), int(match["second"] or 0))
    return Dated(datetime(year, month, int(match["day"]), *clock, tzinfo=_named(match["zone"]) or zone))


def _named(zone: str | None) -> tzinfo | None:
    """None for no zone at all; raises ValueError for one that is not known."""
    if zone is None:
        return None
    offset = re.fullmatch(r"(?:utc|gmt)?([+-])(\d\d):?(\d\d)", zone, re.IGNORECASE)
    if offset:
        span = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
        return timezone(-span if offset[1] == "-" else span)
    if zone.upper() not in _ZONES:
        raise ValueError(f"unknown zone {zone}")
    return _ZONES[zone.upper()]


def _iso(text: str, zone: tzinfo) -> Dated | None:
    match = _ISO.fullmatch(text)
    if match is None:
        return None
    at = datetime.fromisoformat(text.upper().replace(",", ".").replace(" ", "T", 1).replace(" ", ""))
    return Dated(at if at.tzinfo else at.replace(tzinfo=zone), day_only=not match["clock"])


def _day(text: str, zone: tzinfo) -> Dated | None:
    match = _DAY.fullmatch(re.sub(r"\s*(р\.|року)$", "", text))
    month = _MONTHS.get((match["month"] or match["month2"]).lower()) if match else None
    if match is None or month is None:
        return None
    return Dated(datetime(int(match["year"]), month, int(match["day"] or match["day2"]), tzinfo=zone), day_only=True)
