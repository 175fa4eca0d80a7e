"""The way out: one click that always works, and no click but the reader's."""

import asyncio
import re
from html.parser import HTMLParser

import httpx
import pytest

from digest import send
from digest.models import Choice, Email, Subscriber
from digest.send.message import Frame
from tests.builders import END
from tests.store import scene
from tests.web.public.conftest import finished, sent

ANN = "ann@example.org"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def link(site):
    site.store.people.add([Subscriber(ANN)], "weekly", END)
    site.store.people.add([Subscriber(ANN)], "weekly-uk", END)
    return site.link(ANN)


def left(site, newsletter="weekly"):
    return [
        each.left_at is not None for each in site.store.people.by_address(ANN).listings if each.newsletter == newsletter
    ]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"data": ONE_CLICK}, id="urlencoded"),
        pytest.param({"files": {"List-Unsubscribe": (None, "One-Click")}}, id="multipart"),
    ],
)
def test_one_click_is_answered_when_it_is_kept(site, link, body):
    answer = site.client.post(link, **body)
    assert (answer.status_code, left(site), left(site, "weekly-uk")) == (200, [True], [False])
    assert "set-cookie" not in answer.headers
    assert site.client.post(link, **body).status_code == 200
    person = site.store.people.by_address(ANN)
    assert [(c.what, c.source) for c in person.consents if c.what == "left"] == [("left", "one-click")]


def test_the_page_has_a_button_and_the_button_leaves(site, link):
    page = site.client.get(link)
    assert ("The Week in Short" in page.text, '<form method="post"' in page.text) == (True, True)
    answer = site.client.post(link, data={"action": "leave"})
    assert answer.status_code == 303
    assert "You have left" in site.client.get(answer.headers["location"]).text
    assert left(site) == [True]


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"])
def test_no_other_method_changes_anything(site, link, method):
    before = site.state()
    for path in (link, link + "/choices", link + "/left"):
        site.client.request(method, path)
    assert site.state() == before


@pytest.mark.parametrize("body", [b"", b"x", b"action=save", b"List-Unsubscribe=Two", b"\xff\xfe", b"a=1&" * 100])
def test_a_post_that_asks_for_nothing_changes_nothing(site, link, body):
    before = site.state()
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert site.client.post(link, content=body, headers=kind).status_code == 400
    assert site.state() == before


def test_forged_foreign_and_broken_links_open_nothing(site, link):
    whole = link.rpartition("/")[2]
    before = site.state()
    wrong = [whole[:-1], whole[1:], whole + "A", whole[::-1], whole.swapcase(), "A" * 23, "x", "%2e%2e", "A" * 4000]
    for part in wrong:
        answers = [site.client.get(f"/u/{part}"), site.client.post(f"/u/{part}", data=ONE_CLICK)]
        assert [answer.status_code for answer in answers] == [404, 404], part
        assert answers[0].text == answers[1].text
    assert site.state() == before


def test_a_link_that_was_sent_before_links_were_signed_still_leaves(site, link):
    old = "Ab_-" * 5 + "xy"
    with site.store._db.write() as connection:
        connection.exec_driver_sql("update subscriber set token = ?", (old,))
    assert site.client.get(f"/u/{old}").status_code == 200
    assert site.client.post(f"/u/{old}", data=ONE_CLICK).status_code == 200
    assert (left(site), left(site, "weekly-uk")) == ([True], [True])
    assert site.client.post("/u/" + "Z" * 22, data=ONE_CLICK).status_code == 404


def test_a_reader_chooses_what_comes_and_how_often(site, link):
    page = site.client.get(link + "/choices").text
    assert ("a…@example.org" in page, ANN in page) == (True, False)
    answer = site.client.post(
        link + "/choices", data={"action": "save", "newsletter": "weekly-uk", "frequency": "monthly"}
    )
    assert "Saved." in site.client.get(answer.headers["location"]).text
    lists = {
        each.newsletter: (each.left_at is None, each.choice.frequency)
        for each in site.store.people.by_address(ANN).listings
    }
    assert lists == {"weekly": (False, "every"), "weekly-uk": (True, "monthly")}


def chosen(site, **ticked):
    """Saves the choices page with these themes of the weekly ticked, and says what came of it."""
    fields = {"action": "save", "newsletter": "weekly", "frequency": "every", "themed": "weekly"} | ticked
    return site.client.post(site.link(ANN) + "/choices", data=fields)


def theirs(site):
    return {each.newsletter: each.choice.themes for each in site.store.people.by_address(ANN).listings}


def test_a_reader_chooses_themes_and_all_of_them_are_the_whole_issue(site, link):
    assert chosen(site, **{"theme weekly": ["#UAtoEU", "#UWC news"]}).status_code == 303
    assert theirs(site)["weekly"] == ("#UAtoEU", "#UWC news")
    ticked = re.findall(r'name="theme weekly" value="([^"]+)" checked', site.client.get(link + "/choices").text)
    assert ticked == ["#UAtoEU", "#UWC news"]
    said = [each.wording for each in site.store.people.by_address(ANN).consents if each.what == "changed"]
    assert said == ["#UAtoEU, #UWC news"]
    everything = [theme.tag for theme in site.door.main.themes]
    chosen(site, **{"theme weekly": everything})
    assert theirs(site)["weekly"] == ()


