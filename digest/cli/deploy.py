"""Ready files that make digest run by itself: printed, to be looked at and put in their place."""

from __future__ import annotations

import argparse
import getpass
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct
from pydantic import BaseModel

from digest.cli import context, screen
from digest.config import Secret, Settings
from digest.store import sqlite_file

SYSTEMD = """\
# /etc/systemd/system/{file}.service
#   systemctl daemon-reload && systemctl enable --now {units}
#   journalctl -u {log} -f        what it does
[Unit]
Description={name}
After=network-online.target
Wants=network-online.target

[Service]
Type=exec
User={user}
WorkingDirectory={path}
# {variables}
EnvironmentFile=-{path}/digest.env
ExecStart={program} --config {config} {command}
Restart=on-failure
RestartSec=30
# SIGTERM: calls that are under way are finished first
TimeoutStopSec=60
UMask=0077
NoNewPrivileges=yes
PrivateTmp=yes
ProtectSystem=strict
ReadWritePaths={folder}

[Install]
WantedBy=multi-user.target
"""
_SCHEDULE = {"file": "digest", "units": "digest", "log": "digest", "command": "schedule"}
# One file, of which a machine may start the worker alone; `%i` is what stands behind the `@`.
_BOTH = {"file": "digest@", "units": "digest@schedule digest@worker", "log": "'digest@*'", "command": "%i"}

CRON = """\
# crontab -e
# Every ten minutes: collects, drafts, reminds, sends what is due, and ends.{variables}
*/10 * * * * cd {folder} && {program} --config {config} schedule --once 2>>digest.log
"""

GITHUB = """\
# .github/workflows/digest.yml
# The database must outlive the job: {database}
name: digest
on:
  schedule:
    - cron: "*/15 * * * *"
  workflow_dispatch:
concurrency: digest
permissions:
  contents: read
jobs:
  digest:
    runs-on: ubuntu-latest
    timeout-minutes: 30
    steps:
      - uses: actions/checkout@v5
      - uses: actions/setup-python@v6
        with:
          python-version: "3.13"
      - run: pip install -c constraints.txt '.[{extra}]'
      - run: digest --config config.toml schedule --once
{environment}"""

DOCKER = """\
# Dockerfile, beside digest's pyproject.toml
#   docker build -t digest .
#   {run}
{worker}FROM python:3.13-slim
COPY . /src
RUN pip install --no-cache-dir -c /src/constraints.txt '/src[{extra}]' && rm -r /src \\
 && useradd --uid 10001 digest && install -d -o digest /data
USER digest
VOLUME /data
WORKDIR /data
STOPSIGNAL SIGTERM
ENTRYPOINT ["digest", "--config", "/data/config.toml"]
CMD ["schedule"]
"""


class _Place(Struct, frozen=True):
    """What the files have to name."""

    settings: Settings
    config: Path
    program: str
    variables: tuple[str, ...]
    """Environment variables that config.toml takes secrets from."""
    by_workers: bool
    """Whether `digest worker` is to run too."""

    @property
    def folder(self) -> str:
        return str(self.settings.folder)

    @property
    def extra(self) -> str:
        """What is installed with digest."""
        return "worker" if self.by_workers else "postgresql"


def show(arguments: argparse.Namespace) -> int:
    """Prints the file for one way to run it."""
    editions = context.editions(arguments)
    names = {name for settings in editions for name in _variables(settings)}
    by_workers = any(settings.send.engine == "workers" for settings in editions)
    place = _Place(editions[0], arguments.config.resolve(), _program(), tuple(sorted(names)), by_workers)
    print(
        {"systemd": _systemd, "cron": _cron, "github-actions": _github, "docker": _docker}[arguments.way](place), end=""
    )
    if sys.stdout.isatty() and place.variables:
        screen.say(f"# it needs: {', '.join(place.variables)}", "yellow")
    return 0


def _systemd(place: _Place) -> str:
    names = ", ".join(place.variables) or "config.toml needs none so far"
    # https://www.freedesktop.org/software/systemd/man/systemd.unit.html#Specifiers: a percent sign is written twice
    return SYSTEMD.format(
        name=place.settings.newsletter.name.replace("%", "%%"),
        user=getpass.getuser(),
        path=place.folder.replace("%", "%%"),  # these two keys take quotation marks for a part of the name
        folder=_for_systemd(place.folder),
        program=_for_systemd(place.program),
        config=_for_systemd(str(place.config)),
        variables=f"secrets, as lines NAME=value: {names}",
        **(_BOTH if place.by_workers else _SCHEDULE),
    )


def _cron(place: _Place) -> str:
    told = f" Set above the line: {', '.join(place.variables)}." if place.variables else ""
    parts = (place.folder, place.program, str(place.config))
    # crontab(5): a percent sign ends the command
    folder, program, config = (shlex.quote(part).replace("%", r"\%") for part in parts)
    return CRON.format(folder=folder, program=program, config=config, variables=told)


def _github(place: _Place) -> str:
    lines = [f"          {name}: ${{{{ secrets.{name} }}}}\n" for name in place.variables]
    environment = "        env:\n" + "".join(lines) if lines else ""
    local = sqlite_file(place.settings.store.url, place.settings.folder)
    database = "set store.url to a PostgreSQL server, not to a file." if local else "store.url names a server, good."
    return GITHUB.format(environment=environment, database=database, extra=place.extra)


def _docker(place: _Place) -> str:
    given = "".join(f" -e {name}" for name in place.variables)
    run = f"docker run -d --restart unless-stopped --stop-timeout 60 -v {shlex.quote(place.folder)}:/data{given} digest"
    return DOCKER.format(run=run, worker=f"#   {run} worker\n" if place.by_workers else "", extra=place.extra)


def _for_systemd(text: str) -> str:
    escaped = text.replace("%", "%%")
    return (
        escaped
        if re.fullmatch(r"[\w./%+-]+", escaped)
        else '"' + escaped.replace("\\", r"\\").replace('"', r"\"") + '"'
    )


def _program() -> str:
    beside = Path(sys.executable).with_name("digest")
    return str(beside) if beside.exists() else f"{sys.executable} -m digest"


def _variables(table: BaseModel) -> Iterator[str]:
    """Every `{{ env = … }}` of the settings, wherever it stands."""
    for name in type(table).model_fields:
        value = getattr(table, name)
        for each in value if isinstance(value, tuple) else (value,):
            if isinstance(each, Secret):
                yield from filter(None, (each.env,))
            elif isinstance(each, BaseModel):
                yield from _variables(each)
