"""Issues: one row per period, from its first run to the editor's yes, and the frozen bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Row, delete, func, select, true, update
from sqlalchemy import insert as plain_insert

from digest.errors import AttentionNeeded, DigestError, StoreError
from digest.models import Article, Correction, Email, Finding, History, Issue, Slot, Variants, Window, pictures_in
from digest.store import decisions, findings, pictures, placements
from digest.store import variants as kept_variants
from digest.store.database import Database, insert
from digest.store.decisions import Decision
from digest.store.findings import Noted
from digest.store.schema import audience, batch, frozen, placement
from digest.store.schema import issue as _issue

_WHOLE = Variants()
State = Literal["open", "stopped", "frozen", "approved", "held", "skipped"]


class IssueRecord(Struct, frozen=True):
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
    """Why it was stopped, held or skipped, or which warnings its approval accepted; else empty."""
    begun_at: datetime
    number: int | None
    """This and what follows is None, empty or 0 until the issue is frozen."""
    sha256: str | None
    subject: str
    stories: int
    frozen_at: datetime | None
    approved_at: datetime | None
    approved_by: str
    overlay: str | None
    """`config.overlay_hash` of the editor's changes that it was frozen with; None where that is not known."""


class Published(Struct, frozen=True):
    """An issue that readers have got, as an archive lists it."""

    key: str
    number: int
    subject: str
    preheader: str
    due: datetime
    published_at: datetime
    """When its sending began."""


