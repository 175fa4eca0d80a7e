"""Pictures shown from files beside the page, where no server may have them."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

from digest.models import Picture

FOLDER = "pictures"


def beside(page: str, pictures: Mapping[str, Picture]) -> tuple[str, dict[str, bytes]]:
    """`page` with the addresses of `pictures` made relative, and path -> content of those it shows."""
    shown = {html.escape(url): picture for url, picture in pictures.items() if html.escape(url) in page}
    paths = {url: f"{FOLDER}/{picture.name}" for url, picture in shown.items()}
    pattern = "|".join(map(re.escape, paths)) or "(?!)"
    local = re.sub(pattern, lambda match: paths[match[0]], page)
    return local, {paths[url]: picture.content for url, picture in shown.items()}
