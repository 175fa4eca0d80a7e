"""What can be asked on the command line: every command, its arguments, and the function that answers."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from digest import __version__

EXIT_CODES = """\
exit codes: 0 done; 1 failed; 2 usage or configuration; 3 stopped by a check or held,
a person is needed; 75 another process is sending from the same database"""


_GROUPS = {
    "begin": "init config subscribers",
    "a week": "sources collect build explain check preview run status",
    "the editor's hand": "edit parity freeze approve hold skip diff issues correct",
    "sending": "providers send resolve pause resume cancel report",
    "by itself": "schedule worker deploy serve store",
}
"""The commands as `digest --help` lists them."""


def whole() -> argparse.ArgumentParser:
    """The whole command line."""
    top = argparse.ArgumentParser(
        prog="digest",
        usage="digest [--config FILE] [--debug] COMMAND ...",
        description="A news site's tagged articles, sent as one trusted email a week.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--config", type=Path, default=Path("config.toml"), metavar="FILE", help="default: config.toml")
    top.add_argument("--debug", action="store_true", help="show the traceback of an unexpected error")
    top.add_argument("--version", action="version", version=f"digest {__version__}")
    # Listed by what they are for, which argparse cannot do by itself.
    commands = top.add_subparsers(prog="digest", metavar="COMMAND", required=True, help=argparse.SUPPRESS)
    _making(commands)
    _sources(commands)
    _providers(commands)
    _editing(commands)
    _desk(commands)
    _sending(commands)
    _running(commands)
    _people(commands)
    _serving(commands)
    _storing(commands)
    _settings(commands)
    top.epilog = f"{_listed(commands)}\n{EXIT_CODES}"
    return top


_Commands = argparse._SubParsersAction  # noqa: SLF001  there is no public name for what add_subparsers returns


def _listed(commands: _Commands[argparse.ArgumentParser]) -> str:
    says = {each.dest: each.help for each in commands._choices_actions}  # noqa: SLF001  nor for their help
    return "".join(
        f"{group}:\n" + "".join(f"  {name:<12} {says[name]}\n" for name in names.split()) + "\n"
        for group, names in _GROUPS.items()
    )


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


def _edition(command: argparse.ArgumentParser, says: str = "only this edition; default: all") -> None:
    command.add_argument("--edition", metavar="NAME", help=says)


def _issue(command: argparse.ArgumentParser) -> None:
    """Which issue is meant: for the commands that make one."""
    says = "this issue, as weekly-2026-W47; default: the one that goes out next"
    command.add_argument("--issue", metavar="ISSUE", help=says)
    _edition(command)
    _as_of(command)


def _accept(command: argparse.ArgumentParser) -> None:
    says = "let this check pass once: late-arrivals, source-failed, audience, rejections, complaints"
    command.add_argument("--accept", metavar="CHECK", action="append", help=says)


def _by(command: argparse.ArgumentParser) -> None:
    command.add_argument("--by", metavar="NAME", help="who decides; default: the user of this machine")


def _making(commands: _Commands[argparse.ArgumentParser]) -> None:
    init = _command(commands, "init", "making:init", "write config.toml and templates/ into a folder")
    init.add_argument("folder", type=Path, nargs="?", default=Path(), metavar="DIR")
    says = "how the email looks: default, or briefing, short and without pictures"
    init.add_argument("--template", default="default", metavar="NAME", help=says)
    run = _command(commands, "run", "sending:run", "the main job: collect, compose, check, freeze, send", json=True)
    _edition(run)
    _as_of(run)
    _accept(run)
    collect = _command(commands, "collect", "making:collect", "fetch every source into the archive", json=True)
    _edition(collect)
    _as_of(collect)
    build = _command(commands, "build", "making:build", "write the issue to files and change nothing else", json=True)
    build.add_argument("--out", type=Path, metavar="DIR", help="default: preview/ISSUE beside config.toml")
    build.add_argument("--themes", metavar="TAGS", help="as a reader gets it who chose these: '#UAtoEU, #UWC news'")
    says = "why each article is in the issue or not"
    explain = _command(commands, "explain", "making:explain", says, json=True)
    explain.add_argument("article", nargs="?", metavar="ARTICLE", help="part of a title, an address or an id")
    explain.add_argument("--frozen", action="store_true", help="as it was when --issue was frozen")
    check = _command(commands, "check", "checking:check", "what would stop the issue, and what to do", json=True)
    check.add_argument("--links", action="store_true", help="also try every link and picture")
    check.add_argument("--dns", action="store_true", help="also look up SPF, DKIM and DMARC")
    check.add_argument("--one-click", default="", metavar="URL", help="also unsubscribe a test token at this address")
    check.add_argument("--spam", action="store_true", help="also ask SpamAssassin on this machine")
    check.add_argument("--list", action="store_true", help="every check: what it looks at, and how serious it is")
    says = "try config and templates with what every week may bring"
    check.add_argument("--templates", action="store_true", help=says)
    says = "stories without a counterpart in the edition of another language"
    parity = _command(commands, "parity", "making:parity", says, json=True)
    for command in (build, explain, check, parity):
        _issue(command)
        _accept(command)
    says = "the issue in the browser, to be looked at and shaped"
    preview = _command(commands, "preview", "preview:preview", says)
    _issue(preview)
    preview.add_argument("--port", type=int, default=0, metavar="PORT", help="default: any that is free")
    preview.add_argument("--no-browser", action="store_true", help="only print the address")


def _row(written: str) -> dict[str, str | float]:
    """`October=12` as a row of a chart."""
    label, sign, value = written.rpartition("=")
    try:
        return {"label": label.strip(), "value": float(value)}
    except ValueError:
        given = f'"{value}" is no number' if sign else 'it has no "="'
        raise argparse.ArgumentTypeError(f"{written!r}: {given}; write a row as October=12") from None


def _count(written: str) -> int:
    """From 1 to 64."""
    if not written.isdecimal() or not 1 <= int(written) <= 64:
        raise argparse.ArgumentTypeError(f"{written!r}: write a number from 1 to 64")
    return int(written)


def _sources(commands: _Commands[argparse.ArgumentParser]) -> None:
    says = "what each source gives now, by tag"
    sources = _command(commands, "sources", "sources:show", says, json=True)
    _edition(sources, "of this edition; default: the main one")
    _as_of(sources)
    actions = sources.add_subparsers(title="commands", metavar="COMMAND")
    tried = _command(actions, "try", "sources:try_", "find out what a site is, and print the config for it", json=True)
    tried.add_argument("url", metavar="URL")
    tried.add_argument("--allow-private", action="store_true", help="also inside your own network")


def _providers(commands: _Commands[argparse.ArgumentParser]) -> None:
    providers = _command(commands, "providers", "providers:show", "what each email provider can do", json=True)
    actions = providers.add_subparsers(title="commands", metavar="COMMAND")
    tried = _command(actions, "try", "providers:try_", "whether the credentials work, without sending", json=True)
    tried.add_argument("name", nargs="?", metavar="NAME", help="default: the one of config.toml")
    _edition(tried, "of this edition; default: the main one")


_Action = Callable[..., argparse.ArgumentParser]
"""Makes a command of `digest edit`: its name, the function that runs, what it does, its arguments."""


def _editing(commands: _Commands[argparse.ArgumentParser]) -> None:
    says = "change one issue by hand: issues/ISSUE.toml"
    actions = commands.add_parser("edit", help=says, description=f"C{says[1:]}.").add_subparsers(
        title="commands", metavar="COMMAND", required=True
    )

    def action(name: str, run: str, says: str, *named: str) -> argparse.ArgumentParser:
        command = _command(actions, name, f"editing:{run}", says, json=True)
        for each in named:
            command.add_argument(each, metavar=each.upper())
        _issue(command)
        return command

    _editing_stories(action)
    _editing_blocks(action)


def _editing_stories(action: _Action) -> None:
    action("show", "show", "the changes so far, and their file")
    for key, says in (
        ("subject", "the line in the inbox"),
        ("preheader", "what the inbox shows after the subject"),
        ("intro", "a word to the reader above the stories, in Markdown"),
        ("note", "a word to your colleagues: no reader sees it"),
    ):
        text = action(key, "value", f'{says}; "-" reads it from a pipe, "" takes it out', "text")
        text.set_defaults(key=key)
    action("lead", "lead", "the story that leads", "article")
    action("hide", "hide", "leave a story out", "article")
    action("unhide", "unhide", "let a story in again; its other changes stay", "article")
    action("title", "story", "another headline", "article", "text").set_defaults(key="title")
    action("lede", "story", "another summary", "article", "text").set_defaults(key="lede")
    pin = action("pin", "story", "at the first place of its section, or at another", "article")
    pin.add_argument("place", type=int, nargs="?", default=1, metavar="PLACE")
    pin.set_defaults(key="place")
    move = action("move", "story", "into another section; this also brings in an article that is out", "article")
    move.add_argument("section", metavar="THEME", help='its hashtag in quotes, as "#UAinNATO"')
    move.set_defaults(key="section")
    cover = action("cover", "cover", "another picture, or another credit for the one that is there", "article")
    for option, says in (("--url", "address of the picture"), ("--alt", "what is to be seen"), ("--credit", "whose")):
        cover.add_argument(option, metavar="TEXT", help=says)
    action("reset", "reset", "take back every change of one story", "article")
    order = action("order", "order", "these come first in their sections, in this order")
    order.add_argument("articles", nargs="*", metavar="ARTICLE", help="none: take the order out")


def _editing_blocks(action: _Action) -> None:
    link = action("link", "link", "add a link below the stories", "title", "url")
    link.add_argument("--text", default="", metavar="TEXT", help="one sentence about it")
    action("unlink", "unlink", "take a link out again", "url")
    for kind, says, options in (
        ("action", "one thing to do, with a button", "title text button url"),
        ("sponsor", "a sponsor's word, marked as such", "title text button url"),
        ("figure", "the one number of the issue, and what it counts", "number counts source url"),
        ("quote", "what somebody said, set large", "words who url"),
        ("chart", "your own numbers as bars, or as a line over time", "title unit source url"),
    ):
        panel = action(kind, "panel", says)
        panel.set_defaults(block=kind)
        for option in options.split():
            panel.add_argument(f"--{option}", metavar="TEXT")
        panel.add_argument("--remove", action="store_true", help="take it out")
        if kind == "chart":
            each = "one bar or point; give it once for each, in their order"
            panel.add_argument("--row", action="append", dest="rows", type=_row, metavar="LABEL=NUMBER", help=each)
            panel.add_argument("--kind", choices=("bars", "line"), help="default: bars; a line has points in time")
    event = action("event", "event", "a date to keep; the same title again changes it", "title")
    for option, says in (("--date", "as 2026-11-28"), ("--place", "where"), ("--url", "its page")):
        event.add_argument(option, metavar="TEXT", help=says)
    event.add_argument("--remove", action="store_true", help="take it out")


def _desk(commands: _Commands[argparse.ArgumentParser]) -> None:
    freeze = _command(commands, "freeze", "desk:freeze", "fix the bytes of an issue, or make it anew", json=True)
    _issue(freeze)
    _accept(freeze)
    approve = _command(commands, "approve", "desk:approve", "say yes to a frozen issue, by its hash", json=True)
    approve.add_argument(
        "--hash", default="", metavar="SHA256", help="only these bytes; its first characters are enough"
    )
    approve.add_argument("--yes", action="store_true", help="also to its warnings")
    hold = _command(commands, "hold", "desk:hold", "keep an issue from going out until it is approved", json=True)
    skip = _command(
        commands, "skip", "desk:skip", "an issue that will not go out; the next takes its articles", json=True
    )
    correct = _command(commands, "correct", "desk:correct", "correct the web page of an issue that went out", json=True)
    for command in (approve, hold, skip, correct):
        command.add_argument("issue", metavar="ISSUE", help="as weekly-2026-W47")
        _by(command)
    for command in (hold, skip):
        command.add_argument("--reason", default="decided by hand", metavar="TEXT")
    _by(freeze)
    correct.add_argument("text", metavar="TEXT", help="for the reader: what was wrong, and what is right")
    correct.add_argument("--article", metavar="ARTICLE", help="the story concerned: its id, address or headline")
    correct.add_argument("--title", metavar="TEXT", help="its right headline")
    correct.add_argument("--lede", metavar="TEXT", help="its right summary")
    correct.add_argument("--out", type=Path, metavar="DIR", help="default: preview/ISSUE beside config.toml")
    diff = _command(commands, "diff", "desk:diff", "what has changed since an issue was frozen", json=True)
    diff.add_argument("issue", metavar="ISSUE", help="as weekly-2026-W47")
    diff.add_argument("--text", action="store_true", help="show the text part line by line, too")
    issues = _command(commands, "issues", "desk:issues", "every issue, or every decision about one", json=True)
    issues.add_argument("issue", nargs="?", metavar="ISSUE")


def _sending(commands: _Commands[argparse.ArgumentParser]) -> None:
    send = _command(commands, "send", "sending:send", "send an approved issue, or go on with it", json=True)
    send.add_argument("issue", metavar="ISSUE", help="as weekly-2026-W47")
    says = "only a marked test to these addresses, at most 5; the issue may be a draft"
    send.add_argument("--test", nargs="+", metavar="ADDRESS", help=says)
    _accept(send)
    says = "ask the provider what became of an email in doubt, and settle it"
    resolve = _command(commands, "resolve", "resolving:resolve", says, json=True)
    resolve.add_argument("issue", metavar="ISSUE", help="as weekly-2026-W47")
    resolve.set_defaults(choice="look")
    choices = resolve.add_mutually_exclusive_group()
    for choice, says in (
        ("ask", "whom the provider has not taken gets it with the next send"),
        ("assume-sent", "who is still in doubt counts as sent"),
        ("resend", "who is still in doubt gets it again, perhaps twice"),
    ):
        choices.add_argument(f"--{choice}", dest="choice", action="store_const", const=choice, help=says)
    resolve.add_argument("--batch", type=int, metavar="N", help="only this batch")
    _by(resolve)
    for decision, says in (
        ("pause", "hold an issue's sending, after the calls under way"),
        ("resume", "let a paused issue go on"),
        ("cancel", "never send what is left of an issue"),
    ):
        command = _command(commands, decision, f"resolving:{decision}", says, json=True)
        command.set_defaults(decision=decision)
        command.add_argument("issue", metavar="ISSUE", help="as weekly-2026-W47")
        _by(command)
        if decision != "resume":
            command.add_argument("--reason", metavar="TEXT", required=decision == "cancel", help="why, for the record")


def _running(commands: _Commands[argparse.ArgumentParser]) -> None:
    says = "run every issue when it is due, until stopped"
    schedule = _command(commands, "schedule", "scheduling:schedule", says)
    schedule.add_argument("action", nargs="?", choices=("pause", "resume"), help="stop that, or let it go on")
    schedule.add_argument("--once", action="store_true", help="do what is due now and end: for cron or a timer")
    schedule.add_argument("--reason", default="by hand", metavar="TEXT", help="of a pause")
    _edition(schedule, "of this edition; default: all")
    _by(schedule)
    says = "send as one of many, on this machine"
    worker = _command(commands, "worker", "working:worker", says)
    worker.add_argument("--batches", type=_count, metavar="N", help="at once; default: send.workers")
    says = "a ready file that makes it run by itself"
    deploy = _command(commands, "deploy", "deploy:show", says)
    deploy.add_argument("way", choices=("systemd", "cron", "github-actions", "docker"))
    says = "issues, their outcomes, the next slots and the sources"
    report = _command(commands, "report", "reporting:report", "what became of an issue, and of those before", json=True)
    report.add_argument("issue", nargs="?", metavar="ISSUE", help="default: the latest that was sent")
    _edition(report, "the latest of this edition; default: of the main one")
    report.add_argument("--html", type=Path, metavar="FILE", help="also as a page for editors")
    status = _command(commands, "status", "sending:status", says, json=True)
    status.add_argument("issue", nargs="?", metavar="ISSUE", help="only this issue")
    status.add_argument("--recipients", action="store_true", help="each address and its outcome")


def _serving(commands: _Commands[argparse.ArgumentParser]) -> None:
    serve = _command(commands, "serve", "serving:serve", "the pages for readers, and the doors for providers")
    serve.add_argument("--host", metavar="HOST", help="default: public.host")
    serve.add_argument("--port", type=int, metavar="PORT", help="default: public.port")


def _people(commands: _Commands[argparse.ArgumentParser]) -> None:
    people = commands.add_parser("subscribers", help="who gets the newsletter", description="Who gets the newsletter.")
    actions = people.add_subparsers(title="commands", metavar="COMMAND", required=True)
    imported = _command(actions, "import", "people:import_", "add the people in a CSV file", json=True)
    imported.add_argument("file", type=Path, metavar="FILE")
    imported.add_argument("--dry-run", action="store_true", help="say line by line what would happen, change nothing")
    add = _command(actions, "add", "people:add", "add one person", json=True)
    add.add_argument("address", metavar="ADDRESS")
    add.add_argument("--name", default="", metavar="NAME")
    remove = _command(actions, "remove", "people:remove", "never write to this person again", json=True)
    show = _command(actions, "show", "people:show", "all that is kept of one person", json=True)
    says = "forget one person, so that no import brings them back"
    erase = _command(actions, "erase", "people:erase", says, json=True)
    for command in (remove, show, erase):
        command.add_argument("address", metavar="ADDRESS")
    export = _command(actions, "export", "people:export", "everybody as CSV")
    export.add_argument("file", type=Path, nargs="?", metavar="FILE", help="default: to a pipe")
    listed = _command(actions, "list", "people:list_", "every person and their state", json=True)
    _command(actions, "new-key", "people:new_key", "sign links with a new key; those that were sent stay good")
    for command in (imported, add):
        _edition(command, "to this edition; default: the main one")
        says = "what they agreed to, and where, for the record"
        command.add_argument("--consent", metavar="TEXT", help=says)
    _edition(remove, "from this edition alone; default: from all, for good")
    for command in (listed, export):
        _edition(command, "of this edition; default: all")


def _storing(commands: _Commands[argparse.ArgumentParser]) -> None:
    stores = commands.add_parser("store", help="the database itself", description="The database itself.")
    actions = stores.add_subparsers(title="commands", metavar="COMMAND", required=True)
    move = _command(actions, "move", "storing:move", "carry everything over to an empty database", json=True)
    way = move.add_mutually_exclusive_group(required=True)
    way.add_argument("--to", metavar="URL", help="as store.url; a password may stand in PGPASSWORD or ~/.pgpass")
    way.add_argument("--take-back", action="store_true", help="make a store usable again that was moved away")
    says = "remove who got the issues of long ago, by store.keep_deliveries"
    prune = _command(actions, "prune", "storing:prune", says, json=True)
    prune.add_argument("--dry-run", action="store_true", help="only say which issues these are, and how many rows")


def _settings(commands: _Commands[argparse.ArgumentParser]) -> None:
    settings = commands.add_parser("config", help="what config.toml says", description="What config.toml says.")
    actions = settings.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _command(actions, "check", "settings:check", "every mistake in config.toml at once", json=True)
    _command(actions, "show", "settings:show", "every setting, with its line or as a default", json=True)
    schema = _command(actions, "schema", "settings:schema", "a JSON Schema, for completion in an editor")
    schema.add_argument("--overlay", action="store_true", help="of issues/ISSUE.toml")
