"""Promotions of the platform: plans by version, every step of their lives, what orders used."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0023"
down_revision: str | None = "0022"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_TIME = sa.DateTime(timezone=True)


def _key(name: str, *, nullable: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(collation="C"), nullable=nullable)


def _count(name: str) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger(), nullable=False)


def upgrade() -> None:
    """Expand the schema."""
    op.create_table(
        "promotions",
        _key("brand"),
        _key("key"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        _count("starts"),
        sa.Column("starts_at", _TIME, nullable=True),
        sa.Column("ends_at", _TIME, nullable=True),
        sa.Column("started", sa.Boolean(), nullable=False),
        sa.Column("changed_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("brand", "key", name=op.f("promotions_pkey")),
    )
    op.create_index(op.f("promotions_brand_starts_key"), "promotions", ["brand", "starts", "key"])
    op.create_index("promotions_due", "promotions", ["brand", "stage", "ends_at"])
    _history()
    _uses()


def _history() -> None:
    op.create_table(
        "promotion_versions",
        _key("brand"),
        _key("key"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("plan", JSONB(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("brand", "key", "version", name=op.f("promotion_versions_pkey")),
    )
    op.create_table(
        "promotion_changes",
        _key("brand"),
        _count("sequence"),
        _key("key"),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("before_version", sa.Integer(), nullable=True),
        sa.Column("before_stage", sa.Text(), nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("brand", "sequence", name=op.f("promotion_changes_pkey")),
    )
    columns = ["brand", "key", "sequence"]
    op.create_index(op.f("promotion_changes_brand_key_sequence"), "promotion_changes", columns)


def _uses() -> None:
    op.create_table(
        "promotion_uses",
        _key("brand"),
        _key("number"),
        _key("channel"),
        _key("promotion"),
        sa.Column("version", sa.Integer(), nullable=False),
        _count("policy"),
        _key("one_id", nullable=True),
        _key("store", nullable=True),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        _count("spend"),
        _count("revenue"),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("back", sa.Boolean(), nullable=False),
        _count("returned_spend"),
        _count("returned_revenue"),
        sa.Column("returned_units", sa.Integer(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint(
            "brand", "number", "channel", "promotion", name=op.f("promotion_uses_pkey")
        ),
    )
    columns = ["brand", "promotion", "at"]
    op.create_index(op.f("promotion_uses_brand_promotion_at"), "promotion_uses", columns)
    op.create_table(
        "promotion_counts",
        _key("brand"),
        _key("promotion"),
        _key("scope"),
        _key("subject"),
        sa.Column("slot", sa.Integer(), nullable=False),
        _count("used"),
        _count("spend"),
        _count("revenue"),
        _count("units"),
        sa.PrimaryKeyConstraint(
            "brand", "promotion", "scope", "subject", "slot", name=op.f("promotion_counts_pkey")
        ),
    )


def downgrade() -> None:
    """Take the expansion back."""
    for table in ("counts", "uses", "changes", "versions"):
        op.drop_table(f"promotion_{table}")
    op.drop_table("promotions")
