"""What flash sales answered, in all and in each of the last seconds, and what they are to bring."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision: str = "0042"
down_revision: str | None = "0040"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Expand the schema."""
    _counted("flash_answers")
    _counted("flash_seconds", sa.Column("at", sa.DateTime(timezone=True), nullable=False))
    op.add_column("flash_sales", sa.Column("target_units", sa.BigInteger(), nullable=True))
    op.add_column("flash_sales", sa.Column("target_amount", sa.BigInteger(), nullable=True))


def _counted(table: str, *times: "sa.Column[datetime]") -> None:
    keys = [sa.Column(name, sa.Text(collation="C"), nullable=False) for name in ("brand", "sale")]
    names = ("brand", "sale", *(one.name for one in times), "answer")
    op.create_table(
        table,
        *keys,
        *times,
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(*names, name=op.f(f"{table}_pkey")),
    )


def downgrade() -> None:
    """Contract it again."""
    op.drop_column("flash_sales", "target_amount")
    op.drop_column("flash_sales", "target_units")
    op.drop_table("flash_seconds")
    op.drop_table("flash_answers")
