"""What the documented answers of each provider mean, beyond those that all of them give."""

import httpx
import pytest

from digest.models import InDoubt, NotSent, Outcome, Refused, Settled, Stopped
from digest.send.providers.provider import Found
from tests.fakes import ALL
from tests.send.providers import contract
from tests.send.scene import LETTER, NOW, batch

FAKES = {fake.name: fake for fake in ALL}
TWO = batch("ann@readers.org", "bob@readers.org")
ONE = batch("ann@readers.org")
GONE = Outcome(1, "accepted", "x")


def api(name):
    fake = FAKES[name]
    return contract.module(name).Api(LETTER, contract.own(fake, "https://api.example.org"), fake.secrets)


def replied(status, body="", **headers):
    content = {"text": body} if isinstance(body, str) else {"json": body}
    return httpx.Response(status, **content, headers=headers)


def mailjet(*errors):
    items = [{"Status": "error", "Errors": [{"ErrorCode": c, "StatusCode": s, "ErrorMessage": "m"}]} for c, s in errors]
    return replied(400, {"Messages": items})


def sparkpost(status, code, message="m"):
    return replied(status, {"errors": [{"message": message, "code": code}]})


def mandrill(status, name):
    return replied(status, {"status": "error", "code": -1, "name": name, "message": "m"})


def mandrill_says(**item):
    return replied(200, [{"email": "ann@readers.org", "_id": "x", **item}])


def postal(code, status="error"):
    return replied(200, {"status": status, "data": {"code": code, "message": "m"} if code else {"message": "m"}})


def suppressed(*reasons):
    warning = {"type": "ALL_SUPPRESSED", "recipients": [{"email": "ann@readers.org", "reasons": list(reasons)}]}
    return replied(202, {"message": "There are some warnings", "warnings": [warning]})


MAILTRAP = [
    (replied(200, {"success": True, "responses": [{"success": True, "message_ids": ["x"]}, {"success": False, "errors": ["'to' ann@readers.org", "b"]}]}), Settled((GONE, Outcome(2, "rejected", reason="'to' …@readers.org; b")))),
    (replied(200, {"success": True, "responses": [{"success": True}, {}]}), Settled((Outcome(1, "accepted"), Outcome(2, "rejected", reason="refused without a reason")))),
    (replied(200, {"success": True, "responses": [{"success": True}]}), InDoubt("the answer names 1 emails, and the batch has 2")),
    (replied(400, {"success": False, "errors": ["'requests' is required"]}), Refused("400 'requests' is required")),
    (replied(401, {"success": False, "errors": ["Unauthorized"]}), Stopped("401 Unauthorized")),
    (replied(403, {"success": False, "errors": ["Forbidden"]}), Stopped("403 Forbidden")),
    (replied(429, {"errors": "Rate limit exceeded"}), NotSent('429 {"errors":"Rate limit exceeded"}')),
    (replied(500, {"success": False, "errors": ["Internal server error"]}), InDoubt("500 Internal server error")),
]  # fmt: skip

BREVO = [
    (replied(201, {"messageIds": ["x", "y"]}), Settled((GONE, Outcome(2, "accepted", "y")))),
    (replied(201, {"messageId": "x"}), InDoubt("the answer names 1 emails, and the batch has 2")),
    (replied(201, {}), Settled((Outcome(1, "accepted"), Outcome(2, "accepted")))),
    (replied(400, {"code": "invalid_parameter", "message": "email is not valid"}), Refused("400 email is not valid")),
    (replied(400, {"code": "missing_parameter", "message": "m"}), Refused("400 m")),
    (replied(400, {"code": "account_under_validation", "message": "m"}), Stopped("400 m")),
    (replied(400, {"code": "duplicate_request", "message": "m"}), InDoubt("400 m")),
    (replied(401, {"code": "unauthorized", "message": "m"}), Stopped("401 m")),
    (replied(402, {"code": "not_enough_credits", "message": "m"}), Stopped("402 m")),
    (replied(403, {"code": "permission_denied", "message": "m"}), Stopped("403 m")),
    (replied(404, {"code": "document_not_found", "message": "m"}), Stopped("404 m")),
    (replied(405, {"code": "method_not_allowed", "message": "m"}), Stopped("405 m")),
    (replied(406, {"code": "not_acceptable", "message": "m"}), Refused("406 m")),
    (replied(422, {"code": "unprocessable_entity", "message": "m"}), Refused("422 m")),
    (replied(429, {"message": "slow"}, **{"x-sib-ratelimit-reset": "3"}), NotSent("429 slow")),
    (replied(502, "bad"), InDoubt("502 bad")),
]  # fmt: skip

