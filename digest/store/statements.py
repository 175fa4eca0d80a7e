"""The ledger's statements, built once: a batch runs each of them, and building costs more than running."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import (
    BindParameter,
    Boolean,
    ColumnElement,
    FromClause,
    Insert,
    Integer,
    and_,
    bindparam,
    case,
    func,
    insert,
    join,
    literal,
    not_,
    or_,
    select,
    true,
    update,
)

from digest.models import OUTBOX
from digest.store.schema import (
    UtcTime,
    attempt,
    audience,
    batch,
    decision,
    delivery,
    issue,
    learned,
    outcome,
    served,
    subscriber,
    subscription,
)

_OF_ISSUE: BindParameter[int] = bindparam("issue_id")
_IN_RANGE = and_(
    delivery.c.issue_id == _OF_ISSUE, delivery.c.number.between(bindparam("first_number"), bindparam("last_number"))
)
_OUTCOMES_OF_BATCH = (
    select(func.count())
    .where(
        outcome.c.issue_id == batch.c.issue_id,
        outcome.c.number.between(batch.c.first_number, batch.c.last_number),
    )
    .scalar_subquery()
)
_LEFT = batch.c.last_number - batch.c.first_number + 1 - _OUTCOMES_OF_BATCH

_NEWSLETTER = select(issue.c.newsletter).where(issue.c.id == _OF_ISSUE).scalar_subquery()

ISSUE = select(issue.c.key, issue.c.state).where(issue.c.id == _OF_ISSUE).with_for_update()
"""Waits for others that decide on this issue, or change which batches it has."""

AUDIENCE = select(audience.c.size).where(audience.c.issue_id == _OF_ISSUE)
HALT = (
    select(decision.c.what, decision.c.by, decision.c.at, decision.c.reason)
    .where(
        decision.c.issue_id == _OF_ISSUE, decision.c.what.in_(["paused", "resumed", "cancelled", "held", "approved"])
    )
    .order_by((decision.c.what == "cancelled").desc(), decision.c.number.desc())
    .limit(1)
)
"""The last decision that lets the issue go out or not; nothing undoes a cancellation."""
_REAL: BindParameter[bool] = bindparam("real", type_=Boolean)
LAST_AUDIENCE = (
    select(issue.c.key, audience.c.size)
    .join_from(audience, issue, issue.c.id == audience.c.issue_id)
    .where(
        issue.c.newsletter == _NEWSLETTER,
        issue.c.id != _OF_ISSUE,
        or_(and_(_REAL, audience.c.provider != OUTBOX), and_(not_(_REAL), audience.c.provider == OUTBOX)),
    )
    .order_by(issue.c.due.desc())
    .limit(1)
)
"""Of the newsletter's issue before, among those that went to real people, or among those that went to the outbox."""
DUE = select(issue.c.due).where(issue.c.id == _OF_ISSUE)
NOT_SERVED = select(audience.c.unserved).where(audience.c.issue_id == _OF_ISSUE)
FROZEN = select(audience.c.size, audience.c.provider).where(audience.c.issue_id == _OF_ISSUE)

_SENT_THIS_MONTH = (
    select(delivery.c.number)
    .join(issue, issue.c.id == delivery.c.issue_id)
    .where(
        issue.c.newsletter == _NEWSLETTER,
        issue.c.due >= bindparam("month", type_=UtcTime),
        delivery.c.subscriber_id == subscription.c.subscriber_id,
    )
    .exists()
)

_VARIANT = func.coalesce(served.c.variant, 0)
_THEIRS = and_(served.c.issue_id == _OF_ISSUE, served.c.themes == subscription.c.themes)
_READERS = join(subscription, subscriber, subscriber.c.id == subscription.c.subscriber_id)
_DUE_TO_GET_IT = and_(
    subscription.c.newsletter == _NEWSLETTER,
    subscription.c.left_at.is_(None),
    subscriber.c.state == "active",
    or_(bindparam("sample_too", type_=Boolean), subscriber.c.origin != "sample"),
    or_(subscription.c.frequency == "every", ~_SENT_THIS_MONTH),
)


