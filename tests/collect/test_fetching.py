"""Sources side by side: one that fails, one that is slow, and the order of their reports."""

from __future__ import annotations

import logging
import re
import threading
from pathlib import Path

import pytest

from digest import collect
from digest.config import SourceSettings
from digest.models import SourceReport
from tests.collect.loopback import END, START, reply, request, site

FEED = b'<rss version="2.0"><channel><title>x</title><item><title>a</title><link>/a</link></item></channel></rss>'


def feed(name: str, url: str) -> SourceSettings:
    return SourceSettings(name=name, kind="feed", url=url, allow_private_addresses=True)


def test_reports_stand_in_the_order_of_the_sources_and_are_heard_as_they_come(tmp_path: Path):
    heard: list[str] = []
    slow_may_answer = threading.Event()

    def hear(report: SourceReport) -> None:
        heard.append(report.source)
        if len(heard) == 2:
            slow_may_answer.set()

    def answer_to(path: str):
        assert path != "/slow" or slow_may_answer.wait(10)
        return reply(FEED)

    with site(answer_to) as here:
        sources = [
            feed("slow", f"{here.url}/slow"),
            SourceSettings(name="nowhere", kind="folder", path="missing"),
            feed("quick", f"{here.url}/quick"),
        ]
        reports = collect.fetch_all(sources, request(tmp_path), on_done=hear)
    assert [(report.source, len(report.articles), report.failure is None) for report in reports] == [
        ("slow", 1, True),
        ("nowhere", 0, False),
        ("quick", 1, True),
    ]
    assert (set(heard[:2]), heard[2]) == ({"nowhere", "quick"}, "slow")


def test_a_fault_of_our_own_stops_one_source_only_and_is_logged(caplog: pytest.LogCaptureFixture):
    broken = SourceSettings.model_construct(name="broken", kind="nonsense")
    with caplog.at_level(logging.ERROR):
        report = collect.fetch(broken, request())
    said = "a fault in digest (ModuleNotFoundError: No module named 'digest.collect.nonsense'); report it with the log"
    assert report == SourceReport("broken", failure=said)
    assert [(record.message, record.exc_info is None) for record in caplog.records] == [("source failed", False)]


def test_a_week_after_the_time_asked_for_is_given_too_so_that_explain_can_tell(tmp_path: Path):
    for name, date in {
        "early": "2024-06-23",
        "first": "2024-06-24",
        "last": "2024-06-30",
        "late": "2024-07-01",
        "later": "2024-07-08",
    }.items():
        (tmp_path / f"{name}.md").write_text(f"---\ntitle: {name}\ndate: {date}\n---\n")
    (tmp_path / "undated.md").write_text("---\ntitle: undated\n---\n")
    report = collect.fetch(SourceSettings(name="drop", kind="folder", path="."), request(tmp_path))
    assert [article.title for article in report.articles] == ["first", "last", "late", "undated"]


@pytest.mark.parametrize(("tags", "titles"), [(["#UWC news"], ["a", "b"]), (["#Nope"], []), ([], ["a", "b", "c"])])
def test_only_articles_with_a_wanted_tag_are_given(tmp_path: Path, tags: list[str], titles: list[str]):
    for name, tag in {"a": "uwc-news", "b": "'#Other#UWCNews'", "c": "Other"}.items():
        (tmp_path / f"{name}.md").write_text(f"---\ntitle: {name}\ntags: {tag}\n---\n")
    source = SourceSettings(name="drop", kind="folder", path=".", tags=tags)
    assert [article.title for article in collect.fetch(source, request(tmp_path)).articles] == titles


def test_a_source_is_complete_for_the_time_asked_for_and_not_before(tmp_path: Path):
    (tmp_path / "a.md").write_text("---\ntitle: a\ndate: 2020-01-01\n---\n")
    report = collect.fetch(SourceSettings(name="drop", kind="folder", path="."), request(tmp_path))
    assert report == SourceReport("drop", complete_since=START)


def test_a_request_without_secrets_fails_the_source_that_needs_one():
    source = SourceSettings(name="mag", kind="ghost", url="https://news.example", key={"env": "GHOST_KEY"})
    assert collect.fetch(source, request()).failure == "GHOST_KEY: no secret can be read here"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"kind": "ghost", "url": "https://a.example"}, 'a source of kind "ghost" needs "key"'),
        ({"kind": "webpage"}, 'a source of kind "webpage" needs "url"'),
        ({"kind": "folder"}, 'a source of kind "folder" needs "path"'),
        (
            {"kind": "feed", "url": "https://a.example", "taxonomy": "x"},
            '"taxonomy" is for a source of kind "wordpress" only',
        ),
        (
            {"kind": "feed", "url": "https://a.example", "key": {"env": "X"}},
            '"key" is for a source of kind "ghost" only',
        ),
        ({"kind": "wordpress", "url": "https://a.example", "user": "x"}, '"user" and "password" belong together'),
        (
            {"kind": "wordpress", "url": "http://a.example", "user": "x", "password": {"env": "X"}},
            'a password is only sent to an address that begins with "https://"',
        ),
    ],
    ids=["key", "url", "path", "other-kind", "other-key", "half-login", "plain-http"],
)
def test_settings_that_do_not_fit_a_source_are_refused(settings: dict[str, object], said: str):
    with pytest.raises(ValueError, match=re.escape(said)):
        SourceSettings.model_validate({"name": "a", **settings})


def test_the_sample_source_needs_no_outside():
    report = collect.fetch(SourceSettings(name="sample", kind="sample"), request())
    assert (report.source, report.problems, report.failure) == ("sample", (), None)
    assert report.articles
    assert all(article.published and START <= article.published < END for article in report.articles)


def test_no_sources_give_no_reports():
    assert collect.fetch_all([], request(), on_done=lambda _: None) == ()
