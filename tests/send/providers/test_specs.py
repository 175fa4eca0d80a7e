"""What providers send, and what their fakes answer, against the vendors' own descriptions of their APIs."""

import re
from datetime import timedelta
from functools import cache

import httpx
import pytest
from msgspec.structs import replace

from tests import real
from tests.fakes import (
    BrevoFake,
    Call,
    MailgunFake,
    MailjetFake,
    MailpitFake,
    MailtrapFake,
    MandrillFake,
    PostmarkFake,
    ResendFake,
    SendgridFake,
    SesFake,
    SparkpostFake,
)
from tests.fakes.campaigns import BrevoCampaignFake, CampaignFake, ListmonkFake
from tests.send.providers import contract, spec
from tests.send.scene import EMAIL, KEY, LETTER, NOW, batch, delivery

HOSTILE = 'Ann "}],{{name}}<script>%recipient.address%\r\nBcc: eve@x.org\\ Ґ 😀'
ODD = replace(
    LETTER,
    email=replace(EMAIL, subject='He said "so": {{name}} \\ Ґ 😀'),
    sender=replace(LETTER.sender, name='News, "The" <Weekly> Ґ'),
)
AUTOMATIC = replace(
    LETTER, email=replace(EMAIL, html="<p>zNAME0z", text="zNAME0z", tokens={"name": "zNAME0z"}), automatic=True
)
ONE = batch("ann@readers.org")


AT = {"ses": "https://email.eu-central-1.amazonaws.com", "listmonk": "http://localhost:9000"}
"""Addresses of vendors that have more than one."""


def files(*names):
    return lambda folder: spec.Spec(*(spec.read(folder / name) for name in names))


def brevo(folder):
    """The last whole description, with the body of a call as Brevo's newer client has it."""
    whole = spec.read(folder / "brevo/swagger_definition-2024-05.yml")
    body = spec.read(folder / "brevo/send_transac_email.sdk-5.1.0.schema.json")["schema"]
    whole["paths"]["/smtp/email"]["post"]["parameters"] = [{"in": "body", "required": True, "schema": body}]
    return spec.Spec(whole | {"host": "api.brevo.com", "$defs": body["$defs"]})


def mandrill(folder):
    """Each address with the format behind it, and with the version that Mandrill's own examples call."""
    whole = spec.read(folder / "mailchimp/transactional.openapi.json")
    paths = {f"{path}.json": methods for path, methods in whole["paths"].items()}
    return spec.Spec(whole | {"servers": [{"url": "https://mandrillapp.com/api/1.0"}], "paths": paths})


def pages(*names, free):
    return lambda folder: spec.Pages(*((folder / name).read_text() for name in names), free=free)


JUDGED = {
    BrevoFake: brevo,
    BrevoCampaignFake: brevo,
    ListmonkFake: files("listmonk/collections.yaml"),
    MailgunFake: files("mailgun/openapi.yaml"),
    MailjetFake: pages("mailjet/_send-api.md", free=("Headers",)),
    MailpitFake: files("mailpit/swagger.json"),
    MailtrapFake: files("mailtrap/email-sending-transactional.openapi.yml", "mailtrap/email-sending.openapi.yml"),
    MandrillFake: mandrill,
    PostmarkFake: files("postmark/postmark-server-openapi-original.yml"),
    ResendFake: files("resend/resend.json"),
    SendgridFake: files("sendgrid/tsg_mail_v3.json", "sendgrid/tsg_logs_v3.json"),
    SesFake: files("aws/sesv2-2019-09-27-service-2.json"),
    SparkpostFake: pages(
        *(f"sparkpost/{name}.apib" for name in ("index", "transmissions", "recipient-lists", "templates", "events")),
        free=("headers", "metadata", "substitution_data", "rcpt_meta"),
    ),
}

