"""Cutting a frozen text at its tokens and joining it for one recipient."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.splice import Page, for_html, for_text

TOKENS = {"name": "zNAMEz", "unsubscribe_url": "zURLz"}
TEXT = 'Привіт, zNAMEz: <a href="zURLz">x</a> zNAMEz'


def test_every_place_takes_its_value() -> None:
    page = Page(TEXT, TOKENS)
    values = {"name": for_html("О’Ніл & <Co>"), "unsubscribe_url": for_html('https://x.example/?a=1&b="')}
    assert page.splice(values).decode() == (
        'Привіт, О’Ніл &amp; &lt;Co&gt;: <a href="https://x.example/?a=1&amp;b=&quot;">x</a> О’Ніл &amp; &lt;Co&gt;'
    )


def test_one_delivery_leaves_nothing_to_the_next() -> None:
    page = Page("zNAMEz", {"name": "zNAMEz"})
    assert [page.splice({"name": b"a"}), page.splice({"name": b"b"})] == [b"a", b"b"]


def test_two_deliveries_at_once_do_not_mix() -> None:
    page = Page("zNAMEz zURLz", TOKENS)

    class Meanwhile(dict[str, bytes]):
        def __getitem__(self, field: str) -> bytes:
            page.splice({"name": b"other", "unsubscribe_url": b"other"})
            return super().__getitem__(field)

    assert page.splice(Meanwhile(name=b"mine", unsubscribe_url=b"u")) == b"mine u"


def test_a_value_that_looks_like_a_token_is_not_replaced_again() -> None:
    assert Page(TEXT, TOKENS).splice({"name": b"zURLz", "unsubscribe_url": b"u"}).count(b"zURLz") == 2


def test_the_fields_of_a_page_are_those_that_it_holds() -> None:
    assert Page(TEXT, {**TOKENS, "address": "zADDRESSz"}).fields == ("name", "unsubscribe_url")
    assert Page("nothing", TOKENS).fields == Page("nothing", {}).fields == ()


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(KeyError, match="unsubscribe_url"):
        Page(TEXT, TOKENS).splice({"name": b""})


def json_piece(text: str) -> bytes:
    return json.dumps(text)[1:-1].encode()


@given(st.lists(st.sampled_from(["zNAMEz", "zURLz", 'a"\\\n', "ї", ""])), st.text(), st.text())
def test_pieces_encoded_once_equal_the_page_encoded_whole(pieces: list[str], name: str, url: str) -> None:
    text = "".join(pieces)
    encoded = Page(text, TOKENS, encode=json_piece).splice(
        {"name": json_piece(name), "unsubscribe_url": json_piece(url)}
    )
    plain = "".join({"zNAMEz": name, "zURLz": url}.get(piece, piece) for piece in pieces)
    assert json.loads(b'"' + encoded + b'"') == plain


def test_a_value_in_the_text_part_stays_on_one_line() -> None:
    assert for_text("Olena\r\nBcc: x\u2028y & <z>") == b"Olena Bcc: x y & <z>"
