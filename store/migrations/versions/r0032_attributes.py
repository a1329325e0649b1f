"""What the text of an attribute can be read as, and in which month it is, for segments."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0032"
down_revision: str | None = "0034"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_TABLE = "attribute_observations"


def upgrade() -> None:
    """Expand the schema."""
    kinds: sa.Column[list[str]] = sa.Column(
        "kinds", sa.ARRAY(sa.Text()), server_default="{TEXT}", nullable=False
    )
    op.add_column(_TABLE, kinds)
    op.alter_column(_TABLE, "kinds", server_default=None)
    op.add_column(_TABLE, sa.Column("month_hash", sa.LargeBinary(), nullable=True))
    op.create_index(op.f(f"{_TABLE}_brand_key_value_hash"), _TABLE, ["brand", "key", "value_hash"])
    op.create_index(
        op.f(f"{_TABLE}_brand_key_month_hash"),
        _TABLE,
        ["brand", "key", "month_hash"],
        postgresql_where=sa.text("month_hash IS NOT NULL"),
    )


def downgrade() -> None:
    """Contract it again."""
    op.drop_index(op.f(f"{_TABLE}_brand_key_month_hash"), table_name=_TABLE)
    op.drop_index(op.f(f"{_TABLE}_brand_key_value_hash"), table_name=_TABLE)
    op.drop_column(_TABLE, "month_hash")
    op.drop_column(_TABLE, "kinds")
