from __future__ import annotations

import time

import pytest

from digest import net
from digest.collect import bounds, feed, markup
from digest.errors import SourceError


def rss(inner: bytes) -> bytes:
    return b'<rss version="2.0"><channel><title>x</title>' + inner + b"</channel></rss>"


def items(count: int, inner: bytes = b"") -> bytes:
    return b"".join(b"<item><title>%d</title>%s</item>" % (number, inner) for number in range(count))


ATTACKS = {
    "nested": rss(b"<item>" + b"<a>" * 200_000),
    "closed": rss(b"<item>" + b"<a>" * 100_000 + b"</a>" * 100_000 + b"</item>"),
    "interleaved": rss(b"<item>" + b"<a></b>" * 100_000),
    "attributes": rss(b"<item " + b" ".join(b'a%d="1"' % number for number in range(50_000)) + b"/>"),
    "namespaces": rss(b"".join(b'<a%d:x xmlns:a%d="u"/>' % (number, number) for number in range(5_000))),
    "one item": rss(b"<item>" + b"<link>/a</link>" * 60_000 + b"</item>"),
    "signs": rss(b"<item>" + b"<" * 600_000),
    "entities": rss(b"<item>" + b"&" * 600_000),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_feed_that_would_exhaust_its_reader_is_refused_at_once(attack: str):
    began = time.process_time()
    with pytest.raises(SourceError, match=r"the feed has more than [\d,]+ .*, which is how sites attack"):
        bounds.feed(ATTACKS[attack], 500)
    assert time.process_time() - began < 1


def test_an_attack_in_another_encoding_is_seen():
    for encoding in ("utf-16", "utf-7", "cp037"):
        written = b'<?xml version="1.0" encoding="%s"?>' % encoding.encode() + ATTACKS["attributes"]
        body = (
            written.decode().encode(encoding).replace(b"<", b"+ADw-")
            if encoding == "utf-7"
            else written.decode().encode(encoding)
        )
        response = net.Response(
            200, "https://news.example/feed", {"content-type": f"application/xml; charset={encoding}"}, body
        )
        with pytest.raises(SourceError, match="attributes in one tag"):
            feed._xml_page(response)


@pytest.mark.parametrize(
    "body",
    [
        rss(items(3)),
        rss(items(3, b"<description><![CDATA[" + b"<p>text<br>" * 300 + b"]]></description>")),
        rss(items(3, b"<description>" + b"text<br>text<p>more" * 150 + b"</description>")),
        rss(items(3, b"<!-- <item> -->")),
        b'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom">'
        + b"<entry/>" * 2
        + b"<entry></entry></feed>",
        b"plain text",
        b"",
    ],
    ids=["plain", "cdata", "unescaped", "comment", "atom", "text", "empty"],
)
def test_what_people_publish_passes_as_it_is(body: bytes):
    assert bounds.feed(body, 5)[0] == body


def test_a_long_feed_is_cut_after_its_first_items_and_stays_whole():
    body = b'<x:rss xmlns:x="u"><channel><group>' + items(7) + b"</group><item/></channel></x:rss>"
    assert bounds.feed(body, 5) == (
        b'<x:rss xmlns:x="u"><channel><group>' + items(5) + b"</group></channel></x:rss>",
        8,
    )


PAGES = {
    "tags": "<div>" * 100_000,
    "barriers": "<div><object></div></object>" * 60_000,
    "attributes": "<a " + " ".join(f"a{number}=1" for number in range(100_000)) + ">",
}


@pytest.mark.parametrize("attack", PAGES)
def test_a_page_that_would_exhaust_its_reader_is_refused_at_once(attack: str):
    began = time.process_time()
    with pytest.raises(SourceError, match=r"the page has more than [\d,]+ .*, which is how sites attack"):
        markup.tree(net.Response(200, "https://news.example/", {}, PAGES[attack].encode()))
    assert time.process_time() - began < 1


def test_formatting_that_is_never_closed_is_not_opened_again_in_each_paragraph():
    fonts = "".join(f"<font size={number}>" for number in range(3_000))
    began = time.process_time()
    page = markup.tree(net.Response(200, "https://news.example/", {}, f"<p>{fonts}</p>{'<p>x' * 10_000}".encode()))
    assert page.body is not None
    assert (page.css("font"), len(page.body.text())) == ([], 10_000)
    assert time.process_time() - began < 1


def test_a_page_with_a_large_drawing_passes():
    drawing = f'<svg><path d="{"M 1 2 " * 100_000}"/></svg><p>x</p>'
    page = markup.tree(net.Response(200, "https://news.example/", {}, drawing.encode()))
    assert [each.text() for each in page.css("p")] == ["x"]


@pytest.mark.parametrize(
    ("header", "body"),
    [
        ("text/html; charset=windows-1251", "Їжак".encode("windows-1251")),
        ("text/html", '<meta charset="windows-1251">Їжак'.encode("windows-1251")),
        ("text/html", '<meta http-equiv="content-type" content="text/html; charset=windows-1251">Їжак'.encode("windows-1251")),
        ("text/html", "Їжак".encode()),
        ("", "Їжак".encode("utf-8-sig")),
        ("text/html; charset=utf-8", "Їжак".encode("utf-16")),
        ("text/html; charset=nonsense", "Їжак".encode()),
        ("text/html; charset=zlib", "Їжак".encode()),
        ("text/html; charset=idna", "Їжак".encode()),
    ],
    ids=["header", "meta", "http-equiv", "none", "bom", "utf-16", "unknown", "no-text", "idna"],
)  # fmt: skip
def test_a_page_is_read_in_the_encoding_that_it_names(header: str, body: bytes):
    page = markup.tree(net.Response(200, "https://news.example/", {"content-type": header}, body))
    assert page.body is not None
    assert page.body.text() == "Їжак"


def test_each_block_of_a_page_is_one_clean_line():
    html = (
        "<h1>A <b>title</b></h1>x\n y<p>one<br>two<script>no</script></p><div><a>#A</a><a>#B c</a></div><p> </p><td>d"
    )
    assert markup.lines(html) == ["A title", "x y", "one", "two", "#A#B c", "d"]
