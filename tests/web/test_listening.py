"""A server says which place it cannot have, and what to do."""

from __future__ import annotations

import re

import pytest

from digest.errors import DigestError
from digest.web.listening import bound

LOOPBACK = "127.0.0.1"


def test_any_free_port_is_given() -> None:
    with bound(LOOPBACK, 0) as listening:
        assert listening.getsockname()[1] > 0


@pytest.mark.parametrize("port", [-1, 65_536, 99_999])
def test_a_number_that_is_no_port_is_named(port: int) -> None:
    with pytest.raises(DigestError, match=f"{LOOPBACK} port {port} cannot be used.*name another with --port"):
        bound(LOOPBACK, port)


def test_a_port_in_use_is_named() -> None:
    with bound(LOOPBACK, 0) as listening:
        port = listening.getsockname()[1]
        with pytest.raises(DigestError, match=f"port {port} cannot be used: .*[Aa]ddress already in use"):
            bound(LOOPBACK, port)


def test_a_host_that_is_nobodys_is_named() -> None:
    with pytest.raises(DigestError, match=re.escape("nowhere.invalid port 0 cannot be used")):
        bound("nowhere.invalid", 0)