def _freeze(
    readers: FromClause,
    variant: ColumnElement[int],
    order: Sequence[ColumnElement[int]],
    served_by_it: ColumnElement[bool],
) -> Insert:
    found = select(
        _OF_ISSUE,
        func.row_number().over(order_by=order),
        subscription.c.subscriber_id,
        subscriber.c.address,
        subscriber.c.name,
        subscriber.c.token,
        variant,
    )
    columns = ["issue_id", "number", "subscriber_id", "address", "name", "token", "variant"]
    frozen = insert(delivery).from_select(columns, found.select_from(readers).where(_DUE_TO_GET_IT, served_by_it))
    return frozen.execution_options(preserve_rowcount=True)


_PERSON = subscription.c.subscriber_id
FREEZE = _freeze(_READERS, literal(0), [_PERSON], true())
_BY_CHOICE = _READERS.outerjoin(served, _THEIRS)
FREEZE_BY_CHOICE = _freeze(
    _BY_CHOICE, _VARIANT, [_VARIANT, _PERSON], or_(served.c.issue_id.is_(None), served.c.variant.is_not(None))
)
"""By variant, and within each by person. Whose choice the issue does not know gets all of it; for whom it has too
little, nothing."""
UNSERVED = (
    select(func.count())
    .select_from(_BY_CHOICE)
    .where(_DUE_TO_GET_IT, served.c.issue_id.is_not(None), served.c.variant.is_(None))
)
IS_VARIED = select(served.c.themes).where(served.c.issue_id == _OF_ISSUE).limit(1)
SIZES = select(delivery.c.variant, func.count()).where(delivery.c.issue_id == _OF_ISSUE).group_by(delivery.c.variant)


NEXT = (
    select(batch)
    .where(batch.c.issue_id == _OF_ISSUE, batch.c.state == "pending", batch.c.not_before <= bindparam("at"))
    .order_by(batch.c.seq)
    .limit(1)
    .with_for_update(skip_locked=True)
)

THIS = NEXT.where(batch.c.seq == bindparam("seq"))
"""The same of one batch alone."""

DELIVERIES = (
    select(delivery.c.number, delivery.c.subscriber_id, delivery.c.address, delivery.c.name, delivery.c.token)
    .where(_IN_RANGE)
    .order_by(delivery.c.number)
)
"""A batch's deliveries, which are in the order of their subscribers. Who of them is there still is found once a
batch, by their range: to look each reader up takes three seconds more a million."""

ACTIVE = select(subscriber.c.id).where(
    subscriber.c.id.between(bindparam("first_person"), bindparam("last_person")), subscriber.c.state == "active"
)
LEFT_NEWSLETTER = select(subscription.c.subscriber_id).where(
    subscription.c.newsletter == _NEWSLETTER,
    subscription.c.left_at.is_not(None),
    subscription.c.subscriber_id.between(bindparam("first_person"), bindparam("last_person")),
)
LINK = select(audience.c.unsubscribe_url).where(audience.c.issue_id == _OF_ISSUE)

NUMBERS = select(outcome.c.number).where(
    outcome.c.issue_id == _OF_ISSUE,
    outcome.c.number.between(bindparam("first_number"), bindparam("last_number")),
)

SETTLED = select(outcome).where(
    outcome.c.issue_id == _OF_ISSUE,
    outcome.c.number.between(bindparam("first_number"), bindparam("last_number")),
)

OURS = (
    select(batch)
    .where(
        batch.c.issue_id == _OF_ISSUE,
        batch.c.seq == bindparam("seq"),
        batch.c.attempt == bindparam("attempt"),
        batch.c.owner == bindparam("owner"),
        batch.c.state.in_(["in flight", "in doubt"]),
    )
    .with_for_update()
)
"""The fence: no row when the batch was taken from its owner in the meantime. An answer that comes late,
when the batch is in doubt already, is still the answer to this very attempt."""

