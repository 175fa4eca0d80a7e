"""What the editor does on the page, as changes of the overlay file.

Each is written through `config.editing`, so that comments and layout stay. A file written by hand
may name an article by its title or address: it goes on being named so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct
from pydantic import ValidationError

from digest import config, desk
from digest.compose import overlay as hand
from digest.config import editing
from digest.config.values import Table
from digest.errors import ConfigError, DigestError
from digest.models import Article, Issue
from digest.web.preview.session import View


class Wish(Table):
    """One change, as the page asks for it."""

    do: Literal[
        "value", "lead", "hide", "show", "move", "story", "cover", "reset", "pin", "link", "unlink", "panel", "unpanel"
    ]
    article: str = ""
    """Its id."""
    key: str = ""
    """Which text of the issue or of the story, or which panel."""
    text: str = ""
    section: str = ""
    """Tag of the theme to move into."""
    at: int | None = None
    """From 0, where it is to stand in that section; None is wherever the rules put it."""
    parts: Mapping[str, str] = {}
    """The keys of a cover, a link or a panel."""


class Step(Struct, frozen=True):
    """The overlay file before and after a change; None where there was none."""

    file: Path
    before: bytes | None
    after: bytes | None


class Steps:
    """What can be undone and done again, newest last."""

    def __init__(self) -> None:
        self._done: list[Step] = []
        self._undone: list[Step] = []

    def add(self, step: Step) -> None:
        """A new change: what was undone before it is gone."""
        if step.before != step.after:
            self._done.append(step)
            self._undone.clear()

    def undo(self, file: Path) -> bool:
        """Puts the file back as it was before the last change. Raises DigestError when somebody changed it since."""
        return self._turn(self._done, self._undone, file)

    def redo(self, file: Path) -> bool:
        """Does again what was undone last."""
        return self._turn(self._undone, self._done, file)

    def open_to(self, file: Path) -> tuple[bool, bool]:
        """Whether there is something of this file to undo, and to do again."""
        return any(s.file == file for s in self._done), any(s.file == file for s in self._undone)

    def _turn(self, source: list[Step], target: list[Step], file: Path) -> bool:
        at = next((i for i in reversed(range(len(source))) if source[i].file == file), None)
        if at is None:
            return False
        step = source[at]
        if content(file) != step.after:
            raise DigestError(f"{file} was changed outside of the preview since; undo it there, or edit on from here")
        _put(file, step.before)
        del source[at]
        target.append(Step(file, step.after, step.before))
        return True


def file_of(view: View) -> Path:
    """The overlay file of the issue that is open."""
    return config.overlay_file(view.settings.folder, view.key)


def content(file: Path) -> bytes | None:
    """The bytes of a file, None when it is not there."""
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None


def _put(file: Path, before: bytes | None) -> None:
    if before is None:
        file.unlink(missing_ok=True)
    elif content(file) != before:
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(before)


def wish(given: Any) -> Wish:
    """What a page sent, checked. Raises ConfigError."""
    try:
        return Wish.model_validate(given)
    except ValidationError as error:
        raise ConfigError([f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]) from error


def shaped(view: View, wanted: Wish) -> tuple[Issue, Step]:
    """The issue after the change, and how to take it back. Raises ConfigError and DigestError; then nothing changed."""
    file = file_of(view)
    before = content(file)

    def change(find: desk.Find) -> None:
        article = find(wanted.article) if wanted.article else None
        names = _Names(view)
        if article is None:
            _of_the_issue(file, wanted)
        else:
            _of_a_story(file, wanted, article, names)

    try:
        issue = desk.shape(view.settings, view.made_of, change)
    except DigestError:
        _put(file, before)  # of several changes the first may have been written
        raise
    return issue, Step(file, before, content(file))


class _Names:
    """How the overlay names the articles, and where they stand now."""

    def __init__(self, view: View) -> None:
        self.issue = view.draft.issue
        self.overlay = view.overlay
        reading = hand.read(view.overlay, view.made_of.news.articles, view.settings.themes)
        self._named = {path: article.id for path, article in reading.named.items()}

    def of(self, article: Article, table: str) -> str:
        """Its reference in `hide`, `order` or `stories`, else its id."""
        for path, name in self._named.items():
            if path[0] == table and name == article.id:
                at = int(path[1])
                return self.overlay.stories[at].article if table == "stories" else str(getattr(self.overlay, table)[at])
        return article.id

    def ordered(self) -> list[tuple[str, str]]:
        """Reference and article id of all that `order` names."""
        return [(ref, self._named.get(("order", at), "")) for at, ref in enumerate(self.overlay.order)]

    def section(self, tag: str) -> list[str]:
        """Ids of the stories that stand in a section, links included."""
        found = next((s for s in self.issue.sections if s.theme.tag == tag), None)
        return [story.article.id for story in (*found.stories, *found.more)] if found else []


def _of_the_issue(file: Path, wanted: Wish) -> None:
    match wanted.do, wanted.key:
        case "value", "subject" | "preheader" | "intro" | "note":
            editing.set_value(file, wanted.key, wanted.text.strip())
        case "link", _:
            editing.add_link(file, config.checked(config.LinkEdit, _given(wanted.parts)))
        case "unlink", _:
            editing.remove_link(file, wanted.text)
        case "panel", "action" | "sponsor":
            panel = config.checked(config.PanelEdit, _given(wanted.parts))
            editing.set_panel(file, wanted.key, panel)
        case "unpanel", "action" | "sponsor":
            editing.set_panel(file, wanted.key, None)
        case _:
            raise DigestError(f"{wanted.do} {wanted.key!r}: the preview knows no such change of an issue")


def _of_a_story(file: Path, wanted: Wish, article: Article, names: _Names) -> None:
    entry = partial(editing.edit_story, file, names.of(article, "stories"), says=article.title)
    match wanted.do:
        case "lead":
            entry(place=None)  # the lead has no place in a section
            editing.set_value(file, "lead", article.id, says=article.title)
        case "hide":
            _out_of_its_place(file, article, names, entry)
            editing.hide(file, names.of(article, "hide"), says=article.title)
        case "show":
            editing.show(file, names.of(article, "hide"))
        case "move":
            _move(file, wanted, article, names, entry)
        case "pin":
            entry(place=wanted.at)
        case "story" if wanted.key in ("title", "lede"):
            entry(**{wanted.key: wanted.text.strip()})
        case "cover":
            entry(cover=_given(wanted.parts))
        case "reset":
            for table in ("stories", "hide", "order"):
                editing.reset(file, names.of(article, table))
            editing.reset(file, article.id)
            _not_the_lead(file, article, names)
        case _:
            raise DigestError(f"{wanted.do} {wanted.key!r}: the preview knows no such change of a story")


def _move(file: Path, wanted: Wish, article: Article, names: _Names, entry: Callable[..., bool]) -> None:
    """Into a section and to a place there; one that leads, is hidden or is out comes from there."""
    editing.show(file, names.of(article, "hide"))
    _not_the_lead(file, article, names)
    verdict = next((v for v in names.issue.verdicts if v.article_id == article.id), None)
    led = names.issue.lead is not None and names.issue.lead.article.id == article.id
    here = verdict is not None and verdict.placed and verdict.section == wanted.section
    entry(place=None, **({} if here else {"section": wanted.section}))
    if led:  # by the rules it may lead again: only a place of its own keeps it in its section
        entry(place=(wanted.at or 0) + 1)
        return
    if wanted.at is None:
        return
    standing = [name for name in names.section(wanted.section) if name != article.id]
    standing.insert(wanted.at, article.id)
    editing.set_order(file, _order(standing, wanted.at, names))


def _order(standing: Sequence[str], moved: int, names: _Names) -> list[str]:
    """The whole `order`: as it was, but for this section, of which it names as many as it must."""
    ordered = names.ordered()
    references = {name: ref for ref, name in ordered}
    last = max((at for at, name in enumerate(standing) if name in references), default=-1)
    these = standing[: max(moved, last) + 1]
    others = [ref for ref, name in ordered if name not in standing]
    return [*others, *(references.get(name, name) for name in these)]


def _out_of_its_place(file: Path, article: Article, names: _Names, entry: Callable[..., bool]) -> None:
    """What is hidden cannot be put anywhere."""
    _not_the_lead(file, article, names)
    entry(place=None, section=None)
    rest = [ref for ref, name in names.ordered() if name != article.id]
    editing.set_order(file, rest)


def _not_the_lead(file: Path, article: Article, names: _Names) -> None:
    if names.overlay.lead and names.issue.lead and names.issue.lead.article.id == article.id:
        editing.set_value(file, "lead", None)


def _given(parts: Mapping[str, str]) -> dict[str, str]:
    return {key: text.strip() for key, text in parts.items() if text.strip()}


def outcome(issue: Issue, wanted: Wish) -> str:
    """One sentence about what came of it, for the line that is read aloud."""
    if not wanted.article:
        return {"value": f"The {wanted.key} is written.", "unlink": "The link is out."}.get(wanted.do, "Written.")
    verdict = next((v for v in issue.verdicts if v.article_id == wanted.article), None)
    if verdict is None:
        return "Written."
    said = f"{verdict.title}: {verdict.why}."
    asked = wanted.at is not None and wanted.do in ("move", "pin")
    if asked and verdict.position not in (None, 0, (wanted.at or 0) + (wanted.do == "move")):
        said += " Another story is pinned where you put it."
    return said
