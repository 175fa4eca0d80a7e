"""What the checks said of a hash, who accepted it, and the readers in numbers, on both engines."""

from datetime import timedelta

from digest.models import Event, Finding, Readership, Subscriber
from digest.store.findings import Noted
from tests.builders import END as NOW
from tests.store.scene import begun, frozen, sending

LONG = Finding("headline-length", "warning", "too long", "shorten it", "site:one")
NOTE = Finding("themes", "note", "#A has no section", "look")


def test_findings_are_kept_once_and_warnings_alone_get_a_yes(s):
    record = frozen(s)
    s.issues.add_findings(record.id, record.sha256, [LONG, NOTE])
    s.issues.add_findings(record.id, record.sha256, [NOTE, LONG])
    assert s.issues.findings(record.id) == (Noted(LONG, None, None), Noted(NOTE, None, None))
    s.issues.approve(record.id, record.sha256, "Olena", NOW, accepts=True)
    assert s.issues.findings(record.id) == (Noted(LONG, "Olena", NOW), Noted(NOTE, None, None))


def test_what_is_found_later_is_not_accepted_by_an_earlier_yes(s):
    record = frozen(s)
    s.issues.approve(record.id, record.sha256, "Olena", NOW, accepts=True)
    s.issues.add_findings(record.id, record.sha256, [LONG])
    assert s.issues.findings(record.id) == (Noted(LONG, None, None),)


def test_an_issue_that_is_not_frozen_has_no_findings(s):
    record = begun(s)
    s.issues.add_findings(record.id, "f" * 64, [LONG])
    assert s.issues.findings(record.id) == ()


def test_readers_are_counted_by_newsletter(s):
    people = [
        Subscriber("a@gmail.com", origin="f.csv"),
        Subscriber("B@GoogleMail.com", origin="f.csv"),
        Subscriber("c@x.example"),
        Subscriber("d@x.example", origin="f.csv"),
    ]
    s.people.add(people, "weekly", NOW)
    s.people.add([Subscriber("e@x.example", origin="f.csv")], "daily", NOW)
    s.people.remove("d@x.example", NOW)
    found = s.people.readership("weekly", "weekly-2026-W47", NOW - timedelta(days=60))
    assert found == Readership(size=3, gmail=2, unexplained=1)


def test_only_a_readers_token_is_one(s):
    s.people.add([Subscriber("a@x.example")], "weekly", NOW)
    assert s.people.holds_link("not-a-token") is False


def test_the_last_issue_is_unheard_until_its_provider_reports_anything(s):
    record = frozen(s)
    sending(s, record)
    ask = ("weekly", "weekly-2026-W48", NOW - timedelta(days=60))
    assert s.people.readership(*ask).unheard == ("resend", NOW)
    s.events.record([("resend", Event("e1", "delivered", "ann@example.org", NOW, issue_key=record.key, number=1))], NOW)
    assert s.people.readership(*ask).unheard is None
    assert s.people.readership("daily", *ask[1:]).unheard is None
