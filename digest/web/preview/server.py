"""The preview's own server: one process, loopback only, until Ctrl-C."""

from __future__ import annotations

import logging
import secrets
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

_THREADS = 24
"""Each open page holds one of them for its stream of changes."""
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
        threads=_THREADS,
        ident=None,
        max_request_body_size=_LARGEST,
        channel_request_lookahead=1,  # so that it is noticed when a page has gone
        log_socket_errors=False,
    )
    threading.Thread(target=server.run, name="preview-server", daemon=True).start()
    with ExitStack() as until_the_end:
        try:
            _prepare(answers, opened, until_the_end)
            while True:
                ended.wait(3600)
        finally:
            ended.set()
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
    until_the_end.enter_context(Watch(session.watched, session.noticed))
