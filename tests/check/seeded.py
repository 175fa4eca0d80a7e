"""Faults, one each, for a good issue, and the check that must find it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from msgspec.structs import replace

from digest import check
from digest.models import Bar, Chart, Cover, Occasion, Panel
from tests.check import good

Change = Callable[[check.Proof], check.Proof]


@dataclass(frozen=True)
class Fault:
    """One mistake."""

    name: str
    found_by: str
    seed: Change


def swapped(text: str, old: str, new: str, count: int = 1) -> str:
    """`text` with `new` for `old`; a fault that changes nothing would prove nothing."""
    assert old in text, old
    return text.replace(old, new, count)


def html(old: str, new: str, count: int = 1) -> Change:
    """In the html, as a template would have it."""
    return lambda p: good.with_email(p, good.draft()[0], html=swapped(p.email.html, old, new, count))


def html_by(pattern: str, new: str, count: int = 0) -> Change:
    def change(p: check.Proof) -> check.Proof:
        html, times = re.subn(pattern, new, p.email.html, count=count)
        assert times, pattern
        return good.with_email(p, good.draft()[0], html=html)

    return change


def text(old: str, new: str, count: int = 1) -> Change:
    """In the text part."""
    return lambda p: good.with_email(p, good.draft()[0], text=swapped(p.email.text, old, new, count))


def raw(old: bytes, new: bytes) -> Change:
    """In the bytes of the message."""

    def change(p: check.Proof) -> check.Proof:
        assert old in p.message, old
        return replace(p, message=p.message.replace(old, new, 1))

    return change


def header(name: str, value: str | None) -> Change:
    """Another value for a header, or none of that name."""

    def change(p: check.Proof) -> check.Proof:
        line = b"" if value is None else f"{name}: {value}\r\n".encode()
        message, times = re.subn(rf"(?ms)^{name}:.*?\r\n(?![ \t])".encode(), lambda _: line, p.message, count=1)
        assert times, name
        return replace(p, message=message)

    return change


def added(line: str) -> Change:
    """One more header."""
    return lambda p: replace(p, message=line.encode() + b"\r\n" + p.message)


def story(**changes: object) -> Change:
    """Another article in the place of the first story of the first section, in all parts."""

    def change(p: check.Proof) -> check.Proof:
        settings, made = good.draft()
        section = made.issue.sections[0]
        first = section.stories[0]
        article = replace(first.article, **changes)
        sections = (replace(section, stories=(replace(first, article=article), *section.stories[1:])),)
        return good.rendered(settings, made, replace(made.issue, sections=sections + made.issue.sections[1:])).proof

    return change


def issue(**changes: object) -> Change:
    """The issue with other words of the editor, in all parts."""

    def change(p: check.Proof) -> check.Proof:
        settings, made = good.draft()
        return good.rendered(settings, made, replace(made.issue, **changes)).proof

    return change


def cover(url: str = "https://news.example.org/covers/tram.jpg", alt: str = "A tram", credit: str = "Agency") -> Change:
    return story(cover=Cover(url, alt, credit))


def unmarked_sponsor(p: check.Proof) -> check.Proof:
    """A sponsor's word whose label the template lost."""
    sponsored = issue(panels=(Panel("sponsor", "Fairbridge Bank", "A loan.", "The terms", "https://bank.example.org"),))
    given = sponsored(p)
    return replace(given, email=replace(given.email, html=swapped(given.email.html, ">Sponsored</h2>", "></h2>")))


