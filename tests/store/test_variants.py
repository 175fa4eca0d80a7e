"""Readers who chose some themes: what is frozen for them, and who gets which."""

from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from digest.errors import StoreError
from digest.models import Choice, Subscriber, Variants
from digest.store.opened import Store
from tests.builders import END as NOW
from tests.store import scene
from tests.store.conftest import execute

FRONT, RALLY = ("#Front",), ("#Rally",)
EMAIL = scene.EMAIL
ONE = replace(EMAIL, subject="Front", html="<p>{t1} front</p>", text="front {t1}\n")
TWO = replace(EMAIL, subject="Both", html="<p>{t1} both</p>", text="both {t1}\n")
THEM = Variants((ONE, TWO), {FRONT: 1, ("#Front", "#Rally"): 2, RALLY: None})


def frozen(s: Store, variants: Variants = THEM, week: int = 0):
    record = scene.begun(s, week)
    s.issues.freeze(record.id, scene.composed(record, "one"), EMAIL, variants, by="Olena", at=NOW)
    return scene.now(s, record)


def people(s: Store, **themes: tuple[str, ...]) -> None:
    s.people.add([Subscriber(f"{name}@example.org", themes=its) for name, its in themes.items()], "weekly", NOW)


def audience(s: Store, record, batch_size: int = 2) -> int:
    return s.ledger.freeze_audience(
        record.id, provider="resend", batch_size=batch_size, unsubscribe_url="https://x.example/u/", at=record.due
    )


def batches(s: Store, record):
    found = []
    while batch := s.ledger.claim(record.id, issue_key=record.key, owner="me", at=record.due):
        found.append(batch)
    return found


def names(batch):
    return [delivery.address.partition("@")[0] for delivery in batch.deliveries]


def test_each_choice_gets_its_variant_and_no_batch_holds_two(s):
    people(s, ann=(), bob=FRONT, cid=("#Rally", "#Front"), dan=(), eve=FRONT, fay=RALLY, gus=FRONT, hal=("#New",))
    record = frozen(s)
    assert (audience(s, record), s.ledger.unserved(record.id)) == (7, 1)
    sent = [(batch.variant, names(batch)) for batch in batches(s, record)]
    assert sent == [(0, ["ann", "dan"]), (0, ["hal"]), (1, ["bob", "eve"]), (1, ["gus"]), (2, ["cid"])]
    assert [s.issues.variant(record.id, n) for n in (1, 2)] == [ONE, TWO]


def test_a_batch_that_is_split_or_in_doubt_keeps_its_variant(s):
    people(s, bob=FRONT, eve=FRONT)
    record = frozen(s)
    audience(s, record)
    [batch] = batches(s, record)
    s.ledger.to_doubt(record.id, batch.seq, "the power went", record.due)
    assert s.ledger.doubted(record.id, batch.seq, record.key).variant == 1
    s.ledger.send_again(record.id, batch.seq, "Olena", record.due)
    [again] = batches(s, record)
    assert (again.variant, again.attempt) == (1, 2)


def test_the_hash_is_of_the_variants_too_and_of_who_gets_which(s):
    whole = frozen(s, Variants()).sha256
    assert whole == EMAIL.sha256
    others = [THEM, replace(THEM, emails=(TWO, ONE)), replace(THEM, served={**THEM.served, RALLY: 1})]
    hashes = {frozen(s, variants, week).sha256 for week, variants in enumerate(others, 1)}
    assert len({whole, *hashes}) == 4


def test_a_variant_that_was_changed_since_is_not_sent(s, place):
    record = frozen(s)
    execute(place, "update variant set html = 'x'")
    with pytest.raises(StoreError, match="variant 1 is not the one that was frozen"):
        s.issues.variant(record.id, 1)


def test_who_gets_which_cannot_be_changed_afterwards(s, place):
    record = frozen(s)
    execute(place, "update served set variant = 2 where variant = 1")
    with pytest.raises(StoreError, match="the stored email is not the one that was frozen"):
        s.issues.email(record.id)


def test_freezing_again_puts_new_variants_in_place_of_the_old(s):
    record = frozen(s)
    only = Variants((TWO,), {FRONT: 1})
    s.issues.freeze(record.id, scene.composed(record, "one"), EMAIL, only, by="Olena", at=NOW, again=True)
    assert s.issues.variant(record.id, 1) == TWO
    with pytest.raises(StoreError, match="variant 2 is not in the store"):
        s.issues.variant(record.id, 2)


def test_the_choices_are_those_of_who_is_on_the_list(s):
    people(s, ann=FRONT, bob=FRONT, cid=("#Rally", "#Front"), dan=RALLY, eve=())
    s.people.remove("dan@example.org", NOW, "weekly")
    assert s.people.choices("weekly") == (FRONT, ("#Front", "#Rally"))
    assert s.people.choices("daily") == ()


def test_an_import_changes_no_choice_that_a_reader_made(s):
    people(s, ann=FRONT)
    people(s, ann=RALLY)
    assert s.people.choices("weekly") == (FRONT,)
    token = s.people.token("ann@example.org")
    s.people.choose(token, {"weekly": Choice(themes=("#Rally", "#Front"))}, ("weekly",), NOW, "choices page")
    assert s.people.choices("weekly") == (("#Front", "#Rally"),)
    before = s.people.by_token(token)
    s.people.choose(token, {"weekly": Choice(themes=("#Front", "#Rally"))}, ("weekly",), NOW, "choices page")
    assert s.people.by_token(token) == before


WEEKS = count(1)
CHOICES = [(), FRONT, RALLY, ("#Front", "#Rally"), ("#New",)]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(CHOICES), max_size=12), st.integers(1, 4))
def test_everybody_is_in_one_batch_of_their_own_variant_or_counted(s, choices, size):
    week = next(WEEKS)
    for person in s.people.all("weekly"):
        s.people.remove(person.address, NOW)
    wanted = {f"p{week}-{n}": its for n, its in enumerate(choices)}
    people(s, **wanted)
    record = frozen(s, week=week)
    count = audience(s, record, size)
    got = {name: batch.variant for batch in batches(s, record) for name in names(batch)}
    expected = {name: THEM.served.get(its, 0) for name, its in wanted.items()}
    assert got == {name: number for name, number in expected.items() if number is not None}
    assert count == len(got)
    if count:
        assert s.ledger.unserved(record.id) == len(expected) - len(got)
