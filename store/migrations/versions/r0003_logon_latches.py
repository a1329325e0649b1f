"""Logons that failed, and who tries one."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Expand the schema."""
    op.create_table(
        "logon_latches",
        sa.Column("brand", sa.Text(collation="C"), nullable=False),
        sa.Column("connector", sa.Text(collation="C"), nullable=False),
        sa.Column("latched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resumes", sa.BigInteger(), nullable=False),
        sa.Column("trying_by", sa.Text(), nullable=True),
        sa.Column("trying_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resumed_by", sa.Text(), nullable=True),
        sa.Column("resumed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("brand", "connector", name=op.f("logon_latches_pkey")),
    )


def downgrade() -> None:
    """Take the expansion back."""
    op.drop_table("logon_latches")
