"""What the DNS says about a sender's domain: SPF and its cost, DMARC, DKIM keys."""

from __future__ import annotations

import re
from collections.abc import Sequence

import dns.exception
import dns.resolver
from dns.resolver import Resolver
from msgspec.structs import replace

from digest.models import Records

_LIFETIME_S = 5.0
_MOST_LOOKUPS = 30
"""Where counting ends: a receiver gives up at ten."""
_TERM = re.compile(
    r"[+?~-]?(include:|redirect=|exists:|a(?=[:/\s]|$)|mx(?=[:/\s]|$)|ptr(?=[:\s]|$))(\S*)", re.IGNORECASE
)


class _Silent(Exception):
    """The DNS did not answer, so that nothing is known."""


def records(domain: str, selectors: Sequence[str], resolver: Resolver | None = None) -> Records:
    """SPF, DMARC and the keys under these selectors; `trouble` when the DNS does not answer."""
    asking = resolver or _system()
    if asking is None:
        return Records(domain, trouble="this machine names no DNS server")
    found = Records(domain)
    try:
        spf = tuple(text for text in _texts(asking, domain) if text.lower().startswith("v=spf1"))
        found = replace(found, spf=spf, spf_lookups=_cost(asking, spf[0], []) if spf else 0)
        return replace(
            found, dmarc=_dmarc(asking, domain), dkim={name: _key(asking, name, domain) for name in selectors}
        )
    except _Silent as silence:
        return replace(found, trouble=str(silence))


def _system() -> Resolver | None:
    try:
        return Resolver()
    except dns.resolver.NoResolverConfiguration:
        return None


def _dmarc(asking: Resolver, domain: str) -> tuple[str, ...]:
    """Of the domain, else of the nearest one above it (RFC 7489, section 6.6.3, without a list of suffixes)."""
    labels = domain.split(".")
    for at in range(len(labels) - 1):
        texts = _texts(asking, "_dmarc." + ".".join(labels[at:]))
        found = tuple(text for text in texts if text.lower().replace(" ", "").startswith("v=dmarc1"))
        if found:
            return found
    return ()


def _key(asking: Resolver, selector: str, domain: str) -> str:
    return next(iter(_texts(asking, f"{selector}._domainkey.{domain}")), "")


def _cost(asking: Resolver, record: str, seen: list[str]) -> int:
    """Queries of a record and of all that it includes (RFC 7208, section 4.6.4)."""
    cost = 0
    for kind, argument in _TERM.findall(record.partition(" ")[2]):
        cost += 1
        if kind.lower() in ("include:", "redirect=") and argument not in seen and len(seen) < _MOST_LOOKUPS:
            seen.append(argument)
            inner = [text for text in _texts(asking, argument) if text.lower().startswith("v=spf1")]
            cost += _cost(asking, inner[0], seen) if inner else 0
    return cost


def _texts(asking: Resolver, name: str) -> tuple[str, ...]:
    """The TXT records of a name, none when it has none. Raises _Silent when nobody answers."""
    try:
        answer = asking.resolve(name, "TXT", lifetime=_LIFETIME_S, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return ()
    except dns.exception.DNSException as error:
        raise _Silent(str(error)[:120]) from error
    return tuple(b"".join(record.strings).decode("utf-8", "replace") for record in answer)
