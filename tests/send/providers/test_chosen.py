import pytest

from digest.config.tables import SendSettings
from digest.models import Settled
from digest.send import providers
from tests.fakes import ALL
from tests.fakes.smtp import PASSWORD, USER, MailServer
from tests.send.scene import LETTER, batch


def delivered(folder, secrets, **table):
    with providers.chosen(SendSettings.model_validate(table), LETTER, secrets=secrets, folder=folder) as provider:
        return provider.deliver(batch("ann@readers.org"))


def test_the_outbox_stands_beside_the_configuration(tmp_path):
    answer = delivered(tmp_path, {}, provider="outbox", outbox={"folder": "out"})

    assert isinstance(answer, Settled)
    assert (tmp_path / "out/weekly-2026-W47/0001-ann@readers.org.eml").exists()


@pytest.mark.parametrize("fake", ALL, ids=lambda fake: fake.name)
def test_each_provider_is_called_where_the_configuration_says(tmp_path, fake):
    with fake() as provider:
        table = {**fake.own, "base_url": provider.url}
        delivered(tmp_path, fake.secrets, provider=fake.name, **{fake.name: table})

        assert provider.addresses == ["ann@readers.org"]


def test_a_mail_server_is_spoken_to_where_the_configuration_says(tmp_path):
    with MailServer(tmp_path) as server:
        own = {
            "host": "127.0.0.1",
            "port": server.port,
            "user": USER,
            "password": {"env": "P"},
            "ca_file": "server.pem",
        }
        delivered(tmp_path, {"password": PASSWORD}, provider="smtp", smtp=own)

        assert [envelope.rcpt_tos for envelope in server.taken] == [["ann@readers.org"]]
