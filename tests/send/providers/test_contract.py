"""What every provider over HTTP keeps, each against its fake."""

import html
import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from digest.config.tables import SendSettings
from digest.models import InDoubt, NotSent, Refused, Settled, Stopped
from digest.send import providers
from digest.send.providers.provider import Trial
from tests.fakes import ALL, Fault
from tests.send.providers import contract
from tests.send.scene import EMAIL, KEY, LETTER, batch, delivery

NAMES = ["ann@readers.org", "bob@readers.org", "eve@readers.org"]
THREE = batch(*NAMES)


def by_name(fakes):
    return [pytest.param(fake, id=fake.name) for fake in fakes]


@pytest.fixture(params=by_name(ALL))
def fake(request):
    with request.param() as fake:
        yield fake


@pytest.fixture
def provider(fake):
    with contract.over(fake) as provider:
        yield provider


def able(fake):
    return contract.module(fake.name).CAPABILITIES


def fitting(fake, *addresses):
    """A batch of as many of these as the provider takes in one call."""
    return batch(*addresses[: able(fake).largest_batch])


def outcomes(answer):
    assert isinstance(answer, Settled), answer
    return [(outcome.number, outcome.state) for outcome in answer.outcomes]


def test_one_recipient_is_accepted_with_the_providers_id(fake, provider):
    answer = provider.deliver(batch("ann@readers.org"))

    assert outcomes(answer) == [(1, "accepted")]
    assert answer.outcomes[0].provider_id == fake.accepted[0].provider_id
    assert fake.addresses == ["ann@readers.org"]


def test_the_largest_batch_is_one_call_and_everyone_gets_it_once(fake, provider):
    addresses = [f"reader{n}@readers.org" for n in range(1, able(fake).largest_batch + 1)]

    answer = provider.deliver(batch(*addresses))

    assert outcomes(answer) == [(n, "accepted") for n in range(1, len(addresses) + 1)]
    assert fake.addresses == addresses
    assert [outcome.provider_id for outcome in answer.outcomes] == [email.provider_id for email in fake.accepted]
    assert len(fake.calls) == 1


def test_one_bad_address_costs_only_its_own_email_or_is_left_to_bisecting(fake, provider):
    fake.bad_addresses.add("bob@readers.org")

    answer = provider.deliver(batch("bob@readers.org") if able(fake).largest_batch == 1 else THREE)

    if isinstance(answer, Refused):
        assert fake.accepted == []
        assert fake.atomic or able(fake).largest_batch == 1
    else:
        states = dict(outcomes(answer))
        assert states.pop(2 if len(states) > 1 else 1) == "rejected"
        assert set(states.values()) <= {"accepted"}
        assert fake.addresses == [THREE.deliveries[n - 1].address for n in states]


def test_all_refused_is_never_accepted(fake, provider):
    fake.bad_addresses.update(NAMES)

    answer = provider.deliver(fitting(fake, *NAMES))

    assert isinstance(answer, Refused) or {state for _, state in outcomes(answer)} == {"rejected"}
    assert fake.accepted == []


def test_credentials_that_die_in_the_middle_stop_the_run(fake, provider):
    fake.faults.extend([None, Fault(401, {"message": "revoked"})])
    batches = [batch(address) for address in NAMES[:2]]

    first, second = (provider.deliver(each) for each in batches)

    assert (outcomes(first), type(second)) == ([(1, "accepted")], Stopped)
    assert fake.addresses == NAMES[:1]


def test_a_limit_is_not_sent_and_says_how_long_to_wait(fake, provider):
    fake.faults.append(Fault(429, {"message": "slow down"}, {"Retry-After": "7"}))

    answer = provider.deliver(fitting(fake, *NAMES))

    assert isinstance(answer, NotSent)
    assert answer.retry_after_s == 7.0


@pytest.mark.parametrize(
    "fault",
    [
        Fault(500, {"message": "oops"}, taken=True),
        Fault(502, "<html>bad gateway", taken=True),
        Fault(503, "", taken=False),
        Fault(200, ending="reset", taken=True),
        Fault(200, ending="reset", taken=False),
        Fault(200, ending="hang", taken=True),
        Fault(200, ending="cut", taken=True),
        Fault(200, "<html>Welcome to the hotel's wireless", taken=False),
    ],
    ids=["500", "502", "503", "reset-taken", "reset", "time-out", "cut", "another-site"],
)
def test_what_may_have_been_taken_is_in_doubt(fake, fault):
    fake.faults.append(fault)

    with contract.over(fake, answer_s=0.3 if fault.ending == "hang" else 10) as provider:
        assert isinstance(provider.deliver(fitting(fake, *NAMES)), InDoubt)


