"""How addresses are spelled here, and when two of them are one mailbox."""

from __future__ import annotations


def normal(address: str) -> str:
    """As it is written to: the domain in small letters."""
    local, at, domain = address.strip().rpartition("@")
    return f"{local}{at}{domain.lower()}"


def key(address: str) -> str:
    """Equal for all spellings of one mailbox."""
    return normal(address).casefold()
