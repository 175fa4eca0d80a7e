import base64
import binascii
import email
import json
import re
from email import policy
from email.header import decode_header, make_header

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from digest.errors import DigestError
from digest.models import Delivery, Picture, Sender
from digest.send import Letter, message
from digest.send.message import Frame
from digest.send.whole import WholeEmail
from tests.send.scene import EMAIL, LETTER, NOW, SENDER, batch, delivery

URL = "https://pictures.invalid/a.png?x=1&y=2"


def parsed(raw):
    return email.message_from_bytes(raw, policy=policy.default)


def raw_headers(raw):
    """Name and value of each header as the bytes stand there, still folded."""
    head = raw.partition(b"\r\n\r\n")[0].decode()
    return [tuple(part.split(": ", 1)) for part in re.split(r"\r\n(?! )", head)]


def test_the_headers_are_these_and_each_stands_once():
    assert raw_headers(Frame(LETTER).build("weekly-2026-W47", delivery())) == [
        ("To", "ann@readers.org"),
        ("Message-ID", "<be37d43428f1521e5017d441e4e168b2@news.example.org>"),
        ("List-ID", "<weekly.news.example.org>"),
        (
            "List-Unsubscribe",
            "<https://news.example.org/u/token1?a=1&b=2>,\r\n <mailto:desk@news.example.org?subject=unsubscribe>",
        ),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("From", "=?utf-8?b?0JTQsNC50LTQttC10YHRgiDQvdC+0LLQuNC9?=\r\n <desk@news.example.org>"),
        ("Reply-To", "reply@news.example.org"),
        (
            "Subject",
            "=?utf-8?b?0KLQuNC20LTQtdC90Yw6IDEwMCUgb2YgJXJlY2lwaWVudC5uYW1l?=\r\n =?utf-8?b?JQ==?=",
        ),
        ("Date", "Fri, 20 Nov 2026 14:00:00 +0000"),
        ("MIME-Version", "1.0"),
        ("Content-Type", 'multipart/alternative;\r\n boundary="908ab7231c032ab8bd473e2e45c398c7"'),
    ]


def test_an_automatic_letter_says_so_and_is_no_mailing_lists():
    letter = replace(LETTER, automatic=True)
    of_list = {"List-ID", "List-Unsubscribe", "List-Unsubscribe-Post"}

    framed = raw_headers(Frame(letter).build("confirm", delivery()))
    as_json = json.loads(WholeEmail(letter, lambda parts: parts.headers).of(batch("ann@readers.org"), delivery()))

    assert dict(framed)["Auto-Submitted"] == "auto-generated"
    assert of_list.isdisjoint(dict(framed))
    assert as_json == {"Auto-Submitted": "auto-generated"}


def test_a_long_unsubscribe_address_stays_one_address():
    long = Delivery(
        1, "ann@readers.org", {"name": "", "address": "", "unsubscribe_url": "https://a.example/" + "x" * 400}
    )

    assert b"\r\nList-Unsubscribe: <https://a.example/" + b"x" * 400 + b">,\r\n <mailto:" in Frame(LETTER).build(
        "k", long
    )


ANY_WORDS = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), min_size=1, max_size=200)
TOKEN = st.text("abcXYZ019-_=.~%", min_size=1, max_size=800)


@example(name="Ї🌻" * 60, subject="Їжак і 🌻 йдуть " * 12, reply="Редакція, Київ " * 12, token="x" * 400)
@given(name=ANY_WORDS, subject=ANY_WORDS, reply=ANY_WORDS, token=TOKEN)
def test_the_raw_bytes_of_a_head_hold_whatever_its_words_are(name, subject, reply, token):
    """Python's own writer fails each of these: parsing its result with Python hides it."""
    url = f"https://news.example.org/u/{token}"
    sender = replace(
        SENDER, name=name.strip() or "x", reply_to=f"{message.quoted(reply.strip())} <reply@news.example.org>"
    )
    frame = Frame(replace(LETTER, sender=sender, email=replace(EMAIL, subject=subject)))
    raw = frame.build(
        "weekly-2026-W47", Delivery(1, "ann@readers.org", {"name": "", "address": "", "unsubscribe_url": url})
    )
    head = raw.partition(b"\r\n\r\n")[0]
    lines = head.split(b"\r\n")

    assert head.isascii()
    assert head.count(b"\n") == head.count(b"\r") == len(lines) - 1
    assert f"List-Unsubscribe: <{url}>,".encode() in lines
    assert max(map(len, lines)) <= 998
    assert [line for line in lines if len(line) > 78 and url.encode() not in line and b" " in line.strip()] == []
    assert [word for word in re.findall(rb"=\?utf-8\?b\?\S*", head) if len(word) > 75] == []
    fields = re.findall(rb"^([\w-]+):((?:.|\r\n )*)", head, re.MULTILINE)
    assert [field for field, _ in fields] == [
        field.encode() for field, _ in raw_headers(Frame(LETTER).build("k", delivery()))
    ]
    assert [
        f for f, value in fields if b"=?" in value and (f.startswith(b"List-") or f in (b"Message-ID", b"Date"))
    ] == []


def test_the_bodies_are_the_frozen_ones_with_the_recipients_values():
    parts = list(parsed(Frame(LETTER).build("weekly-2026-W47", delivery())).iter_parts())

    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    plain, html = (part.get_content().replace("\r\n", "\n") for part in parts)
    assert plain == (
        'Новини тижня\n\nHello Ann <Ö\'Hara> & "Co", %recipient.name% stays.\n'
        "Leave: https://news.example.org/u/token1?a=1&b=2"
    )
    assert html == EMAIL.html.replace("zNAME0z", "Ann &lt;Ö&#x27;Hara&gt; &amp; &quot;Co&quot;").replace(
        "zLEAVE0z", "https://news.example.org/u/token1?a=1&amp;b=2"
    ).replace("zADDRESS0z", "ann@readers.org")


