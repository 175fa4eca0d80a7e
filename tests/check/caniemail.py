"""Distils the data of caniemail.com into digest/check/clients.json, and records what the shipped templates use.

    npm install caniemail
    python -m tests.check.caniemail node_modules/caniemail

Without a folder only the list of what the templates use is written anew: after a change of a template
that brings in a property on purpose.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from digest.check import clients
from digest.check.page import Page
from tests.render import sample

TARGET = Path(clients.__file__).parent / "clients.json"
BIG = {
    "apple-mail": "Apple Mail",
    "gmail": "Gmail",
    "outlook": "Outlook",
    "yahoo": "Yahoo",
    "samsung-email": "Samsung Email",
}
PLACES = {"desktop-webmail": "webmail", "mobile-webmail": "mobile web", "windows-mail": "Windows Mail", "outlook-com": "the web", "ios": "iOS", "macos": "macOS"}  # fmt: skip


def features(entry: dict) -> list[str]:  # noqa: PLR0911  a case a line
    """What `clients.features` calls it; nothing for what it cannot see."""
    slug, title = entry["slug"], entry["title"]
    if slug.startswith("image-"):
        return []
    if slug.startswith("css-unit-") and (unit := slug[9:]) in (
        "ch",
        "cm",
        "ex",
        "in",
        "mm",
        "pc",
        "rem",
        "vh",
        "vmax",
        "vmin",
        "vw",
    ):
        return [f"unit {unit}"]
    if slug == "css-unit-calc":
        return ["calc()"]
    if slug == "css-variables":
        return ["var()"]
    if slug.startswith("css-at-media-"):
        return []
    if slug.startswith("css-pseudo-"):
        return [title.removesuffix("()")]
    if slug.startswith("html-"):
        found = re.findall(r"<([a-z]\w*)[ >]", title) if slug not in ("html-input-hidden",) else []
        return [f"<{name}>" for name in found] or [f"[{name}]" for name in re.findall(r"^([a-z-]+) attribute", title)]
    found = re.findall(r"^@[a-z-]+$|display:[a-z]+|[a-z-]+\(\)|(?<![\w-])[a-z]+(?:-[a-z]+)*(?![\w*-])", title)
    return [word for word in found if word not in ("property", "properties", "shorthand", "logical", "keyword", "css")]


def without(entry: dict) -> list[str]:
    """The big clients whose newest tested version does not show it."""
    found = []
    for family, name in BIG.items():
        for place, versions in entry["stats"].get(family, {}).items():
            if list(versions.values())[-1].startswith("n"):
                where = PLACES.get(place, place.capitalize())
                found.append(f"{name} ({where})")
    return found


def distilled(package: Path) -> dict:
    """date, licence, clients, and features: name -> numbers of the clients without it."""
    data = json.loads((package / "data" / "caniemail.json").read_text(encoding="utf-8"))
    known = {name: lacking for entry in data["data"] if (lacking := without(entry)) for name in features(entry)}
    names = sorted({client for lacking in known.values() for client in lacking})
    return {
        "source": "https://www.caniemail.com, by the npm package caniemail",
        "licence": " ".join((package / "LICENSE").read_text(encoding="utf-8").split()),
        "date": data["last_update_date"][:10],
        "clients": names,
        "features": {name: sorted(names.index(client) for client in known[name]) for name in sorted(known)},
    }


def used_by_the_templates() -> set[str]:
    """By both, with every block in them."""
    with TemporaryDirectory() as folder:
        briefing = Path(folder) / "templates"
        shutil.copytree(sample.TEMPLATES, briefing)
        shutil.copytree(sample.TEMPLATES / "briefing", briefing, dirs_exist_ok=True)
        pages = [sample.email(sample.EDITED, templates=each).html for each in (sample.TEMPLATES, briefing)]
    return {name for page in pages for name in clients.features(Page(page))}


def main() -> None:
    """Writes the file."""
    known = distilled(Path(sys.argv[1])) if sys.argv[1:] else clients.known_features()
    baseline = sorted(used_by_the_templates() & set(known["features"]))
    text = json.dumps({**known, "baseline": baseline}, ensure_ascii=False, indent=1)
    TARGET.write_text(re.sub(r"\n   +|\n  (?=\])", " ", text) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