SPARKPOST = [
    (replied(200, {"results": {"id": "x", "total_accepted_recipients": 2, "total_rejected_recipients": 0}}), Settled((GONE, Outcome(2, "accepted", "x")))),
    (replied(200, {"results": {"id": "x", "total_accepted_recipients": 1, "total_rejected_recipients": 1}}), InDoubt("1 of 2 were accepted and 1 rejected, but not said which")),
    (replied(200, {"errors": [{"message": "all bad"}], "results": {"total_accepted_recipients": 0, "total_rejected_recipients": 2}}), Refused("200 all bad")),
    (replied(200, {"results": {"id": "x", "total_accepted_recipients": 3, "total_rejected_recipients": 0}}), InDoubt("3 of 2 were accepted and 0 rejected, but not said which")),
    (replied(200, {"results": {"id": "x"}}), Settled((Outcome(1, "accepted"), Outcome(2, "accepted")))),
    (sparkpost(400, "1602"), Stopped("400 m")),
    (sparkpost(400, "7001", "Invalid domain"), Stopped("400 Invalid domain")),
    (sparkpost(400, "1300"), Refused("400 m")),
    (sparkpost(401, "401"), Stopped("401 m")),
    (sparkpost(403, "403"), Stopped("403 m")),
    (sparkpost(409, "1600"), InDoubt("409 m")),
    (sparkpost(409, "1601"), InDoubt("409 m")),
    (sparkpost(415, "415"), Refused("415 m")),
    (sparkpost(420, "2101", "Exceed Sending Limit (hourly)"), NotSent("420 Exceed Sending Limit (hourly)")),
    (sparkpost(420, "2102", "Exceed Sending Limit (daily)"), Stopped("420 Exceed Sending Limit (daily)")),
    (sparkpost(422, "1400"), Refused("422 m")),
    (sparkpost(429, ""), NotSent("429 m")),
    (sparkpost(503, ""), InDoubt("503 m")),
]  # fmt: skip

MAILJET = [
    (replied(400, {"Messages": [{"Status": "success", "To": [{"MessageID": "x"}]}, {"Status": "error", "Errors": [{"ErrorCode": "mj-0013", "StatusCode": 400, "ErrorMessage": "bad"}]}]}), Settled((GONE, Outcome(2, "rejected", reason="mj-0013 bad")))),
    (replied(403, {"Messages": [{"Status": "success", "To": [{"MessageID": "x"}]}, {"Status": "error", "Errors": [{"ErrorCode": "send-0008", "StatusCode": 403}]}]}), Settled((GONE,), Stopped("send-0008"))),
    (replied(429, {"Messages": [{"Status": "success", "To": [{"MessageID": "x"}]}, {"Status": "error", "Errors": [{"ErrorCode": "mj-0099", "StatusCode": 429}]}]}), Settled((GONE,), NotSent("mj-0099"))),
    (replied(500, {"Messages": [{"Status": "success", "To": [{"MessageID": "x"}]}, {"Status": "error", "Errors": [{"ErrorCode": "mj-0100", "StatusCode": 500}]}]}), Settled((GONE,))),
    (replied(200, {"Messages": [{"Status": "success"}, {"Status": "success"}]}), Settled((Outcome(1, "accepted"), Outcome(2, "accepted")))),
    (replied(200, {"Messages": [{"Status": "odd"}, 7]}), InDoubt("the answer names an email without saying what became of it")),
    *((mailjet((code, 401), (code, 401)), Stopped(f"{code} m")) for code in ("mj-0001", "mj-0015", "send-0006", "send-0007", "send-0008")),
    *((mailjet((code, 400), (code, 400)), Refused(f"{code} m")) for code in ("send-0003", "send-0004", "send-0010", "send-0011", "send-0015", "mj-0003", "mj-0005", "mj-0006", "mj-0007", "mj-0008", "mj-0012", "mj-0013")),
    (replied(400, {"ErrorCode": "mj-0002", "StatusCode": 400, "ErrorMessage": "Malformed JSON"}), Refused("400 Malformed JSON")),
    (replied(401, {"ErrorCode": "mj-0015", "StatusCode": 401, "ErrorMessage": "no"}), Stopped("401 no")),
    (replied(500, {"ErrorIdentifier": "i"}), InDoubt('500 {"ErrorIdentifier":"i"}')),
]  # fmt: skip

