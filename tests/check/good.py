"""Good issues, as they would reach a reader: what no check may complain about, and what faults are seeded into."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec.structs import replace

from digest import check, pipeline
from digest.config import Settings
from digest.models import Link, Panel
from digest.pipeline import proving
from digest.pipeline.illustrating import Illustrated
from tests import builders
from tests.test_pipeline import WATCH

INTRO = """Dear readers, **three bridges** opened this week, and two of them by your gifts.

* [Thank the builders](https://news.example.org/thanks) in your own language
* write to the [desk](mailto:desk@news.example.org) if your town is missing
"""
INTRO_UK = """Дорогі читачі, цього тижня відкрито **три мости**, і два з них — вашим коштом.

* [Подякуйте будівельникам](https://news.example.org/thanks) своєю мовою
* пишіть до [редакції](mailto:desk@news.example.org), якщо вашого міста бракує
"""
LINKS = (Link("How a grant reaches a school", "https://maps.example.org/grants", "A clerk shows the way it takes."),)
PANELS = (
    Panel("action", "Write to your member of parliament", "It takes four minutes.", "Find the address", "https://act.example.org/write"),
)  # fmt: skip


@cache
def draft(language: str = "en", template: str = "default") -> tuple[Settings, pipeline.Draft]:
    """The sample's week by the shipped config, in a folder of its own that is gone afterwards."""
    with TemporaryDirectory() as folder:
        settings = builders.settings(Path(folder), newsletter={"language": language})
        if language != "en":
            sources = tuple(source.model_copy(update={"language": language}) for source in settings.sources)
            themes = tuple(theme.model_copy(update={"intro": ""}) for theme in settings.themes)
            settings = settings.model_copy(update={"sources": sources, "themes": themes})
        if template != "default":
            shutil.copytree(builders.REPOSITORY / "templates", Path(folder) / "templates")
            shutil.copytree(
                builders.REPOSITORY / "templates" / template, Path(folder) / "templates", dirs_exist_ok=True
            )
        made = pipeline.build(settings, None, builders.SLOT, pipeline.Job(builders.END, WATCH))
        issue = replace(made.issue, intro=INTRO_UK if language == "uk" else INTRO, links=LINKS, panels=PANELS)
        return settings, rendered(settings, made, issue)


def rendered(settings: Settings, made: pipeline.Draft, issue) -> pipeline.Draft:
    """The draft with another issue."""
    from digest import render

    email = render.email(issue, settings.newsletter, settings.brand, settings.templates)
    given = proving.proof(settings, Illustrated(issue, made.pictures), email, made.slot.due)
    return replace(made, issue=issue, email=email, proof=given)


def proof(language: str = "en", template: str = "default") -> check.Proof:
    """Of that week, never judged before: nothing in it is worked out yet."""
    return replace(draft(language, template)[1].proof)


def with_email(given: check.Proof, settings: Settings, **parts: str) -> check.Proof:
    """The proof with another html, text or subject, in the email and in the raw message."""
    email = replace(given.email, **parts)
    return replace(
        given, email=email, message=proving.message(settings, given.issue, email, given.sent_at, draft()[1].pictures)
    )
