"""A store on SQLite, and the two fakes."""

import pytest

from tests import tables
from tests.fakes import MailgunFake, ResendFake


@pytest.fixture
def store(tmp_path):
    with tables.opened(tmp_path) as opened:
        yield opened


@pytest.fixture
def resend():
    with ResendFake() as fake:
        yield fake


@pytest.fixture
def mailgun():
    with MailgunFake() as fake:
        yield fake
