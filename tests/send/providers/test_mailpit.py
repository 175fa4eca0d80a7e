import httpx
import pytest

from digest.models import InDoubt, Outcome, Refused, Settled, Stopped
from digest.send.providers import mailpit
from digest.send.providers.provider import Found
from tests.fakes import MailpitFake
from tests.send.providers import contract
from tests.send.scene import LETTER, NOW, batch

OWN = contract.own(MailpitFake, "http://127.0.0.1:8025")
API = mailpit.Api(LETTER, OWN, MailpitFake.secrets)
ONE = batch("ann@readers.org")


@pytest.mark.parametrize(
    ("response", "answer"),
    [
        (httpx.Response(200, json={"ID": "a"}), Settled((Outcome(1, "accepted", "a"),))),
        (httpx.Response(200, json={}), Settled((Outcome(1, "accepted"),))),
        (httpx.Response(200, text="ok"), InDoubt("200 ok (a success, but not the API's; is base_url right?)")),
        (httpx.Response(400, json={"Error": "invalid To"}), Refused('400 {"Error":"invalid To"}')),
        (httpx.Response(401, text="Unauthorised."), Stopped("401 Unauthorised.")),
        (httpx.Response(404, text="404 page not found"), Stopped("404 404 page not found")),
        (httpx.Response(500, text="disk"), InDoubt("500 disk")),
    ],
    ids=["caught", "no-id", "other-site", "address", "password", "old", "500"],
)
def test_an_answer_means(response, answer):
    assert API.answer(ONE, response) == answer


def test_without_a_password_none_is_sent():
    own = contract.own(MailpitFake, "http://127.0.0.1:8025", user=None, password=None)

    assert "authorization" not in mailpit.Api(LETTER, own, {}).request(ONE).headers


def test_nonsense_found_is_no_finding():
    found, _ = contract.asked(API.inquire(ONE, NOW), lambda _: httpx.Response(200, json={"messages": None}))

    assert found == Found(whole=False)
