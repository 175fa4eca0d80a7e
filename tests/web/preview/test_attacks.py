"""Whoever else asks the preview is refused: other names, other pages, other methods, and what articles hold."""

import json
import socket
from urllib.parse import quote

import pytest

from tests.web.preview.conftest import AS_OF, KEY, folder_with, preview

WISH = {"do": "value", "key": "subject", "text": "Taken over"}


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with preview(folder_with(tmp_path_factory.mktemp("preview")), "--as-of", AS_OF) as served:
        yield served, served.token


def asked(served, method, path, headers, body=b""):
    """The status of a request written by hand, so that every header is as an attacker has it."""
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers), "Connection: close"]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    host, _, port = served.host.partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        return int(connection.makefile("rb").readline().split()[1])


def good(served, token, **changes):
    """The headers of our own page's POST, some changed; None leaves one out."""
    usual = {
        "Host": served.host,
        "Origin": f"http://{served.host}",
        "Sec-Fetch-Site": "same-origin",
        "X-Preview-Token": token,
        "Content-Type": "application/json",
    }
    given = usual | {name.replace("_", "-"): value for name, value in changes.items()}
    return [(name, value) for name, value in given.items() if value is not None]


EDITS = {
    "a name that points at loopback": {"Host": "evil.example:{port}"},
    "the name without its port": {"Host": "127.0.0.1"},
    "another port": {"Host": "127.0.0.1:1"},
    "localhost": {"Host": "localhost:{port}"},
    "a page of another site": {"Origin": "https://evil.example", "Sec_Fetch_Site": "cross-site"},
    "another site whose browser says nothing of it": {"Origin": "https://evil.example", "Sec_Fetch_Site": None},
    "another server on this machine": {"Origin": "http://127.0.0.1:8000", "Sec_Fetch_Site": "same-site"},
    "the same address by another scheme": {"Origin": "https://127.0.0.1:{port}"},
    "a sandboxed frame": {"Origin": "null"},
    "nobody says from where": {"Origin": None, "Sec_Fetch_Site": None},
    "no token": {"X_Preview_Token": None},
    "an old token": {"X_Preview_Token": "x" * 43},
    "a form": {"Content_Type": "application/x-www-form-urlencoded"},
    "a form that looks like JSON": {"Content_Type": "text/plain"},
    "a form with files": {"Content_Type": "multipart/form-data; boundary=x"},
}


@pytest.mark.parametrize("changes", EDITS.values(), ids=EDITS)
@pytest.mark.parametrize("path", ["/edit", "/decide", "/undo", "/test"])
def test_a_change_that_is_not_from_our_own_page_is_refused(running, changes, path):
    served, token = running
    port = served.host.partition(":")[2]
    headers = good(served, token, **{n: v and v.replace("{port}", port) for n, v in changes.items()})
    assert asked(served, "POST", path, headers, json.dumps(WISH).encode()) in (403, 415, 421)
    assert not served.overlay.exists()


READS = {
    "rebinding": [("Host", "evil.example:{port}")],
    "two hosts": [("Host", "127.0.0.1:{port}"), ("Host", "evil.example")],
    "no host": [],
    "a script or picture of another site": [("Host", "127.0.0.1:{port}"), ("Sec-Fetch-Site", "cross-site")],
    "another server on this machine": [("Host", "127.0.0.1:{port}"), ("Sec-Fetch-Site", "same-site")],
    "fetch from another site": [("Host", "127.0.0.1:{port}"), ("Origin", "https://evil.example")],
    "fetch from a sandboxed frame": [("Host", "127.0.0.1:{port}"), ("Origin", "null")],
}


@pytest.mark.parametrize("headers", READS.values(), ids=READS)
@pytest.mark.parametrize("path", ["/", "/regions", "/frame", "/message.eml", "/preview.js"])
def test_another_page_reads_nothing(running, headers, path):
    served, _ = running
    port = served.host.partition(":")[2]
    given = [(name, value.replace("{port}", port)) for name, value in headers]
    assert asked(served, "GET", path, given) in (400, 403, 421)


@pytest.mark.parametrize("token", ["", "?token=", "?token=wrong", "?token={token}&token={token}"])
def test_the_event_stream_wants_the_token_once(running, token):
    served, ours = running
    path = "/events" + token.replace("{token}", ours)
    assert asked(served, "GET", path, [("Host", served.host)]) == 403


def test_a_websocket_is_refused_even_from_our_own_page(running):
    served, token = running
    upgrade = {"Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="}
    headers = [*good(served, token), ("Connection", "Upgrade"), *upgrade.items()]
    assert asked(served, "GET", "/nothing", headers) in (400, 403, 404)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"])
