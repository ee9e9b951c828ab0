"""Accounts with their sessions, keys and invitations, attempts to sign in, and who did what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables."""
    number: sa.types.TypeEngine[float] = sa.REAL().with_variant(sa.Double(), "postgresql")
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False, unique=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=False, server_default=""),
        sa.Column("disabled", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("made", number, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "browser_session",
        sa.Column("hash", sa.Text(), primary_key=True),
        _owner(),
        sa.Column("made", number, nullable=False),
        sa.Column("seen", number, nullable=False),
        sa.Column("ends", number, nullable=False),
        _word("address"),
        _word("browser"),
        sqlite_strict=True,
    )
    op.create_table(
        "invitation",
        sa.Column("hash", sa.Text(), primary_key=True),
        _owner(),
        sa.Column("ends", number, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "api_key",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("hash", sa.Text(), nullable=False, unique=True),
        _owner(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("made", number, nullable=False),
        sa.Column("ends", number, nullable=False),
        sa.Column("used", number),
        sqlite_strict=True,
    )
    op.create_table(
        "attempt",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("at", number, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("attempt_at", "attempt", ["at"])
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("at", number, nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("did", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        _word("address"),
        sqlite_strict=True,
    )
    op.create_index("audit_who", "audit", ["who", "id"])


def _owner() -> sa.Column[int]:
    return sa.Column(
        "account", sa.Integer(), sa.ForeignKey("account.id", ondelete="cascade"), nullable=False, index=True
    )


def _word(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default="")
