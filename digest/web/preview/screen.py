"""What the editor has chosen to see: which view, in which look, for whom; and how the address says so."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from urllib.parse import urlencode

from msgspec import Struct
from msgspec.structs import asdict, fields

from digest.web.preview import cases
from digest.web.preview.session import Choice, Form, View

VIEWS = {
    "email": "Email",
    "inbox": "Inbox",
    "text": "Text",
    "web": "Web page",
    "message": "Message",
    "links": "Links",
    "aloud": "Read aloud",
    "size": "Size",
    "changes": "Changes",
    "findings": "Findings",
}


class Look(Struct, frozen=True):
    """One way to draw the email, and how true it is."""

    label: str
    says: str
    real: bool = True


LOOKS = {
    "light": Look("Light", "Your browser draws the very bytes that are sent"),
    "dark": Look("Dark", "The very bytes, by their own dark palette: Apple Mail, Outlook on a phone or a Mac"),
    "partial": Look(
        "Partly inverted", "A model of Outlook.com and Gmail on Android, which ignore that palette", real=False
    ),
    "full": Look(
        "Inverted", "A model of Gmail on iPhone and Outlook for Windows, which invert every colour", real=False
    ),
    "bare": Look("Pictures off", "The very bytes, with every picture blocked: what many readers see first"),
    "plain": Look("No styles", "The very bytes, in a client that drops <style> and keeps what stands at each tag"),
}
SIGHTS = {
    "": Look("Full sight", ""),
    "green": Look("No green cones", "A model of deuteranopia (Machado 2009), the most common of all", real=False),
    "red": Look("No red cones", "A model of protanopia (Machado 2009), in which red is dark besides", real=False),
    "none": Look("No colours", "Lightness alone, as in full blindness to colours or on a display of paper", real=False),
    "blurred": Look("Blurred", "A model of weak sight without glasses: a blur of 2 px", real=False),
}
"""Who looks at it."""
DESKTOP = (0, 560, 600, 640, 800)
PHONE = (0, 320, 360, 390, 430)
"""Widths to choose from; 0 leaves the frame out."""


class Screen(Struct, frozen=True):
    """Chosen in the page's address."""

    show: str = "email"
    look: str = "light"
    to: str = "reader"
    form: str = ""
    """`now` or `frozen`; empty is the frozen one if there is one."""
    desktop: int = 640
    phone: int = 390
    sight: str = ""
    story: str = ""
    """Id of the article that is open for editing."""


def parse(query: Mapping[str, str]) -> tuple[Choice, Screen]:
    """What an address asks for; whatever it asks that is not there is as usual."""
    choice = Choice(*(query.get(f.name, "").strip() for f in fields(Choice)))
    if not cases.label(choice.case):
        choice = Choice(choice.edition, choice.issue, choice.as_of)
    screen = Screen(
        show=_one_of(query.get("show"), VIEWS, "email"),
        look=_one_of(query.get("look"), LOOKS, "light"),
        to=cases.recipient(query.get("to", "")).key,
        form=_one_of(query.get("form"), ("now", "frozen"), ""),
        desktop=_number(query.get("desktop"), DESKTOP, 640),
        phone=_number(query.get("phone"), PHONE, 390),
        sight=_one_of(query.get("sight"), SIGHTS, ""),
        story=query.get("story", ""),
    )
    return choice, screen


def address(choice: Choice, screen: Screen, **changes: object) -> str:
    """`/?…` of this choice and screen with some of it changed; what is as usual is left out."""
    usual = asdict(Choice()) | asdict(Screen())
    wanted = asdict(choice) | asdict(screen) | changes
    said = {key: value for key, value in wanted.items() if value != usual.get(key)}
    return f"/?{urlencode(said)}" if said else "/"


def form_of(view: View, screen: Screen) -> tuple[Form, bool]:
    """The form that is on screen, and whether it is the frozen one."""
    if view.frozen and screen.form != "now":
        return view.frozen, True
    return view.draft, False


def _one_of(given: str | None, known: Collection[str], usual: str) -> str:
    return given if given and given in known else usual


def _number(given: str | None, known: tuple[int, ...], usual: int) -> int:
    return int(given) if given and given.isdecimal() and int(given) in known else usual
