"""By what a provider of OpenID Connect knows an account."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the column."""
    op.add_column("account", sa.Column("subject", sa.Text()))
    op.create_index("account_subject", "account", ["subject"], unique=True)