MANDRILL = [
    *((mandrill_says(status=status), Settled((GONE,))) for status in ("sent", "queued", "scheduled")),
    *((mandrill_says(status="rejected", reject_reason=reason), Refused(f"rejected: {reason}")) for reason in ("hard-bounce", "soft-bounce", "spam", "unsub", "custom", "invalid", "rule")),
    *((mandrill_says(status="rejected", reject_reason=reason), Stopped(f"rejected: {reason}")) for reason in ("invalid-sender", "unsigned", "test-mode-limit")),
    (mandrill_says(status="invalid"), Refused("invalid: no reason given")),
    (mandrill_says(status="odd"), InDoubt("the answer says odd of the email")),
    (mandrill_says(status="sent", email="eve@readers.org"), InDoubt("the answer names another recipient")),
    (replied(200, []), Settled((Outcome(1, "accepted"),))),
    *((mandrill(500, name), Stopped(f"500 {name}: m")) for name in ("Invalid_Key", "PaymentRequired", "Unknown_Subaccount")),
    (mandrill(401, "Invalid_Key"), Stopped("401 Invalid_Key: m")),
    (mandrill(500, "ValidationError"), Refused("500 ValidationError: m")),
    (mandrill(500, "GeneralError"), InDoubt("500 GeneralError: m")),
    (mandrill(503, "ServiceUnavailable"), InDoubt("503 ServiceUnavailable: m")),
]  # fmt: skip

MAILERSEND = [
    (replied(202, "", **{"x-message-id": "x"}), Settled((GONE,))),
    (suppressed("hard_bounced", "unsubscribed"), Refused("suppressed: hard_bounced, unsubscribed")),
    (replied(202, {"warnings": [{"type": "ALL_SUPPRESSED"}]}), Refused("suppressed")),
    (replied(202, ""), InDoubt("202 (a success, but not the API's; is base_url right?)")),
    (replied(400, {"message": "m"}), Refused("400 m")),
    (replied(401, {"message": "Unauthenticated."}), Stopped("401 Unauthenticated.")),
    (replied(403, {"message": "m"}), Stopped("403 m")),
    (replied(404, {"message": "m"}), Stopped("404 m")),
    (replied(408, {"message": "m"}), InDoubt("408 m")),
    (replied(421, {"message": "maintenance"}, **{"retry-after": "9"}), NotSent("421 maintenance", 9.0)),
    (replied(422, {"message": "m", "errors": {"to.0.email": ["bad"]}}), Refused("422 m")),
    (replied(422, {"message": "m", "errors": {"from.email": ["not verified"]}}), Stopped("422 m")),
    (replied(422, {"message": "m", "errors": {"headers": ["not in your plan"]}}), Stopped("422 m")),
    (replied(422, {"message": "m", "errors": {"list_unsubscribe": ["not in your plan"]}}), Stopped("422 m")),
    (replied(429, {"message": "m"}, **{"retry-after": "9"}), NotSent("429 m", 9.0)),
    (replied(500, {"message": "m"}), InDoubt("500 m")),
]  # fmt: skip

