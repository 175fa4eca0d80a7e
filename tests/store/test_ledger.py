from datetime import datetime, timedelta
from hashlib import sha256

import pytest
from msgspec.structs import replace

from digest.errors import DigestError
from digest.models import (
    OUTBOX,
    Answer,
    Batch,
    Counts,
    Delivery,
    InDoubt,
    NotSent,
    Outcome,
    Refused,
    Settled,
    Stopped,
    Subscriber,
)
from digest.store.issues import IssueRecord
from digest.store.opened import Store
from tests.builders import END as NOW
from tests.builders import SLOT
from tests.store.conftest import Place, execute

LATER = NOW + timedelta(minutes=5)
LINK = "https://news.example/u/"


def address(number: int) -> str:
    return f"p{number}@example.org"


def audience(s: Store, size: int, batch_size: int = 2, *, sample_too: bool = False) -> IssueRecord:
    """An issue with `size` recipients in batches."""
    s.people.add([Subscriber(address(n), f"P {n}") for n in range(1, size + 1)], "weekly", NOW)
    record = s.issues.begin("weekly", SLOT, "weekly-2026-W47", NOW)
    freeze(s, record, batch_size, sample_too=sample_too)
    return record


def freeze(s: Store, record: IssueRecord, batch_size: int = 2, *, sample_too: bool = False) -> int:
    provider = OUTBOX if sample_too else "resend"
    return s.ledger.freeze_audience(record.id, provider=provider, batch_size=batch_size, unsubscribe_url=LINK, at=NOW)


def test_an_audience_stays_with_the_provider_that_it_was_frozen_for(s: Store) -> None:
    s.people.add([Subscriber("ann@news.example")], "weekly", NOW)
    record = s.issues.begin("weekly", SLOT, "weekly-2026-W47", NOW)
    assert freeze(s, record) == freeze(s, record) == 1
    with pytest.raises(DigestError, match=r'begun through resend.*set send\.provider = "resend" again'):
        freeze(s, record, sample_too=True)


def claimed(s: Store, record: IssueRecord, *, owner: str = "me", at=NOW) -> Batch:
    batch = s.ledger.claim(record.id, issue_key=record.key, owner=owner, at=at)
    assert batch
    return batch


def nothing_left(s: Store, record: IssueRecord, at=NOW) -> bool:
    return s.ledger.claim(record.id, issue_key=record.key, owner="me", at=at) is None


def settle(s: Store, record: IssueRecord, batch: Batch, answer: Answer, **changes) -> bool:
    return s.ledger.settle(record.id, batch, answer, **{"owner": "me", "at": NOW} | changes)


def accepted(batch: Batch) -> Settled:
    return Settled(tuple(Outcome(d.number, "accepted", f"id-{d.number}") for d in batch.deliveries))


def doubts(s: Store, record: IssueRecord) -> list[tuple[int, int, str, datetime]]:
    """Batch, size, reason and since when of each."""
    return [(d.seq, d.size, d.reason, d.since) for d in s.ledger.in_doubt(record.id)]


def orphans(s: Store, record: IssueRecord) -> list[tuple[int, int, datetime, str]]:
    """Batch, attempt, beginning and state of each."""
    return [(o.seq, o.attempt, o.started, o.state) for o in s.ledger.orphans(record.id)]


def numbers(batch: Batch) -> list[int]:
    return [d.number for d in batch.deliveries]


def states(s: Store, record: IssueRecord) -> list[str]:
    return [state for _, state, _ in s.ledger.recipients(record.id)]


# --- the audience


def test_the_audience_is_everybody_active_in_batches(s: Store) -> None:
    record = audience(s, 5)
    assert s.ledger.counts(record.id) == Counts(audience=5, pending=5)
    assert [numbers(claimed(s, record)) for _ in range(3)] == [[1, 2], [3, 4], [5]]
    assert nothing_left(s, record)


def test_a_delivery_carries_its_fields_and_its_own_token(s: Store, place: Place) -> None:
    record = audience(s, 1)
    [(token,)] = execute(place, "select token from subscriber")
    fields = {"name": "P 1", "address": "p1@example.org", "unsubscribe_url": LINK + token}
    assert claimed(s, record).deliveries == (Delivery(1, "p1@example.org", fields),)


