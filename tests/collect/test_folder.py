from __future__ import annotations

import os
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from digest import collect
from digest.config import SourceSettings
from digest.models import Article, Cover, SourceReport
from tests.collect.loopback import NOW, START, request

SOURCE = SourceSettings(name="drop", kind="folder", path="articles")

PAGE = """UNION OF EXAMPLES

icon

Example troops leave Exampleland’s coast

#DefeatRussia
June 27,2024 1717
Example troops leave Exampleland’s coast

Example troops will leave the coast, “a month early,” said a report.

A second paragraph of six words.

Cover: Ann B Example Ann B Example / Agency via Images

Donate Subscribe to our news
"""

PAGE_ARTICLE = Article(
    source="drop",
    native_id="one.txt",
    url="https://news.example/example-troops-leave-examplelands-coast",
    url_key="news.example/example-troops-leave-examplelands-coast",
    title="Example troops leave Exampleland’s coast",
    lede="Example troops will leave the coast, “a month early,” said a report.",
    tags=("DefeatRussia",),
    published=datetime(2024, 6, 26, 21, tzinfo=UTC),
    day_only=True,
    views=1717,
    views_at=NOW,
    cover=Cover(url=None, alt="", credit="Ann B Example / Agency via Images"),
    language="en",
    words=18,
)

NOTE = """---
title: "UWC: a call"
date: 2024-06-27 18:00
tags: [UWC news, "#UAinNATO#UAtoEU"]
url: /a-call/
lede: The first words.
cover: {url: /pic.jpg, alt: A picture, credit: "Cover: Ann Example"}
views: 12
language: uk
author: nobody
---
# Heading

![picture](pic.jpg) A *call* to [everybody](https://news.example/all) from `us`.

More.
"""

NOTE_ARTICLE = Article(
    source="drop",
    native_id="one.md",
    url="https://news.example/a-call/",
    url_key="news.example/a-call",
    title="UWC: a call",
    lede="The first words.",
    tags=("UWC news", "UAinNATO", "UAtoEU"),
    published=datetime(2024, 6, 27, 15, tzinfo=UTC),
    views=12,
    views_at=NOW,
    cover=Cover("https://news.example/pic.jpg", "A picture", "Ann Example"),
    language="uk",
    words=9,
)


def write(folder: Path, **files: str | bytes) -> None:
    """Files by name, with `_` for the dot."""
    (folder / "articles").mkdir()
    for name, text in files.items():
        (folder / "articles" / name.replace("_", ".")).write_bytes(text if isinstance(text, bytes) else text.encode())


def read(folder: Path, source: SourceSettings = SOURCE, **files: str | bytes) -> SourceReport:
    """Of files that were written a minute ago."""
    write(folder, **files)
    moment = time.time() - 60
    for file in (folder / "articles").iterdir():
        os.utime(file, (moment, moment))
    return collect.fetch(source, request(folder))


def only(report: SourceReport) -> Article:
    assert (report.problems, report.failure, len(report.articles)) == ((), None, 1)
    return report.articles[0]


def problem(folder: Path, **files: str | bytes) -> str:
    report = read(folder, **files)
    assert (report.articles, report.failure, len(report.problems)) == ((), None, 1)
    return report.problems[0].removeprefix(f"{folder}/articles/")


# --- pages as text ---------------------------------------------------------------------------


