from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from digest.errors import DigestError, StoreError
from digest.models import Choice, Settled, Subscriber
from digest.models import Outcome as Result
from digest.store.opened import Store
from digest.store.people import Added, Leaving, Listed
from tests.builders import END as NOW
from tests.store import scene
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


def test_who_bounced_or_complained_elsewhere_is_kept_as_such(s: Store) -> None:
    people = [Subscriber("a@example.org", state="bounced"), Subscriber("b@example.org", state="complained")]
    assert s.people.add([*people, Subscriber("c@example.org")], "weekly", NOW) == Added(1, 0, 0, gone=2)
    assert [each.state for each in s.people.all("weekly")] == ["bounced", "complained", "active"]
    assert s.people.add([Subscriber("c@example.org"), Subscriber("C@example.org", state="bounced")], "weekly", NOW)
    assert s.people.all("weekly")[2].state == "unsubscribed"


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


def token(s: Store, address: str) -> str:
    found = s.people.token(address)
    assert found
    return found


def test_every_yes_and_no_is_kept_with_when_where_from_and_what_was_agreed(s: Store) -> None:
    s.people.add([Subscriber("ann@example.org", origin="fair.csv")], "weekly", NOW, basis="asked at the fair")
    s.people.leave([Leaving(token(s, "ann@example.org"), ("weekly",), "one-click", NOW + DAY)])
    person = s.people.by_address("ANN@example.org")
    assert person
    told = [(c.at, c.what, c.newsletter, c.source, c.wording) for c in person.consents]
    assert told == [
        (NOW, "subscribed", "weekly", "fair.csv", "asked at the fair"),
        (NOW + DAY, "left", "weekly", "one-click", ""),
    ]


def test_a_dry_run_says_what_would_become_of_each_and_changes_nothing(s: Store) -> None:
    people = [Subscriber(f"{name}@example.org") for name in ("known", "left", "erased", "new")]
    s.people.add(people[:3], "weekly", NOW)
    s.people.remove("left@example.org", NOW, "weekly")
    s.people.erase("erased@example.org", NOW)
    people += [Subscriber("New@example.org"), Subscriber("gone@example.org", state="unsubscribed")]
    assert s.people.verdicts(people, "weekly") == ("known", "unsubscribed", "erased", "new", "known", "gone")
    assert s.people.counts() == {"active": 2, "unsubscribed": 0, "erased": 1}


def test_somebody_who_was_never_known_can_be_kept_out(s: Store) -> None:
    assert not s.people.remove("bob@example.org", NOW)
    assert s.people.add([Subscriber("bob@example.org")], "weekly", NOW) == Added(0, 0, refused=1)


def test_who_was_erased_is_forgotten_and_yet_never_comes_back_by_an_import(s: Store, place: Place) -> None:
    s.people.add([Subscriber("ann@example.org", "Ann Bell", "list.csv")], "weekly", NOW)
    record = scene.frozen(s)
    s.ledger.freeze_audience(record.id, provider="resend", batch_size=5, unsubscribe_url="", at=NOW)
    batch = s.ledger.claim(record.id, issue_key=record.key, owner="me", at=NOW)
    assert batch
    with pytest.raises(DigestError, match=r"weekly-2026-W47 is on its way to this person"):
        s.people.erase("ann@example.org", NOW)
    s.ledger.settle(record.id, batch, Settled((Result(1, "accepted"),)), owner="me", at=NOW)
    assert [s.people.erase("Ann@Example.org", NOW), s.people.erase("ann@example.org", NOW)] == [True, False]
    assert s.people.add([Subscriber("ANN@example.org")], "weekly", NOW + DAY) == Added(0, 0, refused=1)
    assert s.people.by_address("ann@example.org") is None
    tables = ("subscriber", "subscription", "consent", "delivery", "suppression", "signup", "wording")
    kept = str([execute(place, f"select * from {table}") for table in tables]).casefold()
    assert [word for word in ("ann", "bell") if word in kept] == []
    assert list(s.people.rows()) == []


