"""Orders that the platform itself holds: what they are, and all that happened to them."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0021"
down_revision: str | None = "0020"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_TIME = sa.DateTime(timezone=True)
_QUANTITY = sa.Numeric(15, 3)


def _key(name: str, *, nullable: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(collation="C"), nullable=nullable)


def _of(kind: "sa.types.TypeEngine[Any]", *names: str) -> "list[sa.Column[Any]]":
    return [sa.Column(name, kind, nullable=False) for name in names]


def _may_be(kind: "sa.types.TypeEngine[Any]", *names: str) -> "list[sa.Column[Any]]":
    return [sa.Column(name, kind, nullable=True) for name in names]


def upgrade() -> None:
    """Expand the schema."""
    _orders()
    _lines()
    _payments()
    _events_of_orders()
    _said()


def _orders() -> None:
    op.create_table(
        "platform_orders",
        *(_key("brand"), _key("channel"), _key("number")),
        *_of(sa.Integer(), "version"),
        *_of(sa.Text(), "kind", "status", "payment_status", "fulfillment_status"),
        *(_key(name, nullable=True) for name in ("holder_number", "holder_channel", "store")),
        *_of(sa.Text(), "currency"),
        *_of(sa.BigInteger(), "items", "shipping", "fees", "total", "paid", "refunded"),
        *_of(JSONB(), "discounts"),
        *_of(sa.Boolean(), "closed", "delivered"),
        *_of(_TIME, "placed_at", "updated_at"),
        *_of(sa.Date(), "business_date"),
        *_may_be(_TIME, "paid_at", "completed_at"),
        _key("owner"),
        *_may_be(sa.LargeBinary(), "sealed_personal"),
        sa.CheckConstraint(
            "refunded BETWEEN 0 AND paid", name=op.f("platform_orders_refunded_check")
        ),
        sa.PrimaryKeyConstraint("brand", "channel", "number", name=op.f("platform_orders_pkey")),
    )
    _index("platform_orders", "brand", "placed_at")
    _index("platform_orders", "brand", "holder_number", "holder_channel")
    _index("platform_orders", "brand", "number", unique=True)


def _lines() -> None:
    op.create_table(
        "platform_order_lines",
        *(_key("brand"), _key("channel"), _key("number"), _key("ref")),
        *_of(sa.Integer(), "place"),
        *_of(sa.Text(), "raw_sku"),
        _key("sku", nullable=True),
        *_of(JSONB(), "codes", "discounts"),
        *_may_be(sa.Text(), "name", "unit"),
        *_of(_QUANTITY, "quantity", "fulfilled", "returned"),
        *_of(sa.BigInteger(), "unit_price", "total", "net", "refunded"),
        *_of(sa.Boolean(), "gift"),
        sa.PrimaryKeyConstraint(
            "brand", "channel", "number", "ref", name=op.f("platform_order_lines_pkey")
        ),
    )


def _payments() -> None:
    op.create_table(
        "order_payments",
        *(_key("brand"), _key("provider"), _key("transaction"), _key("channel"), _key("number")),
        *_of(sa.BigInteger(), "amount"),
        *_of(sa.Text(), "currency", "outcome"),
        *_may_be(sa.Text(), "method"),
        *_of(_TIME, "paid_at", "received_at"),
        sa.PrimaryKeyConstraint(
            "brand", "provider", "transaction", name=op.f("order_payments_pkey")
        ),
    )
    _index("order_payments", "brand", "number", "channel")


def _events_of_orders() -> None:
    _by_version(
        "order_refunds",
        *_of(sa.BigInteger(), "amount"),
        *_of(JSONB(), "parts"),
        *_of(sa.Boolean(), "restock"),
    )
    _by_version(
        "order_fulfillments",
        *_of(JSONB(), "parts"),
        *_of(sa.Boolean(), "delivered"),
        *_may_be(sa.Text(), "carrier", "tracking"),
    )
    _by_version(
        "order_changes",
        *_of(sa.Text(), "action", "status", "payment_status", "fulfillment_status", "author"),
        *_may_be(sa.BigInteger(), "amount"),
    )


def _said() -> None:
    op.create_table(
        "order_notes",
        *(_key("brand"), _key("id"), _key("channel"), _key("number"), _key("owner")),
        *_of(sa.LargeBinary(), "sealed_text"),
        *_of(sa.Text(), "author"),
        *_of(_TIME, "at"),
        sa.PrimaryKeyConstraint("brand", "id", name=op.f("order_notes_pkey")),
    )
    _index("order_notes", "brand", "number", "channel")
    op.create_table(
        "order_service_requests",
        *(_key("brand"), _key("id"), _key("channel"), _key("number"), _key("owner")),
        _key("line", nullable=True),
        *_of(sa.Text(), "kind", "state", "author"),
        *_may_be(sa.Text(), "reason"),
        *_of(sa.LargeBinary(), "sealed_said"),
        *_of(_TIME, "requested_at", "changed_at"),
        sa.PrimaryKeyConstraint("brand", "id", name=op.f("order_service_requests_pkey")),
    )
    _index("order_service_requests", "brand", "number", "channel")


def _by_version(table: str, *columns: "sa.Column[Any]") -> None:
    """A table of what one version of an order did."""
    op.create_table(
        table,
        *(_key("brand"), _key("channel"), _key("number")),
        *_of(sa.Integer(), "version"),
        *columns,
        *_of(_TIME, "at"),
        sa.PrimaryKeyConstraint(
            "brand", "channel", "number", "version", name=op.f(f"{table}_pkey")
        ),
    )


def _index(table: str, *columns: str, unique: bool = False) -> None:
    name = op.f(f"{table}_{'_'.join(columns)}")
    op.create_index(name, table, list(columns), unique=unique)


def downgrade() -> None:
    """Take the expansion back."""
    for table in (
        *("order_service_requests", "order_notes", "order_changes", "order_fulfillments"),
        *("order_refunds", "order_payments", "platform_order_lines", "platform_orders"),
    ):
        op.drop_table(table)
