"""Mail servers on loopback: aiosmtpd as a real one, and one that says what a test tells it to."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "desk", "a-password-for-tests"
OFFERS = "250-loopback\r\n250-8BITMIME\r\n250 SIZE 33554432"


@cache
def certificate() -> bytes:
    """A key, and a certificate of its own that holds for 127.0.0.1, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    start = datetime.now(UTC) - timedelta(days=1)
    places = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, start, start + timedelta(days=2))
    signed = made.add_extension(places, critical=False).sign(key, hashes.SHA256())
    plain = serialization.NoEncryption()
    held = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    return held + signed.public_bytes(serialization.Encoding.PEM)


class MailServer:
    """aiosmtpd with STARTTLS and a log-in; use it in a `with`."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.pem = folder / "server.pem"
        self.pem.write_bytes(certificate())
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(self.pem)
        self.taken: list[Envelope] = []
        self.refused: dict[str, str] = {}
        """Address -> the answer to its RCPT."""
        self.answer = "250 2.0.0 Ok: queued as 4F2A7C01"
        self.sessions: set[int] = set()
        logged_in = {"authenticator": self._authenticate, "auth_required": True} if options.pop("log_in", True) else {}
        at_once = {"ssl_context": tls} if options.pop("at_once", False) else {}
        options = (
            {"tls_context": tls, "require_starttls": True, "enable_SMTPUTF8": True} | logged_in | at_once | options
        )
        self._controller = _OnAnyPort(self, hostname="127.0.0.1", port=0, **options)

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._controller.bound

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._controller.stop()

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd finds it by this name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """The answer that a test gives for this address."""
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 -- as above
        """Takes it when the answer says so."""
        self.sessions.add(id(session))
        if self.answer.startswith("250"):
            self.taken.append(envelope)
        return self.answer

    def _authenticate(self, *said: object) -> AuthResult:
        given = said[-1]
        right = isinstance(given, LoginPassword) and (given.login, given.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=right, handled=False)


class _OnAnyPort(Controller):
    bound = 0

    def _trigger_server(self) -> None:
        """Learns the port before the first connection, which goes there."""
        assert self.server
        self.port = self.bound = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class ScriptedServer:
    """Answers each command as `says` has it: a line, or "close", or "hang". A dot is the end of the text."""

    def __init__(self, says: Mapping[str, str], greeting: str = "220 loopback") -> None:
        self._says, self._greeting = says, greeting
        self.heard: list[str] = []
        self._ended = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        accepting = threading.Thread(target=self._accept, daemon=True)
        self._threads.append(accepting)
        accepting.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                line, _ = self._listening.accept()
            except OSError:
                return
            serving = threading.Thread(target=self._serve, args=(line,), daemon=True)
            self._threads.append(serving)
            serving.start()

    def _serve(self, line: socket.socket) -> None:
        with line, line.makefile("rb") as commands:
            if not self._say(line, self._greeting):
                return
            within = False
            for raw in commands:
                command = raw.decode().strip()
                if within and command != ".":
                    continue
                verb = command.split(" ")[0].split(":")[0].upper()
                self.heard.append(verb)
                said = self._says.get(
                    verb, {"EHLO": OFFERS, "DATA": "354 go on", "QUIT": "221 bye"}.get(verb, "250 OK")
                )
                within = verb == "DATA" and said.startswith("354")
                if not self._say(line, said) or verb == "QUIT":
                    return

    def _say(self, line: socket.socket, said: str) -> bool:
        if said == "hang":
            self._ended.wait()
        if said in ("close", "hang"):
            return False
        line.sendall(said.encode() + b"\r\n")
        return not said.startswith("421")
