"""An index of the reports that belong to no email, for the clock that asks which of them are to go."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

_STRAY = sa.text("issue_id is null")


def upgrade() -> None:
    """Adds the index."""
    op.create_index("event_stray", "event", ["issue_id", "heard_at"], sqlite_where=_STRAY, postgresql_where=_STRAY)
