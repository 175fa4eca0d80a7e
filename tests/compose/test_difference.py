import pytest
from msgspec.structs import replace

from digest import compose
from digest.compose import Change
from digest.config import LinkEdit, Overlay, PanelEdit, ThemeSettings
from digest.models import Cover
from tests.builders import END, article
from tests.compose.weekly import HOUR, made, rules

THEMES = (ThemeSettings(tag="#News", at_most=3), ThemeSettings(tag="#Rally", title="On the streets"))
PREHEADER = "Title of r · Title of b · Title of c"
COVER = Cover("https://news.example/a.jpg", "A crowd", "A. Photographer")


def week(**changes):
    """Articles a to d in #News and r in #Rally, the most recent first; `changes` is name -> its changes or None."""
    tags = {"r": ("Rally",)}
    articles = [
        article(name, published=END - at * HOUR, tags=tags.get(name, ("News",)), cover=COVER)
        for at, name in enumerate("abcdr", start=1)
        if changes.get(name, {}) is not None
    ]
    return [replace(a, **changes.get(a.native_id, {})) for a in articles]


def issue(articles=None, themes=THEMES, overlay=None, **options):
    return made(week() if articles is None else articles, rules=rules(themes=themes, overlay=overlay, **options))


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        pytest.param(issue(), (), id="nothing"),
        pytest.param(
            issue(week(b={"title": "B now"})),
            (
                Change("preheader", "", PREHEADER, "Title of r · B now · Title of c"),
                Change("title", "Title of b", "Title of b", "B now"),
            ),
            id="retitled",
        ),
        pytest.param(
            issue(week(c={"lede": "Else.", "url": "https://news.example/else", "words": 900, "cover": None})),
            (
                Change("lede", "Title of c", "What happened in c.", "Else."),
                Change("address", "Title of c", "https://news.example/c", "https://news.example/else"),
                Change("reading time", "Title of c", "2 min", "5 min"),
                Change("picture", "Title of c", "https://news.example/a.jpg", ""),
                Change("picture's credit", "Title of c", "A. Photographer", ""),
                Change("picture's description", "Title of c", "A crowd", ""),
            ),
            id="rewritten",
        ),
        pytest.param(
            issue(overlay=Overlay(order=["site:c"], subject="S", preheader="P")),
            (
                Change("subject", "", "Title of a", "S"),
                Change("preheader", "", PREHEADER, "P"),
                Change("moved", "Title of c", "#News, place 3", "#News, place 1"),
            ),
            id="moved up",
        ),
        pytest.param(
            issue(
                overlay=Overlay(
                    subject="Title of a",
                    preheader=PREHEADER,
                    intro="Hello",
                    note="Psst",
                    links=[LinkEdit(title="A map", url="https://m.example")],
                )
            ),
            (
                Change("intro", "", "", "Hello"),
                Change("note to colleagues", "", "", "Psst"),
                Change("link https://m.example", "", "", "A map"),
            ),
            id="the editor's words",
        ),
        pytest.param(
            issue(overlay=Overlay(sponsor=PanelEdit(title="A bank", text="Savings.", button="Look", url="https://b.example"))),
            (Change("sponsor's block", "", "", "A bank: Savings. [Look] https://b.example"),),
            id="a sponsor",
        ),
        pytest.param(
            issue(
                overlay=Overlay(
                    figure={"number": "12", "counts": "letters", "url": "https://p.example"},
                    chart={"title": "By month", "rows": [{"label": "May", "value": 1}, {"label": "June", "value": 2.5}]},
                    quote={"words": "Yes.", "who": "A. B."},
                    events=[{"date": "2026-11-28", "title": "A rally"}],
                )
            ),
            (
                Change("figure", "", "", "12 · letters · https://p.example"),
                Change("chart", "", "", "By month · May 1, June 2.5"),
                Change("quote", "", "", "Yes. · A. B."),
                Change("date 2026-11-28 A rally", "", "", "no place"),
            ),
            id="the editor's blocks",
        ),
        pytest.param(
            issue(
                overlay=Overlay(
                    chart={"kind": "line", "title": "By month", "rows": [{"label": "May", "value": 1}, {"label": "June", "value": 2.5}]}
                )
            ),
            (Change("chart", "", "", "By month · as a line · May 1, June 2.5"),),
            id="a line",
        ),
        pytest.param(
            issue(themes=(THEMES[1].model_copy(update={"title": "Outside", "intro": "Two."}), THEMES[0])),
            (
                Change("subject", "", "Title of a", "Title of r"),
                Change("preheader", "", PREHEADER, "Title of a · Title of b · Title of c"),
                Change("section's title", "#Rally", "On the streets", "Outside"),
                Change("section's intro", "#Rally", "", "Two."),
                Change("order of the sections", "", "#News, #Rally", "#Rally, #News"),
            ),
            id="other sections",
        ),
    ],
)  # fmt: skip
def test_every_change_is_told_once(after, expected):
    assert compose.changes(issue(), after) == expected


def test_a_story_that_is_out_tells_why_and_the_others_only_close_ranks():
    after = made(week(), rules=rules(themes=THEMES), gone={"site:b": "it was taken down, seen on 2026-11-19"})
    assert [c for c in compose.changes(issue(), after) if c.what != "preheader"] == [
        Change("removed", "Title of b", "#News, place 2", "out: it was taken down, seen on 2026-11-19"),
        Change("moved", "Title of d", "#News, link 1", "#News, place 3"),
    ]


def test_a_story_that_is_new_tells_why():
    changes = compose.changes(issue(week(b=None)), issue())
    assert Change("added", "Title of b", "", "in: #News, place 2, most recent first") in changes


def test_a_story_that_is_no_candidate_any_more_is_told_so():
    changes = compose.changes(issue(), issue(week(r=None)))
    assert Change("removed", "Title of r", "#Rally, place 1", "out: it is no candidate any more") in changes


def test_another_lead_and_another_section_are_moves():
    after = issue(overlay=Overlay(lead="site:d", stories=[{"article": "site:c", "section": "#Rally"}]), order="oldest")
    moves = [c for c in compose.changes(issue(order="oldest"), after) if c.what == "moved"]
    assert moves == [
        Change("moved", "Title of d", "#News, place 1", "the lead"),
        Change("moved", "Title of c", "#News, place 2", "#Rally, place 2"),
        Change("moved", "Title of a", "#News, link 1", "#News, place 2"),
    ]


def test_a_story_whose_source_gave_it_another_id_is_the_same_story():
    articles = week()
    renamed = [replace(articles[0], native_id="a-new"), *articles[1:]]
    assert compose.changes(issue(articles), issue(renamed)) == ()
