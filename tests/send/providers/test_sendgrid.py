import json

import httpx
import pytest
from msgspec.structs import replace

from digest.errors import ConfigError
from digest.models import InDoubt, NotSent, Outcome, Refused, Settled, Stopped
from digest.send.providers import sendgrid
from digest.send.providers.provider import Found
from tests.fakes import SendgridFake
from tests.send.providers import contract
from tests.send.scene import EMAIL, LETTER, NOW, batch

OWN = contract.own(SendgridFake, "https://api.sendgrid.com")
API = sendgrid.Api(LETTER, OWN, SendgridFake.secrets)
TWO = batch("ann@readers.org", "bob@readers.org")
BOTH = Settled((Outcome(1, "accepted", "id"), Outcome(2, "accepted", "id")))
UNKNOWN = Settled((Outcome(1, "accepted"), Outcome(2, "accepted")))


def test_the_call_is_one_email_with_places_for_each():
    request = API.request(TWO)

    body = json.loads(request.content)
    people, content = body.pop("personalizations"), body.pop("content")
    assert (request.method, str(request.url)) == ("POST", "https://api.sendgrid.com/v3/mail/send")
    off = {"enable": False}
    assert body == {
        "from": {"email": "desk@news.example.org", "name": "Дайджест новин"},
        "reply_to": {"email": "reply@news.example.org"},
        "subject": EMAIL.subject,
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": off,
            "subscription_tracking": off,
            "ganalytics": off,
        },
        "categories": ["weekly-2026-W47", "weekly-2026-W47-1-abc"],
    }
    assert [part["type"] for part in content] == ["text/plain", "text/html"]
    assert content[0]["value"] == EMAIL.text
    link = "https://news.example.org/u/token2?a=1&b=2"
    in_html = people[1]["substitutions"].keys() - set(EMAIL.tokens.values())
    assert people[1].pop("substitutions").items() >= {"zLEAVE0z": link, "zNAME0z": 'Ann <Ö\'Hara> & "Co"'}.items()
    assert len(in_html) == 3
    assert all(word in content[1]["value"] for word in in_html)
    assert people[1] == {
        "to": [{"email": "bob@readers.org"}],
        "headers": {
            "List-ID": "<weekly.news.example.org>",
            "List-Unsubscribe": f"<{link}>, <mailto:desk@news.example.org?subject=unsubscribe>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
        "custom_args": {"issue": "weekly-2026-W47", "batch": "weekly-2026-W47-1-abc", "number": "2"},
    }


def test_the_name_of_a_reply_address_stands_apart():
    letter = replace(LETTER, sender=replace(LETTER.sender, reply_to='"Desk, the" <reply@news.example.org>'))

    body = json.loads(sendgrid.Api(letter, OWN, SendgridFake.secrets).request(TWO).content)

    assert body["reply_to"] == {"email": "reply@news.example.org", "name": "Desk, the"}


def errors(message, field=None):
    return {"errors": [{"message": message, "field": field, "help": None}]}


@pytest.mark.parametrize(
    ("response", "answer"),
    [
        (httpx.Response(202, headers={"x-message-id": "id"}), BOTH),
        (httpx.Response(202), UNKNOWN),
        (httpx.Response(202, json={}), UNKNOWN),
        (httpx.Response(200), InDoubt("200 (a success, but not the API's; is base_url right?)")),
        (httpx.Response(400, json=errors("Does not contain a valid address.", "personalizations.3.to.0.email")), Refused("400 personalizations.3.to.0.email: Does not contain a valid address.")),
        (httpx.Response(401, json=errors("revoked")), Stopped("401 revoked")),
        (httpx.Response(403, json=errors("The from address does not match a verified Sender Identity.", "from")), Stopped("403 from: The from address does not match a verified Sender Identity.")),
        (httpx.Response(404, text="nothing here"), Stopped("404 nothing here")),
        (httpx.Response(405, json=errors("method not allowed")), Stopped("405 method not allowed")),
        (httpx.Response(413, json=errors("too large")), Refused("413 too large")),
        (httpx.Response(429, json=errors("too many requests")), NotSent("429 too many requests")),
        (httpx.Response(429, json=errors("too many requests"), headers={"retry-after": "3"}), NotSent("429 too many requests", 3.0)),
        (httpx.Response(500, json=errors("oops")), InDoubt("500 oops")),
        (httpx.Response(503, json={"errors": "x"}), InDoubt('503 {"errors":"x"}')),
    ],
    ids=["taken", "no-id", "no-id-but-json", "not-202", "address", "token", "sender", "404", "405", "size", "limit", "limit-with-time", "500", "503"],
)  # fmt: skip
def test_an_answer_means(response, answer):
    assert API.answer(TWO, response) == answer


@pytest.mark.parametrize(
    ("messages", "whole"),
    [(1000, False), (999, True)],
    ids=["as-many-as-are-shown", "fewer"],
)
def test_a_search_that_shows_no_more_is_not_believed(messages, whole):
    others = httpx.Response(200, json={"messages": [{"to_email": "zed@x.org", "sg_message_id": "a"}] * messages})

    found, (request,) = contract.asked(API.inquire(TWO, NOW), lambda _: others)

    assert json.loads(request.content)["query"] == (
        "categories IN ('weekly-2026-W47-1-abc') AND sg_message_id_created_at >= TIMESTAMP \"2026-11-20T13:55:00Z\""
    )
    assert found == Found(whole=whole)


@pytest.mark.parametrize(
    "key", ["", "not base64!", "AAAA", "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="]
)
def test_a_key_that_is_none_is_told_at_once(key):
    with pytest.raises(ConfigError, match=r"send\.sendgrid\.webhook is no verification key"):
        sendgrid.Hook(OWN, {"webhook": key})


def test_several_events_come_in_one_call_and_some_are_of_no_use():
    hook = sendgrid.Hook(OWN, SendgridFake.secrets)
    names = ["open", "click", "delivered", "group_resubscribe", "deferred"]
    raw = json.dumps([{"event": name, "timestamp": 1764000000, "email": "a@x.org"} for name in names]).encode()

    assert [event.kind for event in hook.events(raw)] == ["delivered", "deferred"]


@pytest.mark.parametrize(
    ("long", "short"),
    [
        ("14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0", "14c5d75ce93.dfd.64b469"),
        ("ZvLq3Xb9.recvd-7b6f-1-65A4.0", "ZvLq3Xb9"),
        ("", ""),
    ],
)
def test_an_events_id_begins_with_that_of_the_call(long, short):
    raw = json.dumps([{"event": "delivered", "timestamp": 1, "sg_message_id": long}]).encode()

    assert sendgrid.Hook(OWN, SendgridFake.secrets).events(raw)[0].provider_id == short
