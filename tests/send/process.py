"""One run of the sending loop as a process of its own, so that a test can kill it.

python -m tests.send.process FOLDER PROVIDER URL WORKERS
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

from digest import send
from digest import store as stores
from digest.config.tables import SendSettings
from digest.send import providers
from tests.fakes import DOMAIN, TOKEN
from tests.send.scene import KEY, LETTER


def main(folder: Path, name: str, url: str, workers: int) -> None:
    """Sends what is pending in the store of that folder."""
    own = {"token": {"env": "T"}, "base_url": url}
    tables = {"outbox": {}, "resend": {"resend": own}, "mailgun": {"mailgun": own | {"domain": DOMAIN}}}
    settings = SendSettings.model_validate({"provider": name, **tables[name]})
    plan = send.Plan(clock=lambda: datetime.now(UTC), workers=workers)
    with (
        stores.open("sqlite:///digest.db", folder=folder) as store,
        store.lock(),
        providers.chosen(settings, LETTER, secrets={"token": TOKEN}, folder=folder) as provider,
    ):
        record = store.issues.get(KEY)
        assert record
        send.issue(record, store.ledger, provider, plan)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]))
