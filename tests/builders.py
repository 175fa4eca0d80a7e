"""Values for tests, with everything filled in that a test does not care about."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from digest import config
from digest.models import Article, Slot, Window

END = datetime(2026, 11, 19, 23, 0, tzinfo=UTC)  # Thursday 18:00 in Toronto
WEEK = Window(END - timedelta(days=7), END)
SLOT = Slot("2026-W47", WEEK, END + timedelta(hours=15))
REPOSITORY = Path(__file__).parents[1]


def article(name: str = "one", **changes: Any) -> Article:
    """An article of the middle of the week, tagged #News."""
    url = f"https://news.example/{name}"
    base = Article(
        source="site",
        native_id=name,
        url=url,
        url_key=f"news.example/{name}",
        title=f"Title of {name}",
        lede=f"What happened in {name}.",
        tags=("News",),
        published=END - timedelta(days=3),
        words=300,
    )
    return replace(base, **changes)


def written(file: Path, text: str) -> None:
    """A file that a folder source takes as it is: one that was just saved it looks at again half a second later."""
    file.write_text(text, encoding="utf-8")
    os.utime(file, (1e9, 1e9))


def settings(folder: Path, **tables: dict[str, Any] | list[dict[str, Any]]) -> config.Settings:
    """Settings like the shipped ones, in `folder`, with whole tables replaced or keys changed."""
    file = folder / "config.toml"
    if not file.exists():
        file.write_text((REPOSITORY / "config.toml").read_text(encoding="utf-8"), encoding="utf-8")
    shipped = config.load(file)
    raw = {name: getattr(shipped, name) for name in config.Settings.model_fields}
    for name, changes in tables.items():
        model = config.Settings.model_fields[name].annotation
        if isinstance(changes, list):
            item = model.__args__[0]
            raw[name] = tuple(item.model_validate(c) for c in changes)
        else:
            old = {k: getattr(raw[name], k) for k in type(raw[name]).model_fields}
            raw[name] = type(raw[name]).model_validate(old | changes)
    return config.Settings.model_validate(raw, context={"file": file, "lines": {}})
