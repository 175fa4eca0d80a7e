"""Issues: one row per period, from its first run to the editor's yes, and the frozen bytes."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, select, true, update
from sqlalchemy import insert as plain_insert

from digest.errors import AttentionNeeded, DigestError, StoreError
from digest.models import Email, History, Issue, Slot, Window
from digest.store.database import Database, insert
from digest.store.schema import frozen, placement
from digest.store.schema import issue as _issue

_UNFROZEN = _issue.c.sha256.is_(None)
State = Literal["open", "stopped", "frozen", "approved", "held"]


@dataclass(frozen=True, slots=True)
class IssueRecord:
    """Where one issue stands."""

    id: int
    key: str
    newsletter: str
    period: str
    due: datetime
    window: Window
    state: State
    state_at: datetime
    reason: str
    """Why it was stopped or held, else empty."""
    begun_at: datetime
    number: int | None
    """This and what follows is None, empty or 0 until the issue is frozen."""
    sha256: str | None
    subject: str
    stories: int
    frozen_at: datetime | None
    approved_at: datetime | None
    approved_by: str


class Issues:
    """Each newsletter's issues, one per period."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def begin(self, newsletter: str, slot: Slot, key: str, at: datetime) -> IssueRecord:
        """The issue of this slot, made now unless it is there: safe to repeat, from any process."""
        row = {
            "key": key,
            "newsletter": newsletter,
            "period": slot.period,
            "due": slot.due,
            "window_start": slot.window.start,
            "window_end": slot.window.end,
            "state": "open",
            "state_at": at,
            "begun_at": at,
        }
        blank = {"reason": "", "subject": "", "stories": 0, "approved_by": ""}
        ours = (_issue.c.newsletter == newsletter) & (_issue.c.period == slot.period)
        with self._db.write() as connection:
            new = insert(connection, _issue).values(row | blank)
            connection.execute(new.on_conflict_do_nothing(index_elements=["newsletter", "period"]))
            return _record(connection.execute(select(_issue).where(ours)).one())

    def stop(self, issue_id: int, reason: str, at: datetime) -> None:
        """A check said no. Raises DigestError when the issue is frozen already."""
        with self._db.write() as connection:
            _change(connection, issue_id, _UNFROZEN, {"state": "stopped", "state_at": at, "reason": reason})

    def freeze(self, issue_id: int, issue: Issue, email: Email, at: datetime) -> None:
        """Fixes the bytes and takes the articles. Raises DigestError when the issue is frozen already."""
        values = {
            "state": "frozen",
            "state_at": at,
            "reason": "",
            "number": issue.number,
            "sha256": email.sha256,
            "subject": email.subject,
            "stories": len(issue.stories),
            "frozen_at": at,
        }
        placed = {story.article.id: story.article.url_key for story in issue.stories}
        with self._db.write() as connection:
            _change(connection, issue_id, _UNFROZEN, values)
            connection.execute(plain_insert(frozen).values(_bytes(issue_id, issue, email)))
            if placed:
                rows = [{"issue_id": issue_id, "article_id": name, "url_key": key} for name, key in placed.items()]
                connection.execute(plain_insert(placement), rows)

    def approve(self, issue_id: int, sha256: str, by: str, at: datetime) -> None:
        """A yes to exactly these bytes. Raises AttentionNeeded when they are not the frozen ones."""
        values = {"state": "approved", "state_at": at, "reason": "", "approved_at": at, "approved_by": by}
        with self._db.write() as connection:
            row = connection.execute(select(_issue).where(_issue.c.id == issue_id)).one_or_none()
            if row is None or row.sha256 != sha256:
                what = f"{row.key} is {row.state}" if row else f"there is no issue {issue_id}"
                raise AttentionNeeded(f"{what}: the email that was approved ({sha256[:12]}) is not the frozen one")
            if row.state != "approved":
                _change(connection, issue_id, true(), values)

    def hold(self, issue_id: int, reason: str, at: datetime) -> None:
        """Keeps it from going out until a person approves it."""
        with self._db.write() as connection:
            _change(connection, issue_id, true(), {"state": "held", "state_at": at, "reason": reason})

    def get(self, key: str) -> IssueRecord | None:
        """The issue with this key."""
        with self._db.read() as connection:
            row = connection.execute(select(_issue).where(_issue.c.key == key)).one_or_none()
        return _record(row) if row else None

    def latest(self, newsletter: str) -> IssueRecord | None:
        """The newsletter's issue that is due last."""
        return next(iter(self._found(_issue.c.newsletter == newsletter, limit=1)), None)

    def all(self, newsletter: str | None = None) -> tuple[IssueRecord, ...]:
        """All issues, or one newsletter's; the one that is due last comes first."""
        return self._found(true() if newsletter is None else _issue.c.newsletter == newsletter)

    def email(self, issue_id: int) -> Email:
        """What was frozen, byte for byte. Raises StoreError when the stored bytes have changed."""
        found = select(frozen, _issue.c.key, _issue.c.sha256).join(_issue).where(_issue.c.id == issue_id)
        with self._db.read() as connection:
            row = connection.execute(found).one_or_none()
        if row is None:
            raise DigestError(f"issue {issue_id} is not frozen yet: it has no email")
        email = Email(row.subject, row.preheader, row.html, row.text, row.web, json.loads(row.tokens))
        if email.sha256 != row.sha256:
            raise StoreError(f"{row.key}: the stored email is not the one that was frozen; restore the database")
        return email

    def history(self, newsletter: str, before: datetime) -> History:
        """What the frozen issues say whose window ended at or before `before`."""
        earlier = (_issue.c.newsletter == newsletter) & _issue.c.sha256.is_not(None) & (_issue.c.window_end <= before)
        newest = _issue.c.window_end.desc()
        issues = select(_issue).where(earlier).order_by(newest).limit(1)
        taken = select(placement.c.url_key, placement.c.article_id, _issue.c.key).join(_issue).where(earlier)
        with self._db.read() as connection:
            last = connection.execute(issues).one_or_none()
            # The first issue that took an article comes last here, and stays.
            placed = {
                name: row.key
                for row in connection.execute(taken.order_by(newest))
                for name in (row.url_key, row.article_id)
            }
        return History(last.number, last.window_end, last.frozen_at, placed) if last else History()

    def _found(self, condition: ColumnElement[bool], limit: int | None = None) -> tuple[IssueRecord, ...]:
        newest = select(_issue).where(condition).order_by(_issue.c.due.desc(), _issue.c.id.desc()).limit(limit)
        with self._db.read() as connection:
            return tuple(_record(row) for row in connection.execute(newest))


def _change(connection: Connection, issue_id: int, condition: ColumnElement[bool], values: dict[str, Any]) -> None:
    done = connection.execute(update(_issue).where(_issue.c.id == issue_id, condition).values(values))
    if done.rowcount != 1:
        now = connection.execute(select(_issue.c.key, _issue.c.state).where(_issue.c.id == issue_id)).one_or_none()
        raise DigestError(f"{now.key} is {now.state} already" if now else f"there is no issue {issue_id}")


def _bytes(issue_id: int, issue: Issue, email: Email) -> dict[str, Any]:
    return {
        "issue_id": issue_id,
        "issue": json.dumps(asdict(issue), ensure_ascii=False, default=datetime.isoformat),
        "subject": email.subject,
        "preheader": email.preheader,
        "html": email.html,
        "text": email.text,
        "web": email.web,
        "tokens": json.dumps(dict(email.tokens), ensure_ascii=False),
    }


def _record(row: Row[Any]) -> IssueRecord:
    values = row._asdict()
    values["window"] = Window(values.pop("window_start"), values.pop("window_end"))
    return IssueRecord(**values)
