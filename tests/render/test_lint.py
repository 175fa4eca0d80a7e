"""Mistakes in MJML that the engine takes without a word are found, each at its place."""

from __future__ import annotations

import pytest

from digest.render import guard, lint, markup, tags

COLUMN = "<mjml><mj-body><mj-section><mj-column>{}</mj-column></mj-section></mj-body></mjml>"


def found(mjml: str) -> tuple[str, int, int]:
    """The mistake and its two places; a place is how many characters stand before it."""
    with pytest.raises(guard.MarkupError) as caught:
        lint.check(guard.pieces(mjml))
    return str(caught.value), caught.value.offset, caught.value.other


def at(mjml: str, mark: str) -> int:
    assert mjml.count(mark) == 1
    return mjml.index(mark)


@pytest.mark.parametrize(
    ("inner", "said"),
    [
        pytest.param("<mj-txt>x</mj-txt>", "<mj-txt> is no tag of MJML; did you mean mj-text?", id="unknown-tag"),
        pytest.param("<MJ-Text>x</MJ-Text>", "<MJ-Text> is no tag of MJML; did you mean mj-text?", id="upper-case"),
        pytest.param("<mj-zzzzzzzz/>", "<mj-zzzzzzzz> is no tag of MJML", id="unknown-tag-like-no-other"),
        pytest.param(
            '<mj-include path="a"/>', "<mj-include> is no tag of MJML here; write {% include %} instead", id="include"
        ),
        pytest.param(
            '<mj-text colour="red">x</mj-text>',
            '<mj-text> takes no attribute "colour"; did you mean color?',
            id="unknown-attribute",
        ),
        pytest.param("<mj-spacer style='a'/>", '<mj-spacer> takes no attribute "style"', id="attribute-of-html"),
        pytest.param(
            "<mj-image src=\"a\" alt='' src='b' />", '<mj-image> has the attribute "src" twice', id="attribute-twice"
        ),
        pytest.param(
            '<mj-raw><td style="a" class=b style="c"></td></mj-raw>',
            '<td> has the attribute "style" twice',
            id="attribute-of-html-twice",
        ),
        pytest.param(
            '<mj-text><a title="x>y</a> 5" <b id="z"></b></mj-text>',
            '<a> holds a "<": a quotation mark is missing, or write &lt;',
            id="quotation-mark-missing",
        ),
    ],
)
def test_a_tag_that_is_wrong_by_itself_is_named(inner: str, said: str) -> None:
    mjml = COLUMN.format(f"<mj-text>ї</mj-text>{inner}")
    tag = "<td" if "<td" in inner else "<a" if "<a" in inner else inner
    assert found(mjml) == (said, at(mjml, tag), -1)


@pytest.mark.parametrize(
    ("mjml", "said", "mark", "other"),
    [
        pytest.param(
            "<mjml><mj-body><mj-column></mj-column></mj-body></mjml>",
            "<mj-column> may stand in <mj-section> or <mj-group> alone, not in the <mj-body>",
            "<mj-column", "<mj-body", id="column-outside-a-section",
        ),
        pytest.param(
            "<mjml><mj-body><mj-section><mj-text>x</mj-text></mj-section></mj-body></mjml>",
            "<mj-text> may stand in <mj-column> or <mj-hero> alone, not in the <mj-section>",
            "<mj-text", "<mj-section", id="text-outside-a-column",
        ),
        pytest.param(
            "<mjml><mj-body><mj-section><mj-section></mj-section></mj-section></mj-body></mjml>",
            "<mj-section> may stand in <mj-body> or <mj-wrapper> alone, not in the <mj-section>",
            "<mj-section></mj-section>", "<mj-section><", id="section-in-a-section",
        ),
        pytest.param(
            COLUMN.format("<p>x</p>"),
            "<p> may stand in <mj-text> or <mj-raw> alone, not in the <mj-column>",
            "<p", "<mj-column", id="html-in-a-column",
        ),
        pytest.param(
            COLUMN.format("<mj-raw><tr><td><mj-image src='a'/></td></tr></mj-raw>"),
            "<mj-image> may stand in <mj-column> or <mj-hero> alone, not in the <td>",
            "<mj-image", "<td", id="mjml-in-html",
        ),
        pytest.param(
            "<mjml><mj-head><mj-all color='red'/></mj-head></mjml>",
            "<mj-all> may stand in <mj-attributes> alone, not in the <mj-head>",
            "<mj-all", "<mj-head", id="defaults-outside-their-tag",
        ),
        pytest.param(
            COLUMN.format("<mj-text><mj-class name='a'/></mj-text>"),
            "<mj-class> may stand in <mj-attributes> alone, not in the <mj-text>",
            "<mj-class", "<mj-text", id="class-in-a-text",
        ),
        pytest.param(
            COLUMN.format(" a "), "text stands directly in <mj-column>, not in <mj-text> or <mj-raw>",
            "a <", None, id="words-in-a-column",
        ),
        pytest.param("<mjml><mj-body></mj-body></mjml>\nx", "text stands outside <mjml>, not in <mj-text> or <mj-raw>",
            "x", None, id="words-after-the-end",
        ),
        pytest.param(
            COLUMN.format("<mj-text>1 < 2 <i title='x>y</i></mj-text>"),
            'a "<" that begins no tag: a quotation mark is missing, or write &lt;', "<i", None, id="no-tag",
        ),
        pytest.param("<p></p>", "<p> stands outside <mjml>", "<p", None, id="html-alone"),
        pytest.param(
            "<mjml><mj-body></mj-body><mj-body css-class='b'></mj-body></mjml>", "a second <mj-body>",
            "<mj-body css", None, id="two-bodies",
        ),
        pytest.param(
            "<mjml><mj-head><mj-style>p { }<mj-title>x</mj-title><mj-style></mj-style></mj-head></mjml>",
            "a tag of MJML stands within this <mj-style>", "<mj-style>p", None, id="open-style-sheet",
        ),
    ],
)  # fmt: skip
def test_a_tag_in_the_wrong_place_is_named_and_so_is_what_it_stands_in(
    mjml: str, said: str, mark: str, other: str | None
) -> None:
    assert found(mjml) == (said, at(mjml, mark), at(mjml, other) if other else -1)