KEYS = {r"^40[13] is not among": "a refusal of the credentials is described nowhere"}
EXCUSED = {
    "brevo": {
        **KEYS,
        r"^query limit: 2500 ": "https://developers.brevo.com/reference/get-email-event-report-1: as many today",
        r"^201: (messageIds: is unknown|\"messageId\" is a required)": "brevo-python 5.1.0 has the list of a batch",
        r"^messageVersions\.\*\.headers: is unknown": "others send it, as digest/send/providers/brevo.py says",
    },
    "brevo_campaign": {
        **KEYS,
        r"^query (sort|excludeHtmlContent) is unknown": "brevo-python 5.1.0 has both",
        r"^(200: (campaigns\.\*\.)?)?previewText: is unknown": "brevo-python 5.1.0 has it",
    },
    "listmonk": {
        **KEYS,
        r"^(body|altbody|headers): is unknown": "cmd/campaigns.go takes them; the description is a draft",
        r"^(200: data\.)?send_at: .* is not of type \"object\"": "cmd/campaigns.go: a time",
        r"^200: data\.(id|status|sent): is unknown": "models/campaigns.go: the whole campaign",
        r"^200: data\.(results\.\*\.)?(altbody|headers): is unknown": "models/campaigns.go",
        r"^200: data\.(results\.\*\.)?content_type: \"visual\"": "of listmonk 5",
        r"^200: data\.lists\.\*: .* is not of type": "models/campaigns.go: id and name, whatever the call",
    },
    "mailgun": {
        r"^[hv]:[\w-]+: is unknown": "a header and a variable of any name",
        r"^200: items\.\*\.recipient: is unknown": "https://documentation.mailgun.com/docs/mailgun/user-manual/events",
        r"^no operation GET /v3/[\w.]+/events/\w": "a page is asked for by the address that the one before it gave",
    },
    "mailjet": {
        r"^200: (Count|Data|ID|Total) is shown nowhere": "https://dev.mailjet.com/email/reference/messages",
    },
    "mailpit": KEYS,
    "postmark": {
        **KEYS,
        r"^\*\.(MessageStream|Metadata): is unknown": "https://postmarkapp.com/developer/api/email-api",
        r"^query (messagestream|metadata_batch) is unknown": "https://postmarkapp.com/developer/api/messages-api",
        r"^200: Messages\.\*\.Metadata: is unknown": "https://postmarkapp.com/developer/api/messages-api",
        r"^no operation GET /message-streams/": "https://postmarkapp.com/developer/api/message-streams-api",
    },
    "resend": {**KEYS, r"^422 is not among": "https://resend.com/docs/api-reference/errors"},
    "sendgrid": {
        r"^200 is not among 202": "https://www.twilio.com/docs/sendgrid/for-developers/sending-email/sandbox-mode",
        r"^40[01]: errors\.\*\.help: null ": "what SendGrid answers where there is no help",
    },
    "ses": {
        r"^header x-amz-date is unknown": "of every signed call, like the next",
        r"^403 is not among": "https://docs.aws.amazon.com/ses/latest/APIReference-V2/CommonErrors.html",
    },
    "sparkpost": {
        r"^idempotency-key is shown nowhere": "https://developers.sparkpost.com/api/transmissions, since August 2026",
        r"^(/v1/account|200: (company_name|status)) is shown nowhere": "https://developers.sparkpost.com/api/account",
    },
}
"""Provider -> the complaints that are the description's own fault, each with who says so."""


class Line:
    """A fake at the vendor's own address, without a network: each request with its answer."""

    def __init__(self, fake):
        self.fake, self.exchanges = fake, []
        fake.url = AT.get(fake.name) or type(contract.own(fake, "https://x.org")).model_fields["base_url"].default

    def __call__(self, request):
        path = request.url.raw_path.decode().removeprefix(httpx.URL(self.fake.url).path.rstrip("/"))
        headers = {name.lower(): value for name, value in request.headers.items()}
        answer = self.fake.answer(Call(request.method, path, headers, request.content), None)
        self.exchanges.append((request, answer))
        body = {"text": answer.body} if isinstance(answer.body, str) else {"json": answer.body}
        return httpx.Response(answer.status, headers=answer.headers, **body)


def handed(line, people, letter=LETTER, secrets=None):
    api = contract.api(line.fake, letter, secrets)
    line(api.request(people))
    return api


def one(line):
    handed(line, ONE)


def largest(line):
    most = contract.module(line.fake.name).CAPABILITIES.largest_batch
    handed(line, batch(*(f"reader{n}@readers.org" for n in range(1, most + 1))))


def odd(line):
    most = contract.module(line.fake.name).CAPABILITIES.largest_batch
    people = [delivery(1, "ann@bücher.example", HOSTILE), delivery(2, "bob@readers.org", "Богдан")]
    handed(line, replace(ONE, deliveries=tuple(people[:most])), ODD)


def automatic(line):
    alone = replace(delivery(), fields={"name": "Ann", "address": "ann@readers.org"})
    handed(line, replace(ONE, deliveries=(alone,)), AUTOMATIC)


def inquiry(line):
    contract.asked(handed(line, ONE).inquire(ONE, NOW), line)


def trial(line):
    line(contract.api(line.fake).trial())


def refused(line):
    line.fake.bad_addresses.add("bad@readers.org")
    most = contract.module(line.fake.name).CAPABILITIES.largest_batch
    for people in [["bad@readers.org"], ["ann@readers.org", "bad@readers.org"][:most]]:
        handed(line, batch(*people))


