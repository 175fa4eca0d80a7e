import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import count, pairwise

import pytest
from msgspec.structs import replace

from digest.errors import AttentionNeeded, DigestError
from digest.models import Correction
from digest.store.decisions import Decision
from digest.store.opened import Store
from tests.builders import article
from tests.store.conftest import Place, execute
from tests.store.scene import EMAIL, LATER, WEEKS, begun, composed, frozen, now, sending

OTHER = replace(EMAIL, subject="other", web="<html>other")
CORRECTION = Correction(LATER, "Olena", "The bridge is in Lviv.", "site:one", "A bridge in Lviv", "It is open.")


def freeze_again(s: Store, record, *names: str) -> None:
    s.issues.freeze(record.id, composed(record, *names, number=8), OTHER, by="Bohdan", at=LATER + WEEKS, again=True)


def test_every_decision_is_kept_with_time_person_hash_and_reason(s: Store) -> None:
    record = begun(s)
    assert s.issues.decisions(record.id) == ()
    s.issues.hold(record.id, "two stories only", LATER)
    frozen(s)
    s.issues.approve(record.id, EMAIL.sha256, "Bohdan", LATER + WEEKS)
    s.issues.hold(record.id, "a doubt", LATER + 2 * WEEKS, by="Olena")
    s.issues.skip(record.id, "too late", LATER + 3 * WEEKS, by="Bohdan")
    assert s.issues.decisions(record.id) == (
        Decision(LATER, "held", "", None, "two stories only"),
        Decision(LATER, "frozen", "Olena", EMAIL.sha256, ""),
        Decision(LATER + WEEKS, "approved", "Bohdan", EMAIL.sha256, ""),
        Decision(LATER + 2 * WEEKS, "held", "Olena", EMAIL.sha256, "a doubt"),
        Decision(LATER + 3 * WEEKS, "skipped", "Bohdan", EMAIL.sha256, "too late"),
    )


def test_each_issue_has_decisions_of_its_own(s: Store) -> None:
    first, second = frozen(s), frozen(s, 1, "two")
    s.issues.skip(second.id, "a quiet week", LATER)
    assert [d.what for d in s.issues.decisions(first.id)] == ["frozen"]
    assert [d.what for d in s.issues.decisions(second.id)] == ["frozen", "skipped"]


def test_what_changes_nothing_is_no_decision(s: Store) -> None:
    record = frozen(s)
    with pytest.raises(AttentionNeeded):
        s.issues.approve(record.id, OTHER.sha256, "Olena", LATER)
    s.issues.approve(record.id, EMAIL.sha256, "Olena", LATER)
    s.issues.approve(record.id, EMAIL.sha256, "Bohdan", LATER)
    assert [d.what for d in s.issues.decisions(record.id)] == ["frozen", "approved"]


# --- frozen again


def test_frozen_again_it_has_the_new_bytes_and_articles_and_no_approval(s: Store) -> None:
    record = frozen(s, 0, "one", "two", "three")
    s.issues.approve(record.id, EMAIL.sha256, "Olena", LATER)
    freeze_again(s, record, "two")
    assert now(s, record) == replace(
        record,
        state_at=LATER + WEEKS,
        number=8,
        sha256=OTHER.sha256,
        subject="other",
        stories=1,
        frozen_at=LATER + WEEKS,
    )
    assert s.issues.email(record.id) == OTHER
    assert s.issues.composed(record.id) == composed(record, "two", number=8)
    assert [s.issues.took(article(name)) for name in ("one", "two")] == [(), ((record.key, "frozen"),)]
    assert s.issues.decisions(record.id)[-1] == Decision(LATER + WEEKS, "frozen", "Bohdan", OTHER.sha256, "")
    with pytest.raises(AttentionNeeded, match="is not the frozen one"):
        s.issues.approve(record.id, EMAIL.sha256, "Olena", LATER)


def test_a_held_issue_can_be_frozen_again(s: Store) -> None:
    record = frozen(s)
    s.issues.hold(record.id, "a wrong lead", LATER)
    freeze_again(s, record, "two")
    assert (now(s, record).state, now(s, record).reason) == ("frozen", "")


