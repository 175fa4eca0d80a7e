"""An issue with pictures, from a newsroom on loopback to the files that a reader gets."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from msgspec.structs import replace

from digest import desk, pipeline
from digest.cli import files
from digest.compose import window
from digest.config import Settings
from digest.models import Correction, Cover, Finding, Subscriber
from digest.pipeline import Job, illustrating
from digest.store.opened import Store
from tests import builders, tables
from tests.builders import settings as build_settings
from tests.collect.loopback import Answer, Site, reply, site
from tests.pictures.files import photograph, saved
from tests.pictures.files import shown as pixels
from tests.test_pipeline import NOW, Silent

KEY = "weekly-2026-W47"
HOUSE = saved(photograph(1200, 800, seed=9))


class Told(Silent):
    """Remembers how the pictures went on."""

    def __init__(self) -> None:
        self.pictures: list[tuple[int, int]] = []

    def pictured(self, done: int, of: int) -> None:
        self.pictures.append((done, of))


@dataclass
class Newsroom:
    """Two stories with covers on a server of the house, and one without."""

    site: Site
    answers: dict[str, Answer]
    settings: Settings
    store: Store

    def draft(self, kept: Store | None = None, **changes: object) -> pipeline.Draft:
        slot = window.latest_closed(self.settings.schedule, self.settings.newsletter.zone, NOW)
        return pipeline.build(self.settings, kept, slot, replace(Job(NOW, Told()), **changes))  # type: ignore[arg-type]


def write(folder: Path, name: str, day: str, cover: str) -> None:
    text = f'---\ntitle: "{name}"\ndate: {day}\ntags: ["UWC news"]\nurl: https://news.example/{name}\n{cover}\n---\n\nText.\n'
    builders.written(folder / f"{name}.md", text)


@pytest.fixture
def newsroom(tmp_path: Path) -> Iterator[Newsroom]:
    desk_folder = tmp_path / "desk"
    desk_folder.mkdir()
    answers: dict[str, Answer] = {
        "/lead.jpg": reply(saved(photograph(2000, 1200, seed=1)), ETag='"1"'),
        "/story.jpg": reply(saved(photograph(900, 900, seed=2))),
        "/house.jpg": reply(HOUSE),
    }
    with (
        site(lambda path: answers.get(path, reply(b"", 404))) as here,
        tables.opened(tmp_path) as opened,
    ):
        write(
            desk_folder,
            "lead",
            "2026-11-19T12:00",
            f'cover: {{url: "{here.url}/lead.jpg", alt: "IMG_2041.jpg", credit: "A. Lens"}}',
        )
        write(
            desk_folder,
            "story",
            "2026-11-18T12:00",
            f'cover: {{url: "{here.url}/story.jpg", alt: "Two bridges", credit: "B. Lens"}}',
        )
        write(desk_folder, "plain", "2026-11-17T12:00", "")
        settings = build_settings(
            tmp_path,
            sources=[{"name": "desk", "kind": "folder", "path": str(desk_folder), "allow_private_addresses": True}],
            compose={"lead": "recent"},
        )
        opened.people.add([Subscriber("ann@news.example")], "weekly", NOW)
        yield Newsroom(here, answers, settings, opened)


def covers(draft: pipeline.Draft) -> list[Cover | None]:
    return [story.article.cover for story in draft.issue.stories]


def images(page: str) -> list[dict[str, str]]:
    return [dict(re.findall(r' (src|width|height|alt)="([^"]*)"', tag)) for tag in re.findall("<img [^>]*>", page)]


def test_covers_get_our_address_and_a_size_and_keep_their_credit(newsroom: Newsroom) -> None:
    draft = newsroom.draft()
    lead, story, plain = covers(draft)
    assert lead is not None
    assert story is not None
    assert (replace(lead, url=""), replace(story, url=""), plain) == (
        Cover("", "", "A. Lens", 600, 338),
        Cover("", "Two bridges", "B. Lens", 168, 112),
        None,
    )
    assert set(draft.pictures) == {lead.url, story.url}
    assert all(re.fullmatch(r"https://digest\.example\.org/pictures/[0-9a-f]{32}\.jpg", url) for url in draft.pictures)
    shown = [
        {"src": lead.url, "width": "600", "height": "338", "alt": "lead"},
        {"src": story.url, "width": "168", "height": "112", "alt": "Two bridges"},
    ]
    assert images(draft.email.html) == images(draft.email.web) == shown
    assert [f for f in draft.findings if f.check == "picture-missing"] == []


def test_what_cannot_be_had_is_a_warning_and_the_issue_goes_on(newsroom: Newsroom) -> None:
    newsroom.answers["/lead.jpg"] = reply(b"", 404)
    newsroom.answers["/story.jpg"] = reply(b"<html>")
    draft = newsroom.draft()
    assert covers(draft) == [Cover(None, "", "A. Lens"), Cover(None, "Two bridges", "B. Lens"), None]
    assert images(draft.email.html) == []
    assert "Cover: A. Lens" in draft.email.html
    cure = 'it stands without a picture; mend it at its source, or: digest edit cover "desk:{}.md" --url … --credit …'
    assert [f for f in draft.findings if f.check == "picture-missing"] == [
        Finding(
            "picture-missing",
            "warning",
            f'"{title}": the picture {newsroom.site.url}/{title}.jpg {said}',
            cure.format(title),
        )
        for title, said in (
            ("lead", "is not there: the site answered 404"),
            ("story", "is a page and not a picture; the address of the file itself is needed"),
        )
    ]


def test_the_house_picture_stands_for_a_lead_that_has_none(newsroom: Newsroom) -> None:
    house = {"house_image_url": f"{newsroom.site.url}/house.jpg"}
    newsroom.settings = newsroom.settings.model_copy(update={"brand": newsroom.settings.brand.model_copy(update=house)})
    with_cover = newsroom.draft()
    assert (with_cover.issue.house_picture, len(with_cover.pictures)) == (None, 2)
    newsroom.answers["/lead.jpg"] = reply(b"", 404)
    draft = newsroom.draft()
    assert draft.issue.house_picture is not None
    address = draft.issue.house_picture.url
    assert draft.issue.house_picture == Cover(address, "", "", 600, 338)
    assert images(draft.email.html)[0] == {"src": address, "width": "600", "height": "338", "alt": ""}
    assert "the house picture stands in its place" in next(
        f.cure for f in draft.findings if f.check == "picture-missing"
    )
    newsroom.answers["/house.jpg"] = reply(b"", 404)
    bare = newsroom.draft()
    assert (bare.issue.house_picture, len(images(bare.email.html))) == (None, 1)
    assert [f.message for f in bare.findings if "house" in f.message] == [
        f"brand.house_image_url: the picture {newsroom.site.url}/house.jpg is not there: the site answered 404"
    ]


def test_a_source_that_does_not_allow_private_addresses_gives_no_such_picture(newsroom: Newsroom) -> None:
    public = newsroom.settings.sources[0].model_copy(update={"allow_private_addresses": False})
    newsroom.settings = newsroom.settings.model_copy(update={"sources": (public,)})
    draft = newsroom.draft()
    assert (newsroom.site.asked, images(draft.email.html)) == ([], [])


def test_what_is_kept_is_not_fetched_again_by_the_next_draft_or_the_freeze(newsroom: Newsroom) -> None:
    newsroom.draft(newsroom.store)
    assert sorted(newsroom.site.asked) == ["/lead.jpg", "/story.jpg"]
    again = Told()
    draft = newsroom.draft(newsroom.store, watch=again)
    run = pipeline.run(newsroom.settings, newsroom.store, Job(NOW, Told()))
    assert (len(newsroom.site.asked), again.pictures) == (2, [])
    frozen = newsroom.store.issues.email(run.record.id)
    assert images(frozen.html) == images(draft.email.html)
    assert {newsroom.store.pictures.get(url.rpartition("/")[2]) for url in draft.pictures} == set(
        draft.pictures.values()
    )


def test_a_failed_picture_is_not_waited_for_at_every_refresh_but_once_more_at_the_freeze(newsroom: Newsroom) -> None:
    whole = newsroom.answers.pop("/lead.jpg")
    for _ in range(3):
        assert len(images(newsroom.draft(newsroom.store).email.html)) == 1
    assert newsroom.site.asked.count("/lead.jpg") == 1
    newsroom.answers["/lead.jpg"] = whole
    run = pipeline.run(newsroom.settings, newsroom.store, Job(NOW, Told()))
    assert len(images(newsroom.store.issues.email(run.record.id).html)) == 2


@pytest.mark.parametrize(
    ("hours", "asked"), [(23, []), (25, ["/lead.jpg", "/story.jpg"]), (-25, ["/lead.jpg", "/story.jpg"])]
)
def test_a_picture_is_believed_for_a_day(newsroom: Newsroom, hours: int, asked: list[str]) -> None:
    issue = newsroom.draft(pictures="none").issue
    at = datetime(2026, 11, 20, tzinfo=UTC)
    first = illustrating.illustrated(newsroom.settings, newsroom.store, issue, Told(), at)
    newsroom.site.asked.clear()
    later = illustrating.illustrated(newsroom.settings, newsroom.store, issue, Told(), at + timedelta(hours=hours))
    assert (sorted(newsroom.site.asked), later) == (asked, first)


def test_progress_is_told_of_each_picture(newsroom: Newsroom) -> None:
    watch = Told()
    newsroom.draft(watch=watch)
    assert watch.pictures == [(1, 2), (2, 2)]


def test_nothing_is_fetched_where_nobody_looks_and_for_templates_without_pictures(
    newsroom: Newsroom, tmp_path: Path
) -> None:
    plain = newsroom.draft(pictures="none")
    assert [cover.url for cover in covers(plain) if cover] == [
        f"{newsroom.site.url}/{name}.jpg" for name in ("lead", "story")
    ]
    briefing = tmp_path / "briefing"
    assert desk_init(briefing) == 0
    (briefing / "templates").rename(tmp_path / "templates")
    newsroom.draft()
    assert newsroom.site.asked == []


def desk_init(folder: Path) -> int:
    from digest import cli

    return cli.main(["init", str(folder), "--template", "briefing"])


def test_the_outbox_holds_every_picture_beside_the_page_and_in_the_emails(newsroom: Newsroom, tmp_path: Path) -> None:
    run = pipeline.run(newsroom.settings, newsroom.store, Job(NOW, Told()))
    email = newsroom.store.issues.email(run.record.id)
    shown = newsroom.store.pictures.shown(email.html)
    folder = tmp_path / "outbox" / KEY
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert [image["src"] for image in images(page)] == [f"pictures/{picture.name}" for picture in shown.values()]
    written = {file.name: file.read_bytes() for file in (folder / "pictures").iterdir()}
    assert written == {picture.name: picture.content for picture in shown.values()}
    message = message_from_bytes(next(folder.glob("*.eml")).read_bytes(), policy=policy.SMTP)
    parts = {part["Content-Location"]: part.get_content() for part in message.walk() if part["Content-Location"]}
    assert parts == {address: picture.content for address, picture in shown.items()}


def beside(file: Path) -> list[bytes]:
    """The pictures that a page shows, from the files where it looks for them."""
    return [(file.parent / image["src"]).read_bytes() for image in images(file.read_text(encoding="utf-8"))]


def test_a_built_page_and_a_corrected_one_have_their_pictures_beside_them(newsroom: Newsroom, tmp_path: Path) -> None:
    draft = newsroom.draft()
    files.write(draft, newsroom.settings, tmp_path / "built")
    pictures = [picture.content for picture in draft.pictures.values()]
    assert [beside(tmp_path / "built" / name) for name in ("issue.html", "web.html")] == [pictures, pictures]
    pipeline.run(newsroom.settings, newsroom.store, Job(NOW, Told()))
    correction = Correction(NOW, "Olena", "The vote was on Tuesday.")
    page = desk.correct(newsroom.settings, newsroom.store, KEY, correction)
    assert beside(files.web(page, newsroom.store, tmp_path / "corrected")) == pictures


def test_a_frozen_issue_keeps_its_pictures_whatever_becomes_of_their_source(newsroom: Newsroom, tmp_path: Path) -> None:
    settings = newsroom.settings.model_copy(
        update={"schedule": newsroom.settings.schedule.model_copy(update={"approval": "required"})}
    )
    slot = window.latest_due(settings.schedule, settings.newsletter.zone, NOW)
    record = desk.freeze(settings, newsroom.store, slot, Job(NOW, Told()))
    before = newsroom.store.pictures.shown(newsroom.store.issues.email(record.id).html)
    newsroom.answers["/lead.jpg"] = reply(saved(photograph(1000, 600, seed=7)))
    newsroom.answers["/story.jpg"] = reply(b"", 410)
    newsroom.store.pictures.forget(datetime.now(UTC) + timedelta(days=90))
    asked = len(newsroom.site.asked)
    desk.approve(newsroom.store, KEY, "Olena", NOW)
    pipeline.send(settings, newsroom.store, KEY, Job(NOW, Told()))
    assert len(newsroom.site.asked) == asked
    written = {file.read_bytes() for file in (tmp_path / "outbox" / KEY / "pictures").iterdir()}
    assert written == {picture.content for picture in before.values()}
    changed = newsroom.draft(newsroom.store)
    assert set(changed.pictures) & set(before) == set()
    assert len(changed.pictures) == 1


LINE = """
[chart]
kind = "line"
title = "Letters"
unit = "thousands"
rows = [{ label = "травень", value = 12 }, { label = "June", value = 20.5 }, { label = "July", value = 1400 }]
source = "The post office"
"""


def edited(folder: Path, overlay: str) -> None:
    file = folder / "issues" / f"{KEY}.toml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(overlay, encoding="utf-8")


def test_a_line_is_drawn_kept_and_sent_like_the_covers(newsroom: Newsroom, tmp_path: Path) -> None:
    edited(tmp_path, LINE)
    draft = newsroom.draft(newsroom.store)
    chart = draft.issue.chart
    assert chart is not None
    assert chart.picture is not None
    address = chart.picture.url or ""
    drawn = draft.pictures[address]
    assert chart.picture == Cover(address, "", "", 536, 240)
    assert address == f"https://digest.example.org/pictures/{drawn.name}"
    told = "Line chart: up from 12 (травень) to 1,400 (July)."
    shown = {"src": address, "width": "536", "height": "240", "alt": told}
    assert images(draft.email.html)[-1] == images(draft.email.web)[-1] == shown
    assert "травень     12  " in draft.email.text
    assert (newsroom.draft().pictures[address], newsroom.draft(pictures="none").pictures) == (drawn, {})
    run = pipeline.run(newsroom.settings, newsroom.store, Job(NOW, Told()))
    newsroom.store.pictures.forget(datetime.now(UTC) + timedelta(days=90))
    assert newsroom.store.pictures.shown(newsroom.store.issues.email(run.record.id).html)[address] == drawn
    assert (tmp_path / "outbox" / KEY / "pictures" / drawn.name).read_bytes() == drawn.content
    corrected = desk.correct(newsroom.settings, newsroom.store, KEY, Correction(NOW, "Olena", "It was twelve."))
    assert images(corrected)[-1] == shown


def test_a_line_in_other_letters_is_shown_as_bars_and_a_note_says_so(newsroom: Newsroom, tmp_path: Path) -> None:
    edited(tmp_path, LINE.replace("травень", "نيسان"))
    draft = newsroom.draft()
    assert draft.issue.chart is not None
    assert (draft.issue.chart.picture, len(images(draft.email.html))) == (None, 2)
    assert draft.email.html.count('<th scope="row"') == 3
    assert [f for f in draft.findings if f.check == "picture-missing"] == [
        Finding(
            "picture-missing",
            "note",
            'the chart "Letters" is shown as bars: a picture has Latin, Greek and Cyrillic letters only',
            'write its labels in these if you want the line, or leave kind = "line" out',
        )
    ]


def test_a_line_is_dark_enough_for_its_white_plate_whatever_the_card(newsroom: Newsroom, tmp_path: Path) -> None:
    edited(tmp_path, LINE)
    for link, line in (("#A01010", (0xA0, 0x10, 0x10)), ("#9AD0FF", (0x14, 0x20, 0x2E))):
        light = newsroom.settings.brand.light.model_copy(update={"card": "#101820", "link": link})
        brand = newsroom.settings.brand.model_copy(update={"light": light})
        newsroom.settings = newsroom.settings.model_copy(update={"brand": brand})
        draft = newsroom.draft()
        assert draft.issue.chart is not None
        assert draft.issue.chart.picture is not None
        image = pixels(draft.pictures[draft.issue.chart.picture.url or ""].content).convert("RGB")
        assert (image.getpixel((0, 0)), line in [colour for _, colour in image.getcolors(16) or ()]) == (
            (255, 255, 255),
            True,
        )


@pytest.mark.parametrize(
    ("alt", "shown"),
    [
        ("IMG_2041.jpg", ""), ("rally-in-kyiv_2024.webp", ""), ("DSC_0042", ""), ("20240612 113022", ""), ("image", ""), ("Photo 3", ""), ("—", ""),
        ("A photo of IMG_2041.jpg", "A photo of IMG_2041.jpg"), ("Rally", "Rally"), ("1,000 candles", "1,000 candles"), ("Фото з мітингу", "Фото з мітингу"),
        ("Photographers at work", "Photographers at work"),
    ],
)  # fmt: skip
def test_a_files_name_is_no_description(newsroom: Newsroom, alt: str, shown: str) -> None:
    issue = newsroom.draft(pictures="none").issue
    assert issue.lead is not None
    assert issue.lead.article.cover is not None
    lead = replace(issue.lead, article=replace(issue.lead.article, cover=replace(issue.lead.article.cover, alt=alt)))
    found = illustrating.illustrated(newsroom.settings, None, replace(issue, lead=lead), Told(), NOW).issue
    assert found.lead is not None
    assert found.lead.article.cover is not None
    assert found.lead.article.cover.alt == shown