def test_a_page_as_text_gives_the_whole_article(tmp_path: Path):
    assert only(read(tmp_path, one_txt=PAGE)) == PAGE_ARTICLE


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([("#DefeatRussia", "#UAinNATO#UWC news")], {"tags": ("UAinNATO", "UWC news")}),
        ([("#DefeatRussia\n", "")], {"tags": ()}),
        ([("2024 1717\nExample troops leave Exampleland’s coast\n", "2024 1717\n")], {}),
        ([("2024 1717\n", "2024 1717\nphoto\n")], {}),
        ([("2024 1717", "2024")], {"views": None, "views_at": None}),
        ([("2024 1717", "2024 1,717")], {}),
        ([("June 27,2024", "червня 27,2024")], {}),
        ([("Cover: Ann B Example Ann B Example / Agency via Images\n\n", "")], {"cover": None}),
        ([("UNION OF EXAMPLES\n\nicon\n\n", "")], {}),
        ([("\n", "\r\n")], {}),
        ([("UNION", "\ufeffUNION")], {}),
        ([("Donate Subscribe to our news", "Latest news\nSeptember 12,2025\nOther words")], {}),
        ([("second paragraph", "second paragraph of July 1,2024\n\nJune 1,2024\n\nand")], {"words": 24}),
    ],
    ids=[
        *("glued-tags", "no-tags", "title-once", "photo", "no-views", "comma", "ukrainian", "no-cover", "no-header"),
        *("crlf", "bom", "latest-news", "dates-in-text"),
    ],
)
def test_a_page_is_read_in_each_form_that_is_seen(
    tmp_path: Path, changes: list[tuple[str, str]], expected: dict[str, object]
):
    text = PAGE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    assert only(read(tmp_path, one_txt=text)) == replace(PAGE_ARTICLE, **expected)


@pytest.mark.parametrize(
    ("above", "below"),
    [
        ("icon\n", "#StandUp: a call of July 1,2024\n"),
        ("icon\n", ""),
        ("Examples\n", "#StandUp: a call of July 1,2024\n"),
    ],
    ids=["title-twice", "title-once", "other-header"],
)
def test_a_hashtag_in_the_title_is_no_tag(tmp_path: Path, above: str, below: str):
    page = f"{above}\n#StandUp: a call of July 1,2024\nJune 27,2024 5\n{below}\nWords.\n"
    article = only(read(tmp_path, one_txt=page))
    assert (article.title, article.tags, article.lede) == ("#StandUp: a call of July 1,2024", (), "Words.")


def test_the_sources_own_zone_language_and_address_come_first(tmp_path: Path):
    source = SourceSettings(
        name="drop",
        kind="folder",
        path="articles",
        timezone="America/Toronto",
        language="uk",
        url="https://other.example/ua",
    )
    assert only(read(tmp_path, source, one_txt=PAGE)) == replace(
        PAGE_ARTICLE,
        published=datetime(2024, 6, 27, 4, tzinfo=UTC),
        language="uk",
        url="https://other.example/ua/example-troops-leave-examplelands-coast",
        url_key="other.example/ua/example-troops-leave-examplelands-coast",
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", 'one.txt:1: expected a line with the date and the views, as "June 27,2024 1717"; add it below the title'),
        ("icon\n\nJune 27,2024 5\nWords.", "one.txt:3: expected the title above the date; add it"),
        ("A title\nJune 27,2024 5\nA title\nphoto\n", "one.txt:2: expected the article's text below the date; add it"),
        (b"A title\n\xff", "one.txt:2: not UTF-8; save the file as UTF-8"),
        (b"a" * 1_000_001, "one.txt:1: larger than 1 MB, so no article; take it out of the folder"),
    ],
    ids=["no-date", "no-title", "no-text", "encoding", "size"],
)
def test_a_broken_page_is_named_with_its_line_and_the_cure(tmp_path: Path, text: str | bytes, said: str):
    assert problem(tmp_path, one_txt=text) == said


# --- Markdown --------------------------------------------------------------------------------


