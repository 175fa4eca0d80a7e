import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import httpx
import pytest

from digest.models import InDoubt, NotSent, Settled, Stopped
from digest.send.deadline import Deadline, Transport
from digest.send.http import OverHttp
from tests.fakes import TOKEN, Fault
from tests.send.scene import batch, resend_api


@pytest.fixture
def provider(resend):
    with OverHttp(resend_api(resend.url, TOKEN), answer_s=0.3) as opened:
        yield opened


@pytest.mark.parametrize(
    ("ending", "error"), [("reset", "ReadError"), ("hang", "ReadTimeout"), ("cut", "RemoteProtocolError")]
)
def test_an_answer_that_does_not_arrive_is_in_doubt(provider, resend, ending, error):
    resend.faults.append(Fault(200, {"data": []}, ending=ending))

    begun = time.monotonic()

    answer = provider.deliver(batch("a@x.org"))

    assert time.monotonic() - begun < 4
    assert isinstance(answer, InDoubt)
    assert answer.reason.startswith(f"no answer: {error}")


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"


@pytest.mark.parametrize("first", [b"HTTP/1.1 200 OK\r\nX-Slow: ", HEAD], ids=["head", "body"])
def test_an_answer_that_drips_holds_nobody_beyond_its_time(first):
    def drips(connection, over):
        connection.recv(1_000_000)
        connection.sendall(first)
        while not over.wait(0.05):
            connection.sendall(b"x")

    with peer(drips) as url, OverHttp(resend_api(url, TOKEN), answer_s=0.3) as provider:
        begun = time.monotonic()
        answer = provider.deliver(batch("a@x.org"))
        took_s = time.monotonic() - begun

    assert isinstance(answer, InDoubt)
    assert answer.reason.startswith("no answer: ReadTimeout")
    assert 0.5 < took_s < 2


def test_a_provider_that_hardly_reads_holds_nobody_beyond_its_time():
    def reads(connection, over):
        while not over.wait(0.05):
            connection.recv(100_000)

    deadline = Deadline(0.6)
    transport = Transport(httpx.create_ssl_context(), deadline)
    with peer(reads) as url, httpx.Client(transport=transport, timeout=0.3) as client:
        deadline.begin(0)
        begun = time.monotonic()
        with pytest.raises(httpx.TimeoutException):
            client.post(url, content=bytes(50_000_000))
        assert time.monotonic() - begun < 2


@contextmanager
def peer(behaves):
    """The address of a server that does this with its one connection."""

    def serve():
        connection, _ = listening.accept()
        with connection, suppress(OSError):
            behaves(connection, over)

    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            over.set()
            thread.join()


def test_a_closed_port_was_not_sent_to():
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unheard.getsockname()[1]}"
        with OverHttp(resend_api(url, TOKEN)) as provider:
            answer = provider.deliver(batch("a@x.org"))

    assert isinstance(answer, NotSent)


def test_a_redirect_is_not_followed_with_the_token(provider, resend):
    resend.faults.append(Fault(302, {}, {"location": f"{resend.url}/emails/batch"}))

    answer = provider.deliver(batch("a@x.org"))

    assert isinstance(answer, Stopped)
    assert "base_url is wrong" in answer.reason
    assert len(resend.calls) == 1


def test_the_environments_proxy_never_sees_a_call(resend, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with OverHttp(resend_api(resend.url, TOKEN)) as provider:
        assert isinstance(provider.deliver(batch("a@x.org")), Settled)


def test_threads_share_no_connection(provider, resend):
    resend.latency_s = 0.1
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda n: provider.deliver(batch("a@x.org", key=f"k{n}")), range(3)))

    assert [type(answer) for answer in answers] == [Settled] * 3
    assert len(provider._clients) == 3