def test_freezing_again_what_was_never_frozen_freezes_it(s: Store) -> None:
    record = begun(s)
    freeze_again(s, record, "two")
    assert (now(s, record).state, s.issues.email(record.id)) == ("frozen", OTHER)


def test_once_its_sending_has_begun_an_issue_is_not_frozen_again(s: Store) -> None:
    record = frozen(s)
    s.issues.approve(record.id, EMAIL.sha256, "Olena", LATER)
    sending(s, record)
    before = now(s, record)
    with pytest.raises(DigestError, match="weekly-2026-W47: its sending has begun, so it cannot be frozen again"):
        freeze_again(s, record, "two")
    assert (now(s, record), s.issues.email(record.id)) == (before, EMAIL)
    assert s.issues.took(article("one")) == ((record.key, "approved"),)
    assert [d.what for d in s.issues.decisions(record.id)] == ["frozen", "approved"]


def test_an_approval_is_of_the_bytes_that_were_frozen_last_whoever_freezes_meanwhile(s: Store) -> None:
    record = frozen(s)
    emails = [replace(EMAIL, subject=f"{n}") for n in range(25)]
    issue = composed(record, "one")

    def freeze() -> None:
        for email in emails:
            s.issues.freeze(record.id, issue, email, by="Bohdan", at=LATER, again=True)

    def approve() -> None:
        for _ in range(100):
            with suppress(AttentionNeeded):
                s.issues.approve(record.id, now(s, record).sha256, "Olena", LATER)

    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(work) for work in (freeze, approve, approve)]:
            done.result()
    decided = s.issues.decisions(record.id)
    approved = [(one, two) for one, two in pairwise(decided) if two.what == "approved"]
    assert approved
    assert [(one.what, one.sha256) for one, _ in approved] == [("frozen", two.sha256) for _, two in approved]


def test_no_bytes_change_after_the_audience_is_fixed_whoever_freezes_meanwhile(s: Store) -> None:
    record = frozen(s)
    issue = composed(record, "one")

    def freeze() -> None:
        for n in count():
            s.issues.freeze(record.id, issue, replace(EMAIL, subject=f"{n}"), by="Bohdan", at=LATER, again=True)

    with ThreadPoolExecutor(2) as pool:
        freezing = [pool.submit(freeze) for _ in range(2)]
        while len(s.issues.decisions(record.id)) < 20:
            time.sleep(0.001)
        sending(s, record)
        fixed = now(s, record)
        assert [type(each.exception()) for each in freezing] == [DigestError] * 2
    assert now(s, record) == fixed
    assert s.issues.email(record.id).sha256 == fixed.sha256


# --- skipped and held


@pytest.mark.parametrize("state", ["open", "stopped", "frozen", "approved", "held"])
def test_an_issue_can_be_skipped_in_any_state(s: Store, state: str) -> None:
    record = begun(s) if state in ("open", "stopped") else frozen(s)
    match state:
        case "stopped":
            s.issues.stop(record.id, "a source is down", LATER)
        case "approved":
            s.issues.approve(record.id, EMAIL.sha256, "Olena", LATER)
        case "held":
            s.issues.hold(record.id, "late", LATER)
    before = now(s, record)
    assert before.state == state
    s.issues.skip(record.id, "a quiet week", LATER + WEEKS, by="Olena")
    skipped = replace(before, state="skipped", state_at=LATER + WEEKS, reason="a quiet week")
    assert now(s, record) == skipped
    s.issues.skip(record.id, "for another reason", LATER + 2 * WEEKS)
    assert now(s, record) == skipped
    assert s.issues.decisions(record.id)[-1] == Decision(
        LATER + WEEKS, "skipped", "Olena", before.sha256, "a quiet week"
    )


def test_once_its_sending_has_begun_an_issue_is_held_but_not_skipped(s: Store) -> None:
    record = frozen(s)
    s.issues.approve(record.id, EMAIL.sha256, "Olena", LATER)
    sending(s, record)
    with pytest.raises(DigestError, match="its sending has begun, so it cannot be skipped; hold it"):
        s.issues.skip(record.id, "an error", LATER)
    s.issues.hold(record.id, "an error", LATER)
    assert (now(s, record).state, now(s, record).sha256) == ("held", EMAIL.sha256)


