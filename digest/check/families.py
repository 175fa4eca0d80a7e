"""Every check, family by family."""

from __future__ import annotations

from digest.check import (
    arrivals,
    audience,
    clients,
    content,
    contrast,
    editorial,
    headers,
    images,
    journalism,
    language,
    legal,
    links,
    message,
    network,
    size,
    sources,
    structure,
    twins,
    wellformed,
)

_FAMILIES = (
    sources, arrivals, content, editorial, twins, journalism, legal, size, audience,
    headers, message, structure, images, links, contrast, clients, language, wellformed, network,
)  # fmt: skip
CHECKS = tuple(check for family in _FAMILIES for check in family.CHECKS)
