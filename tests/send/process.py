"""One run of the sending loop as a process of its own, so that a test can kill it.

python -m tests.send.process FOLDER WORKERS
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

from digest import send
from digest import store as stores
from digest.config.tables import SendSettings
from digest.send import providers
from tests.send.scene import KEY, LETTER


def main(folder: Path, workers: int) -> None:
    """Writes what is pending in the store of that folder into its outbox."""
    settings = SendSettings.model_validate({"provider": "outbox"})
    plan = send.Plan(clock=lambda: datetime.now(UTC), workers=workers)
    with (
        stores.open("sqlite:///digest.db", folder=folder) as store,
        store.lock(),
        providers.chosen(settings, LETTER, secrets={}, folder=folder) as provider,
    ):
        record = store.issues.get(KEY)
        assert record
        send.issue(record, store.ledger, provider, plan)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