class Issues:
    """Each newsletter's issues, one per period.

    Whatever decides on an issue raises DigestError when there is none with this id.
    """

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
        """A check said no. Raises DigestError when the issue is frozen or skipped already."""
        with self._db.write() as connection:
            row = _held_still(connection, issue_id)
            if row.sha256 is not None or row.state == "skipped":
                raise DigestError(f"{row.key} is {row.state} already")
            _set(connection, row, state="stopped", state_at=at, reason=reason)

    def freeze(  # noqa: PLR0913  what is fixed, and who did it when
        self,
        issue_id: int,
        issue: Issue,
        email: Email,
        variants: Variants = _WHOLE,
        *,
        by: str,
        at: datetime,
        again: bool = False,
    ) -> None:
        """Fixes the bytes, takes the articles and keeps the pictures that the emails show.

        With `again` in place of those that were frozen before, whose approval is void. Raises
        DigestError when the issue is frozen already, or skipped, or its sending has begun.
        """
        with self._db.write() as connection:
            row = _held_still(connection, issue_id)
            if row.state == "skipped" or (row.sha256 is not None and not again):
                raise DigestError(f"{row.key} is {row.state} already")
            _refuse_begun(connection, row, "it cannot be frozen again; correct its page on the web instead")
            _replace_bytes(connection, row.id, issue, email)
            kept_variants.replace(connection, row.id, variants)
            sha256 = variants.seal(email)
            shown = pictures_in(email.html) | pictures_in(email.web)
            pictures.freeze(connection, row.id, shown.values())
            frozen_now = {"number": issue.number, "subject": email.subject, "stories": len(issue.stories)}
            void = {"approved_at": None, "approved_by": ""}
            _set(connection, row, sha256=sha256, frozen_at=at, overlay=None, **frozen_now, **void)
            _decide(connection, row, Decision(at, "frozen", by, sha256, ""))

    def made_with(self, issue_id: int, overlay: str) -> None:
        """The frozen bytes hold the editor's changes that have this hash."""
        with self._db.write() as connection:
            _set(connection, _held_still(connection, issue_id), overlay=overlay)

    def approve(self, issue_id: int, sha256: str, by: str, at: datetime, *, accepts: bool = False) -> None:
        """A yes to exactly these bytes, with `accepts` to their warnings too.

        Raises AttentionNeeded when they are not the frozen ones.
        """
        with self._db.write() as connection:
            row = _held_still(connection, issue_id)
            if row.sha256 != sha256 or row.state == "skipped":
                refused = f"the email that was approved ({sha256[:12]}) is not the frozen one"
                raise AttentionNeeded(f"{row.key} is {row.state}: {refused}")
            if row.state != "approved":
                _set(connection, row, approved_at=at, approved_by=by)
                _decide(connection, row, Decision(at, "approved", by, sha256, ""))
                if accepts:
                    findings.accept(connection, row.id, sha256, by, at)

    def add_findings(self, issue_id: int, sha256: str, found: Sequence[Finding]) -> None:
        """Keeps what the checks said of these bytes, which may be frozen after it. Safe to repeat."""
        with self._db.write() as connection:
            findings.add(connection, _held_still(connection, issue_id).id, sha256, found)

    def findings(self, issue_id: int) -> tuple[Noted, ...]:
        """What the checks said of the frozen bytes, and who let each warning pass; none before they are frozen."""
        with self._db.read() as connection:
            sha256 = connection.scalar(select(_issue.c.sha256).where(_issue.c.id == issue_id))
            return findings.noted(connection, issue_id, sha256) if sha256 else ()

    def hold(self, issue_id: int, reason: str, at: datetime, by: str = "") -> None:
        """Keeps it, or what is left of it, from going out until a person approves it.

        Raises DigestError when it was skipped.
        """
        with self._db.write() as connection:
            row = _held_still(connection, issue_id)
            if row.state == "skipped":
                raise DigestError(f"{row.key} is skipped already")
            _decide(connection, row, Decision(at, "held", by, row.sha256, reason))

    def skip(self, issue_id: int, reason: str, at: datetime, by: str = "") -> None:
        """It will never go out, and its articles and its number are free for the next one. Safe to repeat.

        Raises DigestError when its sending has begun.
        """
        with self._db.write() as connection:
            row = _held_still(connection, issue_id)
            _refuse_begun(connection, row, "it cannot be skipped; hold it to keep back the rest")
            if row.state != "skipped":
                _decide(connection, row, Decision(at, "skipped", by, row.sha256, reason))

    def decisions(self, issue_id: int) -> tuple[Decision, ...]:
        """Who froze, approved, held and skipped it, and when; oldest first."""
        with self._db.read() as connection:
            return decisions.decisions(connection, issue_id)

    def get(self, key: str) -> IssueRecord | None:
        """The issue with this key."""
        with self._db.read() as connection:
            row = connection.execute(select(_issue).where(_issue.c.key == key)).one_or_none()
        return _record(row) if row else None

    def numbered(self, issue_id: int) -> IssueRecord | None:
        """The issue with this number in the store."""
        with self._db.read() as connection:
            row = connection.execute(select(_issue).where(_issue.c.id == issue_id)).one_or_none()
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
                raise _unfrozen(issue_id)
            email = Email(row.subject, row.preheader, row.html, row.text, row.web, json.loads(row.tokens))
            if kept_variants.seal(connection, issue_id, email) != row.sha256:
                raise StoreError(f"{row.key}: the stored email is not the one that was frozen; restore the database")
        return email

    def variant(self, issue_id: int, number: int) -> Email:
        """What was frozen for readers who chose some themes. Raises StoreError when it is not there, or has changed."""
        with self._db.read() as connection:
            return kept_variants.email(connection, issue_id, number)

    def served(self, issue_id: int) -> Mapping[tuple[str, ...], int | None]:
        """A choice of themes -> the number of its variant; None where the issue has too little for it."""
        with self._db.read() as connection:
            return kept_variants.served_of(connection, issue_id)

    def sending(self, issue_id: int) -> tuple[bool, bool]:
        """Whether its audience is fixed, and whether any of it is left to send or under way. Reads no recipient."""
        left = select(batch.c.seq).where(batch.c.issue_id == issue_id, batch.c.state.in_(("pending", "in flight")))
        with self._db.read() as connection:
            begun = _begun(connection, issue_id)
            return begun, begun and connection.scalar(left.limit(1)) is not None

    def composed(self, issue_id: int) -> Issue:
        """The issue as it was when it was frozen, with every verdict. Raises StoreError when it cannot be read."""
        with self._db.read() as connection:
            text = connection.scalar(select(frozen.c.issue).where(frozen.c.issue_id == issue_id))
        if text is None:
            raise _unfrozen(issue_id)
        try:
            return msgspec.json.decode(text, type=Issue)  # what older versions did not write has defaults
        except ValueError as error:
            raise StoreError(f"issue {issue_id}: what was frozen cannot be read; restore the database") from error

    def history(self, newsletter: str, before: datetime, candidates: Sequence[Article]) -> History:
        """What the issues say whose window ended at or before `before`; of articles, about the candidates only.

        The number is the highest that was given to an issue that was not skipped.
        """
        with self._db.read() as connection:
            return placements.history(connection, newsletter, before, candidates)

    def took(self, article: Article) -> tuple[tuple[str, str], ...]:
        """Key and state of every issue that placed the article, of any newsletter; oldest first."""
        with self._db.read() as connection:
            return placements.took(connection, article)

    def correct(self, issue_id: int, correction: Correction, web: str) -> None:
        """Keeps what was wrong, and the page that says so. Raises DigestError while the issue can be frozen again."""
        with self._db.write() as connection:
            row = _held_still(connection, issue_id)
            if not _begun(connection, row.id):
                raise DigestError(f"{row.key}: nobody has got it yet; freeze it again instead of correcting it")
            decisions.correct(connection, row.id, correction, web)

    def corrections(self, issue_id: int) -> tuple[Correction, ...]:
        """What was corrected since it went out, oldest first."""
        with self._db.read() as connection:
            return decisions.corrections(connection, issue_id)

    def web(self, issue_id: int) -> str:
        """The page on the web with all corrections; the frozen one when there are none."""
        with self._db.read() as connection:
            page = decisions.corrected_page(connection, issue_id)
        return self.email(issue_id).web if page is None else page

    def published(
        self, newsletter: str, limit: int, *, query: str = "", before: datetime | None = None
    ) -> tuple[Published, ...]:
        """Issues of which the sending began, the one that is due last first.

        Of a `query` their text holds all words, in any case. `before` leaves out what was due then or later.
        """
        columns = (
            _issue.c.key,
            _issue.c.number,
            frozen.c.subject,
            frozen.c.preheader,
            _issue.c.due,
            audience.c.frozen_at,
        )
        found = (
            select(*columns)
            .join(frozen, frozen.c.issue_id == _issue.c.id)
            .join(audience, audience.c.issue_id == _issue.c.id)
            .where(_issue.c.newsletter == newsletter)
            .where(*(func.lower(frozen.c.text).contains(word.lower(), autoescape=True) for word in query.split()[:8]))
            .order_by(_issue.c.due.desc())
            .limit(limit)
        )
        if before is not None:
            found = found.where(_issue.c.due < before)
        with self._db.read() as connection:
            return tuple(Published(*row) for row in connection.execute(found))

    def public_page(self, key: str) -> str | None:
        """The page on the web of an issue that readers have got; None for one that is nobody's business yet."""
        begun = select(_issue.c.id).join(audience, audience.c.issue_id == _issue.c.id).where(_issue.c.key == key)
        with self._db.read() as connection:
            number = connection.scalar(begun)
        return None if number is None else self.web(number)

    def _found(self, condition: ColumnElement[bool], limit: int | None = None) -> tuple[IssueRecord, ...]:
        newest = select(_issue).where(condition).order_by(_issue.c.due.desc(), _issue.c.id.desc()).limit(limit)
        with self._db.read() as connection:
            return tuple(_record(row) for row in connection.execute(newest))


