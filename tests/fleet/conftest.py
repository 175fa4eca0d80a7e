"""A real PostgreSQL, and a provider on loopback."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from digest.config import Settings
from digest.store.opened import Store
from tests import postgres
from tests.fakes import MailgunFake
from tests.fleet import scene


@pytest.fixture
def url(cluster: postgres.Cluster, template: str) -> Iterator[str]:
    """A database with the tables and nothing in them."""
    with cluster.lent(template) as name:
        yield cluster.url(name)


@pytest.fixture
def s(url: str, tmp_path: Path) -> Iterator[Store]:
    """An open, empty store."""
    with scene.opened(url, tmp_path) as store:
        yield store


@pytest.fixture
def fake() -> Iterator[MailgunFake]:
    """Mailgun."""
    with MailgunFake() as running:
        yield running


@pytest.fixture
def found(url: str, tmp_path: Path, fake: MailgunFake) -> Settings:
    """A newsletter that workers send through it."""
    return scene.by_workers(tmp_path, url, fake.name, fake.url, batch=10)
