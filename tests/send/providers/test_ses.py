import json
from datetime import timedelta
from email.header import decode_header, make_header

import httpx
import pytest
from msgspec.structs import replace

from digest.errors import Forged
from digest.models import InDoubt, NotSent, Outcome, Refused, Settled, Stopped
from digest.send.providers import ses
from tests.fakes import SesFake
from tests.fakes.ses import CONFIRM
from tests.send.providers import contract
from tests.send.scene import EMAIL, LETTER, NOW, batch

OWN = contract.own(SesFake, "https://email.eu-central-1.amazonaws.com")
API = ses.Api(LETTER, OWN, SesFake.secrets, clock=lambda: NOW)
ONE, TWO = batch("ann@readers.org"), batch("ann@readers.org", "bob@readers.org")


def headers(number):
    link = f"https://news.example.org/u/token{number}?a=1&b=2"
    return [
        {"Name": "List-ID", "Value": "<weekly.news.example.org>"},
        {"Name": "List-Unsubscribe", "Value": f"<{link}>, <mailto:desk@news.example.org?subject=unsubscribe>"},
        {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
    ]


def tags(number):
    values = {"issue": "weekly-2026-W47", "batch": "weekly-2026-W47-1-abc", "number": str(number)}
    return [{"Name": name, "Value": value} for name, value in values.items()]


def test_several_are_one_template_with_their_values():
    request = API.request(TWO)

    body = json.loads(request.content)
    assert str(request.url) == "https://email.eu-central-1.amazonaws.com/v2/email/outbound-bulk-emails"
    assert (
        "/20261120/eu-central-1/ses/aws4_request, SignedHeaders=content-type;host;x-amz-date,"
        in request.headers["authorization"]
    )
    assert str(make_header(decode_header(body["FromEmailAddress"]))) == "Дайджест новин <desk@news.example.org>"
    assert body["ReplyToAddresses"] == ["reply@news.example.org"]
    assert body["ConfigurationSetName"] == "digest"
    template = body["DefaultContent"]["Template"]["TemplateContent"]
    assert template["Text"] == contract.filled(EMAIL.text, {name: f"{{{{{name}}}}}" for name in EMAIL.tokens})
    assert template["Html"] == contract.filled(EMAIL.html, {name: f"{{{{{name}_html}}}}" for name in EMAIL.tokens})
    entry = body["BulkEmailEntries"][1]
    content = entry.pop("ReplacementEmailContent")["ReplacementTemplate"]["ReplacementTemplateData"]
    assert json.loads(content) == {
        "name": 'Ann <Ö\'Hara> & "Co"',
        "address": "bob@readers.org",
        "unsubscribe_url": "https://news.example.org/u/token2?a=1&b=2",
        "name_html": "Ann &lt;Ö&#x27;Hara&gt; &amp; &quot;Co&quot;",
        "address_html": "bob@readers.org",
        "unsubscribe_url_html": "https://news.example.org/u/token2?a=1&amp;b=2",
    }
    assert entry == {
        "Destination": {"ToAddresses": ["bob@readers.org"]},
        "ReplacementHeaders": headers(2),
        "ReplacementTags": tags(2),
    }


def test_one_alone_is_a_whole_email():
    request = API.request(ONE)

    body = json.loads(request.content)
    simple = body["Content"]["Simple"]
    assert str(request.url) == "https://email.eu-central-1.amazonaws.com/v2/email/outbound-emails"
    assert (body["Destination"], body["EmailTags"]) == ({"ToAddresses": ["ann@readers.org"]}, tags(1))
    assert (simple["Subject"], simple["Headers"]) == ({"Data": EMAIL.subject, "Charset": "UTF-8"}, headers(1))


@pytest.mark.parametrize(
    ("region", "host"),
    [("us-gov-west-1", "email.us-gov-west-1.amazonaws.com"), ("cn-north-1", "email.cn-north-1.amazonaws.com.cn")],
)
def test_each_region_has_its_own_host(region, host):
    own = contract.own(SesFake, "https://x.org", region=region, base_url=None)

    assert ses.Api(LETTER, own, SesFake.secrets).trial().url.host == host


def test_a_brace_before_a_place_makes_no_third():
    odd = contract.letter("s", "<p>{zNAME0z}", "{zNAME0z}")

    with SesFake() as fake, contract.over(fake, odd) as provider:
        provider.deliver(TWO)

    assert [contract.shown(email.text) for email in fake.accepted] == ['{Ann <Ö\'Hara> & "Co"}'] * 2


def entry(status="SUCCESS", **said):
    return {"Status": status} | said


ANN = Outcome(1, "accepted", "a")


@pytest.mark.parametrize(
    ("status", "other"),
    [
        ("MESSAGE_REJECTED", Outcome(2, "rejected", reason="MESSAGE_REJECTED why")),
        ("INVALID_PARAMETER", Outcome(2, "rejected", reason="INVALID_PARAMETER why")),
        ("INVALID_PARAMETER_VALUE", Outcome(2, "rejected", reason="INVALID_PARAMETER_VALUE why")),
        ("FAILED", Outcome(2, "rejected", reason="FAILED why")),
        ("SOMETHING_NEW", Outcome(2, "rejected", reason="SOMETHING_NEW why")),
        ("ACCOUNT_THROTTLED", NotSent("ACCOUNT_THROTTLED why")),
        ("TRANSIENT_FAILURE", NotSent("TRANSIENT_FAILURE why")),
        ("MAIL_FROM_DOMAIN_NOT_VERIFIED", Stopped("MAIL_FROM_DOMAIN_NOT_VERIFIED why")),
        ("CONFIGURATION_SET_NOT_FOUND", Stopped("CONFIGURATION_SET_NOT_FOUND why")),
        ("CONFIGURATION_SET_DOES_NOT_EXIST", Stopped("CONFIGURATION_SET_DOES_NOT_EXIST why")),
        ("TEMPLATE_NOT_FOUND", Stopped("TEMPLATE_NOT_FOUND why")),
        ("TEMPLATE_DOES_NOT_EXIST", Stopped("TEMPLATE_DOES_NOT_EXIST why")),
        ("ACCOUNT_SUSPENDED", Stopped("ACCOUNT_SUSPENDED why")),
        ("ACCOUNT_DAILY_QUOTA_EXCEEDED", Stopped("ACCOUNT_DAILY_QUOTA_EXCEEDED why")),
        ("INVALID_SENDING_POOL_NAME", Stopped("INVALID_SENDING_POOL_NAME why")),
        ("ACCOUNT_SENDING_PAUSED", Stopped("ACCOUNT_SENDING_PAUSED why")),
        ("CONFIGURATION_SET_SENDING_PAUSED", Stopped("CONFIGURATION_SET_SENDING_PAUSED why")),
    ],
)
def test_each_status_of_an_entry_means(status, other):
    results = {"BulkEmailEntryResults": [entry(MessageId="a"), entry(status, Error="why")]}

    expected = Settled((ANN, other)) if isinstance(other, Outcome) else Settled((ANN,), other)
    assert API.answer(TWO, httpx.Response(200, json=results)) == expected


@pytest.mark.parametrize(
    ("results", "answer"),
    [
        ([entry("ACCOUNT_THROTTLED", Error="")] * 2, NotSent("ACCOUNT_THROTTLED")),
        ([entry("MESSAGE_REJECTED", Error="virus")] * 2, Refused("MESSAGE_REJECTED virus")),
        ([entry(MessageId="a")], InDoubt("the answer names 1 emails, and the batch has 2")),
        ([None, entry(MessageId="b")], Settled((Outcome(1, "rejected", reason="None"), Outcome(2, "accepted", "b")))),
        ({}, Settled((Outcome(1, "accepted"), Outcome(2, "accepted")))),
    ],
    ids=["all-throttled", "all-alike", "short", "no-object", "no-list"],
)
def test_all_entries_together_mean(results, answer):
    assert API.answer(TWO, httpx.Response(200, json={"BulkEmailEntryResults": results})) == answer


@pytest.mark.parametrize(
    ("status", "kind", "said", "answer"),
    [
        (400, "BadRequestException", "Missing", Refused("400 BadRequestException Missing")),
        (400, "MessageRejected", "Email address is not verified: ann@readers.org", Refused("400 MessageRejected Email address is not verified: …@readers.org")),
        (400, "MailFromDomainNotVerifiedException", "x", Stopped("400 MailFromDomainNotVerifiedException x")),
        (400, "AccountSuspendedException", "x", Stopped("400 AccountSuspendedException x")),
        (400, "SendingPausedException", "x", Stopped("400 SendingPausedException x")),
        (400, "LimitExceededException", "x", Stopped("400 LimitExceededException x")),
        (404, "NotFoundException", "no set", Stopped("404 NotFoundException no set")),
        (429, "TooManyRequestsException", "x", NotSent("429 TooManyRequestsException x")),
        (400, "ThrottlingException", "Maximum sending rate exceeded.", NotSent("400 ThrottlingException Maximum sending rate exceeded.")),
        (400, "ThrottlingException", "Daily message quota exceeded.", Stopped("400 ThrottlingException Daily message quota exceeded.")),
        (403, "SignatureDoesNotMatch", "x", Stopped("403 SignatureDoesNotMatch x")),
        (403, "InvalidClientTokenId", "x", Stopped("403 InvalidClientTokenId x")),
        (500, "InternalFailure", "x", InDoubt("500 InternalFailure x")),
        (503, "ServiceUnavailable", "x", InDoubt("503 ServiceUnavailable x")),
    ],
)  # fmt: skip
@pytest.mark.parametrize("place", ["header", "body"])
def test_a_call_that_is_refused_means(status, kind, said, answer, place):
    header = {"x-amzn-errortype": f"{kind}:http://internal.amazon.com/"} if place == "header" else {}
    body = {"message": said} if place == "header" else {"__type": f"com.amazonaws.sesv2#{kind}", "Message": said}

    assert API.answer(TWO, httpx.Response(status, json=body, headers=header)) == answer


@pytest.mark.parametrize("status", ["ACCOUNT_THROTTLED", "TRANSIENT_FAILURE"])
def test_a_throttled_entry_is_not_sent_while_the_others_are(status):
    with SesFake() as fake, contract.over(fake) as provider:
        fake.statuses["ann@readers.org"] = status

        answer = provider.deliver(TWO)

    assert (answer.outcomes, answer.others) == (
        (Outcome(2, "accepted", fake.accepted[0].provider_id),),
        NotSent(f"{status} as the test says"),
    )


@pytest.mark.parametrize(
    ("account", "reason"),
    [
        ({"SendingEnabled": False}, "the account may not send: see its dashboard at Amazon SES"),
        (
            {"SendingEnabled": True},
            "the account is in the sandbox and reaches nobody but verified addresses: ask for production",
        ),
        ({}, "the account may not send: see its dashboard at Amazon SES"),
    ],
    ids=["paused", "sandbox", "nonsense"],
)
def test_an_account_that_cannot_send_stops(account, reason):
    assert API.tried(httpx.Response(200, json=account)) == Stopped(reason)


def verified(fake, call, now=NOW):
    ses.Hook(OWN, {}).verify(*call, now, fake.page)


def test_a_proven_subscription_is_confirmed():
    with SesFake() as fake:
        call = fake.notification(
            NOW, Type="SubscriptionConfirmation", MessageId="m", Message="You …", SubscribeURL=CONFIRM, Token="abc"
        )
        verified(fake, call)

        assert fake.visited[1:] == [CONFIRM]
        assert ses.Hook(OWN, {}).events(call[1]) == ()


@pytest.mark.parametrize("version", ["1", "2"])
def test_both_versions_of_the_signature_are_known(version):
    with SesFake() as fake:
        fake.version = version
        verified(fake, fake.notification(NOW, Type="Notification", MessageId="m", Message="{}", Subject="s"))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("SigningCertURL", "http://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0123abcd.pem"),
        (
            "SigningCertURL",
            "https://sns.eu-central-1.amazonaws.com.evil.example/SimpleNotificationService-0123abcd.pem",
        ),
        (
            "SigningCertURL",
            "https://evil.example/sns.eu-central-1.amazonaws.com/SimpleNotificationService-0123abcd.pem",
        ),
        (
            "SigningCertURL",
            "https://sns.eu-central-1.amazonaws.com@evil.example/SimpleNotificationService-0123abcd.pem",
        ),
        ("SigningCertURL", "https://sns.eu-central-1.amazonaws.com:8443/SimpleNotificationService-0123abcd.pem"),
        ("SigningCertURL", "https://sns.eu-central-1.amazonaws.com/other.pem"),
        ("SigningCertURL", "https://bucket.s3.amazonaws.com/SimpleNotificationService-0123abcd.pem"),
        ("SigningCertURL", "https://sns.eu-central-1.amazonaws.com:x/SimpleNotificationService-0123abcd.pem"),
        ("SubscribeURL", "https://evil.example/?Action=ConfirmSubscription"),
        ("SubscribeURL", "http://169.254.169.254/latest/meta-data"),
        ("TopicArn", "arn:aws:sns:eu-central-1:999999999999:digest-events"),
        ("Type", "Notification"),
        ("Type", "Other"),
        ("SignatureVersion", "3"),
        ("Signature", "AAAA"),
        ("Signature", "no base64"),
        ("Message", "another"),
    ],
)
def test_a_confirmation_that_leads_elsewhere_is_refused_and_visited_by_nobody(key, value):
    with SesFake() as fake:
        said = {
            "Type": "SubscriptionConfirmation",
            "MessageId": "m",
            "Message": "x",
            "SubscribeURL": CONFIRM,
            "Token": "t",
        }
        if key == "SubscribeURL":
            said[key] = value  # signed as well: the address itself has to be refused
        header, raw = fake.notification(NOW, **said)
        changed = json.dumps(json.loads(raw) | {key: value}).encode()

        with pytest.raises(Forged):
            verified(fake, (header, changed))
        assert not [page for page in fake.visited if "pem" not in page]
        assert not [page for page in fake.visited if "evil" in page]


def test_a_certificate_that_does_not_hold_now_proves_nothing():
    with SesFake() as fake:
        much_later = NOW + timedelta(days=800)
        with pytest.raises(Forged, match="certificate that does not hold now"):
            verified(fake, fake.notification(much_later, Type="Notification", MessageId="m", Message="x"), much_later)


def test_a_reply_address_keeps_its_name_in_ascii():
    letter = replace(LETTER, sender=replace(LETTER.sender, reply_to="Редакція <reply@news.example.org>"))

    (reply_to,) = json.loads(ses.Api(letter, OWN, SesFake.secrets).request(ONE).content)["ReplyToAddresses"]

    assert reply_to.isascii()
    assert str(make_header(decode_header(reply_to))) == "Редакція <reply@news.example.org>"