def test_the_audience_is_frozen_once(s: Store) -> None:
    record = audience(s, 3)
    s.people.add([Subscriber("late@example.org")], "weekly", NOW)
    assert freeze(s, record, 1) == 3
    assert [a for a, _, _ in s.ledger.recipients(record.id)] == [address(n) for n in (1, 2, 3)]
    assert numbers(claimed(s, record)) == [1, 2]


def test_who_left_before_the_freeze_is_not_in_the_audience(s: Store) -> None:
    s.people.add([Subscriber(address(1)), Subscriber(address(2))], "weekly", NOW)
    s.people.remove(address(1), NOW)
    record = s.issues.begin("weekly", SLOT, "weekly-2026-W47", NOW)
    assert freeze(s, record) == 1
    assert [a for a, _, _ in s.ledger.recipients(record.id)] == [address(2)]


def test_the_audience_is_the_list_of_the_issues_newsletter(s: Store) -> None:
    """Who left it, or every newsletter, is on no audience; nor is who only gets another one."""
    s.people.add([Subscriber(address(n)) for n in (1, 2, 3, 4)], "weekly", NOW)
    s.people.add([Subscriber(address(n)) for n in (4, 5, 6)], "daily", NOW)
    s.people.remove(address(2), NOW, "weekly")
    s.people.remove(address(3), NOW)
    s.people.remove(address(4), NOW, "daily")
    weekly = s.issues.begin("weekly", SLOT, "weekly-2026-W47", NOW)
    daily = s.issues.begin("daily", SLOT, "daily-2026-W47", NOW)
    assert (freeze(s, weekly), freeze(s, daily)) == (2, 2)
    assert [a for a, _, _ in s.ledger.recipients(weekly.id)] == [address(1), address(4)]
    assert [a for a, _, _ in s.ledger.recipients(daily.id)] == [address(5), address(6)]


def test_a_skipped_issue_gets_no_audience(s: Store) -> None:
    s.people.add([Subscriber(address(1))], "weekly", NOW)
    record = s.issues.begin("weekly", SLOT, "weekly-2026-W47", NOW)
    s.issues.skip(record.id, "a quiet week", NOW)
    with pytest.raises(DigestError, match="weekly-2026-W47 was skipped: nobody gets it"):
        freeze(s, record)
    assert s.ledger.counts(record.id) == Counts()


def test_samples_are_reached_only_when_asked_for(s: Store) -> None:
    people = Subscriber("sample@example.org", origin="sample"), Subscriber("real@example.org")
    for newsletter in ("weekly", "daily"):
        s.people.add(people, newsletter, NOW)
    real = s.issues.begin("weekly", SLOT, "weekly-2026-W47", NOW)
    both = s.issues.begin("daily", SLOT, "daily-2026-W47", NOW)
    assert (freeze(s, real), freeze(s, both, sample_too=True)) == (1, 2)
    assert [a for a, _, _ in s.ledger.recipients(real.id)] == ["real@example.org"]


def test_an_empty_audience_is_nobody_and_can_still_be_filled(s: Store) -> None:
    record = audience(s, 0)
    assert (s.ledger.counts(record.id), nothing_left(s, record)) == (Counts(), True)
    s.people.add([Subscriber(address(1))], "weekly", NOW)
    assert freeze(s, record) == 1


def test_an_unknown_issue_has_no_audience(s: Store) -> None:
    with pytest.raises(DigestError, match="there is no issue 99"):
        s.ledger.freeze_audience(99, provider="resend", batch_size=1, unsubscribe_url=LINK, at=NOW)


def test_two_issues_do_not_see_each_others_batches(s: Store) -> None:
    first = audience(s, 2)
    s.people.add([Subscriber(address(n), f"P {n}") for n in (1, 2)], "daily", NOW)
    second = s.issues.begin("daily", SLOT, "daily-2026-W47", NOW)
    freeze(s, second)
    of_first, of_second = claimed(s, first), claimed(s, second)
    assert (of_first.deliveries, of_second.issue_key) == (of_second.deliveries, "daily-2026-W47")
    settle(s, first, of_first, accepted(of_first))
    assert s.ledger.counts(first.id) == Counts(audience=2, accepted=2)
    assert s.ledger.counts(second.id) == Counts(audience=2, in_flight=2)


# --- claiming


def test_a_claim_is_in_flight_and_nobody_elses(s: Store, place: Place) -> None:
    record = audience(s, 2)
    batch = claimed(s, record)
    with place.open() as other:
        assert other.ledger.counts(record.id) == Counts(audience=2, in_flight=2)
        assert nothing_left(other, record)
    assert (batch.issue_key, batch.seq, batch.attempt) == ("weekly-2026-W47", 1, 1)


