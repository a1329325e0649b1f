"""Rehearsals of flash sales that were asked for, and how they went."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0043"
down_revision: str | None = "0039"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Expand the schema."""
    keys = [
        sa.Column(name, sa.Text(collation="C"), nullable=False) for name in ("brand", "sale", "id")
    ]
    op.create_table(
        "flash_rehearsals",
        *keys,
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("brand", "sale", "id", name=op.f("flash_rehearsals_pkey")),
    )


def downgrade() -> None:
    """Contract it again."""
    op.drop_table("flash_rehearsals")
