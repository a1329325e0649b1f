"""Stock of flash sales moves in paired entries, and knows what it is taken from.

What stands in pools already was moved there when its sale was defined.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from store.columns import KEY, TIME

revision: str = "0040"
down_revision: str | None = "0036"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_TABLE = "flash_movements"
_SUPPLY = ("on_hand", "safety", "elsewhere")
_LOADED = """
  WITH loaded AS (
    SELECT brand, sale, pool, sum(allocated) AS units FROM flash_stock GROUP BY brand, sale, pool
  )
  INSERT INTO flash_movements (brand, sale, id, place, name, units, moved_at)
  SELECT brand, sale, 'loaded ' || pool, 'POOL', pool, units, now() FROM loaded
  UNION ALL
  SELECT brand, sale, 'loaded ' || pool, 'SUPPLY', '', -units, now() FROM loaded
"""


def upgrade() -> None:
    """Expand the schema."""
    op.create_table(
        _TABLE,
        sa.Column("brand", KEY, nullable=False),
        sa.Column("sale", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("place", KEY, nullable=False),
        sa.Column("name", KEY, nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("moved_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("brand", "sale", "id", "place", "name", name=f"{_TABLE}_pkey"),
    )
    op.execute(_LOADED)
    for name in _SUPPLY:
        op.add_column("flash_sales", sa.Column(name, sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Contract it again."""
    for name in reversed(_SUPPLY):
        op.drop_column("flash_sales", name)
    op.drop_table(_TABLE)
