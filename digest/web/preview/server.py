"""The preview's own server: one process, loopback only, until Ctrl-C."""

from __future__ import annotations

import logging
import secrets
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import ExitStack
from socket import socket
from typing import TYPE_CHECKING

from waitress.server import create_server

from digest.web.preview import app

if TYPE_CHECKING:
    from digest.web.preview.answers import Answers
    from digest.web.preview.session import Session

_AT_FIRST, _THREADS = 8, 64
"""Threads for the first page, and for all: each open page holds one for its stream of changes."""
_FIRST_S = 1
"""So long the first page has the machine for itself."""
_LARGEST = 64_000
"""Bytes of a request's body."""
_LET_END_S = 1
"""For answers under way when the preview ends: a picture that is fetched longer is of no use to anybody then."""


def serve(listening: socket, host: str, opened: Callable[[], Session]) -> None:
    """Serves on that socket, under that name, until interrupted; `opened` gives what is served.

    The browser is answered from the start, by other threads; this one makes the issue meanwhile.
    """
    token, ended = secrets.token_urlsafe(32), threading.Event()
    answers: Future[Answers] = Future()
    logging.getLogger("waitress").setLevel(logging.ERROR)
    server = create_server(
        app.application(answers, host, token, ended),
        sockets=[listening],
        threads=_AT_FIRST,
        connection_limit=10 * _THREADS,  # a browser keeps six for each page
        asyncore_use_poll=True,
        ident=None,
        max_request_body_size=_LARGEST,
        channel_request_lookahead=1,  # so that it is noticed when a page has gone
        log_socket_errors=False,
    )
    threading.Thread(target=server.run, name="preview-server", daemon=True).start()
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell that starts it in the background has SIGINT ignored
        signal.signal(number, signal.default_int_handler)
    with ExitStack() as until_the_end:
        try:
            _prepare(answers, opened, until_the_end)
            ended.wait(_FIRST_S)
            server.task_dispatcher.set_thread_count(_THREADS)
            while True:
                ended.wait(3600)
        finally:
            ended.set()
            logging.getLogger("waitress").setLevel(logging.CRITICAL)  # who still waits is cut off, and need not be told
            answers.cancel()
            server.task_dispatcher.shutdown(timeout=_LET_END_S)


def _prepare(answers: Future[Answers], opened: Callable[[], Session], until_the_end: ExitStack) -> None:
    """While the browser starts, what makes the issue is imported, and then the issue is made."""
    from digest.web.preview.answers import Answers
    from digest.web.preview.session import Choice
    from digest.web.preview.watching import Watch

    session = opened()
    answers.set_result(Answers(session))
    session.view(Choice(), at_once=True)
    until_the_end.enter_context(Watch(session.watched, session.noticed, session.heard))
