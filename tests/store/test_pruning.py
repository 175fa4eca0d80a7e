"""Old deliveries removed: nobody who asks about an issue can tell how far that is, and newer ones stay."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import asdict

from digest.cli import resolving
from digest.models import Choice, Counts, Event, InDoubt, Outcome, Settled, Subscriber
from digest.pipeline import figures
from digest.store.issues import IssueRecord
from digest.store.ledger import Guard, Learned
from digest.store.opened import Store
from digest.store.people import Leaving
from digest.store.pruning import Old, Step
from tests.builders import END as NOW
from tests.store import scene
from tests.store.conftest import Place, execute

HOUR = timedelta(hours=1)
LONG_AGO = NOW + timedelta(days=1)
"""Every issue of these tests began before."""
TODAY = NOW + timedelta(days=400)
TABLES = ("delivery", "outcome", "learned", "fate", "event", "batch", "attempt")
FATES = ("accepted", "deferred", "delivered", "rejected", "bounced", "unsubscribed", "complained")


def address(record: IssueRecord, number: int) -> str:
    return f"p{number}@{record.newsletter}.example"


def begun(s: Store, size: int, week: int = 0, newsletter: str = "weekly", batch_size: int = 2) -> IssueRecord:
    """An approved issue with an audience."""
    people = [Subscriber(f"p{n}@{newsletter}.example", f"P {n}") for n in range(1, size + 1)]
    s.people.add(people, newsletter, NOW)
    record = scene.frozen(s, week, f"{newsletter} {week}", newsletter=newsletter)
    s.issues.approve(record.id, record.sha256 or "", "Olena", NOW)
    s.ledger.freeze_audience(record.id, provider="mailgun", batch_size=batch_size, unsubscribe_url="", at=NOW)
    return scene.now(s, record)


def handed(s: Store, record: IssueRecord, kinds: Sequence[str]) -> None:
    """Goes through the batches: `kinds` says for each delivery what becomes of it."""
    for number, kind in enumerate(kinds, 1):
        if kind == "suppressed":
            s.people.remove(address(record, number), NOW)
    while batch := s.ledger.claim(record.id, issue_key=record.key, owner="me", at=NOW):
        its = {each.number: kinds[each.number - 1] for each in batch.deliveries}
        said = {"accepted": "accepted", "rejected": "rejected", "learned": "accepted"}
        outcomes = tuple(Outcome(number, said.get(kind, "accepted"), f"id {number}") for number, kind in its.items())
        if "learned" in its.values():
            s.ledger.settle(record.id, batch, InDoubt("reset"), owner="me", at=NOW)
            s.ledger.learn(record.id, batch.seq, outcomes, Learned("asked", NOW))
        else:
            s.ledger.settle(record.id, batch, Settled(outcomes), owner="me", at=NOW)
        if "cancel" in its.values():
            s.ledger.cancel(record.id, "Olena", "a mistake", NOW)


def reported(record: IssueRecord, number: int, kind: str, name: str = "", **more) -> tuple[str, Event]:
    given = {"at": NOW + HOUR, "issue_key": record.key, "number": number, "address": address(record, number)} | more
    return "mailgun", Event(name or f"{kind} {record.key} {number}", kind, **given)


def sent(s: Store, week: int = 0, **of) -> IssueRecord:
    """Five people: two batches settled, one of them by the provider's word; reports of three."""
    record = begun(s, 5, week, **of)
    handed(s, record, ["accepted", "rejected", "learned", "accepted", "suppressed"])
    kinds = {1: "delivered", 3: "bounced", 4: "complained"}
    s.events.record([reported(record, number, kind) for number, kind in kinds.items()], NOW)
    return record


def left(place: Place, record: IssueRecord) -> dict[str, int]:
    """Rows of the issue, by table."""
    return {
        table: execute(place, f"select count(*) from {table} where issue_id = {record.id}")[0][0] for table in TABLES
    }


