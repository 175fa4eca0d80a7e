"""What can be decided on the page: freeze, approve, hold, through the desk; and a test, which reaches no subscriber."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pydantic import ValidationError

from digest import compose, desk, pipeline
from digest.config.values import Table
from digest.errors import AttentionNeeded, ConfigError
from digest.web.preview import screen
from digest.web.preview.session import Form, Quiet, Session, View

if TYPE_CHECKING:
    from digest.store import Store


_Asked = TypeVar("_Asked", bound=Table)


class Decision(Table):
    """What the page asks for."""

    do: Literal["freeze", "approve", "hold"]
    by: str
    sha256: str = ""
    """Of the bytes that were on screen; another hash is refused."""
    seen: tuple[str, ...] = ()
    """Names of the warnings that the person ticked."""
    accept: tuple[str, ...] = ()
    """Errors that the person lets pass for this freezing, of `check.ACCEPTABLE`."""
    reason: str = ""


class Test(Table):
    """Who gets the email, marked as a test."""

    addresses: tuple[str, ...]
    form: str = ""
    """`now` for what is not the frozen form though there is one."""


def decision(given: Any) -> Decision:
    """What a page sent, checked. Raises ConfigError."""
    made = _checked(Decision, given)
    if not made.by.strip():
        raise ConfigError(["by: say who decides: every decision is recorded with a name"])
    return made


def test(given: Any) -> Test:
    """The same."""
    return _checked(Test, given)


def _checked(model: type[_Asked], given: Any) -> _Asked:
    try:
        return model.model_validate(given, strict=False)  # JSON has lists and no tuples
    except ValidationError as error:
        raise ConfigError([f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]) from error


def tested(view: View, asked: Test) -> str:
    """What became of the test to each address. Raises UsageError for addresses that cannot be."""
    from digest.pipeline import testing  # what it needs to send, only who sends pays for

    form, _ = screen.form_of(view, screen.Screen(form=asked.form))
    _refuse_unready(view, form)
    found = testing.send_test(view.settings, form.email, asked.addresses, datetime.now(UTC))
    told = (f"{each.address}: {'accepted' if each.accepted else each.said}" for each in found)
    return f"Test sent. {'; '.join(told)}."


def decided(session: Session, view: View, asked: Decision) -> str:
    """One sentence about what is recorded. Raises DigestError when it cannot be."""
    if asked.do == "freeze":
        _refuse_unready(view, view.draft)
    return {"freeze": _freeze, "approve": _approve, "hold": _hold}[asked.do](session.made(), view, asked)


def _freeze(store: Store, view: View, asked: Decision) -> str:
    if view.slot.window.end > view.now:
        end = view.slot.window.end.astimezone(view.settings.newsletter.zone)
        raise AttentionNeeded(f"{view.key} closes {end:%a %d %b %H:%M}; it can be frozen after that")
    job = pipeline.Job(view.now, Quiet(), asked.accept, by=asked.by.strip())
    record = desk.freeze(view.settings, store, view.slot, job)
    if record.state != "frozen" or record.sha256 is None:
        return f"{record.key} is {record.state}: {record.reason}."
    # Freezing reads the sources once more: they may have said something at the last moment.
    changes = compose.changes(view.draft.issue, store.issues.composed(record.id))
    if not changes:
        return f"Frozen as {record.sha256[:12]}: what you saw."
    told = "; ".join(f"{c.what}: {c.title or c.after}" for c in changes[:3])
    return f"Frozen as {record.sha256[:12]}, but it is not what you saw: {told}. Look at it again."


def _refuse_unready(view: View, form: Form) -> None:
    if form.lacks:
        raise AttentionNeeded(f"{view.key}: {form.lacks} are on their way; wait for them, look, and do it then")


def _approve(store: Store, view: View, asked: Decision) -> str:
    if view.frozen is None or not asked.sha256:
        raise AttentionNeeded(f"{view.key} is not frozen yet: freeze it first")
    if missing := [name for name in warnings(view.frozen) if name not in asked.seen]:
        raise AttentionNeeded(f"say yes to each warning first: {', '.join(missing)}")
    by = asked.by.strip()
    accepts = bool(warnings(view.frozen))
    desk.approve(store, view.key, by, datetime.now(UTC), asked.sha256, accepts_warnings=accepts)
    return f"Approved by {by}: the bytes {asked.sha256[:12]}, and no others."


def _hold(store: Store, view: View, asked: Decision) -> str:
    reason = asked.reason.strip() or "held in the preview"
    job = pipeline.Job(datetime.now(UTC), Quiet(), by=asked.by.strip())
    desk.hold(view.settings, store, view.slot, reason, job)
    return f"{view.key} is held: {reason}."


def warnings(form: Form) -> Sequence[str]:
    """Names of the checks that ask for a person's yes and have none yet, each once."""
    asking = (f.check for f in form.findings if f.severity == "warning" and f not in form.accepted)
    return tuple(dict.fromkeys(asking))
