"""Whether those who push still do: their longest silence, and the numbers of their deliveries."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from store.columns import KEY, TIME

revision: str = "0039"
down_revision: str | None = "0046"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Expand the schema."""
    op.add_column("hook_deliveries", sa.Column("sequence", sa.BigInteger(), nullable=True))
    op.create_index(
        "hook_deliveries_brand_connector_sequence",
        "hook_deliveries",
        ["brand", "connector", "sequence"],
    )
    op.create_table(
        "hook_watches",
        sa.Column("brand", KEY, nullable=False),
        sa.Column("connector", KEY, nullable=False),
        sa.Column("begun_at", TIME, nullable=False),
        sa.Column("heard_at", TIME, nullable=False),
        sa.Column("longest", sa.Interval(), nullable=False),
        sa.Column("longest_at", TIME, nullable=False),
        sa.Column("silent", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("filled_at", TIME, nullable=True),
        sa.Column("checked", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("brand", "connector"),
    )


def downgrade() -> None:
    """Take the expansion back."""
    op.drop_table("hook_watches")
    op.drop_index("hook_deliveries_brand_connector_sequence", "hook_deliveries")
    op.drop_column("hook_deliveries", "sequence")
