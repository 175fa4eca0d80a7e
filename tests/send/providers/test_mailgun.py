import json
from email import message_from_bytes, policy

import httpx
import pytest

from digest.models import InDoubt, NotSent, Outcome, Refused, Settled, Stopped
from digest.send.http import OverHttp
from digest.send.providers import mailgun as mailgun_module
from digest.send.providers.provider import Found
from tests.fakes import DOMAIN, TOKEN, MailgunFake
from tests.send.providers import contract
from tests.send.scene import EMAIL, LETTER, NOW, batch, delivery, mailgun_api

API = mailgun_api("https://api.mailgun.net", "key")
TWO = batch("ann@readers.org", "bob@readers.org")


def fields(request):
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    parts = message_from_bytes(head + request.content, policy=policy.HTTP).iter_parts()
    return [(p.get_param("name", header="content-disposition"), p.get_payload(decode=True).decode()) for p in parts]


def test_the_call_is_one_form():
    request = API.request(TWO)

    assert (request.method, str(request.url)) == ("POST", f"https://api.mailgun.net/v3/{DOMAIN}/messages")
    assert request.headers["authorization"] == "Basic YXBpOmtleQ=="
    assert [
        (name, value) for name, value in fields(request) if name not in ("html", "text", "recipient-variables")
    ] == [
        ("from", "Дайджест новин <desk@news.example.org>"),
        ("subject", "Тиждень: 100% of %\u200crecipient.name%"),
        ("h:Reply-To", "reply@news.example.org"),
        ("h:List-ID", "<weekly.news.example.org>"),
        ("h:List-Unsubscribe", "<%recipient.unsubscribe_url%>, <mailto:desk@news.example.org?subject=unsubscribe>"),
        ("h:List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("o:tracking", "no"),
        ("v:number", "%recipient.number%"),
        ("v:issue", "weekly-2026-W47"),
        ("v:batch", "weekly-2026-W47-1-abc"),
        ("o:tag", "weekly-2026-W47"),
        ("o:tag", "weekly-2026-W47-1-abc"),
        ("to", "ann@readers.org"),
        ("to", "bob@readers.org"),
    ]


def test_each_recipients_values_stand_apart_for_html_and_text():
    def values(number, address):
        link = f"https://news.example.org/u/token{number}?a=1&b=2"
        return {
            "name": 'Ann <Ö\'Hara> & "Co"',
            "name_html": "Ann &lt;Ö&#x27;Hara&gt; &amp; &quot;Co&quot;",
            "unsubscribe_url": link,
            "unsubscribe_url_html": link.replace("&", "&amp;"),
            "address_html": address,
            "number": str(number),
        }

    assert json.loads(dict(fields(API.request(TWO)))["recipient-variables"]) == {
        "ann@readers.org": values(1, "ann@readers.org"),
        "bob@readers.org": values(2, "bob@readers.org"),
    }


def test_mailguns_own_syntax_in_an_article_or_a_name_is_shown_and_not_filled(mailgun):
    named = type(TWO)("weekly-2026-W47", 1, 1, (delivery(name="%recipient.address_html%"),), "k")
    with OverHttp(mailgun_api(mailgun.url, TOKEN)) as provider:
        provider.deliver(named)

    (email,) = mailgun.accepted
    assert email.subject.replace("\u200c", "") == EMAIL.subject
    assert "Hello &#37;recipient.address_html%, &#37;recipient.name% stays." in email.html
    assert "Hello %\u200crecipient.address_html%, %\u200crecipient.name% stays." in email.text
    assert "%recipient" not in email.html + email.text


def test_percent_signs_of_addresses_and_styles_stay_as_they_are():
    email = type(EMAIL)(
        "s",
        "p",
        '<a style="width:100%" href="https://x.org/%D0%B0">50%</a>',
        "https://x.org/%D0%B0 50%",
        "",
        EMAIL.tokens,
    )
    letter = type(LETTER)(email, LETTER.sender, LETTER.date, {})

    form = dict(fields(mailgun_api("https://api.mailgun.net", "k", letter).request(TWO)))

    assert (form["html"], form["text"]) == (email.html, email.text)


def test_the_same_batch_is_the_same_call():
    one, two = (mailgun_api("https://api.mailgun.net", "k").request(TWO) for _ in range(2))

    assert (one.headers, one.content) == (two.headers, two.content)


@pytest.mark.parametrize(
    ("response", "answer"),
    [
        (httpx.Response(200, json={"id": "<1@x>", "message": "Queued."}), Settled((Outcome(1, "accepted", "<1@x>"), Outcome(2, "accepted", "<1@x>")))),
        (httpx.Response(200, text='{"id": "<1@'), Settled((Outcome(1, "accepted"), Outcome(2, "accepted")))),
        (httpx.Response(200, text="Mailgun Magnificent API"), Stopped("the address answers as Mailgun's welcome page: base_url or domain is wrong")),
        (httpx.Response(200, html="<p>hello"), InDoubt("200 <p>hello (a success, but not the API's; is base_url right?)")),
        (httpx.Response(400, json={"message": "to parameter is not a valid address"}), Refused("400 to parameter is not a valid address")),
        (httpx.Response(401, text="Forbidden"), Stopped("401 Forbidden")),
        (httpx.Response(404, json={"message": "Domain not found: x"}), Stopped("404 Domain not found: x")),
        (httpx.Response(429, json={"message": "limit exceeded, try again after 120 seconds"}), NotSent("429 limit exceeded, try again after 120 seconds", 120.0)),
        (httpx.Response(429, json={"message": "limit exceeded"}), NotSent("429 limit exceeded")),
        (httpx.Response(429, headers={"retry-after": "3"}), NotSent("429", 3.0)),
        (httpx.Response(503, text="busy"), InDoubt("503 busy")),
    ],
    ids=["taken", "cut", "welcome", "other-site", "address", "key", "domain", "limit", "limit-no-time", "limit-header", "busy"],
)  # fmt: skip
def test_an_answer_means(response, answer):
    assert API.answer(TWO, response) == answer


def test_a_search_stays_at_its_own_address_and_ends():
    """A page that leads elsewhere would carry the token there."""
    event = {"recipient": "ANN@readers.org", "message": {"headers": {"message-id": "1@x"}}}
    away = httpx.Response(200, json={"items": [event], "paging": {"next": "https://evil.example/v3/events/2"}})

    found, requests = contract.asked(API.inquire(TWO, NOW), lambda _: away)

    assert found == Found({1: "<1@x>"}, whole=False)
    assert len(requests) == 1
    assert dict(requests[0].url.params) == {
        "event": "accepted",
        "tags": "weekly-2026-W47-1-abc",
        "begin": str(int(NOW.timestamp()) - 300),
        "ascending": "yes",
        "limit": "300",
    }


@pytest.mark.parametrize("body", [{}, {"items": None}, [], "x"], ids=repr)
def test_nonsense_found_is_no_finding(body):
    found, _ = contract.asked(API.inquire(TWO, NOW), lambda _: httpx.Response(200, json=body))

    assert found == Found(whole=False)


def test_a_search_without_end_is_given_up():
    more = {"items": [{}], "paging": {"next": f"https://api.mailgun.net/v3/{DOMAIN}/events/next"}}

    found, requests = contract.asked(API.inquire(TWO, NOW), lambda _: httpx.Response(200, json=more))

    assert (found, len(requests)) == (Found(whole=False), 50)


@pytest.mark.parametrize(
    ("reason", "kind", "permanent"),
    [
        ("bounce", "bounced", True),
        ("suppress-bounce", "bounced", True),
        ("generic", "bounced", False),
        ("old", "bounced", False),
        ("suppress-complaint", "complained", False),
        ("suppress-unsubscribe", "unsubscribed", False),
    ],
)
def test_a_failure_for_good_is_the_addresss_own_only_by_its_reason(reason, kind, permanent):
    hook = mailgun_module.Hook(contract.own(MailgunFake, "https://x.org"), MailgunFake.secrets)
    event = {"event": "failed", "severity": "permanent", "reason": reason, "timestamp": 1764000000.5}

    (said,) = hook.events(json.dumps({"event-data": event}).encode())

    assert (said.kind, said.permanent, said.reason) == (kind, permanent, reason)


def test_a_success_of_something_else_is_no_trial():
    assert API.tried(httpx.Response(200, text="Mailgun Magnificent API")) == Stopped(
        "200 Mailgun Magnificent API (a success, but not Mailgun's; is base_url right?)"
    )
