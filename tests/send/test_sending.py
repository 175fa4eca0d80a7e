import socket
import threading
import time
from datetime import timedelta

import pytest

from digest import send
from digest.errors import DigestError
from digest.models import Counts, NotSent, Outcome, Settled, Stopped, Subscriber
from digest.send import sending
from digest.send.http import OverHttp
from digest.send.providers.outbox import Outbox
from tests.fakes import TOKEN, Fault
from tests.send.scene import LETTER, NOW, fast_clock, frozen, mailgun_api, plan, resend_api

EVERYONE = [f"reader{n}@readers.org" for n in range(1, 31)]


@pytest.fixture
def through_resend(resend):
    with OverHttp(resend_api(resend.url, TOKEN), answer_s=10) as provider:
        yield provider


@pytest.fixture
def through_mailgun(mailgun):
    with OverHttp(mailgun_api(mailgun.url, TOKEN), answer_s=10) as provider:
        yield provider


@pytest.fixture
def impatient_resend(resend):
    with OverHttp(resend_api(resend.url, TOKEN), answer_s=0.5) as provider:
        yield provider


@pytest.fixture
def impatient_mailgun(mailgun):
    with OverHttp(mailgun_api(mailgun.url, TOKEN), answer_s=0.5) as provider:
        yield provider


class Around:
    """A provider with something that happens before or instead of its calls."""

    def __init__(self, inner, before):
        self.capabilities = inner.capabilities
        self._inner = inner
        self._before = before

    def deliver(self, batch):
        return self._before(batch) or self._inner.deliver(batch)


@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize("name", ["resend", "mailgun"])
def test_everyone_gets_it_once(store, request, name, workers):
    record = frozen(store, 30, 4)
    provider, fake = request.getfixturevalue(f"through_{name}"), request.getfixturevalue(name)

    counts = send.issue(record, store.ledger, provider, plan(workers=workers))

    assert counts == Counts(audience=30, accepted=30)
    assert sorted(fake.addresses) == sorted(EVERYONE)
    assert len(fake.calls) == 8


def test_each_gets_their_own_link_and_no_others(store, through_mailgun, mailgun):
    record = frozen(store, 30, 10)

    send.issue(record, store.ledger, through_mailgun, plan())

    links = {email.headers["List-Unsubscribe"].split(">")[0].lstrip("<") for email in mailgun.accepted}
    assert len(links) == 30
    for email in mailgun.accepted:
        link = email.headers["List-Unsubscribe"].split(">")[0].lstrip("<")
        assert [other for other in links if other in email.html or other in email.text] == [link]


def test_a_second_run_calls_nobody(store, through_resend, resend):
    record = frozen(store, 30, 10)
    first = send.issue(record, store.ledger, through_resend, plan())

    assert send.issue(record, store.ledger, through_resend, plan()) == first
    assert len(resend.calls) == 3


def test_the_last_progress_is_the_result(store, through_resend):
    record, seen = frozen(store, 30, 10), []

    counts = send.issue(record, store.ledger, through_resend, plan(on_progress=seen.append))

    assert seen[-1] == counts


def test_progress_is_told_while_it_goes_on(store, through_resend, resend):
    record, seen = frozen(store, 30, 10), []
    resend.latency_s = 0.2

    send.issue(record, store.ledger, through_resend, plan(on_progress=seen.append))

    assert 10 in [counts.in_flight for counts in seen]


def test_a_rate_limit_is_waited_for_by_all_and_loses_nobody(store, through_resend, resend):
    record, clock, called = frozen(store, 30, 10), fast_clock(), []
    resend.faults.append(Fault(429, {"name": "rate_limit_exceeded"}, {"retry-after": "20"}))
    timed = Around(through_resend, lambda _: called.append(clock()))

    counts = send.issue(record, store.ledger, timed, plan(clock=clock))

    assert counts == Counts(audience=30, accepted=30)
    assert len(called) == 4
    assert called[1] - called[0] >= timedelta(seconds=20)


