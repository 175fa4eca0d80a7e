"""What a failed or strange HTTP exchange means for the batch that it carried.

The rule: only what was provably not taken may be sent again; whatever may have been taken is in
doubt. A provider that documents more than a status says asks here last.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime

import httpx
from msgspec.structs import replace

from digest.models import Answer, Batch, InDoubt, NotSent, Outcome, Refused, Settled, Stopped

_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_WAITS = (408, 420, 425, 429)
"""RFC 9110 section 15.5.9 and RFC 6585 section 4: the request was not acted upon. 420 is an older 429."""
_NEEDS_A_PERSON = (401, 402, 403, 404, 405, 407, 410, 451)
_LONGEST_REASON = 300
_WORDS = ("name", "message", "error", "ErrorMessage", "detail")
"""Where APIs say what is wrong."""


def without_response(error: httpx.HTTPError) -> NotSent | InDoubt:
    """The meaning of an exchange that ended without an answer."""
    reason = f"no answer: {type(error).__name__}{f': {error}' if str(error) else ''}"
    return NotSent(reason) if isinstance(error, _NEVER_LEFT) else InDoubt(reason)


def by_status(response: httpx.Response) -> Answer:
    """The meaning of an answer that is no success, from its status alone."""
    status, reason = response.status_code, said(response)
    if status in _WAITS:
        return NotSent(reason, retry_after_s(response))
    if status in _NEEDS_A_PERSON:
        return Stopped(reason)
    if response.has_redirect_location:
        return Stopped(f"{reason} (a redirect to {response.headers['location']}; base_url is wrong)")
    if 400 <= status < 500 and status != 409:
        return Refused(reason)
    return InDoubt(reason)


def accepted(batch: Batch, ids: Sequence[str] = ()) -> Settled:
    """All of the batch was taken; `ids` in the order of the deliveries, or one for all, or none known."""
    each = list(ids) if len(ids) == len(batch.deliveries) else [ids[0] if len(ids) == 1 else ""] * len(batch.deliveries)
    return Settled(tuple(Outcome(d.number, "accepted", i) for d, i in zip(batch.deliveries, each, strict=True)))


def of_each(each: Sequence[Outcome | NotSent | Stopped | InDoubt]) -> Answer:
    """What an answer that judges every delivery by itself comes to; one in doubt leaves all that are not named so.

    Several who are all rejected in the same words were hardly at fault themselves.
    """
    named = tuple(judged for judged in each if isinstance(judged, Outcome))
    stops = [judged for judged in each if isinstance(judged, Stopped)]
    waits = [judged for judged in each if isinstance(judged, NotSent)]
    doubts = [judged for judged in each if isinstance(judged, InDoubt)]
    others: Stopped | NotSent | None = None if doubts else stops[0] if stops else waits[0] if waits else None
    if not named and (first := others or next(iter(doubts), None)):
        return first
    words = {outcome.reason for outcome in named if outcome.state == "rejected"}
    if len(named) > 1 and len(words) == 1 and all(outcome.state == "rejected" for outcome in named):
        return Refused(brief(words.pop()))
    return Settled(tuple(replace(outcome, reason=brief(outcome.reason)) for outcome in named), others)


def unreadable(batch: Batch, response: httpx.Response) -> Settled | InDoubt:
    """A success that is not what the provider documents.

    JSON that is cut off or lacks its ids still comes from the API: taken, ids unknown. What speaks
    of an error, or is no JSON, may come from an API that took nothing, a proxy or a web site that
    never passed the call on.
    """
    if any(json_object(response).get(name) for name in ("error", "errors", "Error", "Errors")):
        return InDoubt(f"{said(response)} (a success that speaks of an error)")
    if response.content.lstrip()[:1] in (b"{", b"[") or "json" in response.headers.get("content-type", ""):
        return accepted(batch)
    return InDoubt(f"{said(response)} (a success, but not the API's; is base_url right?)")


def json_object(response: httpx.Response) -> dict[str, object]:
    """The body as a JSON object, empty when it is none."""
    try:
        parsed = json.loads(response.content)
    except (ValueError, RecursionError):
        return {}
    return parsed if isinstance(parsed, dict) else {}


def json_list(response: httpx.Response) -> list[dict[str, object]] | None:
    """The body as a JSON list of objects, None when it is none."""
    try:
        parsed = json.loads(response.content)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, list) and all(isinstance(item, dict) for item in parsed) else None


def said(response: httpx.Response) -> str:
    """Status and message on one line, without full addresses, at most 300 characters."""
    body = json_object(response)
    words = [str(body[k]) for k in _WORDS if body.get(k)] or _listed(body) or [response.text]
    return brief(f"{response.status_code} {': '.join(words)}")


def _listed(body: Mapping[str, object]) -> list[str]:
    """The message of the first of several errors."""
    match body.get("errors"):
        case [str(words), *_]:
            return [words]
        case [dict(first), *_]:
            return [str(first[k]) for k in ("message", "description") if first.get(k)]
    return []


def brief(words: str) -> str:
    """One line of at most 300 characters without full addresses."""
    line = " ".join(words.split())[:_LONGEST_REASON].rstrip()
    return re.sub(r"[^\s@<>\"']+@", "…@", line)


def retry_after_s(response: httpx.Response) -> float | None:
    """Seconds from `Retry-After`, whether it is a number or a date (RFC 9110 section 10.2.3), or in milliseconds.

    A date is read against the answer's own `Date`, so a wrong clock here does not matter. However
    long it is: whether to wait for a year is the caller's to decide.
    """
    headers = response.headers
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        if re.fullmatch(r"\d{1,12}(\.\d+)?", value := headers.get(name, "").strip()):
            return float(value) * unit
    try:
        wait = parsedate_to_datetime(headers["retry-after"].strip()) - parsedate_to_datetime(headers["date"])
    except (ValueError, TypeError, KeyError):
        return None
    return max(0.0, wait.total_seconds())
