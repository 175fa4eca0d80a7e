"""The commands that make an issue and send nothing: init, collect, build, explain, parity."""

from __future__ import annotations

import argparse
import shlex
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from digest import check as checks
from digest import compose, config, desk, pipeline
from digest.cli import context, files, screen
from digest.config import Settings
from digest.errors import DigestError, UsageError
from digest.models import Article, Issue, Story, Verdict

if TYPE_CHECKING:
    from digest.store import Store


def init(arguments: argparse.Namespace) -> int:
    """Writes config.toml and templates/, and never over what is there."""
    folder: Path = arguments.folder
    config_file, templates = folder / "config.toml", folder / "templates"
    shipped = config.starter() / "templates"
    others = sorted(file.parent.name for file in shipped.glob("*/issue.mjml.j2"))
    if arguments.template not in ("default", *others):
        there = " and ".join(["default", *others])
        raise UsageError(f"--template {arguments.template}: no such template; there are {there}")
    if exist := [str(target) for target in (config_file, templates) if target.exists()]:
        raise DigestError(f"{' and '.join(exist)} exist already; nothing was written")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(config.starter() / "config.toml", config_file)
        shutil.copytree(shipped, templates, ignore=shutil.ignore_patterns(*others))
        if arguments.template in others:
            # What such a folder lacks it shares with the default template.
            shutil.copytree(shipped / arguments.template, templates, dirs_exist_ok=True)
    except OSError as error:
        raise DigestError(f"{error.filename or folder}: cannot be written: {error.strerror}") from error
    screen.say(f"✓ {config_file} and {templates} written")
    enter = "" if folder == Path() else f"cd {shlex.quote(str(folder))}, "
    screen.say(f"  next: {enter}digest build; then edit config.toml, and digest config check")
    return 0


def collect(arguments: argparse.Namespace) -> int:
    """Fetches every source into the archive; exit code 1 when one failed."""
    editions = context.editions(arguments)
    now = context.moment(arguments, editions[0])
    with context.store(editions[0]) as store, screen.watch() as watch:
        reports = pipeline.gather(editions, store, pipeline.Job(now, watch))
    for report in reports:
        for problem in report.problems:
            screen.say(f"! {report.source}: {problem}", "yellow")
    failed = [r for r in reports if r.failure]
    if arguments.json:
        screen.as_json(
            [
                {"source": r.source, "articles": len(r.articles), "problems": r.problems, "failure": r.failure}
                for r in reports
            ]
        )
    else:
        total = sum(len(r.articles) for r in reports)
        read = f"{len(reports) - len(failed)} of {screen.amount(len(reports), 'source')}"
        screen.say(f"{screen.amount(total, 'article')} from {read}")
    return 1 if failed else 0


def build(arguments: argparse.Namespace) -> int:
    """Writes html, text, eml and a report; exit code 3 when a check would stop the issue."""
    themes = tuple(tag for part in (arguments.themes or "").split(",") if (tag := part.strip()))
    with drafts_of(arguments, themes=themes) as (drafts, _), screen.one_document(as_json=arguments.json) as tell:
        for settings, draft in drafts:
            folder = arguments.out / draft.issue.key if arguments.out and len(drafts) > 1 else arguments.out
            written = files.write(draft, settings, folder or settings.folder / "preview" / draft.issue.key)
            if arguments.json:
                tell({**files.report(draft), "files": [str(file) for file in written]})
            else:
                _print_build(draft, written)
        return context.worst([_exit_code(draft) for _, draft in drafts])


def explain(arguments: argparse.Namespace) -> int:
    """A verdict and a reason for every candidate, those that are in first; of one article all that is known."""
    if arguments.frozen:
        return _explain_frozen(arguments)
    with (
        drafts_of(arguments, pictures="none") as (drafts, store),
        screen.one_document(as_json=arguments.json) as tell,
    ):
        told = tell if arguments.json else None
        if not arguments.article:
            for settings, draft in drafts:
                _verdicts(draft.issue, draft.issue.verdicts, settings, told)
            return 0
        found = _articles(arguments.article, drafts, store)
        if len(found) == 1:
            story = desk.story(found[0], [s for s, _ in drafts], [d for _, d in drafts], store)
            _story(story, drafts[0][0], as_json=arguments.json)
            return 0
        ids = {article.id for article in found}
        for settings, draft in drafts:
            verdicts = tuple(v for v in draft.issue.verdicts if v.article_id in ids)
            if verdicts:
                _verdicts(draft.issue, verdicts, settings, told)
        return 0


def parity(arguments: argparse.Namespace) -> int:
    """The stories of each edition that have no counterpart in the main one, and the other way round."""
    with drafts_of(arguments, pictures="none") as (drafts, _), screen.one_document(as_json=arguments.json) as tell:
        main = drafts[0][1].issue
        others = [draft.issue for settings, draft in drafts[1:] if draft.issue.language != main.language]
        if not others:
            raise UsageError(f"{arguments.config}: there is no edition in another language to compare with")
        for other in others:
            found = compose.parity(main, other)
            if arguments.json:
                tell({"main": main.key, "other": other.key, **_plain_parity(found)})
            else:
                _print_parity(main, other, found)
    return 0


Drafts = list[tuple[Settings, pipeline.Draft]]


