"""Lifecycle stages and touches, campaigns and what came of them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_FUNCTION = """
  CREATE FUNCTION lifecycle_stays() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE EXCEPTION 'what was recorded of a lifecycle is never changed nor removed'; END $$
"""
_TRIGGER = """
  CREATE TRIGGER {table}_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
  FOR EACH STATEMENT EXECUTE FUNCTION lifecycle_stays()
"""
_KEPT = ("lifecycle_rules", "lifecycle_transitions")


def upgrade() -> None:
    """Expand the schema."""
    op.create_table(
        "campaigns",
        sa.Column("brand", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("rule", sa.Text(collation="C"), nullable=False),
        sa.Column("definition", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(collation="C"), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("spent", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("brand", "name", name=op.f("campaigns_pkey")),
    )
    op.create_index("campaigns_rule", "campaigns", ["brand", "rule", "state"], unique=False)
    op.create_table(
        "lifecycle_rules",
        sa.Column("brand", sa.Text(collation="C"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("rules", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("put_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("brand", "version", name=op.f("lifecycle_rules_pkey")),
    )
    op.create_table(
        "lifecycle_standings",
        sa.Column("brand", sa.Text(collation="C"), nullable=False),
        sa.Column("one_id", sa.Text(collation="C"), nullable=False),
        sa.Column("stage", sa.Text(collation="C"), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=True),
        sa.Column("inputs", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("tier_since", sa.Date(), nullable=True),
        sa.Column("next_change", sa.Date(), nullable=True),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("brand", "one_id", name=op.f("lifecycle_standings_pkey")),
    )
    op.create_index(
        op.f("lifecycle_standings_brand_next_change"),
        "lifecycle_standings",
        ["brand", "next_change"],
        unique=False,
    )
    op.create_index(
        "lifecycle_standings_rules", "lifecycle_standings", ["brand", "rule_version"], unique=False
    )
    op.create_index(
        "lifecycle_standings_stage",
        "lifecycle_standings",
        ["brand", "stage", "one_id"],
        unique=False,
    )
    op.create_table(
        "lifecycle_touches",
        sa.Column("brand", sa.Text(collation="C"), nullable=False),
        sa.Column("number", sa.Text(collation="C"), nullable=False),
        sa.Column("channel", sa.Text(collation="C"), nullable=False),
        sa.Column("rule", sa.Text(collation="C"), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("touch_id", sa.Text(collation="C"), nullable=False),
        sa.Column("one_id", sa.Text(collation="C"), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("lapses_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(collation="C"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("campaign", sa.Text(collation="C"), nullable=True),
        sa.Column("medium", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("template", sa.Text(), nullable=True),
        sa.Column("drop_name", sa.Text(), nullable=True),
        sa.Column("recall", sa.Text(), nullable=True),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "brand", "number", "channel", "rule", "cycle", name=op.f("lifecycle_touches_pkey")
        ),
    )
    op.create_index(
        "lifecycle_touches_campaign",
        "lifecycle_touches",
        ["brand", "campaign", "state"],
        unique=False,
    )
    op.create_index(
        "lifecycle_touches_due",
        "lifecycle_touches",
        ["brand", "state", "rule", "due_on"],
        unique=False,
    )
    op.create_index(
        "lifecycle_touches_one_id", "lifecycle_touches", ["brand", "one_id"], unique=False
    )
    op.create_index(
        "lifecycle_touches_touch_id", "lifecycle_touches", ["brand", "touch_id"], unique=True
    )
    op.create_table(
        "lifecycle_transitions",
        sa.Column("brand", sa.Text(collation="C"), nullable=False),
        sa.Column("one_id", sa.Text(collation="C"), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("inputs", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "brand", "one_id", "revision", "position", name=op.f("lifecycle_transitions_pkey")
        ),
    )
    op.create_table(
        "touch_outcomes",
        sa.Column("brand", sa.Text(collation="C"), nullable=False),
        sa.Column("touch_id", sa.Text(collation="C"), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("reference", sa.Text(collation="C"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "brand", "touch_id", "kind", "reference", name=op.f("touch_outcomes_pkey")
        ),
    )
    op.create_table(
        "touch_stops",
        sa.Column("brand", sa.Text(collation="C"), nullable=False),
        sa.Column("touch_id", sa.Text(collation="C"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(collation="C"), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("brand", "touch_id", "at", "reason", name=op.f("touch_stops_pkey")),
    )
    op.create_table(
        "touch_templates",
        sa.Column("brand", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("medium", sa.Text(collation="C"), nullable=False),
        sa.Column("language", sa.Text(collation="C"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("put_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "brand", "name", "medium", "language", "version", name=op.f("touch_templates_pkey")
        ),
    )
    op.execute(_FUNCTION)
    for table in _KEPT:
        op.execute(_TRIGGER.format(table=table))


def downgrade() -> None:
    """Take the expansion back."""
    op.drop_table("touch_templates")
    op.drop_table("touch_stops")
    op.drop_table("touch_outcomes")
    op.drop_table("lifecycle_transitions")
    op.drop_index("lifecycle_touches_touch_id", table_name="lifecycle_touches")
    op.drop_index("lifecycle_touches_one_id", table_name="lifecycle_touches")
    op.drop_index("lifecycle_touches_due", table_name="lifecycle_touches")
    op.drop_index("lifecycle_touches_campaign", table_name="lifecycle_touches")
    op.drop_table("lifecycle_touches")
    op.drop_index("lifecycle_standings_stage", table_name="lifecycle_standings")
    op.drop_index("lifecycle_standings_rules", table_name="lifecycle_standings")
    op.drop_index(op.f("lifecycle_standings_brand_next_change"), table_name="lifecycle_standings")
    op.drop_table("lifecycle_standings")
    op.drop_table("lifecycle_rules")
    op.drop_index("campaigns_rule", table_name="campaigns")
    op.drop_table("campaigns")
    op.execute("DROP FUNCTION lifecycle_stays()")
