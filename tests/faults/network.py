"""A network that is cut in the middle of a sending, and comes back: a proxy that swallows what passes."""

from __future__ import annotations

import random
import socket
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from tests.fakes import Fake
from tests.faults import scene
from tests.faults.kills import HOUR_S, POLICIES
from tests.faults.scene import Launcher, Sender, Verdict

WAYS = ("both", "there", "back")
"""What is lost while it is cut: calls and answers, calls alone, answers alone."""


class Proxy:
    """Passes bytes on to a port of this machine, or swallows them, as a firewall that drops: nobody is told."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.cut = ""
        """One of `WAYS`, or empty while all passes."""

    def serve(self) -> None:
        """Until `close`."""
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.create_connection(("127.0.0.1", self._port))
                for one, other, way in ((client, server, "there"), (server, client, "back")):
                    threading.Thread(target=self._pass, args=(one, other, way), daemon=True).start()

    def close(self) -> None:
        """No more connections."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _pass(self, one: socket.socket, other: socket.socket, way: str) -> None:
        with suppress(OSError), one, other:
            while piece := one.recv(1 << 16):
                if self.cut in ("both", way):
                    continue
                other.sendall(piece)


@contextmanager
def proxy(fake: Fake):
    """Between the sender and this fake."""
    made = Proxy(int(fake.url.rpartition(":")[2]))
    fake.url = made.url  # its answers name pages of its own
    thread = threading.Thread(target=made.serve)
    thread.start()
    try:
        yield made
    finally:
        made.close()
        thread.join()


def cut(policy: str, cuts: int, people: int, batch: int, *, seed: int = 3) -> tuple[int, Verdict]:
    """One sending whose network is away again and again, longer than the sender waits for an answer; how often it was."""
    kind, in_doubt = POLICIES[policy]
    chance, done = random.Random(seed), 0
    with tempfile.TemporaryDirectory() as folder, kind(latency_s=0.005) as fake, proxy(fake) as between:
        with scene.issue(Path(folder), people, batch) as store, Launcher() as launcher:
            sender = Sender(folder, fake.name, between.url, workers=2, in_doubt=in_doubt, faster=20, answer_s=0.3)
            while done < cuts:
                with ThreadPoolExecutor(1) as waiting:
                    launcher.start(sender)
                    over = waiting.submit(launcher.wait)
                    while done < cuts:
                        seen = len(fake.calls) + chance.randrange(1, 6)
                        scene.until(lambda seen=seen, over=over: len(fake.calls) >= seen or over.done(), 10.0)
                        if over.done():
                            break
                        between.cut, done = chance.choice(WAYS), done + 1
                        time.sleep(0.7)
                        between.cut = ""
                if over.result() == 0:
                    break
                sender = replace(sender, ahead_s=sender.ahead_s + HOUR_S * (policy == "ask"))
            assert launcher.run(replace(sender, ahead_s=sender.ahead_s + 3 * HOUR_S, answer_s=10)) == 0
            return done, scene.verdict(store, fake)
