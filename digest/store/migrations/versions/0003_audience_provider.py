"""Through which provider an audience is sent: another one knows nothing of what this one took."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Adds a column; of audiences that are there it is not known."""
    op.add_column("audience", sa.Column("provider", sa.Text()))
