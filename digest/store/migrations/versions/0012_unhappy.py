"""An index of the emails that bounced or were complained about, for the sender that asks while an issue goes out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_UNHAPPY = sa.text("rank > 3")


def upgrade() -> None:
    """Adds the index."""
    op.create_index("fate_unhappy", "fate", ["issue_id", "rank"], sqlite_where=_UNHAPPY, postgresql_where=_UNHAPPY)