def test_a_batch_key_names_the_batch_and_its_recipients(s: Store) -> None:
    record = audience(s, 3)
    expected = sha256(b"p1@example.org\np2@example.org").hexdigest()[:12]
    first = claimed(s, record)
    assert first.key == f"weekly-2026-W47-1-{expected}"
    settle(s, record, first, NotSent("429"))
    again = claimed(s, record)
    assert (again.key, again.attempt) == (first.key, 2)


def test_who_leaves_after_the_freeze_is_suppressed_and_not_mailed(s: Store) -> None:
    record = audience(s, 3, batch_size=3)
    s.people.remove(address(2), NOW)
    batch = claimed(s, record)
    assert numbers(batch) == [1, 3]
    assert settle(s, record, batch, accepted(batch))
    assert s.ledger.counts(record.id) == Counts(audience=3, accepted=2, suppressed=1)
    assert list(s.ledger.recipients(record.id))[1] == (address(2), "suppressed", "left before the email went out")


def test_who_leaves_only_this_newsletter_is_suppressed_too(s: Store) -> None:
    record = audience(s, 5)
    s.people.add([Subscriber(address(n)) for n in range(1, 6)], "daily", NOW)
    s.people.remove(address(2), NOW, "weekly")
    s.people.remove(address(3), NOW, "daily")
    s.people.remove(address(5), NOW, "weekly")
    assert [numbers(claimed(s, record)), numbers(claimed(s, record)), nothing_left(s, record)] == [[1], [3, 4], True]
    assert s.ledger.counts(record.id) == Counts(audience=5, in_flight=3, suppressed=2)
    assert list(s.ledger.recipients(record.id))[1] == (address(2), "suppressed", "left before the email went out")


def test_a_replay_keeps_who_left_the_newsletter_since(s: Store) -> None:
    record = audience(s, 2)
    first = claimed(s, record)
    s.people.remove(address(1), NOW, "weekly")
    s.ledger.to_replay(record.id, 1, LATER)
    assert claimed(s, record, at=LATER) == replace(first, attempt=2, replay_of=NOW)


def test_who_is_no_longer_in_the_database_is_not_mailed(s: Store, place: Place) -> None:
    record = audience(s, 2)
    execute(place, "delete from subscriber where address = 'p1@example.org'")
    assert numbers(claimed(s, record)) == [2]


def test_a_batch_that_everybody_left_is_done_and_the_next_is_claimed(s: Store) -> None:
    record = audience(s, 4)
    for number in (1, 2):
        s.people.remove(address(number), NOW)
    assert numbers(claimed(s, record)) == [3, 4]
    assert s.ledger.counts(record.id) == Counts(audience=4, suppressed=2, in_flight=2)


def test_when_everybody_left_there_is_nothing_to_send(s: Store) -> None:
    record = audience(s, 2, batch_size=1)
    for number in (1, 2):
        s.people.remove(address(number), NOW)
    assert nothing_left(s, record)
    assert s.ledger.counts(record.id) == Counts(audience=2, suppressed=2)


# --- settling


def test_an_answer_for_everybody_finishes_the_batch(s: Store) -> None:
    record = audience(s, 2)
    batch = claimed(s, record)
    answer = Settled((Outcome(1, "accepted", "id-1"), Outcome(2, "rejected", reason="no such mailbox")))
    assert settle(s, record, batch, answer)
    assert s.ledger.counts(record.id) == Counts(audience=2, accepted=1, rejected=1)
    assert s.ledger.counts(record.id).finished
    assert list(s.ledger.recipients(record.id)) == [
        (address(1), "accepted", ""),
        (address(2), "rejected", "no such mailbox"),
    ]
    assert nothing_left(s, record)


def test_an_accepted_recipient_has_one_outcome_for_ever(s: Store, place: Place) -> None:
    record = audience(s, 1)
    batch = claimed(s, record)
    assert settle(s, record, batch, accepted(batch))
    assert not settle(s, record, batch, Settled((Outcome(1, "rejected"),)))
    with pytest.raises(Exception, match=r"(?i)unique"):
        execute(place, f"insert into outcome values ({record.id}, 1, 'rejected', '', '')")
    assert execute(place, "select state, provider_id from outcome") == [("accepted", "id-1")]


