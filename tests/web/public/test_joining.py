"""The way in: nobody is subscribed without their own press of a button, and nobody learns who is."""

import re
from contextlib import nullcontext
from datetime import timedelta

import pytest

from digest.models import Outcome, Settled, Subscriber
from digest.web.public import postman
from tests.builders import END

ANN = "ann@example.org"


def test_a_reader_asks_confirms_and_is_subscribed(site):
    answer = site.subscribe(ANN, name="Ann Bell")
    assert (answer.status_code, answer.headers["location"]) == (303, "/subscribe/sent?newsletter=weekly&lang=en")
    assert site.store.people.all() == ()
    [(address, link, automatic)] = site.mails()
    assert (address, automatic) == (ANN, "auto-generated")
    assert re.fullmatch(r"/c/[\w-]{26}", link)
    before = site.state()
    assert [site.client.request(method, link).status_code for method in ("GET", "HEAD")] == [200, 200]
    assert site.state() == before
    done = site.client.post(link)
    assert (done.status_code, done.headers["location"]) == (303, "/subscribe/welcome?newsletter=weekly&lang=en")
    [person] = site.store.people.all("weekly")
    assert (person.address, person.name, person.state, person.language) == (ANN, "Ann Bell", "active", "en")
    assert "you agree that" in site.store.people.by_address(ANN).consents[0].wording


def test_who_gets_it_already_gets_a_link_to_their_choices_instead(site):
    site.store.people.add([Subscriber(ANN)], "weekly", END)
    site.subscribe(ANN)
    [(_, link, _)] = site.mails()
    assert link == site.link(ANN) + "/choices"
    assert site.client.get(link).status_code == 200


class Provider:
    """Settles every email at once, in one way."""

    def __init__(self, outcomes: tuple[Outcome, ...]) -> None:
        self._outcomes = outcomes

    def deliver(self, _batch: object) -> Settled:
        return Settled(self._outcomes)


@pytest.mark.parametrize(
    ("outcomes", "fate"),
    [((Outcome(1, "rejected", reason="no such user"),), "rejected"), ((Outcome(1, "accepted"),), "accepted")],
)
def test_the_fate_of_an_email_is_counted_as_the_provider_tells_it(site, monkeypatch, outcomes, fate):
    monkeypatch.setattr(postman.mail, "through", lambda *_: nullcontext(Provider(outcomes)))
    site.subscribe(ANN)
    assert site.postman.round() == 1
    assert {key: n for key, n in site.door.counts.items() if key[0] == "digest_mails_total"} == {
        ("digest_mails_total", fate): 1
    }


def confirmed(site):
    """What the reader gets, by newsletter, once the newest link was pressed."""
    site.client.post(site.mails()[-1][1])
    person = site.store.people.by_address(ANN)
    return {each.newsletter: each.choice.themes for each in person.listings}


TICKED = {"theme weekly": ["#UAtoEU", "#UWC news"]}


def test_the_form_offers_the_themes_of_every_newsletter_with_none_ticked(site):
    page = site.client.get("/").text
    offered = {key: re.findall(f'name="theme {key}" value="([^"]+)">', page) for key in ("weekly", "weekly-uk")}
    assert offered == {each.newsletter.key: [theme.tag for theme in each.themes] for each in site.door.editions}
    assert "<details open" not in page


@pytest.mark.parametrize(
    ("fields", "gets"),
    [
        pytest.param(TICKED, ("#UAtoEU", "#UWC news"), id="some"),
        pytest.param({}, (), id="none"),
        pytest.param({"theme weekly-uk": "#UAtoEU"}, (), id="of a newsletter that was not asked for"),
        pytest.param({"theme weekly": ["#UAtoEU", "#Nobody's", "<b>"]}, ("#UAtoEU",), id="one that nobody offers"),
    ],
)
def test_the_themes_that_are_ticked_are_theirs_when_they_confirm(site, fields, gets):
    site.subscribe(ANN, **fields)
    assert site.store.people.all() == ()
    assert confirmed(site) == {"weekly": gets}


def test_with_all_themes_ticked_new_ones_come_by_themselves(site):
    site.subscribe(ANN, **{"theme weekly": [theme.tag for theme in site.door.main.themes]})
    assert confirmed(site) == {"weekly": ()}


def test_a_mistake_leaves_the_ticks_as_they_were(site):
    page = site.subscribe("ann@example", **TICKED).text
    assert re.findall(r'name="theme [^"]+" value="([^"]+)" checked', page) == TICKED["theme weekly"]
    assert page.count("<details open") == 1


def test_where_themes_are_not_to_be_chosen_the_form_has_none(site):
    fixed = {"audience": site.door.main.audience.model_copy(update={"choose_themes": False})}
    site.door.editions = [each.model_copy(update=fixed) for each in site.door.editions]
    assert "theme weekly" not in site.client.get("/").text
    site.subscribe(ANN, **TICKED)
    assert confirmed(site) == {"weekly": ()}