def denied(line):
    handed(line, ONE, secrets=dict.fromkeys(line.fake.secrets, "wrong"))


def campaign(line, at=None, secrets=None):
    own, name = contract.own(line.fake, line.fake.url), line.fake.name
    api = contract.module(name).Campaigns(LETTER, own, secrets or line.fake.secrets, KEY)
    contract.asked(api.find(), line)
    made, _ = contract.asked(api.create(), line)
    contract.asked(api.find(), line)
    filled, _ = contract.asked(api.fill(made), line)
    contract.asked(api.start(filled, at), line)


def scheduled(line):
    campaign(line, NOW + timedelta(hours=1))


def unknown_key(line):
    with pytest.raises(AssertionError):
        campaign(line, secrets={"token": "wrong"})


CASES = [one, largest, odd, automatic, inquiry, trial, refused, denied]
CAMPAIGN_CASES = [campaign, scheduled, unknown_key]


def cases(fake):
    if issubclass(fake, CampaignFake):
        return CAMPAIGN_CASES
    able = contract.module(fake.name).CAPABILITIES
    return [case for case in CASES if case is not inquiry or able.asked_after is not None]


ROWS = [pytest.param(fake, case, id=f"{fake.name}-{case.__name__}") for fake in JUDGED for case in cases(fake)]
NAMES = [pytest.param(fake, id=fake.name) for fake in JUDGED]
ANYBODYS = r"issue|batch|number|(h:)?(List|X|Reply)-.*|idempotencyKey|v:.*|its_.*|z[A-Z]+0z|[0-9a-f]{32}|.*_html|unsubscribe_url"
"""Names within a map where the vendor takes any: headers, metadata, variables."""


@cache
def described(fake):
    return JUDGED[fake](real.specs())


def exchanges(fake, case):
    with fake() as opened:
        line = Line(opened)
        case(line)
        return line.exchanges


def unexcused(fake, complaints):
    return [wrong for wrong in complaints if not any(re.search(known, wrong) for known in EXCUSED.get(fake.name, {}))]


@pytest.mark.parametrize(("fake", "case"), ROWS)
def test_what_is_sent_is_what_the_vendor_describes(fake, case):
    judge = described(fake)
    assert unexcused(fake, [wrong for request, _ in exchanges(fake, case) for wrong in judge.sent(request)]) == []


@pytest.mark.parametrize(("fake", "case"), ROWS)
def test_what_the_fake_answers_is_what_the_vendor_describes(fake, case):
    judge = described(fake)
    assert unexcused(fake, [wrong for pair in exchanges(fake, case) for wrong in judge.answered(*pair)]) == []


@pytest.mark.parametrize("fake", NAMES)
def test_each_misspelt_name_is_seen(fake):
    """The judge itself judged: with one name of a body changed, be it a field or a header, something is wrong."""
    judge = described(fake)
    first = next(request for request, _ in exchanges(fake, cases(fake)[0]) if request.content)
    is_form = first.headers["content-type"].startswith("multipart/")
    names = set(re.findall(rb'; name="([\w:-]+)"' if is_form else rb'(?<!\\)"([\w:-]+)":', first.content))
    assert len(names) > 5

    def seen(name):
        changed = re.sub(rb'(?<!\\)"%s"(?=:|\r)' % re.escape(name), b'"%sx"' % name, first.content)
        request = httpx.Request(first.method, first.url, headers=first.headers, content=changed)
        return unexcused(fake, judge.sent(request))

    assert {name.decode() for name in names if not re.fullmatch(ANYBODYS, name.decode()) and not seen(name)} == set()


@pytest.mark.parametrize(
    "fake", [BrevoFake, MailgunFake, MailtrapFake, PostmarkFake, SendgridFake], ids=lambda fake: fake.name
)
def test_a_call_without_credentials_is_seen(fake):
    request, _ = exchanges(fake, one)[0]
    alone = {"content-type": request.headers["content-type"]}
    (wrong,) = unexcused(
        fake, described(fake).sent(httpx.Request("POST", request.url, headers=alone, content=request.content))
    )
    assert re.search("no credentials|header x-postmark-server-token is required", wrong)


@pytest.mark.parametrize("fake", NAMES)
def test_nothing_is_excused_that_is_right(fake):
    judge = described(fake)
    pairs = [pair for case in cases(fake) for pair in exchanges(fake, case)]
    complaints = [
        wrong for request, answer in pairs for wrong in [*judge.sent(request), *judge.answered(request, answer)]
    ]
    assert [known for known in EXCUSED.get(fake.name, {}) if not any(re.search(known, w) for w in complaints)] == []
