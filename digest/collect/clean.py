"""Text and addresses as they may enter an article: plain, short, and safe to show anywhere.

Nothing that a source writes goes further without passing here. What comes out is still text: it
is escaped where it is shown.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import quote, urljoin, urlsplit

import nh3

from digest import phrases

TITLE_LENGTH = 300
LEDE_LENGTH = 1_000
TAG_LENGTH = 60
_CREDIT_LENGTH = 200
_URL_LENGTH = 2_000
_ID_LENGTH = 500
_MOST_TAGS = 40
# nh3 is quadratic in the depth of nesting: 200 kB of nested tags take 5 s, 20 kB 50 ms.
_READ_LENGTH = 20_000

_BLOCKS = (
    "address|article|aside|blockquote|br|caption|center|dd|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]|header"
    "|hr|li|main|nav|ol|option|p|pre|section|table|tbody|td|tfoot|th|thead|tr|ul"
)
_BLOCK_TAG = re.compile(rf"(?=</?(?:{_BLOCKS})\b)", re.IGNORECASE)
_HIDDEN_CONTENT = {"iframe", "math", "noscript", "object", "script", "style", "svg", "template", "textarea", "title"}
# Controls that are no white space, soft hyphens, zero-width and bidi controls (not the joiners that
# Persian and emoji need), surrogates, non-characters and tag characters: all invisible, some of
# them illegal in XML, some able to turn the line around.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\U000e0000-\U000e007f]"
)
# RFC 2047. Python before 3.11.9 decodes these into headers of their own (CVE-2024-6923).
_ENCODED_WORD = re.compile(r"=\?[^?\s]*\?[BbQq]\?[^?]*\?=|=+\?+")


def text(markup: str) -> str:
    """What a reader of the HTML `markup` would see, on one line."""
    spaced = _BLOCK_TAG.sub(" ", _INVISIBLE.sub("", markup[:_READ_LENGTH]))  # nh3 raises for surrogates
    return plain(html.unescape(nh3.clean(spaced, tags=set(), clean_content_tags=_HIDDEN_CONTENT)))


def plain(written: str) -> str:
    """Text that is no markup, on one line: NFC, no invisible characters, no encoded words."""
    visible = unicodedata.normalize("NFC", _INVISIBLE.sub("", written[:_READ_LENGTH]))
    return " ".join(_ENCODED_WORD.sub("", visible).split())


def identifier(written: str) -> str:
    """A source's own id in a form that every store takes; at most 500 characters."""
    return plain(written)[:_ID_LENGTH]


def title(markup: str) -> str:
    """At most 300 characters."""
    return phrases.short(text(markup), TITLE_LENGTH)


def lede(excerpt: str, content: str = "") -> str:
    """The excerpt, or the content's first paragraph; at most 1,000 characters. Both are HTML.

    An excerpt that is only the beginning of the content was cut by a program, in the middle of a
    sentence or across paragraphs: the first paragraph stands instead. So it does for an excerpt
    that is a whole article.
    """
    said = re.sub(r"\s*The post .{1,400} appeared first on .{1,300}$", "", text(excerpt))
    said = re.sub(r"\s*\[(?:…|\.\.\.)\]$", "", said)
    if content and text(content).startswith(said.rstrip("….")):
        said = first_paragraph(content)
    elif len(said) > LEDE_LENGTH:
        said = first_paragraph(excerpt)
    return phrases.short(said, LEDE_LENGTH)


def first_paragraph(markup: str) -> str:
    """The text of the first `<p>` that has any; all text when there is none."""
    pieces = re.split(r"<(/?)p\b[^<>]*>", markup[:_READ_LENGTH], flags=re.IGNORECASE)
    inside = (text(piece) for slash, piece in zip(pieces[1::2], pieces[2::2], strict=True) if not slash)
    return next(filter(None, inside), None) or text(markup)


def words(markup: str) -> int:
    """About how many words a reader of the HTML `markup` has before them."""
    return len(re.findall(r"\w\S*", re.sub(r"<[^<>]*>", " ", markup)))


def tags(names: Iterable[str]) -> tuple[str, ...]:
    """Each once, without `#`, in the source's order; `#UAinNATO#UWC news` are two."""
    found: dict[str, str] = {}
    for name in names:
        for piece in text(name).split("#"):
            tag = piece.strip(" ,;")[:TAG_LENGTH].rstrip()
            if tag:
                found.setdefault(tag.casefold(), tag)
    return tuple(found.values())[:_MOST_TAGS]


def credit(markup: str) -> str:
    """Whose picture it is, without a leading `Cover:` and with a doubled name said once."""
    said = re.sub(r"^(?:(?:cover|photo|image|picture|credit|фото)\s*:\s*)+", "", text(markup), flags=re.IGNORECASE)
    # Two words at least: Duran Duran is one name.
    return phrases.short(re.sub(r"^(\S+(?: \S+){1,5}) \1(?=$|\s*[/,|;(])", r"\1", said), _CREDIT_LENGTH)


def url(written: str | None, base: str = "") -> str | None:
    """An absolute http(s) address in ASCII, or None. A relative one is resolved against `base`."""
    if not written or not written.strip():
        return None
    try:
        parts = urlsplit(urljoin(base, written.strip()))
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
            return None
        port = f":{parts.port}" if parts.port is not None else ""
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname.encode("idna").decode("ascii")
        safe = "%/:@!$&'()*+,;=~?"
        whole = parts._replace(
            netloc=quote(host, safe="[]:.") + port,
            path=quote(parts.path, safe=safe),
            query=quote(parts.query, safe=safe),
            fragment=quote(parts.fragment, safe=safe),
        ).geturl()
    except ValueError:
        return None
    return whole if len(whole) <= _URL_LENGTH else None