def test_a_markdown_file_gives_the_whole_article(tmp_path: Path):
    assert only(read(tmp_path, one_md=NOTE)) == NOTE_ARTICLE


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("lede: The first words.\n", "summary: Other words.\n", {"lede": "Other words."}),
        ("lede: The first words.\n", "", {"lede": "A call to everybody from us."}),
        ("tags: [UWC news, \"#UAinNATO#UAtoEU\"]", "tags: UWC news, UAinNATO, UAtoEU", {}),
        ("tags: [UWC news, \"#UAinNATO#UAtoEU\"]", "tags:\n  - UWC news\n  - '#UAinNATO'\n  - UAtoEU", {}),
        ("tags: [UWC news, \"#UAinNATO#UAtoEU\"]\n", "", {"tags": ()}),
        ("cover: {url: /pic.jpg, alt: A picture, credit: \"Cover: Ann Example\"}", "cover: https://news.example/pic.jpg",
         {"cover": Cover("https://news.example/pic.jpg", "", "")}),
        ("cover: {url: /pic.jpg, ", "cover: {", {"cover": Cover(None, "A picture", "Ann Example")}),
        ("date: 2024-06-27 18:00\n", "", {"published": None}),
        ("date: 2024-06-27 18:00", "date: 2024-06-27", {"published": datetime(2024, 6, 26, 21, tzinfo=UTC), "day_only": True}),
        ("date: 2024-06-27 18:00", "Date: 2024-06-27T18:00:00+03:00", {}),
        ("language: uk", "lang: no", {"language": "no"}),
        ("views: 12\n", "", {"views": None, "views_at": None}),
        ("title: \"UWC: a call\"", "title: 2024", {"title": "2024"}),
        ("url: /a-call/\n", "", {"url": "https://news.example/uwc-a-call", "url_key": "news.example/uwc-a-call"}),
        ("---\n# Heading", "...\n# Heading", {}),
    ],
    ids=[
        *("summary", "no-lede", "tags-text", "tags-list", "no-tags", "cover-url", "credit-only", "no-date", "day"),
        *("upper-case-key", "norwegian", "no-views", "number-title", "no-url", "dots"),
    ],
)  # fmt: skip
def test_front_matter_is_read_in_each_form(tmp_path: Path, old: str, new: str, expected: dict[str, object]):
    assert old in NOTE
    assert only(read(tmp_path, one_md=NOTE.replace(old, new))) == replace(NOTE_ARTICLE, **expected)


QUOTES = "put a value that begins with # or holds a colon into quotes"


@pytest.mark.parametrize(
    ("front", "said"),
    [
        ("date: 2024-06-27\ntitle: #Stand now", f"3: `title` is empty, perhaps because # begins a comment; {QUOTES}, or take the key out"),
        ("title: A\ntags: #News", f"3: `tags` is empty, perhaps because # begins a comment; {QUOTES}, or take the key out"),
        ("title: A\ntags:\n - a\n - #News", f"5: `tags` is empty, perhaps because # begins a comment; {QUOTES}, or take the key out"),
        ("title: UWC: a call", f"2: not valid YAML: mapping values are not allowed here; {QUOTES}"),
        ("title: A\ntags: [#News]\nviews: 1", f"3: not valid YAML: expected ',' or ']', but got '<stream end>'; {QUOTES}"),
        ("title: [A]", f"2: `title`: expected one text; {QUOTES}"),
        ("date: 2024-06-27", "1: expected `title:` in the front matter; add it"),
        ("title: ''", "2: expected `title:` in the front matter; add it"),
        ("title: A\ndate: next week", '3: `date`: cannot read "next week"; write it as 2024-06-27 or 2024-06-27 18:00'),
        ("title: A\nurl: javascript:alert(1)", '3: `url`: "javascript:alert(1)" is no web address; begin it with https://'),
        ("title: A\ncover:\n  alt: x\n  url: data:x", '5: `url`: "data:x" is no web address; begin it with https://'),
        ("title: A\nviews: many", '3: `views`: "many" is no number; write digits only'),
        ("title: A\nlang: English", '3: `language`: "English" is no language code; write one as en or uk'),
        ("? [a, b]\n: c", "1: expected `title:` in the front matter; add it"),
        ("title: " + "a" * 20_000, "1: expected front matter: a line `---`, `title:` and `date:` lines, and a line `---`"),
        ("just text", "1: expected `key: value` lines; write at least `title:` and `date:`"),
        ("title: a\x07b", "1: not valid YAML: a character or a depth that it does not allow; simplify the front matter"),
        ("a: " + "[" * 5000, "1: not valid YAML: a character or a depth that it does not allow; simplify the front matter"),
    ],
    ids=[
        *("title-comment", "tags-comment", "item-comment", "colon", "bracket", "list-title", "no-title", "empty-title"),
        *("date", "url", "cover-url", "views", "language", "list-key", "endless", "text", "control", "depth"),
    ],
)  # fmt: skip
def test_a_front_matter_trap_is_named_with_its_line_and_the_cure(tmp_path: Path, front: str, said: str):
    assert problem(tmp_path, one_md=f"---\n{front}\n---\nWords.\n") == f"one.md:{said}"