def test_without_the_key_that_knows_the_erased_nobody_is_added(s: Store, place: Place) -> None:
    s.people.add([Subscriber("ann@example.org")], "weekly", NOW)
    s.people.erase("ann@example.org", NOW)
    [key] = place.folder.glob("*.key")
    assert key.stat().st_mode & 0o777 == 0o600
    secret = key.read_text()
    for content, said in ((None, "is missing"), ("0" * 64, "is not the key"), ("nonsense", "cannot be read as a key")):
        key.unlink(missing_ok=True)
        if content:
            key.write_text(content)
        with place.open() as other, pytest.raises(StoreError, match=said):
            other.people.add([Subscriber("ann@example.org")], "weekly", NOW)
    key.write_text(secret)
    assert s.people.add([Subscriber("ann@example.org")], "weekly", NOW) == Added(0, 0, 1)


def test_a_reader_chooses_newsletters_and_how_often(s: Store) -> None:
    s.people.add([Subscriber("ann@example.org")], "weekly", NOW)
    mine, offered = token(s, "ann@example.org"), ("weekly", "daily")
    assert s.people.choose(mine, {"daily": Choice("monthly")}, offered, NOW + DAY, "choices page")
    person = s.people.by_token(mine)
    assert person
    assert [(each.newsletter, each.left_at, each.choice.frequency) for each in person.listings] == [
        ("daily", None, "monthly"),
        ("weekly", NOW + DAY, "every"),
    ]
    assert not s.people.choose("A" * 20, {"daily": Choice()}, offered, NOW, "choices page")
    s.people.remove("ann@example.org", NOW)
    assert not s.people.choose(mine, {"weekly": Choice()}, offered, NOW, "choices page")


def test_many_leave_in_one_transaction_and_each_is_told_whether_it_changed_anything(s: Store) -> None:
    s.people.add([Subscriber(f"p{n}@example.org") for n in range(3)], "weekly", NOW)
    first, second, third = (token(s, f"p{n}@example.org") for n in range(3))
    asked = [(first, ("weekly",)), (first, ("weekly",)), (second, ()), ("A" * 20, ("weekly",)), (third, ("daily",))]
    told = s.people.leave([Leaving(t, lists, "one-click", NOW) for t, lists in asked])
    assert told == (True, False, True, False, False)
    assert [each.state for each in s.people.all("weekly")] == ["unsubscribed", "unsubscribed", "active"]
    assert [each.state for each in s.people.all()] == ["active", "unsubscribed", "active"]


def test_who_wants_one_a_month_is_in_the_first_issue_of_each(s: Store) -> None:
    s.people.add([Subscriber("every@example.org"), Subscriber("once@example.org")], "weekly", NOW)
    s.people.choose(token(s, "once@example.org"), {"weekly": Choice("monthly")}, ("weekly",), NOW, "choices page")
    sizes = []
    for week in range(4):  # due 20 and 27 November, 4 and 11 December
        record = scene.frozen(s, week, f"story {week}")
        sizes.append(
            s.ledger.freeze_audience(record.id, provider="resend", batch_size=5, unsubscribe_url="", at=record.due)
        )
    assert sizes == [2, 1, 2, 1]


def test_an_export_holds_everybody_on_every_list_and_those_on_none(s: Store) -> None:
    at = datetime(2026, 11, 1, tzinfo=UTC)
    s.people.add([Subscriber("ann@example.org", "Ann", "a.csv", language="uk")], "weekly", at)
    s.people.add([Subscriber("ann@example.org")], "daily", at)
    s.people.remove("ann@example.org", NOW, "daily")
    s.people.remove("bob@example.org", NOW)
    ann = Listed("ann@example.org", "Ann", "uk", "active", "weekly", "every", "", at, None, "a.csv", None)
    daily = ann._replace(state="unsubscribed", newsletter="daily", left_at=NOW)
    bob = Listed("bob@example.org", "", "", "unsubscribed", "", "", "", NOW, NOW, "removed by hand", None)
    assert list(s.people.rows()) == [daily, ann, bob]
    assert list(s.people.rows("weekly")) == [ann]


def test_links_are_signed_with_the_newest_key_and_older_ones_stay(s: Store, place: Place) -> None:
    first = s.keys.signing(NOW)
    assert s.keys.rotate(NOW + DAY) == 1
    assert s.keys.signing(NOW)[1:] == first
    with place.open() as other:
        assert other.keys.signing(NOW) == s.keys.signing(NOW)
