from datetime import UTC, datetime

import pytest

from digest.send import sigv4

WHO = sigv4.Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "us-east-1", "service")
THEN = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "signature"),
    [
        ("GET", "/", {}, b"", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        ("POST", "/", {}, b"", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        ("POST", "/", FORM, b"Param1=value1", "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"),
        (
            "GET",
            "/?Param2=value2&Param1=value1",
            {},
            b"",
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
    ],
    ids=["get-vanilla", "post-vanilla", "post-x-www-form-urlencoded", "get-vanilla-query-order-key-case"],
)
def test_a_call_is_signed_as_in_amazons_own_test_suite(method, path, headers, body, signature):
    signed = sigv4.signed(method, f"https://example.amazonaws.com{path}", headers, body, WHO, THEN)

    names = "content-type;host;x-amz-date" if headers else "host;x-amz-date"
    assert signed["x-amz-date"] == "20150830T123600Z"
    assert signed["authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        f"SignedHeaders={names}, Signature={signature}"
    )


def test_a_session_token_is_signed_too():
    who = sigv4.Credentials(WHO.key_id, WHO.secret, WHO.region, WHO.service, "a-token")

    signed = sigv4.signed("GET", "https://example.amazonaws.com/", {}, b"", who, THEN)

    assert signed["x-amz-security-token"] == "a-token"
    assert "SignedHeaders=host;x-amz-date;x-amz-security-token, " in signed["authorization"]