FAULTS = (
    # headers
    Fault("two senders", "from-address", header("From", "A <a@news.example.org>, B <b@news.example.org>")),
    Fault("a picture sign in the sender's name", "from-address", header("From", "=?utf-8?b?8J+UpSBOZXdz?= <digest@news.example.org>")),
    Fault("an address as the sender's name", "from-address", header("From", '"desk@bank.example" <digest@news.example.org>')),
    Fault("two From headers", "headers-once", added("From: X <x@news.example.org>")),
    Fault("no Message-ID", "headers-once", header("Message-ID", None)),
    Fault("no Date", "headers-once", header("Date", None)),
    Fault("free mail sender", "sender-domain", header("From", "The Week <theweek@gmail.com>")),
    Fault("no-reply without another way", "no-reply", lambda p: replace(header("Reply-To", "noreply@news.example.org")(p), newsletter=p.newsletter.model_copy(update={"sender": "W <no-reply@news.example.org>"}))),
    Fault("Message-ID of another domain", "message-id", header("Message-ID", "<1@localhost.elsewhere.example>")),
    Fault("Message-ID without brackets", "message-id", header("Message-ID", "12345@news.example.org")),
    Fault("a date a month old", "date", header("Date", "Mon, 19 Oct 2026 09:00:00 +0000")),
    Fault("an unreadable date", "date", header("Date", "yesterday")),
    Fault("an answer's subject", "subject", header("Subject", "Re: our meeting")),
    Fault("a shouting subject", "subject", header("Subject", "THE WEEK THAT CHANGED EVERYTHING")),
    Fault("no subject", "subject", header("Subject", "")),
    Fault("8-bit subject", "encoded-words", header("Subject", "Тиждень коротко")),
    Fault("an encoded word of 90 characters", "encoded-words", header("Subject", "=?utf-8?q?" + "a" * 80 + "?=")),
    Fault("a letter cut in two", "encoded-words", header("Subject", "=?utf-8?q?=D0?= =?utf-8?q?=A2?=")),
    Fault("no List-Unsubscribe", "list-unsubscribe", header("List-Unsubscribe", None)),
    Fault("unsubscribe over http", "list-unsubscribe", header("List-Unsubscribe", "<http://digest.example.org/u/x>")),
    Fault("unsubscribe elsewhere", "list-unsubscribe", header("List-Unsubscribe", "<https://tracker.example.net/u/abc>")),
    Fault("the reader's address in the link", "list-unsubscribe", header("List-Unsubscribe", "<https://digest.example.org/u/?m=reader%40example.org>")),
    Fault("no one-click", "one-click", header("List-Unsubscribe-Post", None)),
    Fault("one-click misspelled", "one-click", header("List-Unsubscribe-Post", "List-Unsubscribe=OneClick")),
    Fault("DKIM does not cover it", "dkim-cover", added("DKIM-Signature: v=1; a=rsa-sha256; d=news.example.org; h=From:Subject; b=AA")),
    Fault("a List-ID without brackets", "list-id", header("List-ID", "weekly.news.example.org")),
    Fault("another list's id", "list-id", header("List-ID", "<daily.news.example.org>")),
    Fault("a Feedback-ID of six fields", "feedback-id", added("Feedback-ID: a:b:c:d:e:sender1")),
    Fault("an automatic answer", "auto-submitted", added("Auto-Submitted: auto-generated")),
    Fault("a header line of 1,200 octets", "header-lines", added("X-Note: " + "a" * 1200)),
    Fault("a hidden recipient", "one-reader", added("Bcc: board@news.example.org")),
    Fault("a second recipient", "one-reader", header("To", "reader@example.org, other@example.org")),
    Fault("a receipt is asked for", "one-reader", added("Disposition-Notification-To: desk@news.example.org")),
    Fault("an encoded List-Unsubscribe", "plain-headers", header("List-Unsubscribe", "=?utf-8?q?=3Chttps=3A//digest=2Eexample=2Eorg/u/x=3E?=")),
    # the message
    Fault("a line of 2,000 octets", "message-lines", raw(b"\r\n\r\n--", b"\r\n\r\n" + b"x" * 2000 + b"\r\n--")),
    Fault("bare line feeds", "message-lines", raw(b"\r\nMIME-Version", b"\nMIME-Version")),
    Fault("html first", "alternatives", lambda p: replace(p, message=p.message.replace(b"text/plain;", b"text/XXXX;", 1).replace(b"text/html;", b"text/plain;", 1).replace(b"text/XXXX;", b"text/html;", 1))),
    Fault("Cyrillic read as Latin", "mojibake", story(title="Ð\u009fÑ\u0080Ð¸Ð²Ñ–Ñ‚ for a bridge")),
    Fault("a quotation mark read wrongly", "mojibake", story(lede="The minister said â€œnoâ€\u009d to it on the steps of the building.")),
    Fault("letters that were lost", "mojibake", story(title="The th\ufffd\ufffd\ufffd of a bridge")),
    Fault("an attachment", "weight", raw(b"Content-Disposition: inline", b"Content-Disposition: attachment")),
    Fault("no text part", "text-part", lambda p: good.with_email(p, good.draft()[0], text="See the html.")),
    Fault("text without links", "text-part", lambda p: good.with_email(p, good.draft()[0], text=re.sub(r"https://news\S+", "", p.email.text))),
    Fault("html in the text part", "text-part", text("Example World Congress", "<strong>Example World Congress</strong>")),
    Fault("a signature mark above the footer", "text-part", text("=" * 72 + "\n\nSent to", "-- \n\nSent to")),
    Fault("102 KB of html", "html-size", html("</body>", "<p>" + "weight " * 7000 + "</p></body>")),
    # the html
    Fault("no doctype", "html-head", html("<!doctype html>", "")),
    Fault("no zooming", "html-head", html_by(r'(name="viewport" content=")[^"]*', r"\1width=device-width, maximum-scale=1", 1)),
    Fault("no language", "html-language", html('<html lang="en"', "<html")),
    Fault("another language", "html-language", html('<html lang="en"', '<html lang="uk"')),
    Fault("no language below the body", "body-language", html('role="article" lang="en" dir="ltr"', 'role="article"')),
    Fault("a layout table without a role", "table-role", html('<table role="presentation" align="right"', '<table align="right"')),
    Fault("no main heading", "headings", html_by(r"<(/?)h1\b", r"<\1p")),
    Fault("a skipped level", "headings", html_by(r"<(/?)h3\b", r"<\1h4")),
    Fault("a picture without alt", "alt-text", html_by(r'(<img [^>]*?)alt="[^"]*"', r"\1", 1)),
    Fault("a linked picture that says nothing", "alt-text", html_by(r'(<img [^>]*?)alt="[^"]*"', r'\1alt=""', 1)),
    Fault("a file name as alt", "alt-text", html_by(r'(<img [^>]*?)alt="[^"]*"', r'\1alt="IMG_2041.jpg"', 1)),
    Fault("a picture over http", "picture-form", html_by('src="https://', 'src="http://', 1)),
    Fault("a webp picture", "picture-form", html_by(r'(src="https://[^"]*)\.jpg"', r'\1.webp"', 1)),
    Fault("a picture without height", "picture-form", html_by(r'(<img [^>]*?) height="\d+"', r"\1", 1)),
    Fault("a picture in the html", "picture-form", html_by(r'src="https://[^"]*\.jpg"', 'src="data:image/png;base64,AAAA"', 1)),
    Fault("an empty link", "links", html('href="https://maps.example.org/grants"', 'href=""')),
    Fault("a relative link", "links", html('href="https://maps.example.org/grants"', 'href="/grants"')),
    Fault("an in-mail anchor", "links", html('href="https://maps.example.org/grants"', 'href="#grants"')),
    Fault("click here", "link-text", html(">How a grant reaches a school</a>", ">Click here</a>")),
    Fault("тут", "link-text", html(">How a grant reaches a school</a>", ">тут</a>")),
    Fault("a link without words", "link-text", html(">How a grant reaches a school</a>", "></a>")),
    Fault("a link that is an arrow", "link-text", lambda p: issue(panels=(replace(p.issue.panels[0], button="→"),))(p)),
    Fault("a host before the @", "link-target", html("https://maps.example.org/grants", "https://maps.example.org@evil.example.net/grants")),
    Fault("a story that is a draft", "link-private", story(url="https://news.example.org/?p=812&preview=true")),
    Fault("a document open for writing", "link-private", html("https://maps.example.org/grants", "https://docs.google.com/document/d/1AbCdEf/edit?usp=sharing")),
    Fault("a link out of Outlook", "link-private", issue(intro="The [report](https://eur02.safelinks.protection.outlook.com/?url=https%3A%2F%2Fnews.example.org).")),
    Fault("a subscriber's mark", "link-private", html("https://maps.example.org/grants", "https://maps.example.org/grants?mc_eid=1a2b3c")),
    Fault("an address that lies", "link-target", html(">How a grant reaches a school</a>", ">www.bank-of-kyiv.com/login</a>")),
    Fault("a shortened address", "link-hosts", html("https://maps.example.org/grants", "https://bit.ly/3xYz")),
    Fault("a staging site", "link-hosts", html("https://maps.example.org/grants", "https://staging.example.org/grants")),
    Fault("a private address", "link-hosts", html("https://maps.example.org/grants", "http://192.168.1.10/grants")),
    Fault("localhost", "link-hosts", html("https://maps.example.org/grants", "http://localhost:8000/grants")),
    Fault("a look-alike host", "link-hosts", html("https://maps.example.org/grants", "https://ex\u0430mple.org/grants")),
    Fault("grey on white", "contrast", html("color:#56657A", "color:#A9B4C2", 99)),
    Fault("yellow words", "contrast", html("color:#0057B7;", "color:#FFD500;", 99)),
    Fault("dark ink in dark mode", "contrast", html(".ink, .ink a { color: #F2F6FB !important; }", "")),
    Fault("text of 9 pixels", "small-text", html("font-size:13px", "font-size:9px", 99)),
    Fault("a script", "active-content", html("</body>", "<script>alert(1)</script></body>")),
    Fault("a form", "active-content", html("</body>", '<form action="https://x.example"><input name="a"></form></body>')),
    Fault("a handler", "active-content", html("<h1", '<h1 onclick="go()"')),
    Fault("a web font", "foreign-styles", html("</head>", '<link rel="stylesheet" href="https://fonts.googleapis.com/css?family=X"></head>')),
    Fault("a style block of 17 KB", "foreign-styles", html("</head>", "<style>" + ".a { color: #000000; }" * 800 + "</style></head>")),
    Fault("a style block in the body", "foreign-styles", html("<h1", "<style>.q { margin: 0; }</style><h1")),
    Fault("no unsubscribe link", "unsubscribe", html_by(r'<a class="link" href="z[0-9a-f]+z"[^>]*>Unsubscribe</a>', "")),
    Fault("a hidden unsubscribe link", "unsubscribe", html_by(r'(<a class="link" href="z[0-9a-f]+z") style="', r'\1 style="display:none;')),
    Fault("no postal address", "sender-identity", html("100 Example Street, Suite 7, ", "")),
    Fault("no contact", "contact", html("desk@news.example.org", "", 99)),
    Fault("no online version", "online-version", html_by(r"https://digest\.example\.org/issues/[^\"]*", "https://news.example.org/")),
    Fault("no reason", "why-you-get-this", lambda p: good.with_email(p, good.draft()[0], html=p.email.html.replace(p.email.tokens["address"], "you"), text=p.email.text.replace(p.email.tokens["address"], "you"))),
    Fault("the preheader says the subject again", "preheader", lambda p: issue(preheader=p.issue.subject)(p)),
    Fault("a merge tag", "left-over-mark", html("The Week in Short</h1>", "Hello *|FNAME|*</h1>")),
    Fault("None", "left-over-mark", html(">The Week in Short</h1>", ">None</h1>")),
    Fault("TK", "left-over-mark", issue(intro="The number of bridges is TK, says the ministry.")),
    Fault("lorem ipsum", "left-over-mark", html(">The Week in Short</h1>", ">Lorem ipsum dolor</h1>")),
    Fault("a tracking pixel", "tracking-pixel", html("</body>", '<img src="https://t.example.net/open/1.gif" width="1" height="1" alt=""></body>')),
    Fault("an open tracker of normal size", "tracking-pixel", html("</body>", '<img src="https://t.example.net/track/open?u=1" width="20" height="20" alt=""></body>')),
    Fault("hidden words", "hidden-text", html("<h1", '<div style="display:none">cheap watches best price</div><h1')),
    Fault("words of no size", "hidden-text", html("<h1", '<span style="font-size:0px">cheap watches best price</span><h1')),
    Fault("padding after the preheader", "hidden-text", html("<h1", '<div style="display:none">' + "&zwnj;&nbsp;" * 60 + "</div><h1")),
    Fault("flex", "client-support", html("<h1 dir", '<h1 style="display:flex;gap:4px" dir')),
    Fault("an unclosed cell", "well-formed", html("</p></div></td></tr>", "</p></div></tr>")),
    Fault("an attribute twice", "well-formed", html('<h1 dir="auto"', '<h1 dir="auto" dir="ltr"')),
    Fault("a missing quotation mark", "well-formed", html('<h1 dir="auto"', '<h1 dir="auto')),
    # words
    Fault("Ukrainian marked as English", "text-language", story(title="Хори співають для пологового будинку в трьох містах", lede="Волонтери співали шість вечорів.")),
    Fault("Russian marked as Ukrainian", "text-language", story(language="uk", title="Хоры поют для роддома в трёх городах", lede="Волонтёры пели шесть вечеров, чтобы помочь этому дому.")),
    Fault("a Latin letter in a Cyrillic word", "mixed-alphabets", story(language="uk", title="Укрaїна відкриває мости", lede="Волонтери співали шість вечорів у трьох містах.")),
    Fault("no credit", "picture-credit", cover(credit="")),
    Fault("a credit of nobody", "picture-credit", cover(credit="Photo: from open sources")),
    Fault("світлина нічия", "picture-credit", cover(credit="Фото: з відкритих джерел")),
    Fault("a billion that is a million", "title-numbers", story(title="Parliament grants $3 billion for bridges", lede="It voted to grant $3 million for new bridges.")),
    Fault("an amount that is another", "title-numbers", story(title="The bank pays $510 million", lede="It will pay $210 million to the builders.")),
    Fault("a large number that is another", "title-numbers", story(title="Maker recalls 40,000 printers", lede="It recalled 31,431 printers on Tuesday.")),
    Fault("млн і млрд", "title-numbers", story(language="uk", title="Рада виділила 1,2 млрд грн на мости", lede="Рада виділила 1,2 мільйона гривень на мости в одинадцяти містах.")),
    Fault("last year's weekday", "title-date", issue(intro="We meet on Wednesday, 26 November, at the library.")),
    Fault("a date to keep on the wrong weekday", "title-date", issue(events=(Occasion(date(2026, 11, 28), "Candles in the windows, Sunday 28 November"),))),
    Fault("a quotation without an end", "quotation-marks", story(title="“We will rebuild every bridge, says the mayor")),
    Fault("лапки без кінця", "quotation-marks", story(language="uk", title="«Ми відбудуємо кожен міст, каже мер міста")),
    Fault("yesterday's tomorrow", "passing-day", story(title="Rally for the schools of the river town tomorrow")),
    Fault("an embargo", "desk-words", story(lede="EMBARGOED until 09:00 on Monday. The court found for the owners.")),
    Fault("a note between editors", "desk-words", issue(intro="Dear readers, three bridges opened [check number with Olha].")),
    Fault("two figures", "title-numbers", story(title="40 ambulances reach the east", lede="Drivers handed over 30 ambulances after four days on the road.")),
    Fault("a Tuesday that is a Wednesday", "title-date", story(lede="The vote is on Tuesday, 18 November 2026, in the old hall.")),
    Fault("the 31st of November", "title-date", story(lede="The vote is on 31 November, in the old hall of the town.")),
    Fault("вівторок, що є середою", "title-date", story(language="uk", title="Голосування у старій залі міста", lede="Голосування відбудеться у вівторок, 18 листопада 2026 року.")),
    Fault("Kiev and Kyiv", "name-spelling", story(title="Kiev choirs sing in Kyiv", lede="They sang for six evenings in three towns.")),
    Fault("a surname in two spellings", "name-spelling", story(title="Volodymyr Zelensky opens a bridge", lede="At the opening Volodymyr Zelenskyy thanked the builders.")),
    Fault("a headline of 160 characters", "headline-length", story(title="A very long headline " * 8)),
    Fault("one story under two titles", "near-same-title", lambda p: story(title=p.issue.sections[1].stories[0].article.title.replace(" the ", " a ") + "!")(p)),
    Fault("a story from the future", "old-story", lambda p: story(published=p.issue.window.end + timedelta(days=2))(p)),
    Fault("a story of the last issue", "old-story", lambda p: replace(p, placed={p.issue.sections[0].stories[0].article.id: "weekly-2026-W46"})),
    Fault("an intro of a page", "intro-length", issue(intro="Dear readers, much was built. " * 60)),
    Fault("a subject that is cut", "subject-length", issue(subject="The week in which eleven bridges were opened and three more were promised")),
    Fault("a date that is over", "past-date", issue(events=(Occasion(date(2026, 11, 17), "Evening of the choirs"),))),
    Fault("shares of more than a whole", "chart-shares", issue(chart=Chart("Where the gifts went", "%", (Bar("Schools", 80.0), Bar("Bridges", 50.0))))),
    Fault("a sponsor who looks like a story", "sponsor-mark", unmarked_sponsor),
    Fault("a panel to a story", "repeated-link", lambda p: issue(panels=(Panel("action", "Look", "At it.", "Go there", p.issue.stories[0].article.url),))(p)),
    Fault("a story that the template drops", "not-shown", lambda p: good.with_email(p, good.draft()[0], text=p.email.text.replace(p.issue.stories[3].article.url, ""). replace(p.issue.stories[3].article.title[:40], ""))),
)  # fmt: skip