@pytest.mark.parametrize("answer", [NotSent("429: slow down"), Stopped("429: slow down")], ids=["not sent", "stopped"])
def test_what_was_not_taken_is_tried_again_at_its_time(s: Store, answer: Answer) -> None:
    record = audience(s, 2)
    assert settle(s, record, claimed(s, record), answer, next_at=LATER)
    assert s.ledger.counts(record.id) == Counts(audience=2, pending=2)
    assert nothing_left(s, record, at=LATER - timedelta.resolution)
    assert numbers(claimed(s, record, at=LATER)) == [1, 2]


def test_a_batch_that_waits_does_not_stop_the_next(s: Store) -> None:
    record = audience(s, 4)
    settle(s, record, claimed(s, record), NotSent("429"), next_at=LATER)
    assert [numbers(claimed(s, record)), nothing_left(s, record)] == [[3, 4], True]


def test_who_left_while_a_batch_waited_is_not_in_it_again(s: Store) -> None:
    record = audience(s, 2)
    first = claimed(s, record)
    settle(s, record, first, NotSent("429"))
    s.people.remove(address(1), NOW)
    again = claimed(s, record)
    assert (numbers(again), again.key != first.key) == ([2], True)


def test_what_is_in_doubt_is_listed_and_never_claimed(s: Store) -> None:
    record = audience(s, 3)
    assert settle(s, record, claimed(s, record), InDoubt("no answer within 30 s"), at=LATER)
    assert doubts(s, record) == [(1, 2, "no answer within 30 s", LATER)]
    assert s.ledger.counts(record.id) == Counts(audience=3, pending=1, in_doubt=2)
    assert numbers(claimed(s, record)) == [3]
    assert next(s.ledger.recipients(record.id)) == (address(1), "in doubt", "no answer within 30 s")


def test_recipients_that_the_answer_leaves_out_are_in_doubt(s: Store) -> None:
    record = audience(s, 3, batch_size=3)
    assert settle(s, record, claimed(s, record), Settled((Outcome(2, "accepted"), Outcome(9, "accepted"))))
    assert states(s, record) == ["in doubt", "accepted", "in doubt"]
    assert doubts(s, record) == [(1, 2, "the answer names 1 of 3 recipients", NOW)]
    assert not s.ledger.counts(record.id).finished


@pytest.mark.parametrize("others", [NotSent("throttled", 2.0), Stopped("out of credits")])
def test_recipients_that_were_provably_not_taken_are_pending_again(s: Store, others: NotSent | Stopped) -> None:
    record = audience(s, 3, batch_size=3)
    first = claimed(s, record)
    assert settle(s, record, first, Settled((Outcome(2, "accepted"),), others))
    assert states(s, record) == ["pending", "accepted", "pending"]
    again = claimed(s, record)
    assert (numbers(again), again.key != first.key) == ([1, 3], True)


def test_after_a_replay_the_others_are_in_doubt(s: Store) -> None:
    """That they are not taken this time says nothing of the first."""
    record = audience(s, 2)
    claimed(s, record)
    s.ledger.to_replay(record.id, 1, NOW)
    assert settle(s, record, claimed(s, record), Settled((Outcome(1, "accepted"),), NotSent("throttled")))
    assert states(s, record) == ["accepted", "in doubt"]


def test_a_refused_batch_is_split_until_the_one_at_fault_is_alone(s: Store) -> None:
    record, sent = audience(s, 5, batch_size=5), []
    while batch := s.ledger.claim(record.id, issue_key=record.key, owner="me", at=NOW):
        sent.append(numbers(batch))
        assert settle(s, record, batch, Refused("bad address") if 4 in numbers(batch) else accepted(batch))
    assert sent == [[1, 2, 3, 4, 5], [1, 2], [3, 4, 5], [3], [4, 5], [4], [5]]
    assert s.ledger.counts(record.id) == Counts(audience=5, accepted=4, rejected=1)
    assert list(s.ledger.recipients(record.id))[3] == (address(4), "rejected", "bad address")


def test_a_split_keeps_the_lower_half_and_adds_the_upper_at_the_end(s: Store, place: Place) -> None:
    record = audience(s, 6, batch_size=4)
    settle(s, record, claimed(s, record), Refused("bad address"), next_at=LATER)
    ranges = "select seq, first_number, last_number, state, attempt from batch order by seq"
    assert execute(place, ranges) == [(1, 1, 2, "pending", 1), (2, 5, 6, "pending", 0), (3, 3, 4, "pending", 0)]
    assert [a for a, _, _ in s.ledger.recipients(record.id)] == [address(n) for n in range(1, 7)]
    assert numbers(claimed(s, record)) == [5, 6]


