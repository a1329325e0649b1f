"""Reservations of flash sales become orders: which is which, once each."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0034"
down_revision: str | None = "0038"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_KEY = sa.Text(collation="C")
_TIME = sa.DateTime(timezone=True)
_TABLE = "flash_orders"


def upgrade() -> None:
    """Expand the schema."""
    op.create_table(
        _TABLE,
        sa.Column("brand", _KEY, nullable=False),
        sa.Column("sale", _KEY, nullable=False),
        sa.Column("reservation", sa.Uuid(), nullable=False),
        sa.Column("channel", _KEY, nullable=False),
        sa.Column("number", _KEY, nullable=True),
        sa.Column("connector", _KEY, nullable=True),
        sa.Column("command", _KEY, nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("moved_to", sa.Uuid(), nullable=True),
        sa.Column("made_at", _TIME, nullable=False),
        sa.Column("changed_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("brand", "sale", "reservation", name=op.f("flash_orders_pkey")),
    )
    number = op.f("flash_orders_brand_number_channel")
    op.create_index(number, _TABLE, ["brand", "number", "channel"], unique=True)
    op.create_index(op.f("flash_orders_brand_command"), _TABLE, ["brand", "command"])
    op.create_index(
        "flash_orders_due",
        _TABLE,
        ["brand", "connector", "made_at"],
        postgresql_where=sa.text("state IN ('WAITING', 'LATE')"),
    )


def downgrade() -> None:
    """Contract it again."""
    op.drop_table(_TABLE)