def answers(s: Store, record: IssueRecord) -> dict[str, object]:
    """Everything that is asked about an issue and its newsletter, but who its recipients were."""
    before: list[tuple[int, tuple[str, int] | None]] = []
    return {
        "counts": s.ledger.counts(record.id),
        "fates": s.events.fates(record.id),
        "figures": figures.of(s, record),
        "last": figures.last(s, record.newsletter, 12),
        "state": resolving.state(record, s),
        "halt": s.ledger.halt(record.id),
        "in doubt": s.ledger.in_doubt(record.id),
        "orphans": s.ledger.orphans(record.id),
        "movement": s.ledger.movement(record.id, TODAY),
        "unserved": s.ledger.unserved(record.id),
        "sending": s.issues.sending(record.id),
        "published": s.issues.published(record.newsletter, 10),
        "page": s.issues.public_page(record.key),
        "readership": s.people.readership(record.newsletter, "the next", NOW - HOUR),
        "claim": s.ledger.claim(record.id, issue_key=record.key, owner="me", at=TODAY),
        "frozen again": s.ledger.freeze_audience(
            record.id, provider="mailgun", batch_size=2, unsubscribe_url="", at=TODAY,
            guard=Guard(judge=lambda size, last: before.append((size, last))),
        ),
        "judged again": before,
    }  # fmt: skip


def pruned(s: Store, emails: int = 2) -> list[Step]:
    """All steps that there are to do."""
    steps = []
    while step := s.pruning.step(LONG_AGO, TODAY, emails):
        steps.append(step)
    return steps


def test_the_figures_are_kept_first_then_the_rows_go_some_at_a_time(s: Store, place: Place) -> None:
    record = sent(s)
    assert s.ledger.counts(record.id) == Counts(5, accepted=3, rejected=1, suppressed=1)
    rows = left(place, record)
    assert rows == dict(zip(TABLES, (5, 5, 2, 3, 3, 3, 2), strict=True))
    assert s.pruning.due(LONG_AGO) == (Old(record.key, NOW, 5, sum(rows.values())),)
    first, *steps = pruned(s)
    assert (first, len(steps)) == (Step(record.key, 0), 3)
    assert sum(step.rows for step in steps) == sum(rows.values())
    assert all(step.rows for step in steps)
    assert left(place, record) == dict.fromkeys(TABLES, 0)
    assert s.pruning.due(LONG_AGO) == ()


def test_no_reader_can_tell_how_far_it_is(s: Store) -> None:
    record = sent(s)
    before = answers(s, record)
    assert before["state"] == "sent"
    while s.pruning.step(LONG_AGO, TODAY, 1):
        assert answers(s, record) == before
    assert answers(s, record) == before


def test_who_got_it_is_not_told_any_longer_not_even_of_those_that_are_left(s: Store) -> None:
    record = sent(s)
    assert len(list(s.ledger.recipients(record.id))) == 5
    assert s.ledger.pruned_at(record.id) is None
    s.pruning.step(LONG_AGO, TODAY)
    assert list(s.ledger.recipients(record.id)) == []
    assert s.ledger.pruned_at(record.id) == TODAY


def test_an_issue_that_is_cancelled_is_finished(s: Store, place: Place) -> None:
    record = begun(s, 6)
    handed(s, record, ["accepted", "cancel", "accepted", "accepted", "accepted", "accepted"])
    before = answers(s, record)
    assert before["counts"] == Counts(6, accepted=2, cancelled=4)
    assert before["state"] == "cancelled"
    while s.pruning.step(LONG_AGO, TODAY, 1):
        assert answers(s, record) == before
    assert left(place, record) == dict.fromkeys(TABLES, 0)


@pytest.mark.parametrize("how", ["pending", "in flight", "in doubt", "unaccounted"])
def test_an_issue_that_is_not_finished_stays_whole(s: Store, place: Place, how: str) -> None:
    """Not even one whose batches are all done, when an outcome is missing: that one is in doubt."""
    record, other = begun(s, 2), sent(s, newsletter="daily")
    batch = None if how == "pending" else s.ledger.claim(record.id, issue_key=record.key, owner="me", at=NOW)
    if batch and how != "in flight":
        taken = Settled((Outcome(1, "accepted"), Outcome(2, "accepted")))
        s.ledger.settle(record.id, batch, InDoubt("reset") if how == "in doubt" else taken, owner="me", at=NOW)
    if how == "unaccounted":
        execute(place, f"delete from outcome where issue_id = {record.id} and number = 2")
    rows = left(place, record)
    assert [old.key for old in s.pruning.due(LONG_AGO)] == [other.key]
    assert {step.key for step in pruned(s)} == {other.key}
    assert left(place, record) == rows
    assert s.ledger.pruned_at(record.id) is None


