"""What all providers on loopback have: a real HTTP server that takes calls, and fails as a test tells it to.

Each provider is a module beside this one, written from the vendor's documentation. The servers
are real, so that connections, time limits and half answers are real too.
"""

from __future__ import annotations

import json
import re
import socket
import struct
import sys
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.utils import parseaddr
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, Literal, Self

TOKEN = "a-token-for-tests"
WORD = "a-webhook-secret-for-tests"


@dataclass(frozen=True, slots=True)
class Accepted:
    """One email that the provider took, as its recipient would get it."""

    address: str
    subject: str
    html: str
    text: str
    headers: Mapping[str, str]
    tags: tuple[str, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
    """What the provider keeps with the email and reports in its events."""
    tracked: bool = False
    """The provider would count opens or rewrite links."""
    provider_id: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One recipient whom the provider does not take, among others that it takes."""

    address: str
    reason: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to one call instead of the ordinary answer."""

    status: int = 500
    body: object = None
    """JSON, or text as it is; None is the ordinary answer's body."""
    headers: Mapping[str, str] = field(default_factory=dict)
    ending: Literal["answer", "reset", "hang", "cut"] = "answer"
    """`reset` the connection, `hang` until the fake ends, `cut` the answer in half."""
    taken: bool = False
    """The emails are accepted all the same."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, a body and headers."""

    status: int
    body: object
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """One request; `path` with its query."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class Fake:
    """A provider on loopback. Use it in a `with`; `url` is its base address."""

    name: ClassVar[str]
    """As in config.toml."""
    own: ClassVar[Mapping[str, Any]] = {"token": {"env": "T"}}
    """Its table [send.<name>], without base_url."""
    secrets: ClassVar[Mapping[str, str]] = {"token": TOKEN}
    """The secrets that it takes, by their keys in that table."""
    atomic: ClassVar[bool] = False
    """One bad address refuses the whole call."""
    one_id: ClassVar[bool] = False
    """All emails of a call have one id."""
    unproven: ClassVar[Mapping[str, Any]] = {}
    """What leaves the webhook without proof, when that is not a secret."""
    other_webhook: ClassVar[str] = "another:secret"
    """A webhook secret of the right form that is not the fake's."""
    events: ClassVar[Mapping[str, tuple[str, bool]]] = {}
    """The vendor's name of an event -> our kind, and whether it is permanent."""
    without_metadata: ClassVar[frozenset[str]] = frozenset()
    """Those events that do not say which delivery they are of."""
    signs: ClassVar[Literal["body", "time", "word"]] = "body"
    """What proves a webhook call: a signature over its time and body, over its time alone, or a shared secret."""

    def __init__(self, latency_s: float = 0.0, host: str = "127.0.0.1") -> None:
        self.latency_s = latency_s
        self.accepted: list[Accepted] = []
        self.calls: list[Call] = []
        self.faults: deque[Fault | None] = deque()
        """For the next calls, in order; None lets one through."""
        self.bad_addresses: set[str] = set()
        self.lock = threading.Lock()
        self._ended = threading.Event()
        self._server = _Server((host, 0), _handler(self))
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"

    @property
    def addresses(self) -> list[str]:
        """Every address that something was accepted for, in order, as often as it was."""
        return [email.address for email in self.accepted]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()

    def denied(self, call: Call) -> Answer | None:
        """The refusal of a call without the right credentials."""
        raise NotImplementedError

    def judge(self, call: Call) -> Answer | Sequence[Accepted | Refusal]:
        """A refusal of the call, or what becomes of each email that it asks for, in its order."""
        raise NotImplementedError

    def success(self, call: Call, emails: Sequence[Accepted | Refusal]) -> Answer:
        """The answer to a call that was taken; the accepted have their ids."""
        raise NotImplementedError

    def search(self, call: Call) -> Answer | None:
        """The answer to a question about earlier emails or the account; None: it is no such question."""
        return None

    def ident(self, number: int) -> str:
        """The provider's id of its n-th email, or call."""
        return f"00000000-0000-4000-8000-{number:012d}"

    def forged(self, headers: dict[str, str], raw: bytes) -> tuple[dict[str, str], bytes]:
        """The call as somebody else would sign it, where another secret on our side is not the way to see that."""
        return headers, raw

    def page(self, url: str) -> bytes:
        """A page that the provider's webhook refers to."""
        raise AssertionError(url)

    def webhook(self, event: str, email: Accepted, at: datetime) -> tuple[dict[str, str], bytes]:
        """The headers, in small letters, and the body of the call that reports this event; always the same."""
        raise NotImplementedError

    def known(self, call: Call) -> Answer | None:
        """The earlier answer to the same call, where the provider remembers it."""
        return None

    def answer(self, call: Call, fault: Fault | None) -> Answer:
        """Judges and takes a call, under the lock."""
        if fault and not fault.taken:
            return Answer(fault.status, fault.body, fault.headers)
        answer = self.denied(call) or self.search(call) or self.known(call) or self._taken(call)
        if fault:
            return Answer(fault.status, answer.body if fault.body is None else fault.body, fault.headers)
        return answer

    def _taken(self, call: Call) -> Answer:
        judged = self.judge(call)
        if isinstance(judged, Answer):
            return judged
        first = len(self.accepted)
        emails: list[Accepted | Refusal] = []
        for item in judged:
            if isinstance(item, Accepted):
                self.accepted.append(
                    replace(item, provider_id=self.ident(first if self.one_id else len(self.accepted)))
                )
            emails.append(self.accepted[-1] if isinstance(item, Accepted) else item)
        return self.success(call, emails)

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        """One exchange."""
        length = int(handler.headers.get("content-length", 0))
        body = handler.rfile.read(length)
        if len(body) < length:  # its sender was killed: half a call is none
            return
        call = Call(
            handler.command, handler.path, {name.lower(): value for name, value in handler.headers.items()}, body
        )
        with self.lock:
            fault = self.faults.popleft() if self.faults else None
            self.calls.append(call)
            answer = self.answer(call, fault)
        self._ended.wait(self.latency_s)
        ending = fault.ending if fault else "answer"
        if ending == "hang":
            self._ended.wait()
        if ending in ("reset", "hang"):
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.close_connection = True
            return
        _write(handler, answer, cut=ending == "cut")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Quiet about a client that was killed in mid-call, loud about a mistake in the fake."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """No polite end of the stream first: a reset shall be one."""
        self.close_request(request)


def _handler(fake: Fake) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            fake.serve(self)

        def do_POST(self) -> None:
            fake.serve(self)

        def do_PUT(self) -> None:
            fake.serve(self)

        def do_PATCH(self) -> None:
            fake.serve(self)

        def log_message(self, *args: object) -> None:
            """Quiet."""

    return Handler


def _write(handler: BaseHTTPRequestHandler, answer: Answer, *, cut: bool) -> None:
    is_text = isinstance(answer.body, str)
    body = answer.body.encode() if isinstance(answer.body, str) else json.dumps(answer.body).encode()
    handler.send_response(answer.status)
    handler.send_header("Content-Type", "text/html" if is_text else "application/json")
    handler.send_header("Content-Length", str(len(body)))
    for name, value in answer.headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2] if cut else body)
    handler.wfile.flush()
    handler.close_connection = handler.close_connection or cut


def mailbox(person: Mapping[str, Any], *, name: str = "name", email: str = "email") -> str:
    """`{"name": …, "email": …}` as a header shows it, for an API that takes them apart."""
    shown = person.get(name, "")
    shown = shown if re.fullmatch(r"[^\x00-\x1f()<>\[\]:;@\\,.\"]*", shown) else json.dumps(shown, ensure_ascii=False)
    return f"{shown} <{person[email]}>" if shown else str(person[email])


def is_address(value: str) -> bool:
    return bool(re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", parseaddr(value)[1]))
