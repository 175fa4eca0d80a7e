"""The email-service providers: one file each, named as in config.toml, and none knows another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from digest.config import SendSettings
from digest.send.http import OverHttp
from digest.send.message import Letter
from digest.send.providers.provider import Capabilities, Provider, takes_any


@contextmanager
def chosen(
    settings: SendSettings,
    letter: Letter,
    *,
    secrets: Mapping[str, str],
    folder: Path,
    heard: Callable[[Mapping[str, str]], None] = lambda _: None,
) -> Iterator[Provider]:
    """The provider that the settings name; its connections end with the `with`.

    `secrets` are that provider's, by their keys; `folder` is where config.toml stands; `heard` is
    told the headers of each answer.
    """
    module = import_module(f"{__name__}.{settings.provider}")
    if hasattr(module, "opened"):
        with module.opened(letter, settings.own, secrets, folder) as provider:
            yield provider
        return
    with OverHttp(module.Api(letter, settings.own, secrets), heard=heard) as provider:
        yield provider


def refuses(name: str) -> Callable[[str], str] | None:
    """Why this provider cannot send to an address; None when it takes all."""
    found = capabilities(name).refuses
    return None if found is takes_any else found


def capabilities(name: str) -> Capabilities:
    """What the provider of this name can do."""
    found: Capabilities = import_module(f"{__name__}.{name}").CAPABILITIES
    return found
