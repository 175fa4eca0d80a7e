"""The pictures of an issue: its covers made ready, its chart drawn, and all given our own addresses."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from digest import collect, pictures, render
from digest.config import Settings, colours
from digest.config.brand import READABLE, WHITE
from digest.models import Cover, Finding, Issue, Picture, PictureMemory, Story
from digest.pictures import LEAD, STORY, Shape, Wanted
from digest.pipeline.job import Watch

FORGOTTEN_AFTER = timedelta(days=30)
"""What no draft has asked for as long, and no frozen issue shows, is not kept."""
_BELIEVED_FOR = timedelta(hours=24)
_FAILED_FOR = timedelta(minutes=10)
"""A draft does not ask again so soon for what could not be had: each time may cost a deadline."""
_NONE = "it stands without a picture"
_HOUSE = "the house picture stands in its place"
# What a camera or a site calls a file, and no reader should hear instead of a description.
_FILE_NAME = re.compile(
    r"\S+\.(?:jpe?g|png|gif|webp|avif|heic|svg|tiff?|bmp)"
    r"|(?:img|image|dsc[nf]?|pxl|photo|picture|screenshot|untitled)?[\d\W_]*",
    re.IGNORECASE,
)


class Illustrated(Struct, frozen=True):
    """An issue whose pictures are ours."""

    issue: Issue
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    """Address -> the file that it will show."""
    findings: tuple[Finding, ...] = ()
    coming: int = 0
    """Pictures in whose places plates stand: with any the email is to be looked at and never to be sent."""


class Memories(Protocol):
    """Knows what each address gave."""

    def memories(self, keys: Sequence[str]) -> dict[str, PictureMemory]:
        """`PictureMemory.key` -> what is known of it, of those that were asked before."""
        ...

    def remember(self, memories: Iterable[PictureMemory]) -> None:
        """Keeps what each address gave in place of what it gave before."""
        ...


class Keeps(Protocol):
    """The store, or whatever else keeps pictures."""

    @property
    def pictures(self) -> Memories:
        """Those that were had, and those that could not be."""
        ...


def illustrated(
    settings: Settings, store: Keeps | None, issue: Issue, watch: Watch, at: datetime, *, again: bool = False
) -> Illustrated:
    """The issue with every cover made ready, or without its address where none can be had, and a finding why.

    `at` is the real time, also where another moment is pretended: it says how long a picture has been
    kept. With `again` what could not be had a moment ago is asked for once more.
    """
    places = _Places(settings, issue)
    memories, asked = places.at_hand(store, at, again=again)
    done = count(1)
    made = pictures.made(
        asked,
        memories,
        at,
        contact=settings.newsletter.site_url,
        on_done=lambda _: watch.pictured(next(done), len(asked)),
    )
    if store:
        store.pictures.remember(made.values())
    return places.filled({**memories, **made})


def at_hand(settings: Settings, store: Keeps, issue: Issue, at: datetime) -> Illustrated:
    """The issue with the pictures that are kept, and plates of their size for those that must be asked for."""
    places = _Places(settings, issue)
    memories, coming = places.at_hand(store, at, again=False)
    plates = {each.key: PictureMemory(each.key, each.url, at, pictures.plate(each.shape)) for each in coming}
    had = {key: memory for key, memory in memories.items() if memory.picture or key not in plates}
    return replace(places.filled({**plates, **had}), coming=len(coming))


def fetch(settings: Settings, store: Keeps, issue: Issue, at: datetime, came: Callable[[], None]) -> None:
    """Asks for the pictures that `at_hand` has plates for, and keeps each as it comes; then `came` is called."""

    def keep(memory: PictureMemory) -> None:
        store.pictures.remember([memory])
        came()

    memories, asked = _Places(settings, issue).at_hand(store, at, again=False)
    pictures.made(asked, memories, at, contact=settings.newsletter.site_url, on_done=keep)


def charted(settings: Settings, store: Keeps | None, shown: Illustrated, at: datetime) -> Illustrated:
    """The same with its chart drawn, if that is a line; one that cannot be drawn stays bars, and a note says so."""
    chart = shown.issue.chart
    if chart is None or chart.kind != "line":
        return shown
    number = render.number(shown.issue, settings.newsletter, settings.templates)
    picture = pictures.line(chart.bars, _line_colour(settings), number)
    if picture is None:
        said = f'the chart "{chart.title}" is shown as bars: a picture has Latin, Greek and Cyrillic letters only'
        cure = 'write its labels in these if you want the line, or leave kind = "line" out'
        return replace(shown, findings=(*shown.findings, Finding("picture-missing", "note", said, cure)))
    address = picture.address(settings.newsletter.public_url)
    if store and not _believed(store.pictures.memories([picture.name]).get(picture.name), at, again=False):
        store.pictures.remember([PictureMemory(picture.name, address, at, picture)])
    drawn = replace(chart, picture=Cover(address, "", "", picture.width // 2, picture.height // 2))
    issue = replace(shown.issue, chart=drawn)
    return replace(shown, issue=issue, pictures={**shown.pictures, address: picture})


def _line_colour(settings: Settings) -> str:
    """That of links, unless they are made for a dark card: a picture stands on a white plate."""
    light = settings.brand.light
    return light.link if colours.contrast(light.link, WHITE) >= READABLE else light.ink


def _believed(memory: PictureMemory | None, at: datetime, *, again: bool) -> bool:
    if memory is None:
        return False
    age = abs(at - memory.asked_at)
    return age < _BELIEVED_FOR if memory.picture else age < _FAILED_FOR and not again


class _Places:
    """Where an issue shows pictures, and what each place asks for."""

    def __init__(self, settings: Settings, issue: Issue) -> None:
        self._issue = issue
        self._brand = settings.brand
        self._public_url = settings.newsletter.public_url
        self._private = {source.name for source in settings.sources if source.allow_private_addresses}
        self._files = collect.pictures(settings.sources)

    def wanted(self) -> Iterator[Wanted]:
        """Each picture once for every story that shows it; the house picture with any lead, in case."""
        house, lead = self._house(), self._issue.lead
        shown = [house, self._cover(lead, LEAD) if lead else None]
        shown += [self._cover(story, STORY) for section in self._issue.sections for story in section.stories]
        return (each for each in shown if each)

    def at_hand(
        self, store: Keeps | None, at: datetime, *, again: bool
    ) -> tuple[Mapping[str, PictureMemory], Sequence[Wanted]]:
        """What is known of the pictures, by their keys, and those that must be asked for."""
        wanted = {each.key: each for each in self.wanted()}
        memories = store.pictures.memories(list(wanted)) if store else {}
        asked = [each for key, each in wanted.items() if not _believed(memories.get(key), at, again=again)]
        return memories, asked

    def filled(self, memories: Mapping[str, PictureMemory]) -> Illustrated:
        """The issue with what came of them."""
        filling = _Filling(memories, self._public_url)
        lead, house = self._issue.lead, self._house()
        if lead:
            house_there = house is not None and memories[house.key].picture is not None
            lead = filling.story(lead, self._cover(lead, LEAD), _HOUSE if house_there else _NONE)
        sections = tuple(
            replace(each, stories=tuple(filling.story(s, self._cover(s, STORY), _NONE) for s in each.stories))
            for each in self._issue.sections
        )
        bare = lead is not None and not (lead.article.cover and lead.article.cover.url)
        house_picture = filling.house(house) if house and bare else None
        issue = replace(self._issue, lead=lead, sections=sections, house_picture=house_picture)
        return Illustrated(issue, filling.pictures, tuple(filling.findings))

    def _cover(self, story: Story, shape: Shape) -> Wanted | None:
        cover = story.article.cover
        if cover is None or cover.url is None:
            return None
        private = story.article.source in self._private
        return Wanted(cover.url, shape, self._brand.colour, private, self._files.get(cover.url))

    def _house(self) -> Wanted | None:
        url = self._brand.house_image_url
        if url is None or self._issue.lead is None:
            return None
        return Wanted(url, LEAD, self._brand.colour, bool(self._private), self._files.get(url))


class _Filling:
    """Puts pictures into their places, and tells which are missing."""

    def __init__(self, memories: Mapping[str, PictureMemory], public_url: str) -> None:
        self.pictures: dict[str, Picture] = {}
        self.findings: list[Finding] = []
        self._memories = memories
        self._public_url = public_url

    def story(self, story: Story, wanted: Wanted | None, instead: str) -> Story:
        """The story with its cover made ready; of one that cannot be had the credit stays."""
        cover = story.article.cover
        if wanted is None or cover is None:
            return story
        cure = f'{instead}; mend it at its source, or: digest edit cover "{story.article.id}" --url … --credit …'
        address = self._address(wanted, f'"{story.article.title}"', cure)
        size = (wanted.shape.width, wanted.shape.height) if address else (0, 0)
        return replace(
            story, article=replace(story.article, cover=Cover(address, _alt(cover.alt), cover.credit, *size))
        )

    def house(self, wanted: Wanted) -> Cover | None:
        """The house picture, which says nothing to whom cannot see it."""
        cure = "brand.house_image_url in config.toml must be the address of a picture; a lead without one has none now"
        address = self._address(wanted, "brand.house_image_url", cure)
        return Cover(address, "", "", wanted.shape.width, wanted.shape.height) if address else None

    def _address(self, wanted: Wanted, whose: str, cure: str) -> str | None:
        memory = self._memories[wanted.key]
        if memory.picture is None:
            from digest import net  # brings httpx, which an issue without a fault does not need

            said = f"{whose}: the picture {net.shown(wanted.url)} {memory.reason}"
            self.findings.append(Finding("picture-missing", "warning", said, cure))
            return None
        address = memory.picture.address(self._public_url)
        self.pictures[address] = memory.picture
        return address


def _alt(alt: str) -> str:
    """The description, unless it only names the file: then the title says more."""
    return "" if _FILE_NAME.fullmatch(alt.strip()) else alt
