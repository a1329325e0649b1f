"""Drift of points, as it was measured last."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0047"
down_revision: str | None = "0043"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Expand the schema."""
    op.create_table(
        "points_drifts",
        sa.Column("brand", sa.Text(collation="C"), nullable=False),
        sa.Column("programme", sa.Text(collation="C"), nullable=False),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("memberships", "equal", "told", "reckoned", "largest")
        ),
        sa.PrimaryKeyConstraint("brand", "programme", name=op.f("points_drifts_pkey")),
    )


def downgrade() -> None:
    """Contract it again."""
    op.drop_table("points_drifts")
