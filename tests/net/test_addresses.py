"""No address that a stranger writes leads to this machine or its neighbours: a trap on loopback counts what comes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from digest import net
from digest.errors import SourceError
from digest.net import guard
from tests.collect.loopback import Site, reply, site
from tests.net.servers import PUBLIC, Heard, internet, serving, trap


@pytest.fixture
def inside() -> Iterator[Heard]:
    """A server on this machine that nobody outside may reach."""
    with serving(trap) as heard:
        yield heard


# The port that the trap listens on stands for `{port}`.
LOOPBACK = {
    "dotted": "http://127.0.0.1:{port}/",
    "two parts": "http://127.1:{port}/",
    "three parts": "http://127.0.1:{port}/",
    "decimal": "http://2130706433:{port}/",
    "octal": "http://017700000001:{port}/",
    "octal and short": "http://0177.1:{port}/",
    "hex": "http://0x7f000001:{port}/",
    "hex parts": "http://0x7f.0x0.0x0.0x1:{port}/",
    "hex and short": "http://0x7f.1:{port}/",
    "mixed bases": "http://0x7f.0.0.01:{port}/",
    "this host": "http://0.0.0.0:{port}/",
    "this host, short": "http://0:{port}/",
    "this host, hex": "http://0x0:{port}/",
    "v6": "http://[::1]:{port}/",
    "v6 in full": "http://[0000:0000:0000:0000:0000:0000:0000:0001]:{port}/",
    "v6 with v4 zeros": "http://[::0.0.0.1]:{port}/",
    "v6 any": "http://[::]:{port}/",
    "v4 mapped": "http://[::ffff:127.0.0.1]:{port}/",
    "v4 mapped, hex": "http://[::ffff:7f00:1]:{port}/",
    "v4 mapped, in full": "http://[0:0:0:0:0:ffff:127.0.0.1]:{port}/",
    "name": "http://localhost:{port}/",
    "name in capitals": "http://LocalHost:{port}/",
    "name with a dot": "http://localhost.:{port}/",
    "name below localhost": "http://news.localhost:{port}/",
    "name of v6": "http://ip6-localhost:{port}/",
    "name with a domain": "http://localhost.localdomain:{port}/",
    "name that holds an address": "http://127.0.0.1.nip.example:{port}/",
    "address with a dot": "http://127.0.0.1.:{port}/",
    "wildcard": "http://*:{port}/",
    "underscore": "http://_:{port}/",
    "ideographic dots": "http://127。0。0。1:{port}/",
    "homograph": "http://lоcalhost:{port}/",
    "sharp s": "http://ß.example:{port}/",
    "percent in the name": "http://loc%61lhost:{port}/",
    "percent in the address": "http://%31%32%37.0.0.1:{port}/",
    "percent zero": "http://127.0.0.1%00.news.example:{port}/",
    "user": "http://news.example@127.0.0.1:{port}/",
    "user and password": "http://news.example:80@127.0.0.1:{port}/",
    "two ats": "http://a@news.example@127.0.0.1:{port}/",
    "percent at": "http://news.example%40127.0.0.1:{port}/",
    "backslash and at": "http://news.example\\@127.0.0.1:{port}/",
    "broken punycode": "http://xn--a:{port}/",
    "empty punycode": "http://xn--:{port}/",
    "scheme in capitals": "HTTP://127.0.0.1:{port}/",
    "over TLS": "https://127.0.0.1:{port}/",
}
ELSEWHERE = {
    "mapped private": "http://[::ffff:10.0.0.1]/",
    "translated (SIIT)": "http://[::ffff:0:127.0.0.1]/",
    "v4 compatible": "http://[::127.0.0.1]/",
    "NAT64": "http://[64:ff9b::127.0.0.1]/",
    "NAT64, local": "http://[64:ff9b:1::7f00:1]/",
    "6to4": "http://[2002:7f00:1::]/",
    "Teredo": "http://[2001:0:7f00:1::]/",
    "ISATAP, link-local": "http://[fe80::5efe:7f00:1]/",
    "zone": "http://[fe80::1%25eth0]/",
    "zone, bare": "http://[fe80::1%lo]/",
    "site-local": "http://[fec0::1]/",
    "unique local": "http://[fd00::1]/",
    "multicast v6": "http://[ff02::1]/",
    "documentation v6": "http://[2001:db8::1]/",
    "documentation v6, new": "http://[3fff::1]/",
    "segment routing": "http://[5f00::1]/",
    "discard": "http://[100::1]/",
    "metadata": "http://169.254.169.254/latest/meta-data/",
    "metadata, decimal": "http://2852039166/",
    "metadata, hex": "http://0xa9fea9fe/",
    "metadata, octal": "http://0251.0376.0251.0376/",
    "metadata, mapped": "http://[::ffff:a9fe:a9fe]/",
    "metadata, v6": "http://[fd00:ec2::254]/",
    "metadata, Alibaba": "http://100.100.100.200/",
    "metadata, Azure": "http://168.63.129.16/",
    "metadata, Oracle": "http://192.0.0.192/",
    "loopback, other end": "http://127.255.255.254/",
    "ten": "http://10.0.0.1/",
    "172.16": "http://172.31.255.255/",
    "192.168": "http://192.168.0.1/",
    "192.168, hex": "http://0xc0a80001/",
    "carrier NAT": "http://100.64.0.1/",
    "protocol assignments": "http://192.0.0.8/",
    "6to4 relay": "http://192.88.99.1/",
    "benchmarks": "http://198.18.0.1/",
    "documentation": "http://203.0.113.1/",
    "multicast": "http://224.0.0.1/",
    "reserved": "http://240.0.0.1/",
    "broadcast": "http://255.255.255.255/",
}
NO_ADDRESS = {
    "octal parts": "http://0177.0.0.01:{port}/",
    "octal, many zeros": "http://0000177.0.0.1:{port}/",
    "full-width digits": "http://１２７.０.０.１:{port}/",
    "circled digits": "http://①②⑦.⓪.⓪.①:{port}/",
    "circled letters": "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:{port}/",
    "full-width dots": "http://127．0．0．1．:{port}/x",
    "right to left": "http://\u202e127.0.0.1:{port}/",
    "zero width": "http://local\u200bhost:{port}/",
    "too many parts": "http://127.0.0.0.1:{port}/",
    "surrogate": "http://127.0.0.1:{port}/\ud800",
    "tab": "http://127.0.0.1\t:{port}/",
    "line feed": "http://127.0.0.1\n:{port}/",
    "leading space and line": " \nhttp://127.0.0.1:{port}/",
    "header in the path": "http://127.0.0.1:{port}/\r\nX-Evil: 1\r\n",
    "header in the host": "http://127.0.0.1:{port}\r\nX-Evil: 1/",
    "null": "http://127.0.0.1\0.news.example:{port}/",
    "two ports": "http://news.example:80:{port}/",
    "port by words": "http://127.0.0.1:{port}@news.example:x/",
    "one slash": "http:/127.0.0.1:{port}/",
    "no slash": "http:127.0.0.1:{port}/",
    "three slashes": "http:///127.0.0.1:{port}/",
    "no scheme": "//127.0.0.1:{port}/",
    "IPv9": "http://[v9.127.0.0.1]:{port}/",
    "open bracket": "http://[::1:{port}/",
    "file": "file:///etc/passwd",
    "file with a host": "file://127.0.0.1/etc/passwd",
    "gopher": "gopher://127.0.0.1:{port}/_GET",
    "ftp": "ftp://127.0.0.1:{port}/",
    "dict": "dict://127.0.0.1:{port}/d",
    "ldap": "ldap://127.0.0.1:{port}/",
    "data": "data:text/html,hello",
    "unix socket": "http+unix://%2Fvar%2Frun%2Fdocker.sock/info",
    "unix socket, bare": "unix:///var/run/docker.sock",
    "web socket": "ws://127.0.0.1:{port}/",
    "jar": "jar:http://127.0.0.1:{port}/!/",
}
FORBIDDEN = LOOPBACK | ELSEWHERE | NO_ADDRESS


def port_of(front: Site) -> int:
    return int(front.url.rpartition(":")[2])


def refusal(url: str) -> str:
    with pytest.raises(SourceError) as caught:
        net.get(url, deadline_s=2)
    return str(caught.value)


@pytest.mark.parametrize("url", FORBIDDEN.values(), ids=FORBIDDEN)
def test_an_address_inside_is_refused_and_nothing_reaches_it(url: str, inside: Heard, monkeypatch: pytest.MonkeyPatch):
    reached = internet(monkeypatch, {}, inside.port)
    said = refusal(url.replace("{port}", str(inside.port)))
    assert (reached, inside.connections, inside.received) == ([], 0, 0)
    assert "is not a public address" in said or "web address" in said or "no source is there" in said
    assert "\n" not in said
    assert len(said) < 500


@pytest.mark.parametrize("url", LOOPBACK.values(), ids=LOOPBACK)
def test_the_trap_would_catch_each_of_them(url: str, inside: Heard, monkeypatch: pytest.MonkeyPatch):
    """The same addresses, where the source allows private ones: what the test above proves is not empty."""
    internet(monkeypatch, {}, inside.port)
    url = url.replace("{port}", str(inside.port))
    if url.startswith("https"):
        with pytest.raises(SourceError, match="no secure connection"):
            net.get(url, allow_private=True, deadline_s=2)
    else:
        assert net.get(url, allow_private=True, deadline_s=2).body == b"secret"
    assert inside.connections == 1
    assert inside.received > 0


# --- redirects -------------------------------------------------------------------------------

TARGETS = {
    "absolute": "http://127.0.0.1:{port}/",
    "protocol-relative": "//127.0.0.1:{port}/",
    "protocol-relative, backslashes": "\\\\127.0.0.1:{port}/",
    "name": "http://inside.example:{port}/",
    "decimal": "http://2130706433:{port}/",
    "v6": "http://[::1]:{port}/",
    "user": "http://news.example@127.0.0.1:{port}/",
    "over TLS": "https://127.0.0.1:{port}/",
    "broken punycode": "http://xn--:{port}/",
    "port of a public host": "http://news.example:{port}/",
    "file": "file:///etc/passwd",
    "gopher": "gopher://127.0.0.1:{port}/_x",
    "ftp": "ftp://127.0.0.1:{port}/",
    "metadata": "http://169.254.169.254/",
    "script": "javascript:fetch('http://127.0.0.1:{port}/')",
}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_a_redirect_inside_is_refused_and_nothing_reaches_it(
    target: str, status: int, inside: Heard, monkeypatch: pytest.MonkeyPatch
):
    location = target.replace("{port}", str(inside.port))
    with site(lambda _: reply(status=status, Location=location)) as front:
        reached = internet(monkeypatch, {"news.example": [[PUBLIC]]}, port_of(front))
        said = refusal("http://news.example/feed")
    assert said.startswith("http://news.example/feed: ")
    assert set(reached) == {PUBLIC}
    assert (inside.connections, inside.received) == (0, 0)


def test_a_chain_of_redirects_is_checked_at_every_step(inside: Heard, monkeypatch: pytest.MonkeyPatch):
    steps = {"/a": "/b", "/b": "http://other.example/c", "/c": f"http://127.0.0.1:{inside.port}/"}
    with site(lambda path: reply(status=302, Location=steps[path])) as front:
        internet(
            monkeypatch,
            {each: [[PUBLIC]] for each in ("news.example", "other.example")},
            port_of(front),
        )
        said = refusal("http://news.example/a")
    assert said.startswith("http://news.example/a: 127.0.0.1 is not a public address; ")
    assert (front.asked, inside.connections) == (["/a", "/b", "/c"], 0)


# --- names -----------------------------------------------------------------------------------

ANSWERS = {
    "private": [["127.0.0.1"]],
    "public and private": [[PUBLIC, "127.0.0.1"]],
    "private and public": [["::1", PUBLIC]],
    "public and metadata": [[PUBLIC, "169.254.169.254"]],
    "mapped": [["::ffff:127.0.0.1"]],
    "NAT64": [[PUBLIC, "64:ff9b::7f00:1"]],
}


@pytest.mark.parametrize("answers", ANSWERS.values(), ids=ANSWERS)
def test_a_name_with_any_address_inside_is_refused(
    answers: list[list[str]], inside: Heard, monkeypatch: pytest.MonkeyPatch
):
    reached = internet(monkeypatch, {"news.example": answers}, inside.port)
    said = refusal("http://news.example/")
    assert "is not a public address" in said or "no source is there" in said
    assert (reached, inside.connections) == ([], 0)


def test_a_refused_name_is_shown_with_its_address_and_the_cure(inside: Heard, monkeypatch: pytest.MonkeyPatch):
    internet(monkeypatch, {"news.example": [[PUBLIC, "10.0.0.1"]]}, inside.port)
    assert refusal("http://news.example/") == (
        "http://news.example/: news.example is at 10.0.0.1, which is not a public address; "
        "if this is your own server, set `allow_private_addresses = true` for the source"
    )


def test_a_name_that_changes_after_the_check_is_not_followed(monkeypatch: pytest.MonkeyPatch):
    """DNS rebinding: the second look-up would say 127.0.0.1, so there is none."""
    with site(lambda _: reply(b"hello")) as front:
        port = port_of(front)
        reached = internet(monkeypatch, {"news.example": [[PUBLIC], ["127.0.0.1"]]}, port)
        assert net.get("http://news.example/").body == b"hello"
    assert (reached, front.headers[0]["host"]) == ([PUBLIC], "news.example")


@pytest.mark.parametrize("answer", [reply(status=503), reply(status=302, Location="/again")], ids=["retry", "redirect"])
def test_a_name_that_changes_between_two_visits_is_refused_at_the_second(answer, monkeypatch: pytest.MonkeyPatch):
    with site(lambda _: answer) as front:
        port = port_of(front)
        reached = internet(monkeypatch, {"news.example": [[PUBLIC], ["127.0.0.1"]]}, port)
        said = refusal("http://news.example/")
    assert said.startswith("http://news.example/: news.example is at 127.0.0.1, which is not a public address; ")
    assert (reached, len(front.asked)) == ([PUBLIC], 1)


@pytest.mark.parametrize("port", [0, 22, 25, 6379, 8080, 65536, 99999])
def test_a_port_that_is_not_the_webs_is_refused(port: int, inside: Heard, monkeypatch: pytest.MonkeyPatch):
    reached = internet(monkeypatch, {"news.example": [[PUBLIC]]}, inside.port)
    said = refusal(f"http://news.example:{port}/")
    assert f"port {port} is not 80 or 443" in said or "is not a web address" in said
    assert (reached, inside.connections) == ([], 0)


@pytest.mark.parametrize("address", ["169.254.169.254", "::ffff:169.254.169.254", "fd00:ec2::254", "168.63.129.16"])
def test_a_clouds_secrets_are_refused_to_sources_that_may_be_private_too(
    address: str, inside: Heard, monkeypatch: pytest.MonkeyPatch
):
    reached = internet(monkeypatch, {"intranet.example": [["127.0.0.1", address]]}, inside.port)
    with pytest.raises(SourceError, match="is where a cloud keeps its machines' secrets; no source is there"):
        net.get(f"http://intranet.example:{inside.port}/", allow_private=True)
    assert (reached, inside.connections) == ([], 0)


# --- injection -------------------------------------------------------------------------------


def test_an_encoded_line_end_stays_encoded(monkeypatch: pytest.MonkeyPatch):
    with site(lambda _: reply(b"hello")) as front:
        internet(monkeypatch, {"news.example": [[PUBLIC]]}, port_of(front))
        net.get("http://news.example/a%0d%0aX-Evil:%201?b=%0d%0aX-Evil:%201")
    assert front.asked == ["/a%0d%0aX-Evil:%201?b=%0d%0aX-Evil:%201"]
    assert "x-evil" not in front.headers[0]


def test_a_header_of_the_caller_cannot_hold_another(monkeypatch: pytest.MonkeyPatch):
    with site(lambda _: reply(b"hello")) as front:
        internet(monkeypatch, {"news.example": [[PUBLIC]]}, port_of(front))
        with pytest.raises(SourceError):
            net.get("http://news.example/", headers={"X-Good": "a\r\nX-Evil: 1"})
    assert front.asked == []


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        *((each, True) for each in ("1.1.1.1", PUBLIC, "2606:4700::1111", "::ffff:1.1.1.1", "2001:200::1")),
        *((each, False) for each in ("0.1.2.3", "100.64.0.1", "192.0.0.9", "192.88.99.1", "198.18.0.1", "224.0.0.1")),
        *((each, False) for each in ("240.0.0.1", "255.255.255.255", "172.16.0.1", "192.168.1.1", "::2", "fec0::1")),
        *((each, False) for each in ("64:ff9b::101:101", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002::1")),
        *((each, False) for each in ("ff02::1", "fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1", "2001:20::1", "3fff::1")),
        *((each, False) for each in ("1fff::1", "4000::1", "5f00::1", "9000::1", "::ffff:0:7f00:1", "168.63.129.16")),
    ],
)  # fmt: skip
def test_only_what_anybody_may_reach_is_public(address: str, expected: object):
    assert guard.is_public(address) is expected
