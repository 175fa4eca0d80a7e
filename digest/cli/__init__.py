"""The command line: what can be asked, and the exit code of the answer.

Importing this costs argparse and nothing else: each command's module, and all that it needs,
is imported when that command runs.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from digest import __version__
from digest.errors import DigestError

EXIT_CODES = """\
exit codes: 0 done; 1 failed; 2 usage or configuration; 3 stopped by a check or held,
a person is needed; 75 another process is sending from the same database"""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    arguments = parser().parse_args(argv)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    module, _, function = arguments.run.partition(":")
    try:
        command = getattr(importlib.import_module(f"digest.cli.{module}"), function)
        return int(command(arguments) or 0)
    except DigestError as error:
        print(f"digest: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("digest: interrupted; run the same command again to go on", file=sys.stderr)
        return 130
    except BrokenPipeError:  # `digest explain | head`: the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if arguments.debug:
            raise
        kind = type(error).__name__
        print(f"digest: unexpected {kind}: {error}\n  run it with --debug to see where", file=sys.stderr)
        return 1


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = argparse.ArgumentParser(
        prog="digest",
        description="A news site's tagged articles, sent as one trusted email a week.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--config", type=Path, default=Path("config.toml"), metavar="FILE", help="default: config.toml")
    top.add_argument("--debug", action="store_true", help="show the traceback of an unexpected error")
    top.add_argument("--version", action="version", version=f"digest {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _making(commands)
    _sources(commands)
    _sending(commands)
    _people(commands)
    _settings(commands)
    return top


_Commands = argparse._SubParsersAction  # noqa: SLF001  there is no public name for what add_subparsers returns


def _command(
    commands: _Commands[argparse.ArgumentParser], name: str, run: str, says: str, *, json: bool = False
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=says, description=f"{says[0].upper()}{says[1:]}.")
    command.set_defaults(run=run)
    if json:
        command.add_argument("--json", action="store_true", help="print JSON instead of text")
    return command


def _as_of(command: argparse.ArgumentParser) -> None:
    says = "pretend that it is this moment, as 2026-11-20T09:00 (the newsletter's zone)"
    command.add_argument("--as-of", metavar="TIME", help=says)


def _accept(command: argparse.ArgumentParser) -> None:
    says = "let this check pass once: late-arrivals, source-failed"
    command.add_argument("--accept", metavar="CHECK", action="append", help=says)


def _making(commands: _Commands[argparse.ArgumentParser]) -> None:
    init = _command(commands, "init", "making:init", "write config.toml and templates/ into a folder")
    init.add_argument("folder", type=Path, nargs="?", default=Path(), metavar="DIR")
    run = _command(commands, "run", "sending:run", "the main job: collect, compose, check, freeze, send", json=True)
    _as_of(run)
    _accept(run)
    collect = _command(commands, "collect", "making:collect", "fetch every source into the archive", json=True)
    _as_of(collect)
    build = _command(commands, "build", "making:build", "write the issue to files and change nothing else", json=True)
    _as_of(build)
    _accept(build)
    build.add_argument("--out", type=Path, metavar="DIR", help="default: preview/ISSUE beside config.toml")
    says = "why each article is in the issue or not"
    explain = _command(commands, "explain", "making:explain", says, json=True)
    explain.add_argument("article", nargs="?", metavar="ARTICLE", help="part of a title, an address or an id")
    _as_of(explain)
    _accept(explain)
    check = _command(commands, "check", "making:check", "what would stop the issue, and what to do", json=True)
    _as_of(check)
    _accept(check)


def _sources(commands: _Commands[argparse.ArgumentParser]) -> None:
    says = "what each source gives now, by tag"
    sources = _command(commands, "sources", "sources:show", says, json=True)
    _as_of(sources)
    actions = sources.add_subparsers(title="commands", metavar="COMMAND")
    tried = _command(actions, "try", "sources:try_", "find out what a site is, and print the config for it", json=True)
    tried.add_argument("url", metavar="URL")
    tried.add_argument("--allow-private", action="store_true", help="also inside your own network")


def _sending(commands: _Commands[argparse.ArgumentParser]) -> None:
    approve = _command(commands, "approve", "sending:approve", "say yes to a frozen issue, by its hash", json=True)
    approve.add_argument("issue", metavar="ISSUE", help="as weekly-2026-W47")
    approve.add_argument("--by", metavar="NAME", help="who approves; default: the user of this machine")
    send = _command(commands, "send", "sending:send", "send an approved issue, or go on with it", json=True)
    send.add_argument("issue", metavar="ISSUE", help="as weekly-2026-W47")
    _command(commands, "schedule", "sending:schedule", "run every issue when it is due, until stopped")
    says = "issues, their outcomes, the next slots and the sources"
    status = _command(commands, "status", "sending:status", says, json=True)
    status.add_argument("issue", nargs="?", metavar="ISSUE", help="only this issue")
    status.add_argument("--recipients", action="store_true", help="each address and its outcome")


def _people(commands: _Commands[argparse.ArgumentParser]) -> None:
    people = commands.add_parser("subscribers", help="who gets the newsletter", description="Who gets the newsletter.")
    actions = people.add_subparsers(title="commands", metavar="COMMAND", required=True)
    imported = _command(actions, "import", "people:import_", "add the people in a CSV file", json=True)
    imported.add_argument("file", type=Path, metavar="FILE")
    imported.add_argument("--dry-run", action="store_true", help="say what would happen and change nothing")
    add = _command(actions, "add", "people:add", "add one person", json=True)
    add.add_argument("address", metavar="ADDRESS")
    add.add_argument("--name", default="", metavar="NAME")
    remove = _command(actions, "remove", "people:remove", "never write to this person again", json=True)
    remove.add_argument("address", metavar="ADDRESS")
    _command(actions, "list", "people:list_", "every person and their state", json=True)


def _settings(commands: _Commands[argparse.ArgumentParser]) -> None:
    settings = commands.add_parser("config", help="what config.toml says", description="What config.toml says.")
    actions = settings.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _command(actions, "check", "settings:check", "every mistake in config.toml at once", json=True)
    _command(actions, "show", "settings:show", "every setting, with its line or as a default", json=True)
    _command(actions, "schema", "settings:schema", "a JSON Schema, for completion in an editor")
