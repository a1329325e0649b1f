"""Flash sales: waiting rooms, and an index of what is unpaid in place of all."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0020"
down_revision: str | None = "0019"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_TIME = sa.DateTime(timezone=True)


def _key(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(collation="C"), nullable=False)


def upgrade() -> None:
    """Expand the schema."""
    op.create_table(
        "flash_rooms",
        _key("brand"),
        _key("sale"),
        sa.Column("fairness", sa.Text(), nullable=False),
        sa.Column("rate", sa.Float(), nullable=False),
        sa.Column("issued", sa.BigInteger(), nullable=False),
        sa.Column("drawn", sa.BigInteger(), nullable=True),
        sa.Column("admitted", sa.Float(), nullable=False),
        sa.Column("counted_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("brand", "sale", name=op.f("flash_rooms_pkey")),
    )
    op.create_table(
        "flash_entries",
        _key("brand"),
        _key("sale"),
        _key("member"),
        sa.Column("place", sa.BigInteger(), nullable=False),
        _key("channel"),
        _key("number"),
        sa.Column("entered_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("brand", "sale", "member", name=op.f("flash_entries_pkey")),
    )
    op.create_index(
        op.f("flash_entries_brand_number_channel"), "flash_entries", ["brand", "number", "channel"]
    )
    # That many may be unpaid is asked at every end of a sale: not all that was ever sold is read.
    op.create_index(
        "flash_reservations_unpaid",
        "flash_reservations",
        ["brand", "sale", "pay_until"],
        postgresql_where=sa.text("state IN ('PENDING', 'ORDERED')"),
    )
    op.drop_index("flash_reservations_due", table_name="flash_reservations")


def downgrade() -> None:
    """Undo it; only for development."""
    op.create_index("flash_reservations_due", "flash_reservations", ["brand", "sale", "pay_until"])
    op.drop_index("flash_reservations_unpaid", table_name="flash_reservations")
    op.drop_table("flash_entries")
    op.drop_table("flash_rooms")
