"""SMTP: a mail server of one's own, or a provider's, that takes each email as the bytes that we wrote.

An email at a time (RFC 5321): until the server has said that it awaits the email's text nothing can
have been taken; from then on to its last answer anything may have.
"""

from __future__ import annotations

import re
import smtplib
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from msgspec import Struct

from digest.config.providers import SmtpSettings
from digest.errors import ConfigError
from digest.models import Answer, Batch, InDoubt, NotSent, Refused, Stopped
from digest.send import addresses, outcomes
from digest.send.message import Frame, Letter, by_variant
from digest.send.providers.provider import Capabilities

CAPABILITIES = Capabilities(
    largest_batch=1,
    needs=("Let the server sign for the sender's domain with DKIM, both headers of List-Unsubscribe included.",),
)

_AS_REGISTERED = re.compile(r"(?:queued as|\bid[ =:]) ?<?([^\s<>;,]+)", re.IGNORECASE)
"""Where Postfix, Exim, Exchange and others put their own id into the last answer."""


_For = TypeVar("_For", Refused, Stopped)


class Waits(Struct, frozen=True):
    """How long the server may be silent, in seconds."""

    connect_s: float = 10.0
    command_s: float = 60.0
    taken_s: float = 600.0
    """Behind the email's last byte: RFC 5321 section 4.5.3.2.6, since giving up sooner makes doubts."""


@contextmanager
def opened(letter: Letter, own: SmtpSettings, secrets: Mapping[str, str], folder: Path) -> Iterator[Smtp]:
    """The server of these settings; its connections end with the `with`. `folder` is where config.toml stands."""
    server = Smtp(letter, own, secrets.get("password", ""), _trusted(own, folder))
    try:
        yield server
    finally:
        server.close()


class Smtp:
    """A mail server, over one kept connection for each thread."""

    capabilities = CAPABILITIES

    def __init__(
        self, letter: Letter, own: SmtpSettings, password: str, tls: ssl.SSLContext, waits: Waits | None = None
    ) -> None:
        self._own, self._password, self._tls, self._waits = own, password, tls, waits or Waits()
        self._sender = addresses.on_the_wire(letter.sender.address)
        self._frame = by_variant(Frame, letter)
        self._mine = threading.local()
        self._connections: set[smtplib.SMTP] = set()

    def deliver(self, batch: Batch) -> Answer:
        """One attempt for the only delivery of the batch."""
        (delivery,) = batch.deliveries
        to, content = (
            addresses.on_the_wire(delivery.address),
            self._frame(batch.variant).build(batch.issue_key, delivery),
        )
        kept = self._kept
        answer = self._attempt(batch, to, content)
        if kept and isinstance(answer, NotSent) and not self._kept:
            # servers end a connection that is idle or has taken its share: on a new one it is asked once more
            return self._attempt(batch, to, content)
        return answer

    def try_out(self) -> str | Stopped:
        """Connects, and logs in where there is a user."""
        self._hang_up()
        server = self._connected()
        if isinstance(server, NotSent | Stopped):
            return Stopped(server.reason)
        log_in = f" and the log-in of {self._own.user}" if self._own.user else ""
        return f"{self._own.host}:{self._own.port} took the connection{log_in}"

    def close(self) -> None:
        """Ends every thread's connection; no thread may be in a call."""
        for server in tuple(self._connections):
            self._end(server)

    @property
    def _kept(self) -> smtplib.SMTP | None:
        found: smtplib.SMTP | None = getattr(self._mine, "server", None)
        return found

    def _attempt(self, batch: Batch, to: str, content: bytes) -> Answer:
        server = self._kept or self._connected()
        if isinstance(server, NotSent | Stopped):
            return server
        try:
            refusal = _refusal(server, self._sender, to, content)
        except (smtplib.SMTPException, OSError) as error:
            self._hang_up()
            return NotSent(_words(error))
        answer = refusal or self._handed_over(server, batch, content)
        if not isinstance(answer, InDoubt) and (refusal is None or _is_ready(server)):
            return answer
        self._hang_up()
        return answer

    def _handed_over(self, server: smtplib.SMTP, batch: Batch, content: bytes) -> Answer:
        """The email's text, and what the server says to it."""
        try:
            _silent_for(server, self._waits.taken_s)
            server.send(re.sub(rb"(?m)^\.", b"..", content) + b".\r\n")
            code, said = server.getreply()
            _silent_for(server, self._waits.command_s)
        except (smtplib.SMTPException, OSError) as error:
            return InDoubt(_words(error))
        if 200 <= code < 300:
            ident = _AS_REGISTERED.search(said.decode(errors="replace"))
            return outcomes.accepted(batch, [ident[1]] if ident else [])
        return _meaning(code, said, Refused) if 400 <= code < 600 else InDoubt(_reply(code, said))

    def _connected(self) -> smtplib.SMTP | NotSent | Stopped:
        """A new connection, kept for this thread."""
        try:
            server = self._dialled()
        except smtplib.SMTPResponseException as error:
            return _meaning(error.smtp_code, error.smtp_error, Stopped)
        except smtplib.SMTPServerDisconnected as error:
            return NotSent(_words(error))
        except (ssl.SSLError, smtplib.SMTPException) as error:
            return Stopped(f"{self._own.host}:{self._own.port}: {error}")
        except OSError as error:
            return NotSent(_words(error))
        _silent_for(server, self._waits.command_s)
        self._mine.server = server
        self._connections.add(server)
        return server

    def _dialled(self) -> smtplib.SMTP:
        """Connected, encrypted and logged in as the settings say."""
        own, within_s = self._own, self._waits.connect_s
        domain = self._sender.rpartition("@")[2]  # not the name of this machine, which only a slow DNS may know
        if own.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(own.host, own.port, domain, timeout=within_s, context=self._tls)
        else:
            server = smtplib.SMTP(own.host, own.port, domain, within_s)
        try:
            if own.security == "starttls":
                server.starttls(context=self._tls)
            server.ehlo_or_helo_if_needed()
            if own.user:
                server.login(own.user, self._password)
        except BaseException:
            server.close()
            raise
        return server

    def _hang_up(self) -> None:
        """Ends this thread's connection."""
        if server := self._kept:
            self._mine.server = None
            self._end(server)

    def _end(self, server: smtplib.SMTP) -> None:
        self._connections.discard(server)
        try:
            _silent_for(server, self._waits.connect_s)
            server.quit()
        except (smtplib.SMTPException, OSError):
            server.close()


