"""Payments that wait for their order, or for people, are found; what became of them is kept."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0036"
down_revision: str | None = "0044"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_TABLE = "order_payments"
_OPEN = "closed_at IS NULL AND outcome IN ('OVERPAID', 'LATE', 'UNKNOWN_ORDER', 'CURRENCY_DIFFERS')"


def upgrade() -> None:
    """Expand the schema."""
    for name in ("matched_at", "closed_at"):
        op.add_column(_TABLE, sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "order_payments_open",
        _TABLE,
        ["brand", "received_at"],
        postgresql_where=sa.text(_OPEN),
    )


def downgrade() -> None:
    """Contract it again."""
    op.drop_index("order_payments_open", table_name=_TABLE)
    for name in ("closed_at", "matched_at"):
        op.drop_column(_TABLE, name)