def test_every_line_ends_with_crlf_and_is_short():
    raw = Frame(LETTER).build("weekly-2026-W47", delivery(name="Ї" * 200))

    assert raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r")
    assert max(map(len, raw.split(b"\r\n"))) <= 78
    assert raw.isascii()


def test_the_same_delivery_gives_the_same_bytes_and_another_one_another_id():
    one, two = Frame(LETTER), Frame(LETTER)

    assert one.build("k", delivery(1)) == two.build("k", delivery(1))
    ids = {parsed(one.build(key, delivery(n)))["Message-ID"] for key in ("k", "l") for n in (1, 2)}
    assert len(ids) == 4


@pytest.mark.parametrize("bad", ["a\r\nBcc: b@x.org", "a\nb", "a\rb", "a\x00b"], ids=["crlf", "lf", "cr", "nul"])
def test_a_value_cannot_begin_another_header(bad):
    with pytest.raises(DigestError, match="the header To would hold a line break"):
        message.header("To", bad)


def test_a_line_break_is_not_hidden_in_an_encoded_word():
    with pytest.raises(DigestError, match="the header Subject would hold a line break"):
        Frame(Letter(replace(EMAIL, subject="Ї\r\nBcc: b@x.org"), SENDER, NOW, {}))


def test_a_reply_address_may_have_a_name():
    letter = Letter(EMAIL, replace(SENDER, reply_to="Редакція <desk@x.org>"), NOW, {})
    raw = Frame(letter).build("k", delivery())

    assert b"\r\nReply-To: =?utf-8?b?0KDQtdC00LDQutGG0ZbRjw==?= <desk@x.org>\r\n" in raw


def test_an_address_with_a_line_break_is_never_written():
    with pytest.raises(DigestError, match="the header To"):
        Frame(LETTER).build("k", delivery(address="a@x.org\r\nBcc: b@x.org"))


@given(
    subject=st.text(st.characters(exclude_characters="\r\n\x00", exclude_categories=["Cs"]), min_size=1, max_size=300)
)
def test_any_subject_survives_its_encoding(subject):
    subject = " ".join(subject.split(" ")).strip()
    words = message._unstructured("Subject", subject)
    line = message.header("Subject", words)

    if words != subject:
        assert max(map(len, line.split(b"\r\n"))) <= 76
        assert max(map(len, words.split(" "))) <= 75
    folded = line.decode().removeprefix("Subject:").replace("\r\n", "").strip(" ")
    assert str(make_header(decode_header(folded))) == subject


def test_an_encoded_word_never_splits_a_character():
    line = message.header("Subject", message._unstructured("Subject", "Ї🌻" * 40))

    words = re.findall(r"=\?utf-8\?b\?([^?]*)\?=", line.decode())
    assert "".join(base64.b64decode(word).decode() for word in words) == "Ї🌻" * 40


def test_text_that_looks_like_an_encoded_word_is_shown_as_it_is():
    line = message.header("Subject", message._unstructured("Subject", "=?utf-8?q?hidden?="))

    assert str(parsed(line + b"\r\n")["Subject"]) == "=?utf-8?q?hidden?="


@given(text=st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"]), max_size=400))
def test_quoted_printable_gives_the_text_back_in_short_lines(text):
    encoded = message.quoted_printable(text)

    assert max(map(len, encoded.split(b"\r\n"))) <= 76
    assert encoded.isascii()
    assert binascii.a2b_qp(encoded) == text.replace("\n", "\r\n").encode()


def test_a_value_at_the_end_of_a_body_leaves_no_soft_break_there():
    raw = Frame(LETTER).build("k", delivery())

    assert b"=\r\n\r\n--" not in raw


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Weekly News", "Weekly News <weekly.news.example.org>"),
        ("News, Inc.", '"News, Inc." <weekly.news.example.org>'),
        ('The "Week"', '"The \\"Week\\"" <weekly.news.example.org>'),
        ("Новини", "<weekly.news.example.org>"),
    ],
    ids=["plain", "comma", "quotes", "not-ascii"],
)
def test_a_list_id_is_never_encoded(name, shown):
    sender = Sender(name, "desk@x.org", "desk@x.org", "weekly.news.example.org", "desk@x.org")

    assert message.list_headers(sender, "https://x.org/u")["List-ID"] == shown


def test_a_name_with_a_comma_is_one_sender():
    sender = Sender("News, Inc.", "desk@x.org", "desk@x.org", "weekly.x.org", "desk@x.org")
    found = parsed(Frame(Letter(EMAIL, sender, NOW, {})).build("k", delivery()))["From"].addresses

    assert [(one.display_name, one.addr_spec) for one in found] == [("News, Inc.", "desk@x.org")]


def test_local_pictures_come_along_and_the_html_keeps_their_address():
    picture, unused = Picture(b"\x89PNG not really", "image/png", 336, 224), Picture(b"", "image/jpeg", 336, 224)
    letter = Letter(EMAIL, SENDER, NOW, {URL: picture, "https://pictures.invalid/unused.jpg": unused})

    plain, related = parsed(Frame(letter).build("k", delivery())).iter_parts()
    html, shown = related.iter_parts()

    assert plain.get_content_type() == "text/plain"
    assert (related.get_content_type(), related.get_param("type")) == ("multipart/related", "text/html")
    assert URL.replace("&", "&amp;") in html.get_content()
    assert (shown.get_content_type(), shown["Content-Location"], shown.get_content()) == (
        "image/png",
        URL,
        b"\x89PNG not really",
    )
    assert re.fullmatch(r"<[0-9a-f]{32}@pictures\.invalid>", shown["Content-ID"])