def _trusted(own: SmtpSettings, folder: Path) -> ssl.SSLContext:
    tls = ssl.create_default_context()
    if own.ca_file:
        try:
            tls.load_verify_locations(folder / own.ca_file)
        except OSError as error:
            file = folder / own.ca_file
            raise ConfigError([f"send.smtp.ca_file: {file} holds no certificates ({error}); mend it"]) from error
    return tls


def _refusal(server: smtplib.SMTP, sender: str, to: str, content: bytes) -> NotSent | Refused | Stopped | None:
    """Offers the email; None when the server awaits its text."""
    options = [f"SIZE={len(content)}"] if server.has_extn("size") else []
    if not content.isascii():
        if not server.has_extn("smtputf8"):
            return Refused("the server takes no address with letters beyond ASCII before its @")
        options += ["BODY=8BITMIME", "SMTPUTF8"]
    code, said = server.mail(sender, options)
    if code != 250:
        return _meaning(code, said, Stopped)
    code, said = server.rcpt(to)
    if code not in (250, 251):
        return _meaning(code, said, Refused)
    code, said = server.docmd("DATA")
    return None if code == 354 else _meaning(code, said, Refused)


def _meaning(code: int, said: bytes | str, for_good: Callable[[str], _For]) -> NotSent | Stopped | _For:
    """An answer that is no success: 5xx is for good, and 530 and 538 to whoever asks (RFC 4954 section 6)."""
    if code in (530, 538):
        return Stopped(_reply(code, said))
    return for_good(_reply(code, said)) if 500 <= code < 600 else NotSent(_reply(code, said))


def _silent_for(server: smtplib.SMTP, seconds: float) -> None:
    if server.sock:
        server.sock.settimeout(seconds)


def _is_ready(server: smtplib.SMTP) -> bool:
    """Whether the next email may go over this connection."""
    try:
        return server.rset()[0] == 250
    except (smtplib.SMTPException, OSError):
        return False


def _reply(code: int, said: bytes | str) -> str:
    if code < 0:  # smtplib's sign for what it cannot read
        return "the answer is not SMTP"
    return outcomes.brief(f"{code} {said.decode(errors='replace') if isinstance(said, bytes) else said}")


def _words(error: Exception) -> str:
    return outcomes.brief(f"no answer: {type(error).__name__}{f': {error}' if str(error) else ''}")
