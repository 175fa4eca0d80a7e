"""Resend and Mailgun on loopback: they check what they are sent, take it, and fail as a test tells them to.

Written from the vendors' documentation. Each is a real HTTP server, so that connections, time
limits and half answers are real too.
"""

from __future__ import annotations

import base64
import json
import re
import socket
import struct
import sys
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.utils import parseaddr
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal, Self

TOKEN = "a-token-for-tests"
DOMAIN = "mg.example.org"


@dataclass(frozen=True, slots=True)
class Accepted:
    """One email that the provider took, as its recipient would get it."""

    address: str
    subject: str
    html: str
    text: str
    headers: Mapping[str, str]
    tags: tuple[str, ...]


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
    """One request."""

    path: str
    headers: Mapping[str, str]
    body: bytes


class Fake:
    """A provider on loopback. Use it in a `with`; `url` is its base address."""

    def __init__(self, latency_s: float = 0.0) -> None:
        self.latency_s = latency_s
        self.accepted: list[Accepted] = []
        self.calls: list[Call] = []
        self.faults: deque[Fault | None] = deque()
        """For the next calls, in order; None lets one through."""
        self.bad_addresses: set[str] = set()
        self.lock = threading.Lock()
        self._ended = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

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

    def judge(self, call: Call) -> Answer | list[Accepted]:
        """A refusal, or the emails that this call asks for."""
        raise NotImplementedError

    def success(self, call: Call, emails: Sequence[Accepted]) -> Answer:
        """The answer to a call that was taken."""
        raise NotImplementedError

    def known(self, call: Call) -> Answer | None:
        """The earlier answer to the same call, where the provider remembers it."""
        return None

    def answer(self, call: Call, fault: Fault | None) -> Answer:
        """Judges and takes a call, under the lock."""
        if fault and not fault.taken:
            return Answer(fault.status, fault.body, fault.headers)
        answer = self.known(call) or self._taken(call)
        if fault:
            return Answer(fault.status, answer.body if fault.body is None else fault.body, fault.headers)
        return answer

    def _taken(self, call: Call) -> Answer:
        judged = self.judge(call)
        if isinstance(judged, Answer):
            return judged
        self.accepted += judged
        return self.success(call, judged)

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        """One exchange."""
        body = handler.rfile.read(int(handler.headers.get("content-length", 0)))
        call = Call(handler.path, {name.lower(): value for name, value in handler.headers.items()}, body)
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


class ResendFake(Fake):
    """https://resend.com/docs/api-reference/emails/send-batch-emails: strict batches, keys that are remembered."""

    def __init__(self, latency_s: float = 0.0) -> None:
        super().__init__(latency_s)
        self._keys: dict[str, tuple[bytes, Answer]] = {}

    def known(self, call: Call) -> Answer | None:
        """The answer of the first call with this key; 409 when that one had another payload."""
        key = call.headers.get("idempotency-key", "")
        if key not in self._keys:
            return None
        payload, answer = self._keys[key]
        return answer if payload == call.body else _resend_error(409, "invalid_idempotent_request")

    def judge(self, call: Call) -> Answer | list[Accepted]:
        """Checks method, token, agent, key and each email against the documented limits."""
        if call.path != "/emails/batch":
            return _resend_error(404, "not_found")
        if call.headers.get("authorization") != f"Bearer {TOKEN}":
            return _resend_error(401, "restricted_api_key")
        if not call.headers.get("user-agent") or not call.headers.get("content-type", "").startswith(
            "application/json"
        ):
            return _resend_error(403, "forbidden")
        if not 1 <= len(call.headers.get("idempotency-key", "-")) <= 256:
            return _resend_error(400, "invalid_idempotency_key")
        items = json.loads(call.body)
        if not isinstance(items, list) or not 1 <= len(items) <= 100:
            return _resend_error(422, "validation_error")
        problems = [problem for item in items for problem in self._problems(item)]
        return (
            _resend_error(422, "validation_error", problems[0]) if problems else [_from_resend(item) for item in items]
        )

    def success(self, call: Call, emails: Sequence[Accepted]) -> Answer:
        """An id for each email, in order, and remembered for the call's key."""
        first = len(self.accepted) - len(emails)
        answer = Answer(
            200, {"data": [{"id": f"00000000-0000-4000-8000-{first + n:012d}"} for n in range(len(emails))]}
        )
        if key := call.headers.get("idempotency-key"):
            self._keys[key] = call.body, answer
        return answer

    def _problems(self, item: dict[str, Any]) -> list[str]:
        known = {"from", "to", "subject", "html", "text", "cc", "bcc", "reply_to", "headers", "tags", "topic_id"}
        problems = [f"unknown field {name}" for name in item.keys() - known]
        problems += [f"Missing `{name}` field." for name in ("from", "to", "subject") if not item.get(name)]
        to = [item["to"]] if isinstance(item.get("to"), str) else item.get("to", [])
        problems += [f"Invalid `to` field: {a}" for a in to if a in self.bad_addresses or not _is_address(a)]
        problems += [f"Invalid `from` field: {a}" for a in [item.get("from", "")] if not _is_address(a)]
        values = [tag[part] for tag in item.get("tags", []) for part in ("name", "value")]
        problems += [
            f"Tags should only contain ASCII letters: {v}" for v in values if not re.fullmatch(r"[\w-]{1,256}", v, re.A)
        ]
        problems += [
            f"bad header {n}" for n, v in item.get("headers", {}).items() if not isinstance(v, str) or "\n" in v
        ]
        return problems


