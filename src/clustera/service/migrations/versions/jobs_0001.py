"""Segmentations that were asked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the table; a database of before there were revisions has it already."""
    if sa.inspect(op.get_bind()).has_table("job"):
        return
    number: sa.types.TypeEngine[float] = sa.REAL().with_variant(sa.Double(), "postgresql")
    op.create_table(
        "job",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("spec", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), unique=True),
        sa.Column("made", number, nullable=False),
        sa.Column("began", number),
        sa.Column("ended", number),
        sa.Column("worker", sa.Text()),
        sa.Column("lease", number),
        _word("step"),
        sa.Column("share", number, nullable=False, server_default="0"),
        _word("message"),
        _word("hint"),
        _word("run"),
        sa.Column("cancel", sa.Integer(), nullable=False, server_default="0"),
        sqlite_strict=True,
    )
    op.create_index("job_state", "job", ["state", "made"])


def _word(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default="")