def test_an_answer_without_ids_is_accepted_and_never_sent_again(fake, provider):
    fake.faults.append(Fault(200, '{"id": ', {"Content-Type": "application/json"}, taken=True))

    answer = provider.deliver(fitting(fake, *NAMES))

    assert isinstance(answer, InDoubt) or {state for _, state in outcomes(answer)} == {"accepted"}


@pytest.mark.parametrize("fake", by_name(f for f in ALL if not f.one_id and able(f).largest_batch > 1), indirect=True)
def test_a_success_for_another_batch_is_in_doubt(fake, provider):
    provider.deliver(batch("eve@readers.org", "mallory@readers.org"))
    judged = fake.success(fake.calls[0], fake.accepted)
    fake.faults.append(Fault(judged.status, judged.body, judged.headers))

    assert isinstance(provider.deliver(THREE), InDoubt)


def test_each_recipient_gets_the_frozen_email_with_their_own_values(fake, provider):
    hostile = 'Ann "}],{{name}}<script>%recipient.address%\r\nBcc: eve@x.org\\'
    people = [delivery(1, "ann@readers.org", hostile), delivery(2, "bob@readers.org", "Богдан 😀")]
    people = people[: able(fake).largest_batch]

    assert outcomes(provider.deliver(replace(THREE, deliveries=tuple(people))))

    for person, email in zip(people, fake.accepted, strict=True):
        values = dict(person.fields)
        text = values | {"name": re.sub(r"[\x00-\x1f]+", " ", values["name"])}
        assert email.address == person.address
        assert email.subject.replace("\u200c", "") == EMAIL.subject
        page = html.unescape(contract.filled(EMAIL.html, values))
        assert contract.shown(email.html).splitlines() == page.splitlines()
        assert email.text.replace("\u200c", "") == contract.filled(EMAIL.text, text)
        assert "<script>" not in email.html


def test_placeholders_in_an_article_are_shown_and_not_filled(fake):
    page = f'<html lang="en"><p style="width:100%">{html.escape(contract.SYNTAX)} zNAME0z</p><a href="zLEAVE0z">x</a></html>'
    odd = contract.letter(contract.SYNTAX, page, f"{contract.SYNTAX} zNAME0z zLEAVE0z")
    values = dict(delivery(1, NAMES[0], contract.SYNTAX).fields)

    with contract.over(fake, odd) as provider:
        provider.deliver(replace(THREE, deliveries=(delivery(1, NAMES[0], contract.SYNTAX),)))

    (email,) = fake.accepted
    assert contract.shown(email.subject) == contract.SYNTAX
    assert contract.shown(email.html) == html.unescape(contract.filled(page, values))
    assert contract.shown(email.text) == contract.filled(odd.email.text, values)


@pytest.mark.parametrize("fake", by_name(f for f in ALL if able(f).one_click == "ours"), indirect=True)
def test_one_click_unsubscribe_is_each_recipients_own(fake, provider):
    """RFC 8058 section 3.1: an https address in List-Unsubscribe, and exactly this List-Unsubscribe-Post."""
    people = fitting(fake, *NAMES)

    provider.deliver(people)

    for person, email in zip(people.deliveries, fake.accepted, strict=True):
        link = person.fields["unsubscribe_url"]
        assert email.headers["List-Unsubscribe"] == f"<{link}>, <mailto:desk@news.example.org?subject=unsubscribe>"
        assert email.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_nobody_sees_another_recipient(fake, provider):
    people = fitting(fake, *NAMES)

    provider.deliver(people)

    for email in fake.accepted:
        seen = f"{email.subject}{email.html}{email.text}{email.headers}{email.metadata}{email.tags}"
        assert [name for name in NAMES if name in seen] in ([], [email.address])
        assert re.findall(r"token(\d)", seen) == [str(NAMES.index(email.address) + 1)] * seen.count("token")


def test_each_email_carries_issue_batch_and_number(fake, provider):
    people = fitting(fake, *NAMES)

    provider.deliver(people)

    said = [{"issue": KEY, "batch": people.key, "number": str(d.number)} for d in people.deliveries]
    assert [dict(email.metadata) for email in fake.accepted] == said


