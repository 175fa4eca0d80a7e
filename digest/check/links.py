"""Links: where they lead, what they are called, and whether both say the same (S08, S20, S26, S27, S30)."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Iterator

from digest.check.page import Element
from digest.check.proof import Check, Proof, host, registered
from digest.models import Finding, Severity

_VAGUE = frozenset(
    "click here|here|read more|more|learn more|link|this|click|see more|go|this link|continue|details|read"
    "|тут|тут і зараз|читати далі|далі|детальніше|докладніше|посилання|натисніть тут|клацніть тут|сюди|більше".split(
        "|"
    )
)
_SHORTENERS = frozenset(
    "bit.ly t.co tinyurl.com goo.gl ow.ly is.gd buff.ly rebrand.ly cutt.ly lnkd.in t.ly rb.gy shorturl.at bl.ink"
    " tiny.cc soo.gd s.id v.gd clck.ru".split()
)
_WRAPPERS = re.compile(
    r"(?i)://(?:[\w-]+\.safelinks\.protection\.outlook\.com|urldefense(?:\.proofpoint)?\.com"
    r"|linkprotect\.cudasvc\.com|protect-[\w-]+\.mimecast\.com|lm?\.facebook\.com/l\.php|(?:www\.)?google\.[a-z.]+/url\?)"
)
"""What a mail program or a site puts around an address for the one person who copies it there."""
_PRIVATE_PAGES: tuple[tuple[Severity, re.Pattern[str], str, str], ...] = (
    (
        "error",
        re.compile(
            r"(?i)[?&](?:preview=true|preview_id=|preview_nonce=|_ppp=)|/wp-admin/|/wp-login\.php|/node/\d+/edit\b"
            r"|//[^/]+/p/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"
        ),
        "leads to a draft or behind the log-in of a site",
        "link the page as it was published",
    ),
    (
        "warning",
        re.compile(r"(?i)//docs\.google\.com/\w+/d/[^/]+/edit\b|\.sharepoint\.com/:[wxpo]:/"),
        "leads to a document that is open for writing",
        "publish it, and link what was published",
    ),
    (
        "warning",
        re.compile(
            r"(?i)[?&](?:mc_eid|_hsenc|access_token|auth_token|phpsessid|jsessionid|sessionid|x-(?:amz|goog)-signature)="
        ),
        "carries one person's own mark or key",
        "take it out of the address",
    ),
)
_STAGING = re.compile(
    r"(?:staging|test|dev|preview|preprod|qa|uat|sandbox)\d*|(?:staging|preprod)-.*|.*-(?:staging|preprod|preview)"
)
_PRIVATE = re.compile(r"\.(?:local|internal|lan|localhost|home|corp|intranet|test|invalid)$|^localhost$|^[^.]+$")
_SHOWN = re.compile(r"(?i)^(?:https?://)?(?:www\.)?((?:[a-z0-9-]+\.)+[a-z]{2,})(?:[/?#]\S*)?$")
_USER = re.compile(r"(?i)https?://([^/?#]*)@")
_FILES = frozenset("jpg jpeg png gif pdf doc docx xls xlsx zip txt csv mp3 mp4 html htm md py js".split())
_TEMPLATE = "mend the template at this place"


def addresses(proof: Proof) -> Iterator[Finding]:
    """In-mail anchors are dead in Gmail on iOS, Samsung and Yahoo (caniemail.com, read 2026-11-23)."""
    for link in proof.page.links:
        address = link.get("href")
        called = f'the link "{_called(link)[:60]}"'
        scheme = address.partition(":")[0].lower()
        if not address or address == "#":
            yield Finding("links", "error", f"{called} leads nowhere", _cure(proof, link), address)
        elif address.startswith("#"):
            message = f"{called} leads to a place in the email itself, which many clients cannot reach"
            yield Finding("links", "warning", message, "link the issue's web page", address)
        elif scheme not in ("http", "https", "mailto", "tel"):
            message = f"{called} has no whole address: {address[:80]}"
            yield Finding("links", "error", message, _cure(proof, link), address[:80])
        elif scheme == "http":
            yield Finding(
                "links", "warning", f"{called} is not https: {address[:80]}", "use the https address", address[:80]
            )
        if scheme in ("http", "https") and (not host(address) or re.search(r"\s", address)):
            yield Finding(
                "links", "error", f"{called} has a broken address: {address[:80]}", _cure(proof, link), address[:80]
            )


def texts(proof: Proof) -> Iterator[Finding]:
    """WCAG 2.2, 2.4.4: links are read out without what stands around them."""
    for link in proof.page.links:
        called = _called(link)
        if not called and link.get("href"):
            message = f"a link has no words: {link.get('href')[:80]}"
            yield Finding("link-text", "error", message, _TEMPLATE, link.get("href")[:80])
        elif link.get("href") and not re.search(r"\w", link.get("aria-label") or called):
            message = f'a link is called "{called}": read aloud, that says nothing'
            yield Finding("link-text", "error", message, _cure(proof, link), link.get("href")[:80])
        elif called.casefold().strip(" .…›»→>!") in _VAGUE:
            message = f'a link is called "{called}"; it should say where it leads'
            yield Finding("link-text", "warning", message, _cure(proof, link), link.get("href")[:80])


def honest(proof: Proof) -> Iterator[Finding]:
    """A shown address that is not the real one is what phishing looks like, to filters too."""
    seen = set()
    for link in proof.page.links:
        address, called = link.get("href"), _called(link)
        if (user := _USER.match(address)) and address not in seen:
            seen.add(address)
            message = f'the link "{called[:60]}" seems to lead to {user[1][:60]} and leads to {host(address)}'
            yield Finding("link-target", "error", message, "take out what stands before the @", address[:80])
        shown = _SHOWN.match(called)
        if shown and shown[1].rpartition(".")[2].lower() not in _FILES and "@" not in called:
            real = host(address)
            if real and registered(shown[1].lower().removeprefix("www.")) != registered(real):
                message = f'the link shows "{called[:60]}" and leads to {real}'
                yield Finding("link-target", "error", message, "let the text name where it leads", address[:80])


def hosts(proof: Proof) -> Iterator[Finding]:
    """Where no reader can go, or would not if they saw it."""
    ours = {host(proof.newsletter.site_url), host(proof.newsletter.public_url)}
    seen: dict[str, Element] = {}
    for element in (*proof.page.links, *proof.page.all("img")):
        seen.setdefault(host(element.get("href") or element.get("src")), element)
    for name, element in seen.items():
        if not name:
            continue
        what = f'"{_called(element)[:50]}" ({name})'
        place = (element.get("href") or element.get("src"))[:80]
        if _unreachable(name):
            yield Finding("link-hosts", "error", f"no reader can reach {what}", "use the public address", place)
        elif _for_tests(name) and name not in ours:
            yield Finding("link-hosts", "error", f"{what} looks like a site for tests", "use the public address", place)
        elif name in _SHORTENERS:
            message = f"{what} hides where it leads; filters distrust shortened addresses"
            yield Finding("link-hosts", "warning", message, "use the whole address", place)
        elif mixed(name):
            yield Finding(
                "link-hosts", "error", f"{what} mixes alphabets to look like another", "look at it closely", place
            )


def private_pages(proof: Proof) -> Iterator[Finding]:
    """What was copied from a window of the newsroom's own, and not from what readers see."""
    once = {link.get("href"): link for link in reversed(proof.page.links)}
    for address, link in reversed(once.items()):
        called = f'the link "{_called(link)[:60]}"'
        if _WRAPPERS.search(address):
            message = f"{called} goes through {host(address)}, which a mail program put around it for one person"
            yield Finding("link-private", "warning", message, "use the address of the page itself", address[:80])
        for severity, pattern, what, cure in _PRIVATE_PAGES:
            if address != proof.unsubscribe_url and pattern.search(address):
                yield Finding("link-private", severity, f"{called} {what}", cure, address[:80])


