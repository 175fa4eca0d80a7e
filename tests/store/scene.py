"""Issues to decide on, for every test of the store."""

from datetime import timedelta

from digest.models import Email, Issue, Section, Slot, Story, Subscriber, Theme, Window
from digest.store.issues import IssueRecord
from digest.store.opened import Store
from tests.builders import END as NOW
from tests.builders import SLOT, WEEK, article

LATER = NOW + timedelta(hours=1)
WEEKS = timedelta(weeks=1)
EMAIL = Email("Тема", "Коротко", "<p>\r\n{t1} ї\t</p>\n", "text\r\n", "<html>", {"name": "t1"})
NEWS = Theme("#News", "News")


def begun(s: Store, weeks: int = 0, newsletter: str = "weekly") -> IssueRecord:
    """The issue of the week with this number after W47."""
    window = Window(WEEK.start + weeks * WEEKS, WEEK.end + weeks * WEEKS)
    slot = Slot(f"2026-W{47 + weeks}", window, SLOT.due + weeks * WEEKS)
    return s.issues.begin(newsletter, slot, f"{newsletter}-{slot.period}", NOW)


def composed(record: IssueRecord, *names: str, number: int = 7) -> Issue:
    """An issue with these articles: the lead, a story, and links."""
    first, *others = [Story(article(name), NEWS) for name in names]
    section = Section(NEWS, tuple(others[:1]), tuple(others[1:]))
    return Issue(
        record.key,
        record.newsletter,
        record.period,
        number,
        record.window,
        "en",
        EMAIL.subject,
        "",
        first,
        (section,),
        (),
    )


def frozen(s: Store, weeks: int = 0, *names: str, number: int = 7, newsletter: str = "weekly") -> IssueRecord:
    """That week's issue, frozen with these articles by Olena."""
    record = begun(s, weeks, newsletter)
    s.issues.freeze(record.id, composed(record, *names or ("one",), number=number), EMAIL, by="Olena", at=LATER)
    return now(s, record)


def now(s: Store, record: IssueRecord) -> IssueRecord:
    """The same issue as it stands now."""
    found = s.issues.get(record.key)
    assert found
    return found


def sending(s: Store, record: IssueRecord) -> None:
    """Its audience is fixed: one reader."""
    s.people.add([Subscriber("ann@example.org")], record.newsletter, NOW)
    s.ledger.freeze_audience(record.id, provider="resend", batch_size=1, unsubscribe_url="", at=NOW)
