"""Uses of benefits, under the membership that used them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0033"
down_revision: str | None = "0035"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_TIME = sa.DateTime(timezone=True)


def _key(name: str, *, nullable: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(collation="C"), nullable=nullable)


def upgrade() -> None:
    """Expand the schema."""
    op.create_table(
        "benefit_uses",
        *(_key(name) for name in ("brand", "number", "channel", "id", "benefit", "programme")),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        _key("order_channel", nullable=True),
        _key("order_number", nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        _key("author"),
        sa.Column("used_at", _TIME, nullable=False),
        sa.Column("taken_back_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("brand", "number", "channel", "id", name=op.f("benefit_uses_pkey")),
    )


def downgrade() -> None:
    """Contract it again."""
    op.drop_table("benefit_uses")
