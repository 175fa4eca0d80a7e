"""What is made of the answers of others."""

import base64

import pytest

from digest import check
from digest.check import network
from digest.models import Answered, OneClick, Records, Target
from tests.check.test_findings import issue

LINK = Target("https://news.example/one", "link", "One", "site:one")
PICTURE = Target("https://news.example/one.jpg", "picture", "One", "site:one")


def said(ask, **evidence):
    return [(f.check, f.severity) for f in ask(check.Proof(issue(), None, None, **evidence))]


@pytest.mark.parametrize(
    ("answered", "expected"),
    [
        pytest.param(Answered(LINK, 200), [], id="there"),
        pytest.param(Answered(LINK, 404), ["error"], id="not there"),
        pytest.param(Answered(LINK, 410), ["error"], id="gone"),
        pytest.param(Answered(LINK, 301), ["error"], id="a redirect to nowhere"),
        pytest.param(Answered(LINK, 403), ["warning"], id="not for programs"),
        pytest.param(Answered(LINK, 429), ["warning"], id="too many"),
        pytest.param(Answered(LINK, 503), ["warning"], id="busy"),
        pytest.param(Answered(LINK, trouble="time-out", reason="late"), ["warning"], id="late"),
        pytest.param(Answered(LINK, trouble="network", reason="no such name"), ["error"], id="no such name"),
        pytest.param(Answered(LINK, trouble="refused", reason="not public"), ["warning"], id="not asked"),
    ],
)
def test_an_address(answered, expected):
    assert said(network.links, answers=(answered,)) == [("dead-link", severity) for severity in expected]


def test_when_nothing_answers_it_is_this_machine():
    answers = tuple(Answered(LINK, trouble="network", reason="no such name") for _ in range(5))
    assert said(network.links, answers=answers) == [("dead-link", "warning")]


@pytest.mark.parametrize(
    ("answered", "expected"),
    [
        pytest.param(Answered(PICTURE, 200, 120_000, "image/jpeg"), [], id="good"),
        pytest.param(Answered(PICTURE, 200, 300_001, "image/jpeg"), ["warning"], id="heavy"),
        pytest.param(Answered(PICTURE, 200, 1_000, "text/html"), ["error"], id="a page"),
        pytest.param(Answered(LINK, 200, 900_000, "text/html"), [], id="a page may be heavy"),
    ],
)
def test_a_picture(answered, expected):
    assert said(network.pictures, answers=(answered,)) == [("picture-weight", severity) for severity in expected]


@pytest.mark.parametrize(
    ("answered", "count"),
    [
        pytest.param(OneClick("u", 200, 200), 0, id="right"),
        pytest.param(OneClick("u", 200, 202), 0, id="right, later"),
        pytest.param(OneClick("u", 200, 302, redirected=True), 1, id="a redirect"),
        pytest.param(OneClick("u", 200, 200, cookie=True), 1, id="a cookie"),
        pytest.param(OneClick("u", 405, 405), 2, id="neither"),
        pytest.param(OneClick("u", trouble="no answer"), 1, id="no answer"),
    ],
)
def test_one_click(answered, count):
    assert said(network.one_click, one_click=answered) == [("one-click-answer", "error")] * count


def key(size):
    return "v=DKIM1; p=" + base64.b64encode(b"x" * size).decode()


GOOD = {"spf": ("v=spf1 include:x -all",), "dmarc": ("v=DMARC1; p=reject",), "dkim": {"s": key(294)}}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, [], id="good"),
        pytest.param({"spf": ()}, ["error"], id="no SPF"),
        pytest.param({"spf": ("v=spf1 -all", "v=spf1 ~all")}, ["error"], id="two SPF"),
        pytest.param({"spf": ("v=spf1 +all",)}, ["error"], id="everybody"),
        pytest.param({"spf": ("v=spf1 all",)}, ["error"], id="everybody, in short"),
        pytest.param({"spf_lookups": 11}, ["error"], id="too many queries"),
        pytest.param({"dmarc": ()}, ["error"], id="no DMARC"),
        pytest.param({"dmarc": ("v=DMARC1; sp=none",)}, ["error"], id="no policy"),
        pytest.param({"dmarc": ("v=DMARC1; p=none",)}, ["note"], id="none"),
        pytest.param({"dkim": {"s": ""}}, ["error"], id="no key"),
        pytest.param({"dkim": {"a": "", "s": key(294)}}, [], id="one of two"),
        pytest.param({"dkim": {"s": key(162)}}, ["note"], id="1024 bits"),
        pytest.param({"dkim": {"s": key(94)}}, ["error"], id="512 bits"),
        pytest.param({"dkim": {"s": "v=DKIM1; k=ed25519; p=AAAA"}}, [], id="another kind of key"),
        pytest.param({"dkim": {}}, [], id="no selector to ask for"),
        pytest.param({"trouble": "no answer", "spf": ()}, ["warning"], id="no answer"),
    ],
)
def test_the_senders_records(changes, expected):
    found = said(network.records, records=Records("news.example.org", **{**GOOD, **changes}))
    assert found == [("sender-records", severity) for severity in expected]
