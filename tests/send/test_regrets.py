"""Complaints and bounces that webhooks tell of while an issue goes out."""

import pytest

from digest import send
from digest.errors import DigestError
from digest.models import Regrets
from digest.send.http import OverHttp
from tests.fakes import TOKEN
from tests.send.scene import KEY, frozen, plan, resend_api


@pytest.fixture
def through(resend):
    with OverHttp(resend_api(resend.url, TOKEN)) as provider:
        yield provider


def test_complaints_that_come_while_it_goes_out_end_the_run_and_keep_the_rest(store, resend, through):
    resend.latency_s = 0.1
    record = frozen(store, people=40, batch_size=2)

    def regrets():
        return Regrets(complained=6 if len(resend.addresses) >= 8 else 0)

    with pytest.raises(DigestError, match="6 recipients called it spam") as stopped:
        send.issue(record, store.ledger, through, plan(regrets=regrets))

    counts = store.ledger.counts(record.id)
    assert (counts.accepted, counts.in_doubt, counts.in_flight) == (len(resend.addresses), 0, 0)
    assert 8 <= counts.accepted <= 40 - counts.pending < 40
    assert f"`digest send {KEY} --accept complaints`" in str(stopped.value)
    so_far = len(resend.calls)
    with pytest.raises(DigestError, match="6 recipients called it spam"):
        send.issue(record, store.ledger, through, plan(regrets=regrets))
    assert len(resend.calls) == so_far
    send.issue(record, store.ledger, through, plan(regrets=regrets, most_complained=None))
    assert sorted(resend.addresses) == sorted(f"reader{n}@readers.org" for n in range(1, 41))