AFTER_ALL: dict[str, Callable[[Store, int], object]] = {
    "stop": lambda s, issue_id: s.issues.stop(issue_id, "no stories", LATER),
    "hold": lambda s, issue_id: s.issues.hold(issue_id, "late", LATER),
    "approve": lambda s, issue_id: s.issues.approve(issue_id, EMAIL.sha256, "Olena", LATER),
    "freeze": lambda s, issue_id: s.issues.freeze(issue_id, None, EMAIL, by="Olena", at=LATER),
    "freeze again": lambda s, issue_id: s.issues.freeze(issue_id, None, EMAIL, by="Olena", at=LATER, again=True),
}


@pytest.mark.parametrize("decide", AFTER_ALL.values(), ids=AFTER_ALL)
@pytest.mark.parametrize("first", [begun, frozen], ids=["open", "frozen"])
def test_what_was_skipped_stays_skipped(s: Store, first, decide) -> None:
    """Its articles are due again in the next issue."""
    record = first(s)
    s.issues.skip(record.id, "a quiet week", LATER)
    skipped, decided = now(s, record), s.issues.decisions(record.id)
    with pytest.raises(DigestError, match="weekly-2026-W47 is skipped"):
        decide(s, record.id)
    assert (now(s, record), s.issues.decisions(record.id)) == (skipped, decided)


UNKNOWN = {
    **AFTER_ALL,
    "skip": lambda s, issue_id: s.issues.skip(issue_id, "late", LATER),
    "correct": lambda s, issue_id: s.issues.correct(issue_id, CORRECTION, "<html>"),
}


@pytest.mark.parametrize("decide", UNKNOWN.values(), ids=UNKNOWN)
def test_deciding_on_an_unknown_issue_is_an_error(s: Store, decide) -> None:
    with pytest.raises(DigestError, match="there is no issue 99"):
        decide(s, 99)


def test_a_decision_and_the_state_that_it_makes_are_kept_together_or_not_at_all(s: Store, place: Place) -> None:
    record = begun(s)
    execute(place, "alter table decision rename to elsewhere")
    with pytest.raises(DigestError):
        s.issues.hold(record.id, "late", LATER)
    with pytest.raises(DigestError):
        s.issues.freeze(record.id, composed(record, "one"), EMAIL, by="Olena", at=LATER)
    execute(place, "alter table elsewhere rename to decision")
    assert now(s, record) == record
    assert s.issues.took(article("one")) == ()


# --- corrections


def test_corrections_are_kept_in_order_and_the_last_page_is_shown(s: Store) -> None:
    record = frozen(s)
    sending(s, record)
    assert (s.issues.corrections(record.id), s.issues.web(record.id)) == ((), "<html>")
    later = Correction(LATER + WEEKS, "Bohdan", "The issue as a whole was late.")
    s.issues.correct(record.id, CORRECTION, "<html>corrected")
    s.issues.correct(record.id, later, "<html>corrected twice")
    assert s.issues.corrections(record.id) == (CORRECTION, later)
    assert s.issues.web(record.id) == "<html>corrected twice"
    assert s.issues.email(record.id) == EMAIL


def test_a_correction_is_of_its_own_issue(s: Store) -> None:
    first, second = frozen(s), frozen(s, 1, "two")
    sending(s, first)
    s.issues.correct(first.id, CORRECTION, "<html>corrected")
    assert (s.issues.corrections(second.id), s.issues.web(second.id)) == ((), "<html>")


@pytest.mark.parametrize("first", [begun, frozen], ids=["open", "frozen"])
def test_before_its_sending_an_issue_is_frozen_again_instead_of_corrected(s: Store, first) -> None:
    record = first(s)
    with pytest.raises(DigestError, match="weekly-2026-W47: nobody has got it yet; freeze it again"):
        s.issues.correct(record.id, CORRECTION, "<html>corrected")
    assert s.issues.corrections(record.id) == ()


def test_an_issue_that_is_not_frozen_has_no_page(s: Store) -> None:
    with pytest.raises(DigestError, match="is not frozen yet"):
        s.issues.web(begun(s).id)
