"""What `digest build` writes: the very issue, as one reader would get it, and a report about it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from digest.cli import screen
from digest.config import Settings
from digest.errors import DigestError
from digest.pipeline import Draft, proving
from digest.send import pictures
from digest.splice import Page, for_html, for_text

if TYPE_CHECKING:
    from digest.store import Store


def write(draft: Draft, settings: Settings, folder: Path) -> list[Path]:
    """The files, written over what an earlier build left. Raises DigestError when the folder cannot be written."""
    fields = proving.fields(settings)
    page = Page(draft.email.html, draft.email.tokens).splice({k: for_html(v) for k, v in fields.items()})
    text = Page(draft.email.text, draft.email.tokens).splice({k: for_text(v) for k, v in fields.items()})
    shown, html_files = pictures.beside(page.decode(), draft.pictures)
    web, web_files = pictures.beside(draft.email.web, draft.pictures)
    contents = {
        "issue.html": shown.encode(),
        "issue.txt": text,
        "issue.eml": draft.proof.message,
        "web.html": web.encode(),
        "report.json": json.dumps(report(draft), ensure_ascii=False, indent=2).encode() + b"\n",
    }
    return _written(folder, contents, html_files | web_files)


def web(page: str, store: Store, folder: Path) -> Path:
    """The web page of an issue, with its pictures beside it."""
    shown, files = pictures.beside(page, store.pictures.shown(page))
    return _written(folder, {"web.html": shown.encode()}, files)[0]


def _written(folder: Path, contents: Mapping[str, bytes], beside: Mapping[str, bytes]) -> list[Path]:
    """Raises DigestError when the folder cannot be written."""
    try:
        for name, content in {**contents, **beside}.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    except OSError as error:
        where = error.filename or folder
        raise DigestError(f"{where}: cannot be written: {error.strerror}; name another folder with --out") from error
    return [folder / name for name in contents]


def report(draft: Draft) -> dict[str, object]:
    """Everything about the issue, in terms that JSON knows."""
    return {
        "issue": screen.plain(draft.issue),
        "due": draft.slot.due.isoformat(),
        "html_bytes": len(draft.email.html.encode()),
        "findings": screen.plain(draft.findings),
        "sources": [
            {"source": r.source, "articles": len(r.articles), "problems": list(r.problems), "failure": r.failure}
            for r in draft.reports
        ],
    }
