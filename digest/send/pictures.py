"""Pictures that no server has: shown from files beside the page."""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

FOLDER = "pictures"


def beside(page: str, pictures: Mapping[str, Path]) -> tuple[str, dict[str, Path]]:
    """`page` with the addresses of `pictures` made relative, and file name -> file of those it shows."""
    shown = {html.escape(url): file for url, file in pictures.items() if html.escape(url) in page}
    names: dict[str, str] = {}
    for url, file in shown.items():
        names[url] = next(n for n in (f"{'_' * i}{file.name}" for i in itertools.count()) if n not in names.values())
    longest_first = sorted(shown, key=len, reverse=True)
    pattern = "|".join(re.escape(url) for url in longest_first) or "(?!)"
    local = re.sub(pattern, lambda match: f"{FOLDER}/{quote(names[match[0]])}", page)
    return local, {names[url]: file for url, file in shown.items()}