class MailgunFake(Fake):
    """https://documentation.mailgun.com, Batch Sending: multipart, and places that are filled per recipient."""

    def judge(self, call: Call) -> Answer | list[Accepted]:
        """Checks path, token, form and limits; one bad address refuses the whole call."""
        if call.path != f"/v3/{DOMAIN}/messages":
            return (
                Answer(200, "Mailgun Magnificent API")
                if call.path == "/"
                else Answer(404, {"message": "Domain not found"})
            )
        if call.headers.get("authorization") != "Basic " + base64.b64encode(f"api:{TOKEN}".encode()).decode():
            return Answer(401, "Forbidden")
        form = _form(call)
        recipients, variables = form.get("to", []), json.loads(form.get("recipient-variables", ["null"])[0])
        if problem := self._problem(form, recipients, variables):
            return Answer(400, {"message": problem})
        return [_from_mailgun(form, address, variables[address]) for address in recipients]

    def success(self, call: Call, emails: Sequence[Accepted]) -> Answer:
        """One id for the whole call."""
        return Answer(200, {"id": f"<{len(self.accepted)}.1@{DOMAIN}>", "message": "Queued. Thank you."})

    def _problem(self, form: Mapping[str, list[str]], recipients: list[str], variables: object) -> str | None:
        for name in ("from", "to", "subject"):
            if not form.get(name):
                return f"{name} parameter is missing"
        if not isinstance(variables, dict) or set(variables) != set(recipients) or len(recipients) > 1000:
            return "recipient-variables must name each recipient"
        if any(address in self.bad_addresses or not _is_address(address) for address in recipients):
            return "to parameter is not a valid address. please check documentation"
        options = sum(len(n) + len(v) for n, vs in form.items() if n[:2] in ("o:", "h:", "v:") for v in vs)
        if options > 16 * 1024:
            return "Send options (parameters starting with o:, h:, or v:) are limited to 16KB total"
        return None


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

        def do_POST(self) -> None:
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


def _is_address(value: str) -> bool:
    return bool(re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", parseaddr(value)[1]))


def _resend_error(status: int, name: str, text: str = "") -> Answer:
    return Answer(status, {"statusCode": status, "name": name, "message": text or name})


def _from_resend(item: Mapping[str, Any]) -> Accepted:
    to = item["to"] if isinstance(item["to"], str) else item["to"][0]
    tags = tuple(tag["value"] for tag in item.get("tags", []))
    headers = item.get("headers", {}) | {"From": item["from"], "Reply-To": item.get("reply_to", "")}
    return Accepted(to, item["subject"], item.get("html", ""), item.get("text", ""), headers, tags)


def _form(call: Call) -> dict[str, list[str]]:
    kind = call.headers.get("content-type", "")
    if not kind.startswith("multipart/form-data"):
        return {}
    parsed = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + call.body, policy=policy.HTTP)
    form: dict[str, list[str]] = {}
    for part in parsed.iter_parts():
        name = part.get_param("name", header="content-disposition")
        value = part.get_payload(decode=True)
        assert isinstance(value, bytes)
        form.setdefault(str(name), []).append(value.decode())
    return form


def _from_mailgun(form: Mapping[str, list[str]], address: str, variables: Mapping[str, str]) -> Accepted:
    def filled(value: str) -> str:
        return re.sub(r"%recipient\.([\w-]+)%", lambda match: str(variables.get(match[1], match[0])), value)

    headers = {name[2:]: filled(values[0]) for name, values in form.items() if name.startswith("h:")}
    subject, html, text = (filled(form.get(name, [""])[0]) for name in ("subject", "html", "text"))
    return Accepted(address, subject, html, text, headers | {"From": form["from"][0]}, tuple(form.get("o:tag", [])))
