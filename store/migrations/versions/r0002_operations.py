"""Registered operations, to which rows are only ever added."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_REFUSE = """
  CREATE FUNCTION operations_stay() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE EXCEPTION 'a registered operation is never changed nor removed'; END $$
"""
_TRIGGER = """
  CREATE TRIGGER operations_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON operations
  FOR EACH STATEMENT EXECUTE FUNCTION operations_stay()
"""


def upgrade() -> None:
    """Expand the schema."""
    op.create_table(
        "operations",
        sa.Column("brand", sa.Text(collation="C"), nullable=False),
        sa.Column("sha256", sa.Text(collation="C"), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("registered_by", sa.Text(collation="C"), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("idempotency_key", sa.Text(collation="C"), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("brand", "sha256", name=op.f("operations_pkey")),
    )
    op.create_index(
        op.f("operations_brand_position"), "operations", ["brand", "position"], unique=False
    )
    op.create_index(
        op.f("operations_brand_registered_by_idempotency_key"),
        "operations",
        ["brand", "registered_by", "idempotency_key"],
        unique=True,
    )
    op.execute(_REFUSE)
    op.execute(_TRIGGER)


def downgrade() -> None:
    """Take the expansion back."""
    op.drop_table("operations")
    op.execute("DROP FUNCTION operations_stay()")
