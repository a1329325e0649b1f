"""Reservations are found by their batch through an index that look-ups by id cannot use.

One that began with their brand looked as cheap as the key while the table was small: statements
that were planned then read all of a brand's reservations for each id, until PostgreSQL counted the
table.

The index is built behind the migrations, for every reservation would wait for it:
`store.later_indexes`.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0062"
down_revision: str | None = "0066"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_TABLE = "flash_reservations"


def upgrade() -> None:
    """Expand the schema."""
    op.drop_index(op.f("flash_reservations_brand_batch"), table_name=_TABLE)


def downgrade() -> None:
    """Contract it again."""
    op.create_index(op.f("flash_reservations_brand_batch"), _TABLE, ["brand", "batch"])
    op.drop_index(op.f("flash_reservations_batch"), table_name=_TABLE, if_exists=True)