def test_a_provider_that_names_a_long_wait_ends_the_run(store, through_resend, resend):
    record = frozen(store, 30, 10)
    resend.faults.append(Fault(429, {"name": "rate_limit_exceeded"}, {"retry-after": "3600"}))

    with pytest.raises(
        DigestError, match="the provider asks for a pause of 1 hour; run again then: 429 rate_limit_exceeded"
    ):
        send.issue(record, store.ledger, through_resend, plan())

    assert store.ledger.counts(record.id) == Counts(audience=30, pending=30)


@pytest.mark.parametrize("ending", ["answer", "reset", "hang", "cut"])
@pytest.mark.parametrize("taken", [True, False], ids=["taken", "not-taken"])
def test_without_replay_a_lost_answer_stays_in_doubt_and_is_never_sent_again(
    store, impatient_mailgun, mailgun, ending, taken
):
    record = frozen(store, 30, 10)
    mailgun.faults.extend([None, Fault(500, {}, ending=ending, taken=taken)])

    counts = send.issue(record, store.ledger, impatient_mailgun, plan())
    again = send.issue(record, store.ledger, impatient_mailgun, plan())

    assert counts == again == Counts(audience=30, accepted=20, in_doubt=10)
    assert len(mailgun.calls) == 3


@pytest.mark.parametrize("ending", ["answer", "reset", "hang", "cut"])
@pytest.mark.parametrize("taken", [True, False], ids=["taken", "not-taken"])
def test_with_replay_a_lost_answer_is_asked_for_again(store, impatient_resend, resend, ending, taken):
    record = frozen(store, 30, 10)
    resend.faults.extend([None, Fault(500, {}, ending=ending, taken=taken)])

    counts = send.issue(record, store.ledger, impatient_resend, plan())

    assert counts == Counts(audience=30, accepted=30)
    assert sorted(resend.addresses) == sorted(EVERYONE)


@pytest.mark.parametrize("status", [429, 401, 422])
def test_a_replay_that_is_not_let_in_says_nothing_of_the_first_call(store, through_resend, resend, status):
    record = frozen(store, 10, 10)
    resend.faults.extend([Fault(500, {}, taken=True), Fault(status, {}), Fault(status, {})])

    counts = send.issue(record, store.ledger, through_resend, plan())

    assert counts == Counts(audience=10, in_doubt=10)
    assert len(resend.calls) == 3


def test_what_a_provider_in_trouble_left_in_doubt_is_settled_by_the_next_run(store, through_resend, resend):
    record = frozen(store, 30, 10)
    resend.faults.extend([Fault(500, {}, taken=True)] * 9)
    clock = fast_clock()
    with pytest.raises(DigestError, match="3 batches in a row"):
        send.issue(record, store.ledger, through_resend, plan(clock=clock))
    assert store.ledger.counts(record.id).in_doubt == 30

    resend.faults.clear()
    counts = send.issue(record, store.ledger, through_resend, plan(clock=clock))

    assert counts == Counts(audience=30, accepted=30)
    assert sorted(resend.addresses) == sorted(set(resend.addresses))


def test_doubts_in_a_row_end_the_run_before_they_reach_everyone(store, through_mailgun, mailgun):
    record = frozen(store, 30, 5)
    mailgun.faults.extend([Fault(500, {})] * 6)

    with pytest.raises(DigestError, match="3 batches in a row may have been taken or not: 500"):
        send.issue(record, store.ledger, through_mailgun, plan())

    assert store.ledger.counts(record.id) == Counts(audience=30, pending=15, in_doubt=15)


def test_a_wrong_token_stops_the_run_and_nothing_is_lost(store, resend, through_resend):
    record = frozen(store, 30, 10)
    with (
        OverHttp(resend_api(resend.url, "wrong")) as provider,
        pytest.raises(DigestError) as caught,
    ):
        send.issue(record, store.ledger, provider, plan(workers=3))

    assert str(caught.value) == (
        "weekly-2026-W47: 401 restricted_api_key: restricted_api_key\n"
        "  0 of 30 were accepted, 30 are still to be sent\n"
        "  mend the cause and run again: nobody gets it twice"
    )
    assert send.issue(record, store.ledger, through_resend, plan()) == Counts(audience=30, accepted=30)


def test_one_bad_address_costs_nobody_else_the_email(store, through_mailgun, mailgun):
    record = frozen(store, 30, 30)
    mailgun.bad_addresses.add("reader7@readers.org")

    counts = send.issue(record, store.ledger, through_mailgun, plan(workers=2))

    assert counts == Counts(audience=30, accepted=29, rejected=1)
    assert sorted(mailgun.addresses) == sorted(set(EVERYONE) - {"reader7@readers.org"})


