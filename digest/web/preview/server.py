"""The preview's own server: one process, loopback only, until Ctrl-C."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import ExitStack
from socket import socket
from types import FrameType
from typing import TYPE_CHECKING

import uvicorn

from digest.web.preview import app

if TYPE_CHECKING:
    from digest.web.preview.answers import Answers
    from digest.web.preview.session import Session


def serve(listening: socket, host: str, opened: Callable[[], Session]) -> None:
    """Serves on that socket, under that name, until interrupted; `opened` gives what is served, in a thread."""
    token, ended = secrets.token_urlsafe(32), threading.Event()
    answers: Future[Answers] = Future()
    settings = uvicorn.Config(
        app.application(answers.result, host, token, ended),
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=1,
    )
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    with ExitStack() as until_the_end:
        work = (answers, opened, until_the_end)
        threading.Thread(target=_prepare, args=work, name="preview-prepare", daemon=True).start()
        _Server(settings, ended).run(sockets=[listening])


def _prepare(answers: Future[Answers], opened: Callable[[], Session], until_the_end: ExitStack) -> None:
    """While the browser starts, what makes the issue is imported, and then the issue is made."""
    try:
        from digest.web.preview.answers import Answers
        from digest.web.preview.session import Choice
        from digest.web.preview.watching import Watch

        session = opened()
        answers.set_result(Answers(session))
    except BaseException as error:
        answers.set_exception(error)  # whoever asks hears of it
        raise
    session.view(Choice(), at_once=True)
    until_the_end.enter_context(Watch(session.watched, session.noticed))


class _Server(uvicorn.Server):
    """Lets those who wait for a change go before it closes: uvicorn would wait for them."""

    def __init__(self, settings: uvicorn.Config, ended: threading.Event) -> None:
        super().__init__(settings)
        self._ended = ended

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._ended.set()
        # A picture that is still being fetched is cut off: nobody waits for it any more, and nobody need be told.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        super().handle_exit(sig, frame)
