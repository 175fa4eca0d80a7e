"""Many pages open at once: each holds connections, one of them for good."""

import socket
from contextlib import ExitStack

import pytest

from tests.web.preview.conftest import AS_OF, folder_with, preview

PAGES, CONNECTIONS = 30, 6


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with preview(folder_with(tmp_path_factory.mktemp("preview")), "--as-of", AS_OF) as served:
        yield served


def connected(served):
    host, _, port = served.host.partition(":")
    return socket.create_connection((host, int(port)), timeout=10)


def test_thirty_open_pages_do_not_keep_the_next_one_waiting(running):
    token = running.token
    with ExitStack() as open_pages:
        for _ in range(PAGES):
            stream, *others = (open_pages.enter_context(connected(running)) for _ in range(CONNECTIONS))
            stream.sendall(f"GET /events?token={token} HTTP/1.1\r\nHost: {running.host}\r\n\r\n".encode())
            assert stream.recv(12) == b"HTTP/1.1 200"
            for each in others:
                each.sendall(f"GET /mark.svg HTTP/1.1\r\nHost: {running.host}\r\n\r\n".encode())
                assert each.recv(12) == b"HTTP/1.1 200"
        assert running.get("/mark.svg").elapsed.total_seconds() < 5
