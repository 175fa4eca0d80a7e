"""The text part keeps to 72 columns and breaks no address."""

from __future__ import annotations

import pytest

from digest.render import plaintext
from tests.render import sample


def test_no_line_is_longer_than_72_columns_unless_it_holds_an_address() -> None:
    text = sample.email(sample.issue_of(sample.article("Long " * 40, lede="many words " * 30))).text
    assert [line for line in text.split("\n") if len(line) > 72 and "://" not in line] == []


def test_a_long_address_stays_on_one_line() -> None:
    address = "https://www.example.org/" + "long-path/" * 20
    assert address in sample.email(sample.issue_of(sample.article(url=address))).text.split("\n")


def test_control_characters_are_left_out() -> None:
    plain = sample.email(sample.issue_of(sample.article("Shelters open"))).text
    assert sample.email(sample.issue_of(sample.article("Shel\x00ters\r\x1b\ud800 open"))).text == plain


def test_wrapped_lines_keep_their_indent() -> None:
    assert (
        plaintext.wrapped("a\n  " + "word " * 20)
        == "a\n  " + ("word " * 14).strip() + "\n  " + ("word " * 6).strip() + "\n"
    )


@pytest.mark.parametrize(("mark", "margin"), [("* ", 2), ("  * ", 4), ("12. ", 4)])
def test_a_long_item_of_a_list_goes_on_below_its_first_word(mark: str, margin: int) -> None:
    _, first, second = plaintext.wrapped("a\n" + mark + "word " * 20).rstrip().split("\n")
    assert (first.startswith(mark), second[: margin + 1]) == (True, " " * margin + "w")


def test_empty_lines_never_stand_in_threes() -> None:
    assert plaintext.wrapped("\n\na\n\n\n\nb \n") == "a\n\nb\n"


def test_every_link_of_the_email_is_in_the_text() -> None:
    text = sample.email(sample.EDITED).text
    for story in sample.EDITED.stories:
        assert story.article.url in text
    for address in [link.url for link in sample.EDITED.links] + [panel.url for panel in sample.EDITED.panels]:
        assert address in text
    for link in ("/issues/weekly-2024-W26", sample.TOKENS["unsubscribe_url"], sample.NEWSLETTER.postal_address):
        assert link in text


def test_nothing_is_escaped_in_plain_text() -> None:
    assert "Bread & <butter>" in sample.email(sample.issue_of(sample.article("Bread & <butter>"))).text
