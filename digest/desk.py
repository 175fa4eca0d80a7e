"""The editors' desk: decisions about an issue, what changed since it was frozen, and an article's story."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from digest import compose, config, pipeline, render
from digest.compose.references import References
from digest.config import Settings
from digest.errors import AttentionNeeded, ConfigError, DigestError
from digest.models import Article, Correction, Issue, Slot, Verdict

if TYPE_CHECKING:
    from digest.store import Store
    from digest.store.articles import Change
    from digest.store.issues import IssueRecord


Find = Callable[[str], Article]


class Difference(Struct, frozen=True):
    """What would be otherwise if a frozen issue were made now."""

    record: IssueRecord
    changes: tuple[compose.Change, ...]
    """In the issue itself: its articles, their order, the editor's words."""
    email_differs: bool
    """With no change in the issue: by its templates, their words or the brand."""
    text: tuple[str, ...]
    """The text part, frozen and now, as lines of a unified diff."""


class ArticleStory(Struct, frozen=True):
    """All that is known of one article."""

    article: Article
    origin: str
    """Its source's kind and place, as config.toml has it now."""
    gone_since: datetime | None
    changes: tuple[Change, ...]
    verdicts: tuple[tuple[str, Verdict], ...]
    """Issue key and verdict, of each issue that is being made, and of the frozen one whose window it is in."""
    took: tuple[tuple[str, str], ...]
    """Key and state of every issue that has taken it."""


def freeze(settings: Settings, store: Store, slot: Slot, job: pipeline.Job) -> IssueRecord:
    """Makes the issue of this slot and fixes its bytes; one that nobody has been sent is made anew."""
    with store.lock():
        record = store.issues.begin(settings.newsletter.key, slot, pipeline.key_of(settings, slot), job.now)
        if record.state == "skipped":
            raise AttentionNeeded(f"{record.key} was skipped: {record.reason}; its articles stand in the next issue")
        return pipeline.freeze(settings, store, record, job).record


def approve(
    store: Store, key: str, by: str, now: datetime, sha256: str = "", *, accepts_warnings: bool = False
) -> IssueRecord:
    """A person's yes to the frozen bytes of an issue; with `sha256`, or its beginning, to no others.

    Raises AttentionNeeded for an error found about them, and for warnings that nobody has accepted
    unless this person does.
    """
    record = pipeline.found(store, key)
    if record.sha256 is None:
        raise AttentionNeeded(f"{key} is not frozen yet: {record.reason or 'run `digest freeze` first'}")
    if not record.sha256.startswith(sha256.lower()):
        raise AttentionNeeded(
            f"{key} is frozen as {record.sha256[:12]}, not as {sha256[:12]}: it was made anew since\n"
            f"  look at it again, then: digest approve {key} --hash {record.sha256[:12]}"
        )
    if record.state == "approved":
        raise DigestError(f"{key} was approved already, by {record.approved_by}; nothing has changed")
    if record.state == "skipped":
        raise AttentionNeeded(f"{key} was skipped: {record.reason}; its articles stand in the next issue")
    _refuse_findings(store, record, accepts_warnings=accepts_warnings)
    store.issues.approve(record.id, record.sha256, by, now, accepts=accepts_warnings)
    return pipeline.found(store, key)


def _refuse_findings(store: Store, record: IssueRecord, *, accepts_warnings: bool) -> None:
    noted = store.issues.findings(record.id)
    errors = [n.finding for n in noted if n.finding.severity == "error"]
    asks = [n.finding for n in noted if n.finding.severity == "warning" and n.accepted_by is None]
    if errors:
        head, cure = "cannot be approved", f"then make it anew: digest freeze --issue {record.key}"
    elif asks and not accepts_warnings:
        count = f"{len(asks)} warning{'' if len(asks) == 1 else 's'}"
        head, cure = f"has {count} that nobody has accepted", f"your yes to them: digest approve {record.key} --yes"
    else:
        return
    lines = [f"  {finding.message}\n    {finding.cure}" for finding in errors or asks]
    raise AttentionNeeded("\n".join([f"{record.key} {head}", *lines, f"  {cure}"]))


def hold(settings: Settings, store: Store, slot: Slot, reason: str, job: pipeline.Job) -> IssueRecord:
    """Keeps the issue of this slot from going out until a person approves it."""
    record = store.issues.begin(settings.newsletter.key, slot, pipeline.key_of(settings, slot), job.now)
    store.issues.hold(record.id, reason, job.now, by=job.by)
    return pipeline.found(store, record.key)


def skip(settings: Settings, store: Store, slot: Slot, reason: str, job: pipeline.Job) -> IssueRecord:
    """The issue of this slot will not go out; the next one takes its articles."""
    record = store.issues.begin(settings.newsletter.key, slot, pipeline.key_of(settings, slot), job.now)
    store.issues.skip(record.id, reason, job.now, by=job.by)
    return pipeline.found(store, record.key)