LOST_CLAIM = select(batch).where(
    batch.c.issue_id == _OF_ISSUE, batch.c.state == "in flight", batch.c.owner == bindparam("owner")
)
"""What this owner has in its hands: after a claim whose commit was not heard of, the batch that it got."""

MOVE = update(batch).where(batch.c.issue_id == bindparam("of_issue"), batch.c.seq == bindparam("of_seq"))
"""Sets the columns that the parameters name."""

_LOST = or_(batch.c.state == "in flight", and_(batch.c.state == "pending", batch.c.replay_of.is_not(None)))
_UNKNOWN = or_(_LOST, batch.c.state == "in doubt")
_BEGAN = func.coalesce(batch.c.replay_of, attempt.c.started)
_LAST_ATTEMPT = and_(
    attempt.c.issue_id == batch.c.issue_id, attempt.c.seq == batch.c.seq, attempt.c.attempt == batch.c.attempt
)

ORPHANS = (
    select(
        batch.c.seq,
        batch.c.attempt,
        _BEGAN,
        batch.c.state,
        batch.c.key,
        batch.c.ask_at,
        batch.c.owner,
        attempt.c.started.label("tried"),
    )
    .join_from(batch, attempt, _LAST_ATTEMPT)
    .where(batch.c.issue_id == _OF_ISSUE, _UNKNOWN)
    .order_by(batch.c.seq)
)

_SAME_ATTEMPT = or_(bindparam("of_attempt", type_=Integer).is_(None), batch.c.attempt == bindparam("of_attempt"))

TO_DOUBT = MOVE.where(_LOST, _SAME_ATTEMPT).values(
    state="in doubt",
    reason=bindparam("said"),
    doubt_since=bindparam("at"),
    not_before=bindparam("at"),
    ask_at=bindparam("again_at"),
)

TO_REPLAY = MOVE.where(_UNKNOWN, _SAME_ATTEMPT, batch.c.key.is_not(None)).values(
    state="pending",
    not_before=bindparam("at"),
    replay_of=func.coalesce(batch.c.replay_of, select(attempt.c.started).where(_LAST_ATTEMPT).scalar_subquery()),
)

LAST_SEQ = select(func.max(batch.c.seq)).where(batch.c.issue_id == _OF_ISSUE)

BEGIN = insert(attempt)

ANSWERED = (
    update(attempt)
    .where(
        attempt.c.issue_id == bindparam("of_issue"),
        attempt.c.seq == bindparam("of_seq"),
        attempt.c.attempt == bindparam("of_attempt"),
        attempt.c.ended.is_(None),
    )
    .values(ended=bindparam("at"), answer=bindparam("said"))
)

SAID = select(attempt.c.answer).where(
    attempt.c.issue_id == bindparam("of_issue"),
    attempt.c.seq == bindparam("of_seq"),
    attempt.c.attempt == bindparam("of_attempt"),
)

LEARNED = select(learned.c.number, learned.c.key).where(
    learned.c.issue_id == _OF_ISSUE,
    learned.c.number.between(bindparam("first_number"), bindparam("last_number")),
)

AROUND = select(batch).where(
    batch.c.issue_id == _OF_ISSUE,
    batch.c.state.in_(["in doubt", "in flight"]),
    batch.c.first_number <= bindparam("number"),
    batch.c.last_number >= bindparam("number"),
)
"""The batch that may have carried this delivery, where that is not settled."""

DOUBTED = (
    select(batch)
    .where(batch.c.issue_id == _OF_ISSUE, batch.c.seq == bindparam("seq"), batch.c.state == "in doubt")
    .with_for_update()
)

