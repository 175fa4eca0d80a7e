"""The pages of the preview, made on the server: each region by its own template."""

from __future__ import annotations

import getpass
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from msgspec import Struct

from digest import check, config, pipeline
from digest.check import size
from digest.compose import window
from digest.config import CheckSettings
from digest.models import Delivery, Finding
from digest.render.compiled import Compiled
from digest.splice import Page, for_html, for_text
from digest.web.preview import (
    cases,
    comparing,
    headers,
    inbox,
    links,
    outline,
    places,
    reading,
    screen,
)
from digest.web.preview.screen import Screen
from digest.web.preview.session import Choice, Form, Session, View
from digest.web.preview.shaping import Steps

_HERE = Path(__file__).parent
REGIONS = ("bar", "problems", "outline", "stage", "sendoff")
_PLACE = re.compile(r"^(?P<file>[^\n:]+\.[\w.]+):(?P<line>\d+): (?P<said>.*)$", re.DOTALL)


class Problem(Struct, frozen=True):
    """Something that keeps the issue from being made anew."""

    file: str
    """Relative to the folder of config.toml; empty when it is in no file."""
    line: str
    said: str


class Pages:
    """Renders the regions for one session."""

    def __init__(self, session: Session, steps: Steps) -> None:
        self._session, self._steps = session, steps

    def regions(self, choice: Choice, shown: Screen, *, at_once: bool) -> dict[str, Any]:
        """Each region's markup by its name, with what the script must know beside it."""
        version = self._session.version
        view, problems = self._session.view(choice, at_once=at_once)
        told = [_problem(text, self._session.config_file.parent) for text in problems]
        values: dict[str, Any] = {"problems": told, "choice": choice, "screen": shown, "view": view}
        if view is None:
            blank = dict.fromkeys(REGIONS, "") | {"problems": _written("problems", **values)}
            return {**blank, "title": "digest preview", "version": version, "email": "", "lacks": ""}
        values |= self._values(view, shown)
        form, _ = screen.form_of(view, shown)
        made = {name: _written(name, **values) for name in REGIONS}
        drawn = hashlib.sha256(filled(view, form, "html", shown.to) + filled(view, form, "web", shown.to)).hexdigest()
        title = f"{view.key} · {form.email.subject}"
        return {**made, "title": title, "version": version, "email": drawn, "lacks": view.draft.lacks}

    def _values(self, view: View, shown: Screen) -> dict[str, Any]:
        form, frozen = screen.form_of(view, shown)
        file = config.overlay_file(view.settings.folder, view.key)
        can_undo, can_redo = self._steps.open_to(file)
        zone = view.settings.newsletter.zone
        return {
            "form": form,
            "is_frozen": frozen,
            "settings": view.settings,
            "editions": self._session.editions(),
            "issues": _issues(self._session, view),
            "outline": outline.of(view),
            "recipient": cases.recipient(shown.to),
            "findings": [(finding, places.of(finding, form.issue)) for finding in form.findings],
            "counts": _counts(form.findings),
            "acceptable": sorted(
                {f.check for f in view.draft.findings if f.severity == "error"} & set(check.ACCEPTABLE)
            ),
            "closed": view.slot.window.end <= view.now,
            "differs": view.frozen is not None and not view.draft.lacks and _changed(view),
            "decisions": self._decisions(view),
            "overlay_file": file.relative_to(view.settings.folder),
            "can_undo": can_undo,
            "can_redo": can_redo,
            "person": getpass.getuser(),
            "local": lambda moment: f"{moment.astimezone(zone):%a %d %b %H:%M}",
            "url": lambda **changes: screen.address(view.choice, shown, **changes),
            "frame": lambda part="html", **more: _frame(view.choice, shown, part, **more),
            **_of_view(view, form, shown, self._session),
        }

    def _decisions(self, view: View) -> Sequence[object]:
        store = self._session.existing()
        return store.issues.decisions(view.record.id) if store and view.record else ()


def filled(view: View, form: Form, part: str, to: str) -> bytes:
    """The html, or the text, of one recipient, byte for byte as it is sent; the web page has no fields."""
    values = cases.fields(cases.recipient(to), view.settings)
    if part == "web":
        return form.email.web.encode()
    if part == "text":
        return Page(form.email.text, form.email.tokens).splice({k: for_text(v) for k, v in values.items()})
    return Page(form.email.html, form.email.tokens).splice({k: for_html(v) for k, v in values.items()})


