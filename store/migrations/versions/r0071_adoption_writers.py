"""The last batch of comparisons of each process, so that one that is sent again counts once."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from store.columns import KEY

revision: str = "0071"
down_revision: str | None = "0070"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Expand the schema."""
    op.create_table(
        "adoption_writers",
        *(sa.Column(name, KEY, nullable=False) for name in ("brand", "writer")),
        sa.Column("batch", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("brand", "writer", name=op.f("adoption_writers_pkey")),
    )


def downgrade() -> None:
    """Contract it again."""
    op.drop_table("adoption_writers")
