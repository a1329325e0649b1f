"""Events, who was told of them, answered wishes, and what the platform keeps of orders."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Expand the schema."""
    op.create_table(
        "events",
        sa.Column("brand", sa.Text(collation="C"), nullable=False),
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("xid", sa.BigInteger(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(collation="C"), nullable=False),
        sa.Column("key", sa.Text(collation="C"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("brand", "position", name=op.f("events_pkey")),
    )
    op.create_index(op.f("events_brand_xid_position"), "events", ["brand", "xid", "position"])
    op.create_table(
        "event_consumers",
        sa.Column("brand", sa.Text(collation="C"), nullable=False),
        sa.Column("consumer", sa.Text(collation="C"), nullable=False),
        sa.Column("xid", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("brand", "consumer", name=op.f("event_consumers_pkey")),
    )
    op.create_table(
        "wishes",
        sa.Column("brand", sa.Text(collation="C"), nullable=False),
        sa.Column("author", sa.Text(collation="C"), nullable=False),
        sa.Column("idempotency_key", sa.Text(collation="C"), nullable=False),
        sa.Column("wish", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("brand", "author", "idempotency_key", name=op.f("wishes_pkey")),
    )
    _orders()


def _orders() -> None:
    op.create_table(
        "order_facts",
        sa.Column("brand", sa.Text(collation="C"), nullable=False),
        sa.Column("number", sa.Text(collation="C"), nullable=False),
        sa.Column("channel", sa.Text(collation="C"), nullable=False),
        sa.Column("connector", sa.Text(collation="C"), nullable=False),
        sa.Column("holder_number", sa.Text(collation="C"), nullable=True),
        sa.Column("holder_channel", sa.Text(collation="C"), nullable=True),
        sa.Column("store", sa.Text(collation="C"), nullable=True),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("business_date", sa.Date(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("payment_status", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("paid", sa.BigInteger(), nullable=False),
        sa.Column("refunded", sa.BigInteger(), nullable=False),
        sa.Column("lines", postgresql.JSONB(), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("brand", "number", "channel", name=op.f("order_facts_pkey")),
    )
    op.create_index(
        op.f("order_facts_brand_holder_number_holder_channel"),
        "order_facts",
        ["brand", "holder_number", "holder_channel"],
    )
    op.create_index(op.f("order_facts_brand_placed_at"), "order_facts", ["brand", "placed_at"])


def downgrade() -> None:
    """Take the expansion back."""
    for table in ("order_facts", "wishes", "event_consumers", "events"):
        op.drop_table(table)