def test_nobody_is_tracked(fake, provider):
    provider.deliver(batch(NAMES[0]))

    assert [email.tracked for email in fake.accepted] == [False]


def test_the_sender_keeps_its_name_whatever_it_holds(fake):
    odd = replace(LETTER, sender=replace(LETTER.sender, name='News, "The" <Weekly> Ґ'))

    with contract.over(fake, odd) as provider:
        provider.deliver(batch(NAMES[0]))

    assert fake.accepted[0].headers["From"] == '"News, \\"The\\" <Weekly> Ґ" <desk@news.example.org>'
    assert fake.accepted[0].headers["Reply-To"] == "reply@news.example.org"


def test_a_domain_beyond_ascii_goes_out_in_ascii(fake, provider):
    assert outcomes(provider.deliver(batch("ann@bücher.example"))) == [(1, "accepted")]
    assert fake.addresses == ["ann@xn--bcher-kva.example"]


def test_an_automatic_letter_is_no_lists(fake):
    alone = replace(THREE, deliveries=(replace(delivery(), fields={"name": "Ann", "address": NAMES[0]}),))
    email = replace(EMAIL, html="<p>zNAME0z", text="zNAME0z", tokens={"name": "zNAME0z"})

    with contract.over(fake, replace(LETTER, email=email, automatic=True)) as provider:
        assert outcomes(provider.deliver(alone)) == [(1, "accepted")]

    headers = fake.accepted[0].headers
    assert headers["Auto-Submitted"] == "auto-generated"
    assert not [name for name in headers if name.startswith("List-")]


def test_the_same_batch_is_the_same_call(fake):
    one, two = (contract.api(fake).request(fitting(fake, *NAMES)) for _ in range(2))

    assert (one.url, one.content) == (two.url, two.content)


def test_a_trial_proves_the_credentials_and_sends_nothing(fake, provider):
    assert isinstance(contract.api(fake), Trial)
    said = provider.try_out()

    assert isinstance(said, str)
    assert said
    assert fake.accepted == []


def test_a_trial_says_that_the_credentials_are_wrong(fake):
    with contract.over(fake, secrets=dict.fromkeys(fake.secrets, "wrong")) as provider:
        assert isinstance(provider.try_out(), Stopped)


ASKED = by_name(fake for fake in ALL if able(fake).asked_after is not None)


@pytest.mark.parametrize("fake", ASKED, indirect=True)
def test_a_provider_that_is_asked_names_what_it_took(fake, provider):
    people = fitting(fake, *NAMES)
    other = replace(people, key="weekly-2026-W47-2-def", deliveries=(delivery(9, "zed@readers.org"),))
    fake.faults.append(Fault(500, taken=True))
    provider.deliver(people)
    provider.deliver(other)

    said = contract.found(fake, people)

    assert said.taken.keys() == {delivery.number for delivery in people.deliveries}
    assert (said.rejected, said.whole) == ({}, True)


@pytest.mark.parametrize("fake", ASKED, indirect=True)
def test_a_provider_that_is_asked_names_nobody_whom_it_did_not_take(fake, provider):
    fake.faults.append(Fault(500))
    provider.deliver(fitting(fake, *NAMES))

    said = contract.found(fake, fitting(fake, *NAMES))

    assert (said.taken, said.whole) == ({}, True)


def test_a_batch_of_a_variant_is_the_email_of_that_variant(fake):
    some = replace(
        EMAIL, subject="Some themes", html=EMAIL.html.replace("word", "chosen"), text="Chosen only: zLEAVE0z"
    )
    read = []
    letter = replace(LETTER, variant=lambda number: read.append(number) or some)
    table = {**fake.own, "base_url": fake.url}
    settings = SendSettings.model_validate({"provider": fake.name, fake.name: table})
    with providers.chosen(settings, letter, secrets=fake.secrets, folder=Path()) as provider:
        provider.deliver(batch("ann@readers.org"))
        for name in ("bob", "eve"):
            provider.deliver(replace(batch(f"{name}@readers.org", key=f"k-{name}"), variant=1))
    whole, *chosen = fake.accepted
    assert "chosen" not in whole.html
    for email in chosen:
        assert (email.subject, "word" in email.html) == ("Some themes", False)
        assert "chosen" in email.html
        assert email.text.startswith("Chosen only: https://news.example.org/u/token1")
    assert read == [1]
