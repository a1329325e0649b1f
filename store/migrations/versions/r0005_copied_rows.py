"""The platform's copy of rows that systems push or drop."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Expand the schema."""
    op.create_table(
        "copied_batches",
        sa.Column("brand", sa.Text(collation="C"), nullable=False),
        sa.Column("connector", sa.Text(collation="C"), nullable=False),
        sa.Column("feeder", sa.Text(collation="C"), nullable=False),
        sa.Column("stream", sa.Text(collation="C"), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Text(collation="C"), nullable=False),
        sa.Column("store", sa.Text(collation="C"), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("first_key", sa.Text(), nullable=False),
        sa.Column("last_key", sa.Text(), nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.Column("accepted", sa.BigInteger(), nullable=False),
        sa.Column("quarantined", sa.BigInteger(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed_raw", sa.LargeBinary(), nullable=True),
        sa.Column("raw_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("brand", "connector", "feeder", "stream", "sequence"),
    )
    op.create_index(
        "copied_batches_content",
        "copied_batches",
        ["brand", "connector", "stream", "content"],
        unique=False,
    )
    op.create_index(
        "copied_batches_day",
        "copied_batches",
        ["brand", "connector", "stream", "day"],
        unique=False,
    )
    op.create_index(
        "copied_batches_raw_until", "copied_batches", ["brand", "raw_until"], unique=False
    )
    op.create_table(
        "copied_identities",
        sa.Column("brand", sa.Text(collation="C"), nullable=False),
        sa.Column("connector", sa.Text(collation="C"), nullable=False),
        sa.Column("section", sa.Text(collation="C"), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("key", sa.Text(collation="C"), nullable=False),
        sa.PrimaryKeyConstraint("brand", "connector", "section", "hash", "key"),
    )
    op.create_index(
        "copied_identities_key",
        "copied_identities",
        ["brand", "connector", "section", "key"],
        unique=False,
    )
    op.create_table(
        "copied_quarantine",
        sa.Column("brand", sa.Text(collation="C"), nullable=False),
        sa.Column("connector", sa.Text(collation="C"), nullable=False),
        sa.Column("feeder", sa.Text(collation="C"), nullable=False),
        sa.Column("stream", sa.Text(collation="C"), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("brand", "connector", "feeder", "stream", "sequence", "line"),
    )
    op.create_table(
        "copied_rows",
        sa.Column("brand", sa.Text(collation="C"), nullable=False),
        sa.Column("connector", sa.Text(collation="C"), nullable=False),
        sa.Column("section", sa.Text(collation="C"), nullable=False),
        sa.Column("key", sa.Text(collation="C"), nullable=False),
        sa.Column("key_length", sa.Integer(), nullable=False),
        sa.Column("newest", sa.BigInteger(), nullable=True),
        sa.Column("channel", sa.Text(collation="C"), nullable=True),
        sa.Column("customer", sa.LargeBinary(), nullable=True),
        sa.Column("words", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("store", sa.Text(collation="C"), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("mapping", sa.Text(collation="C"), nullable=False),
        sa.Column("sealed_body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("brand", "connector", "section", "key"),
    )
    op.create_index(
        "copied_rows_customer",
        "copied_rows",
        ["brand", "connector", "section", "customer", "newest", "channel", "key_length", "key"],
        unique=False,
    )
    op.create_index(
        "copied_rows_day",
        "copied_rows",
        ["brand", "connector", "section", "store", "day"],
        unique=False,
    )
    op.create_index(
        "copied_rows_mapping",
        "copied_rows",
        ["brand", "connector", "section", "mapping"],
        unique=False,
    )
    op.create_index(
        "copied_rows_place",
        "copied_rows",
        ["brand", "connector", "section", "newest", "channel", "key_length", "key"],
        unique=False,
    )
    op.create_table(
        "copied_streams",
        sa.Column("brand", sa.Text(collation="C"), nullable=False),
        sa.Column("connector", sa.Text(collation="C"), nullable=False),
        sa.Column("feeder", sa.Text(collation="C"), nullable=False),
        sa.Column("stream", sa.Text(collation="C"), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("last_key", sa.Text(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("batches", sa.BigInteger(), nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.Column("quarantined", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("brand", "connector", "feeder", "stream"),
    )
    op.create_table(
        "inbox_senders",
        sa.Column("brand", sa.Text(collation="C"), nullable=False),
        sa.Column("connector", sa.Text(collation="C"), nullable=False),
        sa.Column("sender", sa.Text(collation="C"), nullable=False),
        sa.Column("stores", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("brand", "connector", "sender"),
    )


def downgrade() -> None:
    """Take the expansion back."""
    op.drop_table("inbox_senders")
    op.drop_table("copied_streams")
    op.drop_index("copied_rows_place", table_name="copied_rows")
    op.drop_index("copied_rows_mapping", table_name="copied_rows")
    op.drop_index("copied_rows_day", table_name="copied_rows")
    op.drop_index("copied_rows_customer", table_name="copied_rows")
    op.drop_table("copied_rows")
    op.drop_table("copied_quarantine")
    op.drop_index("copied_identities_key", table_name="copied_identities")
    op.drop_table("copied_identities")
    op.drop_index("copied_batches_raw_until", table_name="copied_batches")
    op.drop_index("copied_batches_day", table_name="copied_batches")
    op.drop_index("copied_batches_content", table_name="copied_batches")
    op.drop_table("copied_batches")