def test_a_file_without_front_matter_says_what_it_needs(tmp_path: Path):
    assert problem(tmp_path, one_md="# A title\n") == (
        "one.md:1: expected front matter: a line `---`, `title:` and `date:` lines, and a line `---`"
    )


# --- files that are being written ------------------------------------------------------------


def test_a_file_that_grows_while_it_is_looked_at_is_left_for_the_next_run(tmp_path: Path):
    write(tmp_path, one_txt=PAGE, two_txt=PAGE)
    growing = tmp_path / "articles" / "one.txt"
    written = threading.Event()

    def go_on() -> None:
        while not written.wait(0.05):
            with growing.open("a", encoding="utf-8") as file:
                file.write("More.\n")

    writer = threading.Thread(target=go_on)
    writer.start()
    report = collect.fetch(SOURCE, request(tmp_path))
    written.set()
    writer.join()
    assert [article.native_id for article in report.articles] == ["two.txt"]
    assert report.problems == (f"{growing}:1: is still being written; it is left for the next run",)
    assert report.complete_since is None


def test_a_file_that_was_just_written_is_read_after_a_second_look(tmp_path: Path):
    write(tmp_path, one_txt=PAGE)
    assert collect.fetch(SOURCE, request(tmp_path)).articles == (PAGE_ARTICLE,)


@pytest.mark.parametrize("age_s", [60, -60], ids=["settled", "of-a-clock-that-is-ahead"])
def test_files_that_were_not_just_written_cost_no_second_look(tmp_path: Path, age_s: int):
    write(tmp_path, one_txt=PAGE)
    moment = time.time() - age_s
    os.utime(tmp_path / "articles" / "one.txt", (moment, moment))
    began = time.monotonic()
    assert collect.fetch(SOURCE, request(tmp_path)).articles == (PAGE_ARTICLE,)
    assert time.monotonic() - began < 0.4


@pytest.mark.parametrize(
    ("files", "since"),
    [({"one_txt": PAGE}, START), ({"one_txt": PAGE, "two_txt": "broken"}, None), ({}, None)],
    ids=["good", "one-broken", "empty"],
)
def test_a_folder_knows_all_that_it_holds_when_every_file_can_be_read(
    tmp_path: Path, files: dict[str, str], since: datetime | None
):
    assert read(tmp_path, **files).complete_since == since


# --- the folder ------------------------------------------------------------------------------


def test_one_broken_file_does_not_stop_the_others(tmp_path: Path):
    report = read(
        tmp_path, one_txt=PAGE, two_md="no front matter", three_txt="no date", picture_jpg=b"\xff", four_md=NOTE
    )
    assert [article.native_id for article in report.articles] == ["four.md", "one.txt"]
    assert [line.split(":")[0].rpartition("/")[2] for line in report.problems] == ["three.txt", "two.md"]


def test_hidden_files_are_left_alone(tmp_path: Path):
    assert read(tmp_path, _one_txt=PAGE) == SourceReport("drop")


def test_a_folder_that_is_not_there_is_a_failure(tmp_path: Path):
    assert collect.fetch(SOURCE, request(tmp_path)) == SourceReport(
        "drop",
        failure=f"the folder {tmp_path}/articles cannot be read (No such file or directory); check `path`",
    )