CANCEL = (
    update(batch)
    .where(batch.c.issue_id == bindparam("of_issue"), batch.c.state == "pending")
    .values(
        state=case((batch.c.replay_of.is_(None), literal("cancelled")), else_=literal("in doubt")),
        doubt_since=case((batch.c.replay_of.is_(None), batch.c.doubt_since), else_=bindparam("at", type_=UtcTime)),
        reason=bindparam("said"),
    )
)
"""What was to be asked for once more under its key may have been taken before: that stays in doubt."""

APPEND_AT_ONCE = 500
_APPEND = "insert into outcome (issue_id, number, state, provider_id, reason) values "
APPEND = f"{_APPEND}(?, ?, ?, ?, ?)"
APPEND_MANY = _APPEND + ", ".join(["(?, ?, ?, ?, ?)"] * APPEND_AT_ONCE)
"""SQLite, through its driver: many rows in one statement take half the time that they take one by one."""

COPY = "copy outcome (issue_id, number, state, provider_id, reason) from stdin"

OUTCOMES = select(
    *(func.count().filter(outcome.c.state == state).label(state) for state in ("accepted", "rejected", "suppressed"))
).where(outcome.c.issue_id == _OF_ISSUE)
"""Without a grouping, which SQLite would sort a million rows for."""

LEFT = (
    select(batch.c.state, func.sum(_LEFT))
    .where(batch.c.issue_id == _OF_ISSUE, batch.c.state.in_(["pending", "in flight", "cancelled"]))
    .group_by(batch.c.state)
)
"""Batch state -> deliveries without an outcome."""

DOUBTS = (
    select(
        batch.c.seq,
        _LEFT,
        batch.c.reason,
        batch.c.doubt_since,
        _BEGAN.label("started"),
        batch.c.ask_at,
        batch.c.asked_at,
        func.coalesce(batch.c.told, ""),
        func.coalesce(batch.c.key, ""),
    )
    .join_from(batch, attempt, _LAST_ATTEMPT)
    .where(batch.c.issue_id == _OF_ISSUE, batch.c.state == "in doubt")
    .order_by(batch.c.seq)
)

RANGES = select(batch).where(batch.c.issue_id == _OF_ISSUE).order_by(batch.c.first_number)

SETTLED_SINCE = (
    select(func.coalesce(func.sum(batch.c.last_number - batch.c.first_number + 1), 0))
    .join_from(attempt, batch, and_(attempt.c.issue_id == batch.c.issue_id, attempt.c.seq == batch.c.seq))
    .where(attempt.c.issue_id == _OF_ISSUE, attempt.c.ended >= bindparam("since"), batch.c.state == "done")
)
PENDING = select(
    batch.c.last_number - batch.c.first_number + 1,
    batch.c.not_before,
    select(func.max(decision.c.number)).where(decision.c.issue_id == _OF_ISSUE).scalar_subquery(),
).where(batch.c.issue_id == _OF_ISSUE, batch.c.seq == bindparam("seq"), batch.c.state == "pending")

WAITING = (
    select(batch.c.not_before, batch.c.reason)
    .where(batch.c.issue_id == _OF_ISSUE, batch.c.state == "pending", batch.c.attempt > 0)
    .order_by(batch.c.not_before.desc())
    .limit(1)
)
"""What was handed over, not taken, and waits for its time."""
LAST_RUN = select(audience.c.ended_at, audience.c.ended).where(audience.c.issue_id == _OF_ISSUE)

ENDED = (
    update(audience)
    .where(audience.c.issue_id == bindparam("of_issue"))
    .values(ended=bindparam("why"), ended_at=bindparam("at"))
)

ISSUE_ID = select(issue.c.id).where(issue.c.key == bindparam("key"))

EVERYBODY = select(delivery.c.number, delivery.c.address).where(delivery.c.issue_id == _OF_ISSUE)

ADDRESSES = select(delivery.c.number, delivery.c.address).where(_IN_RANGE).order_by(delivery.c.number)
