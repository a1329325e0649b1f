"""The platform's copy of promotions that systems own."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0066"
down_revision: str | None = "0061"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_KEY = sa.Text(collation="C")
_TIME = sa.DateTime(timezone=True)
_PLACE = ["newest", "channel", "key_length", "number"]


def upgrade() -> None:
    """Expand the schema."""
    op.create_table(
        "promotion_copies",
        *(sa.Column(name, _KEY, nullable=False) for name in ("brand", "channel", "number")),
        sa.Column("key_length", sa.Integer(), nullable=False),
        sa.Column("newest", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("starts_at", _TIME, nullable=True),
        sa.Column("read_at", _TIME, nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("brand", "channel", "number", name=op.f("promotion_copies_pkey")),
    )
    op.create_index("promotion_copies_place", "promotion_copies", ["brand", *_PLACE])


def downgrade() -> None:
    """Contract it again."""
    op.drop_table("promotion_copies")
