"""One address, checked and in one spelling: the whole check once a domain, for lists of a million."""

from __future__ import annotations

import re
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

from digest.errors import DigestError
from digest.models import PersonState, Subscriber

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_PLAIN = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@([A-Za-z0-9.-]+)", re.ASCII)
_AROUND = re.compile(r"^[^<>]*<([^<>]+)>$")
_LONGEST_NAME = 200


def subscriber(
    address: str, name: str = "", *, origin: str, state: PersonState = "active", language: str = ""
) -> Subscriber:
    """A person with a checked address. Raises DigestError that says what is wrong with it."""
    return Subscriber(checked(address), shown(name), origin, state, language)


def checked(address: str) -> str:
    """The address in its normal form, a domain in other letters as ASCII. Raises DigestError."""
    given = _bare(address)
    plain = _PLAIN.fullmatch(given)
    if plain and len(plain[1]) <= 64 and len(given) <= 254:
        domain = _domain(plain[2])
        if domain is not None:
            return f"{plain[1]}@{domain}"
    try:
        found = validate_email(given, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise DigestError(f"{given[:80]!r} is no email address: {error}") from error
    return found.ascii_email or found.normalized


def shown(name: str) -> str:
    """A name on one line, without characters that do not show; at most 200 characters."""
    if name.isascii() and name.isprintable() and "  " not in name and len(name) <= _LONGEST_NAME:
        return name.strip()
    return "".join(each for each in " ".join(name.split()) if each.isprintable())[:_LONGEST_NAME]


@lru_cache(maxsize=100_000)
def _domain(domain: str) -> str | None:
    """In its normal form; None for one that a whole check has to judge."""
    try:
        return validate_email(f"x@{domain}", check_deliverability=False, test_environment=True).ascii_domain
    except EmailNotValidError:
        return None


def _bare(address: str) -> str:
    """`ann@example.org` out of `Ann <ann@example.org>` or `mailto:ann@example.org`."""
    given = address.strip()
    if "<" in given and (around := _AROUND.match(given)):
        given = around[1].strip()
    return given.removeprefix("mailto:")