def raw(view: View, form: Form, to: str) -> bytes:
    """The whole message to one recipient, as the outbox would write it, but for its pictures."""
    from digest.send import Letter, message  # brings httpx: only this view pays for it

    recipient = cases.recipient(to)
    letter = Letter(form.email, view.settings.newsletter.from_, view.slot.due, {})
    delivery = Delivery(1, recipient.address, cases.fields(recipient, view.settings))
    return message.Frame(letter).build(view.key, delivery)


def _of_view(view: View, form: Form, shown: Screen, session: Session) -> Mapping[str, Any]:
    """What only the chosen view needs."""
    html = filled(view, form, "html", shown.to).decode()
    text = filled(view, form, "text", shown.to).decode()
    fields = cases.fields(cases.recipient(shown.to), view.settings)
    needs: Mapping[str, Callable[[], Mapping[str, Any]]] = {
        "inbox": lambda: {"clients": inbox.CLIENTS, "from_": view.settings.newsletter.from_},
        "text": lambda: {"text": text, "longest": max(map(len, text.splitlines()), default=0)},
        "message": lambda: _of_message(raw(view, form, shown.to)),
        "links": lambda: {"links": links.table(html, text, fields)},
        "aloud": lambda: {"spoken": reading.order(html)},
        "size": lambda: _of_size(html, view.settings.check),
        "changes": lambda: {
            "since": comparing.since_frozen(view),
            "last": comparing.with_last(view, session.existing()),
        },
    }
    return needs.get(shown.show, dict)()


def _of_message(written: bytes) -> Mapping[str, Any]:
    return {"headers": headers.noted(written), "body": headers.body(written), "bytes": len(written)}


def _of_size(html: str, limits: CheckSettings) -> Mapping[str, Any]:
    """Name, bytes, and bytes with every link rewritten, of each block; and what they come to."""
    plain = size.blocks(html, bytes_per_link=0)
    grown = size.blocks(html, bytes_per_link=limits.bytes_per_link)
    return {
        "blocks": [(name, count, more) for (name, count), (_, more) in zip(plain, grown, strict=True)],
        "total": sum(count for _, count in plain),
        "rewritten": sum(count for _, count in grown),
        "clip": size.CLIP_BYTES,
        "budget": limits.size_kib * 1024,
    }


def _changed(view: View) -> bool:
    since = comparing.since_frozen(view)
    return since is not None and since.email_differs


def _frame(choice: Choice, shown: Screen, part: str, **more: str) -> str:
    return "/frame" + screen.address(choice, Screen(to=shown.to, form=shown.form), part=part, **more)[1:]


def _counts(findings: Sequence[Finding]) -> Mapping[str, int]:
    return {kind: sum(f.severity == kind for f in findings) for kind in ("error", "warning", "note")}


def _issues(session: Session, view: View) -> list[tuple[str, str]]:
    """Key and label of the issues around this one, and of every one in the store; soonest last."""
    settings = view.settings
    store = session.existing()
    records = {r.key: r for r in store.issues.all(settings.newsletter.key)} if store else {}
    found: dict[str, tuple[datetime, str]] = {}
    for slot in window.upcoming(
        settings.schedule, settings.newsletter.zone, view.now - _BACK[settings.schedule.every], 9
    ):
        found[pipeline.key_of(settings, slot)] = (slot.due, "")
    found |= {record.key: (record.due, record.state) for record in records.values()}
    found.setdefault(view.key, (view.slot.due, ""))
    zone = settings.newsletter.zone
    return [
        (key, f"{key} · {due.astimezone(zone):%d %b %Y}{f' · {state}' if state else ''}")
        for key, (due, state) in sorted(found.items(), key=lambda item: item[1][0])
    ]


_BACK = {"day": timedelta(days=6), "week": timedelta(weeks=6), "month": timedelta(days=180)}


def _problem(text: str, folder: Path) -> Problem:
    found = _PLACE.match(text)
    if found is None:
        return Problem("", "", text)
    file = Path(found["file"])
    inside = file.resolve().is_relative_to(folder.resolve())
    name = file.resolve().relative_to(folder.resolve()) if inside else file
    return Problem(str(name), found["line"], found["said"])


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        bytecode_cache=Compiled("preview"),
    )
    made.globals.update(
        CASES=cases.CASES,
        ONLY=cases.ONLY,
        case_label=cases.label,
        RECIPIENTS=cases.RECIPIENTS,
        VIEWS=screen.VIEWS,
        LOOKS=screen.LOOKS,
        SIGHTS=screen.SIGHTS,
        DESKTOP=screen.DESKTOP,
        PHONE=screen.PHONE,
        inbox=inbox,
    )
    return made


def _written(name: str, /, **values: Any) -> str:
    return str(_environment().get_template(f"{name}.html.j2").render(values))
