"""Asking to get a newsletter: nobody is subscribed by it, and nobody can be flooded with it."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from digest.models import Subscriber
from digest.store.opened import Store
from digest.store.people import Leaving
from digest.store.signups import Confirmed, Limits, Request
from tests.builders import END as NOW
from tests.store.conftest import Place, execute

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ANN = Request("ann@example.org", "Ann", "uk", ("weekly", "daily"), "monthly", "subscribe page", "I agree.")
LIMITS = Limits()


def ask(s: Store, at, request: Request = ANN, limits: Limits = LIMITS) -> int:
    """How many emails are due because of it."""
    s.signups.ask(request, at, limits)
    return len(s.signups.due(at))


def test_a_request_is_nobodys_subscription_until_it_is_confirmed(s: Store) -> None:
    s.signups.ask(ANN, NOW, LIMITS)
    [due] = s.signups.due(NOW)
    assert (s.people.all(), s.signups.pending("Ann@example.org")) == ((), NOW)
    assert s.signups.due(NOW) == ()
    done = s.signups.confirm(due.id, NOW, NOW + HOUR)
    assert done == Confirmed("uk", ("weekly", "daily"), s.people.token("ann@example.org"))
    person = s.people.by_address("ann@example.org")
    assert person
    assert {(each.newsletter, each.choice.frequency) for each in person.listings} == {
        ("weekly", "monthly"),
        ("daily", "monthly"),
    }
    told = [(c.at, c.what, c.newsletter, c.source, c.wording, c.confirmed_at) for c in person.consents]
    assert told == [(NOW, "confirmed", key, "subscribe page", "I agree.", NOW + HOUR) for key in ("weekly", "daily")]


def gets(s: Store) -> dict[str, tuple[str, ...]]:
    person = s.people.by_address("ann@example.org")
    return {each.newsletter: each.choice.themes for each in person.listings} if person else {}


def test_the_themes_that_were_asked_for_are_theirs_when_they_confirm(s: Store) -> None:
    s.signups.ask(replace(ANN, themes={"weekly": ("#B", "#A"), "another": ("#C",)}), NOW, LIMITS)
    [due] = s.signups.due(NOW)
    assert gets(s) == {}
    assert s.signups.confirm(due.id, NOW, NOW)
    assert gets(s) == {"daily": (), "weekly": ("#A", "#B")}


def test_of_two_requests_the_later_ones_themes_count(s: Store) -> None:
    s.signups.ask(replace(ANN, themes={"weekly": ("#A",), "daily": ("#A",)}), NOW, LIMITS)
    s.signups.ask(replace(ANN, themes={"daily": ("#B",)}), NOW + HOUR, LIMITS)
    [due] = s.signups.due(NOW + HOUR)
    assert s.signups.confirm(due.id, NOW, NOW + HOUR)
    assert gets(s) == {"daily": ("#B",), "weekly": ()}


def test_a_request_without_themes_leaves_those_of_who_is_there(s: Store) -> None:
    s.people.add([Subscriber("ann@example.org", themes=("#A",))], "weekly", NOW)
    s.signups.ask(replace(ANN, themes={"daily": ("#B",)}), NOW, LIMITS)
    [due] = s.signups.due(NOW)
    assert s.signups.confirm(due.id, NOW, NOW)
    assert gets(s) == {"daily": ("#B",), "weekly": ("#A",)}


def test_an_address_gets_one_email_in_a_quarter_of_an_hour_and_three_a_day(s: Store) -> None:
    spellings = [ANN, replace(ANN, address="ANN@EXAMPLE.ORG")]
    sent = [ask(s, NOW + n * MINUTE, spellings[n % 2]) for n in range(0, 90, 5)]
    assert sum(sent) == 3
    assert [5 * n for n, number in enumerate(sent) if number] == [0, 15, 30]
    assert ask(s, NOW + DAY + MINUTE) == 1


def test_everybody_together_gets_so_many_emails_an_hour(s: Store) -> None:
    few = Limits(all_an_hour=5)
    others = [replace(ANN, address=f"p{n}@example.org") for n in range(20)]
    assert sum(ask(s, NOW + n * timedelta(seconds=1), each, few) for n, each in enumerate(others)) == 5
    assert ask(s, NOW + 2 * HOUR, others[19], few) == 1


def test_a_second_press_changes_nothing_and_never_brings_somebody_back_who_left_since(s: Store) -> None:
    s.signups.ask(ANN, NOW, LIMITS)
    [due] = s.signups.due(NOW)
    first = s.signups.confirm(due.id, NOW, NOW)
    assert first
    s.people.leave([Leaving(first.token, (), "one-click", NOW + MINUTE)])
    assert s.signups.confirm(due.id, NOW, NOW + HOUR) == first
    assert s.people.counts() == {"active": 0, "unsubscribed": 1}


@pytest.mark.parametrize("way", ["unsubscribed", "erased"])
def test_only_their_own_yes_brings_somebody_back(s: Store, way: str) -> None:
    s.people.add([Subscriber("ann@example.org")], "weekly", NOW)
    if way == "erased":
        s.people.erase("ann@example.org", NOW)
    else:
        s.people.remove("ann@example.org", NOW)
    assert s.people.add([Subscriber("ann@example.org")], "weekly", NOW).refused == 1
    s.signups.ask(ANN, NOW, LIMITS)
    [due] = s.signups.due(NOW)
    assert s.signups.confirm(due.id, NOW, NOW)
    assert [each.state for each in s.people.all("weekly")] == ["active"]
    assert s.people.add([Subscriber("ann@example.org")], "weekly", NOW).known == 1


def test_a_link_of_a_request_that_was_never_made_confirms_nothing(s: Store) -> None:
    s.signups.ask(ANN, NOW, LIMITS)
    [due] = s.signups.due(NOW)
    assert s.signups.confirm(due.id + 1, NOW, NOW) is None
    assert s.signups.confirm(due.id, NOW + MINUTE, NOW + HOUR) is None
    assert s.people.all() == ()


def test_requests_that_nobody_confirmed_are_forgotten(s: Store, place: Place) -> None:
    s.signups.ask(ANN, NOW, LIMITS)
    assert [s.signups.forget_old(NOW + days * DAY) for days in (7, 9)] == [0, 1]
    assert execute(place, "select count(*) from signup") == [(0,)]


def test_an_email_that_was_not_taken_is_due_again(s: Store) -> None:
    s.signups.ask(ANN, NOW, LIMITS)
    [due] = s.signups.due(NOW)
    s.signups.mail_again(due.id, NOW + MINUTE)
    assert [s.signups.due(NOW), s.signups.due(NOW + MINUTE)] == [(), (due,)]


def test_who_asks_to_be_erased_before_confirming_is_forgotten_too(s: Store, place: Place) -> None:
    s.signups.ask(ANN, NOW, LIMITS)
    assert [s.people.erase("Ann@example.org", NOW) for _ in range(2)] == [True, False]
    assert execute(place, "select count(*) from signup") == [(0,)]
