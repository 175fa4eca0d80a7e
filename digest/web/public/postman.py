"""Sends the emails that answer requests, one by one, through the provider of config.toml."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

from digest import tokens
from digest.config import Settings
from digest.errors import DigestError
from digest.models import Answer, Batch, Delivery, Email, NotSent, Settled, Stopped
from digest.pipeline import mail
from digest.render import guard, markup, plaintext, templates
from digest.store.signups import Due
from digest.web.public import pages

if TYPE_CHECKING:
    from digest.store import Store

log = logging.getLogger("digest.web")

_TRY_AGAIN = timedelta(minutes=2)
_GIVE_UP = timedelta(days=1)
_CLEAN_UP_S = 3600.0
_LOOK_S = 5.0


class Postman:
    """A thread that looks for emails that are due, at once when it is woken."""

    def __init__(
        self,
        editions: Sequence[Settings],
        store: Store,
        clock: Callable[[], datetime],
        counts: Counter[tuple[str, ...]],
    ) -> None:
        self._editions = {each.newsletter.key: each for each in editions}
        self._store = store
        self._clock = clock
        self._counts = counts
        self._wake = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, name="postman", daemon=True)

    def start(self) -> None:
        """Begins; what was due before a restart goes out first."""
        self._thread.start()

    def wake(self) -> None:
        """An email may be due."""
        self._wake.set()

    def end(self) -> None:
        """After the email that is under way."""
        self._ended.set()
        self._wake.set()
        self._thread.join(timeout=60)

    def round(self) -> int:
        """Sends what is due now; says how many were tried."""
        due = self._store.signups.due(self._clock())
        for each in due:
            try:
                self._judge(each, self._send(each))
            except DigestError as error:
                self._counts["digest_mails_total", "failed"] += 1
                log.error("sign-up %d gets no email: %s", each.id, error)  # noqa: TRY400  said in plain words
                self._again(each, _TRY_AGAIN)
        return len(due)

    def _work(self) -> None:
        cleaned = 0.0
        while not self._ended.is_set():
            self._wake.clear()
            try:
                self.round()
                now = self._clock()
                if now.timestamp() - cleaned > _CLEAN_UP_S:
                    self._store.signups.forget_old(now)
                    cleaned = now.timestamp()
            except Exception:  # the boundary of one round: the next one tries again
                log.exception("the emails that are due could not be sent")
            self._wake.wait(_LOOK_S)

    def _send(self, due: Due) -> Answer:
        settings = self._editions.get(due.newsletters[0]) or next(iter(self._editions.values()))
        email = answer(due, settings, self._named(due), self._store, self._clock())
        key = f"confirm-{due.id}-{due.asked_at:%Y%m%d%H%M%S}"
        fields = {"name": due.name, "address": due.address, "unsubscribe_url": ""}
        batch = Batch(key, 1, due.times, (Delivery(1, due.address, fields),), key)
        with mail.through(
            settings, email, self._clock(), mail.Plain(key, automatic=True, paces=self._store.paces)
        ) as provider:
            return provider.deliver(batch)

    def _judge(self, due: Due, answer: Answer) -> None:
        if isinstance(answer, Settled):
            fate = answer.outcomes[0].state if answer.outcomes else "accepted"
            self._counts["digest_mails_total", fate] += 1
            log.info("sign-up %d: the email was %s", due.id, fate)
            return
        self._counts["digest_mails_total", "failed"] += 1
        log.error("sign-up %d: the email was not taken: %s", due.id, answer.reason)
        if isinstance(answer, NotSent | Stopped):  # provably not taken: it may be tried again
            pause_s = getattr(answer, "retry_after_s", None)
            self._again(due, timedelta(seconds=pause_s) if pause_s else _TRY_AGAIN)

    def _again(self, due: Due, pause: timedelta) -> None:
        at = self._clock() + pause
        if at - due.asked_at < _GIVE_UP:
            self._store.signups.mail_again(due.id, at)

    def _named(self, due: Due) -> str:
        names = [self._editions[key].newsletter.name for key in due.newsletters if key in self._editions]
        return ", ".join(names)


class _Words(Struct, frozen=True):
    """What one email says."""

    kind: str
    link: str


def answer(due: Due, settings: Settings, named: str, store: Store, now: datetime) -> Email:
    """The email to who asked: a link to confirm, or, to a reader of all that was asked for, to their choices."""
    public_url, signing = settings.newsletter.public_url, store.keys.signing(now)[0]
    link = _Words("mail", f"{public_url}/c/{tokens.confirmation(due.id, due.asked_at, signing)}")
    person = store.people.by_address(due.address)
    if person is not None and person.state == "active":
        gets = {each.newsletter for each in person.listings if each.left_at is None}
        if gets.issuperset(due.newsletters):
            prefix = tokens.unsubscribe_prefix(public_url, settings.newsletter.key)
            link = _Words("known", f"{prefix}{store.people.token(due.address)}/choices")
    root = settings.page_templates
    say = pages.say(settings, due.language)
    values = {
        "say": say,
        "brand": settings.brand,
        "newsletter": settings.newsletter,
        "language": due.language,
        "link": link.link,
        "subject": say(f"{link.kind}-subject", newsletter=settings.newsletter.name),
        "heading": say(f"{link.kind}-heading"),
        "text": say(f"{link.kind}-text", newsletters=named),
        "button": say(f"{link.kind}-button"),
        "ignore": say(f"{link.kind}-ignore"),
    }
    html = markup.compiled(guard.legal(templates.fill(root, "mail/answer.mjml.j2", values)))
    text = plaintext.wrapped(guard.legal(templates.fill(root, "mail/answer.txt.j2", values, escape=False)))
    return Email(str(values["subject"]), "", html, text, "", {})