@contextmanager
def drafts_of(
    arguments: argparse.Namespace, pictures: Literal["kept", "none"] = "kept", themes: tuple[str, ...] = ()
) -> Iterator[tuple[Drafts, Store | None]]:
    """A draft of every issue that is meant, with its edition; of some `themes` as their reader gets it."""
    first = context.edition(arguments)
    accept = context.accepted(arguments)
    with context.existing_store(first) as store, screen.watch() as watch:
        yield (
            [
                (
                    settings,
                    pipeline.build(settings, store, slot, pipeline.Job(now, watch, accept, pictures=pictures), themes),
                )
                for settings, slot, now in context.targets(arguments, store)
            ],
            store,
        )


def _exit_code(draft: pipeline.Draft) -> int:
    return 3 if checks.stops(draft.findings) else 0


def _print_build(draft: pipeline.Draft, written: list[Path]) -> None:
    screen.findings(draft.findings)
    size = len(draft.email.html.encode())
    stories = screen.amount(len(draft.issue.stories), "story", "stories")
    sections = screen.amount(len(draft.issue.sections), "section")
    screen.say(f"{draft.issue.key}: {stories} in {sections}, {size:,} bytes of html")
    screen.say(f"subject: {draft.issue.subject}")
    for file in written:
        screen.say(f"  {file}")


def _explain_frozen(arguments: argparse.Namespace) -> int:
    """The verdicts as they were when the issue was frozen."""
    if not arguments.issue:
        raise UsageError("--frozen: say of which issue, as --issue weekly-2026-W47")
    settings, _ = context.of_issue(arguments, arguments.issue)
    wanted = (arguments.article or "").casefold()
    with context.existing_store(settings) as store:
        if store is None:
            raise DigestError("there is no issue yet; `digest run` makes one")
        issue = store.issues.composed(pipeline.found(store, arguments.issue).id)
    verdicts = tuple(v for v in issue.verdicts if wanted in _words(v.title, v.url, v.article_id))
    _verdicts(issue, verdicts, settings, screen.as_json if arguments.json else None)
    return 0


def _verdicts(
    issue: Issue, verdicts: tuple[Verdict, ...], settings: Settings, tell: Callable[[object], None] | None
) -> None:
    if tell:
        tell({"issue": issue.key, "window": issue.window, "verdicts": verdicts})
        return
    zone = settings.newsletter.zone
    start, end = issue.window.start.astimezone(zone), issue.window.end.astimezone(zone)
    screen.say(f"{issue.key}: from {start:%a %Y-%m-%d %H:%M} to {end:%a %Y-%m-%d %H:%M} {end:%Z}")
    rows = [("✓" if v.placed else "–", v.title, v.why) for v in verdicts]
    screen.table(("", "article", "why"), rows)
    placed = sum(v.placed for v in verdicts)
    screen.say(f"{placed} in, {len(verdicts) - placed} out")


def _articles(wanted: str, drafts: Drafts, store: Store | None) -> list[Article]:
    """Every candidate, or article of the archive, that these words mean. Raises DigestError for none."""
    found = {a.id: a for _, d in drafts for a in d.candidates if wanted.casefold() in _words(a.title, a.url, a.id)}
    exact = [a for a in found.values() if wanted in (a.id, a.url)]
    if exact:
        return exact
    archived = store.articles.search(wanted) if store and not found else ()
    if not found and not archived:
        keys = ", ".join(draft.issue.key for _, draft in drafts)
        raise DigestError(f"no candidate of {keys} and no article of the archive matches {wanted!r}")
    return [*found.values(), *archived]


def _words(*parts: str) -> str:
    return "\n".join(parts).casefold()


def _story(told: desk.ArticleStory, settings: Settings, *, as_json: bool) -> None:
    if as_json:
        screen.as_json(told)
        return
    article, zone = told.article, settings.newsletter.zone
    screen.say(article.title, "bold")
    screen.say(f"{article.id}  {article.url}")
    tags = ", ".join(f"#{tag}" for tag in article.tags) or "no tag"
    rows = [
        ("from", told.origin),
        ("published", screen.local(article.published, zone) if article.published else "no date that can be read"),
        ("tags", tags),
        ("first seen", screen.local(article.first_seen, zone) if article.first_seen else "not in the archive yet"),
    ]
    rows += [
        (screen.local(c.at, zone), f"{c.field}: {c.before or 'nothing'} → {c.after or 'nothing'}") for c in told.changes
    ]
    if told.gone_since:
        rows.append((screen.local(told.gone_since, zone), "its source does not show it any more"))
    rows += [(key, f"took it; {state}") for key, state in told.took]
    rows += [(key, verdict.why) for key, verdict in told.verdicts]
    if not told.verdicts:
        rows.append(("now", "no candidate of an issue that is being made: too old, or gone"))
    screen.table(("", ""), rows)


def _plain_parity(found: compose.Parity) -> dict[str, object]:
    def plain(story: Story) -> dict[str, str]:
        return {"id": story.article.id, "title": story.article.title, "theme": story.theme.tag}

    pairs = [{"main": plain(p.one), "other": plain(p.other), "why": p.why} for p in found.pairs]
    return {
        "pairs": pairs,
        "only_main": [plain(s) for s in found.only_one],
        "only_other": [plain(s) for s in found.only_other],
    }


def _print_parity(main: Issue, other: Issue, found: compose.Parity) -> None:
    pairs = screen.amount(len(found.pairs), "pair")
    screen.say(f"{main.key} ({main.language}) and {other.key} ({other.language}): {pairs}", "bold")
    rows = [(p.one.article.title, p.other.article.title, p.why) for p in found.pairs]
    rows += [(s.article.title, "–", f"{s.theme.tag}: no counterpart in {other.key}") for s in found.only_one]
    rows += [("–", s.article.title, f"{s.theme.tag}: no counterpart in {main.key}") for s in found.only_other]
    screen.table((main.key, other.key, "why"), rows)
