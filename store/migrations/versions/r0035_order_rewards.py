"""Coupons that orders earn, and units of coupons by their order."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0035"
down_revision: str | None = "0041"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_KEY = sa.Text(collation="C")
_TABLE = "order_rewards"


def upgrade() -> None:
    """Expand the schema."""
    op.create_table(
        _TABLE,
        sa.Column("brand", _KEY, nullable=False),
        sa.Column("number", _KEY, nullable=False),
        sa.Column("channel", _KEY, nullable=False),
        sa.Column("promotion", _KEY, nullable=False),
        sa.Column("template", _KEY, nullable=False),
        sa.Column("one_id", _KEY, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("coupon", _KEY, nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "brand", "number", "channel", "promotion", name=op.f("order_rewards_pkey")
        ),
    )
    op.create_index("coupon_units_order", "coupon_units", ["brand", "order_number"])


def downgrade() -> None:
    """Contract it again."""
    op.drop_index("coupon_units_order", table_name="coupon_units")
    op.drop_table(_TABLE)
