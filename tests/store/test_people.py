from digest.models import Subscriber
from digest.store.opened import Store
from digest.store.people import Added
from tests.builders import END as NOW
from tests.store.conftest import Place, execute


def test_people_come_back_in_the_order_in_which_they_came(s: Store) -> None:
    people = (Subscriber("b@example.org", "Bohdan", "list.csv"), Subscriber("a@example.org", "Олена", "by hand"))
    assert s.people.add(people, NOW) == Added(2, 0, 0)
    assert s.people.all() == people
    assert s.people.all(limit=1) == people[:1]


def test_spellings_of_one_address_are_one_person(s: Store) -> None:
    spellings = [Subscriber("Ann@Example.ORG", "Ann"), Subscriber(" ann@example.org ", "other")]
    assert s.people.add(spellings, NOW) == Added(1, 1, 0)
    assert s.people.add(spellings, NOW) == Added(0, 2, 0)
    assert s.people.all() == (Subscriber("Ann@example.org", "Ann"),)


def test_who_left_is_never_brought_back_by_an_import(s: Store) -> None:
    ann, bob = Subscriber("ann@example.org"), Subscriber("bob@example.org")
    s.people.add([ann, bob], NOW)
    assert s.people.remove("ANN@example.org", NOW)
    assert s.people.add([ann, bob, Subscriber("new@example.org")], NOW) == Added(new=1, known=1, refused=1)
    assert s.people.counts() == {"active": 2, "removed": 1}
    assert s.people.all(limit=1) == (Subscriber("ann@example.org", state="removed"),)


def test_removing_says_whether_somebody_was_there(s: Store) -> None:
    s.people.add([Subscriber("ann@example.org")], NOW)
    assert [s.people.remove(a, NOW) for a in ("nobody@example.org", "ann@example.org", "ann@example.org")] == [
        False,
        True,
        False,
    ]


def test_an_empty_store_counts_nobody(s: Store) -> None:
    assert s.people.counts() == {"active": 0, "removed": 0}
    assert s.people.all() == ()


def test_everybody_has_a_token_of_their_own_with_22_characters(s: Store, place: Place) -> None:
    s.people.add([Subscriber(f"p{n}@example.org") for n in range(2000)], NOW)
    assert execute(place, "select count(distinct token), min(length(token)), max(length(token)) from subscriber") == [
        (2000, 22, 22)
    ]