def test_a_split_divides_those_who_are_still_to_be_sent(s: Store) -> None:
    record = audience(s, 4, batch_size=4)
    for number in (1, 2):
        s.people.remove(address(number), NOW)
    settle(s, record, claimed(s, record), Refused("bad address"))
    assert [numbers(claimed(s, record)), numbers(claimed(s, record))] == [[3], [4]]


@pytest.mark.parametrize("theft", ["sent again", "replay", "replay by the same owner", "owner"])
def test_a_late_answer_changes_nothing_once_the_batch_was_taken_away(s: Store, place: Place, theft: str) -> None:
    record = audience(s, 2)
    batch = claimed(s, record)
    if theft == "sent again":
        s.ledger.to_doubt(record.id, 1, "the sender died", NOW)
        s.ledger.send_again(record.id, 1, "Olena", NOW)
    elif theft.startswith("replay"):
        s.ledger.to_replay(record.id, 1, NOW)
        claimed(s, record, owner="other" if theft == "replay" else "me")
    before = s.ledger.counts(record.id)
    assert not settle(s, record, batch, accepted(batch), owner="not me" if theft == "owner" else "me", at=LATER)
    assert s.ledger.counts(record.id) == before
    assert before.accepted == 0
    assert execute(place, "select answer from attempt where attempt = 1") == [("2 accepted",)]


def test_every_attempt_keeps_its_answer(s: Store, place: Place) -> None:
    record = audience(s, 1)
    answers = [NotSent("429"), Stopped("401"), InDoubt("reset")]
    for answer in answers:
        settle(s, record, claimed(s, record), answer, at=LATER, next_at=NOW)
    kept = execute(place, "select attempt, answer, ended - started from attempt order by attempt")
    wait_us = 5 * 60 * 1_000_000
    assert kept == [(1, "not sent: 429", wait_us), (2, "stopped: 401", wait_us), (3, "in doubt: reset", wait_us)]


def test_an_answer_is_kept_whatever_it_holds(s: Store) -> None:
    """A provider's JSON may hold characters that a database refuses; the outcome must not be lost over them."""
    record = audience(s, 1)
    odd = Settled((Outcome(1, "accepted", "id\0\ud800", "Прийнято \0"),))
    assert settle(s, record, claimed(s, record), odd)
    assert list(s.ledger.recipients(record.id)) == [(address(1), "accepted", "Прийнято ?")]


def test_a_doubt_is_kept_whatever_it_says(s: Store) -> None:
    record = audience(s, 1)
    assert settle(s, record, claimed(s, record), InDoubt("garbage \0\udcff"))
    assert doubts(s, record) == [(1, 1, "garbage ??", NOW)]


# --- after a crash


def test_orphans_are_the_batches_in_flight(s: Store) -> None:
    record = audience(s, 6)
    first = claimed(s, record)
    claimed(s, record, at=LATER)
    settle(s, record, first, accepted(first))
    assert orphans(s, record) == [(2, 1, LATER, "in flight")]


def test_an_orphan_in_doubt_is_not_sent_again_by_itself(s: Store) -> None:
    record = audience(s, 2)
    claimed(s, record)
    s.ledger.to_doubt(record.id, 1, "the sender died", LATER)
    assert doubts(s, record) == [(1, 2, "the sender died", LATER)]
    assert nothing_left(s, record)


def test_what_is_in_doubt_can_be_asked_for_again_under_its_key(s: Store) -> None:
    record = audience(s, 2)
    first = claimed(s, record)
    settle(s, record, first, InDoubt("500"))
    assert orphans(s, record) == [(1, 1, NOW, "in doubt")]
    s.ledger.to_replay(record.id, 1, LATER)
    assert claimed(s, record, at=LATER) == replace(first, attempt=2, replay_of=NOW)


def test_what_is_in_doubt_in_part_is_asked_for_again_as_a_whole(s: Store) -> None:
    """The rest alone would go out under another key; who is known already keeps the outcome that they have."""
    record = audience(s, 2)
    first = claimed(s, record)
    settle(s, record, first, Settled((Outcome(1, "accepted", "known"),)))
    s.ledger.to_replay(record.id, 1, LATER)
    again = claimed(s, record, at=LATER)
    assert again == replace(first, attempt=2, replay_of=NOW)
    assert settle(s, record, again, accepted(again), at=LATER)
    assert s.ledger.counts(record.id) == Counts(audience=2, accepted=2)


