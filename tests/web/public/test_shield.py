"""Attacks: each is refused, and nothing changes by it."""

import socket
import time
from contextlib import suppress

import pytest

from digest.models import Subscriber
from digest.web.public import shield
from tests.builders import END

FORM = {"content-type": "application/x-www-form-urlencoded"}
TRUSTED = ("10.0.0.0/8", "127.0.0.1")


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        pytest.param("203.0.113.9", "198.51.100.1", "203.0.113.9", id="nobody's proxy"),
        pytest.param("127.0.0.1", "198.51.100.1", "198.51.100.1", id="our proxy"),
        pytest.param("127.0.0.1", "1.1.1.1, 198.51.100.1, 10.0.0.3", "198.51.100.1", id="what the client wrote itself"),
        pytest.param("127.0.0.1", "", "127.0.0.1", id="no header"),
        pytest.param("127.0.0.1", "nonsense", "nonsense", id="nonsense"),
        pytest.param("::ffff:127.0.0.1", "198.51.100.1", "198.51.100.1", id="mapped"),
    ],
)
def test_a_proxy_is_believed_only_if_it_is_ours(peer, forwarded, expected):
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    assert shield.client({"client": (peer, 1), "headers": headers}, TRUSTED) == expected


def test_a_client_of_ipv6_is_its_network_and_the_number_of_clients_is_bounded():
    rates = shield.Rates(2, known_at_most=3)
    assert [rates.allows(f"2001:db8::{n}") for n in range(4)] == [True, True, False, False]
    assert [rates.allows(f"2001:db8:{n}::1") for n in range(1, 9)] == [True] * 8
    assert len(rates._left) == 3


ATTACKS = {
    "a huge form": ("POST", "/subscribe", FORM, b"email=" + b"x" * 20_000, 413),
    "a thousand fields": ("POST", "/subscribe", FORM, b"a=1&" * 1000, 400),
    "no text": ("POST", "/subscribe", FORM, b"email=\xff\xfe", 400),
    "text that is none": ("POST", "/subscribe", FORM, b"email=%ff%fe", 400),
    "another folder": ("GET", "/issues/..%2f..%2fetc%2fpasswd", {}, b"", 404),
    "markup in an address": ("GET", "/issues/%3Cscript%3E", {}, b"", 404),
    "a NUL": ("GET", "/issues/a%00b", {}, b"", 404),
    "an endless key": ("GET", "/issues/" + "a" * 8000, {}, b"", 404),
    "no method": ("BREW", "/", {}, b"", 400),
    "put": ("PUT", "/subscribe", FORM, b"email=a@example.org", 405),
    "a page that is not there": ("GET", "/admin", {}, b"", 404),
    "a foreign host": ("GET", "/", {"host": "evil.example"}, b"", 200),
    "a huge one-click": ("POST", "/u/" + "A" * 23, FORM, b"x" * 20_000, 413),
}


@pytest.mark.parametrize(("method", "path", "headers", "body", "status"), ATTACKS.values(), ids=ATTACKS)
def test_an_attack_is_refused_and_changes_nothing(site, method, path, headers, body, status):
    site.store.people.add([Subscriber("ann@example.org")], "weekly", END)
    before = site.state()
    answer = site.client.request(method, path, headers=headers, content=body)
    assert answer.status_code == status
    assert site.state() == before
    assert "evil.example" not in answer.text
    assert "<script" not in answer.text


def test_every_page_forbids_scripts_frames_and_referrers(site):
    site.store.people.add([Subscriber("ann@example.org")], "weekly", END)
    link = site.link("ann@example.org")
    for path in ("/", "/issues", "/subscribe/sent", link, link + "/choices", link + "/left", "/nothing"):
        heads = site.client.get(path).headers
        policy = heads["content-security-policy"]
        assert ("default-src 'none'" in policy, "script-src" in policy, "unsafe" in policy) == (True, False, False)
        assert "frame-ancestors 'none'" in policy
        assert (heads["referrer-policy"], heads["x-content-type-options"]) == ("no-referrer", "nosniff")
        assert ("no-store" in heads["cache-control"]) == path.startswith(("/u/", "/subscribe/"))
        assert "set-cookie" not in heads


def test_what_was_searched_for_is_shown_as_text(site):
    page = site.client.get("/issues", params={"q": "<script>alert(1)</script>"}).text
    assert ("<script>" in page, "&lt;script&gt;" in page) == (False, True)


@pytest.mark.parametrize("site", ['metrics_for = ["192.0.2.0/24"]'], indirect=True)
def test_the_figures_are_for_those_networks_that_may_read_them(site):
    seen = [site.client.get("/metrics", headers={"x-forwarded-for": a}).status_code for a in ("192.0.2.7", "192.0.3.7")]
    assert [*seen, site.client.get("/metrics").status_code] == [200, 404, 404]


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ", id="half a head"),
    ],
)
def test_a_client_that_never_ends_its_head_is_hung_up_on(site, said):
    with socket.create_connection(site.url.removeprefix("http://").split(":"), timeout=10) as slow:
        slow.sendall(said)
        began = time.monotonic()
        with suppress(ConnectionResetError):
            assert slow.recv(1000) == b""
        assert 0.5 < time.monotonic() - began < 5


def test_a_client_that_never_ends_its_body_is_hung_up_on(site):
    with socket.create_connection(site.url.removeprefix("http://").split(":"), timeout=10) as slow:
        slow.sendall(b"POST /subscribe HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nemail=")
        assert slow.recv(1000).startswith(b"HTTP/1.1 408 ")


def test_it_says_that_it_is_well(site):
    assert (site.client.get("/healthz").text, site.client.head("/healthz").status_code) == ("ok\n", 200)
