"""The steps between a doubt and its end, through a real provider on loopback."""

from datetime import timedelta

import pytest

from digest import send
from digest.errors import AttentionNeeded, DigestError
from digest.models import Counts
from digest.send import ladder
from digest.send.providers import resend
from tests.fakes import Fault, MailgunFake
from tests.send.providers import contract
from tests.send.scene import KEY, NOW, fast_clock, frozen, plan

HOUR = timedelta(hours=1)


@pytest.fixture
def fake():
    with MailgunFake() as mailgun:
        yield mailgun


@pytest.fixture
def provider(fake):
    with contract.over(fake) as opened:
        yield opened


def doubtful(store, provider, fake, *, taken):
    """An issue for 30, of whom ten are in doubt: handed over at NOW."""
    record = frozen(store, 30, 10)
    fake.faults.extend([None, Fault(500, {"message": "broken"}, taken=taken)])
    assert send.issue(record, store.ledger, provider, plan()).in_doubt == 10
    return record


@pytest.mark.parametrize("policy", ["hold", "ask"])
def test_what_the_provider_took_is_accepted_by_its_own_word(store, provider, fake, policy):
    record = doubtful(store, provider, fake, taken=True)

    counts = send.issue(record, store.ledger, provider, plan(clock=lambda: NOW + HOUR, in_doubt=policy))

    assert counts == Counts(audience=30, accepted=30)
    assert len(set(fake.addresses)) == len(fake.addresses) == 30


def test_what_a_dead_sender_left_is_in_doubt_once_the_issue_was_cancelled(store):
    record = frozen(store, 4, 4)
    store.ledger.claim(record.id, issue_key=KEY, owner="dead", at=NOW)
    store.ledger.cancel(record.id, "Olena", "", NOW)

    ladder.take_up(record, store.ledger, resend.CAPABILITIES, NOW + HOUR)

    assert store.ledger.counts(record.id) == Counts(audience=4, in_doubt=4)


def test_what_the_provider_did_not_take_waits_for_a_person(store, provider, fake):
    record = doubtful(store, provider, fake, taken=False)

    counts = send.issue(record, store.ledger, provider, plan(clock=lambda: NOW + HOUR))

    assert (counts, len(fake.addresses)) == (Counts(audience=30, accepted=20, in_doubt=10), 20)
    (doubt,) = store.ledger.in_doubt(record.id)
    assert (doubt.asked_at, doubt.told) == (NOW + HOUR, "it knows 0 of 10, and has not taken the others")
    assert doubt.ask_at is not None
    assert doubt.ask_at > NOW + HOUR


def test_what_the_provider_did_not_take_is_sent_where_the_settings_say_so(store, provider, fake):
    record = doubtful(store, provider, fake, taken=False)

    counts = send.issue(record, store.ledger, provider, plan(clock=lambda: NOW + HOUR, in_doubt="ask"))

    assert counts == Counts(audience=30, accepted=30)
    assert len(set(fake.addresses)) == len(fake.addresses) == 30


@pytest.mark.parametrize("at", [NOW + timedelta(minutes=39), NOW - HOUR], ids=["too early", "the clock was set back"])
def test_nobody_is_asked_before_the_answer_can_be_believed(store, provider, fake, at):
    record = doubtful(store, provider, fake, taken=False)
    calls = len(fake.calls)

    counts = send.issue(record, store.ledger, provider, plan(clock=lambda: at, in_doubt="ask"))

    assert (counts.in_doubt, len(fake.calls)) == (10, calls)


@pytest.mark.parametrize(
    "fault",
    [Fault(500, {}), Fault(401, "Forbidden"), Fault(200, "<html>"), Fault(200, ending="reset")],
    ids=["500", "401", "garbage", "reset"],
)
def test_a_provider_that_does_not_say_leaves_the_doubt(store, provider, fake, fault):
    record = doubtful(store, provider, fake, taken=False)
    fake.faults.append(fault)

    counts = send.issue(record, store.ledger, provider, plan(clock=lambda: NOW + HOUR, in_doubt="ask"))

    assert counts == Counts(audience=30, accepted=20, in_doubt=10)


def test_who_has_it_in_part_keeps_it_and_only_the_others_are_sent(store, provider, fake):
    record = doubtful(store, provider, fake, taken=True)
    missing = fake.accepted[10:14]
    del fake.accepted[10:14]

    counts = send.issue(record, store.ledger, provider, plan(clock=lambda: NOW + HOUR, in_doubt="ask"))

    assert counts == Counts(audience=30, accepted=30)
    assert fake.addresses[-4:] == [email.address for email in missing]
    assert len(set(fake.addresses)) == len(fake.addresses) == 30


def test_a_paused_issue_is_not_begun_and_says_why(store, provider, fake):
    record = frozen(store, 30, 10)
    store.ledger.pause(record.id, "Olena", "a typo", NOW)

    with pytest.raises(AttentionNeeded, match=r"paused by Olena at 2026-11-20 14:00 UTC: a typo\n  0 of 30 were"):
        send.issue(record, store.ledger, provider, plan())

    assert fake.calls == []


def test_a_retry_after_of_a_year_stops_with_a_sentence(store, provider, fake):
    record = frozen(store, 30, 10)
    fake.faults.append(Fault(429, {"message": "slow down"}, {"Retry-After": "31536000"}))

    with pytest.raises(DigestError, match="the provider asks for a pause of 365 days; run again then: 429"):
        send.issue(record, store.ledger, provider, plan())

    assert store.ledger.counts(record.id) == Counts(audience=30, pending=30)
    assert store.ledger.movement(record.id, NOW).ended.startswith("the provider asks for a pause of 365 days")


def test_a_used_up_limit_ends_the_run_and_loses_nobody(store, provider, fake):
    """The provider's own headers allow nothing more before tomorrow."""
    record, pace = frozen(store, 30, 10), send.Pace()
    pace.hear({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "86400"})

    with pytest.raises(DigestError, match=r"the provider's limit is used up for 2\d hours"):
        send.issue(record, store.ledger, provider, plan(pace=pace))

    assert store.ledger.counts(record.id) == Counts(audience=30, pending=30)


def test_credentials_that_die_in_the_middle_keep_the_rest(store, provider, fake):
    record = frozen(store, 30, 10)
    fake.faults.extend([None, Fault(401, "Forbidden")])

    with pytest.raises(DigestError, match="10 of 30 were accepted, 20 are still to be sent"):
        send.issue(record, store.ledger, provider, plan())

    assert send.issue(record, store.ledger, provider, plan()) == Counts(audience=30, accepted=30)


def test_a_call_that_would_be_too_large_is_cut_before_it_leaves(store, fake):
    record = frozen(store, 8, 8)
    with contract.over(fake) as provider:
        provider.capabilities = ladder.Capabilities(largest_batch=8, largest_bytes=6_000, body="shared")
        counts = send.issue(record, store.ledger, provider, plan(clock=fast_clock(1000)))

    assert counts == Counts(audience=8, accepted=8)
    assert len(fake.calls) > 1
    assert all(len(call.body) <= 6_000 for call in fake.calls)
