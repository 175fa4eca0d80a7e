"""A database of an older version is brought to the newest with all that is in it."""

from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

from digest.models import History, SourceReport, Subscriber
from digest.store import database, migrations
from digest.store.articles import SourceHealth
from digest.store.decisions import Decision
from digest.store.people import Added
from tests.builders import END as NOW
from tests.builders import WEEK, article
from tests.store.conftest import Place, execute

HOUR = timedelta(hours=1)


def make(place: Place, version: str) -> None:
    """The tables of that version, empty."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    db = database.connect(place.url, folder=place.folder, create=True)
    with db.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, version)
    db.engine.dispose()


def micros(at) -> int:
    return int(at.timestamp()) * 1_000_000


@pytest.fixture
def first_version(empty: Place) -> Place:
    """The tables as the first release made them, with an article and a source."""
    make(empty, "0001")
    start = micros(WEEK.start)
    execute(
        empty,
        "insert into article (source, native_id, url, url_key, title, lede, tags, published, day_only, language, words,"
        f" first_seen) values ('site', 'one', 'https://news.example/one', 'news.example/one', 'Title of one',"
        f" 'What happened in one.', '[\"News\"]', {start}, false, 'en', 300, {start})",
    )
    execute(
        empty,
        "insert into source_health (source, last_ok, last_failure, last_count, failures_in_a_row)"
        f" values ('site', {start}, '', 1, 0)",
    )
    return empty


@pytest.fixture
def third_version(empty: Place) -> Place:
    """Tables of version 0003 with three people, one of whom left."""
    make(empty, "0003")
    for number, state in enumerate(["active", "removed", "active"], 1):
        removed_at = micros(NOW) if state == "removed" else "null"
        execute(
            empty,
            "insert into subscriber (address, address_key, name, origin, state, token, added_at, removed_at) values"
            f" ('p{number}@example.org', 'p{number}@example.org', '', '', '{state}', 't{number}', {micros(WEEK.start)},"
            f" {removed_at})",
        )
    return empty


def old_issue(place: Place, issue_id: int, newsletter: str, state: str, **columns: object) -> None:
    values = {
        "id": issue_id, "key": f"{newsletter}-W{issue_id}", "newsletter": newsletter, "period": f"W{issue_id}", "due": micros(NOW),
        "window_start": micros(WEEK.start), "window_end": micros(WEEK.end), "state": state, "state_at": micros(NOW),
        "reason": "", "begun_at": micros(NOW), "subject": "", "stories": 0, "approved_by": "",
    } | columns  # fmt: skip
    row = ", ".join(f"'{value}'" if isinstance(value, str) else str(value) for value in values.values())
    execute(place, f"insert into issue ({', '.join(values)}) values ({row})")


def test_articles_and_health_of_the_first_version_stay(first_version: Place) -> None:
    with first_version.open() as s:
        assert s.articles.between(WEEK.start, WEEK.end) == (article(published=WEEK.start, first_seen=WEEK.start),)
        assert s.articles.health() == (SourceHealth("site", WEEK.start, None, "", 1, 0),)
        s.articles.mark_gone(["site:one"], NOW)
        s.articles.record_fetch([SourceReport("site")], NOW)
        assert s.articles.between(WEEK.start, WEEK.end) == ()
    assert execute(first_version, "select version_num from alembic_version") == [(migrations.HEAD,)]


LEFT = Subscriber("p2@example.org", state="unsubscribed")
EVERYBODY = (Subscriber("p1@example.org"), LEFT, Subscriber("p3@example.org"))


def test_people_of_the_third_version_get_every_newsletter_that_has_an_issue(third_version: Place) -> None:
    old_issue(third_version, 1, "daily", "open")
    old_issue(third_version, 2, "daily", "open")
    old_issue(third_version, 3, "monthly", "open")
    with third_version.open() as s:
        assert [s.people.all(newsletter) for newsletter in (None, "daily", "monthly")] == [EVERYBODY] * 3
        assert (s.people.all("weekly"), s.people.counts("daily")) == ((), {"active": 2, "unsubscribed": 1})
        assert s.people.add(EVERYBODY[:2], "daily", NOW) == Added(0, known=1, refused=1)
    listed = "select since, left_at from subscription where newsletter = 'daily' order by subscriber_id"
    start = micros(WEEK.start)
    assert execute(third_version, listed) == [(start, None), (start, micros(NOW)), (start, None)]


def test_people_of_a_third_version_without_issues_get_the_weekly(third_version: Place) -> None:
    with third_version.open() as s:
        assert s.people.all("weekly") == EVERYBODY


def test_what_was_decided_before_is_told_as_far_as_it_is_known(third_version: Place) -> None:
    known = {"number": 1, "sha256": "abc", "frozen_at": micros(NOW), "subject": "Тема", "stories": 1}
    approved = {"approved_at": micros(NOW + HOUR), "approved_by": "Olena"}
    old_issue(third_version, 1, "weekly", "open")
    old_issue(third_version, 2, "weekly", "approved", **known, **approved)
    old_issue(third_version, 3, "weekly", "held", **known, reason="late", state_at=micros(NOW + 2 * HOUR))
    old_issue(third_version, 4, "weekly", "held", reason="a doubt")
    execute(third_version, "insert into placement (issue_id, article_id, url_key) values (2, 'site:one', 'elsewhere')")
    with third_version.open() as s:
        assert [s.issues.decisions(number) for number in (1, 2, 3, 4)] == [
            (),
            (Decision(NOW, "frozen", "", "abc", ""), Decision(NOW + HOUR, "approved", "Olena", "abc", "")),
            (Decision(NOW, "frozen", "", "abc", ""), Decision(NOW + 2 * HOUR, "held", "", "abc", "late")),
            (Decision(NOW, "held", "", None, "a doubt"),),
        ]
        placed = {"site:one": "weekly-W2", "news.example/one": "weekly-W2"}
        assert s.issues.history("weekly", NOW, [article()]) == History(1, WEEK.end, NOW, placed)
        s.issues.hold(2, "a doubt", NOW, by="Olena")
        assert s.issues.decisions(2)[-1] == Decision(NOW, "held", "Olena", "abc", "a doubt")


def test_a_sending_that_was_under_way_goes_on(third_version: Place) -> None:
    old_issue(third_version, 1, "weekly", "approved")
    execute(third_version, f"insert into audience values (1, 2, 'https://news.example/u/', {micros(NOW)}, 'resend')")
    for number, person in ((1, 1), (2, 3)):
        row = f"1, {number}, {person}, 'p{person}@example.org', '', 't{person}'"
        execute(third_version, f"insert into delivery values ({row})")
    columns = "issue_id, seq, first_number, last_number, state, attempt, not_before, owner, reason"
    execute(third_version, f"insert into batch ({columns}) values (1, 1, 1, 2, 'pending', 0, {micros(NOW)}, '', '')")
    with third_version.open() as s:
        s.people.remove("p1@example.org", NOW, "weekly")
        batch = s.ledger.claim(1, issue_key="weekly-W1", owner="me", at=NOW)
        assert batch
        assert [d.address for d in batch.deliveries] == ["p3@example.org"]
