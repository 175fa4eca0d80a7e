from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.collect import clean


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("A 5 < 7 &#038; 9 > 3", "A 5 < 7 & 9 > 3"),
        ("A 5 &lt; 7 &amp; 9 &gt; 3", "A 5 < 7 & 9 > 3"),
        ("Rally <em>for</em> Ukraine", "Rally for Ukraine"),
        ("<p>One.</p><p>Two.<br>Three</p><ul><li>a</li><li>b</li></ul>", "One. Two. Three a b"),
        ("<script>alert(1)</script><style>p{}</style>Seen<!-- not -->", "Seen"),
        ("<img src=x onerror=alert(1)>Seen<svg><text>not</text></svg>", "Seen"),
        ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
        ("“Quote,” said&nbsp;a&#8239;spokesman &mdash; &hellip;", "“Quote,” said a spokesman — …"),
        ("e\u0301", "é"),
        ("a\x00b\x07c\x1bd\x9fe", "abcde"),
        ("a\u202eb\u2066c\u200fd\u200be\ufefff\u00adg", "abcdefg"),
        ("👩\u200d🚀 می\u200cخواهم", "👩\u200d🚀 می\u200cخواهم"),
        ("a\ud800b\ufffec\U000e0041d", "abcd"),
        ("a\u2028b\u2029c\x85d\r\n\te", "a b c d e"),
        ("Hi =?utf-8?q?=0D=0ABcc:_v@x?= all", "Hi all"),
        ("=?utf-8?q?a", "utf-8?q?a"),
        ("=\u200b?utf-8?B?QQ==?=", ""),
        ("==?utf-8?q?a?=?x", "utf-8?q?a?x"),
        ("why=? what??", "why what??"),
    ],
)
def test_markup_becomes_the_text_that_a_reader_sees(markup: str, text: str):
    assert clean.text(markup) == text


@given(st.text(st.characters(), max_size=200))
def test_clean_text_is_one_safe_line_and_stays_as_it_is(written: str):
    cleaned = clean.plain(written)
    assert clean.plain(cleaned) == cleaned
    assert cleaned == " ".join(cleaned.split())
    assert "=?" not in cleaned
    assert cleaned.encode("utf-8").decode() == cleaned


def test_text_that_is_no_markup_keeps_its_signs():
    assert clean.plain("Use <b> & 5 &lt; 6") == "Use <b> & 5 &lt; 6"


def test_titles_ledes_and_tags_have_their_limits():
    endless = "x" * 5000
    assert (len(clean.title(endless)), len(clean.lede(endless)), len(clean.identifier(endless))) == (300, 1000, 500)
    assert clean.tags(["x" * 100]) == ("x" * 60,)
    assert len(clean.tags(str(n) for n in range(100))) == 40


@pytest.mark.parametrize(
    "nest", ["<div>", "<b>", "<table>", "<p>", "<!--", "<a ", "<", "&", "=?a?q?", "cover: ", "The post "]
)
def test_hostile_nesting_costs_no_time(nest: str):
    hostile = nest * 100_000
    began = time.process_time()
    clean.title(hostile)
    clean.lede(hostile, hostile)
    clean.credit(hostile)
    clean.words(hostile)
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("excerpt", "content", "lede"),
    [
        ("<p>Hand written &amp; short.</p>", "<p>Other words.</p>", "Hand written & short."),
        (
            "",
            "<figure><figcaption>Who</figcaption></figure><p> </p><p>First <b>one</b>.</p><p>Second.</p>",
            "First one.",
        ),
        ("", "No paragraphs at all", "No paragraphs at all"),
        ("<p>First one. Second is cut [&hellip;]</p>", "<p>First one.</p><p>Second is cut here.</p>", "First one."),
        ("<p>First one. Second.</p>", "<p>First one.</p>\n<p>Second.</p>", "First one."),
        ("<p>First half of&hellip;</p>", "<p>First half of one.</p>", "First half of one."),
        ("Its own words [&#8230;]", "", "Its own words"),
        ("Its own words…", "<p>Text.</p>", "Its own words…"),
        ('<p>Own words.</p><p>The post <a href="/a">A</a> appeared first on <a href="/">B</a>.</p>', "", "Own words."),
        ("<p>Whole.</p><p>" + "article " * 200 + "</p>", "", "Whole."),
        ("", "", ""),
    ],
    ids=["excerpt", "paragraph", "bare", "cut", "joined", "half", "mark", "dots", "furniture", "whole", "nothing"],
)
def test_the_lede_is_the_excerpt_or_the_first_paragraph(excerpt: str, content: str, lede: str):
    assert clean.lede(excerpt, content) == lede


def test_tags_split_on_the_hash_and_stand_once():
    assert clean.tags(["#UAinNATO#UWC news", "uwc NEWS", " Q&amp;A ", "#", "", "DefeatRussia,"]) == (
        "UAinNATO",
        "UWC news",
        "Q&A",
        "DefeatRussia",
    )


@pytest.mark.parametrize(
    ("written", "credit"),
    [
        ("Cover: Kim Won Jin Kim Won Jin / AFP via Getty Images", "Kim Won Jin / AFP via Getty Images"),
        ("<p>Photo: A. Example A. Example</p>", "A. Example"),
        ("COVER : Фото: Олена Приклад", "Олена Приклад"),
        ("1+1", "1+1"),
        ("Duran Duran", "Duran Duran"),
        ("Example One Example Two", "Example One Example Two"),
        ("", ""),
    ],
)
def test_a_credit_is_the_name_said_once(written: str, credit: str):
    assert clean.credit(written) == credit


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("https://news.example/a", "https://news.example/a"),
        ("/a b?q=ї#ї", "https://news.example/a%20b?q=%D1%97#%D1%97"),
        ("pic.jpg", "https://news.example/2024/pic.jpg"),
        ("//cdn.example/pic.jpg", "https://cdn.example/pic.jpg"),
        ("https://приклад.укр:8443/a", "https://xn--80aikifvh.xn--j1amh:8443/a"),
        ("http://[2606:4700::1111]/a", "http://[2606:4700::1111]/a"),
        ('https://news.example/"><script>', "https://news.example/%22%3E%3Cscript%3E"),
        ("https://news.example/%d1%97?a=%20&b=1", "https://news.example/%d1%97?a=%20&b=1"),
        ("", None),
        (" ", None),
        (None, None),
        ("javascript:alert(1)", None),
        ("java\nscript:alert(1)", None),
        ("data:image/png;base64,AAAA", None),
        ("ftp://news.example/a", None),
        ("https://news.example@evil.example/", None),
        ("http://[::1", None),
        ("http://news.example:99999/", None),
        ("https://news.example/\ud800", None),
        ("https://news.example/" + "a" * 2000, None),
    ],
)
def test_only_absolute_web_addresses_pass(written: str | None, url: str | None):
    assert clean.url(written, "https://news.example/2024/slug") == url


def test_a_relative_address_without_a_page_is_none():
    assert clean.url("/a") is None


def test_words_are_counted_without_markup():
    assert clean.words("<p>One two</p><p>three&nbsp;x <b>four</b></p>") == 4
