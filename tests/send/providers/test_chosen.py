from digest.config.tables import SendSettings
from digest.models import Settled
from digest.send import providers
from tests.fakes import DOMAIN, TOKEN
from tests.send.scene import LETTER, batch


def delivered(folder, token="", **table):
    with providers.chosen(
        SendSettings.model_validate(table), LETTER, secrets={"token": token}, folder=folder
    ) as provider:
        return provider.deliver(batch("ann@readers.org"))


def test_the_outbox_stands_beside_the_configuration(tmp_path):
    answer = delivered(tmp_path, provider="outbox", outbox={"folder": "out"})

    assert isinstance(answer, Settled)
    assert (tmp_path / "out/weekly-2026-W47/0001-ann@readers.org.eml").exists()


def test_resend_is_called_where_the_configuration_says(tmp_path, resend):
    delivered(tmp_path, TOKEN, provider="resend", resend={"token": {"env": "T"}, "base_url": resend.url})

    assert resend.addresses == ["ann@readers.org"]


def test_mailgun_is_called_where_the_configuration_says(tmp_path, mailgun):
    own = {"token": {"env": "T"}, "base_url": mailgun.url, "domain": DOMAIN}
    delivered(tmp_path, TOKEN, provider="mailgun", mailgun=own)

    assert mailgun.addresses == ["ann@readers.org"]
