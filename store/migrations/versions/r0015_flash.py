"""Flash sales: the sale, its stock in buckets, its buyers, its reservations."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_TIME = sa.DateTime(timezone=True)


def _key(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(collation="C"), nullable=False)


def upgrade() -> None:
    """Expand the schema."""
    op.execute("CREATE SEQUENCE flash_batches CACHE 50")
    op.create_table(
        "flash_sales",
        _key("brand"),
        _key("id"),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("per_member", sa.Integer(), nullable=False),
        sa.Column("payment_seconds", sa.Integer(), nullable=False),
        sa.Column("opens_at", _TIME, nullable=False),
        sa.Column("closes_at", _TIME, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("brand", "id", name=op.f("flash_sales_pkey")),
    )
    op.create_table(
        "flash_stock",
        _key("brand"),
        _key("sale"),
        _key("pool"),
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("remaining", sa.BigInteger(), nullable=False),
        sa.Column("allocated", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("remaining >= 0", name=op.f("flash_stock_remaining_check")),
        sa.PrimaryKeyConstraint("brand", "sale", "pool", "bucket", name=op.f("flash_stock_pkey")),
    )
    op.create_table(
        "flash_homes",
        _key("brand"),
        _key("sale"),
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("held_until", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("brand", "sale", "bucket", name=op.f("flash_homes_pkey")),
    )
    op.create_table(
        "flash_buyers",
        _key("brand"),
        _key("sale"),
        _key("member"),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("brand", "sale", "member", name=op.f("flash_buyers_pkey")),
    )
    _reservations()


def _reservations() -> None:
    op.create_table(
        "flash_reservations",
        _key("brand"),
        _key("sale"),
        sa.Column("id", sa.Uuid(), nullable=False),
        _key("member"),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("pool", sa.Text(), nullable=False),
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("reserved_at", _TIME, nullable=False),
        sa.Column("pay_until", _TIME, nullable=False),
        sa.Column("settled_at", _TIME, nullable=True),
        sa.Column("batch", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("brand", "sale", "id", name=op.f("flash_reservations_pkey")),
    )
    columns = ["brand", "sale", "batch"]
    op.create_index(op.f("flash_reservations_brand_sale_batch"), "flash_reservations", columns)
    op.create_index("flash_reservations_due", "flash_reservations", ["brand", "sale", "pay_until"])


def downgrade() -> None:
    """Take the expansion back."""
    for table in ("reservations", "buyers", "homes", "stock", "sales"):
        op.drop_table(f"flash_{table}")
    op.execute("DROP SEQUENCE flash_batches")