def test_other_methods_are_refused(running, method):
    served, token = running
    assert asked(served, method, "/edit", good(served, token)) in (400, 405)


@pytest.mark.parametrize("path", ["/edit", "/undo", "/redo", "/again", "/decide", "/test"])
def test_reading_changes_nothing(running, path):
    served, _ = running
    assert asked(served, "GET", path, [("Host", served.host)]) == 405
    assert not served.overlay.exists()


@pytest.mark.parametrize(
    "path",
    [
        "/../config.toml",
        "/%2e%2e/config.toml",
        "/static/../../config.toml",
        "/preview.css/../../config.toml",
        "/..%5cconfig.toml",
        "//etc/passwd",
        "/frame/../../../etc/passwd",
        "/preview.js%00.css",
    ],
)
def test_no_path_leads_out(running, path):
    served, _ = running
    assert asked(served, "GET", path, [("Host", served.host)]) in (400, 404)


@pytest.mark.parametrize(
    "issue",
    ["../../etc/passwd", "weekly-../../../x", "weekly-2026-W47/../../x", "/etc/passwd", "weekly-2026-W47\0", "%2e%2e"],
)
def test_no_issue_key_leads_out(running, issue):
    served, token = running
    headers = good(served, token)
    path = f"/edit?issue={quote(issue, safe='')}"
    assert asked(served, "POST", path, headers, json.dumps(WISH).encode()) == 422
    assert [file.name for file in served.folder.rglob("*") if file.is_file()] == ["config.toml"]


PICTURES = {
    "a server inside": "http://127.0.0.1:9/",
    "the cloud's own": "http://169.254.169.254/latest/meta-data/",
    "a file": "file:///etc/passwd",
    "one that no email shows": "https://news.example.org/secret.jpg",
    "nothing": "",
}


@pytest.mark.parametrize("address", PICTURES.values(), ids=PICTURES)
def test_only_the_emails_own_pictures_are_fetched(running, address):
    served, _ = running
    assert served.get(f"/picture?address={quote(address, safe='')}").status_code == 404


def test_the_pages_say_what_a_browser_may_do_with_them(running):
    served, _ = running
    page, frame = served.get("/").headers, served.get("/frame").headers
    assert "default-src 'none'" in page["content-security-policy"]
    assert "frame-ancestors 'none'" in page["content-security-policy"]
    assert "unsafe" not in page["content-security-policy"]
    assert page["x-frame-options"] == "DENY"
    for headers in (page, frame):
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"
        assert not [name for name in headers if name.startswith("access-control-")]
    policy = frame["content-security-policy"]
    assert "script-src 'none'" in policy
    assert policy.startswith("sandbox allow-same-origin;")
    assert "allow-scripts" not in policy


BODIES = {
    "no JSON": b"{",
    "a list": b"[]",
    "deep": b"[" * 30_000,
    "an unknown change": b'{"do": "send"}',
    "an unknown key": b'{"do": "value", "key": "subject", "text": "x", "file": "/etc/passwd"}',
    "another key of the file": b'{"do": "value", "key": "stories", "text": "x"}',
    "an article that is not there": b'{"do": "hide", "article": "nobody:1"}',
    "half a surrogate": b'{"do": "value", "key": "subject", "text": "\\ud800"}',
    "too much": b'{"do": "value", "key": "intro", "text": "' + b"x" * 70_000 + b'"}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_what_makes_no_sense_is_told_and_writes_nothing(running, body):
    served, token = running
    assert asked(served, "POST", "/edit", good(served, token), body) in (400, 413, 422)
    assert not served.overlay.exists()


def test_our_own_page_may_change_what_it_shows(tmp_path):
    with preview(folder_with(tmp_path), "--as-of", AS_OF) as served:
        assert asked(served, "POST", "/edit", good(served, served.token), json.dumps(WISH).encode()) == 200
        assert served.overlay.read_text(encoding="utf-8").splitlines()[-1] == 'subject = "Taken over"'
        assert KEY in served.get().text


def test_two_previews_do_not_share_a_token(running, tmp_path):
    _, token = running
    with preview(folder_with(tmp_path), "--as-of", AS_OF) as served:
        assert asked(served, "POST", "/edit", good(served, token), json.dumps(WISH).encode()) == 403


def test_nobody_else_on_the_network_is_answered(running):
    served, _ = running
    port = int(served.host.partition(":")[2])
    outside = socket.gethostbyname(socket.gethostname())
    if outside.startswith("127."):
        pytest.skip("this machine has no address but loopback")
    with pytest.raises(OSError, match=r"refused|timed out"):
        socket.create_connection((outside, port), timeout=2)