SCALEWAY = [
    (replied(200, {"emails": [{"id": "x", "mail_rcpt": "Ann@readers.org"}]}), Settled((GONE,))),
    (replied(200, {"emails": [{"id": "x", "mail_rcpt": "eve@readers.org"}]}), InDoubt("the answer names another recipient")),
    (replied(200, {"emails": []}), Settled((Outcome(1, "accepted"),))),
    (replied(400, {"type": "invalid_arguments", "message": "m"}), Refused("400 m")),
    (replied(401, {"type": "denied_authentication", "message": "m"}), Stopped("401 m")),
    (replied(403, {"type": "permissions_denied", "message": "m"}), Stopped("403 m")),
    (replied(403, {"type": "quotas_exceeded", "message": "m"}), Stopped("403 m")),
    (replied(404, {"type": "not_found", "message": "m"}), Stopped("404 m")),
    (replied(409, {"type": "transient_state", "message": "m"}), NotSent("409 m")),
    (replied(429, {"type": "too_many_requests", "message": "m"}), NotSent("429 m")),
    (replied(500, {"message": "m"}), InDoubt("500 m")),
]  # fmt: skip

POSTAL = [
    (replied(200, {"status": "success", "data": {"messages": {"ann@readers.org": {"id": 7, "token": "t"}}}}), Settled((Outcome(1, "accepted", "7"),))),
    (replied(200, {"status": "success", "data": {"messages": {"eve@readers.org": {"id": 7}}}}), InDoubt("the answer names another recipient")),
    (replied(200, {"status": "success"}), Settled((Outcome(1, "accepted"),))),
    *((postal(code), Stopped(f"{code}: m")) for code in ("AccessDenied", "InvalidServerAPIKey", "ServerSuspended", "UnauthenticatedFromAddress")),
    *((postal(code), Refused(f"{code}: m")) for code in ("NoRecipients", "NoContent", "FromAddressMissing")),
    (postal("", "parameter-error"), Refused("parameter-error: m")),
    (replied(200, "<h1>It works!"), InDoubt("200 <h1>It works! (a success, but not the API's; is base_url right?)")),
    (replied(502, "bad"), InDoubt("502 bad")),
]  # fmt: skip

TABLES = {
    "mailtrap": (TWO, MAILTRAP),
    "brevo": (TWO, BREVO),
    "sparkpost": (TWO, SPARKPOST),
    "mailjet": (TWO, MAILJET),
    "mandrill": (ONE, MANDRILL),
    "mailersend": (ONE, MAILERSEND),
    "scaleway": (ONE, SCALEWAY),
    "postal": (ONE, POSTAL),
}


@pytest.mark.parametrize(
    ("name", "handed_over", "response", "answer"),
    [
        pytest.param(name, handed_over, response, answer, id=f"{name}-{at}-{response.status_code}")
        for name, (handed_over, rows) in TABLES.items()
        for at, (response, answer) in enumerate(rows)
    ],
)
def test_an_answer_means(name, handed_over, response, answer):
    assert api(name).answer(handed_over, response) == answer


@pytest.mark.parametrize("name", [name for name in TABLES if name != "postal"])
def test_a_question_that_is_answered_with_nonsense_settles_nothing(name):
    asking = api(name).inquire(ONE, NOW)
    next(asking)

    with pytest.raises(StopIteration) as end:
        asking.send(replied(200, {"data": 7, "Data": 7, "events": 7, "emails": 7, "results": 7}))

    assert end.value.value == Found(whole=False)


@pytest.mark.parametrize(
    ("name", "response"),
    [
        ("mailtrap", replied(200, {"data": []})),
        ("mailtrap", replied(200, {"data": [{"domain_name": "news.example.org", "dns_verified": False}]})),
        ("brevo", replied(200, "<h1>hello")),
        ("sparkpost", replied(200, {"results": {"company_name": "News", "status": "suspended"}})),
        ("sparkpost", replied(200, {})),
        ("mailjet", mailjet(("send-0008", 403))),
        ("mandrill", replied(200, "PONG!")),
        ("mailersend", replied(200, {"data": []})),
        ("mailersend", replied(200, {"data": [{"name": "news.example.org", "is_verified": False}]})),
        ("scaleway", replied(200, {"domains": []})),
        ("scaleway", replied(200, {"domains": [{"name": "news.example.org", "status": "pending"}]})),
        ("postal", postal("ServerSuspended")),
        ("postal", replied(200, "<h1>hello")),
    ],
)
def test_a_trial_that_succeeds_and_says_no_is_told(name, response):
    assert isinstance(api(name).tried(response), Stopped)
