from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from digest.collect.dates import Dated, parse

KYIV = ZoneInfo("Europe/Kyiv")
SEVEN = Dated(datetime(2024, 6, 27, 7, tzinfo=UTC))
TEN = Dated(datetime(2024, 6, 27, 10, tzinfo=UTC))
THE_DAY = Dated(datetime(2024, 6, 26, 21, tzinfo=UTC), day_only=True)
"""27 June 2024 begins in Kyiv, three hours before UTC."""


@pytest.mark.parametrize(
    ("written", "dated"),
    [
        ("Thu, 27 Jun 2024 10:00:00 EEST", SEVEN),
        ("Thu, 27 Jun 2024 10:00:00 +0300", SEVEN),
        ("Thu, 27 Jun 2024 10:00:00 GMT+0300", SEVEN),
        ("Thu, 27 Jun 2024 10:00:00", SEVEN),
        ("27 Jun 2024 10:00 GMT", TEN),
        ("Thu, 27 Jun 24 10:00:00 UT", TEN),
        ("Thursday, 27-Jun-24 10:00:00 GMT", TEN),
        ("Thu, 27 Jun 2024 06:00:00 EDT", TEN),
        ("Thu, 27 Jun 2024 07:30:00 NDT", TEN),
        ("Thu, 27 Jun 2024 12:00:00 CEST", TEN),
        ("2024-06-27T10:00:00Z", TEN),
        ("2024-06-27t10:00z", TEN),
        ("2024-06-27 10:00:00", SEVEN),
        ("2024-06-27T10:00:00.000000000+03:00", SEVEN),
        ("2024-06-27 10:00:00 +0300", SEVEN),
        ("2024-06-27T10:00:00+03", SEVEN),
        ("2024-06-27", THE_DAY),
        ("June 27,2024", THE_DAY),
        ("June 27, 2024", THE_DAY),
        ("Jun. 27th, 2024", THE_DAY),
        (" 27  June 2024\n", THE_DAY),
        ("27 Jun 2024", THE_DAY),
        ("27 червня 2024", THE_DAY),
        ("27 червня 2024 року", THE_DAY),
        ("червня 27,2024", THE_DAY),
    ],
)
def test_a_date_is_read_in_every_form_that_sources_write(written: str, dated: Dated):
    assert parse(written, KYIV) == dated


@pytest.mark.parametrize(
    "written",
    [
        *(None, "", "yesterday", "1717", "June 27,2024 1717", "June 2024", "June 31,2024", "Foo 27,2024", "27.06.2024"),
        *(
            "2024/6/27 10:00:00",
            "2024-13-01",
            "2024-06-27T25:00:00Z",
            "2024-W26-4",
            "20240627",
            "2024-06-27T10:00:00+99:00",
        ),
        *("Thu, 27 Jun 2024 10:00:00 XYZ", "Thu, 27 Foo 2024 10:00:00 GMT", "Thu, 27 Jun 2024 10:00:00 +9900"),
        *("0000-00-00T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "June 27,1024", "2" * 1000),
    ],
)
def test_what_cannot_be_read_with_certainty_is_no_date(written: str | None):
    assert parse(written, KYIV) is None


def test_a_local_time_follows_the_zones_seasons():
    assert parse("2024-01-27 10:00:00", KYIV) == Dated(datetime(2024, 1, 27, 8, tzinfo=UTC))
