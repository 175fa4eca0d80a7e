"""The themes that somebody ticked on the subscribe page."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Adds the column; who has asked already wants everything."""
    op.add_column("signup", sa.Column("themes", sa.Text(), nullable=False, server_default=""))
