"""Pictures: what stands in their place, how they are fetched, and whether they spy (S06, S07, S19, S21)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from digest.check.page import Element
from digest.check.proof import Check, Proof, host
from digest.models import Finding

_ALT = 200
_FILE_NAME = re.compile(
    r"(?i)^[\w ()%+.-]*\.(?:jpe?g|png|gif|webp|avif|svg|heic)$|^(?:IMG|DSC|DSCN|DCIM|image|photo)[_-]?\d+$"
)
_SPY = re.compile(r"(?i)/(?:open|opens|o|track|tracking|trk|pixel|px|beacon|wf/open|imp)(?:[/.?]|$)")
_TEMPLATE = "mend the template at this place"
_SOURCE = "add the description at the article's source, or with `digest edit cover`"
_FEWEST_WORDS = 60


def missing(proof: Proof) -> Iterator[Finding]:
    """Covers that could not be made ready."""
    yield from proof.pictures


def alternative(proof: Proof) -> Iterator[Finding]:
    """WCAG 2.2, 1.1.1: what is read aloud, and what is seen while pictures are blocked."""
    for image in proof.page.all("img"):
        source, place = image.get("src"), _place(proof, image)
        link = next((e for e in image.up() if e.tag == "a"), None)
        if "alt" not in image.attributes:
            yield Finding("alt-text", "error", f"a picture has no alt: {source[:80]}", _TEMPLATE, place)
        elif link is not None and not image.get("alt") and not link.text:
            message = f"a picture is a link and says nothing to those who do not see it: {source[:80]}"
            yield Finding("alt-text", "error", message, _SOURCE, place)
        elif _FILE_NAME.match(image.get("alt")):
            message = f'a picture is described by the name of its file: "{image.get("alt")[:60]}"'
            yield Finding("alt-text", "warning", message, _SOURCE, place)
        elif len(image.get("alt")) > _ALT:
            said = image.get("alt")
            message = f'the description of a picture has {len(said)} characters; {_ALT} are enough: "{said[:50]}…"'
            yield Finding("alt-text", "warning", message, _SOURCE, place)


def form(proof: Proof) -> Iterator[Finding]:
    """What Gmail and Outlook show: JPEG, PNG and GIF, from https, in a size that is known before they load."""
    for image in proof.page.all("img"):
        source, place = image.get("src"), _place(proof, image)
        shown = source[:80]
        if source.lower().startswith("data:"):
            yield Finding(
                "picture-form", "error", "a picture stands in the html itself; Gmail does not show it", _TEMPLATE, place
            )
        elif not source.lower().startswith("https://"):
            message = f"a picture is not fetched over https: {shown or 'it has no address'}"
            yield Finding("picture-form", "warning", message, "use its https address", place)
        kind = (
            urlsplit(source).path.rpartition(".")[2].lower() if "." in urlsplit(source).path.rpartition("/")[2] else ""
        )
        if kind in ("webp", "avif", "svg", "heic", "tif", "tiff", "bmp"):
            message = f"Outlook does not show .{kind} pictures: {shown}"
            yield Finding("picture-form", "warning", message, "use a JPEG or a PNG", place)
        if not (image.get("width").isdigit() and (image.get("height").isdigit())):
            message = f"a picture has no width or height in pixels: {shown}"
            yield Finding("picture-form", "warning", message, _TEMPLATE, place)


def spies(proof: Proof) -> Iterator[Finding]:
    """CNIL deliberation 2026-042: to count who opens needs a consent of its own."""
    shown = {s.article.cover.url for s in proof.issue.stories if s.article.cover}
    for image in proof.page.all("img"):
        source = image.get("src")
        if source in shown:
            continue
        tiny = any(image.get(side) in ("0", "1") for side in ("width", "height"))
        address = urlsplit(source)
        if tiny or image.hidden or (_SPY.search(address.path) and (address.query or not image.get("alt"))):
            message = f"a picture counts who opens the email: {source[:80]}"
            cure = "take it out, and switch open tracking off at the provider"
            yield Finding("tracking-pixel", "error", message, cure, host(source))


def balance(proof: Proof) -> Iterator[Finding]:
    """An email of pictures alone says nothing while they are blocked, and looks like spam."""
    words, pictures = len(proof.page.seen.split()), len(proof.page.all("img"))
    if pictures and words < _FEWEST_WORDS:
        message = f"{words} words stand beside {pictures} pictures: with pictures blocked there is little to read"
        yield Finding("text-beside-pictures", "warning", message, "say in words what the pictures say")


def _place(proof: Proof, image: Element) -> str:
    """The id of the article whose cover it is, else its address."""
    source = image.get("src")
    return next(
        (s.article.id for s in proof.issue.stories if s.article.cover and s.article.cover.url == source), source[:80]
    )


CHECKS = (
    Check("S06", "alt-text", "error", "every picture is described in words, not by its file's name", alternative),
    Check(
        "A04", "picture-missing", "warning", "every picture could be had and is large enough", missing, reads="issue"
    ),
    Check("S07", "picture-form", "error", "pictures are JPEG, PNG or GIF over https, with width and height", form),
    Check("S19", "tracking-pixel", "error", "no picture counts who opens the email", spies),
    Check("S21", "text-beside-pictures", "warning", "there is enough text beside the pictures", balance),
)
