"""Differences of both sides as they are settled, for those who follow a pair."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from store.columns import KEY

revision: str = "0065"
down_revision: str | None = "0069"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

# As of events: whoever forgets some, the floor of their pair rises in the same statement.
_FUNCTION = """
  CREATE FUNCTION adoption_differences_rise() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO event_floors AS f (brand, topic, xid, position)
    SELECT DISTINCT ON (brand, capability, channel)
      brand, 'adoption.differed ' || capability || ' ' || channel, xid, position FROM gone
    ORDER BY brand, capability, channel, xid DESC, position DESC
    ON CONFLICT (brand, topic) DO UPDATE SET xid = excluded.xid, position = excluded.position
    WHERE (f.xid, f.position) < (excluded.xid, excluded.position);
    RETURN NULL;
  END $$
"""
_TRIGGER = """
  CREATE TRIGGER adoption_differences_rise AFTER DELETE ON adoption_differences
  REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION adoption_differences_rise()
"""


def upgrade() -> None:
    """Expand the schema."""
    op.create_table(
        "adoption_differences",
        sa.Column("brand", KEY, nullable=False),
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("xid", sa.BigInteger(), nullable=False),
        *(sa.Column(name, KEY, nullable=False) for name in ("channel", "capability")),
        *(sa.Column(name, KEY, nullable=False) for name in ("field", "klass")),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        *(sa.Column(name, KEY, nullable=False) for name in ("store", "version")),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.LargeBinary()) for name in ("legacy_hash", "platform_hash")),
        *(sa.Column(name, sa.Text()) for name in ("legacy", "platform", "apart")),
        sa.Column("more", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("brand", "position", name=op.f("adoption_differences_pkey")),
    )
    op.create_index(
        op.f("adoption_differences_brand_channel_capability_xid_position"),
        "adoption_differences",
        ["brand", "channel", "capability", "xid", "position"],
    )
    op.execute(_FUNCTION)
    op.execute(_TRIGGER)


def downgrade() -> None:
    """Contract it again."""
    op.execute("DROP TRIGGER adoption_differences_rise ON adoption_differences")
    op.execute("DROP FUNCTION adoption_differences_rise()")
    op.drop_table("adoption_differences")
