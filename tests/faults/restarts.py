"""A PostgreSQL that crashes, or ends its connections, while an issue goes out."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from digest import send
from digest import store as stores
from digest.models import Counts
from tests import postgres
from tests.fakes import MailgunFake
from tests.faults import scene
from tests.send.providers import contract
from tests.send.scene import KEY

DURABLE = "-c listen_addresses= -c fsync=off -c autovacuum=off"
"""As a server is: what was committed outlives its crash, if not that of the machine."""


def crashed(times: int, people: int, batch: int, folder: Path) -> tuple[Counts, scene.Verdict]:
    """One sending during which the server crashed so often, and as often ended all connections."""
    with postgres.cluster(DURABLE) as cluster, MailgunFake(latency_s=0.01) as fake:
        name = cluster.database()
        with scene.issue(folder, people, batch, cluster.url(name)) as store:
            record = store.issues.get(KEY)
            assert record
            plan = send.Plan(clock=lambda: datetime.now(UTC), workers=2, patience_s=60)
            over = threading.Event()

            def disturb() -> None:
                for turn in range(2 * times):
                    seen = len(fake.calls)
                    scene.until(lambda seen=seen: len(fake.calls) > seen + 2 or over.is_set(), 30)
                    if over.is_set():
                        return
                    cluster.crash() if turn % 2 == 0 else cluster.end_connections(name)

            trouble = threading.Thread(target=disturb)
            trouble.start()
            try:
                with contract.over(fake) as provider:
                    counts = send.issue(record, store.ledger, provider, plan)
            finally:
                over.set()
                trouble.join()
            time.sleep(0.1)
        with stores.open(cluster.url(name), folder=folder) as again:
            return counts, scene.verdict(again, fake)
