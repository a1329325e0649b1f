"""API keys, and the audit trail, to which rows are only ever added."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_REFUSE = """
  CREATE FUNCTION audit_stays() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE EXCEPTION 'the audit trail is never changed nor removed'; END $$
"""
_ENTRIES = """
  CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries
  FOR EACH STATEMENT EXECUTE FUNCTION audit_stays()
"""
_HEADS = """
  CREATE TRIGGER audit_stays BEFORE DELETE OR TRUNCATE ON audit_heads
  FOR EACH STATEMENT EXECUTE FUNCTION audit_stays()
"""
_GROWS = """
  CREATE TRIGGER audit_grows BEFORE UPDATE ON audit_heads
  FOR EACH ROW WHEN (NEW.number < OLD.number) EXECUTE FUNCTION audit_stays()
"""


def upgrade() -> None:
    """Expand the schema."""
    op.create_table(
        "audit_entries",
        sa.Column("brand", sa.Text(collation="C"), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.Text(collation="C"), nullable=False),
        sa.Column("actor", sa.Text(collation="C"), nullable=False),
        sa.Column("role", sa.Text(collation="C"), nullable=True),
        sa.Column("about", sa.Text(collation="C"), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("brand", "number", name=op.f("audit_entries_pkey")),
    )
    for name in ("about", "actor"):
        op.create_index(
            op.f(f"audit_entries_brand_{name}_number"), "audit_entries", ["brand", name, "number"]
        )
    op.create_table(
        "audit_heads",
        sa.Column("brand", sa.Text(collation="C"), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("brand", name=op.f("audit_heads_pkey")),
    )
    op.create_table(
        "api_keys",
        sa.Column("brand", sa.Text(collation="C"), nullable=False),
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("role", sa.Text(collation="C"), nullable=False),
        sa.Column("channels", sa.ARRAY(sa.Text()), nullable=True),
        sa.Column("stores", sa.ARRAY(sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("brand", "id", name=op.f("api_keys_pkey")),
    )
    op.create_index(op.f("api_keys_brand_name"), "api_keys", ["brand", "name"])
    for statement in (_REFUSE, _ENTRIES, _HEADS, _GROWS):
        op.execute(statement)


def downgrade() -> None:
    """Take the expansion back."""
    for name in ("audit_entries", "audit_heads", "api_keys"):
        op.drop_table(name)
    op.execute("DROP FUNCTION audit_stays()")
