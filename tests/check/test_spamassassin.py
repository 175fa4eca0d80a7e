"""The good issue in SpamAssassin, by its local rules alone, and what is told of its answer."""

import shutil

import pytest
from msgspec.structs import replace

from digest import check
from digest.models import Finding, SpamScore
from digest.probe import spam
from tests import real
from tests.check import good, seeded


def told(score):
    return [f for f in check.findings(replace(good.proof(), spam=score)) if f.check == "spam-score"]


def test_the_good_issue_scores_below_zero_and_a_bad_one_above():
    if shutil.which("spamassassin") is None:
        real.missing("no spamassassin")
    given = good.proof()
    shouting = seeded.header("Subject", "THE WEEK THAT CHANGED EVERYTHING")(seeded.header("Message-ID", None)(given))
    well, badly = spam.score(given.message), spam.score(shouting.message)
    assert (well.trouble, well.limit, well.against) == ("", 5.0, ())
    assert well.points < 0 < badly.points
    assert {rule.split()[1] for rule in badly.against} == {"SUBJ_ALL_CAPS", "MISSING_MID"}
    assert all(len(rule.split()) > 3 for rule in badly.against)  # each in words, too


@pytest.mark.parametrize(
    ("score", "found"),
    [
        pytest.param(None, [], id="not-asked"),
        pytest.param(
            SpamScore(-0.2),
            [("note", "SpamAssassin gives it -0.2 points; from 5.0 on it is spam", "no rule counts against it")],
            id="well",
        ),
        pytest.param(
            SpamScore(2.5, against=("2.0 SHOUTS all in capitals", "0.5 ODD odd")),
            [
                (
                    "warning",
                    "SpamAssassin gives it 2.5 points; from 5.0 on it is spam",
                    "2.0 SHOUTS all in capitals; 0.5 ODD odd",
                )
            ],
            id="half-way",
        ),
        pytest.param(
            SpamScore(5.0, against=("5.0 SHOUTS all in capitals",)),
            [("error", "SpamAssassin gives it 5.0 points; from 5.0 on it is spam", "5.0 SHOUTS all in capitals")],
            id="spam",
        ),
        pytest.param(
            SpamScore(trouble="it is not on this machine"),
            [
                (
                    "warning",
                    "SpamAssassin could not be asked: it is not on this machine",
                    "install it, or leave --spam out",
                )
            ],
            id="not-there",
        ),
    ],
)
def test_what_is_said_of_a_score(score, found):
    assert told(score) == [Finding("spam-score", *each) for each in found]


def test_without_spamassassin_its_check_asks_for_a_yes(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert spam.score(b"") == SpamScore(trouble="it is not on this machine")
