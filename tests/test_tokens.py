"""Links: what was made up, cut off, swapped or is too old opens nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from digest import tokens

OLD, NEW = b"old key" * 4, b"new key" * 4
NOW = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
PREFIX = tokens.unsubscribe_prefix("https://digest.ukrainianworldcongress.org", "weekly-uk")


def link(token):
    """The last part of an address, as the server gets it."""
    return f"{PREFIX}{token}".rpartition("/")[2]


def test_the_whole_header_value_fits_into_69_characters():
    assert len(f"<{PREFIX}{tokens.new_reader(NEW)}>") == 69


def test_a_link_says_whose_it_is_and_which_newsletter():
    token = tokens.new_reader(NEW)
    assert tokens.reader_link(link(token), [NEW]) == tokens.ReaderLink(token, tokens.code("weekly-uk"))


def test_a_new_key_signs_and_the_old_ones_still_verify():
    before, after = tokens.new_reader(OLD), tokens.new_reader(NEW)
    assert [tokens.reader_link(link(t), [NEW, OLD]) is not None for t in (before, after)] == [True, True]
    assert tokens.reader_link(link(before), [NEW]) is None


def test_a_link_of_before_signatures_is_left_to_the_store():
    assert tokens.reader_link("A" * 22, [NEW]) == tokens.ReaderLink("A" * 22)


def test_no_other_spelling_of_a_link_is_good():
    token = tokens.new_reader(NEW)
    whole = link(token)
    changed = [whole[:at] + ("A" if whole[at] != "A" else "B") + whole[at + 1 :] for at in range(3, len(whole))]
    wrong = [
        *changed,
        whole[:-1],
        whole + "A",
        whole + "=",
        whole.lower(),
        whole[3:],
        "",
        "\u0430" * 23,
        "." * 23,
        "A" * 500,
    ]
    assert [each for each in wrong if tokens.reader_link(each, [NEW]) not in (None, tokens.ReaderLink(each))] == []
    assert [each for each in changed if tokens.reader_link(each, [NEW])] == []


def test_a_token_is_good_for_its_purpose_alone():
    reader, confirm, stamp = tokens.new_reader(NEW), tokens.confirmation(7, NOW, NEW), tokens.stamp(NOW, NEW)
    assert [tokens.confirmed(t, [NEW], NOW) for t in (reader, stamp)] == [None, None]
    assert [tokens.reader_link(link(t), [NEW]) for t in (confirm, stamp)] == [None, None]
    assert [tokens.shown_at(t, [NEW]) for t in (reader, confirm)] == [None, None]


def test_a_confirmation_is_good_for_seven_days():
    token = tokens.confirmation(2**40 + 1, NOW, OLD)
    week = timedelta(days=7)
    assert tokens.confirmed(token, [NEW, OLD], NOW + week) == (2**40 + 1, NOW)
    assert tokens.confirmed(token, [NEW, OLD], NOW + week + timedelta(seconds=1)) is None


def test_a_stamp_says_when_the_form_was_shown():
    assert tokens.shown_at(tokens.stamp(NOW, NEW), [NEW]) == NOW
    assert [tokens.shown_at(t, [NEW]) for t in ("", "x", "A" * 18)] == [None] * 3


def test_the_links_of_a_hundred_thousand_readers_are_all_different_and_each_opens_itself():
    made = [tokens.new_reader(NEW) for _ in range(100_000)]
    opened = [found.token for t in made if (found := tokens.reader_link(link(t), [NEW]))]
    assert opened == made
    assert len(set(made)) == len(made)


@pytest.mark.parametrize("key", ["weekly", "a", "z" * 40])
def test_a_code_is_short_and_stands_in_an_address_as_it_is(key):
    assert len(tokens.code(key)) == 3
    assert tokens.code(key).replace("-", "").replace("_", "").isalnum() or set(tokens.code(key)) <= set("-_")
