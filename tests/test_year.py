"""A year of weekly issues in two editions: every article is in exactly one issue, or has its reason."""

from collections import Counter
from datetime import timedelta
from itertools import pairwise

import pytest

from tests.benchmarks import year

ARTICLES = year.articles(1500)
GONE = year.taken_down(ARTICLES)


@pytest.fixture(scope="module", params=["en", "uk"])
def runs(request):
    english, ukrainian = year.editions()
    return year.replay(english if request.param == "en" else ukrainian, ARTICLES, GONE)


def sent(runs):
    return [run for run in runs if not run.skipped]


def test_the_sums_of_every_issue_agree(runs):
    for run in runs:
        inside = [v for v in run.issue.verdicts if v.placed]
        outside = [v for v in run.issue.verdicts if not v.placed]
        assert len(inside) + len(outside) == run.candidates
        assert sorted(v.article_id for v in inside) == sorted(s.article.id for s in run.issue.stories)
        assert max(Counter(v.article_id for v in run.issue.verdicts).values()) == 1


def test_no_article_is_in_two_issues(runs):
    taken = Counter(story.article.url_key for run in sent(runs) for story in run.issue.stories)
    assert {key for key, count in taken.items() if count > 1} == set()


def test_every_article_that_was_due_is_in_an_issue(runs):
    """Who is due is told here without the rules' code."""
    language = runs[0].issue.language
    themed = {"DefeatRussia", "переможемо росію", "UWC news", "Culture"}  # UAtoEU alone may be below its minimum
    taken = {story.article.url_key for run in sent(runs) for story in run.issue.stories}
    due = {
        a.url_key
        for a in ARTICLES
        if a.language == language and themed & set(a.tags) and a.published and seen_in_time(a, runs)
    }
    assert len(due) > 300
    assert due - taken == set()


def seen_in_time(article, runs):
    """An issue that went out had closed after the article, had seen it, and none had taken it down by then."""
    turns = [run for run in sent(runs) if run.slot.window.end > article.published and run.at >= article.first_seen]
    return (
        bool(turns)
        and article.published >= runs[0].slot.window.start
        and article.first_seen - article.published <= timedelta(days=11)
        and GONE.get(article.id, turns[0].at) >= turns[0].at
    )


def test_what_is_in_no_issue_has_its_reason(runs):
    taken = {story.article.url_key for run in sent(runs) for story in run.issue.stories}
    told = {}
    for verdict in (v for run in runs for v in run.issue.verdicts):
        told.setdefault(verdict.article_id, set()).add(verdict.reason)
    end = runs[-1].slot.window.end
    left = [a for a in ARTICLES if a.url_key not in taken]
    assert all(a.published is None or max(a.published, a.first_seen) >= end for a in left if a.id not in told)
    assert {reason for a in left for reason in told.get(a.id, ())} == {
        "no-theme", "other-language", "no-date", "outside-the-window", "unpublished", "below-the-minimum", "duplicate",
    }  # fmt: skip


def test_windows_join_over_missed_and_skipped_weeks_and_both_changes_of_the_clock(runs):
    assert {run.slot.period for run in runs if run.skipped} == {"2026-W11", "2026-W12", "2026-W31"}
    for before, after in pairwise(sent(runs)):
        assert (after.issue.window.start, after.issue.number) == (before.issue.window.end, before.issue.number + 1)
    hours = {(r.slot.window.end - r.slot.window.start) // timedelta(hours=1) for r in runs}
    assert hours == {167, 168, 169}


def test_what_a_skipped_issue_had_is_in_the_next_one(runs):
    for before, after in pairwise(runs):
        if before.skipped and not after.skipped:
            had = {s.article.id for s in before.issue.stories}
            gone = {v.article_id for v in after.issue.verdicts if v.reason == "unpublished"}
            assert had - gone <= {s.article.id for s in after.issue.stories}


def test_each_edition_has_its_own_key_zone_and_articles():
    english, ukrainian = (year.replay(edition, ARTICLES, GONE) for edition in year.editions())
    assert (english[0].issue.key, ukrainian[0].issue.key) == ("weekly-2026-W02", "weekly-uk-2026-W02")
    assert english[0].slot.window.end - ukrainian[0].slot.window.end == timedelta(hours=7)
    shown = [{s.article.id for run in runs for s in run.issue.stories} for runs in (english, ukrainian)]
    assert shown[0] & shown[1] == set()


def test_the_same_year_gives_the_same_issues():
    edition = year.editions()[1]
    assert year.replay(edition, ARTICLES, GONE) == year.replay(edition, list(ARTICLES), dict(GONE))
