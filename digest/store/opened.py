"""The open store: its subjects and the lock."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType

from digest.store import database, migrations
from digest.store.articles import Articles
from digest.store.campaigns import Campaigns
from digest.store.events import Events
from digest.store.fleet import Fleet
from digest.store.instance import Instance
from digest.store.issues import Issues
from digest.store.keys import Keys
from digest.store.ledger import Ledger
from digest.store.notices import Notices
from digest.store.paces import Paces
from digest.store.people import People
from digest.store.pictures import Pictures
from digest.store.pruning import Pruning
from digest.store.signups import Signups


class Store:
    """One open database. Safe to use from several threads; a context manager that closes it."""

    def __init__(self, db: database.Database) -> None:
        self._db = db
        self.articles = Articles(db)
        self.issues = Issues(db)
        self.keys = Keys(db)
        self.people = People(db, self.keys)
        self.signups = Signups(db, self.keys)
        self.events = Events(db)
        self.pictures = Pictures(db)
        self.ledger = Ledger(db)
        self.campaigns = Campaigns(db)
        self.fleet = Fleet(db)
        self.paces = Paces(db)
        self.pruning = Pruning(db)
        self.notices = Notices(db)
        self.instance = Instance(db)

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Gives every connection back."""
        self._db.engine.dispose()

    def lock(self) -> AbstractContextManager[None]:
        """Makes this process the database's one sender. Entering it raises SenderBusy when there is another."""
        from digest.store import lock  # filelock takes 40 ms that only a sender has to pay

        return lock.sender(self._db)


def at(url: str, *, folder: Path, create: bool, connections: int = database.CONNECTIONS) -> Store:
    """See `store.open`."""
    db = database.connect(url, folder=folder, create=create, connections=connections)
    try:
        migrations.bring_up_to_date(db, create=create)
    except BaseException:
        db.engine.dispose()
        raise
    return Store(db)


def holds_tables(url: str, *, folder: Path) -> bool:
    """Whether a PostgreSQL database has digest's tables. Raises StoreError."""
    db = database.connect(url, folder=folder, create=False)
    try:
        with db.read() as connection:
            return migrations.version(connection) is not None
    finally:
        db.engine.dispose()