def test_a_provider_that_refuses_everyone_does_not_use_up_the_audience(store, through_mailgun, mailgun):
    record = frozen(store, 30, 1)
    mailgun.bad_addresses.update(EVERYONE)

    with pytest.raises(DigestError, match="5 recipients were refused and none accepted: 400 to parameter"):
        send.issue(record, store.ledger, through_mailgun, plan())

    assert store.ledger.counts(record.id) == Counts(audience=30, pending=26, rejected=4)


def test_an_unreachable_provider_is_given_up_and_everyone_is_kept(store):
    record = frozen(store, 30, 10)
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        with (
            OverHttp(mailgun_api(f"http://127.0.0.1:{unheard.getsockname()[1]}", TOKEN)) as provider,
            pytest.raises(DigestError, match="gave up after 6 tries: no answer: ConnectError"),
        ):
            send.issue(record, store.ledger, provider, plan(clock=fast_clock(1000)))

    assert store.ledger.counts(record.id) == Counts(audience=30, pending=30)


def test_a_limit_that_lets_others_through_is_never_given_up(store, through_resend, resend):
    """The first batch is told to wait after every call of the other thread: nine times, more than TRIES."""
    record, another = frozen(store, 30, 3), threading.Event()

    def busy(batch):
        if batch.seq != 1:
            another.set()
        elif len(resend.calls) < 9:
            another.wait(5)
            another.clear()
            return NotSent("busy", 1.0)
        return None

    counts = send.issue(record, store.ledger, Around(through_resend, busy), plan(workers=2))

    assert counts == Counts(audience=30, accepted=30)


def test_a_stop_finishes_what_is_in_flight_and_keeps_the_rest(store, through_resend, resend):
    record, stop = frozen(store, 30, 10), threading.Event()
    stopping = Around(through_resend, lambda _: stop.set())

    counts = send.issue(record, store.ledger, stopping, plan(stop=stop))

    assert counts == Counts(audience=30, pending=20, accepted=10)
    assert len(resend.calls) == 1


@pytest.mark.parametrize(("others", "calls"), [(NotSent("throttled"), 4), (Stopped("out of credits"), 1)])
def test_a_part_that_was_not_taken_is_sent_alone(store, through_resend, resend, others, calls):
    record, told = frozen(store, 30, 10), []

    def partly(batch):
        told.append(batch)
        return Settled((Outcome(1, "accepted"),), others) if len(told) == 1 else None

    if calls == 1:
        with pytest.raises(DigestError, match="out of credits"):
            send.issue(record, store.ledger, Around(through_resend, partly), plan())
    else:
        send.issue(record, store.ledger, Around(through_resend, partly), plan())

    assert sorted(resend.addresses) == ([] if calls == 1 else sorted(set(EVERYONE) - {"reader1@readers.org"}))
    assert store.ledger.counts(record.id).accepted == (1 if calls == 1 else 30)
    assert len(told) == calls


def test_a_failing_thread_ends_all_and_says_why(store, through_resend):
    record = frozen(store, 30, 1)

    def explode(batch):
        if batch.seq == 2:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        send.issue(record, store.ledger, Around(through_resend, explode), plan(workers=2))

    counts = store.ledger.counts(record.id)
    assert counts.in_flight == 1
    assert counts.pending > 0


def test_a_failing_screen_ends_all(store, through_resend, resend):
    record = frozen(store, 30, 1)
    resend.latency_s = 0.05

    def broken(_):
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        send.issue(record, store.ledger, through_resend, plan(on_progress=broken))

    assert store.ledger.counts(record.id).pending > 0


def orphaned(store):
    """An issue whose first batch a dead process had in flight."""
    record = frozen(store, 30, 10)
    batch = store.ledger.claim(record.id, issue_key=record.key, owner="dead:1", at=NOW)
    return record, batch


def test_an_orphan_is_replayed_while_the_provider_remembers(store, through_resend, resend):
    record, batch = orphaned(store)
    through_resend.deliver(batch)

    counts = send.issue(record, store.ledger, through_resend, plan())

    assert counts == Counts(audience=30, accepted=30)
    assert sorted(resend.addresses) == sorted(EVERYONE)


