"""The per-recipient places of an email: the random tokens that stand there until a delivery is spliced."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from digest.errors import RenderError
from digest.models import FIELDS


def new_tokens() -> dict[str, str]:
    """Field name -> a fresh token of letters and digits, that no article can guess or contain by chance."""
    return {name: f"z{secrets.token_hex(12)}z" for name in FIELDS}


def check_absent(tokens: Mapping[str, str], text: str) -> None:
    """Raises RenderError when a token stands in `text`, which was rendered without any field."""
    for name, token in tokens.items():
        if token in text:
            raise RenderError(
                f'the token of the field "{name}" occurs in the content itself; render again with new tokens'
            )
