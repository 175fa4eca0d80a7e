"""`digest serve`: the public door."""

from __future__ import annotations

import argparse
import logging
import sys

from digest.cli import context


def serve(arguments: argparse.Namespace) -> int:
    """Runs until SIGTERM or Ctrl-C."""
    from digest.web.public import serving  # brings Starlette and uvicorn: only this command pays for them

    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(message)s",
        datefmt="%Y-%m-%dT%H:%M:%S%z",
        stream=sys.stderr,
        force=True,
    )
    logging.getLogger("httpx").setLevel(logging.WARNING)
    editions = context.editions(arguments)
    public = editions[0].public
    with context.store(editions[0]) as store:
        serving.serve(editions, store, arguments.host or public.host, arguments.port or public.port)
    return 0