def test_an_issue_that_began_later_stays_whole(s: Store, place: Place) -> None:
    record = sent(s)
    rows = left(place, record)
    assert s.pruning.due(NOW) == ()
    assert s.pruning.step(NOW, TODAY) is None
    assert left(place, record) == rows


def test_other_issues_keep_all_of_their_rows(s: Store, place: Place) -> None:
    other = sent(s, newsletter="daily")
    s.pruning.step(LONG_AGO, TODAY)
    execute(place, f"update audience set frozen_at = {int(TODAY.timestamp())}000000 where issue_id = {other.id}")
    record = sent(s)
    rows = left(place, other)
    pruned(s)
    assert left(place, record) == dict.fromkeys(TABLES, 0)
    assert left(place, other) == rows


def test_two_at_once_do_the_work_once(s: Store, place: Place) -> None:
    record = sent(s)
    rows = sum(left(place, record).values())
    with place.open() as second:
        done = []
        while (one := s.pruning.step(LONG_AGO, TODAY, 1)) or (two := second.pruning.step(LONG_AGO, TODAY, 2)):
            done.append(one.rows if one else two.rows)
            if step := second.pruning.step(LONG_AGO, TODAY, 2):
                done.append(step.rows)
    assert sum(done) == rows


# --- what comes later


def test_the_newsletters_next_issue_is_judged_by_it_and_goes_to_the_same_people(s: Store) -> None:
    sent(s)
    pruned(s)
    record = scene.frozen(s, 1, "next")
    s.people.add([Subscriber("new@weekly.example")], "weekly", NOW)
    judged: list[tuple[int, tuple[str, int] | None]] = []
    guard = Guard(judge=lambda size, before: judged.append((size, before)))
    of = {"provider": "mailgun", "batch_size": 9, "unsubscribe_url": "", "at": NOW}
    # p4 complained and p5 has left; the bounce of p3 may pass.
    assert s.ledger.freeze_audience(record.id, guard=guard, **of) == 4
    assert judged == [(4, ("weekly-2026-W47", 5))]


def test_who_wants_one_issue_a_month_gets_the_next_months(s: Store) -> None:
    record = sent(s)
    token = s.people.token(address(record, 1))
    assert token
    s.people.choose(token, {"weekly": Choice("monthly")}, ["weekly"], NOW, "a page")
    pruned(s)
    later = scene.frozen(s, 12, "next")  # three months on
    of = {"provider": "mailgun", "batch_size": 9, "unsubscribe_url": "", "at": later.due}
    assert s.ledger.freeze_audience(later.id, **of) == 3


@pytest.mark.parametrize("kept", [1, 0], ids=["in between", "when all is removed"])
def test_reports_that_come_later_count_for_the_person_and_for_no_figure(s: Store, place: Place, kept: int) -> None:
    record = sent(s)
    before = asdict(s.events.fates(record.id))
    s.pruning.step(LONG_AGO, TODAY)
    if not kept:
        pruned(s)
    rows = left(place, record)
    late = [
        reported(record, 1, "complained", address=""),  # nobody's: the number leads to no one any more
        reported(record, 1, "deferred"),
        reported(record, 2, "bounced", permanent=True),
        reported(record, 3, "bounced", "again"),
        reported(record, 4, "delivered"),
    ]
    assert s.events.record(late, TODAY) == 5
    assert [person.state for person in s.people.all()] == [
        "active", "bounced", "active", "complained", "unsubscribed",
    ]  # fmt: skip
    assert asdict(s.events.fates(record.id)) == before
    assert left(place, record) == rows
    assert s.events.record(late, TODAY) == 0


