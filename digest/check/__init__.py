"""What must not go out: findings about an issue and the very bytes of its email, each with its cure.

An error stops freezing and sending, a warning asks for the editor's yes, a note informs. Pure: what
servers and the DNS answer is found out elsewhere and only judged here. `proof` holds what is read,
`mail`, `page`, `css` and `colours` take it apart, and each other module is one of the `families` of checks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from difflib import get_close_matches

from msgspec.structs import replace

from digest.check import size
from digest.check.proof import Check, Proof
from digest.config import CheckSettings
from digest.models import Finding

__all__ = [
    "ACCEPTABLE",
    "Check",
    "Proof",
    "accepted",
    "every",
    "findings",
    "mistakes",
    "named",
    "size",
    "stops",
]

ACCEPTABLE = ("late-arrivals", "source-failed", "audience", "rejections", "complaints")
"""Errors that a person may let pass for one run: something is missing or doubtful, nothing is broken.

The last two stop the sending: an audience that is not the one to be expected, and too many rejections."""

_ORDER = {"error": 0, "warning": 1, "note": 2}


def every() -> tuple[Check, ...]:
    """Every check, in the order in which their findings of equal severity are told."""
    from digest.check import families  # 40 ms that only who asks a question has to pay

    return families.CHECKS


def findings(proof: Proof, reads: Collection[str] = ("issue", "message", "readers", "network")) -> tuple[Finding, ...]:
    """Everything worth saying, errors first, as `[check.lower]` has it; of the checks that read these things alone."""
    known = [kind for kind in reads if kind != "message" or proof.message]
    found = [finding for check in every() if check.reads in known for finding in check.find(proof)]
    return tuple(sorted(lowered(found, proof.limits), key=lambda f: _ORDER[f.severity]))


def lowered(found: Sequence[Finding], limits: CheckSettings) -> list[Finding]:
    """`found` as `[check.lower]` has it, each with the reason that stands there; without those that are off."""
    rules = {check.name: rule for key, rule in limits.lower.items() if (check := named(key)) and not check.firm}
    kept = []
    for finding in found:
        rule = rules.get(finding.check)
        if rule is None or (rule.to != "off" and _ORDER[finding.severity] >= _ORDER[rule.to]):
            kept.append(finding)
        elif rule.to != "off":
            kept.append(replace(finding, severity=rule.to, cure=f"lowered in config.toml: {rule.reason}"))
    return kept


def accepted(found: Sequence[Finding], names: Collection[str]) -> tuple[Finding, ...]:
    """`found` with the errors that a person accepted by name as warnings; only `ACCEPTABLE` ones can be."""
    allowed = set(names) & set(ACCEPTABLE)
    return tuple(
        replace(f, severity="warning", cure="accepted for this run")
        if f.check in allowed and f.severity == "error"
        else f
        for f in found
    )


def stops(found: Sequence[Finding]) -> bool:
    """Whether these findings forbid freezing and sending."""
    return any(f.severity == "error" for f in found)


def named(key: str) -> Check | None:
    """The check with this id or this name."""
    return next((check for check in every() if key in (check.id, check.name)), None)


def mistakes(limits: CheckSettings) -> Iterator[tuple[str, str]]:
    """Key below `[check.lower]` and what is wrong with it: no check has this name, or it cannot be lowered."""
    for key in limits.lower:
        check = named(key)
        if check is None:
            near = get_close_matches(key, [word for check in every() for word in (check.id, check.name)], 1)
            hint = f'; nearest known: "{near[0]}"' if near else ""
            yield key, f"there is no such check{hint}; `digest check --list` shows them"
        elif check.firm:
            yield key, f"{check.name} cannot be lowered: the law or the promise to readers stands behind it"
