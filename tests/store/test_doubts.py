"""What is learned of a batch past an answer, and what a person decides on an issue that goes out."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from digest.errors import DigestError
from digest.models import OUTBOX, Counts, InDoubt, NotSent, Outcome, Refused, Settled, Subscriber
from digest.store.doubts import Doubt, Learned
from digest.store.halts import Halt
from digest.store.ledger import Guard
from digest.store.opened import Store
from tests.builders import END as NOW
from tests.builders import SLOT
from tests.store.conftest import Place, execute
from tests.store.test_ledger import LATER, LINK, accepted, address, audience, claimed, nothing_left, settle, states

ASKED = Learned("the provider was asked", LATER, "it knows 1 of 3", LATER + timedelta(hours=1))


def in_doubt(s: Store, size: int = 3):
    """An issue with one batch, in doubt, and that batch."""
    record = audience(s, size, batch_size=size)
    batch = claimed(s, record)
    settle(s, record, batch, InDoubt("reset"), next_at=LATER)
    return record, batch


def test_a_doubt_tells_when_the_provider_can_be_asked_and_what_it_said(s: Store) -> None:
    record, batch = in_doubt(s)
    told = Doubt(1, 3, "reset", NOW, NOW, LATER, None, "", batch.key)
    assert s.ledger.in_doubt(record.id) == (told,)
    assert s.ledger.learn(record.id, 1, [Outcome(2, "accepted", "id-2")], ASKED) == 2
    said = replace(told, size=2, ask_at=ASKED.ask_at, asked_at=LATER, told=ASKED.told)
    assert s.ledger.in_doubt(record.id) == (said,)
    assert s.ledger.counts(record.id) == Counts(audience=3, accepted=1, in_doubt=2)


def test_the_providers_word_settles_whom_it_names_and_nobody_else(s: Store, place: Place) -> None:
    record, _ = in_doubt(s)
    word = [Outcome(1, "accepted", "a"), Outcome(9, "accepted", "b"), Outcome(3, "rejected", reason="no mailbox")]
    assert s.ledger.learn(record.id, 1, word, ASKED) == 1
    assert s.ledger.learn(record.id, 1, [Outcome(1, "rejected"), Outcome(2, "accepted")], ASKED) == 0
    assert states(s, record) == ["accepted", "accepted", "rejected"]
    assert (s.ledger.in_doubt(record.id), s.ledger.counts(record.id).finished) == ((), True)
    how = "select number, key, how from learned order by number"
    assert [number for number, _, _ in execute(place, how)] == [1, 2, 3]


def test_what_is_asked_about_is_the_batch_as_it_went_out(s: Store) -> None:
    record, batch = in_doubt(s)
    s.people.remove(address(3), NOW)
    s.ledger.learn(record.id, 1, [Outcome(2, "accepted")], ASKED)
    assert s.ledger.doubted(record.id, 1, record.key) == batch


def test_a_batch_from_before_keys_were_kept_is_neither_asked_about_nor_repeated(s: Store, place: Place) -> None:
    record, _ = in_doubt(s)
    execute(place, "update batch set key = null")
    with pytest.raises(DigestError, match="before its key was kept"):
        s.ledger.doubted(record.id, 1, record.key)
    with pytest.raises(DigestError, match="neither in flight nor to be replayed"):
        s.ledger.to_replay(record.id, 1, LATER)


def test_a_late_answer_settles_the_doubt_about_its_own_attempt(s: Store) -> None:
    record = audience(s, 2)
    batch = claimed(s, record)
    s.ledger.to_doubt(record.id, 1, "the sender died", NOW)
    s.ledger.heard(record.key, 1, "by-webhook", NOW)
    assert settle(s, record, batch, accepted(batch), at=LATER)
    assert s.ledger.counts(record.id) == Counts(audience=2, accepted=2)


def test_the_same_settling_again_says_that_it_is_done(s: Store) -> None:
    """A database that broke off after the commit is asked again: that is no theft."""
    record = audience(s, 2)
    batch = claimed(s, record)
    assert [settle(s, record, batch, accepted(batch)) for _ in range(2)] == [True, True]
    assert not settle(s, record, batch, NotSent("429"))
    assert s.ledger.counts(record.id) == Counts(audience=2, accepted=2)


def test_a_claim_whose_answer_was_lost_is_found_by_its_owner(s: Store) -> None:
    record = audience(s, 4)
    assert s.ledger.claimed(record.id, issue_key=record.key, owner="me") is None
    batch = claimed(s, record)
    assert s.ledger.claimed(record.id, issue_key=record.key, owner="me") == batch
    assert s.ledger.claimed(record.id, issue_key=record.key, owner="other") is None


# --- webhooks


@pytest.mark.parametrize("state", ["in doubt", "in flight"])
def test_a_webhook_settles_a_delivery_that_is_not_settled(s: Store, state: str) -> None:
    record = audience(s, 2)
    batch = claimed(s, record)
    if state == "in doubt":
        settle(s, record, batch, InDoubt("reset"))
    assert [s.ledger.heard(record.key, n, f"id-{n}", LATER) for n in (2, 2, 1)] == [True, False, True]
    assert states(s, record) == ["accepted", "accepted"]
    if state == "in flight":
        assert settle(s, record, batch, accepted(batch), at=LATER)
    assert s.ledger.counts(record.id).finished


def test_a_sender_that_died_after_all_was_reported_leaves_no_doubt(s: Store) -> None:
    record = audience(s, 1)
    claimed(s, record)
    s.ledger.heard(record.key, 1, "id", NOW)
    s.ledger.to_doubt(record.id, 1, "the sender died", LATER)
    assert (s.ledger.in_doubt(record.id), s.ledger.counts(record.id).finished) == ((), True)


@pytest.mark.parametrize("number", [0, 1, 3, 99])
def test_a_webhook_about_anything_else_changes_nothing(s: Store, number: int) -> None:
    record = audience(s, 4)
    batch = claimed(s, record)
    settle(s, record, batch, accepted(batch))
    before = s.ledger.counts(record.id)
    assert not s.ledger.heard(record.key, number, "id", LATER)
    assert not s.ledger.heard("weekly-2026-W99", 1, "id", LATER)
    assert s.ledger.counts(record.id) == before


def test_a_replay_holds_those_whom_a_webhook_settled_since(s: Store) -> None:
    record, batch = in_doubt(s)
    s.ledger.heard(record.key, 2, "id-2", LATER)
    s.ledger.to_replay(record.id, 1, LATER)
    again = claimed(s, record, at=LATER)
    assert again == replace(batch, attempt=2, replay_of=NOW)
    assert settle(s, record, again, accepted(again), at=LATER)
    assert s.ledger.counts(record.id) == Counts(audience=3, accepted=3)


# --- a person's word


def test_who_is_assumed_to_have_it_is_settled_in_that_persons_name(s: Store) -> None:
    record, _ = in_doubt(s)
    s.ledger.heard(record.key, 1, "id-1", NOW)
    assert s.ledger.assume_sent(record.id, 1, "Olena", LATER) == 2
    assert list(s.ledger.recipients(record.id))[1] == (address(2), "accepted", "assumed by Olena")
    assert s.ledger.counts(record.id).finished


def test_what_is_sent_again_is_a_new_attempt_for_those_who_are_left(s: Store) -> None:
    record, batch = in_doubt(s)
    s.ledger.heard(record.key, 1, "id-1", NOW)
    s.people.remove(address(3), NOW)
    assert s.ledger.send_again(record.id, 1, "Olena", LATER) == 2
    again = claimed(s, record, at=LATER)
    assert ([d.number for d in again.deliveries], again.replay, again.attempt) == ([2], False, 2)
    assert again.key != batch.key


@pytest.mark.parametrize("what", ["assume_sent", "send_again", "learn"])
def test_only_what_is_in_doubt_can_be_resolved(s: Store, what: str) -> None:
    record = audience(s, 2)
    work = {
        "assume_sent": lambda: s.ledger.assume_sent(record.id, 1, "Olena", NOW),
        "send_again": lambda: s.ledger.send_again(record.id, 1, "Olena", NOW),
        "learn": lambda: s.ledger.learn(record.id, 1, (), ASKED),
    }
    with pytest.raises(DigestError, match="batch 1 is not in doubt"):
        work[what]()
    assert s.ledger.counts(record.id) == Counts(audience=2, pending=2)


# --- pause, resume, cancel


def test_a_paused_issue_is_not_claimed_until_it_is_resumed(s: Store, place: Place) -> None:
    record = audience(s, 4)
    s.ledger.pause(record.id, "Olena", "a typo in the lead", NOW)
    assert s.ledger.halt(record.id) == Halt("paused", "Olena", NOW, "a typo in the lead")
    with place.open() as another:
        assert nothing_left(another, record)
    s.ledger.resume(record.id, "Petro", LATER)
    assert (s.ledger.halt(record.id), nothing_left(s, record)) == (None, False)
    assert [(d.what, d.by) for d in s.issues.decisions(record.id)] == [("paused", "Olena"), ("resumed", "Petro")]


def test_what_is_not_paused_cannot_be_resumed(s: Store) -> None:
    record = audience(s, 1)
    with pytest.raises(DigestError, match="it is not paused"):
        s.ledger.resume(record.id, "Olena", NOW)


def test_a_cancelled_issue_never_goes_out_and_keeps_what_became_of_it(s: Store) -> None:
    record = audience(s, 8)
    batches = [claimed(s, record) for _ in range(3)]
    settle(s, record, batches[0], accepted(batches[0]))
    settle(s, record, batches[1], InDoubt("reset"))
    s.ledger.cancel(record.id, "Olena", "wrong edition", LATER)
    settle(s, record, batches[2], NotSent("429"))
    expected = Counts(audience=8, accepted=2, in_doubt=2, cancelled=4)
    assert (s.ledger.counts(record.id), nothing_left(s, record)) == (expected, True)
    for again in (
        lambda: s.ledger.resume(record.id, "Olena", LATER),
        lambda: s.ledger.pause(record.id, "Olena", "", LATER),
        lambda: s.ledger.cancel(record.id, "Olena", "", LATER),
        lambda: s.ledger.send_again(record.id, 2, "Olena", LATER),
    ):
        with pytest.raises(DigestError, match="it was cancelled by Olena"):
            again()
    assert s.ledger.assume_sent(record.id, 2, "Olena", LATER) == 2
    assert s.ledger.counts(record.id) == Counts(audience=8, accepted=4, cancelled=4)


def test_a_batch_that_is_split_after_the_cancellation_stays_cancelled(s: Store) -> None:
    record = audience(s, 4, batch_size=4)
    batch = claimed(s, record)
    s.ledger.cancel(record.id, "Olena", "", NOW)
    settle(s, record, batch, Refused("bad address"))
    assert s.ledger.counts(record.id) == Counts(audience=4, cancelled=4)


def test_a_replay_that_was_cancelled_is_in_doubt(s: Store) -> None:
    """It may have been taken the first time."""
    record, _ = in_doubt(s)
    s.ledger.to_replay(record.id, 1, NOW)
    s.ledger.cancel(record.id, "Olena", "", LATER)
    assert [(d.size, d.reason, d.since) for d in s.ledger.in_doubt(record.id)] == [(3, "cancelled by Olena", LATER)]


def test_what_a_dead_sender_left_of_a_cancelled_issue_is_not_asked_for_again(s: Store) -> None:
    record = audience(s, 3, batch_size=3)
    claimed(s, record)
    s.ledger.cancel(record.id, "Olena", "", LATER)
    assert not s.ledger.to_replay(record.id, 1, LATER)
    assert s.ledger.counts(record.id) == Counts(audience=3, in_flight=3)


def test_a_replay_under_way_that_is_not_taken_after_the_cancellation_is_in_doubt(s: Store) -> None:
    record, _ = in_doubt(s)
    s.ledger.to_replay(record.id, 1, NOW)
    again = claimed(s, record)
    s.ledger.cancel(record.id, "Olena", "", LATER)
    assert settle(s, record, again, NotSent("429"), at=LATER)
    assert s.ledger.counts(record.id) == Counts(audience=3, in_doubt=3)


def test_a_held_issue_is_not_claimed_until_it_is_approved(s: Store) -> None:
    record = audience(s, 2)
    s.issues.hold(record.id, "a doubt", NOW, by="Olena")
    assert (s.ledger.halt(record.id), nothing_left(s, record)) == (Halt("held", "Olena", NOW, "a doubt"), True)


# --- the audience


def test_whom_the_provider_cannot_reach_is_rejected_before_any_call(s: Store) -> None:
    s.people.add([Subscriber(a) for a in ("ann@readers.org", "олена@readers.org", "bob@readers.org")], "weekly", NOW)
    record = s.issues.begin("weekly", SLOT, "weekly-2026-W47", NOW)
    guard = Guard(refuses=lambda a: "" if a.isascii() else "no such letters")
    of = {"provider": "resend", "batch_size": 9, "unsubscribe_url": LINK, "at": NOW, "guard": guard}
    assert s.ledger.freeze_audience(record.id, **of) == 3
    assert [d.address for d in claimed(s, record).deliveries] == ["ann@readers.org", "bob@readers.org"]
    assert list(s.ledger.recipients(record.id))[1] == ("олена@readers.org", "rejected", "no such letters")


def test_an_audience_that_is_judged_badly_is_not_frozen(s: Store) -> None:
    told = []

    def judge(size, before):
        told.append((size, before))
        if before:
            raise DigestError("too many")

    def freeze(week, provider="resend", people=2):
        s.people.add([Subscriber(address(n)) for n in range(people)], "weekly", NOW)
        slot = replace(SLOT, period=f"2026-W{week}", due=SLOT.due + timedelta(weeks=week))
        record = s.issues.begin("weekly", slot, f"weekly-2026-W{week}", NOW)
        of = {"batch_size": 9, "unsubscribe_url": LINK, "at": NOW, "guard": Guard(judge=judge)}
        s.ledger.freeze_audience(record.id, provider=provider, **of)
        return record

    freeze(45, OUTBOX)
    freeze(46)
    with pytest.raises(DigestError, match="too many"):
        freeze(47, people=5)
    record = s.issues.get("weekly-2026-W47")
    assert told == [(2, None), (2, None), (5, ("weekly-2026-W46", 2))]
    assert (s.ledger.counts(record.id), nothing_left(s, record)) == (Counts(), True)


def test_an_answer_in_part_can_be_completed_by_the_provider(s: Store) -> None:
    record = audience(s, 3, batch_size=3)
    settle(s, record, claimed(s, record), Settled((Outcome(2, "accepted", "id-2"),)), next_at=LATER)
    assert s.ledger.learn(record.id, 1, [Outcome(n, "accepted") for n in (1, 2, 3)], ASKED) == 0
    assert s.ledger.counts(record.id) == Counts(audience=3, accepted=3)