def test_reports_on_no_email_go_when_they_are_as_old_as_an_issue_that_goes(s: Store, place: Place) -> None:
    record = sent(s)
    pruned(s)
    soon = TODAY + timedelta(days=1)
    s.events.record([reported(record, number, "delivered") for number in range(1, 6)], TODAY)
    s.events.record([reported(record, 1, "deferred"), ("mailgun", Event("other mail", "delivered", "", soon))], soon)
    begun(s, 1, 1, newsletter="daily")  # is not finished, and keeps none of them
    assert (s.pruning.strays(TODAY), s.pruning.strays(soon), s.pruning.strays(soon + HOUR)) == (0, 5, 7)
    assert s.pruning.step(TODAY, soon) is None
    steps = [s.pruning.step(soon, soon, 2) for _ in range(4)]
    assert steps == [Step("", 2), Step("", 2), Step("", 1), None]
    assert s.pruning.strays(soon + HOUR) == 2
    assert sorted(execute(place, "select event_id from event where issue_id is null")) == [
        (f"deferred {record.key} 1",), ("other mail",),
    ]  # fmt: skip


def test_reports_on_an_email_stay_as_long_as_it_does(s: Store, place: Place) -> None:
    record = sent(s, newsletter="daily")
    execute(place, f"update audience set frozen_at = {int(TODAY.timestamp())}000000 where issue_id = {record.id}")
    assert s.pruning.strays(TODAY) == 0
    assert s.pruning.step(TODAY, TODAY) is None
    assert left(place, record)["event"] == 3


def test_an_unsubscribe_that_a_provider_reports_later_is_of_that_newsletter_alone(s: Store) -> None:
    record = sent(s)
    s.people.add([Subscriber(address(record, 1))], "daily", NOW)
    pruned(s)
    s.events.record([reported(record, 1, "unsubscribed", at=TODAY)], TODAY)
    assert [s.people.all(key)[0].state for key in ("weekly", "daily")] == ["unsubscribed", "active"]


def test_the_link_in_the_email_works_for_ever(s: Store) -> None:
    record = sent(s)
    token = s.people.token(address(record, 1))
    assert token
    pruned(s)
    assert s.people.by_token(token)
    assert s.people.leave([Leaving(token, ("weekly",), "the link", TODAY)]) == (True,)
    assert s.people.all("weekly")[0].state == "unsubscribed"


@pytest.mark.parametrize("steps", [0, 1, 2, 9])
def test_a_person_is_erased_however_far_it_is(s: Store, place: Place, steps: int) -> None:
    record = sent(s)
    before = s.ledger.counts(record.id)
    for _ in range(steps):
        s.pruning.step(LONG_AGO, TODAY, 1)
    assert s.people.erase(address(record, 5), TODAY)
    assert s.people.by_address(address(record, 5)) is None
    pruned(s)
    assert execute(place, "select count(*) from delivery") == [(0,)]
    assert s.ledger.counts(record.id) == before


def test_a_person_to_whom_an_issue_was_cancelled_is_erased(s: Store) -> None:
    """Nothing of it is on its way any more."""
    record = begun(s, 2)
    s.ledger.cancel(record.id, "Olena", "a mistake", NOW)
    assert s.people.erase(address(record, 1), NOW)
    assert s.ledger.counts(record.id) == Counts(2, cancelled=2)


# --- any issue


KIND = st.sampled_from(("accepted", "accepted", "rejected", "learned", "suppressed", "cancel"))
KINDS = st.lists(KIND, min_size=1, max_size=9)
REPORTS = st.lists(st.tuples(st.integers(1, 9), st.sampled_from(FATES)), max_size=12)
_number = count(1)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kinds=KINDS, reports=REPORTS, batch_size=st.integers(1, 4), emails=st.integers(1, 5))
def test_whatever_became_of_an_issue_no_step_changes_an_answer(
    s: Store, place: Place, kinds: list[str], reports: list[tuple[int, str]], batch_size: int, emails: int
) -> None:
    pruned(s)  # what an example that failed has left
    newsletter = f"n{next(_number)}"
    record = begun(s, len(kinds), newsletter=newsletter, batch_size=batch_size)
    handed(s, record, kinds)
    its = [reported(record, n, kind, f"{newsletter} {at}") for at, (n, kind) in enumerate(reports) if n <= len(kinds)]
    s.events.record(its, NOW)
    rows, before = left(place, record), answers(s, record)
    removed, steps = 0, 0
    while step := s.pruning.step(LONG_AGO, TODAY, emails):
        removed, steps = removed + step.rows, steps + 1
        assert answers(s, record) == before
    assert steps >= 2
    assert removed == sum(rows.values())
    assert left(place, record) == dict.fromkeys(TABLES, 0)
