"""The variants of an issue for readers who chose some of its themes, and which choice gets which."""

from __future__ import annotations

import json
from collections.abc import Iterable

from sqlalchemy import Connection, delete, insert, select

from digest.errors import StoreError
from digest.models import Email, Variants
from digest.store.schema import frozen, issue, served, subscription, variant


def kept(themes: Iterable[str]) -> str:
    """A choice as it is kept, the same for the same themes; empty for the whole issue."""
    return "\n".join(sorted(set(themes), key=lambda tag: (tag.casefold(), tag)))


def themes(text: str) -> tuple[str, ...]:
    """The choice that is kept as this."""
    return tuple(text.split("\n")) if text else ()


def choices(connection: Connection, newsletter: str) -> tuple[tuple[str, ...], ...]:
    """Every choice of some themes that a reader of this newsletter has made."""
    c = subscription.c
    found = select(c.themes).distinct().where(c.newsletter == newsletter, c.themes != "", c.left_at.is_(None))
    return tuple(themes(text) for text in connection.scalars(found.order_by(c.themes)))


def replace(connection: Connection, issue_id: int, them: Variants) -> None:
    """Keeps these in place of what was frozen before."""
    for table in (variant, served):
        connection.execute(delete(table).where(table.c.issue_id == issue_id))
    if them.emails:
        rows = [
            {"issue_id": issue_id, "number": number, "sha256": each.sha256, "subject": each.subject,
             "preheader": each.preheader, "html": each.html, "text": each.text}
            for number, each in enumerate(them.emails, 1)
        ]  # fmt: skip
        connection.execute(insert(variant), rows)
    if them.served:
        gets = [{"issue_id": issue_id, "themes": kept(each), "variant": n} for each, n in them.served.items()]
        connection.execute(insert(served), gets)


def seal(connection: Connection, issue_id: int, email: Email) -> str:
    """What `Variants.seal` says of this email and the variants that are kept, without reading their text."""
    c = variant.c
    hashes = connection.scalars(select(c.sha256).where(c.issue_id == issue_id).order_by(c.number))
    return Variants.sealed(email.sha256, hashes, served_of(connection, issue_id))


def served_of(connection: Connection, issue_id: int) -> dict[tuple[str, ...], int | None]:
    """A choice -> the number of its variant; None where there is too little in it."""
    gets = connection.execute(select(served.c.themes, served.c.variant).where(served.c.issue_id == issue_id))
    return {themes(text): number for text, number in gets}


def email(connection: Connection, issue_id: int, number: int) -> Email:
    """What was frozen as this variant, byte for byte. Raises StoreError when it is not there, or has changed."""
    columns = (variant.c.sha256, variant.c.subject, variant.c.preheader, variant.c.html, variant.c.text)
    its = (variant.c.issue_id == issue_id) & (variant.c.number == number)
    found = select(*columns, frozen.c.web, frozen.c.tokens, issue.c.key)
    joined = found.join_from(variant, frozen, frozen.c.issue_id == variant.c.issue_id).join(
        issue, issue.c.id == variant.c.issue_id
    )
    row = connection.execute(joined.where(its)).one_or_none()
    if row is None:
        raise StoreError(f"issue {issue_id}: its variant {number} is not in the store; restore the database")
    its_email = Email(row.subject, row.preheader, row.html, row.text, row.web, json.loads(row.tokens))
    if its_email.sha256 != row.sha256:
        raise StoreError(f"{row.key}: the stored variant {number} is not the one that was frozen; restore the database")
    return its_email