def _unreachable(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return bool(_PRIVATE.search(name))
    return True


def _for_tests(name: str) -> bool:
    """By the labels in front of what was registered: `dev.ua` is a newspaper."""
    in_front = name.removesuffix(registered(name)).split(".")
    return any(_STAGING.fullmatch(label) for label in in_front)


def mixed(name: str) -> bool:
    """Whether a label of a host mixes Latin with Cyrillic or Greek letters (UTS 39, section 5)."""
    for label in name.split("."):
        plain = label
        if label.startswith("xn--"):
            try:
                plain = label.encode("ascii").decode("idna")
            except UnicodeError:
                continue
        scripts = {unicodedata.name(sign, "").partition(" ")[0] for sign in plain if sign.isalpha()}
        if "LATIN" in scripts and scripts & {"CYRILLIC", "GREEK"}:
            return True
    return False


def _called(link: Element) -> str:
    """Its words, else what its pictures are called."""
    if link.tag == "img":
        return link.get("alt")
    alts = " ".join(e.get("alt") for e in _within(link) if e.tag == "img")
    return link.text or link.get("aria-label") or alts.strip()


def _within(element: Element) -> Iterator[Element]:
    for child in element.children:
        yield child
        yield from _within(child)


def _cure(proof: Proof, link: Element) -> str:
    address = link.get("href")
    by_hand = address and any(address in text for text in (proof.issue.intro, *(block.url for block in proof.blocks)))
    return f"mend it in {proof.overlay}" if by_hand else _TEMPLATE


CHECKS = (
    Check("S08", "links", "error", "every link has a whole address, over https, outside the email", addresses),
    Check("S26", "link-text", "error", "every link says where it leads: no “click here”", texts),
    Check("S20", "link-target", "error", "an address that is shown is the one that is linked", honest),
    Check("S27", "link-hosts", "error", "no private hosts, test sites, shortened or look-alike addresses", hosts),
    Check("S30", "link-private", "error", "no drafts, documents open for writing or personal keys", private_pages),
)
