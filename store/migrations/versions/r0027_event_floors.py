"""How far events were forgotten, so that who comes back later is told so."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from store.columns import KEY

revision: str = "0027"
down_revision: str | None = "0026"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

# Whoever forgets events, in whatever order: the floor rises in the same statement.
_FUNCTION = """
  CREATE FUNCTION event_floors_rise() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO event_floors AS f (brand, topic, xid, position)
    SELECT DISTINCT ON (brand, topic) brand, topic, xid, position FROM gone
    ORDER BY brand, topic, xid DESC, position DESC
    ON CONFLICT (brand, topic) DO UPDATE SET xid = excluded.xid, position = excluded.position
    WHERE (f.xid, f.position) < (excluded.xid, excluded.position);
    RETURN NULL;
  END $$
"""
_TRIGGER = """
  CREATE TRIGGER event_floors_rise AFTER DELETE ON events REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION event_floors_rise()
"""


def upgrade() -> None:
    """Expand the schema."""
    op.create_table(
        "event_floors",
        sa.Column("brand", KEY, nullable=False),
        sa.Column("topic", KEY, nullable=False),
        sa.Column("xid", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("brand", "topic"),
    )
    op.execute(_FUNCTION)
    op.execute(_TRIGGER)


def downgrade() -> None:
    """Take the expansion back."""
    op.execute("DROP TRIGGER event_floors_rise ON events")
    op.execute("DROP FUNCTION event_floors_rise()")
    op.drop_table("event_floors")
