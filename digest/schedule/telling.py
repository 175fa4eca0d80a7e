"""Tells notices: by email through the newsletter's provider, by webhook, by a ping; each once.

The webhook and the ping are the operator's own addresses: they may be inside the network.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from digest import net, render
from digest.config import Settings
from digest.errors import DigestError
from digest.models import Email, Notice, Picture
from digest.pipeline import mail

if TYPE_CHECKING:
    from digest.store import Store

log = logging.getLogger("digest.schedule")

DONE = ("sent", "skipped")
"""Kinds of notices that say that all is well: the service behind `schedule.ping` hears of these alone."""


class Shown(Struct, frozen=True):
    """The issue that a notice is about, as its readers will get it."""

    email: Email
    pictures: Mapping[str, Picture]


def tell(settings: Settings, store: Store, notice: Notice, now: datetime, shown: Shown | None = None) -> None:
    """Tells it on every channel on which it has not been told; an email shows what is `shown` below it.

    What cannot be told is logged, and tried again later. Never raises for an outside fault.
    """
    for channel in _channels(settings, notice):
        about = {"newsletter": settings.newsletter.key, "kind": notice.kind, "title": notice.title}
        if not store.notices.claim(notice.key, channel, at=now, **about):
            continue
        try:
            _tell(settings, channel, notice, now, shown)
        except DigestError as error:
            store.notices.failed(notice.key, channel, str(error))
            by = channel.partition(":")[0]
            log.warning("notice not told", extra={"notice": notice.key, "by": by, "problem": str(error)})
        else:
            store.notices.told(notice.key, channel, now)
            log.info("notice told", extra={"notice": notice.key, "by": channel.partition(":")[0]})


def _channels(settings: Settings, notice: Notice) -> Iterator[str]:
    """`mail:desk@example.org` for each address, `webhook`, `ping`: each is told, and tried again, by itself."""
    yield from (f"mail:{address}" for address in settings.schedule.notify)
    if settings.schedule.webhook:
        yield "webhook"
    if settings.schedule.ping and notice.kind in DONE:
        yield "ping"


def _tell(settings: Settings, channel: str, notice: Notice, now: datetime, shown: Shown | None) -> None:
    if channel == "webhook":
        _post(settings, notice, now)
    elif channel == "ping" and settings.schedule.ping:
        net.get(settings.reveal(settings.schedule.ping, "schedule", "ping"), allow_private=True).expect_ok()
    else:
        _mail(settings, notice, now, shown, channel.removeprefix("mail:"))


def _mail(settings: Settings, notice: Notice, now: datetime, shown: Shown | None, address: str) -> None:
    issue, pictures = (shown.email, shown.pictures) if shown else (None, {})
    email = render.notice(notice, settings.newsletter, settings.templates, issue)
    name = f"notice-{notice.key.replace('/', '-')}"
    (sent,) = mail.to(settings, email, [address], now, mail.Plain(name, automatic=True, pictures=pictures))
    if not sent.accepted:
        raise DigestError(sent.said)


def _post(settings: Settings, notice: Notice, now: datetime) -> None:
    hook = settings.schedule.webhook
    if hook is None:
        return
    body = _for_slack(notice) if hook.kind == "slack" else _whole(notice, settings, now)
    url = settings.reveal(hook.url, "schedule", "webhook", "url")
    raw = json.dumps(body, ensure_ascii=False).encode()
    answer = net.post(url, raw, kind="application/json", allow_private=True)
    if not 200 <= answer.status < 300:
        raise DigestError(f"the webhook answered {answer.status}; check schedule.webhook in config.toml")


def _for_slack(notice: Notice) -> dict[str, object]:
    """https://docs.slack.dev/messaging/formatting-message-text: three characters are escaped, nothing else is."""

    def plain(text: str) -> str:
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    lines = [f"*{plain(notice.title)}*", *map(plain, notice.lines)]
    for each in notice.lists:
        lines += [plain(each.title), *(f"• {plain(point)}" for point in each.points)]
    lines += [f"<{link.url}|{plain(link.title)}>" for link in notice.links]
    return {"text": "\n".join([*lines, *([f"What to do: {plain(notice.cure)}"] if notice.cure else [])])}


def _whole(notice: Notice, settings: Settings, now: datetime) -> dict[str, object]:
    return {
        "key": notice.key,
        "kind": notice.kind,
        "newsletter": settings.newsletter.key,
        "issue": notice.issue,
        "title": notice.title,
        "lines": notice.lines,
        "lists": [{"title": each.title, "points": each.points} for each in notice.lists],
        "links": [{"title": link.title, "url": link.url} for link in notice.links],
        "what_to_do": notice.cure,
        "grave": notice.grave,
        "at": now.isoformat(),
    }
