"""The editor's changes, written into `issues/<issue key>.toml`: comments and layout stay as they are.

Every function says whether the file was changed, makes the file when it is not there, and raises
ConfigError before anything is written: when the file has mistakes already, or would have one.
A reference stands in the file as it is given, so give an article's id.
"""

from __future__ import annotations

import os
import secrets
import stat
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from digest.config import reading
from digest.config.draft import Draft
from digest.config.edits import EventEdit, LinkEdit, Overlay
from digest.config.values import Table
from digest.errors import ConfigError

Name = Literal["subject", "preheader", "intro", "note", "lead"]
Block = Literal["action", "sponsor", "figure", "chart", "quote"]


def set_value(file: Path, name: Name, value: str | None, *, says: str = "") -> bool:
    """One of the issue's own texts, or its lead with the article's title as a comment; None or "" takes it out."""

    def change(draft: Draft, now: Overlay) -> None:
        text = _text(value)
        if text is None:
            draft.drop((name,))
        elif text != getattr(now, name, None):
            draft.put((name,), text, says)

    return _edit(file, change)


def hide(file: Path, ref: str, *, says: str = "") -> bool:
    """Leaves an article out; `says` is its title, for those who read the file."""
    return _edit(file, lambda draft, now: None if ref in now.hide else draft.add(("hide",), ref, says))


def show(file: Path, ref: str) -> bool:
    """Takes back `hide`."""
    return _edit(file, lambda draft, now: _take_out(draft, "hide", now.hide, ref))


def set_order(file: Path, refs: Sequence[str]) -> bool:
    """These come first in their sections; an empty list takes the order out."""

    def change(draft: Draft, now: Overlay) -> None:
        if not refs:
            draft.drop(("order",))
        elif tuple(refs) != now.order:
            draft.put(("order",), list(refs))

    return _edit(file, change)


def edit_story(file: Path, ref: str, *, says: str = "", **changes: str | int | Mapping[str, str | None] | None) -> bool:
    """Title, lede, section, place or cover of an article, all in one `[[stories]]` entry; None or "" takes one out.

    A new entry names the article's title, `says`, as a comment; one that says nothing any more vanishes.
    """
    wanted = {key: _given(value) for key, value in changes.items()}

    def change(draft: Draft, now: Overlay) -> None:
        entries = [index for index, story in enumerate(now.stories) if story.article == ref]
        new = {key: value for key, value in wanted.items() if value is not None}
        if not entries:
            if new:
                draft.add_table("stories", {"article": ref, **new}, says, array=True)
            return
        stories = _stories(draft)
        for key, value in wanted.items():
            having = [index for index in entries if key in stories[index]]
            for index in having[value is not None :]:
                draft.drop(("stories", index, key))
            if value is not None and not (having and stories[having[0]][key] == value):
                draft.put(("stories", (having or entries)[0], key), value)
        _drop_empty(draft, entries)

    return _edit(file, change)


def reset(file: Path, ref: str) -> bool:
    """Takes out all that is said about an article: lead, order, hidden or not, and its own entry."""

    def change(draft: Draft, now: Overlay) -> None:
        if now.lead == ref:
            draft.drop(("lead",))
        _take_out(draft, "hide", now.hide, ref)
        _take_out(draft, "order", now.order, ref)
        for index in reversed(range(len(now.stories))):
            if now.stories[index].article == ref:
                draft.drop(("stories", index))

    return _edit(file, change)


def add_link(file: Path, link: LinkEdit) -> bool:
    """A link beside the stories; one with this address that is there already gets the new words."""
    return _add(file, "links", "url", link)


def remove_link(file: Path, url: str) -> bool:
    """Takes out every link with this address."""
    return _remove(file, "links", "url", url.rstrip("/"))