def test_a_replay_asks_with_the_same_bytes_although_someone_left(store, through_resend, resend):
    record, batch = orphaned(store)
    through_resend.deliver(batch)
    store.people.remove("reader3@readers.org", NOW)

    counts = send.issue(record, store.ledger, through_resend, plan())

    assert counts == Counts(audience=30, accepted=30)
    assert (resend.calls[0].headers, resend.calls[0].body) == (resend.calls[1].headers, resend.calls[1].body)


def test_an_orphan_older_than_the_providers_memory_is_in_doubt(store, through_resend, resend):
    record, _ = orphaned(store)

    counts = send.issue(record, store.ledger, through_resend, plan(clock=lambda: NOW + timedelta(hours=23)))

    assert counts == Counts(audience=30, accepted=20, in_doubt=10)
    assert len(resend.calls) == 2


def test_an_orphan_is_in_doubt_where_nothing_is_remembered(store, through_mailgun, mailgun):
    record, _ = orphaned(store)

    counts = send.issue(record, store.ledger, through_mailgun, plan())

    assert counts == Counts(audience=30, accepted=20, in_doubt=10)
    assert len(mailgun.calls) == 2


def test_a_replay_that_comes_up_too_late_makes_no_call(store, through_resend, resend):
    record, _ = orphaned(store)
    at_the_start, later = iter([NOW] * 3), fast_clock()

    counts = send.issue(
        record, store.ledger, through_resend, plan(clock=lambda: next(at_the_start, later() + timedelta(hours=25)))
    )

    assert counts == Counts(audience=30, accepted=20, in_doubt=10)
    assert len(resend.calls) == 2


def test_an_orphan_of_the_future_has_an_unknown_age_and_is_in_doubt(store, through_resend, resend):
    record, _ = orphaned(store)
    clock = fast_clock(1000)

    counts = send.issue(record, store.ledger, through_resend, plan(clock=lambda: clock() - timedelta(minutes=5)))

    assert counts == Counts(audience=30, accepted=20, in_doubt=10)
    assert len(resend.calls) == 2


def test_a_wait_from_an_earlier_run_is_not_waited_for_without_end(store, through_resend, resend):
    record = frozen(store, 30, 10)
    resend.faults.append(Fault(429, {}, {"retry-after": "360000"}))
    with pytest.raises(DigestError):
        send.issue(record, store.ledger, through_resend, plan())

    with pytest.raises(DigestError, match="gave up waiting for batches that may not be tried again yet"):
        send.issue(record, store.ledger, through_resend, plan(clock=fast_clock(5000)))

    assert store.ledger.counts(record.id) == Counts(audience=30, accepted=20, pending=10)


def test_sample_readers_get_nothing_through_a_real_provider(store, through_resend, resend):
    store.people.add([Subscriber("sample@readers.example", "A sample", origin="sample")], "weekly", NOW)
    record = frozen(store, 3, 10)

    counts = send.issue(record, store.ledger, through_resend, plan())

    assert counts == Counts(audience=3, accepted=3)
    assert resend.addresses == EVERYONE[:3]


def test_a_pace_spreads_the_emails(store, through_resend):
    """30 emails at 200 a second, the first ten at once: the last batch starts after 0.1 s."""
    record = frozen(store, 30, 10)
    begun = time.monotonic()

    send.issue(record, store.ledger, through_resend, plan(pace=send.Pace(200)))

    assert time.monotonic() - begun >= 0.1


def test_more_outcomes_than_recipients_stop_the_run():
    with pytest.raises(DigestError, match="31 outcomes for 30 recipients"):
        sending.checked(Counts(audience=30, accepted=31))


def test_a_disk_that_cannot_be_written_stops_the_run(store, tmp_path):
    record = frozen(store, 30, 10)
    (tmp_path / "outbox").write_text("a file where the folder should be")

    with pytest.raises(DigestError, match="outbox cannot be written"):
        send.issue(record, store.ledger, Outbox(tmp_path / "outbox", LETTER), plan())

    assert store.ledger.counts(record.id) == Counts(audience=30, pending=30)
