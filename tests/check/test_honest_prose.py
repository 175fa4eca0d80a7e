"""What looks like a fault to a program and is none to an editor: no finding."""

from datetime import date

import pytest

from digest import check
from digest.models import Bar, Chart, Occasion, Panel
from tests.check import good, seeded

FINE = {
    "two amounts of two things": ("2026 budget: 1.2 billion for roads, 300 million for rail", "Of the 1.5 billion, roads get four fifths."),
    "one amount in two scales": ("A gift of 4.5 million to the schools", "The gift of 4,500 thousand reached them on time."),
    "a rounded amount": ("A loss of $7.1 billion for the railway", "The railway lost $7.12 billion in the third quarter."),
    "a rounded number": ("Maker recalls 40,000 printers", "It recalled 39,431 printers on Tuesday."),
    "a number of two words": ("23 drivers, 3 nurses come home", "Twenty-three drivers and three nurses came home."),
    "an hour before a date": ("First rating for the railway 19:50 November 20", "The railway was rated for the first time."),
    "capitals of a headline": ("A Windows-Based Treo comes", "The Windows-based Treo is slow, says the Foreign Minister of the Foreign Ministry."),
    "an amount and what it is a part of": ("Europe adds 3 billion for the railway", "The fund has 50 million left for this year."),
    "an apostrophe in two forms": ("Siobhán O'Brien-MacDonald moves in", "Siobhán O’Brien-MacDonald starts on 1 December."),
    "feet and inches": ("The 6' 4\" goalkeeper who stayed", "He is tall, and he did not leave."),
    "a quotation within one": ("“He said ‘never’,” the '90s singer says", "It was a long song."),
    "German quotation marks": ("„Nie wieder“ is what the wall says", "A wall in the north of the town."),
    "straight quotation marks": ('What does "neutral" mean? Three lawyers answer', "They agree on one thing."),
    "an embargo that is news": ("EU extends oil embargo until 2027", "The embargo until now had many gaps, say two diplomats."),
    "a quoted omission": ("“We [will] rebuild”, says the mayor", "“It [the bridge] stood for years,” she says. [Video]"),
    "a town of tomorrow": ("The city of tomorrow, built by tomorrow's engineers", "Leaders for tomorrow learn today."),
    "an anniversary with its year": ("From 24 February 2022 to this day", "It began on Thursday, 24 February 2022."),
    "a day far away": ("The court sets a date for the hearing", "The hearing is on Thursday, 17 June, in the old hall."),
}  # fmt: skip


@pytest.mark.parametrize(("title", "lede"), FINE.values(), ids=FINE)
def test_honest_prose_has_no_finding(title, lede):
    found = check.findings(seeded.story(title=title, lede=lede)(good.proof()), {"issue"})
    assert [f for f in found if f.check != "themes"] == []


def test_blocks_that_are_right_have_no_finding():
    given = seeded.issue(
        events=(Occasion(date(2026, 11, 20), "Candles in the windows, Friday 20 November"),),
        chart=Chart("Where the gifts went", "%", (Bar("Schools", 60.5), Bar("Bridges", 40.0))),
        panels=(Panel("sponsor", "Fairbridge Bank", "A loan.", "See the terms", "https://bank.example.org/terms"),),
    )(good.proof())
    assert check.findings(given) == ()


@pytest.mark.parametrize(
    "credit", ["Photo: Web Foundation", "Olha Source / The Week", "Internet Archive", "УНІАН", "AP"]
)
def test_a_credit_that_names_somebody_is_one(credit):
    found = check.findings(seeded.cover(credit=credit)(good.proof()), {"issue"})
    assert [f for f in found if f.check == "picture-credit"] == []


@pytest.mark.parametrize(
    "address",
    [
        "https://docs.google.com/document/d/e/2PACX-1/pub",
        "https://medium.com/@olha/the-bridge",
        "https://news.example.org/p/bridge",
        "https://news.example.org/preview-of-the-season?view=true",
        "https://www.google.com/maps?q=Lviv",
        "https://www.facebook.com/news/posts/1",
    ],
)
def test_a_public_address_is_no_private_one(address):
    given = seeded.html("https://maps.example.org/grants", address)(good.proof())
    assert [f for f in check.findings(given) if f.check in ("link-private", "link-target")] == []
