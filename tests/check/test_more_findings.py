"""Late arrivals, twins, and what a person may accept."""

import pytest
from msgspec.structs import replace

from digest import check
from digest.check import arrivals, twins
from digest.config import ComposeSettings
from digest.models import Finding, Verdict
from tests.builders import article
from tests.check.test_findings import issue


def of(total, late):
    stories = [article(f"a{n}") for n in range(total)]
    verdicts = [Verdict(a.id, a.title, a.url, True, "placed", "in", late=n < late) for n, a in enumerate(stories)]
    out = Verdict("site:out", "Left out", "https://news.example/out", False, "hidden", "out", late=True)
    return replace(issue(*stories), verdicts=(*verdicts, out))


@pytest.mark.parametrize(
    ("total", "late", "rule", "expected"),
    [
        pytest.param(20, 0, "ask", [], id="none"),
        pytest.param(20, 1, "include", ["note"], id="one is normal"),
        pytest.param(20, 1, "ask", ["error"], id="the editor wants to be asked"),
        pytest.param(20, 10, "include", ["note"], id="ten of twenty"),
        pytest.param(200, 50, "include", ["note"], id="fifty of many"),
        pytest.param(200, 51, "include", ["error"], id="more than fifty"),
        pytest.param(5, 3, "include", ["error"], id="more than half"),
        pytest.param(2, 2, "include", ["note"], id="too few to tell"),
    ],
)
def test_a_burst_of_late_arrivals_stops_and_asks(total, late, rule, expected):
    assert [
        f.severity for f in arrivals.late(check.Proof(of(total, late), None, None, ComposeSettings(late_arrivals=rule)))
    ] == expected


@pytest.mark.parametrize(
    ("first", "second", "flagged"),
    [
        pytest.param("Congress opens its new office in the north", "Congress opens a new office in the north", True, id="a word"),
        pytest.param("“Ready is a verb”: reservists explain", "Ready Is a Verb: reservists explain", True, id="signs and case"),
        pytest.param("Day 1 of the conference of young leaders", "Day 2 of the conference of young leaders", False, id="numbers"),
        pytest.param("Позиція СКУ щодо заяви ради безпеки", "Позиція СКУ щодо заяв ради безпеки", True, id="Ukrainian"),
        pytest.param("Choirs sing for a maternity ward", "Farmers ask for grain routes", False, id="others"),
    ],
)  # fmt: skip
def test_titles_that_look_like_one_story_are_flagged_when_their_numbers_agree(first, second, flagged):
    found = list(
        twins.near_same_titles(check.Proof(issue(article("a", title=first), article("b", title=second)), None, None))
    )
    assert [f.check for f in found] == (["near-same-title"] if flagged else [])


def test_only_some_errors_can_be_accepted_and_only_by_name():
    found = (Finding("source-failed", "error", "m", "c"), Finding("no-stories", "error", "m", "c"))
    assert check.accepted(found, ()) == found
    assert [f.severity for f in check.accepted(found, ("source-failed", "no-stories"))] == ["warning", "error"]
