import httpx
import pytest

from digest.models import InDoubt, NotSent, Outcome, Refused, Settled, Stopped
from digest.send import outcomes
from tests.send.scene import batch

REQUEST = httpx.Request("POST", "https://api.example.org/send")


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (httpx.ConnectError("refused"), NotSent("no answer: ConnectError: refused")),
        (httpx.ConnectTimeout(""), NotSent("no answer: ConnectTimeout")),
        (httpx.PoolTimeout(""), NotSent("no answer: PoolTimeout")),
        (httpx.ReadTimeout(""), InDoubt("no answer: ReadTimeout")),
        (httpx.WriteTimeout(""), InDoubt("no answer: WriteTimeout")),
        (httpx.ReadError(""), InDoubt("no answer: ReadError")),
        (httpx.WriteError(""), InDoubt("no answer: WriteError")),
        (httpx.RemoteProtocolError("gone"), InDoubt("no answer: RemoteProtocolError: gone")),
        (httpx.DecodingError("not gzip"), InDoubt("no answer: DecodingError: not gzip")),
    ],
    ids=lambda value: type(value).__name__,
)
def test_only_a_call_that_never_left_may_be_sent_again(error, answer):
    assert outcomes.without_response(error) == answer


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((s, Refused) for s in (400, 413, 415, 422)),
        *((s, Stopped) for s in (301, 307, 401, 402, 403, 404, 405, 451)),
        *((s, NotSent) for s in (408, 420, 425, 429)),
        *((s, InDoubt) for s in (409, 500, 502, 503, 504, 599)),
    ],
)
def test_a_status_alone_means(status, kind):
    response = httpx.Response(status, headers={"location": "https://elsewhere.example.org/"}, request=REQUEST)

    assert type(outcomes.by_status(response)) is kind


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "Fri, 20 Nov 2026 14:02:00 GMT", "date": "Fri, 20 Nov 2026 14:00:00 GMT"}, 120.0),
        ({"retry-after": "Fri, 20 Nov 2026 13:00:00 GMT", "date": "Fri, 20 Nov 2026 14:00:00 GMT"}, 0.0),
        ({"retry-after": "Fri, 20 Nov 2026 14:02:00 GMT"}, None),
        ({"retry-after": "Fri, 20 Nov 2026 14:02:00 -0000", "date": "Fri, 20 Nov 2026 14:00:00 GMT"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-1"}, None),
        ({}, None),
    ],
    ids=["seconds", "fraction", "date", "past-date", "date-without-date", "no-zone", "words", "negative", "absent"],
)
def test_retry_after_in_all_its_forms(headers, seconds):
    assert outcomes.retry_after_s(httpx.Response(429, headers=headers)) == seconds


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            '{"name": "validation_error", "message": "Invalid `to`: ann@readers.org"}',
            "422 validation_error: Invalid `to`: …@readers.org",
        ),
        ('{"message": "Domain not found"}', "422 Domain not found"),
        ("Forbidden\nby\trule", "422 Forbidden by rule"),
        ("[" * 100_000, "422 " + "[" * 296),
        ("", "422"),
    ],
    ids=["name-and-message", "message", "text", "deep", "empty"],
)
def test_a_reason_is_one_short_line_without_a_full_address(body, said):
    assert outcomes.said(httpx.Response(422, text=body)) == said


def test_ids_belong_to_deliveries_by_their_order():
    assert outcomes.accepted(batch("a@x.org", "b@x.org"), ["1", "2"]) == Settled(
        (Outcome(1, "accepted", "1"), Outcome(2, "accepted", "2"))
    )


def test_one_id_belongs_to_all():
    assert outcomes.accepted(batch("a@x.org", "b@x.org"), ["1"]) == Settled(
        (Outcome(1, "accepted", "1"), Outcome(2, "accepted", "1"))
    )


def test_ids_that_cannot_be_told_apart_are_left_out():
    assert outcomes.accepted(batch("a@x.org", "b@x.org", "c@x.org"), ["1", "2"]) == Settled(
        (Outcome(1, "accepted"), Outcome(2, "accepted"), Outcome(3, "accepted"))
    )


@pytest.mark.parametrize("text", ['{"data": [', "[]", ' {"unknown": 1}'])
def test_a_broken_success_of_the_api_is_taken_and_never_sent_again(text):
    assert outcomes.unreadable(batch("a@x.org"), httpx.Response(200, text=text)) == Settled((Outcome(1, "accepted"),))


def test_a_success_from_something_else_is_in_doubt():
    page = httpx.Response(200, html="<h1>Sign in to the hotel's network</h1>")

    assert outcomes.unreadable(batch("a@x.org"), page) == InDoubt(
        "200 <h1>Sign in to the hotel's network</h1> (a success, but not the API's; is base_url right?)"
    )
