"""An issue at a provider that keeps the list: one campaign, started once, whatever gets lost."""

import json
import re
from datetime import timedelta

import pytest
from msgspec.structs import replace

from digest.config.tables import SendSettings
from digest.errors import DigestError
from digest.models import Campaign
from digest.send import campaigns
from digest.send.campaigns import QUIET
from digest.store.campaigns import CampaignRecord
from tests.fakes import TOKEN, Fault
from tests.fakes.campaigns import BrevoCampaignFake, ListmonkFake, MailchimpFake
from tests.send.providers import contract
from tests.send.scene import EMAIL, KEY, LETTER, NOW, begun

FAKES = [MailchimpFake, BrevoCampaignFake, ListmonkFake]
STARTED = {"mailchimp": "sending", "brevo_campaign": "scheduled", "listmonk": "sending"}


@pytest.fixture(params=FAKES, ids=lambda fake: fake.name)
def fake(request):
    with request.param() as fake:
        yield fake


@pytest.fixture
def record(store):
    return begun(store)


class Run:
    """One run after another, each at its time."""

    answer_s = 10.0

    def __init__(self, fake, store, record, letter=LETTER, **own):
        table = {**fake.own, "base_url": fake.url, **own}
        self.settings = SendSettings.model_validate({"provider": fake.name, fake.name: table})
        self.fake, self.store, self.record, self.letter = fake, store, record, letter

    def __call__(self, at=NOW, *, at_due=False, token=TOKEN):
        with campaigns.opened(self.settings, self.letter, {"token": token}, KEY) as (api, client):
            client.timeout = self.answer_s
            handing = campaigns.HandOver(api, client, self.record, self.fake.name, self.store.campaigns)
            return handing.go(lambda: at, at_due=at_due)


@pytest.fixture
def run(fake, store, record):
    return Run(fake, store, record)


def names(fake):
    return [each.get("name") or each["settings"]["title"] for each in fake.campaigns]


def test_an_issue_becomes_one_campaign_and_is_sent_once(fake, store, record, run):
    campaign = run()

    assert (campaign.state, campaign.id) == (STARTED[fake.name], "1")
    assert (names(fake), fake.sends) == ([KEY], [KEY])
    assert store.campaigns.get(record.id) == CampaignRecord(fake.name, "start", NOW, campaign, NOW)


def test_a_second_run_reads_the_state_and_sends_nothing(fake, store, record, run):
    run()
    fake.campaigns[0] |= {"status": {"listmonk": "finished"}.get(fake.name, "sent"), "sent": 12_345}

    campaign = run(NOW + timedelta(hours=1))

    assert (campaign.state, campaign.sent) == ("sent", 12_345)
    assert (names(fake), fake.sends) == ([KEY], [KEY])
    assert store.campaigns.get(record.id).campaign == campaign


@pytest.mark.parametrize("ending", ["answer", "reset", "hang"])
@pytest.mark.parametrize("taken", [True, False], ids=["taken", "not-taken"])
@pytest.mark.parametrize("call", ["create", "start"])
def test_a_lost_answer_makes_no_second_campaign_and_no_second_send(fake, run, call, taken, ending):
    before = {"create": 1, "start": {"mailchimp": 5, "brevo_campaign": 4, "listmonk": 3}[fake.name]}[call]
    fake.faults.extend([*[None] * before, Fault(500, "", ending=ending, taken=taken)])

    run.answer_s = 0.5 if ending == "hang" else 10.0
    first = run()
    run.answer_s = 10.0
    soon = run(NOW + timedelta(minutes=1))
    later = run(NOW + QUIET)

    assert first.state == ("in doubt" if not taken else STARTED[fake.name])
    assert soon.state == first.state
    assert later.state == STARTED[fake.name]
    assert (names(fake), fake.sends) == ([KEY], [KEY])


def test_a_campaign_of_the_same_name_is_taken_up_and_none_is_made(fake, run):
    other = Run(fake, run.store, run.record)
    for number in range(120):
        fake.made(name=f"other-{number}", settings={"title": f"other-{number}"}, content={})
    fake.campaigns.insert(0, {"id": "77", "status": fake.DRAFT, "sent": 0, "name": KEY, "settings": {"title": KEY}})

    campaign = other()

    assert campaign.id == "77"
    assert len(fake.campaigns) == 121
    assert fake.sends == [KEY]


def test_a_campaign_that_was_stopped_there_is_left_alone(fake, run):
    fake.made(name=KEY, settings={"title": KEY})
    fake.campaigns[0]["status"] = {"brevo_campaign": "suspended"}.get(fake.name, "paused")

    campaign = run()

    assert campaign == Campaign("stopped", "1", 0, fake.campaigns[0]["status"])
    assert fake.sends == []


def test_wrong_credentials_are_told_and_nothing_is_made(fake, store, record, run):
    with pytest.raises(DigestError, match=rf"{KEY}: {fake.name}: 40[13] .*\n  mend the cause and run again"):
        run(token="wrong")

    assert fake.campaigns == []
    assert store.campaigns.get(record.id).campaign == Campaign("missing")