def _held_still(connection: Connection, issue_id: int) -> Row[Any]:
    """The issue's row, which others cannot change before this transaction ends."""
    row = connection.execute(select(_issue).where(_issue.c.id == issue_id).with_for_update()).one_or_none()
    if row is None:
        raise DigestError(f"there is no issue {issue_id}")
    return row


def _begun(connection: Connection, issue_id: int) -> bool:
    return connection.scalar(select(audience.c.issue_id).where(audience.c.issue_id == issue_id)) is not None


def _refuse_begun(connection: Connection, row: Row[Any], cure: str) -> None:
    if _begun(connection, row.id):
        raise DigestError(f"{row.key}: its sending has begun, so {cure}")


def _set(connection: Connection, row: Row[Any], **values: object) -> None:
    connection.execute(update(_issue).where(_issue.c.id == row.id).values(values))


def _decide(connection: Connection, row: Row[Any], decision: Decision) -> None:
    _set(connection, row, state=decision.what, state_at=decision.at, reason=decision.reason)
    decisions.record(connection, row.id, decision)


def _replace_bytes(connection: Connection, issue_id: int, issue: Issue, email: Email) -> None:
    for table in (frozen, placement):
        connection.execute(delete(table).where(table.c.issue_id == issue_id))
    connection.execute(plain_insert(frozen).values(_bytes(issue_id, issue, email)))
    placed = {story.article.id: story.article.url_key for story in issue.stories}
    if placed:
        rows = [{"issue_id": issue_id, "article_id": name, "url_key": key} for name, key in placed.items()]
        connection.execute(plain_insert(placement), rows)


def _bytes(issue_id: int, issue: Issue, email: Email) -> dict[str, Any]:
    return {
        "issue_id": issue_id,
        "issue": msgspec.json.encode(issue).decode(),
        "subject": email.subject,
        "preheader": email.preheader,
        "html": email.html,
        "text": email.text,
        "web": email.web,
        "tokens": json.dumps(dict(email.tokens), ensure_ascii=False),
    }


def _unfrozen(issue_id: int) -> DigestError:
    return DigestError(f"issue {issue_id} is not frozen yet: it has no email")


def _record(row: Row[Any]) -> IssueRecord:
    values = row._asdict()
    values["window"] = Window(values.pop("window_start"), values.pop("window_end"))
    return IssueRecord(**values)
