"""What an operator sees of the workers, and the emails that do not wait for the bulk."""

from collections import Counter
from pathlib import Path

import httpx
import pytest

from digest.store.fleet import Beat
from digest.store.opened import Store
from digest.store.signups import Limits, Request
from digest.web.public.door import Door
from digest.web.public.postman import Postman
from tests.fakes import MailgunFake
from tests.fleet import scene
from tests.send.scene import NOW
from tests.web.public.conftest import Running


@pytest.mark.parametrize(("engine", "wait_s"), [("workers", 120), ("embedded", 100)])
def test_a_confirmation_goes_out_at_once_and_the_bulk_waits_for_it(
    s: Store, url: str, tmp_path: Path, fake: MailgunFake, engine: str, wait_s: int
) -> None:
    found = scene.by_workers(tmp_path, url, fake.name, fake.url, rate_per_s=0.05, batch=10)
    found = found.model_copy(update={"send": found.send.model_copy(update={"engine": engine})})
    s.paces.take("mailgun T", 5, per_s=0.05)
    s.signups.ask(
        Request("ann@readers.org", "Ann", "en", ("weekly",), "every", "subscribe page", "I agree."), NOW, Limits()
    )
    postman = Postman((found,), s, lambda: NOW, Counter())
    assert postman.round() == 1
    assert scene.taken(fake) == ["ann@readers.org"]
    assert s.paces.take("mailgun T", 1, per_s=0.05).wait_s == pytest.approx(wait_s, abs=3)


def test_prometheus_is_told_of_every_worker(s: Store, url: str, tmp_path: Path, fake: MailgunFake) -> None:
    found = scene.by_workers(tmp_path, url, fake.name, fake.url, batch=10)
    with Running(Door((found,), s, {}, lambda: NOW, body_s=1.0, counts=Counter())) as address:
        assert "digest_worker" not in httpx.get(f"{address}/metrics", trust_env=False).text
        s.fleet.beat(Beat("host-a:7:x", 2, "weekly batch 3", 4, 40), 60)
        s.fleet.beat(Beat("host-b:8:y", 2), -1)
        scene.handed_over(found, s, 30)
        told = httpx.get(f"{address}/metrics", trust_env=False).text.splitlines()
    shown = [line for line in told if line.startswith(("digest_worker", "digest_jobs")) and "seconds" not in line]
    assert shown == [
        'digest_worker_up{worker="host-a:7:x"} 1', 'digest_worker_up{worker="host-b:8:y"} 0',
        'digest_worker_batches_total{worker="host-a:7:x"} 4', 'digest_worker_batches_total{worker="host-b:8:y"} 0',
        'digest_worker_emails_total{worker="host-a:7:x"} 40', 'digest_worker_emails_total{worker="host-b:8:y"} 0',
        'digest_jobs{state="due"} 3', 'digest_jobs{state="later"} 0', 'digest_jobs{state="doing"} 0',
    ]  # fmt: skip