def test_a_refusal_is_told_and_a_later_run_goes_on(fake, run):
    fake.faults.extend([None, Fault(400, {"message": "lists are empty", "detail": "lists are empty"})])

    with pytest.raises(DigestError, match="lists are empty"):
        run()

    assert run(NOW + QUIET).state == STARTED[fake.name]
    assert fake.sends == [KEY]


def test_another_provider_does_not_send_it_again(store, record):
    with MailchimpFake() as first, ListmonkFake() as second:
        Run(first, store, record)()

        with pytest.raises(DigestError, match=r'begun through mailchimp, .* set send\.provider = "mailchimp" again'):
            Run(second, store, record)()

        assert (len(first.sends), second.sends) == (1, [])


@pytest.mark.parametrize(
    ("hours", "state"), [(26, "scheduled"), (0.1, None), (-1, None)], ids=["tomorrow", "soon", "late"]
)
def test_an_issue_that_is_not_due_is_scheduled_where_the_table_says_so(fake, store, record, hours, state):
    due = replace(record, due=NOW + timedelta(hours=hours))

    campaign = Run(fake, store, due)(at_due=True)

    assert campaign.state == (state or STARTED[fake.name])
    (made,) = fake.campaigns
    at = made.get("send_at") or made.get("scheduledAt") or made.get("at")
    assert (at is not None) == (state == "scheduled")
    if state:
        assert at.startswith("2026-11-21T16:00:00")


@pytest.mark.parametrize(
    ("due", "quarter"), [("14:00:00", "14:00:00"), ("14:00:01", "14:15:00"), ("14:59:59", "15:00:00")]
)
def test_mailchimp_is_given_a_quarter_of_an_hour(due, quarter):
    mailchimp = contract.module("mailchimp")
    moment = NOW.replace(hour=int(due[:2]), minute=int(due[3:5]), second=int(due[6:]))

    assert f"{mailchimp._quarter(moment):%H:%M:%S}" == quarter


def content(fake):
    """Html and text of the only campaign, as its reader would get it without any values."""
    (made,) = fake.campaigns
    match fake.name:
        case "mailchimp":
            return made["content"]["html"], made["content"]["plain_text"], made["settings"]["subject_line"]
        case "brevo_campaign":
            return made["htmlContent"], None, made["subject"]
        case _:
            return *(_written(made[part]) for part in ("body", "altbody")), _written(made["subject"])


def _written(text):
    """What Go's templates make of it, but for the values."""

    def value(match):
        return json.loads(match[2]) if match[2] else match[0]

    assert not re.search(r'\{\{ (?!(Safe )?"|(Safe )?\.Subscriber|(Safe \()?UnsubscribeURL)', text)
    return re.sub(r'\{\{ (Safe )?("(?:[^"\\]|\\.)*") \}\}', value, text)


PLACES = {
    "mailchimp": ("*|FNAME|*", "*|EMAIL|*", "*|UNSUB|*"),
    "brevo_campaign": ("{{ contact.FIRSTNAME }}", "{{ contact.EMAIL }}", "{{ unsubscribe }}"),
    "listmonk": ("{{ .Subscriber.FirstName }}", "{{ .Subscriber.Email }}", "{{ UnsubscribeURL . }}"),
}
IN_TEXT = PLACES | {
    "listmonk": ("{{ Safe .Subscriber.FirstName }}", "{{ Safe .Subscriber.Email }}", "{{ Safe (UnsubscribeURL .) }}")
}
OPENINGS = {"mailchimp": ["*|"], "brevo_campaign": ["{{", "{%", "[UNSUBSCRIBE]"], "listmonk": ["@TrackLink", "{%"]}
"""What no article may bring in; that listmonk's `{{` come from us alone is seen by `_written`."""
FIELDS = "name", "address", "unsubscribe_url"


def test_the_frozen_email_goes_out_with_the_providers_own_places(fake, run):
    run()

    html, text, subject = content(fake)
    values, in_text = (dict(zip(FIELDS, places[fake.name], strict=True)) for places in (PLACES, IN_TEXT))
    assert subject == EMAIL.subject
    assert html == contract.filled(EMAIL.html, values)
    assert text in (None, contract.filled(EMAIL.text, in_text))


def test_placeholders_in_an_article_are_shown_and_not_filled(fake, store, record):
    odd = f'{contract.SYNTAX} [UNSUBSCRIBE] {{{{ UnsubscribeURL }}}} https://x.org/@TrackLink "\\ 😀'
    letter = contract.letter(odd, f"<!--[if mso]><i>x</i><![endif]--><p>{odd} zNAME0z</p>", f"{odd} zLEAVE0z")

    Run(fake, store, record, letter)()

    html, text, subject = content(fake)
    name, _, _ = PLACES[fake.name]
    values = {"name": name, "address": "", "unsubscribe_url": ""}
    assert contract.shown(subject) == odd
    assert contract.shown(html) == contract.shown(contract.filled(letter.email.html, values))
    assert text is None or contract.shown(text).startswith(contract.SYNTAX)
    assert text is None or text.endswith(IN_TEXT[fake.name][2])
    raw = json.dumps(fake.campaigns, ensure_ascii=False)
    ours = "".join(place for places in (PLACES, IN_TEXT) for place in places[fake.name])
    for opening in OPENINGS[fake.name]:
        assert raw.count(opening) <= ours.count(opening)
