"""The platform's first tables."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Expand the schema."""
    op.create_table(
        "member_aliases",
        sa.Column("brand", sa.Text(collation="C"), nullable=False),
        sa.Column("old_id", sa.Text(collation="C"), nullable=False),
        sa.Column("one_id", sa.Text(collation="C"), nullable=False),
        sa.PrimaryKeyConstraint("brand", "old_id", name=op.f("member_aliases_pkey")),
    )
    op.create_index(
        op.f("member_aliases_brand_one_id"), "member_aliases", ["brand", "one_id"], unique=False
    )
    op.create_table(
        "member_identities",
        sa.Column("brand", sa.Text(collation="C"), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("scope", sa.Text(collation="C"), nullable=False),
        sa.Column("one_id", sa.Text(collation="C"), nullable=False),
        sa.Column("sealed_value", sa.LargeBinary(), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "brand", "hash", "kind", "scope", name=op.f("member_identities_pkey")
        ),
    )
    op.create_index(
        op.f("member_identities_brand_one_id"),
        "member_identities",
        ["brand", "one_id"],
        unique=False,
    )
    op.create_table(
        "members",
        sa.Column("brand", sa.Text(collation="C"), nullable=False),
        sa.Column("one_id", sa.Text(collation="C"), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("brand", "one_id", name=op.f("members_pkey")),
    )
    op.create_table(
        "membership_links",
        sa.Column("brand", sa.Text(collation="C"), nullable=False),
        sa.Column("number", sa.Text(collation="C"), nullable=False),
        sa.Column("channel", sa.Text(collation="C"), nullable=False),
        sa.Column("one_id", sa.Text(collation="C"), nullable=False),
        sa.PrimaryKeyConstraint("brand", "number", "channel", name=op.f("membership_links_pkey")),
    )
    op.create_index(
        op.f("membership_links_brand_one_id"), "membership_links", ["brand", "one_id"], unique=False
    )
    op.create_table(
        "product_barcodes",
        sa.Column("brand", sa.Text(collation="C"), nullable=False),
        sa.Column("barcode", sa.Text(collation="C"), nullable=False),
        sa.Column("sku", sa.Text(collation="C"), nullable=False),
        sa.PrimaryKeyConstraint("brand", "barcode", "sku", name=op.f("product_barcodes_pkey")),
    )
    op.create_table(
        "product_codes",
        sa.Column("brand", sa.Text(collation="C"), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("code", sa.Text(collation="C"), nullable=False),
        sa.Column("system", sa.Text(collation="C"), nullable=False),
        sa.Column("connector", sa.Text(collation="C"), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("sku", sa.Text(collation="C"), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "brand",
            "kind",
            "code",
            "system",
            "connector",
            "valid_from",
            name=op.f("product_codes_pkey"),
        ),
    )
    op.create_index(
        op.f("product_codes_brand_sku"), "product_codes", ["brand", "sku"], unique=False
    )
    op.create_table(
        "products",
        sa.Column("brand", sa.Text(collation="C"), nullable=False),
        sa.Column("sku", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("brand_name", sa.Text(), nullable=True),
        sa.Column("category_path", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("barcodes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("launched_at", sa.Date(), nullable=True),
        sa.Column("discontinued_at", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("brand", "sku", name=op.f("products_pkey")),
    )
    op.create_table(
        "state_versions",
        sa.Column("brand", sa.Text(collation="C"), nullable=False),
        sa.Column("part", sa.Text(collation="C"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("brand", "part", name=op.f("state_versions_pkey")),
    )
    op.create_table(
        "unmatched_codes",
        sa.Column("brand", sa.Text(collation="C"), nullable=False),
        sa.Column("connector", sa.Text(collation="C"), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("code", sa.Text(collation="C"), nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "brand", "connector", "kind", "code", name=op.f("unmatched_codes_pkey")
        ),
    )


def downgrade() -> None:
    """Take the expansion back."""
    op.drop_table("unmatched_codes")
    op.drop_table("state_versions")
    op.drop_table("products")
    op.drop_index(op.f("product_codes_brand_sku"), table_name="product_codes")
    op.drop_table("product_codes")
    op.drop_table("product_barcodes")
    op.drop_index(op.f("membership_links_brand_one_id"), table_name="membership_links")
    op.drop_table("membership_links")
    op.drop_table("members")
    op.drop_index(op.f("member_identities_brand_one_id"), table_name="member_identities")
    op.drop_table("member_identities")
    op.drop_index(op.f("member_aliases_brand_one_id"), table_name="member_aliases")
    op.drop_table("member_aliases")
