"""Adoption: how pairs stand, steps that are only ever added, and evidence."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0048"
down_revision: str | None = "0047"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_REFUSE = """
  CREATE FUNCTION adoption_stays() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE EXCEPTION 'a step of adoption is never changed nor removed'; END $$
"""
_STEPS = """
  CREATE TRIGGER adoption_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON adoption_steps
  FOR EACH STATEMENT EXECUTE FUNCTION adoption_stays()
"""


def _pair() -> list[sa.Column[str]]:
    names = ("brand", "channel", "capability")
    return [sa.Column(name, sa.Text(collation="C"), nullable=False) for name in names]


def _routing() -> list[sa.Column]:  # type: ignore[type-arg]  # of several types
    return [
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=False),
        sa.Column("frozen", sa.Boolean(), nullable=False),
        sa.Column("read_points", sa.Integer(), nullable=False),
        sa.Column("write_points", sa.Integer(), nullable=False),
        sa.Column("cohorts", postgresql.JSONB(), nullable=False),
        sa.Column("fields", postgresql.JSONB(), nullable=False),
        sa.Column("conflict_policy", sa.Text(), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
    ]


def upgrade() -> None:
    """Expand the schema."""
    key = ("brand", "channel", "capability")
    times = ("entered_at", "routed_at", "changed_at")
    op.create_table(
        "adoption_standings",
        *_pair(),
        *_routing(),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=False) for name in times),
        sa.PrimaryKeyConstraint(*key, name=op.f("adoption_standings_pkey")),
    )
    op.create_table(
        "adoption_steps",
        *_pair(),
        *_routing(),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("profile", sa.Text(), nullable=True),
        sa.Column("gates", postgresql.JSONB(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(*key, "version", name=op.f("adoption_steps_pkey")),
    )
    op.create_table(
        "adoption_evidence",
        *_pair(),
        sa.Column("fact", sa.Text(collation="C"), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("sample", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("schema_digest", sa.Text(), nullable=False),
        sa.Column("connector_digest", sa.Text(), nullable=False),
        sa.Column("mapping_digest", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(*key, "fact", name=op.f("adoption_evidence_pkey")),
    )
    op.execute(_REFUSE)
    op.execute(_STEPS)


def downgrade() -> None:
    """Contract it again."""
    for name in ("adoption_standings", "adoption_steps", "adoption_evidence"):
        op.drop_table(name)
    op.execute("DROP FUNCTION adoption_stays()")
