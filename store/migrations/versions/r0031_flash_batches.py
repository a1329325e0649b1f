"""Reservations are found by their batch alone: no index but the key begins with their sale.

One that did was taken for look-ups by id while the tables were small, and then read all that the
sale had granted, in every batch.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0031"
down_revision: str | None = "0030"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_TABLE = "flash_reservations"


def upgrade() -> None:
    """Expand the schema."""
    op.create_index(op.f("flash_reservations_brand_batch"), _TABLE, ["brand", "batch"])
    op.drop_index(op.f("flash_reservations_brand_sale_batch"), table_name=_TABLE)


def downgrade() -> None:
    """Contract it again."""
    op.create_index(op.f("flash_reservations_brand_sale_batch"), _TABLE, ["brand", "sale", "batch"])
    op.drop_index(op.f("flash_reservations_brand_batch"), table_name=_TABLE)
