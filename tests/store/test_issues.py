import pytest
from msgspec.structs import replace

from digest.errors import AttentionNeeded, DigestError, StoreError
from digest.models import Slot, Window
from digest.store.issues import IssueRecord
from digest.store.opened import Store
from tests.builders import END as NOW
from tests.builders import SLOT, WEEK
from tests.store.conftest import Place, execute
from tests.store.scene import EMAIL, LATER, WEEKS, begun, composed, frozen, now

OTHER = replace(EMAIL, subject="other")


def test_a_begun_issue_is_open(s: Store) -> None:
    record = begun(s)
    assert record == IssueRecord(
        id=record.id, key="weekly-2026-W47", newsletter="weekly", period="2026-W47", due=SLOT.due, window=WEEK,
        state="open", state_at=NOW, reason="", begun_at=NOW, number=None, sha256=None, subject="", stories=0,
        frozen_at=None, approved_at=None, approved_by="", overlay=None,
    )  # fmt: skip
    assert now(s, record) == record


def test_an_issue_is_begun_once_a_period(s: Store) -> None:
    first = begun(s)
    other = Slot("2026-W47", Window(NOW, LATER), LATER)
    assert s.issues.begin("weekly", other, "weekly-2026-W47", LATER) == first
    assert s.issues.all() == (first,)


def test_two_newsletters_have_an_issue_each(s: Store) -> None:
    assert begun(s).id != begun(s, newsletter="daily").id


def test_a_stopped_issue_says_why_and_may_be_frozen_later(s: Store) -> None:
    record = begun(s)
    s.issues.stop(record.id, "no stories", LATER)
    assert now(s, record) == replace(record, state="stopped", reason="no stories", state_at=LATER)
    s.issues.freeze(record.id, composed(record, "one"), EMAIL, by="Olena", at=LATER)
    assert (now(s, record).state, now(s, record).reason) == ("frozen", "")


def test_freezing_keeps_what_identifies_the_email(s: Store) -> None:
    record = begun(s)
    s.issues.freeze(record.id, composed(record, "one", "two", "link"), EMAIL, by="Olena", at=LATER)
    assert now(s, record) == replace(
        record,
        state="frozen",
        state_at=LATER,
        number=7,
        sha256=EMAIL.sha256,
        subject="Тема",
        stories=3,
        frozen_at=LATER,
    )


def test_the_frozen_email_comes_back_byte_for_byte(s: Store) -> None:
    assert s.issues.email(frozen(s).id) == EMAIL


def test_a_frozen_issue_cannot_be_frozen_or_stopped_again(s: Store) -> None:
    record = frozen(s)
    with pytest.raises(DigestError, match="weekly-2026-W47 is frozen already"):
        s.issues.freeze(record.id, composed(record, "two"), OTHER, by="Olena", at=LATER)
    with pytest.raises(DigestError, match="is frozen already"):
        s.issues.stop(record.id, "too late", LATER)
    assert (now(s, record), s.issues.email(record.id)) == (record, EMAIL)


def test_what_was_held_after_freezing_keeps_its_bytes(s: Store) -> None:
    record = frozen(s)
    s.issues.hold(record.id, "late by 5 hours", LATER)
    with pytest.raises(DigestError, match="is held already"):
        s.issues.freeze(record.id, composed(record, "two"), OTHER, by="Olena", at=LATER)
    assert now(s, record) == replace(record, state="held", reason="late by 5 hours")


def test_bytes_that_changed_in_the_database_are_refused(s: Store, place: Place) -> None:
    record = frozen(s)
    execute(place, "update frozen set html = html || ' '")
    with pytest.raises(StoreError, match="weekly-2026-W47: the stored email is not the one that was frozen"):
        s.issues.email(record.id)


def test_an_issue_that_is_not_frozen_has_no_email(s: Store) -> None:
    with pytest.raises(DigestError, match="is not frozen yet"):
        s.issues.email(begun(s).id)


def test_an_approval_names_the_frozen_bytes(s: Store) -> None:
    record = frozen(s)
    s.issues.approve(record.id, EMAIL.sha256, "editor", LATER)
    approved = replace(record, state="approved", approved_at=LATER, approved_by="editor")
    assert now(s, record) == approved
    s.issues.approve(record.id, EMAIL.sha256, "somebody else", LATER + WEEKS)
    assert now(s, record) == approved


def test_an_approval_of_other_bytes_is_refused(s: Store) -> None:
    record = frozen(s)
    with pytest.raises(AttentionNeeded, match="weekly-2026-W47 is frozen: the email that was approved"):
        s.issues.approve(record.id, replace(EMAIL, text="other").sha256, "editor", LATER)
    assert now(s, record) == record


def test_nothing_is_approved_before_it_is_frozen(s: Store) -> None:
    record = begun(s)
    with pytest.raises(AttentionNeeded, match="is open"):
        s.issues.approve(record.id, EMAIL.sha256, "editor", LATER)


def test_a_held_issue_goes_out_after_a_yes(s: Store) -> None:
    record = frozen(s)
    s.issues.hold(record.id, "late by 5 hours", LATER)
    s.issues.approve(record.id, EMAIL.sha256, "editor", LATER)
    assert now(s, record) == replace(record, state="approved", approved_at=LATER, approved_by="editor")


def test_an_unknown_issue_is_said(s: Store) -> None:
    assert s.issues.get("weekly-1999-W01") is None
    assert s.issues.latest("weekly") is None
    with pytest.raises(DigestError, match="there is no issue 99"):
        s.issues.hold(99, "why", NOW)


def test_issues_are_listed_with_the_newest_first(s: Store) -> None:
    first, last, daily = begun(s), begun(s, 1), begun(s, 2, "daily")
    assert s.issues.all() == (daily, last, first)
    assert s.issues.all("weekly") == (last, first)
    assert s.issues.latest("weekly") == last
