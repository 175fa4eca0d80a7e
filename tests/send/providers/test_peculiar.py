"""What one provider alone does."""

import base64
import json

import pytest
from cryptography.hazmat.primitives import hashes

from digest.config.tables import SendSettings
from digest.errors import ConfigError, Forged
from digest.send import providers
from tests.fakes import BrevoFake, MandrillFake, PostalFake, SparkpostFake
from tests.fakes.campaigns import BrevoCampaignFake, ListmonkFake, MailchimpFake
from tests.fakes.postal import signature
from tests.send.providers import contract
from tests.send.providers.test_answers import api
from tests.send.providers.test_hooks import AT, SENT, hook, verified
from tests.send.scene import EMAIL, LETTER, batch

TWO = batch("ann@readers.org", "bob@readers.org")


def test_mailjet_is_refused_until_its_own_unsubscribe_link_is_accepted():
    table = {"key": {"env": "K"}, "secret": {"env": "S"}}
    ours, theirs = (
        SendSettings.model_validate({"provider": "mailjet", "mailjet": {**table, **own}})
        for own in ({}, {"unsubscribe": "theirs"})
    )

    ((key, why),) = providers.misfits(ours)

    assert (key, "mailjet puts its own unsubscribe link in place of ours" in why) == ("provider", True)
    assert providers.misfits(theirs) == ()


@pytest.mark.parametrize("fake", [MailchimpFake, BrevoCampaignFake, ListmonkFake], ids=lambda fake: fake.name)
def test_a_provider_that_keeps_the_list_sends_nobody_a_single_email(fake, tmp_path):
    own = {**fake.own, "base_url": "https://api.example.org"}
    settings = SendSettings.model_validate({"provider": fake.name, "batch": 10, fake.name: own})

    assert providers.misfits(settings) == ()
    with (
        pytest.raises(ConfigError, match="keeps the list itself"),
        providers.chosen(settings, LETTER, secrets={"token": "t"}, folder=tmp_path),
    ):
        pass


def test_brevos_call_as_a_whole_is_an_email_to_nobody_whom_it_can_harm():
    body = json.loads(api("brevo").request(TWO).content)

    leave = "mailto:desk@news.example.org?subject=unsubscribe"
    nobody = {"name": "", "address": "", "unsubscribe_url": leave}
    assert contract.shown(body["htmlContent"]) == contract.shown(contract.filled(EMAIL.html, nobody))
    assert body["textContent"] == contract.filled(EMAIL.text, nobody)


def test_brevo_repeats_a_key_for_the_same_batch_alone():
    def key(of):
        return json.loads(api("brevo").request(of).content)["headers"]["idempotencyKey"]

    assert key(TWO) == key(TWO)
    assert key(TWO) != key(batch("ann@readers.org", key="weekly-2026-W47-2-abc"))


def test_a_repeated_call_to_brevo_or_sparkpost_sends_once():
    for kind in (BrevoFake, SparkpostFake):
        with kind() as fake, contract.over(fake) as provider:
            first, second = provider.deliver(TWO), provider.deliver(TWO)

            assert first == second
            assert fake.addresses == ["ann@readers.org", "bob@readers.org"]


@pytest.mark.parametrize("with_postal", ["pem", "record", "inner"])
def test_postals_key_is_read_as_it_is_printed(with_postal):
    pem = PostalFake.secrets["webhook"]
    inner = "".join(pem.split("\n")[1:-2])
    forms = {"pem": pem, "record": f"v=DKIM1; t=s; h=sha256; p={inner};", "inner": inner}

    with PostalFake() as fake:
        (event,) = verified(fake, fake.webhook("MessageSent", SENT, AT), webhook=forms[with_postal])

    assert event.kind == "delivered"


@pytest.mark.parametrize("key", ["", "nonsense", base64.b64encode(b"nonsense").decode()])
def test_another_text_is_no_key_of_postals(key):
    with PostalFake() as fake, pytest.raises(ConfigError, match=r"send\.postal\.webhook is no public key"):
        hook(fake, webhook=key)


def test_postals_newer_signature_is_preferred():
    with PostalFake() as fake:
        headers, raw = fake.webhook("MessageSent", SENT, AT)
        newer = base64.b64encode(signature(raw, hashes.SHA256())).decode()

        assert verified(fake, ({"x-postal-signature-256": newer}, raw))
        with pytest.raises(Forged):
            verified(fake, ({**headers, "x-postal-signature-256": headers["x-postal-signature"]}, raw))


def test_what_postal_says_of_an_incoming_message_is_not_ours():
    with PostalFake() as fake:
        raw = fake.webhook("MessageDeliveryFailed", SENT, AT)[1].replace(b"outgoing", b"incoming")

        assert hook(fake).events(raw) == ()


def test_mandrills_hook_needs_its_registered_address():
    own = contract.own(MandrillFake, "https://api.example.org").model_copy(update={"webhook_url": None})

    with pytest.raises(ConfigError, match=r"send\.mandrill\.webhook_url is not set"):
        contract.module("mandrill").Hook(own, MandrillFake.secrets)


def test_a_call_that_only_tries_sparkposts_webhook_has_no_events():
    with SparkpostFake() as fake:
        assert hook(fake).events(b'[{"msys":{}}]') == ()


@pytest.mark.parametrize("bounce", ["60", "80", "100"])
def test_an_automatic_reply_is_no_bounce(bounce):
    with SparkpostFake() as fake:
        assert hook(fake).events(fake.webhook(f"bounce {bounce}", SENT, AT)[1]) == ()
