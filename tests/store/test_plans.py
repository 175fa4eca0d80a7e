"""Every statement that a batch or a page runs has to find its rows by an index, also without statistics."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, event

from digest.models import Batch, Event, InDoubt, Outcome, Refused, Settled, Subscriber
from digest.store.issues import IssueRecord
from digest.store.opened import Store
from tests.builders import END as NOW
from tests.builders import SLOT, WEEK, article
from tests.store import scene
from tests.store.conftest import Place

DAY = timedelta(days=1)
Statement = tuple[str, Any]


@contextmanager
def recorded() -> Iterator[list[Statement]]:
    """What SQLAlchemy runs, with the parameters of the first row."""
    statements: list[Statement] = []

    def record(_connection, _cursor, statement, parameters, _context, executemany) -> None:
        statements.append((statement, parameters[0] if executemany else parameters))

    event.listen(Engine, "before_cursor_execute", record)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", record)


def plan(place: Place, statements: list[Statement]) -> list[str]:
    """The lines of the plans, one for each table that a statement reads."""
    queries = [
        s
        for s in statements
        if re.match(r"(?i)\s*(select|update|insert|delete)", s[0]) and not re.search("incoming|arriving", s[0])
    ]
    if place.engine == "sqlite":
        with closing(sqlite3.connect(place.folder / "digest.db")) as db:
            return [row[3] for sql, values in queries for row in db.execute(f"explain query plan {sql}", values)]
    with psycopg.connect(place.url, autocommit=True) as server:
        server.execute("set enable_seqscan = off")  # of a few rows PostgreSQL reads all, if it may
        return [row[0] for sql, values in queries for row in server.execute(f"explain {sql}", values)]


def scans(lines: list[str]) -> list[str]:
    """Of tables that grow; of keys and of workers there are a few, and of who was erased only the first is looked at."""
    return [
        line
        for line in lines
        if re.search(
            r"^SCAN (?!CONSTANT|json|\(subquery|signing_key|suppression)|Seq Scan (?!on (signing_key|suppression|worker))",
            line,
        )
    ]


@pytest.fixture
def batch(s: Store) -> tuple[int, Batch]:
    """A claimed batch of four, and its issue."""
    s.people.add([Subscriber(f"p{n}@example.org") for n in range(12)], "weekly", NOW)
    record = s.issues.begin("weekly", SLOT, "weekly-2026-W47", NOW)
    s.ledger.freeze_audience(
        record.id, batch_size=4, provider="resend", unsubscribe_url="https://news.example/u/", at=NOW
    )
    claimed = s.ledger.claim(record.id, issue_key=record.key, owner="me", at=NOW)
    assert claimed
    return record.id, claimed


Work = Callable[[Store, int, Batch], object]
ACCEPTED = Settled(tuple(Outcome(n, "accepted") for n in range(1, 5)))
WORK: dict[str, Work] = {
    "claim": lambda s, issue, batch: s.ledger.claim(issue, issue_key="weekly", owner="me", at=NOW),
    "settle": lambda s, issue, batch: s.ledger.settle(issue, batch, ACCEPTED, owner="me", at=NOW),
    "split": lambda s, issue, batch: s.ledger.settle(issue, batch, Refused("bad"), owner="me", at=NOW),
    "doubt": lambda s, issue, batch: s.ledger.settle(issue, batch, InDoubt("reset"), owner="me", at=NOW),
    "replay": lambda s, issue, batch: s.ledger.to_replay(issue, batch.seq, NOW),
    "orphans": lambda s, issue, batch: s.ledger.orphans(issue),
    "in doubt": lambda s, issue, batch: s.ledger.in_doubt(issue),
    "regrets": lambda s, issue, batch: s.events.regrets(issue),
    "recipients": lambda s, issue, batch: list(s.ledger.recipients(issue)),
}


@pytest.mark.parametrize("work", WORK.values(), ids=WORK)
def test_the_ledger_never_reads_a_whole_table(s: Store, place: Place, batch: tuple[int, Batch], work: Work) -> None:
    with recorded() as statements:
        work(s, *batch)
    lines = plan(place, statements)
    assert lines
    assert scans(lines) == []


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", ["claim", "settle"])
def test_a_batch_reads_only_its_own_range(s: Store, place: Place, batch: tuple[int, Batch], name: str) -> None:
    """A search by the issue alone reads the whole audience for every batch."""
    with recorded() as statements:
        WORK[name](s, *batch)
    tables = "SEARCH (delivery|outcome|batch|attempt|subscription)"
    searches = [line for line in plan(place, statements) if re.match(tables, line)]
    assert searches
    assert [line for line in searches if not re.search(r"number[>=]|seq=|state=|subscriber_id>", line)] == []


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_what_is_pruned_is_found_by_its_numbers(s: Store, place: Place, batch: tuple[int, Batch]) -> None:
    s.ledger.settle(batch[0], batch[1], ACCEPTED, owner="me", at=NOW)
    s.ledger.cancel(batch[0], "Olena", "", NOW)
    s.pruning.step(NOW + DAY, NOW)
    with recorded() as statements:
        s.pruning.step(NOW + DAY, NOW)
    deletions = [statement for statement in statements if statement[0].lower().startswith("delete")]
    lines = plan(place, deletions)
    assert len(lines) == len(deletions) == 7
    assert [line for line in lines if not re.search(r"issue_id=\? AND (number|seq)>\? AND (number|seq)<\?", line)] == []


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_tick_reads_of_the_reports_on_no_email_only_those_that_go(s: Store, place: Place) -> None:
    s.events.record([("mailgun", Event("other mail", "delivered", "", NOW))], NOW)
    with recorded() as statements:
        assert s.pruning.step(NOW + DAY, NOW)
    lines = [line for line in plan(place, statements) if " event " in line]
    assert lines == [
        "SEARCH event USING COVERING INDEX event_stray (issue_id=? AND heard_at<?)",
        "SEARCH event USING PRIMARY KEY (provider=? AND event_id=?)",
        "SEARCH event USING COVERING INDEX event_stray (issue_id=? AND heard_at<?)",
    ]


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_sender_reads_of_a_million_reports_only_those_that_may_stop_it(s: Store, place: Place) -> None:
    with recorded() as statements:
        s.events.regrets(1)
    assert plan(place, statements) == ["SEARCH fate USING COVERING INDEX fate_unhappy (issue_id=? AND rank>?)"]


DESK: dict[str, Callable[[Store, IssueRecord], object]] = {
    "history": lambda s, issue: s.issues.history("weekly", NOW, [article(f"a{n}") for n in range(200)]),
    "took": lambda s, issue: s.issues.took(article("a1")),
    "approve": lambda s, issue: s.issues.approve(issue.id, scene.EMAIL.sha256, "Olena", NOW),
    "freeze again": lambda s, issue: s.issues.freeze(
        issue.id, scene.composed(issue, "one"), scene.EMAIL, by="Olena", at=NOW, again=True
    ),
    "skip": lambda s, issue: s.issues.skip(issue.id, "a quiet week", NOW),
    "freeze the audience": scene.sending,
    "decisions": lambda s, issue: s.issues.decisions(issue.id),
    "corrections": lambda s, issue: (s.issues.corrections(issue.id), s.issues.web(issue.id)),
    "composed": lambda s, issue: s.issues.composed(issue.id),
    "subscribe": lambda s, issue: s.people.add([Subscriber("new@example.org")], "weekly", NOW),
    "leave": lambda s, issue: s.people.remove("p1@example.org", NOW, "weekly"),
    "leave for good": lambda s, issue: s.people.remove("p1@example.org", NOW),
    "changes": lambda s, issue: s.articles.changes("site:a1"),
    "gone since": lambda s, issue: s.articles.gone_since("site:a1"),
}


@pytest.mark.parametrize("work", DESK.values(), ids=DESK)
def test_the_desk_never_waits_for_a_whole_table(s: Store, place: Place, work) -> None:
    for newsletter in ("weekly", "daily"):
        s.people.add([Subscriber(f"p{n}@example.org") for n in range(12)], newsletter, NOW)
    issue = scene.frozen(s, 0, "one", "two")
    with recorded() as statements:
        work(s, issue)
    lines = plan(place, statements)
    assert lines
    assert scans(lines) == []


def test_a_week_out_of_the_archive_is_found_by_its_dates(s: Store, place: Place) -> None:
    s.articles.save([article(f"a{n}", published=NOW - timedelta(hours=n)) for n in range(500)], NOW)
    with recorded() as statements:
        s.articles.between(WEEK.start, WEEK.end)
    lines = plan(place, statements)
    assert scans(lines) == []
    if place.engine == "sqlite":
        dated, undated = [line for line in lines if "article_date" in line]
        assert "published>? AND published<?" in dated
        assert "published=? AND first_seen>? AND first_seen<?" in undated


def test_saving_finds_known_articles_by_id_and_address(s: Store, place: Place) -> None:
    articles = [article(f"a{n}") for n in range(20)]
    s.articles.save(articles, NOW)
    with recorded() as statements:
        s.articles.save([article(f"a{n}", title="Other") for n in range(20)], NOW)
    assert scans(plan(place, statements)) == []


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_the_plans_of_these_tests_would_show_a_scan(s: Store, place: Place) -> None:
    with recorded() as statements:
        s.articles.search("Title")
    assert scans(plan(place, statements)) != []
