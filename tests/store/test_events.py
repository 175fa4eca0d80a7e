"""What providers report: once, whatever the order, and what follows for the reader."""

import itertools
from datetime import timedelta

import pytest

from digest.models import Counts, Event, InDoubt, Outcome, Regrets, Settled, Subscriber
from digest.store.events import Fates
from digest.store.issues import IssueRecord
from digest.store.opened import Store
from tests.builders import END as NOW
from tests.store import scene
from tests.store.conftest import Place, execute

HOUR = timedelta(hours=1)


def sent(s: Store, week: int = 0, *, doubt: bool = False) -> IssueRecord:
    """An issue that everybody on the list got."""
    record = scene.frozen(s, week, f"story {week}")
    size = s.ledger.freeze_audience(record.id, provider="mailgun", batch_size=50, unsubscribe_url="", at=record.due)
    batch = s.ledger.claim(record.id, issue_key=record.key, owner="me", at=record.due)
    assert batch
    taken = Settled(tuple(Outcome(n, "accepted") for n in range(1, size + 1)))
    s.ledger.settle(record.id, batch, InDoubt("reset") if doubt else taken, owner="me", at=record.due)
    return record


def event(record: IssueRecord, number: int, kind, name: str = "", **more) -> Event:
    at = more.pop("at", record.due + HOUR)
    address = more.pop("address", f"p{number}@example.org")
    return Event(
        name or f"{kind} {record.key} {number}", kind, address, at, issue_key=record.key, number=number, **more
    )


@pytest.fixture
def listed(s: Store) -> Store:
    s.people.add([Subscriber(f"p{n}@example.org") for n in range(1, 5)], "weekly", NOW)
    return s


def states(s: Store) -> list[str]:
    return [person.state for person in s.people.all()]


def test_regrets_are_the_complaints_and_what_did_not_arrive(listed: Store) -> None:
    record, other = sent(listed), sent(listed, 1)
    reported = [event(record, n, k) for n, k in enumerate(("complained", "bounced", "rejected", "unsubscribed"), 1)]
    reported += [event(record, 2, "delivered"), event(other, 1, "delivered"), event(other, 2, "deferred")]
    listed.events.record([("mailgun", each) for each in reported], NOW)
    assert listed.events.regrets(record.id) == Regrets(complained=1, bounced=2)
    assert listed.events.regrets(other.id) == Regrets()


ALL = ("accepted", "deferred", "delivered", "bounced", "complained")


@pytest.mark.parametrize("order", [*itertools.permutations(("delivered", "bounced", "complained")), ALL, ALL[::-1]])
def test_complaint_beats_bounce_beats_delivery_in_whatever_order_they_come(listed: Store, order) -> None:
    record = sent(listed)
    for kind in order:
        listed.events.record([("mailgun", event(record, 1, kind, permanent=True))], NOW)
    found = listed.events.fates(record.id)
    assert (found.heard, found.delivered, found.bounced, found.complained) == (1, 1, 0, 1)
    assert states(listed) == ["complained", "active", "active", "active"]


def test_a_report_that_is_repeated_changes_nothing(listed: Store, place: Place) -> None:
    record = sent(listed)
    calls = [("mailgun", event(record, n, "delivered")) for n in (1, 2, 1, 2, 2)]
    assert [listed.events.record(calls, NOW) for _ in range(3)] == [2, 0, 0]
    assert execute(place, "select count(*) from event") == [(2,)]
    assert listed.events.fates(record.id).delivered == 2


def test_the_same_name_at_two_providers_is_two_events(listed: Store) -> None:
    record = sent(listed)
    both = [("mailgun", event(record, 1, "delivered", "x")), ("resend", event(record, 2, "delivered", "x"))]
    assert listed.events.record(both, NOW) == 2


def test_a_permanent_bounce_ends_it_at_once_and_a_passing_one_in_the_third_issue(listed: Store) -> None:
    for week in range(3):
        record = sent(listed, week)
        bounces = [event(record, 1, "bounced", permanent=True)] if week == 0 else []
        bounces += [
            event(record, n - (1 if week else 0), "bounced", f"{week} {n}", address=f"p{n}@example.org") for n in (2, 3)
        ]
        if week == 1:  # p3 was reached in between
            bounces = bounces[:1]
        listed.events.record([("mailgun", each) for each in bounces], NOW)
        if week < 2:
            assert states(listed) == ["bounced", "active", "active", "active"]
    assert states(listed) == ["bounced", "bounced", "active", "active"]


def test_an_unsubscribe_by_the_providers_own_link_leaves_that_newsletter(listed: Store) -> None:
    listed.people.add([Subscriber("p1@example.org")], "daily", NOW)
    record = sent(listed)
    listed.events.record([("mailgun", event(record, 1, "unsubscribed"))], NOW)
    assert (listed.people.all("weekly")[0].state, listed.people.all("daily")[0].state) == ("unsubscribed", "active")


def test_a_number_that_leads_to_another_address_is_not_believed(listed: Store) -> None:
    record = sent(listed)
    listed.events.record([("mailgun", event(record, 1, "complained", address="p2@example.org"))], NOW)
    assert states(listed) == ["active", "complained", "active", "active"]
    listed.events.record([("mailgun", event(record, 3, "complained", "x", address="stranger@example.org"))], NOW)
    assert states(listed) == ["active", "complained", "active", "active"]


def test_a_report_without_metadata_still_suppresses_by_its_address(listed: Store) -> None:
    listed.events.record([("ses", Event("1", "complained", "P4@Example.org", NOW))], NOW)
    assert states(listed)[3] == "complained"


def test_a_complaint_of_long_ago_does_not_undo_a_later_yes(listed: Store, place: Place) -> None:
    record = sent(listed)
    execute(
        place,
        f"update subscriber set confirmed_at = {int((record.due + 2 * HOUR).timestamp()) * 1_000_000} where id = 1",
    )
    listed.events.record([("mailgun", event(record, 1, "complained"))], NOW)
    assert states(listed)[0] == "active"
    listed.events.record([("mailgun", event(record, 1, "complained", "later", at=record.due + 3 * HOUR))], NOW)
    assert states(listed)[0] == "complained"


def test_what_became_of_an_email_settles_a_doubt_about_it(listed: Store) -> None:
    record = sent(listed, doubt=True)
    assert listed.ledger.counts(record.id) == Counts(audience=4, in_doubt=4)
    listed.events.record([("mailgun", event(record, n, "delivered")) for n in (1, 2)], NOW)
    assert listed.ledger.counts(record.id) == Counts(audience=4, accepted=2, in_doubt=2)


def test_who_left_counts_for_the_issue_before(listed: Store) -> None:
    first, second = sent(listed, 0), sent(listed, 1)
    listed.people.remove("p1@example.org", first.due + HOUR, "weekly")
    listed.people.remove("p2@example.org", second.due + HOUR)
    listed.people.remove("p3@example.org", first.due - HOUR, "weekly")
    assert [listed.events.fates(each.id).unsubscribed for each in (first, second)] == [1, 1]


def test_an_issue_that_was_never_sent_has_no_figures(listed: Store) -> None:
    assert listed.events.fates(scene.begun(listed).id) == Fates()
