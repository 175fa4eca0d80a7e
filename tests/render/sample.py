"""A small invented issue that shows each block of the default template once."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from msgspec.structs import replace

from digest import render
from digest.config import BrandSettings, NewsletterSettings
from digest.models import (
    Article,
    Bar,
    Chart,
    Correction,
    Cover,
    Email,
    Figure,
    Issue,
    Link,
    Occasion,
    Panel,
    Quote,
    Section,
    Story,
    Theme,
    Window,
)

TEMPLATES = Path(__file__).parents[2] / "templates"
TOKENS = {"name": "q7nameq7", "address": "q7addressq7", "unsubscribe_url": "q7unsubscribeq7"}
NEWSLETTER = NewsletterSettings(
    name="Weekly Digest",
    organisation="Example Congress",
    sender="Example Congress <digest@news.example.org>",
    postal_address="145 Sample Avenue, Toronto, ON M8Z 5X8, Canada",
    contact="Desk <desk@news.example.org>",
    timezone="America/Toronto",
    site_url="https://www.example.org",
    public_url="https://digest.example.org",
)
BRAND = BrandSettings()
WINDOW = Window(datetime(2024, 6, 20, 22, tzinfo=UTC), datetime(2024, 6, 27, 22, tzinfo=UTC))
DEFEAT = Theme("#DefeatRussia", "Defeating the invasion", "Air defence and sanctions.")
NEWS = Theme("#UWC news", "#UWC news")


def article(title: str = "Shelters open", **changes: object) -> Article:
    """An article that needs no more than what a test is about."""
    number = changes.pop("number", "1")
    plain = Article(
        source="site",
        native_id=str(number),
        url=f"https://www.example.org/news/{number}/",
        url_key=f"www.example.org/news/{number}",
        title=title,
        lede="Classes moved back from screens to rooms.",
        tags=("DefeatRussia",),
        published=datetime(2024, 6, 27, 14, tzinfo=UTC),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def issue(*sections: Section, lead: Story | None = None, **changes: object) -> Issue:
    """An issue of the given sections."""
    plain = Issue(
        key="weekly-2024-W26",
        newsletter="weekly",
        period="2024-W26",
        number=112,
        window=WINDOW,
        language="en",
        subject="One list for twelve parliaments",
        preheader="Also: shelters open in two towns, and the office moves its hours.",
        lead=lead,
        sections=sections,
        verdicts=(),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def issue_of(one: Article) -> Issue:
    """An issue with this article alone, in its theme."""
    return issue(Section(DEFEAT, (Story(one, DEFEAT),)))


def email(shown: Issue, brand: BrandSettings = BRAND, templates: Path = TEMPLATES) -> Email:
    """`shown` as an email, with tokens that never change."""
    return render.email(shown, NEWSLETTER, brand, templates, tokens=TOKENS)


def web(shown: Issue) -> str:
    """`shown` as its page on the web."""
    return render.web(shown, NEWSLETTER, BRAND, TEMPLATES)


SMALL = issue(
    Section(
        DEFEAT,
        (
            Story(
                article(
                    number=2,
                    views=1717,
                    cover=Cover(
                        "https://www.example.org/files/station.jpg",
                        'Trucks & a "station"',
                        "Kim Won Sample / AEP via Example Images",
                    ),
                ),
                DEFEAT,
                also_in=("#UWC news",),
                minutes=2,
            ),
            Story(
                article(
                    "Громади зустрілися з депутатами",
                    number=3,
                    lede="Відповідь обіцяють до кінця липня.",
                    language="uk",
                    views=1,
                    cover=Cover(None, "", "Ірина Взірцева"),
                ),
                DEFEAT,
                minutes=2,
            ),
        ),
        more=(Story(article("A short guide to tariffs", number=4), DEFEAT, minutes=5),),
    ),
    Section(NEWS, (Story(article("Office hours move", number=5, lede=""), NEWS),)),
    lead=Story(
        article(
            "Twelve parliaments get one list",
            number=1,
            views=2431,
            cover=Cover("https://www.example.org/files/hall.jpg", "A hall with flags", "Photo: Marta Zorenko"),
        ),
        DEFEAT,
        minutes=6,
    ),
)

INTRO = """Dear friends, this week **twelve parliaments** got one list, and *you* wrote most of it.

What to do with it:

* read [the list](https://www.example.org/list?a=1&b=2) to the end
* tell the [desk](mailto:desk@news.example.org) what is missing
"""
ACTION = Panel(
    "action",
    "Bring the list to your own member",
    "One page in nine languages, ready to sign and send.",
    "Get the letter",
    "https://www.example.org/letter",
)
SPONSOR = Panel(
    "sponsor", "Sample Credit Union", "Accounts for newcomers.", "Open an account", "https://bank.example.com/open"
)
FIGURE = Figure(
    "1,400", "letters went to twelve parliaments in one day", "Example Congress", "https://www.example.org/letters"
)
CHART = Chart(
    "Letters by month",
    "thousands",
    (Bar("April", 12), Bar("May", 20.5), Bar("June", 31)),
    "Example Congress",
    "https://www.example.org/months",
)
QUOTE = Quote("We wrote the list at one kitchen table.", "Hanna Zrazkova, teacher", "https://www.example.org/table")
EVENTS = (
    Occasion(date(2024, 7, 2), "Reading of the list", "Ottawa, Room 10", "https://www.example.org/reading"),
    Occasion(date(2024, 7, 14), "A day of open doors"),
)
EDITED = replace(
    SMALL,
    intro=INTRO,
    figure=FIGURE,
    chart=CHART,
    quote=QUOTE,
    events=EVENTS,
    links=(
        Link("How a letter reaches a minister", "https://www.example.net/letter", "A clerk shows the way it takes."),
        Link("The archive of maps", "https://maps.example.com/"),
    ),
    panels=(ACTION, SPONSOR),
)
"""The same with the editor's own blocks."""
BLOCKS = ("intro", "figure", "chart", "quote", "events", "links", "panels")

CORRECTED = replace(
    EDITED,
    corrections=(
        Correction(datetime(2024, 6, 28, 15, tzinfo=UTC), "Olha", "The list has twelve points, not ten.", "site:1"),
        Correction(datetime(2024, 6, 29, 15, tzinfo=UTC), "Olha", "The issue named a wrong week."),
        Correction(datetime(2024, 6, 30, 15, tzinfo=UTC), "Olha", "The guide is for 2024.", "site:4"),
    ),
)
"""The same after three mistakes were found: in the lead, in the issue as a whole, and in a link."""
