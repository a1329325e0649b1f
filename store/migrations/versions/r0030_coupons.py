"""Coupons of the platform: templates, batches of codes, each coupon and what became of it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0030"
down_revision: str | None = "0029"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_TIME = sa.DateTime(timezone=True)


def _key(name: str, *, nullable: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(collation="C"), nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(), nullable=nullable)


def upgrade() -> None:
    """Expand the schema."""
    op.create_table(
        "coupon_templates",
        _key("brand"),
        _key("id"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("template", JSONB(), nullable=False),
        sa.Column("given", sa.BigInteger(), nullable=False),
        _text("author"),
        _text("reason"),
        sa.Column("changed_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("brand", "id", name=op.f("coupon_templates_pkey")),
    )
    op.create_table(
        "coupon_batches",
        _key("brand"),
        _key("id"),
        _key("template"),
        sa.Column("wanted", sa.BigInteger(), nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        _text("author"),
        sa.Column("started_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("brand", "id", name=op.f("coupon_batches_pkey")),
    )
    _coupons()
    _steps()


def _coupons() -> None:
    op.create_table(
        "coupons",
        _key("brand"),
        _key("id"),
        _key("template"),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        _text("state"),
        _key("one_id", nullable=True),
        _key("batch", nullable=True),
        sa.Column("number", sa.BigInteger(), nullable=True),
        _key("unit", nullable=True),
        _text("order_channel", nullable=True),
        _text("order_number", nullable=True),
        sa.Column("locked_until", _TIME, nullable=True),
        sa.Column("issued", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("brand", "id", name=op.f("coupons_pkey")),
    )
    columns = ["brand", "code_hash"]
    op.create_index(op.f("coupons_brand_code_hash"), "coupons", columns, unique=True)
    op.create_index("coupons_listed", "coupons", ["brand", "issued", "id"])
    for name, keys in (
        ("held", ["one_id"]),
        ("batch", ["batch", "number"]),
        ("unit", ["unit"]),
    ):
        where = sa.text(f"{keys[0]} IS NOT NULL")
        op.create_index(f"coupons_{name}", "coupons", ["brand", *keys], postgresql_where=where)


def _steps() -> None:
    op.create_table(
        "coupon_steps",
        _key("brand"),
        _key("coupon"),
        sa.Column("sequence", sa.Integer(), nullable=False),
        _text("action"),
        _key("unit", nullable=True),
        _text("order_channel", nullable=True),
        _text("order_number", nullable=True),
        _text("author"),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("brand", "coupon", "sequence", name=op.f("coupon_steps_pkey")),
    )
    op.create_table(
        "coupon_units",
        _key("brand"),
        _key("unit"),
        sa.Column("size", sa.Integer(), nullable=False),
        _text("state"),
        _text("order_channel"),
        _text("order_number"),
        sa.Column("locked_until", _TIME, nullable=False),
        _text("author"),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("brand", "unit", name=op.f("coupon_units_pkey")),
    )
    op.create_table(
        "coupon_claims",
        _key("brand"),
        _key("template"),
        _key("one_id"),
        sa.Column("claimed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("brand", "template", "one_id", name=op.f("coupon_claims_pkey")),
    )


def downgrade() -> None:
    """Take the expansion back."""
    for table in ("claims", "units", "steps"):
        op.drop_table(f"coupon_{table}")
    op.drop_table("coupons")
    op.drop_table("coupon_batches")
    op.drop_table("coupon_templates")