def set_panel(file: Path, kind: Block, panel: Table | None) -> bool:
    """The block of this kind, of which an issue has one at most; None takes it out."""

    def change(draft: Draft, now: Overlay) -> None:
        before: Table | None = getattr(now, kind)
        if panel is None:
            draft.drop((kind,))
        elif before is None:
            draft.add_table(kind, panel.model_dump(exclude_defaults=True))
        else:
            _fill(draft, (kind,), before.model_dump(exclude_defaults=True), panel.model_dump(exclude_defaults=True))

    return _edit(file, change)


def add_event(file: Path, event: EventEdit) -> bool:
    """A date to keep; one with this title that is there already gets the new words."""
    return _add(file, "events", "title", event)


def remove_event(file: Path, title: str) -> bool:
    """Takes out every date with this title."""
    return _remove(file, "events", "title", title)


def _add(file: Path, name: str, key: str, entry: Table) -> bool:
    """One more table of a list, or the new words of the one whose `key` is the same."""

    def change(draft: Draft, now: Overlay) -> None:
        before: Sequence[Table] = getattr(now, name)
        given = entry.model_dump(exclude_defaults=True)
        at = next((index for index, each in enumerate(before) if getattr(each, key) == getattr(entry, key)), None)
        if at is None:
            draft.add_table(name, given, array=True)
        else:
            _fill(draft, (name, at), before[at].model_dump(exclude_defaults=True), given)

    return _edit(file, change)


def _remove(file: Path, name: str, key: str, value: str) -> bool:
    def change(draft: Draft, now: Overlay) -> None:
        _take_out(draft, name, [getattr(each, key) for each in getattr(now, name)], value)

    return _edit(file, change)


def _fill(draft: Draft, path: tuple[str | int, ...], before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    for key in before.keys() - after.keys():
        draft.drop((*path, key))
    for key, value in after.items():
        if before.get(key) != value:
            draft.put((*path, key), value)


def _take_out(draft: Draft, name: str, refs: Sequence[str], ref: str) -> None:
    for index in reversed(range(len(refs))):
        if refs[index] == ref:
            draft.drop((name, index))


def _drop_empty(draft: Draft, entries: Sequence[int]) -> None:
    stories = _stories(draft)
    for index in reversed(entries):
        if not stories[index].keys() - {"article"}:
            draft.drop(("stories", index))


def _stories(draft: Draft) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads(draft.text)["stories"]
    return found


def _given(value: str | int | Mapping[str, str | None] | None) -> str | int | dict[str, str] | None:
    if isinstance(value, Mapping):
        return {key: text for key, text in value.items() if text is not None} or None
    return _text(value) if isinstance(value, str) else value


def _text(value: str | None) -> str | None:
    """With the line ends of TOML: what a browser or Windows sends has others."""
    return value.replace("\r\n", "\n").replace("\r", "\n") if value else None


def _edit(file: Path, change: Callable[[Draft, Overlay], None]) -> bool:
    try:
        text = reading.read(file)
    except FileNotFoundError:
        text, bom = "", ""
    else:
        bom = reading.BOM if text.startswith(reading.BOM) else ""
    head = f"# The editors' changes to issue {file.stem}; `digest explain` lists its articles and their ids.\n"
    before = text.removeprefix(reading.BOM) or head
    now = reading.overlay_in(text, file)
    draft = Draft(before)
    change(draft, now)
    if draft.text == before:
        return False
    reading.overlay_in(draft.text, file, numbered=False)
    _write(file, bom + draft.text)
    return True


def _write(file: Path, text: str) -> None:
    """All of it or nothing: a reader meets the old file or the new one."""
    target = file.resolve()  # a link goes on pointing to its file
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        raw = text.encode()
    except UnicodeEncodeError as error:
        wrong = ascii(error.object[error.start])
        raise ConfigError([f"{file} is as it was: {wrong} is no character; type the text anew"]) from error
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("xb") as opened:
            opened.write(raw)
            opened.flush()
            os.fsync(opened.fileno())
        if target.exists():
            temporary.chmod(stat.S_IMODE(target.stat().st_mode))
        temporary.replace(target)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise ConfigError([f"{file}: cannot be written: {error.strerror}"]) from error