def test_a_replay_is_the_same_batch_whoever_left_since(s: Store) -> None:
    record = audience(s, 3, batch_size=3)
    s.people.remove(address(1), NOW)
    first = claimed(s, record)
    s.people.remove(address(2), NOW)
    s.ledger.to_replay(record.id, 1, LATER)
    again = claimed(s, record, at=LATER)
    assert again == replace(first, attempt=2, replay_of=NOW)
    assert settle(s, record, again, accepted(again))
    assert s.ledger.counts(record.id) == Counts(audience=3, accepted=2, suppressed=1)


def test_a_replay_that_was_not_taken_stays_a_replay(s: Store) -> None:
    """The refusal of the second call says nothing about the first."""
    record = audience(s, 2)
    first = claimed(s, record)
    s.ledger.to_replay(record.id, 1, NOW)
    settle(s, record, claimed(s, record), NotSent("429"), at=LATER)
    s.people.remove(address(1), NOW)
    assert orphans(s, record) == [(1, 2, NOW, "pending")]
    assert claimed(s, record, at=LATER) == replace(first, attempt=3, replay_of=NOW)


def test_a_replay_that_nobody_began_is_asked_about_again(s: Store) -> None:
    """A provider forgets its keys in time, so that a replay may not wait for ever."""
    record = audience(s, 2)
    claimed(s, record)
    s.ledger.to_replay(record.id, 1, LATER)
    assert orphans(s, record) == [(1, 1, NOW, "pending")]
    s.ledger.to_doubt(record.id, 1, "too old to repeat", LATER)
    assert doubts(s, record) == [(1, 2, "too old to repeat", LATER)]


def test_a_replay_that_is_refused_is_in_doubt_and_not_split(s: Store) -> None:
    record = audience(s, 2)
    claimed(s, record)
    s.ledger.to_replay(record.id, 1, NOW)
    settle(s, record, claimed(s, record), Refused("bad address"))
    why = "sent before, and refused when sent again: bad address"
    assert doubts(s, record) == [(1, 2, why, NOW)]


@pytest.mark.parametrize("state", ["pending", "done", "in doubt", "missing"])
def test_only_an_orphan_can_be_settled_as_one(s: Store, state: str) -> None:
    record = audience(s, 2)
    if state in ("done", "in doubt"):
        batch = claimed(s, record)
        settle(s, record, batch, accepted(batch) if state == "done" else InDoubt("reset"))
    seq = 9 if state == "missing" else 1
    before = states(s, record)
    with pytest.raises(DigestError, match=f"batch {seq} is neither in flight nor to be replayed"):
        s.ledger.to_doubt(record.id, seq, "the sender died", NOW)
    if state != "in doubt":
        with pytest.raises(DigestError, match=f"batch {seq} is neither in flight nor to be replayed"):
            s.ledger.to_replay(record.id, seq, NOW)
    assert states(s, record) == before


# --- counting


def test_counts_add_up_to_the_audience_in_every_state(s: Store) -> None:
    record = audience(s, 12)
    s.people.remove(address(1), NOW)
    batches = [claimed(s, record) for _ in range(5)]
    answers = [accepted(batches[0]), Settled((Outcome(3, "rejected"),)), InDoubt("reset"), NotSent("429")]
    for batch, answer in zip(batches, answers, strict=False):
        settle(s, record, batch, answer)
    counts = s.ledger.counts(record.id)
    assert counts == Counts(audience=12, pending=4, in_flight=2, accepted=1, rejected=1, suppressed=1, in_doubt=3)
    listed = [
        "suppressed",
        "accepted",
        "rejected",
        "in doubt",
        "in doubt",
        "in doubt",
        "pending",
        "pending",
        "in flight",
        "in flight",
        "pending",
        "pending",
    ]
    assert states(s, record) == listed


def test_a_delivery_that_nothing_accounts_for_is_in_doubt(s: Store, place: Place) -> None:
    record = audience(s, 2)
    batch = claimed(s, record)
    settle(s, record, batch, accepted(batch))
    execute(place, "delete from outcome where number = 2")
    assert s.ledger.counts(record.id) == Counts(audience=2, accepted=1, in_doubt=1)
