"""Registered connectors: a history to which rows are only ever added, and sealed secrets."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_REFUSE = """
  CREATE FUNCTION connector_versions_stay() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE EXCEPTION 'the history of connectors is never changed nor removed'; END $$
"""
_TRIGGER = """
  CREATE TRIGGER connector_versions_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON connector_versions
  FOR EACH STATEMENT EXECUTE FUNCTION connector_versions_stay()
"""


def upgrade() -> None:
    """Expand the schema."""
    op.create_table(
        "connector_versions",
        sa.Column("brand", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("author", sa.Text(collation="C"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.Text(collation="C"), nullable=False),
        sa.Column("wish", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("brand", "name", "version", name=op.f("connector_versions_pkey")),
    )
    op.create_index(
        op.f("connector_versions_brand_author_idempotency_key"),
        "connector_versions",
        ["brand", "author", "idempotency_key"],
        unique=True,
    )
    op.create_table(
        "connector_secrets",
        sa.Column("brand", sa.Text(collation="C"), nullable=False),
        sa.Column("connector", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("brand", "connector", "name", name=op.f("connector_secrets_pkey")),
    )
    op.execute(_REFUSE)
    op.execute(_TRIGGER)


def downgrade() -> None:
    """Take the expansion back."""
    op.drop_table("connector_secrets")
    op.drop_table("connector_versions")
    op.execute("DROP FUNCTION connector_versions_stay()")
