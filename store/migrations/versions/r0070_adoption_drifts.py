"""Drift of dual writes over time: one row a comparison."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0070"
down_revision: str | None = "0065"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_KEY = sa.Text(collation="C")
_PAIR = ("brand", "channel", "capability")
_FOUND = ("compared", "differing", "missing", "unknown", "in_flight")
_DONE = ("repaired", "taken", "disputed")


def upgrade() -> None:
    """Expand the schema."""
    op.create_table(
        "adoption_drifts",
        *(sa.Column(name, _KEY, nullable=False) for name in _PAIR),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in (*_FOUND, *_DONE)),
        sa.Column("fields", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint(*_PAIR, "at", name=op.f("adoption_drifts_pkey")),
    )


def downgrade() -> None:
    """Contract it again."""
    op.drop_table("adoption_drifts")
