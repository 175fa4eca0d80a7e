"""What providers report: proved, kept once, and answered after the commit."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.fakes.base import Accepted
from tests.fakes.mailgun import MailgunFake
from tests.web.public.conftest import sent

ANN = "ann@example.org"


def call(kind, address=ANN, at=None, **metadata):
    """A call of Mailgun's: its headers and body."""
    email = Accepted(address, "S", "", "", {}, metadata={"issue": "weekly-2026-W47", **metadata}, provider_id="<m@x>")
    return MailgunFake.webhook(None or _fake(), kind, email, at or datetime.now(UTC))


def _fake():
    return MailgunFake.__new__(MailgunFake)


@pytest.fixture
def record(site):
    return sent(site.store, ANN, "bob@example.org")


def state(site, address=ANN):
    return site.store.people.by_address(address).state


def post(site, headers, raw, provider="mailgun"):
    return site.client.post(f"/hooks/{provider}", headers=headers, content=raw).status_code


def test_a_complaint_ends_what_the_address_gets(site, record):
    assert post(site, *call("complained")) == 200
    assert (state(site), state(site, "bob@example.org")) == ("complained", "active")
    assert site.store.events.fates(record.id).complained == 1


def test_a_call_that_is_repeated_a_hundred_times_counts_once(site, record):
    headers, raw = call("delivered")
    assert {post(site, headers, raw) for _ in range(100)} == {200}
    assert site.store.events.fates(record.id).delivered == 1


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda h, raw: (h, raw.replace(b'signature": "', b'signature": "0', 1)), id="another signature"),
        pytest.param(lambda h, raw: (h, raw[:-1]), id="cut off"),
        pytest.param(lambda h, raw: (h, b""), id="empty"),
        pytest.param(lambda h, raw: (h, b"[" * 200_000), id="deep"),
        pytest.param(lambda h, raw: (h, b"\x00\xff"), id="no text"),
        pytest.param(lambda h, raw: call("complained", at=datetime.now(UTC) - timedelta(days=9)), id="of long ago"),
    ],
)
def test_what_the_provider_did_not_say_changes_nothing(site, record, spoil):
    before = site.state()
    assert post(site, *spoil(*call("complained"))) == 403
    assert site.state() == before


def test_only_a_provider_that_can_report_has_a_door(site, record):
    before = site.state()
    headers, raw = call("complained")
    assert [post(site, headers, raw, name) for name in ("resend", "outbox", "nobody", "..%2f..")] == [404] * 4
    assert [site.client.request(m, "/hooks/mailgun").status_code for m in ("GET", "HEAD")] == [200, 200]
    assert site.state() == before


def test_a_call_of_more_than_a_megabyte_is_refused(site, record):
    assert post(site, {}, b"x" * 1_000_001) == 413
    assert site.client.post("/hooks/mailgun", content=(b"x" * 65_536 for _ in range(20))).status_code == 413


def test_the_figures_count_events_and_no_address_stands_in_them(site, record):
    for each in (call("delivered"), call("complained")):
        post(site, *each)
    post(site, call("bounced")[0], b"{}")
    site.subscribe("carl@example.org")
    text = site.client.get("/metrics").text
    assert 'digest_events_total{provider="mailgun",kind="delivered"} 1' in text
    assert 'digest_forged_reports_total{provider="mailgun"} 1' in text
    assert 'digest_people{newsletter="weekly",state="complained"} 1' in text
    assert 'digest_subscribe_requests_total{fate="taken"} 1' in text
    assert "@" not in text
