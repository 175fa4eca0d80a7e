"""A process that answers unsubscribe requests on a store, so that a test can kill it at any system call.

python -m tests.web.public.leaver FOLDER TOKEN... prints "kept TOKEN" when the answer could be given.
"""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from digest import config, store
from digest.store.people import Leaving
from digest.web.public.door import Door


async def _leave(door: Door, token: str) -> None:
    await door.leave(Leaving(token, ("weekly",), "one-click", datetime.now(UTC)))
    sys.stdout.write(f"kept {token}\n")
    sys.stdout.flush()


async def _all(door: Door, tokens: list[str]) -> None:
    for token in tokens:
        await _leave(door, token)


if __name__ == "__main__":
    here = Path(sys.argv[1])
    with store.open("sqlite:///digest.db", folder=here) as opened:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        asyncio.run(_all(Door(config.editions(here / "config.toml"), opened), sys.argv[2:]))
