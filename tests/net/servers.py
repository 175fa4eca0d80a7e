"""Servers on loopback that speak bytes, not HTTP, and an internet whose names a test gives out."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

PUBLIC = "93.184.215.14"


@dataclass
class Heard:
    """What reached a server."""

    port: int
    connections: int = 0
    received: int = 0
    """Bytes."""
    over: threading.Event = field(default_factory=threading.Event)
    """Set when the test ends: a server that waits, waits for this."""


Script = Callable[[socket.socket, Heard], None]


@contextmanager
def serving(script: Script) -> Iterator[Heard]:
    """Runs `script` with every connection, in a thread of its own, on 127.0.0.1 and ::1."""
    with ExitStack() as stack:
        first = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        heard = Heard(first.getsockname()[1])
        second = socket.create_server(("::1", heard.port), family=socket.AF_INET6)
        listeners = [first, stack.enter_context(second)]
        threads = [threading.Thread(target=_accept, args=(each, script, heard)) for each in listeners]
        for thread in threads:
            thread.start()
        try:
            yield heard
        finally:
            heard.over.set()
            for listener in listeners:
                listener.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join()


def _accept(listener: socket.socket, script: Script, heard: Heard) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            heard.connections += 1
            threading.Thread(target=_run, args=(connection, script, heard), daemon=True).start()


def _run(connection: socket.socket, script: Script, heard: Heard) -> None:
    with connection, suppress(OSError):
        script(connection, heard)


def trap(connection: socket.socket, heard: Heard) -> None:
    """Counts what comes, and answers so that a visitor is seen to have been there."""
    heard.received += len(connection.recv(65536))
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret")


def internet(monkeypatch: pytest.MonkeyPatch, names: Mapping[str, Sequence[list[str]]], front: int) -> list[str]:
    """The worst internet there can be: every name that is not given here is a name of this machine.

    A name's addresses are given look-up by look-up, the last for all that follow. `front` is the
    port of the server on loopback that answers for the one public address. Gives the list of what
    was connected to, which grows.
    """
    look_ups: dict[str, Iterator[list[str]]] = {name: iter(answers[:-1]) for name, answers in names.items()}
    reached: list[str] = []
    real_look_up = socket.getaddrinfo

    def look_up(host: str, port: int, *_: object, **__: object) -> list[tuple[Any, ...]]:
        if host in names:
            addresses = next(look_ups[host], names[host][-1])
        else:
            try:
                return real_look_up(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
            except OSError:
                addresses = ["127.0.0.1", "::1"]
        kinds = {True: socket.AF_INET6, False: socket.AF_INET}
        return [(kinds[":" in each], socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses]

    def connect(address: tuple[str, int], timeout: float, **_: object) -> socket.socket:
        reached.append(address[0])
        place = ("127.0.0.1", front) if address[0] == PUBLIC else address
        family = socket.AF_INET6 if ":" in place[0] else socket.AF_INET
        found = socket.socket(family)
        found.settimeout(timeout)
        found.connect(place)
        return found

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(socket, "create_connection", connect)
    return reached