@pytest.mark.parametrize(
    ("themes", "gets"),
    [(["uatoeu", "#UWC news", "nothing"], ("#UAtoEU", "#UWC news")), ([], ()), ("#UAtoEU", ()), ([{}, None, 1], ())],
)
def test_a_site_of_ones_own_may_name_themes(site, themes, gets):
    asked = {"email": ANN, "newsletters": ["weekly", "weekly-uk"], "themes": themes}
    assert site.client.post("/subscribe", json=asked).status_code == 202
    assert confirmed(site) == {"weekly": gets, "weekly-uk": gets}


def test_a_link_is_no_longer_good_after_a_week_and_a_foreign_one_never(site):
    site.subscribe(ANN)
    [(_, link, _)] = site.mails()
    site.clock.ahead += timedelta(days=7, minutes=1)
    wrong = [link, link[:-1], link + "A", "/c/" + "A" * 26, "/c/x", "/c/%00"]
    assert [site.client.post(each).status_code for each in wrong] == [410] * 6
    assert [site.client.get(each).status_code for each in wrong] == [410] * 6
    assert site.store.people.all() == ()


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"website": "https://spam.example"}, id="the field that nobody sees"),
        pytest.param({"stamp": ""}, id="no stamp"),
        pytest.param({"stamp": "A" * 18}, id="a stamp that is not ours"),
    ],
)
def test_a_machine_gets_the_same_answer_and_no_email(site, changed):
    expected = site.subscribe(ANN)
    answer = site.subscribe("bob@example.org", **changed)
    assert (answer.status_code, answer.headers["location"]) == (expected.status_code, expected.headers["location"])
    assert [address for address, _, _ in site.mails()] == [ANN]


def test_a_form_that_is_filled_in_faster_than_anybody_types_is_ignored(site):
    stamp = re.search(r'name="stamp" value="([^"]+)"', site.client.get("/").text)[1]
    form = {"stamp": stamp, "newsletter": "weekly", "email": ANN}
    assert site.client.post("/subscribe", data=form).status_code == 303
    assert site.mails() == []


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        pytest.param({"email": "ann@example"}, "whole email address", id="no address"),
        pytest.param({"email": "a@b.example\r\nBcc: c@d.example"}, "whole email address", id="a header within"),
        pytest.param({"email": "x" * 5000 + "@example.org"}, "whole email address", id="endless"),
        pytest.param({"newsletter": "nothing"}, "choose what you would like", id="no newsletter"),
    ],
)
def test_a_mistake_is_said_above_its_field_and_what_was_typed_stays(site, fields, said):
    answer = site.subscribe("ann@example.org", **{"name": "A<b>", **fields})
    assert (answer.status_code, said in answer.text, "A&lt;b&gt;" in answer.text) == (422, True, True)
    assert site.mails() == []


def test_a_site_of_ones_own_asks_by_json(site):
    answer = site.client.post("/subscribe", json={"email": ANN, "language": "uk", "newsletters": ["weekly-uk"]})
    assert (answer.status_code, answer.json()) == (202, {"status": "check your inbox"})
    assert [address for address, _, _ in site.mails()] == [ANN]
    assert answer.headers["access-control-allow-origin"] == "https://news.example.org"
    preflight = site.client.options("/subscribe").headers
    assert preflight["access-control-allow-headers"] == "content-type"
    bad = [b"{", b"[]", b"[" * 10_000, b'{"email": 1}', b"null", "\ud800".encode("utf-8", "surrogatepass")]
    heads = {"content-type": "application/json"}
    assert [site.client.post("/subscribe", content=each, headers=heads).status_code for each in bad] == [400] * 6
    assert site.client.post("/subscribe", json={"email": "x"}).status_code == 422


def test_the_answer_is_the_same_for_known_and_unknown_addresses(site):
    site.store.people.add([Subscriber(ANN)], "weekly", END)
    site.store.people.add([Subscriber("left@example.org"), Subscriber("gone@example.org")], "weekly", END)
    site.store.people.remove("left@example.org", END)
    site.store.people.erase("gone@example.org", END)
    said = []
    for address in (ANN, "left@example.org", "gone@example.org", "new@example.org"):
        for fields in ({}, TICKED):
            answer = site.subscribe(address, **fields)
            said.append((answer.status_code, answer.text, {k: v for k, v in answer.headers.items() if k != "date"}))
    assert said[1:] == said[:1] * 7


@pytest.mark.parametrize("site", ["per_client_an_hour = 3"], indirect=True)
def test_one_client_is_heard_so_often_and_is_told_nothing_else(site):
    answers = [site.subscribe(f"p{n}@example.org") for n in range(6)]
    assert {answer.headers["location"] for answer in answers} == {"/subscribe/sent?newsletter=weekly&lang=en"}
    assert len(site.mails()) == 3


def test_the_pages_speak_the_readers_language(site):
    for header, language in (("uk-UA,uk;q=0.9,en;q=0.8", "uk"), ("fr;q=0.5, de", "de"), ("xx, *", "en"), ("", "en")):
        page = site.client.get("/", headers={"accept-language": header}).text
        assert f'<html lang="{language}"' in page
    assert 'value="weekly-uk" checked' in site.client.get("/", headers={"accept-language": "uk"}).text
    assert '<html lang="pt"' in site.client.get("/?lang=pt").text