def test_a_form_with_no_theme_ticked_keeps_what_was_and_says_what_to_do(site, link):
    chosen(site, **{"theme weekly": "#UAtoEU"})
    answer = chosen(site)
    assert answer.status_code == 422
    assert 'role="alert">Please tick at least one theme' in answer.text
    assert theirs(site)["weekly"] == ("#UAtoEU",)


def test_a_form_that_showed_no_themes_changes_none(site, link):
    chosen(site, **{"theme weekly": "#UAtoEU"})
    chosen(site, themed="", frequency="monthly")
    [weekly, *_] = site.store.people.by_address(ANN).listings
    assert weekly.choice == Choice("monthly", ("#UAtoEU",))


def test_a_theme_that_nobody_offers_is_not_kept(site, link):
    chosen(site, **{"theme weekly": ["#UAtoEU", "#Nobody's", "<b>"]})
    assert theirs(site)["weekly"] == ("#UAtoEU",)


def test_a_subscription_once_more_keeps_the_themes_of_who_is_there(site, link):
    chosen(site, **{"theme weekly": "#UAtoEU"})
    site.subscribe(ANN)
    [(_, confirm, _)] = site.mails()
    site.client.post(confirm)
    assert theirs(site)["weekly"] == ("#UAtoEU",)


def test_many_who_leave_at_once_are_all_kept_and_all_answered(site):
    people = [f"p{n}@example.org" for n in range(60)]
    site.store.people.add([Subscriber(each) for each in people], "weekly", END)
    links = [site.link(each) for each in people]

    async def press_all():
        async with httpx.AsyncClient(base_url=site.url, trust_env=False, timeout=30) as other:
            return [each.status_code for each in await asyncio.gather(*(other.post(x, data=ONE_CLICK) for x in links))]

    assert set(finished(press_all())) == {200}
    assert site.store.people.counts("weekly") == {"active": 0, "unsubscribed": 60}


class _Links(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.found += [value for name, value in attributes if name in ("href", "src") and value]


def mailed(site):
    """The email to Ann as it goes out, with every link that it holds, and her one-click address."""
    site.store.people.add([Subscriber(ANN)], "weekly", END)
    record = scene.frozen(site.store)
    prefix = site.link(ANN)[: len("/u/xyz")]
    site.store.ledger.freeze_audience(
        record.id, provider="resend", batch_size=5, unsubscribe_url=f"https://digest.example.org{prefix}", at=END
    )
    batch = site.store.ledger.claim(record.id, issue_key=record.key, owner="me", at=END)
    return record, batch


def test_the_link_in_the_message_that_goes_out_really_unsubscribes_and_the_next_issue_does_not_come(site):
    record, batch = mailed(site)
    email = Email(
        "S", "P", '<a href="{u}">Unsubscribe</a><a href="{u}/choices">x</a>', "{u}\n", "", {"unsubscribe_url": "{u}"}
    )
    letter = send.Letter(email, site.door.main.newsletter.from_, END, {})
    raw = Frame(letter).build(record.key, batch.deliveries[0])
    unfolded = re.sub(rb"\r\n ", b" ", raw)
    address = re.search(rb"(?m)^List-Unsubscribe: <https://digest\.example\.org(/u/[\w-]+)>", unfolded)
    assert address, unfolded[:800]
    link = address[1].decode()
    assert len(f"<https://digest.example.org{link}>") <= 69
    before = site.state()
    html = re.sub(rb"=\r\n", b"", raw).decode()
    for href in {link, *re.findall(r'href=3D"https://digest\.example\.org([^"]+)"', html)}:
        for method in ("GET", "HEAD"):
            answer = site.client.request(method, href)
            assert answer.status_code == 200, href
            for further in _Links(answer.text).found:
                if further.startswith("/"):
                    site.client.request(method, further)
    assert site.state() == before
    assert site.client.post(link, data=ONE_CLICK).status_code == 200
    following = scene.frozen(site.store, 1, "next")
    assert (
        site.store.ledger.freeze_audience(following.id, provider="resend", batch_size=5, unsubscribe_url="", at=END)
        == 0
    )


def test_every_one_of_many_deliveries_carries_its_own_readers_link(site):
    people = [f"p{n}@example.org" for n in range(3000)]
    sent(site.store, *people)
    with site.store._db.read() as connection:
        rows = connection.exec_driver_sql("select address, token from delivery").fetchall()
    whose = {token: site.store.people.by_token(token).address for _, token in rows[::50]}
    assert [address for address, token in rows[::50] if whose[token] != address] == []
    assert len({token for _, token in rows}) == len(people)
