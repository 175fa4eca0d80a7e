"""The editor's Markdown: what is kept, what becomes plain words, and that nothing in it can act."""

from __future__ import annotations

import re
from time import perf_counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace
from selectolax.lexbor import LexborHTMLParser

from digest.errors import RenderError
from digest.render import prose
from tests.render import sample

ALLOWED = {"p", "ul", "ol", "li", "em", "strong", "a", "br"}
CASES = [
    pytest.param("One *two* **three**", "<p>One <em>two</em> <strong>three</strong></p>", "One two three", id="emphasis"),
    pytest.param("A\n\nB", "<p>A</p><p>B</p>", "A\n\nB", id="paragraphs"),
    pytest.param("A\nB  \nC\\\nD", "<p>A\nB<br />C<br />D</p>", "A B\nC\nD", id="line-breaks"),
    pytest.param("[x](https://e.org/?a=1&b)", '<p><a href="https://e.org/?a=1&amp;b">x</a></p>', "x (https://e.org/?a=1&b)", id="link"),
    pytest.param("[x](mailto:a@e.org?subject=y)", '<p><a href="mailto:a@e.org?subject=y">x</a></p>', "x (a@e.org)", id="mail"),
    pytest.param("<https://e.org/>", '<p><a href="https://e.org/">https://e.org/</a></p>', "https://e.org/", id="bare-link"),
    pytest.param("[](https://e.org/)", '<p><a href="https://e.org/">https://e.org/</a></p>', "https://e.org/", id="link-without-words"),
    pytest.param("* a\n* b\n  * c", "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>", "* a\n* b\n  * c", id="list"),
    pytest.param("9. a\n10. b", '<ol start="9"><li>a</li><li>b</li></ol>', "9. a\n10. b", id="numbers"),
    pytest.param("- a\n\n- b", "<ul><li><p>a</p></li><li><p>b</p></li></ul>", "* a\n* b", id="loose-list"),
    pytest.param("# A *b*\n\nC\n===", "<p><strong>A <em>b</em></strong></p><p><strong>C</strong></p>", "A b\n\nC", id="headings"),
    pytest.param("#DefeatRussia grows", "<p>#DefeatRussia grows</p>", "#DefeatRussia grows", id="hashtag"),
    pytest.param("![A *map* [x](https://u.org)](https://e.org/m.png)", "<p>A map x</p>", "A map x", id="picture"),
    pytest.param("[![A](https://e.org/m.png)](https://e.org/)", '<p><a href="https://e.org/">A</a></p>', "A (https://e.org/)", id="linked-picture"),
    pytest.param("`<b>`", "<p>&lt;b&gt;</p>", "<b>", id="code"),
    pytest.param("```\na <b>\nc\n```", "<p>a &lt;b&gt;<br />c</p>", "a <b>\nc", id="code-block"),
    pytest.param("> a\n> > b", "<p>a</p><p>b</p>", "a\n\nb", id="quotation"),
    pytest.param("a\n\n---\n\nb", "<p>a</p><p>b</p>", "a\n\nb", id="rule"),
    pytest.param("| a |\n|---|", "<p>| a |\n|---|</p>", "| a | |---|", id="table"),
    pytest.param("<b>a</b> <!-- c -->", "<p>&lt;b&gt;a&lt;/b&gt; &lt;!-- c --&gt;</p>", "<b>a</b> <!-- c -->", id="html"),
    pytest.param("a -- b... (c) \"d\" 'e'", "<p>a -- b... (c) &quot;d&quot; &#x27;e&#x27;</p>", "a -- b... (c) \"d\" 'e'", id="signs-stay"),
    pytest.param("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>", "[x](javascript:alert(1))", id="script-link"),
    pytest.param("[x](www.e.org) [y](ftp://e.org) [z](//e.org)", "<p>x y z</p>", "x y z", id="other-links"),
    pytest.param("a&#8238;b\u202ec\x07d&#12;", "<p>abcd</p>", "abcd", id="direction-and-control"),
    pytest.param("", "", "", id="nothing"),
    pytest.param("```\n```", "", "", id="empty-block"),
]  # fmt: skip


@pytest.mark.parametrize(("markdown", "html", "text"), CASES)
def test_markdown_becomes_safe_html_and_plain_text(markdown: str, html: str, text: str) -> None:
    assert (prose.html(markdown), prose.text(markdown)) == (html, text)


def test_the_template_dresses_each_tag_and_its_values_are_escaped() -> None:
    look = {"p": {"class": "body", "style": 'font:"A"'}, "a": {"class": "link"}, "strong": {"class": "ink"}}
    assert prose.html("# A\n\n[b](https://e.org/)", look) == (
        '<p class="body" style="font:&quot;A&quot;"><strong class="ink">A</strong></p>'
        '<p class="body" style="font:&quot;A&quot;"><a class="link" href="https://e.org/">b</a></p>'
    )


@given(st.text(st.sampled_from("ab1 \n\t*_[]()<>!&#`-+.:/\\\"'{}|=~@;x\u202e\x00"), max_size=300))
@example('<mj-text>[a](<https://e.org/" onclick="x>) {{ 7 * 7 }} <script>alert(1)</script>')
@example("[a]( https://e.org/?q=<b>&\"' '\"><script>' )")
@example("[a](&#106;avascript:alert(1)) <javascript:alert(1)> [b](data:text/html,x) [c](JaVaScRiPt:x)")
def test_no_markdown_gives_a_tag_or_an_attribute_that_is_not_listed(markdown: str) -> None:
    for node in LexborHTMLParser(prose.html(markdown)).css("body *"):
        assert node.tag in ALLOWED
        for name, value in node.attributes.items():
            assert (node.tag, name) in {("a", "href"), ("ol", "start")}
            assert re.match(r"https?://|mailto:|\d+$", value or "", re.IGNORECASE)


HOSTILE = (
    "</td></tr></table></mj-raw><mj-text>x</mj-text> {{ 7 * 7 }} {% raw %} <!--[if mso]> -->\n\n"
    "<script>alert(1)</script> *|FNAME|* %recipient.name% Société > x\n\n"
    + "- " * 300
    + "deep\n\n"
    + ">" * 300
    + "deep"
)


def test_a_hostile_intro_is_shown_as_words_and_changes_nothing_around_it() -> None:
    calm, hostile = (sample.email(replace(sample.SMALL, intro=intro)) for intro in ("x", HOSTILE))
    assert hostile.html.replace("<p", "\n<p").split("\n")[-9:] == calm.html.replace("<p", "\n<p").split("\n")[-9:]
    for page in (hostile.html, hostile.web):
        assert "&lt;script&gt;" in page
        assert "{{ 7 * 7 }}" in page
        assert not re.search(r"<script|<mj-|49", page.partition("<body")[2])


def test_a_token_in_the_intro_stops_the_render() -> None:
    with pytest.raises(RenderError, match='field "address" occurs in the content'):
        sample.email(replace(sample.SMALL, intro=f"To {sample.TOKENS['address']}"))


@pytest.mark.parametrize(
    "piece", ["[", "![", "*a_ ", "- ", ">", "[a](", "**a *b ", "&", "<https://", "\\", "```\n", "`", " `` "]
)
def test_five_thousand_odd_characters_take_no_longer_than_a_blink(piece: str) -> None:
    started = perf_counter()
    prose.html(piece * (5_000 // len(piece)))
    assert perf_counter() - started < 2
