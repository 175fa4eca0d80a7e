import json

import httpx
import pytest

from digest import __version__
from digest.models import InDoubt, NotSent, Outcome, Refused, Settled, Stopped
from tests.send.scene import EMAIL, TOKENS, batch, delivery, resend_api

API = resend_api("https://api.resend.com", "re_token")
TWO = batch("ann@readers.org", "bob@readers.org")


def test_the_call_is_one_post_with_the_batchs_key():
    request = API.request(TWO)

    assert (request.method, str(request.url)) == ("POST", "https://api.resend.com/emails/batch")
    assert request.headers["authorization"] == "Bearer re_token"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["user-agent"] == f"digest/{__version__}"
    assert request.headers["idempotency-key"] == "weekly-2026-W47-1-abc"


def test_each_recipient_is_an_email_of_its_own():
    def item(number, address):
        link = f"https://news.example.org/u/token{number}?a=1&b=2"
        html = {
            TOKENS["name"]: "Ann &lt;Ö&#x27;Hara&gt; &amp; &quot;Co&quot;",
            TOKENS["unsubscribe_url"]: link.replace("&", "&amp;"),
        }
        text = {TOKENS["name"]: 'Ann <Ö\'Hara> & "Co"', TOKENS["unsubscribe_url"]: link}
        return {
            "from": "Дайджест новин <desk@news.example.org>",
            "reply_to": "reply@news.example.org",
            "to": [address],
            "subject": EMAIL.subject,
            "html": filled(EMAIL.html, html | {TOKENS["address"]: address}),
            "text": filled(EMAIL.text, text),
            "headers": {
                "List-ID": "<weekly.news.example.org>",
                "List-Unsubscribe": f"<{link}>, <mailto:desk@news.example.org?subject=unsubscribe>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            },
            "tags": [
                {"name": "issue", "value": "weekly-2026-W47"},
                {"name": "batch", "value": "weekly-2026-W47-1-abc"},
                {"name": "number", "value": str(number)},
            ],
        }

    assert json.loads(API.request(TWO).content) == [item(1, "ann@readers.org"), item(2, "bob@readers.org")]


def filled(text, values):
    for token, value in values.items():
        text = text.replace(token, value)
    return text


def test_the_same_batch_is_the_same_call():
    one, two = (resend_api("https://api.resend.com", "t").request(TWO) for _ in range(2))

    assert (one.headers, one.content) == (two.headers, two.content)


@pytest.mark.parametrize(
    ("status", "body", "answer"),
    [
        (
            200,
            {"data": [{"id": "x"}, {"id": "y"}]},
            Settled((Outcome(1, "accepted", "x"), Outcome(2, "accepted", "y"))),
        ),
        (200, {"data": [{"id": "x"}]}, InDoubt("the answer names 1 emails, and the batch has 2")),
        (200, {"data": [{"id": "x"}, {}]}, Settled((Outcome(1, "accepted", "x"), Outcome(2, "accepted")))),
        (200, {"data": None}, Settled((Outcome(1, "accepted"), Outcome(2, "accepted")))),
        (429, {"name": "rate_limit_exceeded", "message": "slow"}, NotSent("429 rate_limit_exceeded: slow", 2.0)),
        (429, {"name": "daily_quota_exceeded"}, Stopped("429 daily_quota_exceeded")),
        (429, {"name": "monthly_quota_exceeded"}, Stopped("429 monthly_quota_exceeded")),
        (409, {"name": "concurrent_idempotent_requests"}, InDoubt("409 concurrent_idempotent_requests")),
        (409, {"name": "invalid_idempotent_request"}, InDoubt("409 invalid_idempotent_request")),
        (400, {"name": "invalid_idempotency_key"}, Stopped("400 invalid_idempotency_key")),
        (401, {"name": "missing_api_key"}, Stopped("401 missing_api_key")),
        (403, {"name": "validation_error"}, Stopped("403 validation_error")),
        (422, {"name": "invalid_from_address"}, Stopped("422 invalid_from_address")),
        (422, {"name": "validation_error"}, Refused("422 validation_error")),
        (451, {"name": "security_error"}, Stopped("451 security_error")),
        (500, {"name": "internal_server_error"}, InDoubt("500 internal_server_error")),
    ],
    ids=lambda value: value.get("name") if isinstance(value, dict) else None,
)
def test_an_answer_means(status, body, answer):
    response = httpx.Response(status, json=body, headers={"retry-after": "2"})

    assert API.answer(TWO, response) == answer


def test_a_name_cannot_leave_its_place_in_the_json():
    hostile = batch("ann@readers.org")
    hostile = type(hostile)(*(hostile.issue_key, 1, 1, (delivery(name='"},{"to":["eve@x.org"],"x":"\\'),), "k"))

    items = json.loads(API.request(hostile).content)

    assert [item["to"] for item in items] == [["ann@readers.org"]]
