from dataclasses import replace
from datetime import timedelta

from digest.models import Subscriber
from digest.store.opened import Store
from digest.store.people import Added
from tests.builders import END as NOW
from tests.store.conftest import Place, execute

DAY = timedelta(days=1)


def test_people_come_back_in_the_order_in_which_they_came(s: Store) -> None:
    people = (Subscriber("b@example.org", "Bohdan", "list.csv"), Subscriber("a@example.org", "Олена", "by hand"))
    assert s.people.add(people, "weekly", NOW) == Added(2, 0, 0)
    assert s.people.all() == people
    assert s.people.all(limit=1) == people[:1]


def test_spellings_of_one_address_are_one_person(s: Store) -> None:
    spellings = [Subscriber("Ann@Example.ORG", "Ann"), Subscriber(" ann@example.org ", "other")]
    assert s.people.add(spellings, "weekly", NOW) == Added(1, 1, 0)
    assert s.people.add(spellings, "weekly", NOW) == Added(0, 2, 0)
    assert s.people.all() == (Subscriber("Ann@example.org", "Ann"),)


def test_who_left_is_never_brought_back_by_an_import(s: Store) -> None:
    ann, bob = Subscriber("ann@example.org"), Subscriber("bob@example.org")
    s.people.add([ann, bob], "weekly", NOW)
    assert s.people.remove("ANN@example.org", NOW)
    assert s.people.add([ann, bob, Subscriber("new@example.org")], "weekly", NOW) == Added(new=1, known=1, refused=1)
    assert s.people.counts() == s.people.counts("weekly") == {"active": 2, "unsubscribed": 1}
    assert s.people.all(limit=1) == s.people.all("weekly", 1) == (Subscriber("ann@example.org", state="unsubscribed"),)


def test_removing_says_whether_somebody_was_there(s: Store) -> None:
    s.people.add([Subscriber("ann@example.org")], "weekly", NOW)
    assert [s.people.remove(a, NOW) for a in ("nobody@example.org", "ann@example.org", "ann@example.org")] == [
        False,
        True,
        False,
    ]


def test_a_newsletter_has_a_list_of_its_own(s: Store) -> None:
    ann, bob = Subscriber("ann@example.org", "Ann"), Subscriber("bob@example.org")
    assert s.people.add([ann], "weekly", NOW) == Added(1, 0, 0)
    assert s.people.add([bob, ann, ann], "daily", NOW) == Added(new=2, known=1, refused=0)
    assert (s.people.all(), s.people.all("weekly"), s.people.all("daily")) == ((ann, bob), (ann,), (ann, bob))
    assert s.people.counts("daily") == {"active": 2, "unsubscribed": 0}
    assert (s.people.all("monthly"), s.people.counts("monthly")) == ((), {"active": 0, "unsubscribed": 0})


def test_who_left_one_newsletter_still_gets_the_others(s: Store) -> None:
    ann = Subscriber("ann@example.org")
    for newsletter in ("weekly", "daily"):
        s.people.add([ann], newsletter, NOW)
    assert [s.people.remove("Ann@example.org", NOW, "weekly") for _ in range(2)] == [True, False]
    assert s.people.add([ann], "weekly", NOW) == Added(0, 0, refused=1)
    assert s.people.all("weekly") == (replace(ann, state="unsubscribed"),)
    assert s.people.all("daily") == s.people.all() == (ann,)
    assert (s.people.counts("weekly"), s.people.counts()) == (
        {"active": 0, "unsubscribed": 1},
        {"active": 1, "unsubscribed": 0},
    )


def test_who_left_for_good_is_refused_by_every_newsletter(s: Store, place: Place) -> None:
    ann = Subscriber("ann@example.org")
    for newsletter in ("weekly", "daily"):
        s.people.add([ann], newsletter, NOW)
    s.people.remove(ann.address, NOW, "daily")
    assert s.people.remove(ann.address, NOW + DAY)
    assert [s.people.add([ann], newsletter, NOW + DAY) for newsletter in ("weekly", "daily", "new")] == [
        Added(0, 0, 1)
    ] * 3
    assert [s.people.all(newsletter) for newsletter in ("weekly", "new")] == [(replace(ann, state="unsubscribed"),), ()]
    since = "select newsletter, (left_at - since) / 1000000 from subscription order by newsletter"
    assert execute(place, since) == [("daily", 0), ("weekly", 86_400)]


def test_leaving_a_newsletter_that_one_does_not_get_changes_nothing(s: Store) -> None:
    ann = Subscriber("ann@example.org")
    s.people.add([ann], "weekly", NOW)
    assert not s.people.remove(ann.address, NOW, "daily")
    assert s.people.add([ann], "daily", NOW) == Added(1, 0, 0)


def test_who_is_given_as_removed_is_listed_and_never_written_to(s: Store) -> None:
    """A list from elsewhere says who has unsubscribed; a person who gets another newsletter keeps that."""
    ann, bob = Subscriber("ann@example.org"), Subscriber("bob@example.org")
    gone = tuple(replace(person, state="unsubscribed") for person in (ann, bob))
    s.people.add([ann], "weekly", NOW)
    assert s.people.add(gone, "daily", NOW) == Added(0, 0, 0, gone=2)
    assert s.people.all("daily") == gone
    assert s.people.all() == (ann, gone[1])
    assert s.people.add([ann, bob], "daily", NOW) == Added(0, 0, 2)


def test_more_people_than_one_statement_takes_are_all_listed(s: Store) -> None:
    people = [Subscriber(f"p{n}@example.org", state="unsubscribed" if n % 3 else "active") for n in range(1201)]
    assert s.people.add(people, "weekly", NOW) == Added(401, 0, 0, gone=800)
    assert s.people.counts("weekly") == {"active": 401, "unsubscribed": 800}
    assert s.people.add(people, "weekly", NOW) == Added(0, known=401, refused=800)


def test_an_empty_store_counts_nobody(s: Store) -> None:
    assert s.people.counts() == {"active": 0, "unsubscribed": 0}
    assert s.people.all() == ()


def test_everybody_has_a_token_of_their_own_with_20_characters(s: Store, place: Place) -> None:
    s.people.add([Subscriber(f"p{n}@example.org") for n in range(2000)], "weekly", NOW)
    assert execute(place, "select count(distinct token), min(length(token)), max(length(token)) from subscriber") == [
        (2000, 20, 20)
    ]