@pytest.mark.parametrize(
    ("inner", "said", "mark", "other"),
    [
        pytest.param("a<b>c</p>", "<b> is not closed before the </p>", "<b>", "</p>", id="inner-left-open"),
        pytest.param("x</i></p>", "</i> closes nothing: no <i> is open", "</i>", None, id="never-opened"),
        pytest.param("x</P></p>", "</P> closes nothing: no <P> is open", "</P>", None, id="other-case"),
        pytest.param(
            "<!--[if mso]><table><![endif]--></p>", "<table> is not closed before the </p>",
            "<table>", "</p>", id="half-of-a-table-in-a-condition",
        ),
        pytest.param("<q>" * 197, "<q> stands inside 200 other tags", None, None, id="too-deep"),
    ],
)  # fmt: skip
def test_wrong_nesting_is_named_with_the_tag_that_was_left_open(
    inner: str, said: str, mark: str | None, other: str | None
) -> None:
    mjml = f"<mjml><mj-body><mj-raw><p>{inner}</mj-raw></mj-body></mjml>"
    message, offset, second = found(mjml)
    assert (message, second) == (said, at(mjml, other) if other else -1)
    assert offset == (at(mjml, mark) if mark else mjml.rindex("<q>"))


def test_a_tag_that_nothing_closes_is_named() -> None:
    assert found("<mjml>\n<mj-body>") == ("<mj-body> is never closed", 7, -1)


@pytest.mark.parametrize(
    "inner",
    [
        pytest.param("<!-- x --><mj-text>a <b>b</b><br>c &lt;mj-x> <i title='a=b'>d</i></mj-text>", id="text"),
        pytest.param("<mj-raw><tr><td title=a class='b'>x</td></tr></mj-raw>", id="rows"),
        pytest.param(
            "<mj-raw><!--[if mso]><table><tr><td><![endif]--><p>x</p><!--[if mso]></td></tr></table><![endif]--></mj-raw>",
            id="table-for-outlook-alone",
        ),
        pytest.param("<mj-raw><!--[if !mso]><!--><p>x</p><!--<![endif]--></mj-raw>", id="all-but-outlook"),
    ],
)
def test_what_is_right_is_left_in_peace(inner: str) -> None:
    mjml = COLUMN.format(inner)
    lint.check(guard.pieces(mjml))
    assert "</html>" in markup.compiled(mjml)


PLACES = sorted((home, name) for home, children in tags.CHILDREN.items() for name in children if home)


@pytest.mark.parametrize(("home", "name"), PLACES)
def test_the_engine_takes_every_tag_with_all_its_attributes_wherever_the_table_lets_it_stand(
    home: str, name: str
) -> None:
    written = "".join(f' {one}="1px"' for one in sorted(tags.ATTRIBUTES.get(name, ("name",))))
    mjml = f"<{name}{written}></{name}>"
    while home:
        mjml = f"<{home}>{mjml}</{home}>"
        home = next(o for o, children in tags.CHILDREN.items() if home in children and o != "mj-attributes")
    assert "</html>" in markup.compiled(mjml)
