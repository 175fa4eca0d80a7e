"""The preview's own server: one process, loopback only, until Ctrl-C."""

from __future__ import annotations

import logging
import secrets
import threading
import webbrowser
from collections.abc import Callable
from types import FrameType

import uvicorn

from digest.web.listening import bound
from digest.web.preview import app
from digest.web.preview.session import Choice, Session
from digest.web.preview.watching import Watch

LOOPBACK = "127.0.0.1"


def serve(
    session: Session,
    *,
    port: int,
    began: Callable[[str], None],
    browser: bool = True,
) -> None:
    """Serves until interrupted; `began` is told the address. Port 0 is any that is free. Raises DigestError."""
    with bound(LOOPBACK, port) as listening:
        host = f"{LOOPBACK}:{listening.getsockname()[1]}".removesuffix(":80")  # browsers leave out the usual port
        url = f"http://{host}/"
        made = app.application(session, host, secrets.token_urlsafe(32))
        settings = uvicorn.Config(
            made,
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=1,
        )
        logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
        with Watch(session.watched, session.changed):
            began(url)
            # While the browser starts, the issue is made.
            threading.Thread(target=session.view, args=(Choice(),), daemon=True).start()
            if browser:
                # In a thread: some browsers' starters return only when the window is closed.
                threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
            _Server(settings, session.ended).run(sockets=[listening])


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
