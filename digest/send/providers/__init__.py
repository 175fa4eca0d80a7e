"""The email-service providers: one file each, named as in config.toml, and none knows another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import get_args

from digest.config import SendSettings
from digest.config.providers import ProviderName
from digest.errors import ConfigError
from digest.send.message import Letter, by_variant
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
    told the headers of each answer. Raises ConfigError for one that sends campaigns only.
    """
    module = import_module(f"{__name__}.{settings.provider}")
    if hasattr(module, "Campaigns"):
        why = f"{settings.provider} keeps the list itself and sends no email of its own to one person"
        raise ConfigError([f"send.provider: {why}; try it there, or choose another provider for this"])
    if hasattr(module, "opened"):
        with module.opened(letter, settings.own, secrets, folder) as provider:
            yield provider
        return
    from digest.send.http import OverHttp  # brings httpx: who only writes an email, or files, does without

    api = by_variant(lambda its: module.Api(its, settings.own, secrets), letter)
    with OverHttp(api(0), heard=heard, variant=api) as provider:
        yield provider


def misfits(settings: SendSettings) -> tuple[tuple[str, str], ...]:
    """What the settings ask of their provider that it cannot do: the key in [send], and why."""
    able, found = capabilities(settings.provider), []
    if settings.batch and 0 < able.largest_batch < settings.batch:
        why = f"{settings.provider} takes {able.largest_batch} in one call"
        found.append(("batch", f"{settings.batch} is too many; {why}, so set at most that, or leave it out"))
    if able.one_click == "theirs" and getattr(settings.own, "unsubscribe", "ours") != "theirs":
        why = f"{settings.provider} puts its own unsubscribe link in place of ours: who uses it leaves its list alone"
        cure = f'set send.{settings.provider}.unsubscribe = "theirs" if that is meant, or choose another'
        found.append(("provider", f"{why}; {cure}"))
    if settings.in_doubt == "ask" and able.asked_after is None:
        why = f"{settings.provider} cannot be asked what became of an email"
        found.append(("in_doubt", f'{why}; set in_doubt = "hold"'))
    return tuple(found)


def names() -> tuple[str, ...]:
    """Every provider that there is a module for, in alphabetical order."""
    found = (module.name for module in iter_modules(__path__))
    return tuple(sorted(name for name in found if name in get_args(ProviderName)))


def reports(name: str) -> bool:
    """Whether the provider of this name says later what became of an email."""
    return name in names() and hasattr(import_module(f"{__name__}.{name}"), "Hook")


def refuses(name: str) -> Callable[[str], str] | None:
    """Why this provider cannot send to an address; None when it takes all."""
    found = capabilities(name).refuses
    return None if found is takes_any else found


def capabilities(name: str) -> Capabilities:
    """What the provider of this name can do."""
    found: Capabilities = import_module(f"{__name__}.{name}").CAPABILITIES
    return found
