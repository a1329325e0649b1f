"""Flash sales: steps that a second person confirms, and how often a gate was loaded."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0025"
down_revision: str | None = "0024"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_TIME = sa.DateTime(timezone=True)


def _key(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(collation="C"), nullable=False)


def upgrade() -> None:
    """Expand the schema."""
    op.create_table(
        "flash_proposals",
        _key("brand"),
        _key("id"),
        _key("sale"),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("pool", sa.Text(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_at", _TIME, nullable=False),
        sa.Column("confirmed_by", sa.Text(), nullable=True),
        sa.Column("confirmed_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("brand", "id", name=op.f("flash_proposals_pkey")),
    )
    op.add_column(
        "flash_rooms", sa.Column("epoch", sa.Integer(), nullable=False, server_default="0")
    )
    op.alter_column("flash_rooms", "epoch", server_default=None)


def downgrade() -> None:
    """Undo it; only for development."""
    op.drop_column("flash_rooms", "epoch")
    op.drop_table("flash_proposals")
