"""Sending over HTTPS: whoever cannot prove who they are gets neither a key nor an address."""

import socket
import ssl
import threading

import pytest

from digest.models import NotSent
from digest.send.http import OverHttp
from tests.fakes.mailgun import MailgunFake
from tests.fakes.smtp import certificate
from tests.send.providers import contract
from tests.send.scene import LETTER, batch


class Impostor:
    """Speaks TLS with a certificate of its own; `heard` is what it was told inside."""

    def __init__(self, folder):
        pem = folder / "server.pem"
        pem.write_bytes(certificate())
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(pem)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.asked, self.heard = 0, b""

    @property
    def url(self):
        return f"https://127.0.0.1:{self._listening.getsockname()[1]}"

    def _serve(self):
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self.asked += 1
            with connection:
                try:
                    self.heard += self._tls.wrap_socket(connection, server_side=True).recv(10_000)
                except OSError:
                    continue

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._listening.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_an_unknown_certificate_gets_nothing_and_nobody_counts_as_sent(tmp_path, host):
    with Impostor(tmp_path) as impostor:
        own = contract.own(MailgunFake, impostor.url.replace("127.0.0.1", host))
        api = contract.module("mailgun").Api(LETTER, own, MailgunFake.secrets)
        with OverHttp(api, 10.0) as provider:
            answer = provider.deliver(batch("ann@readers.org"))
    assert isinstance(answer, NotSent)
    assert "certificate" in answer.reason
    assert impostor.asked > 0
    assert impostor.heard == b""
