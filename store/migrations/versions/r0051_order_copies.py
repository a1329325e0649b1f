"""The platform's copy of orders and memberships that systems own.

The index of copied memberships is built behind the migrations: `store.later_indexes`.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0051"
down_revision: str | None = "0060"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_KEY = sa.Text(collation="C")
_TIME = sa.DateTime(timezone=True)
_PLACE = ["newest", "channel", "key_length", "number"]


def upgrade() -> None:
    """Expand the schema."""
    _copies()
    _channels()
    op.add_column("membership_records", sa.Column("sealed_rest", sa.LargeBinary(), nullable=True))


def _copies() -> None:
    op.create_table(
        "order_copies",
        *(sa.Column(name, _KEY, nullable=False) for name in ("brand", "channel", "number")),
        sa.Column("key_length", sa.Integer(), nullable=False),
        sa.Column("newest", sa.BigInteger(), nullable=False),
        *(sa.Column(name, _KEY) for name in ("holder_number", "holder_channel", "store")),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("kind", "status", "payment_status", "fulfillment_status")
        ),
        sa.Column("placed_at", _TIME, nullable=True),
        sa.Column("read_at", _TIME, nullable=False),
        sa.Column("owner", _KEY, nullable=False),
        sa.Column("sealed_order", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("brand", "channel", "number", name=op.f("order_copies_pkey")),
    )
    op.create_index("order_copies_place", "order_copies", ["brand", *_PLACE])
    holder = ["brand", "holder_number", "holder_channel"]
    op.create_index("order_copies_holder", "order_copies", [*holder, *_PLACE])


def _channels() -> None:
    op.create_table(
        "copied_channels",
        *(sa.Column(name, _KEY, nullable=False) for name in ("brand", "capability", "channel")),
        sa.Column("begun_at", _TIME, nullable=False),
        sa.Column("filled_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint(
            "brand", "capability", "channel", name=op.f("copied_channels_pkey")
        ),
    )


def downgrade() -> None:
    """Contract it again."""
    op.drop_index("membership_records_copied", table_name="membership_records", if_exists=True)
    op.drop_column("membership_records", "sealed_rest")
    op.drop_table("copied_channels")
    op.drop_table("order_copies")
