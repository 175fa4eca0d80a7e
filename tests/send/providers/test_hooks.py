"""What every webhook keeps: a call that its provider did not make changes nothing, and a replay is recognised."""

import contextlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.errors import ConfigError, Forged
from digest.models import Event
from tests.fakes import ALL, Accepted
from tests.send.providers import contract

AT = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
SENT = Accepted(
    "ann@xn--bcher-kva.example",
    "s",
    "h",
    "t",
    {},
    metadata={"issue": "weekly-2026-W47", "batch": "weekly-2026-W47-1-abc", "number": "7"},
    provider_id="<1.1@mg.example.org>",
)
WITH_HOOK = [fake for fake in ALL if fake.events]


@pytest.fixture(params=[pytest.param(fake, id=fake.name) for fake in WITH_HOOK])
def fake(request):
    with request.param() as fake:
        yield fake


def hook(fake, **secrets):
    known = {**fake.secrets, **secrets}
    return contract.module(fake.name).Hook(contract.own(fake, fake.url), known)


def verified(fake, call, now=AT, **secrets):
    headers, raw = call
    made = hook(fake, **secrets)
    made.verify(headers, raw, now, fake.page)
    return made.events(raw)


@pytest.mark.parametrize(
    ("fake_class", "event"),
    [pytest.param(fake, event, id=f"{fake.name}: {event}") for fake in WITH_HOOK for event in fake.events],
)
def test_an_event_says_what_became_of_which_delivery(fake_class, event):
    with fake_class() as fake:
        (said,) = verified(fake, fake.webhook(event, SENT, AT))
    kind, permanent = fake.events[event]

    metadata = SENT.metadata if event not in fake.without_metadata else {"issue": "", "batch": "", "number": None}
    assert said == Event(
        id=said.id,
        kind=kind,
        address="ann@bücher.example",
        at=AT,
        permanent=permanent,
        issue_key=metadata["issue"],
        number=metadata["number"] and int(metadata["number"]),
        provider_id=SENT.provider_id if event not in fake.without_metadata else said.provider_id,
        reason=said.reason,
    )
    assert "ann@" not in said.reason


def test_a_replay_has_the_same_id_and_another_event_another(fake):
    first, *others = {event.partition(" ")[0]: event for event in fake.events}.values()
    another = replace(SENT, address="bob@readers.org", provider_id="<2.1@mg.example.org>")

    (once,), (again,) = (verified(fake, fake.webhook(first, SENT, AT)) for _ in range(2))
    ids = [verified(fake, fake.webhook(event, SENT, AT))[0].id for event in others]
    ids += [verified(fake, fake.webhook(first, another, AT))[0].id]

    assert once.id == again.id
    assert len({once.id, *ids}) == len(ids) + 1


def test_a_forged_call_is_refused(fake):
    headers, raw = fake.webhook(next(iter(fake.events)), SENT, AT)
    proofs = headers.keys() - {"content-type", "x-amz-sns-message-type"}

    with pytest.raises(Forged):
        verified(fake, fake.forged(headers, raw), webhook=fake.other_webhook)
    for proof in proofs:
        with pytest.raises(Forged):
            verified(fake, ({name: value for name, value in headers.items() if name != proof}, raw))


@pytest.mark.parametrize("fake", [f for f in WITH_HOOK if f.signs == "body"], indirect=True, ids=lambda f: f.name)
def test_a_changed_body_is_refused(fake):
    headers, raw = fake.webhook(next(iter(fake.events)), SENT, AT)

    for at in range(0, len(raw), max(1, len(raw) // 40)):
        with pytest.raises(Forged):
            verified(fake, (headers, raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]))


@pytest.mark.parametrize("fake", [f for f in WITH_HOOK if f.signs != "word"], indirect=True, ids=lambda f: f.name)
@pytest.mark.parametrize("age", [timedelta(days=8), timedelta(hours=-2)], ids=["old", "of-tomorrow"])
def test_an_old_call_is_refused(fake, age):
    with pytest.raises(Forged):
        verified(fake, fake.webhook(next(iter(fake.events)), SENT, AT - age))


@pytest.mark.parametrize("raw", [b"", b"{", b"null", b"[]", b"[1]", b"\xff", b'"x"', b"[" * 100_000], ids=repr)
def test_nonsense_is_refused_or_says_nothing(fake, raw):
    with contextlib.suppress(Forged):
        assert hook(fake).events(raw) == ()


def test_without_its_secret_no_hook_is_made(fake):
    with pytest.raises(ConfigError, match=rf"send\.{fake.name}\.\w+ is not set"):
        contract.module(fake.name).Hook(contract.own(fake, fake.url, **fake.unproven), {})
