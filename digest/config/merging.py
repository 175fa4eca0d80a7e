"""The newsletter and its editions as whole tables: what stands below `[editions.NAME]` overrides the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path as File
from typing import Any

from msgspec import Struct

from digest.config.lines import Path, Where
from digest.config.tables import NewsletterSettings, Settings
from digest.config.values import KEY, Secret, Table, table_in


class Merged(Struct, frozen=True):
    """One edition's tables, not yet checked; `problems` are about the edition as such."""

    where: Where
    tables: Mapping[str, Any] | None
    """None for what is no edition at all."""
    problems: tuple[str, ...] = ()


_NOT_BELOW = {
    "store": "all editions share one archive and one list of subscribers; set it in [store] alone",
    "editions": "an edition has none of its own; write [editions.NAME] beside it",
}


def editions(file: File, at: Mapping[Path, int], tables: Mapping[str, Any]) -> Iterator[Merged]:
    """The main one first, then the others in the file's order."""
    main = {name: table for name, table in tables.items() if name != "editions"}
    whole, below = Where(file, at), tables.get("editions", {})
    if not isinstance(below, dict):
        yield Merged(whole, main, (f"{whole.place(('editions',))}: expected tables, as [editions.uk.newsletter]",))
        return
    yield Merged(whole, main)
    for name, changes in below.items():
        place = whole.place(("editions", name))
        if not isinstance(changes, dict):
            yield Merged(whole, None, (f"{place}: expected a table with its keys, as [editions.{name}.newsletter]",))
        elif not re.fullmatch(KEY, name):
            yield Merged(whole, None, (f"{place}: is no name; expected small letters, digits and hyphens, at most 40",))
        else:
            yield _edition(whole, main, name, changes)


def _edition(whole: Where, main: dict[str, Any], name: str, changes: dict[str, Any]) -> Merged:
    problems = tuple(
        f"{whole.place(('editions', name, key))}: {why}" for key, why in _NOT_BELOW.items() if key in changes
    )
    wanted = {key: value for key, value in changes.items() if key not in _NOT_BELOW}
    tables, own = _override(main, wanted, Settings)
    newsletter, changed = tables.get("newsletter"), wanted.get("newsletter", {})
    if isinstance(newsletter, dict) and "key" not in changed:
        tables["newsletter"] = newsletter | {"key": f"{_main_key(main)}-{name}"}
        own.add(("newsletter", "key"))
    return Merged(Where(whole.file, whole.lines, name, frozenset(own)), tables, problems)


def _main_key(main: Mapping[str, Any]) -> str:
    """The newsletter's own key; its default when what is written is wrong, for that is told once already."""
    newsletter = main.get("newsletter")
    key = newsletter.get("key") if isinstance(newsletter, dict) else None
    fits = isinstance(key, str) and re.fullmatch(KEY, key)
    return str(key if fits else NewsletterSettings.model_fields["key"].default)


def _override(
    main: Mapping[str, Any], changes: Mapping[str, Any], model: type[Table], path: Path = ()
) -> tuple[dict[str, Any], set[Path]]:
    """Tables with their changes, and the paths that come from the changes; a list or a secret is one value."""
    tables, own = dict(main), set[Path]()
    for key, value in changes.items():
        field = model.model_fields.get(key)
        inner = table_in(field.annotation) if field else None
        before, here = main.get(key), (*path, key)
        if inner and inner is not Secret and isinstance(value, dict) and isinstance(before, dict):
            tables[key], below = _override(before, value, inner, here)
            own |= below
        else:
            tables[key] = value
            own.add(here)
    return tables, own
