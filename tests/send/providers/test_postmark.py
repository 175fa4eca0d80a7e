import json

import httpx
import pytest

from digest.models import InDoubt, NotSent, Outcome, Refused, Settled, Stopped
from digest.send.providers import postmark
from digest.send.providers.provider import Found
from tests.fakes import TOKEN, PostmarkFake
from tests.send.providers import contract
from tests.send.scene import EMAIL, LETTER, NOW, batch

API = postmark.Api(LETTER, contract.own(PostmarkFake, "https://api.postmarkapp.com"), PostmarkFake.secrets)
TWO = batch("ann@readers.org", "bob@readers.org")


def test_the_call_is_a_list_of_whole_emails():
    request = API.request(TWO)

    assert (request.method, str(request.url)) == ("POST", "https://api.postmarkapp.com/email/batch")
    assert request.headers["x-postmark-server-token"] == TOKEN
    items = json.loads(request.content)
    link = "https://news.example.org/u/token2?a=1&b=2"
    assert {name: value for name, value in items[1].items() if name not in ("HtmlBody", "TextBody")} == {
        "From": "Дайджест новин <desk@news.example.org>",
        "To": "bob@readers.org",
        "ReplyTo": "reply@news.example.org",
        "Subject": EMAIL.subject,
        "Headers": [
            {"Name": "List-ID", "Value": "<weekly.news.example.org>"},
            {"Name": "List-Unsubscribe", "Value": f"<{link}>, <mailto:desk@news.example.org?subject=unsubscribe>"},
            {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
        ],
        "MessageStream": "broadcast",
        "Tag": "weekly-2026-W47",
        "Metadata": {"issue": "weekly-2026-W47", "batch": "weekly-2026-W47-1-abc", "number": "2"},
        "TrackOpens": False,
        "TrackLinks": "None",
    }


def item(code=0, **said):
    return (
        {"ErrorCode": code, "Message": "OK"} | ({"To": "ann@readers.org", "MessageID": "a"} if code == 0 else {}) | said
    )


BOB = {"To": "bob@readers.org", "MessageID": "b"}
ANN_ACCEPTED = Outcome(1, "accepted", "a")


@pytest.mark.parametrize(
    ("items", "answer"),
    [
        ([item(), item(**BOB)], Settled((ANN_ACCEPTED, Outcome(2, "accepted", "b")))),
        ([item(), item(To="BOB@readers.org", MessageID="b")], Settled((ANN_ACCEPTED, Outcome(2, "accepted", "b")))),
        ([item(), item(406, Message="inactive: bob@readers.org")], Settled((ANN_ACCEPTED, Outcome(2, "rejected", reason="406 inactive: …@readers.org")))),
        ([item(), item(300, Message="Invalid 'To'")], Settled((ANN_ACCEPTED, Outcome(2, "rejected", reason="300 Invalid 'To'")))),
        ([item(), item(4711, Message="new")], Settled((ANN_ACCEPTED, Outcome(2, "rejected", reason="4711 new")))),
        ([item(300, Message="a@b"), item(300, Message="c@b")], Settled((Outcome(1, "rejected", reason="300 …@b"), Outcome(2, "rejected", reason="300 …@b")))),
        ([item(300, Message="no body"), item(300, Message="no body")], Refused("300 no body")),
        ([item(), item(405, Message="out of credits")], Settled((ANN_ACCEPTED,), Stopped("405 out of credits"))),
        ([item(405, Message="out of credits")] * 2, Stopped("405 out of credits")),
        ([item(400, Message="no signature")] * 2, Stopped("400 no signature")),
        ([item(1235, Message="no stream")] * 2, Stopped("1235 no stream")),
        ([item(), item(100, Message="maintenance")], Settled((ANN_ACCEPTED,), NotSent("100 maintenance"))),
        ([item(429, Message="slow")] * 2, NotSent("429 slow")),
        ([item(**BOB), item()], InDoubt("the answer names other recipients than the batch")),
        ([item()], InDoubt("the answer names 1 emails, and the batch has 2")),
        ([1, 2], Settled((Outcome(1, "accepted"), Outcome(2, "accepted")))),
    ],
    ids=["all", "other-case", "406", "300", "unknown", "300-each", "300-alike", "405-in-the-middle", "405", "400", "1235", "100-in-the-middle", "429", "swapped", "short", "no-objects"],
)  # fmt: skip
def test_each_email_of_an_answer_means(items, answer):
    assert API.answer(TWO, httpx.Response(200, json=items)) == answer


@pytest.mark.parametrize(
    ("status", "body", "answer"),
    [
        (401, {"ErrorCode": 10, "Message": "bad token"}, Stopped("401 10 bad token")),
        (422, {"ErrorCode": 14, "Message": "no bulk"}, Stopped("422 14 no bulk")),
        (422, {"ErrorCode": 402, "Message": "no JSON"}, Stopped("422 402 no JSON")),
        (422, {"ErrorCode": 410, "Message": "over 500"}, Stopped("422 410 over 500")),
        (422, {"ErrorCode": 412, "Message": "pending"}, Stopped("422 412 pending")),
        (422, {"ErrorCode": 413, "Message": "may not send"}, Stopped("422 413 may not send")),
        (422, {"ErrorCode": 1236, "Message": "stream"}, Stopped("422 1236 stream")),
        (422, {"ErrorCode": 300, "Message": "invalid"}, Refused('422 {"ErrorCode":300,"Message":"invalid"}')),
        (413, "too large", Refused("413 too large")),
        (503, {"ErrorCode": 100, "Message": "maintenance"}, NotSent("503 100 maintenance")),
        (429, {"ErrorCode": 429, "Message": "slow"}, NotSent("429 429 slow")),
        (403, "<html>403 Forbidden", Stopped("403 <html>403 Forbidden")),
        (500, {"ErrorCode": 0, "Message": "oops"}, InDoubt('500 {"ErrorCode":0,"Message":"oops"}')),
        (503, "", InDoubt("503")),
    ],
)
def test_a_call_that_is_refused_means(status, body, answer):
    content = body if isinstance(body, str) else json.dumps(body, separators=(",", ":"))

    assert API.answer(TWO, httpx.Response(status, text=content)) == answer


def test_a_search_that_does_not_end_is_not_believed():
    endless = httpx.Response(200, json={"TotalCount": 99_999, "Messages": [{}] * 500})

    found, requests = contract.asked(API.inquire(TWO, NOW), lambda _: endless)

    assert found == Found(whole=False)
    assert [request.url.params["offset"] for request in requests] == [str(500 * n) for n in range(20)]


def test_nonsense_found_is_no_finding():
    found, _ = contract.asked(API.inquire(TWO, NOW), lambda _: httpx.Response(200, text="<html>"))

    assert found == Found(whole=False)


def test_a_stream_that_replaces_one_click_unsubscribe_stops():
    with PostmarkFake() as fake, contract.over(fake) as provider:
        fake.handling = "Postmark"

        assert provider.try_out() == Stopped(
            'the stream "broadcast" writes its own unsubscribe link and header: ask Postmark\'s support to set its '
            'unsubscribe handling to "Custom", then try again'
        )


@pytest.mark.parametrize("record", ["Open", "Click", "Inbound", "SubscriptionChange"])
def test_what_is_of_no_use_is_left_out(record):
    hook = postmark.Hook(contract.own(PostmarkFake, "https://x.org"), {"webhook": "user:password"})

    assert hook.events(json.dumps({"RecordType": record, "SuppressSending": False}).encode()) == ()
    assert hook.events(b'{"RecordType": "Bounce", "Type": "AutoResponder"}') == ()
