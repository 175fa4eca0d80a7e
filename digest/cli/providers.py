"""`digest providers`: what each email-service provider can do, and whether the credentials for one work."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime, timedelta

from digest import phrases
from digest.cli import context, screen
from digest.config import Settings
from digest.errors import ConfigError, UsageError
from digest.models import Email, Stopped
from digest.send import Letter, providers
from digest.send.providers.provider import Capabilities

_HEADS = (
    "provider",
    "in one call",
    "body",
    "unsubscribe",
    "answers",
    "same call again",
    "can be asked",
    "set up first",
)


def show(arguments: argparse.Namespace) -> int:
    """The table of what they can do."""
    found = {name: providers.capabilities(name) for name in providers.names()}
    if arguments.json:
        screen.as_json({name: _plain(able) for name, able in found.items()})
    else:
        screen.table(_HEADS, [(name, *_row(able)) for name, able in found.items()])
    return 0


def try_(arguments: argparse.Namespace) -> int:
    """Asks the account without sending anything to anybody; 1 when it cannot be used."""
    settings = context.edition(arguments)
    name = arguments.name or settings.send.provider
    chosen = _chosen(settings, name)
    letter = Letter(
        Email("A trial", "", "<p>A trial</p>", "A trial", "", {}), chosen.newsletter.from_, datetime.now(UTC), {}
    )
    secrets = chosen.secrets()
    with providers.chosen(chosen.send, letter, secrets=secrets, folder=chosen.folder) as provider:
        said = provider.try_out()
    works = not isinstance(said, Stopped)
    words = said.reason if isinstance(said, Stopped) else said
    if arguments.json:
        screen.as_json({"provider": name, "works": works, "said": words})
    else:
        screen.say(f"{'✓' if works else '✗'} {name}: {words}")
        for need in provider.capabilities.needs:
            screen.say(f"  first: {need}")
    return 0 if works else 1


def _chosen(settings: Settings, name: str) -> Settings:
    """The settings with this provider in place of theirs."""
    if name not in providers.names():
        raise UsageError(f"there is no provider {name}; there are {', '.join(providers.names())}")
    if getattr(settings.send, name) is None:
        raise ConfigError([f"{settings.place('send')}: there is no table [send.{name}] to try; config.toml shows one"])
    return settings.model_copy(update={"send": settings.send.model_copy(update={"provider": name})})


def _row(able: Capabilities) -> tuple[str, ...]:
    size = {0: "its own list", 1: "1 person"}.get(able.largest_batch, f"{able.largest_batch:,}")
    if able.largest_bytes:
        size += f", {able.largest_bytes / 1e6:.0f} MB"
    return (
        size,
        "one each" if able.body == "whole" else "shared",
        "ours" if able.one_click == "ours" else "its own",
        "for each" if able.answers == "each" else "for the call",
        _replayed(able.replay_within),
        _asked(able.asked_after),
        " ".join(able.needs),
    )


def _plain(able: Capabilities) -> dict[str, object]:
    return {
        "largest_batch": able.largest_batch,
        "largest_bytes": able.largest_bytes,
        "body": able.body,
        "one_click": able.one_click,
        "answers": able.answers,
        "replay_within_s": able.replay_within.total_seconds() if able.replay_within else None,
        "asked_after_s": able.asked_after.total_seconds() if able.asked_after is not None else None,
        "needs": able.needs,
    }


def _replayed(within: timedelta | None) -> str:
    if within is None:
        return "no"
    return "safe for ever" if within > timedelta(days=1000) else f"safe for {phrases.span(within)}"


def _asked(after: timedelta | None) -> str:
    if after is None:
        return "no"
    return f"after {phrases.span(after)}" if after else "at once"
