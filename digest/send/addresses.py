"""An email address as providers take it: its domain in ASCII, whatever letters it has."""

from __future__ import annotations

from digest.models import Batch


def on_the_wire(address: str) -> str:
    """`ann@bücher.example` as `ann@xn--bcher-kva.example`: every provider and mail server takes that.

    What stands before the @ stays, since only its own server knows what it means. A domain that
    IDNA 2008 has no form for stays too, and the provider refuses it.
    """
    if address.isascii():
        return address
    import idna  # 5 ms, and hardly anybody needs it

    local, at, domain = address.rpartition("@")
    try:
        return f"{local}{at}{idna.encode(domain, uts46=True).decode()}"
    except idna.IDNAError:
        return address


def numbers(batch: Batch) -> dict[str, int]:
    """Address in small letters, as the provider has it -> number of the delivery."""
    return {on_the_wire(each.address).lower(): each.number for each in batch.deliveries}


def as_known(address: str) -> str:
    """The address of a provider's report as our store has it: the domain in its own letters."""
    local, at, domain = address.strip().rpartition("@")
    if "xn--" not in domain.lower():
        return f"{local}{at}{domain}"
    import idna

    try:
        return f"{local}{at}{idna.decode(domain)}"
    except idna.IDNAError:
        return f"{local}{at}{domain}"
