"""SPF, DMARC and DKIM from a name server on loopback that speaks the real protocol."""

import socket
import threading
from contextlib import contextmanager

import dns.message
import dns.rcode
import dns.rrset
from dns.resolver import Resolver

from digest.models import Records
from digest.probe import names

KEY = "v=DKIM1; k=rsa; p=AAAA"
ZONE = {
    "news.example.org.": ["v=spf1 include:_spf.mail.example a mx ~all", "google-site-verification=1"],
    "_spf.mail.example.": ["v=spf1 include:_deep.mail.example ip4:192.0.2.0/24 -all"],
    "_deep.mail.example.": ["v=spf1 exists:%{i}.mail.example include:_spf.mail.example -all"],
    "_dmarc.example.org.": ["v=DMARC1; p=none"],
    "resend._domainkey.news.example.org.": [KEY],
}


@contextmanager
def name_server(zone, *, silent=False):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))

    over = threading.Event()

    def serve():
        while True:
            wire, asker = server.recvfrom(4096)
            if over.is_set():
                return
            if silent:
                continue
            query = dns.message.from_wire(wire)
            answer = dns.message.make_response(query)
            asked = query.question[0]
            texts = zone.get(asked.name.to_text())
            if texts:
                quoted = [f'"{text}"' for text in texts]
                answer.answer.append(dns.rrset.from_text(asked.name, 60, "IN", "TXT", *quoted))
            else:
                answer.set_rcode(dns.rcode.NXDOMAIN)
            server.sendto(answer.to_wire(), asker)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    resolver = Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], server.getsockname()[1]
    try:
        yield resolver
    finally:
        over.set()
        server.sendto(b"", server.getsockname())
        thread.join()
        server.close()


def test_what_a_receiver_would_find_and_what_it_costs():
    """Six queries: include, a and mx; below it include; and there exists and an include of what was read already."""
    with name_server(ZONE) as resolver:
        found = names.records("news.example.org", ["resend", "old"], resolver)
    assert found == Records(
        "news.example.org",
        spf=("v=spf1 include:_spf.mail.example a mx ~all",),
        spf_lookups=6,
        dmarc=("v=DMARC1; p=none",),
        dkim={"resend": KEY, "old": ""},
    )


def test_a_domain_without_records_has_none():
    with name_server({}) as resolver:
        assert names.records("news.example.org", ["s"], resolver) == Records("news.example.org", dkim={"s": ""})


def test_a_name_server_that_says_nothing_is_trouble_and_not_an_empty_zone(monkeypatch):
    monkeypatch.setattr(names, "_LIFETIME_S", 0.2)
    with name_server(ZONE, silent=True) as resolver:
        found = names.records("news.example.org", (), resolver)
    assert (found.spf, found.dmarc, "lifetime" in found.trouble) == ((), (), True)
