"""Who would get it: their consent, their number, and what earlier issues promised them (D01 to D07)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from digest.check.proof import Check, Proof, some
from digest.models import OUTBOX, Finding

_GMAIL = 5_000
"""From so many a day on Google's rules for bulk senders hold, for ever (support.google.com/mail/answer/81126)."""
_CHANGE = 0.2
_FEW = 20
_KEPT = timedelta(days=60)
"""CASL s. 11(1)(b): so long the way out must work."""


def consent(proof: Proof) -> Iterator[Finding]:
    """CASL s. 13 and GDPR art. 7(1): the sender proves it."""
    readers = proof.readers
    if readers and readers.unexplained and readers.provider != OUTBOX:
        message = (
            f"of {readers.unexplained:,} of {readers.size:,} readers nobody knows how and when they came on the list"
        )
        cure = "import them again from a file that says so, or remove them: digest subscribers list"
        yield Finding("consent", "error", message, cure)


def someone(proof: Proof) -> Iterator[Finding]:
    """An empty list is a mistake, not a small audience."""
    readers = proof.readers
    if readers and readers.size == 0 and readers.provider != OUTBOX:
        yield Finding("no-readers", "warning", "nobody is subscribed", "digest subscribers import FILE")


def sent_already(proof: Proof) -> Iterator[Finding]:
    """`digest send` refuses it in any case: no issue goes out twice."""
    readers = proof.readers
    if readers and readers.sent_at:
        message = f"{proof.issue.key} has gone out, on {readers.sent_at:%Y-%m-%d}; these bytes will not"
        yield Finding("sent-already", "note", message, "digest correct changes its page on the web")


def size(proof: Proof) -> Iterator[Finding]:
    """A list that changes much between two issues was imported wrongly, or filled by a robot."""
    readers = proof.readers
    if readers is None:
        return
    last = readers.last_size
    if last and readers.size and abs(readers.size - last) > max(_CHANGE * last, _FEW):
        message = f"{readers.size:,} readers, the last issue had {last:,}"
        yield Finding("audience-change", "warning", message, "look where they came from: digest subscribers list")
    if readers.gmail >= _GMAIL and (last or 0) < _GMAIL and readers.provider != OUTBOX:
        message = (
            f"{readers.gmail:,} readers are at Gmail: from {_GMAIL:,} a day on it asks for DMARC, and keeps asking"
        )
        yield Finding("audience-change", "warning", message, "digest check --dns looks at SPF, DKIM and DMARC")


def old_stories(proof: Proof) -> Iterator[Finding]:
    """What readers have had already, or what is not of this week; the editor may want it all the same."""
    issue = proof.issue
    late = {verdict.article_id for verdict in issue.verdicts if verdict.late}
    for story in issue.stories:
        article = story.article
        if before := proof.placed.get(article.id) or proof.placed.get(article.url_key):
            message = f'"{article.title[:70]}" stood in {before} already'
            yield Finding("old-story", "warning", message, f"leave it out: hide it in {proof.overlay}", article.id)
        elif article.published and article.published >= issue.window.end:
            message = f'"{article.title[:70]}" is dated {article.published:%Y-%m-%d}, after the end of the issue'
            yield Finding("old-story", "warning", message, "leave it for the next one, or mend its date", article.id)
        elif article.published and article.published < issue.window.start and article.id not in late:
            message = f'"{article.title[:70]}" is of {article.published:%Y-%m-%d}, before the beginning of the issue'
            yield Finding("old-story", "note", message, "look whether it is still news", article.id)


def promises(proof: Proof) -> Iterator[Finding]:
    """The unsubscribe links of the last 60 days must go on working when the address moves."""
    if proof.readers is None:
        return
    now = f"{proof.newsletter.public_url}/u/"
    elsewhere = {url: at for url, at in proof.readers.promised.items() if not url.startswith(now)}
    if elsewhere:
        until = max(elsewhere.values()) + _KEPT
        message = f"readers hold unsubscribe links that begin with {some(list(elsewhere), 2)}, not with {now}"
        cure = f"keep the old address answering until {until:%Y-%m-%d}: a redirect is no answer to one click"
        yield Finding("unsubscribe-kept", "warning", message, cure)


def reports(proof: Proof) -> Iterator[Finding]:
    """Who complained or bounced must get no more: from Google's and Yahoo's rules, within 48 hours."""
    if proof.readers and proof.readers.unheard:
        provider, began = proof.readers.unheard
        message = f"{provider} has reported nothing of the issue that went out on {began:%Y-%m-%d}"
        cure = f"run `digest serve`, and enter its /hooks/{provider} as the webhook of your account"
        yield Finding("no-reports", "warning", message, cure)


CHECKS = (
    Check(
        "D01",
        "consent",
        "error",
        "of every reader it is known how and when they subscribed",
        consent,
        reads="readers",
        firm=True,
    ),
    Check(
        "D02",
        "no-reports",
        "warning",
        "bounces, complaints and those who leave are heard of within a day",
        reports,
        reads="readers",
    ),
    Check("D07", "no-readers", "warning", "somebody is subscribed", someone, reads="readers"),
    Check("D03", "sent-already", "note", "the issue has not gone out yet", sent_already, reads="readers"),
    Check(
        "D04",
        "audience-change",
        "warning",
        "about as many readers as last time, and what Gmail asks of many",
        size,
        reads="readers",
    ),
    Check(
        "D05",
        "old-story",
        "warning",
        "no story of an earlier issue, or from outside the issue's days",
        old_stories,
        reads="issue",
    ),
    Check(
        "D06",
        "unsubscribe-kept",
        "warning",
        "the unsubscribe links of the last 60 days go on working",
        promises,
        reads="readers",
    ),
)
