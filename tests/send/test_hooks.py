from datetime import UTC, datetime, timedelta

import pytest

from digest.errors import ConfigError, Forged
from digest.send import hooks

NOW = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)


def test_a_hook_without_its_secret_says_which_key_is_missing():
    with pytest.raises(
        ConfigError, match=r"send\.mailtrap\.webhook is not set: the signature secret; write webhook = "
    ):
        hooks.secret("mailtrap", {"token": "t"}, "the signature secret")


@pytest.mark.parametrize("given", ["", "Basic", "Basic dTpw=", "Bearer dTpw", "basic dTpX", "Basic \udcff"])
def test_another_authorization_is_forged(given):
    with pytest.raises(Forged):
        hooks.basic({"authorization": given}, "u:p")


def test_basic_authentication_is_known_whatever_its_case():
    hooks.basic({"authorization": "bAsIc dTpw"}, "u:p")


@pytest.mark.parametrize("days", [-5, -400, 1])
def test_a_call_of_long_ago_or_of_tomorrow_is_forged(days):
    with pytest.raises(Forged, match="the webhook call is of"):
        hooks.fresh([NOW + timedelta(days=days)], NOW)


def test_a_call_is_as_old_as_its_last_event():
    hooks.fresh([NOW - timedelta(days=9), NOW - timedelta(days=3)], NOW)


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_json_is_forged(raw):
    with pytest.raises(Forged, match="holds no JSON"):
        hooks.parsed(raw)


@pytest.mark.parametrize("listed", [None, {}, "x", [1], [{}, None]])
def test_a_list_of_something_else_is_forged(listed):
    with pytest.raises(Forged):
        hooks.items(listed)


@pytest.mark.parametrize("given", [None, "", "nan", "inf", "-1e300", "tomorrow", []])
def test_a_time_that_is_none_is_forged(given):
    with pytest.raises(Forged, match="names no time"):
        hooks.at(given)
    with pytest.raises(Forged, match="names no time"):
        hooks.at_iso(given)


def test_times_are_read_in_utc():
    assert hooks.at(1795183200.5) == datetime(2026, 11, 20, 14, 0, 0, 500000, UTC)
    assert hooks.at_iso("2026-11-20T16:00:00+02:00") == hooks.at_iso("2026-11-20T14:00:00") == NOW


def test_a_number_is_a_number_and_nothing_else():
    assert [hooks.number(x) for x in (7, "12", "1e3", "-1", None, "", "٣", "9" * 20)] == [
        7,
        12,
        None,
        None,
        None,
        None,
        None,
        None,
    ]
