"""What is kept between runs: articles, issues, pictures, people and the ledger of deliveries.

The only package that knows SQL: one module per subject, each public method one transaction.
The same code serves SQLite and PostgreSQL. SQLAlchemy takes 200 ms to import, so it comes in
with the first store that is opened.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from digest.store.opened import Store

__all__ = ["Store", "exists", "open", "sqlite_file"]


def open(url: str, *, folder: Path, create: bool = True, connections: int = 16) -> Store:  # noqa: A001  callers write store.open
    """The store at `url`, made or brought up to date first unless `create` is off.

    A relative SQLite path starts at `folder`; `connections` is the most to a server. Raises StoreError.
    """
    from digest.store import opened

    return opened.at(url, folder=folder, create=create, connections=connections)


def exists(url: str, *, folder: Path) -> bool:
    """Whether there is a store to open. Makes none; raises StoreError when a server does not answer."""
    file = sqlite_file(url, folder)
    if file:
        return file.is_file()
    from digest.store import opened

    return opened.holds_tables(url, folder=folder)


def sqlite_file(url: str, folder: Path) -> Path | None:
    """Where an SQLite database lies; None for PostgreSQL."""
    return folder / url.removeprefix("sqlite:///") if url.startswith("sqlite:///") else None