def difference(settings: Settings, store: Store, key: str, job: pipeline.Job) -> Difference:
    """The frozen issue against the one that its sources, config.toml, templates and overlay would make now."""
    record = pipeline.found(store, key)
    before, frozen = store.issues.composed(record.id), store.issues.email(record.id)
    after = pipeline.build(settings, store, pipeline.slot_of(record), job).issue
    email = render.email(after, settings.newsletter, settings.brand, settings.templates, tokens=frozen.tokens)
    text = difflib.unified_diff(frozen.text.splitlines(), email.text.splitlines(), "frozen", "now", lineterm="", n=1)
    return Difference(record, compose.changes(before, after), frozen.sha256 != email.sha256, tuple(text))


def correct(settings: Settings, store: Store, key: str, correction: Correction) -> str:
    """The web page of an issue that went out, with this correction and all earlier ones; no email is sent.

    `correction.article_id` may be any reference to one of the issue's stories.
    """
    record = pipeline.found(store, key)
    if not store.issues.sending(record.id)[0]:
        raise DigestError(f"{key}: nobody has got it yet; freeze it again instead of correcting it")
    issue = store.issues.composed(record.id)
    if correction.article_id:
        correction = replace(correction, article_id=_story_of(issue, correction.article_id))
    corrected = compose.corrected(issue, (*store.issues.corrections(record.id), correction))
    page = render.web(corrected, settings.newsletter, settings.brand, settings.templates)
    store.issues.correct(record.id, correction, page)
    return page


def _story_of(issue: Issue, reference: str) -> str:
    """The id of one of its stories; the title that the source gave it is as good as the editor's."""
    stories, wanted = [each.article for each in issue.stories], reference.casefold().strip()
    retitled = [v.article_id for v in issue.verdicts if v.placed and wanted in v.title.casefold()]
    return retitled[0] if len(retitled) == 1 else _found(reference, stories, "story", issue.key).id


def edit(
    settings: Settings, store: Store | None, slot: Slot, job: pipeline.Job, change: Callable[[Find], None]
) -> Issue:
    """The issue of `slot` after `change` has edited its overlay file.

    `change` gets a function that finds a candidate by its id, its address or a part of its title.
    When the edited overlay does not fit the articles the file is put back as it was, and ConfigError says why.
    """
    return shape(settings, pipeline.material(settings, store, slot, job), change)


def shape(settings: Settings, made_of: pipeline.Material, change: Callable[[Find], None]) -> Issue:
    """The same for an issue whose articles are at hand: no source is asked again."""
    key = pipeline.key_of(settings, made_of.slot)
    file = config.overlay_file(settings.folder, key)
    before = file.read_bytes() if file.exists() else None
    change(lambda reference: _found(reference, made_of.news.articles, "candidate", key))
    try:
        return pipeline.composed(settings, made_of, config.overlay(settings.folder, key))
    except ConfigError as error:
        if before is None:
            file.unlink(missing_ok=True)
        else:
            file.write_bytes(before)
        raise ConfigError([f"{file} is as it was; with this change it would not fit:", *error.problems]) from error


def _found(reference: str, articles: Sequence[Article], kind: str, key: str) -> Article:
    """The one that is meant, by its id, its address or a part of its title. Raises DigestError."""
    references, wanted = References(articles), reference.casefold().strip()
    found = references.find(reference) or [a for a in articles if wanted in f"{a.title}\n{a.url}\n{a.id}".casefold()]
    if len(found) == 1:
        return found[0]
    if found:
        listed = "".join(f"\n  {a.id}  {a.title}" for a in found[:5])
        raise DigestError(f"{len(found)} {kind}s of {key} match {reference!r}; name one by its id:{listed}")
    near = references.nearest(reference)
    hint = f'; the nearest is {near.id} "{near.title}"' if near else ""
    raise DigestError(f"no {kind} of {key} matches {reference!r}{hint}; `digest explain` lists them")


def story(
    article: Article, editions: Sequence[Settings], drafts: Sequence[pipeline.Draft], store: Store | None
) -> ArticleStory:
    """Where it came from, how it changed, what the rules of each issue that is being made say, who took it."""
    source = next((s for settings in editions for s in settings.sources if s.name == article.source), None)
    origin = f"{source.kind} {source.url or source.path or ''}".strip() if source else "no source of config.toml now"
    made = [d.issue for d in drafts]
    issues = [*_frozen_around(article, store, {issue.key for issue in made}), *made]
    verdicts = [(issue.key, v) for issue in issues for v in issue.verdicts if v.article_id == article.id]
    return ArticleStory(
        article,
        origin,
        store.articles.gone_since(article.id) if store else None,
        store.articles.changes(article.id) if store else (),
        tuple(verdicts),
        store.issues.took(article) if store else (),
    )


def _frozen_around(article: Article, store: Store | None, but: Collection[str]) -> Iterator[Issue]:
    """Every frozen issue whose window holds the article, in the order of their slots."""
    if store is None or article.published is None:
        return
    for record in reversed(store.issues.all()):
        if record.sha256 and record.key not in but and record.window.start <= article.published < record.window.end:
            yield store.issues.composed(record.id)
