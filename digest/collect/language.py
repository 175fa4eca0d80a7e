"""In which language an article is, as far as its address or its source's code says."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

# Sites often write the country's code for Ukrainian. Codes that are also usual names of sections
# (`it`, `be`, `no`) are left out: `language` of the source says those.
_PREFIXES = {"ua": "uk"} | {code: code for code in ("cs", "de", "en", "es", "fr", "hu", "pl", "pt", "ro", "sk", "uk")}


def of_address(url: str) -> str:
    """`uk` for `https://example.org/ua/slug`; empty when the path begins with no language."""
    match = re.match(r"/([a-z]{2})(?:[-_][a-z]{2})?(?:/|$)", urlsplit(url).path.lower())
    return _PREFIXES.get(match[1], "") if match else ""


def of_code(written: str) -> str:
    """`en` for `en-US`: programs add the country, and only the language counts. Empty for no code."""
    match = re.match(r"([a-z]{2,3})(?![a-z])", written.strip().lower())
    return match[1] if match else ""
