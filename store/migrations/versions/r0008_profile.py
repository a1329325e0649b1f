"""What is known of people, segments, suggestions about products, and touchpoints."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Expand the schema."""
    op.create_table(
        "attribute_observations",
        sa.Column("brand", sa.Text(collation="C"), nullable=False),
        sa.Column("number", sa.Text(collation="C"), nullable=False),
        sa.Column("channel", sa.Text(collation="C"), nullable=False),
        sa.Column("key", sa.Text(collation="C"), nullable=False),
        sa.Column("source", sa.Text(collation="C"), nullable=False),
        sa.Column("value_hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_value", sa.LargeBinary(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("first_observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "brand",
            "number",
            "channel",
            "key",
            "source",
            "value_hash",
            name=op.f("attribute_observations_pkey"),
        ),
    )
    op.create_table(
        "member_affinity",
        sa.Column("brand", sa.Text(collation="C"), nullable=False),
        sa.Column("one_id", sa.Text(collation="C"), nullable=False),
        sa.Column("category", sa.Text(collation="C"), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("brand", "one_id", "category", name=op.f("member_affinity_pkey")),
    )
    op.create_index(
        op.f("member_affinity_brand_category_share"),
        "member_affinity",
        ["brand", "category", "share"],
        unique=False,
    )
    op.create_table(
        "member_purchases",
        sa.Column("brand", sa.Text(collation="C"), nullable=False),
        sa.Column("one_id", sa.Text(collation="C"), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("facts", sa.Integer(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("unmatched_lines", sa.Integer(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("statistics_model", sa.Text(), nullable=False),
        sa.Column("affinity_model", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("brand", "one_id", name=op.f("member_purchases_pkey")),
    )
    op.create_index(
        op.f("member_purchases_brand_last_at"),
        "member_purchases",
        ["brand", "last_at"],
        unique=False,
    )
    op.create_index(
        op.f("member_purchases_brand_orders"), "member_purchases", ["brand", "orders"], unique=False
    )
    op.create_table(
        "member_statistics",
        sa.Column("brand", sa.Text(collation="C"), nullable=False),
        sa.Column("one_id", sa.Text(collation="C"), nullable=False),
        sa.Column("channel", sa.Text(collation="C"), nullable=False),
        sa.Column("currency", sa.Text(collation="C"), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint(
            "brand", "one_id", "channel", "currency", name=op.f("member_statistics_pkey")
        ),
    )
    op.create_index(
        op.f("member_statistics_brand_channel_last_at"),
        "member_statistics",
        ["brand", "channel", "last_at"],
        unique=False,
    )
    op.create_index(
        op.f("member_statistics_brand_currency_net"),
        "member_statistics",
        ["brand", "currency", "net"],
        unique=False,
    )
    op.create_table(
        "member_tags",
        sa.Column("brand", sa.Text(collation="C"), nullable=False),
        sa.Column("one_id", sa.Text(collation="C"), nullable=False),
        sa.Column("tag", sa.Text(collation="C"), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("tagged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("brand", "one_id", "tag", name=op.f("member_tags_pkey")),
    )
    op.create_index(
        op.f("member_tags_brand_tag_one_id"),
        "member_tags",
        ["brand", "tag", "one_id"],
        unique=False,
    )
    op.create_table(
        "product_suggestions",
        sa.Column("brand", sa.Text(collation="C"), nullable=False),
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("source", sa.Text(collation="C"), nullable=False),
        sa.Column("reference", sa.Text(collation="C"), nullable=False),
        sa.Column("product", sa.Text(collation="C"), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("compared", sa.Text(), nullable=False),
        sa.Column("text_hash", sa.LargeBinary(), nullable=False),
        sa.Column("one_id", sa.Text(collation="C"), nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text(collation="C"), nullable=False),
        sa.Column("duplicate_of", sa.Text(collation="C"), nullable=True),
        sa.Column("resembles", sa.Text(collation="C"), nullable=True),
        sa.Column("similarity", sa.Double(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("brand", "id", name=op.f("product_suggestions_pkey")),
    )
    op.create_index(
        op.f("product_suggestions_brand_duplicate_of"),
        "product_suggestions",
        ["brand", "duplicate_of"],
        unique=False,
    )
    op.create_index(
        op.f("product_suggestions_brand_one_id"),
        "product_suggestions",
        ["brand", "one_id"],
        unique=False,
    )
    op.create_index(
        op.f("product_suggestions_brand_product_submitted_at"),
        "product_suggestions",
        ["brand", "product", "submitted_at"],
        unique=False,
    )
    op.create_index(
        op.f("product_suggestions_brand_source_reference"),
        "product_suggestions",
        ["brand", "source", "reference"],
        unique=True,
    )
    op.create_index(
        op.f("product_suggestions_brand_status_submitted_at"),
        "product_suggestions",
        ["brand", "status", "submitted_at"],
        unique=False,
    )
    op.create_index(
        op.f("product_suggestions_brand_text_hash"),
        "product_suggestions",
        ["brand", "text_hash"],
        unique=False,
    )
    op.create_table(
        "profile_rules",
        sa.Column("brand", sa.Text(collation="C"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("rules", postgresql.JSONB(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("brand", "version", name=op.f("profile_rules_pkey")),
    )
    op.create_table(
        "segments",
        sa.Column("brand", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("conditions", postgresql.JSONB(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("brand", "name", "version", name=op.f("segments_pkey")),
    )
    op.create_table(
        "touchpoints",
        sa.Column("brand", sa.Text(collation="C"), nullable=False),
        sa.Column("source", sa.Text(collation="C"), nullable=False),
        sa.Column("reference", sa.Text(collation="C"), nullable=False),
        sa.Column("number", sa.Text(collation="C"), nullable=False),
        sa.Column("channel", sa.Text(collation="C"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("medium", sa.Text(), nullable=True),
        sa.Column("campaign", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("brand", "source", "reference", name=op.f("touchpoints_pkey")),
    )
    op.create_index(
        op.f("touchpoints_brand_number_channel_at"),
        "touchpoints",
        ["brand", "number", "channel", "at"],
        unique=False,
    )


def downgrade() -> None:
    """Take the expansion back."""
    op.drop_index(op.f("touchpoints_brand_number_channel_at"), table_name="touchpoints")
    op.drop_table("touchpoints")
    op.drop_table("segments")
    op.drop_table("profile_rules")
    op.drop_index(op.f("product_suggestions_brand_text_hash"), table_name="product_suggestions")
    op.drop_index(
        op.f("product_suggestions_brand_status_submitted_at"), table_name="product_suggestions"
    )
    op.drop_index(
        op.f("product_suggestions_brand_source_reference"), table_name="product_suggestions"
    )
    op.drop_index(
        op.f("product_suggestions_brand_product_submitted_at"), table_name="product_suggestions"
    )
    op.drop_index(op.f("product_suggestions_brand_one_id"), table_name="product_suggestions")
    op.drop_index(op.f("product_suggestions_brand_duplicate_of"), table_name="product_suggestions")
    op.drop_table("product_suggestions")
    op.drop_index(op.f("member_tags_brand_tag_one_id"), table_name="member_tags")
    op.drop_table("member_tags")
    op.drop_index(op.f("member_statistics_brand_currency_net"), table_name="member_statistics")
    op.drop_index(op.f("member_statistics_brand_channel_last_at"), table_name="member_statistics")
    op.drop_table("member_statistics")
    op.drop_index(op.f("member_purchases_brand_orders"), table_name="member_purchases")
    op.drop_index(op.f("member_purchases_brand_last_at"), table_name="member_purchases")
    op.drop_table("member_purchases")
    op.drop_index(op.f("member_affinity_brand_category_share"), table_name="member_affinity")
    op.drop_table("member_affinity")
    op.drop_table("attribute_observations")
